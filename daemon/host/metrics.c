#include "host/metrics.h"

#include <inttypes.h>
#include <stdatomic.h>

#include "base/check.h"

static _Atomic uint64_t values[METRIC_COUNT];

static const struct {
    const char *name, *kind, *help;
} rows[METRIC_COUNT] = {
#define METRIC_ROW(name, kind, help) [METRIC_##name] = {#name, kind, help},
    METRIC_TABLE(METRIC_ROW)
#undef METRIC_ROW
};

void metric_add(enum metric metric, uint64_t n)
{
    CHECK(metric < METRIC_COUNT);
    atomic_fetch_add_explicit(&values[metric], n, memory_order_relaxed);
}

void metric_sub(enum metric metric, uint64_t n)
{
    CHECK(metric < METRIC_COUNT);
    atomic_fetch_sub_explicit(&values[metric], n, memory_order_relaxed);
}

void metric_set(enum metric metric, uint64_t value)
{
    CHECK(metric < METRIC_COUNT);
    atomic_store_explicit(&values[metric], value, memory_order_relaxed);
}

uint64_t metric_get(enum metric metric)
{
    CHECK(metric < METRIC_COUNT);
    return atomic_load_explicit(&values[metric], memory_order_relaxed);
}

void metrics_print(struct bytes *out)
{
    for (unsigned i = 0; i < METRIC_COUNT; i++) {
        bytes_print(out, "# HELP teller_%s %s\n", rows[i].name, rows[i].help);
        bytes_print(out, "# TYPE teller_%s %s\n", rows[i].name, rows[i].kind);
        bytes_print(out, "teller_%s %" PRIu64 "\n", rows[i].name, metric_get((enum metric)i));
    }
}
