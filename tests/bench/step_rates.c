/* Rates with so many requests in flight, over both transports. */
#include <stdio.h>

#include "bench.h"

#define BATCHES_IN_FLIGHT 8

static void make_recipe(const struct bench *bench, enum rate rate, const struct daemon *daemon,
                        struct recipe *recipe)
{
    switch (rate) {
    case RATE_1:
    case RATE_64:
    case RATE_512:
    case RATE_COUNT:
        recipe_zmq_transfer(recipe, daemon, bench->keyed);
        break;
    case RATE_BATCH:
        recipe_zmq_batch(recipe, daemon, bench->batch, bench->keyed);
        break;
    case RATE_REST:
        recipe_http_transfer(recipe, daemon->http, daemon->key, bench->keyed);
        break;
    case RATE_BALANCE:
        recipe_http_balance(recipe, daemon->http, daemon->key);
        break;
    }
}

static unsigned window_of(const struct bench *bench, enum rate rate)
{
    return rate == RATE_1       ? 1
           : rate == RATE_512   ? bench->window
           : rate == RATE_BATCH ? BATCHES_IN_FLIGHT
                                : bench->clients;
}

bool rate_measure(struct bench *bench, enum rate rate, const struct daemon *daemon,
                  struct crowd *crowd, double seconds, double *out)
{
    struct recipe recipe;
    make_recipe(bench, rate, daemon, &recipe);
    struct load load = {
        .recipe = &recipe,
        .crowd = crowd,
        .window = window_of(bench, rate),
        .warm_s = seconds / 8,
        .seconds = seconds,
    };
    bool done = rate >= RATE_REST ? http_load_run(&load, daemon->http, &bench->result)
                                  : zmq_load_run(&load, daemon->zmq, &bench->result);
    if (done && bench->result.refused > 0)
        bench_say("%llu of %llu were not answered well", (unsigned long long)bench->result.refused,
                  (unsigned long long)(bench->result.refused + bench->result.done));
    *out = load_rate(&bench->result) * (double)recipe.spot_count;
    recipe_close(&recipe);
    return done;
}

bool rate_load(struct bench *bench, const struct daemon *daemon, struct crowd *crowd,
               uint64_t transfers)
{
    struct recipe recipe;
    recipe_zmq_batch(&recipe, daemon, bench->batch, bench->keyed);
    struct load load = {
        .recipe = &recipe,
        .crowd = crowd,
        .window = BATCHES_IN_FLIGHT,
        .count = (transfers + bench->batch - 1) / bench->batch,
    };
    bool done = zmq_load_run(&load, daemon->zmq, &bench->result) && bench->result.refused == 0;
    recipe_close(&recipe);
    return done;
}

static bool measure(struct bench *bench, enum rate rate, enum figure figure)
{
    double value;
    if (!rate_measure(bench, rate, &bench->empty, &bench->crowd, bench->seconds, &value))
        return false;
    bench_add(bench, figure, value);
    return true;
}

/* Disks change from second to second: the limit of what commits is measured before and after. */
static bool measure_between(struct bench *bench, enum rate rate, enum figure figure, size_t batch,
                            enum figure limit)
{
    double before, value, after;
    if (!limit_commits(bench, batch, &before) ||
        !rate_measure(bench, rate, &bench->empty, &bench->crowd, bench->seconds, &value) ||
        !limit_commits(bench, batch, &after))
        return false;
    bench_add(bench, limit, 2 / (1 / before + 1 / after));
    bench_add(bench, figure, value);
    return true;
}

/* One at a time, a transfer cannot be faster than one commit and one round trip after the other. */
bool step_zmq_1(struct bench *bench)
{
    if (!limit_trips(bench, 1, FIGURE_TRIP_1) ||
        !measure_between(bench, RATE_1, FIGURE_ZMQ_1, 1, FIGURE_APPEND_1))
        return false;
    double commit = bench_last(bench, FIGURE_APPEND_1), trip = bench_last(bench, FIGURE_TRIP_1);
    bench_add(bench, FIGURE_LIMIT_1, 1 / (1 / commit + 1 / trip));
    return true;
}

bool step_zmq_many(struct bench *bench)
{
    return measure(bench, RATE_64, FIGURE_ZMQ_64) && measure(bench, RATE_512, FIGURE_ZMQ_512);
}

bool step_batch(struct bench *bench)
{
    return measure_between(bench, RATE_BATCH, FIGURE_BATCH, bench->batch, FIGURE_APPEND_1000);
}

static bool measure_handler(struct bench *bench, enum limit_http how, struct recipe *recipe,
                            enum figure figure)
{
    struct load load = {
        .recipe = recipe,
        .crowd = &bench->crowd,
        .window = bench->clients,
        .warm_s = bench->seconds / 16,
        .seconds = bench->seconds / 2,
    };
    double rate;
    if (!limit_http(how, &load, &rate))
        return false;
    bench_add(bench, figure, rate);
    return true;
}

bool step_rest(struct bench *bench)
{
    struct recipe recipe; /* the very bytes that the daemon gets */
    recipe_http_transfer(&recipe, bench->empty.http, bench->empty.key, bench->keyed);
    bool done = measure_handler(bench, LIMIT_HTTP_STOCK, &recipe, FIGURE_POST_STOCK) &&
                measure(bench, RATE_REST, FIGURE_REST) &&
                measure_handler(bench, LIMIT_HTTP_TUNED, &recipe, FIGURE_POST_TUNED);
    recipe_close(&recipe);
    return done;
}

bool step_balance(struct bench *bench)
{
    struct recipe recipe;
    recipe_http_balance(&recipe, bench->empty.http, bench->empty.key);
    bool done = measure_handler(bench, LIMIT_HTTP_STOCK, &recipe, FIGURE_GET_STOCK) &&
                measure(bench, RATE_BALANCE, FIGURE_BALANCE);
    recipe_close(&recipe);
    return done;
}
