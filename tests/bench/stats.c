#include "stats.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/check.h"

void series_add(struct series *series, double value)
{
    CHECK(series->count < SERIES_MAX);
    series->values[series->count++] = value;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

double series_median(const struct series *series)
{
    struct series sorted = *series;
    if (sorted.count == 0)
        return 0;
    qsort(sorted.values, sorted.count, sizeof *sorted.values, compare);
    size_t middle = sorted.count / 2;
    return sorted.count % 2 == 1 ? sorted.values[middle]
                                 : (sorted.values[middle - 1] + sorted.values[middle]) / 2;
}

double series_min(const struct series *series)
{
    double best = series->count == 0 ? 0 : series->values[0];
    for (size_t i = 1; i < series->count; i++)
        best = series->values[i] < best ? series->values[i] : best;
    return best;
}

double series_max(const struct series *series)
{
    double best = series->count == 0 ? 0 : series->values[0];
    for (size_t i = 1; i < series->count; i++)
        best = series->values[i] > best ? series->values[i] : best;
    return best;
}

void histogram_clear(struct histogram *histogram)
{
    memset(histogram, 0, sizeof *histogram);
}

/* The first 64 buckets are a nanosecond wide; from there on every octave has 64. */
static size_t bucket_of(uint64_t ns)
{
    if (ns < HISTOGRAM_STEPS)
        return (size_t)ns;
    unsigned shift = 63u - (unsigned)__builtin_clzll(ns) - 6u;
    size_t bucket = (size_t)(shift + 1) * HISTOGRAM_STEPS + (size_t)((ns >> shift) - 64);
    return bucket < HISTOGRAM_BUCKETS ? bucket : HISTOGRAM_BUCKETS - 1;
}

static uint64_t upper_edge(size_t bucket)
{
    if (bucket < HISTOGRAM_STEPS)
        return bucket + 1;
    size_t shift = bucket / HISTOGRAM_STEPS - 1;
    return (uint64_t)(bucket % HISTOGRAM_STEPS + 65) << shift;
}

void histogram_add(struct histogram *histogram, int64_t ns)
{
    ns = ns < 0 ? 0 : ns;
    histogram->counts[bucket_of((uint64_t)ns)]++;
    histogram->count++;
    histogram->max_ns = ns > histogram->max_ns ? ns : histogram->max_ns;
}

double histogram_ms(const struct histogram *histogram, unsigned permille)
{
    uint64_t wanted = (histogram->count * permille + 999) / 1000, seen = 0;
    for (size_t i = 0; i < HISTOGRAM_BUCKETS; i++) {
        seen += histogram->counts[i];
        if (seen >= wanted && seen > 0)
            return (double)upper_edge(i) / 1e6;
    }
    return 0;
}

int64_t now_ns(void)
{
    struct timespec now;
    CHECK(clock_gettime(CLOCK_MONOTONIC, &now) == 0);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

double seconds_since(int64_t start_ns)
{
    return (double)(now_ns() - start_ns) / 1e9;
}
