/* Figures of several rounds, and latencies of many requests. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define SERIES_MAX 256

/* One figure, measured once a round. */
struct series {
    double values[SERIES_MAX];
    size_t count;
};

void series_add(struct series *series, double value);
double series_median(const struct series *series); /* 0 when empty */
double series_min(const struct series *series);
double series_max(const struct series *series);

/* Durations in nanoseconds, kept to within a 64th of themselves. */
#define HISTOGRAM_STEPS 64
#define HISTOGRAM_OCTAVES 40
#define HISTOGRAM_BUCKETS (HISTOGRAM_STEPS * HISTOGRAM_OCTAVES)

struct histogram {
    uint64_t counts[HISTOGRAM_BUCKETS];
    uint64_t count;
    int64_t max_ns;
};

void histogram_clear(struct histogram *histogram);
void histogram_add(struct histogram *histogram, int64_t ns);
/* The upper edge of the bucket that `permille` of them do not pass, in milliseconds. */
double histogram_ms(const struct histogram *histogram, unsigned permille);

int64_t now_ns(void);
double seconds_since(int64_t start_ns);
