#include "rows.h"

#define STEP_ROW(step, name, run, once, needs, empty) {name, run, once, needs, empty},
const struct step steps[STEP_COUNT] = {STEP_TABLE(STEP_ROW)};
#undef STEP_ROW

#define AT_LEAST(bound)                                                                            \
    {                                                                                              \
        GOAL_AT_LEAST, (bound), FIGURE_NONE                                                        \
    }
#define AT_LEAST_OF(bound, figure)                                                                 \
    {                                                                                              \
        GOAL_AT_LEAST, (bound), FIGURE_##figure                                                    \
    }
#define AT_MOST(bound)                                                                             \
    {                                                                                              \
        GOAL_AT_MOST, (bound), FIGURE_NONE                                                         \
    }
#define AT_MOST_OF(bound, figure)                                                                  \
    {                                                                                              \
        GOAL_AT_MOST, (bound), FIGURE_##figure                                                     \
    }
#define NO_GOAL                                                                                    \
    {                                                                                              \
        0                                                                                          \
    }
#define ROW(name, label, figure, steps, ...)                                                       \
    {                                                                                              \
        name, label, FIGURE_##figure, steps, false, false,                                         \
        {                                                                                          \
            __VA_ARGS__                                                                            \
        }                                                                                          \
    }
#define BIG(name, label, figure, steps, ...)                                                       \
    {                                                                                              \
        name, label, FIGURE_##figure, steps, true, false,                                          \
        {                                                                                          \
            __VA_ARGS__                                                                            \
        }                                                                                          \
    }
