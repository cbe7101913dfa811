/* Queries one at a time over one connection, warm: of an account with a short life and of one with
 * a long one, in turn; and the search. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/time.h"
#include "bench.h"
#include "http_conn.h"
#include "past.h"

#define WARM_SHARE 10  /* of the queries, not counted */
#define NAMES_SHARE 40 /* of the queries, typed letter by letter */

struct asker {
    struct bench *bench;
    struct http_conn conn;
    int64_t positions; /* of the journal */
    int64_t from, to;  /* of the past */
};

static bool ask(struct asker *asker, const char *path, int64_t *ns)
{
    char request[1024];
    const struct daemon *daemon = &asker->bench->grown;
    int size = snprintf(request, sizeof request,
                        "GET %s HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer %s\r\n\r\n", path,
                        daemon->http, daemon->key);
    CHECK(size > 0 && (size_t)size < sizeof request);
    int64_t start = now_ns();
    bool answered = http_conn_ask(&asker->conn, request, (size_t)size);
    *ns = now_ns() - start;
    if (!answered || asker->conn.status != 200) {
        fprintf(stderr, "bench: GET %s: %d %.200s\n", path, answered ? asker->conn.status : 0,
                answered ? asker->conn.body : "no answer");
        return false;
    }
    return true;
}

/* What is asked, of account 0 or 1, with this random number. */
typedef void make_path(const struct asker *asker, size_t account, uint64_t random, char path[256]);

/* Anywhere in the later half of its life: the quiet account has whole pages there too. */
static void history_path(const struct asker *asker, size_t account, uint64_t random, char path[256])
{
    int64_t half = asker->positions / 2;
    (void)snprintf(path, 256, "/accounts/%.10s/history?limit=10&before=%lld",
                   asker->bench->grown_crowd.digits[account],
                   (long long)(half + (int64_t)(random % (uint64_t)half)));
}

static void statement_path(const struct asker *asker, size_t account, uint64_t random,
                           char path[256])
{
    char month[MONTH_TEXT_MAX];
    (void)random;
    (void)snprintf(path, 256, "/accounts/%.10s/statements/%s",
                   asker->bench->grown_crowd.digits[account],
                   month_print(past_last_month(), month));
}

static void balance_path(const struct asker *asker, size_t account, uint64_t random, char path[256])
{
    char at[TIME_TEXT_MAX];
    int64_t span = asker->to - asker->from;
    (void)snprintf(path, 256, "/accounts/%.10s/balance?at=%s",
                   asker->bench->grown_crowd.digits[account],
                   time_print(asker->from + (int64_t)(random % (uint64_t)span), at));
}

static bool compare(struct asker *asker, make_path *make, enum figure quiet, enum figure busy)
{
    static struct histogram histograms[2];
    struct bench *bench = asker->bench;
    histogram_clear(&histograms[0]);
    histogram_clear(&histograms[1]);
    for (unsigned i = 0; i < bench->queries; i++) {
        uint64_t random = crowd_draw(&bench->grown_crowd) >> 1;
        for (size_t account = 0; account < 2; account++) {
            char path[256];
            int64_t ns;
            make(asker, account, random, path);
            if (!ask(asker, path, &ns))
                return false;
            if (i >= bench->queries / WARM_SHARE)
                histogram_add(&histograms[account], ns);
        }
    }
    bench_add(bench, busy, histogram_ms(&histograms[0], 990));
    bench_add(bench, quiet, histogram_ms(&histograms[1], 990));
    return true;
}

static bool begin(struct bench *bench, struct asker *asker)
{
    struct daemon_metrics metrics;
    int32_t last = past_last_month();
    asker->bench = bench;
    asker->conn.fd = -1;
    asker->from = month_start(last - PAST_MONTHS + 1);
    asker->to = month_start(last + 1);
    if (!daemon_start(&bench->grown, NULL) || !bank_settle(&bench->grown) ||
        !daemon_metrics(&bench->grown, &metrics))
        return false;
    /* Three events a transfer, two a deposit and an account; what came after the past is left. */
    asker->positions = (int64_t)(2 * bench->scale.accounts + 3 * bench->scale.transfers +
                                 2 * (bench->scale.busy_deposits + PAST_DEPOSITS));
    return http_conn_open(&asker->conn, bench->grown.http);
}

static bool end(struct asker *asker, bool done)
{
    http_conn_close(&asker->conn);
    return daemon_stop(&asker->bench->grown) && done;
}

bool step_account_queries(struct bench *bench)
{
    struct asker asker;
    bool done = begin(bench, &asker);
    for (unsigned i = 0; i < bench->rounds && done; i++)
        done = compare(&asker, history_path, FIGURE_PAGE_QUIET, FIGURE_PAGE_BUSY) &&
               compare(&asker, statement_path, FIGURE_STATEMENT_QUIET, FIGURE_STATEMENT_BUSY) &&
               compare(&asker, balance_path, FIGURE_AT_QUIET, FIGURE_AT_BUSY);
    return end(&asker, done);
}

/* A name letter by letter, the blank included: "a", "an", ... "annebar", "annebar z" ... */
static bool type_name(struct asker *asker, const char *owner, bool counts,
                      struct histogram *latency)
{
    for (size_t typed = 1; typed <= strlen(owner); typed++) {
        char path[256] = "/accounts?limit=20&search=";
        size_t used = strlen(path);
        int64_t ns;
        for (size_t i = 0; i < typed; i++)
            path[used + i] = owner[i] == ' ' ? '+' : owner[i];
        path[used + typed] = '\0';
        if (!ask(asker, path, &ns))
            return false;
        if (counts)
            histogram_add(latency, ns);
    }
    return true;
}

bool step_search(struct bench *bench)
{
    static struct histogram latency;
    struct asker asker;
    bool done = begin(bench, &asker);
    unsigned names = bench->queries / NAMES_SHARE + 1;
    for (unsigned round = 0; round < bench->rounds && done; round++) {
        histogram_clear(&latency);
        for (unsigned i = 0; i < names && done; i++) {
            char owner[64];
            past_owner((size_t)(crowd_draw(&bench->grown_crowd) % bench->scale.accounts), owner);
            done = type_name(&asker, owner, i >= names / WARM_SHARE, &latency);
        }
        if (done)
            bench_add(bench, FIGURE_SEARCH_P99, histogram_ms(&latency, 990));
    }
    return end(&asker, done);
}
