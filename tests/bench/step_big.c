/* The grown bank against the empty one, in turn, and under a load that lasts. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>

#include "bench.h"

#define LOOK_US 200000

/* What a load left the other bank to write would be measured too. */
static bool measure_both(struct bench *bench, enum rate rate)
{
    double value;
    if (!bank_settle(&bench->grown) ||
        !rate_measure(bench, rate, &bench->empty, &bench->crowd, bench->seconds, &value))
        return false;
    bench_add(bench, (enum figure)(FIGURE_EMPTY_1 + rate), value);
    if (!bank_settle(&bench->empty) ||
        !rate_measure(bench, rate, &bench->grown, &bench->grown_crowd, bench->seconds, &value))
        return false;
    bench_add(bench, (enum figure)(FIGURE_BIG_1 + rate), value);
    return true;
}

_Static_assert(FIGURE_EMPTY_BALANCE - FIGURE_EMPTY_1 == RATE_BALANCE, "a figure for each rate");
_Static_assert(FIGURE_BIG_BALANCE - FIGURE_BIG_1 == RATE_BALANCE, "a figure for each rate");

bool step_big_rates(struct bench *bench)
{
    bool done = daemon_start(&bench->grown, NULL) && bank_settle(&bench->grown);
    for (unsigned round = 0; round < bench->rounds && done; round++) {
        done = bank_open(bench); /* empty again */
        for (unsigned rate = 0; rate < RATE_COUNT && done; rate++)
            done = measure_both(bench, (enum rate)rate);
        bank_close(bench);
        done = done && bank_settle(&bench->grown);
    }
    return done && daemon_stop(&bench->grown);
}

/* ---- a load that lasts */

struct watch {
    const struct daemon *daemon;
    atomic_bool over;
    double lag, unflushed; /* the most records */
    bool failed;
};

static void *watch_lag(void *context)
{
    struct watch *watch = context;
    for (unsigned looks = 0; !atomic_load(&watch->over); looks++) {
        struct daemon_metrics metrics;
        if (!daemon_metrics(watch->daemon, &metrics)) {
            watch->failed = true;
            break;
        }
        double lag = metrics.record - metrics.folded;
        double unflushed = metrics.record - metrics.flushed;
        watch->lag = lag > watch->lag ? lag : watch->lag;
        watch->unflushed = unflushed > watch->unflushed ? unflushed : watch->unflushed;
        if (looks % 50 == 0)
            bench_say("record %.0f: lag %.0f, unflushed %.0f, dirty %.0f, memory %ld MiB",
                      metrics.record, lag, unflushed, metrics.dirty,
                      process_status_kib(watch->daemon->process.pid, "RssAnon") / 1024);
        (void)usleep(LOOK_US);
    }
    return NULL;
}

/* Half of the time each; a lag in seconds is how long that many records take at this rate. */
static bool last(struct bench *bench, enum rate rate, enum figure figure, enum figure lag,
                 double *unflushed_s)
{
    struct watch watch = {.daemon = &bench->grown};
    pthread_t thread;
    double value;
    if (pthread_create(&thread, NULL, watch_lag, &watch) != 0)
        return false;
    bool done = rate_measure(bench, rate, &bench->grown, &bench->grown_crowd,
                             (double)bench->lasting_s / 2, &value);
    atomic_store(&watch.over, true);
    CHECK(pthread_join(thread, NULL) == 0);
    if (!done || watch.failed || value <= 0)
        return false;
    bench_add(bench, figure, value);
    bench_add(bench, lag, watch.lag / value);
    *unflushed_s = watch.unflushed / value > *unflushed_s ? watch.unflushed / value : *unflushed_s;
    return bank_settle(&bench->grown);
}

bool step_lasting(struct bench *bench)
{
    double unflushed_s = 0;
    bool done = daemon_start(&bench->grown, NULL) && bank_settle(&bench->grown) &&
                last(bench, RATE_512, FIGURE_LAST_512, FIGURE_LAG_512, &unflushed_s) &&
                last(bench, RATE_BATCH, FIGURE_LAST_BATCH, FIGURE_LAG_BATCH, &unflushed_s);
    if (done)
        bench_add(bench, FIGURE_UNFLUSHED, unflushed_s);
    return done && daemon_stop(&bench->grown);
}