#define AGAINST(name, label, rate)                                                                 \
    {                                                                                              \
        "against-" name, label, FIGURE_OWN_##rate, BIT(AGAINST_##rate), false, true,               \
        {                                                                                          \
            AT_LEAST_OF(1, OTHER_##rate)                                                           \
        }                                                                                          \
    }
/* A row of several figures: they share a name, by which --rows picks them. */
const struct row rows[] = {
    ROW("limits", "limit: SQLite appends, 1 a commit", APPEND_1, BIT(ZMQ_1), NO_GOAL),
    ROW("limits", "limit: SQLite appends, 8 a commit", APPEND_8, BIT(COMMITS), NO_GOAL),
    ROW("limits", "limit: SQLite appends, 64 a commit", APPEND_64, BIT(COMMITS), NO_GOAL),
    ROW("limits", "limit: SQLite appends, 512 a commit", APPEND_512, BIT(COMMITS), NO_GOAL),
    ROW("limits", "limit: SQLite appends, 1 000 a commit", APPEND_1000, BIT(BATCH), NO_GOAL),
    ROW("limits", "limit: ZeroMQ round trips, 1 in flight", TRIP_1, BIT(ZMQ_1), NO_GOAL),
    ROW("limits", "limit: ZeroMQ round trips, 64", TRIP_64, BIT(TRIPS), NO_GOAL),
    ROW("limits", "limit: ZeroMQ round trips, 512", TRIP_512, BIT(TRIPS), NO_GOAL),
    ROW("limits", "limit: PostgreSQL, its best", POSTGRES, BIT(POSTGRES), NO_GOAL),
    ROW("zmq-1", "ZeroMQ, 1 in flight", ZMQ_1, BIT(ZMQ_1), AT_LEAST_OF(0.6, LIMIT_1)),
    ROW("zmq-64", "ZeroMQ, 64 in flight", ZMQ_64, BIT(ZMQ_MANY) | BIT(POSTGRES), AT_LEAST(70000),
        AT_LEAST_OF(15, POSTGRES)),
    ROW("zmq-512", "ZeroMQ, 512 in flight", ZMQ_512, BIT(ZMQ_MANY) | BIT(POSTGRES),
        AT_LEAST(100000), AT_LEAST_OF(20, POSTGRES)),
    ROW("zmq-batch", "ZeroMQ, 8 batches of 1 000, transfers", BATCH, BIT(BATCH), AT_LEAST(200000),
        AT_LEAST_OF(0.5, APPEND_1000)),
    ROW("rest", "REST transfers, 64 connections", REST, BIT(REST) | BIT(POSTGRES),
        AT_LEAST_OF(0.65, POST_STOCK), AT_LEAST_OF(0.55, POST_TUNED), AT_LEAST_OF(8, POSTGRES)),
    ROW("rest-balance", "REST balances, 64 connections", BALANCE, BIT(BALANCE),
        AT_LEAST_OF(0.9, GET_STOCK)),
    ROW("mixed", "mixed 80/20, both transports: the top", MIXED_TOP, BIT(MIXED), NO_GOAL),
    ROW("mixed", "mixed, at half of it: p99", MIXED_P99, BIT(MIXED), AT_MOST(5)),
    ROW("mixed", "mixed, at half of it: p99 of commands", MIXED_COMMAND_P99, BIT(MIXED), NO_GOAL),
    ROW("mixed", "mixed, at half of it: p99 of queries", MIXED_QUERY_P99, BIT(MIXED), NO_GOAL),
    ROW("mixed", "  processors taken by the host meanwhile", MIXED_STOLEN, BIT(MIXED), NO_GOAL),
    ROW("reread", "reading what one wrote, REST load: p99", REREAD_P99, BIT(REREAD), AT_MOST(5)),
    ROW("flood", "at twice the top rate: offered", FLOOD_OFFERED, BIT(FLOOD), NO_GOAL),
    ROW("flood", "at twice the top rate: done", FLOOD_DONE, BIT(FLOOD), NO_GOAL),
    ROW("flood", "at twice the top rate: p99 of what is taken", FLOOD_P99, BIT(FLOOD), NO_GOAL),
    ROW("flood", "  its p99, last third over the second", FLOOD_GROWTH, BIT(FLOOD), AT_MOST(1.5)),
    ROW("flood", "  growth of memory, second third to last", FLOOD_MEMORY, BIT(FLOOD), AT_MOST(16)),
    ROW("flood", "  well again after", FLOOD_RECOVERY, BIT(FLOOD), AT_MOST(1)),
    ROW("import", "import, transfers", IMPORT, BIT(GROW), AT_LEAST(60000)),
    ROW("rebuild", "rebuild, transfers", REBUILD, BIT(TOOLS), AT_LEAST(300000)),
    ROW("verify", "verify, transfers", VERIFY, BIT(TOOLS), AT_LEAST(300000)),
    ROW("start", "start after a clean stop", START_CLEAN, BIT(START), AT_MOST(1)),
    ROW("start", "start after kill -9", START_KILLED, BIT(START), AT_MOST(5)),
    ROW("disk", "journal on disk", DISK, BIT(GROW), AT_MOST(220)),
    ROW("memory", "memory, against 64 MiB + 128 + 32", MEMORY, BIT(MEMORY),
        AT_MOST_OF(1, MEMORY_ALLOWED)),
    ROW("queries", "history page of 10: p99, 100 events", PAGE_QUIET, BIT(QUERIES), NO_GOAL),
    ROW("queries", "history page of 10: p99, many events", PAGE_BUSY, BIT(QUERIES),
        AT_MOST_OF(1.5, PAGE_QUIET)),
    ROW("queries", "statement: p99, 100 events", STATEMENT_QUIET, BIT(QUERIES), NO_GOAL),
    ROW("queries", "statement of equal lines: p99, many events", STATEMENT_BUSY, BIT(QUERIES),
        AT_MOST_OF(1.5, STATEMENT_QUIET)),
    ROW("queries", "balance?at: p99, 100 events", AT_QUIET, BIT(QUERIES), NO_GOAL),
    ROW("queries", "balance?at: p99, many events", AT_BUSY, BIT(QUERIES),
        AT_MOST_OF(1.5, AT_QUIET)),
    ROW("search", "account search as one types: p99", SEARCH_P99, BIT(SEARCH), AT_MOST(5)),
    BIG("big-rates", "grown: ZeroMQ, 1 in flight", BIG_1, BIT(BIG_RATES),
        AT_LEAST_OF(0.9, EMPTY_1)),
    BIG("big-rates", "grown: ZeroMQ, 64 in flight", BIG_64, BIT(BIG_RATES),
        AT_LEAST_OF(0.9, EMPTY_64)),
    BIG("big-rates", "grown: ZeroMQ, 512 in flight", BIG_512, BIT(BIG_RATES),
        AT_LEAST_OF(0.9, EMPTY_512)),
    BIG("big-rates", "grown: ZeroMQ, batches, transfers", BIG_BATCH, BIT(BIG_RATES),
        AT_LEAST_OF(0.9, EMPTY_BATCH)),
    BIG("big-rates", "grown: REST transfers", BIG_REST, BIT(BIG_RATES),
        AT_LEAST_OF(0.9, EMPTY_REST)),
    BIG("big-rates", "grown: REST balances", BIG_BALANCE, BIT(BIG_RATES),
        AT_LEAST_OF(0.9, EMPTY_BALANCE)),
    BIG("lasting", "grown, for minutes: 512 in flight", LAST_512, BIT(LASTING), NO_GOAL),
    BIG("lasting", "  the views' lag, at most", LAG_512, BIT(LASTING), AT_MOST(1)),
    BIG("lasting", "grown, for minutes: batches, transfers", LAST_BATCH, BIT(LASTING), NO_GOAL),
    BIG("lasting", "  the views' lag, at most", LAG_BATCH, BIT(LASTING), AT_MOST(1)),
    BIG("lasting", "  not yet flushed, at most", UNFLUSHED, BIT(LASTING), NO_GOAL),
    AGAINST("zmq-1", "against the other: ZeroMQ, 1 in flight", 1),
    AGAINST("zmq-64", "against the other: ZeroMQ, 64", 64),
    AGAINST("zmq-512", "against the other: ZeroMQ, 512", 512),
    AGAINST("zmq-batch", "against the other: batches, transfers", BATCH),
    AGAINST("rest", "against the other: REST transfers", REST),
    AGAINST("rest-balance", "against the other: REST balances", BALANCE),
};
const size_t row_count = sizeof rows / sizeof *rows;
