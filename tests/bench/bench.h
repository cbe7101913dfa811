/* Teller's benchmark: every figure beside its limit, measured in the same run.
 *
 * A figure is one number a round. A step measures figures; a row shows one of them, holds it
 * against goals, and says which steps it needs. Every round runs the wanted steps in the order of
 * the table, so that a row and its limits alternate and a machine that is slow for a minute is
 * slow for both. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "daemon.h"
#include "limit.h"
#include "recipe.h"
#include "stats.h"

#define FIGURE_TABLE(X)                                                                            \
    X(NONE, "", "")                                                                                \
    X(APPEND_1, "append-1", "rows/s")                                                              \
    X(APPEND_8, "append-8", "rows/s")                                                              \
    X(APPEND_64, "append-64", "rows/s")                                                            \
    X(APPEND_512, "append-512", "rows/s")                                                          \
    X(APPEND_1000, "append-1000", "rows/s")                                                        \
    X(TRIP_1, "round-trip-1", "/s")                                                                \
    X(TRIP_64, "round-trip-64", "/s")                                                              \
    X(TRIP_512, "round-trip-512", "/s")                                                            \
    X(POSTGRES, "postgresql", "/s")                                                                \
    X(LIMIT_1, "commit-and-trip", "/s")                                                            \
    X(ZMQ_1, "zmq-1", "/s")                                                                        \
    X(ZMQ_64, "zmq-64", "/s")                                                                      \
    X(ZMQ_512, "zmq-512", "/s")                                                                    \
    X(BATCH, "zmq-batch", "/s")                                                                    \
    X(POST_STOCK, "post-stock", "/s")                                                              \
    X(POST_TUNED, "post-tuned", "/s")                                                              \
    X(GET_STOCK, "get-stock", "/s")                                                                \
    X(REST, "rest", "/s")                                                                          \
    X(BALANCE, "rest-balance", "/s")                                                               \
    X(REREAD_P99, "reread-p99", "ms")                                                              \
    X(MIXED_TOP, "mixed-top", "/s")                                                                \
    X(MIXED_P99, "mixed-p99", "ms")                                                                \
    X(MIXED_COMMAND_P99, "mixed-commands-p99", "ms")                                               \
    X(MIXED_QUERY_P99, "mixed-queries-p99", "ms")                                                  \
    X(MIXED_STOLEN, "mixed-stolen", "%")                                                           \
    X(FLOOD_OFFERED, "flood-offered", "/s")                                                        \
    X(FLOOD_DONE, "flood-done", "/s")                                                              \
    X(FLOOD_P99, "flood-p99", "ms")                                                                \
    X(FLOOD_GROWTH, "flood-p99-growth", "x")                                                       \
    X(FLOOD_MEMORY, "flood-memory-growth", "MiB")                                                  \
    X(FLOOD_RECOVERY, "flood-recovery", "s")                                                       \
    X(IMPORT, "import", "/s")                                                                      \
    X(DISK, "disk", "B/transfer")                                                                  \
    X(REBUILD, "rebuild", "/s")                                                                    \
    X(VERIFY, "verify", "/s")                                                                      \
    X(START_CLEAN, "start-clean", "s")                                                             \
    X(START_KILLED, "start-killed", "s")                                                           \
    X(MEMORY, "memory", "MiB")                                                                     \
    X(MEMORY_ALLOWED, "memory-allowed", "MiB")                                                     \
    X(PAGE_QUIET, "history-quiet-p99", "ms")                                                       \
    X(PAGE_BUSY, "history-busy-p99", "ms")                                                         \
    X(STATEMENT_QUIET, "statement-quiet-p99", "ms")                                                \
    X(STATEMENT_BUSY, "statement-busy-p99", "ms")                                                  \
    X(AT_QUIET, "balance-at-quiet-p99", "ms")                                                      \
    X(AT_BUSY, "balance-at-busy-p99", "ms")                                                        \
    X(SEARCH_P99, "search-p99", "ms")                                                              \
    X(EMPTY_1, "empty-zmq-1", "/s")                                                                \
    X(EMPTY_64, "empty-zmq-64", "/s")                                                              \
    X(EMPTY_512, "empty-zmq-512", "/s")                                                            \
    X(EMPTY_BATCH, "empty-zmq-batch", "/s")                                                        \
    X(EMPTY_REST, "empty-rest", "/s")                                                              \
    X(EMPTY_BALANCE, "empty-rest-balance", "/s")                                                   \
    X(BIG_1, "big-zmq-1", "/s")                                                                    \
    X(BIG_64, "big-zmq-64", "/s")                                                                  \
    X(BIG_512, "big-zmq-512", "/s")                                                                \
    X(BIG_BATCH, "big-zmq-batch", "/s")                                                            \
    X(BIG_REST, "big-rest", "/s")                                                                  \
    X(BIG_BALANCE, "big-rest-balance", "/s")                                                       \
    X(LAST_512, "lasting-zmq-512", "/s")                                                           \
    X(LAST_BATCH, "lasting-zmq-batch", "/s")                                                       \
    X(LAG_512, "lag-512", "s")                                                                     \
    X(LAG_BATCH, "lag-batch", "s")                                                                 \
    X(UNFLUSHED, "unflushed", "s")                                                                 \
    X(OWN_1, "own-zmq-1", "/s")                                                                    \
    X(OWN_64, "own-zmq-64", "/s")                                                                  \
    X(OWN_512, "own-zmq-512", "/s")                                                                \
    X(OWN_BATCH, "own-zmq-batch", "/s")                                                            \
    X(OWN_REST, "own-rest", "/s")                                                                  \
    X(OWN_BALANCE, "own-rest-balance", "/s")                                                       \
    X(OTHER_1, "other-zmq-1", "/s")                                                                \
    X(OTHER_64, "other-zmq-64", "/s")                                                              \
    X(OTHER_512, "other-zmq-512", "/s")                                                            \
    X(OTHER_BATCH, "other-zmq-batch", "/s")                                                        \
    X(OTHER_REST, "other-rest", "/s")                                                              \
    X(OTHER_BALANCE, "other-rest-balance", "/s")

#define FIGURE_ENUM(figure, name, unit) FIGURE_##figure,
enum figure { FIGURE_TABLE(FIGURE_ENUM) FIGURE_COUNT };
#undef FIGURE_ENUM

/* What a bank with a past is made of. */
struct scale {
    size_t accounts;
    uint64_t transfers;     /* random, over all accounts but the first two */
    uint64_t busy_deposits; /* into the first account; the second gets 50 */
};

