/* The table of the benchmark: its steps in their order, and its rows with their goals. */
#pragma once

#include "bench.h"

struct step {
    const char *name;
    bench_step *run;
    bool once;        /* not in every round; it takes its own */
    uint32_t needs;   /* bits of steps that come before it */
    bool needs_empty; /* the empty bank, new in every round */
};

#define STEP_TABLE(X)                                                                              \
    X(ZMQ_1, "one in flight", step_zmq_1, false, 0, true)                                          \
    X(COMMITS, "commits", step_commits, false, 0, false)                                           \
    X(TRIPS, "round trips", step_trips, false, 0, false)                                           \
    X(ZMQ_MANY, "many in flight", step_zmq_many, false, 0, true)                                   \
    X(POSTGRES, "postgresql", step_postgres, false, 0, false)                                      \
    X(BATCH, "batches", step_batch, false, 0, true)                                                \
    X(REST, "transfers over REST", step_rest, false, 0, true)                                      \
    X(BALANCE, "balances over REST", step_balance, false, 0, true)                                 \
    X(REREAD, "reading what was written", step_reread, false, 0, true)                             \
    X(MIXED, "mixed", step_mixed, false, 0, true)                                                  \
    X(FLOOD, "twice the top rate", step_flood, false, BIT(ZMQ_MANY), true)                         \
    X(GROW, "growing a bank by import", step_grow, true, 0, false)                                 \
    X(TOOLS, "rebuild and verify", step_tools, true, BIT(GROW), false)                             \
    X(START, "starts", step_start, true, BIT(GROW), false)                                         \
    X(QUERIES, "queries of one account", step_account_queries, true, BIT(GROW), false)             \
    X(SEARCH, "search as one types", step_search, true, BIT(GROW), false)                          \
    X(MEMORY, "memory", step_memory, true, BIT(GROW), false)                                       \
    X(BIG_RATES, "the rates of a grown bank", step_big_rates, true, BIT(GROW), false)              \
    X(LASTING, "a load that lasts", step_lasting, true, BIT(GROW), false)                          \
    X(AGAINST_1, "two programs: one in flight", step_against_1, true, 0, false)                    \
    X(AGAINST_64, "two programs: 64", step_against_64, true, 0, false)                             \
    X(AGAINST_512, "two programs: 512", step_against_512, true, 0, false)                          \
    X(AGAINST_BATCH, "two programs: batches", step_against_batch, true, 0, false)                  \
    X(AGAINST_REST, "two programs: REST transfers", step_against_rest, true, 0, false)             \
    X(AGAINST_BALANCE, "two programs: REST balances", step_against_balance, true, 0, false)

#define STEP_ENUM(step, name, run, once, needs, empty) STEP_##step,
enum step_id { STEP_TABLE(STEP_ENUM) STEP_COUNT };
#undef STEP_ENUM
_Static_assert(STEP_COUNT <= 32, "a bit for each");

#define BIT(step) (1u << STEP_##step)

extern const struct step steps[STEP_COUNT];
extern const struct row rows[];
extern const size_t row_count;