struct bench {
    const char *daemon_program;
    const char *other_program; /* to measure against; NULL: none */
    char folder[1024];         /* all that is made, and removed at the end */
    unsigned rounds;
    double seconds;     /* a measurement; limits get half */
    unsigned lasting_s; /* of the load whose lag is watched */
    size_t accounts;    /* of the empty bank */
    unsigned clients;   /* REST connections, and the small window */
    unsigned window;    /* the large one */
    unsigned batch;     /* commands in a Batch */
    unsigned queries;   /* of each kind, one at a time */
    bool keyed, big, smoke, keep;
    struct scale scale;

    double load_before; /* of the machine: who else was at work */
    struct series figures[FIGURE_COUNT];
    struct daemon empty; /* the empty bank, new in every round */
    struct daemon other; /* another one, of the other program */
    unsigned empties;    /* so far */
    struct crowd crowd;  /* their accounts */
    struct daemon grown; /* the one with a past */
    struct crowd grown_crowd;
    uint64_t grown_later; /* commands it took beside its past, to be killed among */
    struct postgres *postgres;
    bool postgres_tried;
    const char *postgres_missing; /* why there is none */
    unsigned postgres_clients;    /* how many are best for it */
    struct load_result result;    /* of the last load: large */
};

void bench_add(struct bench *bench, enum figure figure, double value);
double bench_last(const struct bench *bench, enum figure figure); /* this round's */
void bench_say(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Steps; false: it went wrong, and why was said. */
typedef bool bench_step(struct bench *bench);
bench_step step_commits, step_trips, step_postgres;                        /* step_limits.c */
bench_step step_zmq_1, step_zmq_many, step_batch, step_rest, step_balance; /* step_rates.c */
bench_step step_reread, step_mixed, step_flood;                            /* files of theirs */
bench_step step_grow, step_tools, step_start, step_memory;                 /* step_grown.c */
bench_step step_account_queries, step_search;                              /* step_queries.c */
bench_step step_big_rates, step_lasting;                                   /* step_big.c */
bench_step step_against_1, step_against_64, step_against_512;              /* step_against.c */
bench_step step_against_batch, step_against_rest, step_against_balance;

/* Banks to measure. */
bool bank_open(struct bench *bench) MUST_USE; /* the empty one: starts it, opens its accounts */
bool bank_open_other(struct bench *bench) MUST_USE;
void bank_close(struct bench *bench); /* both */
/* Waits until the views have folded and flushed all there is. */
bool bank_settle(const struct daemon *daemon) MUST_USE;
void folder_remove(const char *path); /* and all in it */

/* A load of transfers (or balances) on a bank, as every row of rates wants it. */
enum rate { RATE_1, RATE_64, RATE_512, RATE_BATCH, RATE_REST, RATE_BALANCE, RATE_COUNT };
bool rate_measure(struct bench *bench, enum rate rate, const struct daemon *daemon,
                  struct crowd *crowd, double seconds, double *out) MUST_USE;
/* So many transfers in batches, then settled. */
bool rate_load(struct bench *bench, const struct daemon *daemon, struct crowd *crowd,
               uint64_t transfers) MUST_USE;

const char *figure_name(enum figure figure);
const char *figure_unit(enum figure figure);

/* Limits of rows that measure them themselves; in step_limits.c. */
bool limit_commits(struct bench *bench, size_t batch, double *rate) MUST_USE;
bool limit_trips(struct bench *bench, unsigned window, enum figure figure) MUST_USE;

/* report.c */
enum goal_way { GOAL_NONE, GOAL_AT_LEAST, GOAL_AT_MOST };
struct goal {
    enum goal_way way;
    double bound;
    enum figure over; /* the bound is a share of this figure; FIGURE_NONE: absolute */
};
#define ROW_GOALS_MAX 3
struct row {
    const char *name, *label;
    enum figure figure;
    uint32_t steps;
    bool big;     /* only with --big */
    bool against; /* only with --against */
    struct goal goals[ROW_GOALS_MAX];
};
void report_table(const struct bench *bench, const struct row *rows, const bool *wanted,
                  size_t count);
bool report_json(const struct bench *bench, const struct row *rows, const bool *wanted,
                 size_t count, const char *path) MUST_USE;
