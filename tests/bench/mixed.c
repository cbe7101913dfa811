/* Eight queries to two commands, half of them over each transport: first as fast as it goes, then
 * at half of that rate. At a given rate requests fall due at fixed times, whatever became of those
 * before them, and their latency counts from then. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "bench.h"
#include "dealer.h"
#include "http_conn.h"
#include "stolen.h"

#define ID_BASE (UINT64_C(1) << 40)
#define SLOTS 1000u /* over ZeroMQ; the daemon takes 1024 of one peer */
#define WAITING_MAX (1u << 20)
#define QUIET_S 120 /* without any answer */
#define COMMANDS_OF_TEN 2
#define MORE_CONNECTIONS                                                                           \
    4 /* at a given rate: nobody waits for a connection that waits for a disk */

enum { QUERY, COMMAND };

struct slot {
    int64_t due;
    int kind;
};

struct mixed {
    struct bench *bench;
    struct recipe zmq[2], http[2]; /* by kind */
    struct dealer dealer;
    struct slot slots[SLOTS];
    unsigned free_slots[SLOTS], free_slot_count, slot_count;
    struct http_conn *conns;
    struct http_conn **free_conns;
    unsigned free_conn_count, conn_count, open_count;
    int epoll;
    double gap_ns; /* between two that fall due; 0: as fast as it goes */
    int64_t start, begin, end;
    uint64_t due_count; /* that fell due */
    int64_t *waiting;   /* for a free connection: a ring of when they were due */
    size_t waiting_first, waiting_count;
    struct histogram latency[2], all;
    uint64_t done, failed;
    int64_t last_answer;
};

static int draw_kind(struct mixed *mixed)
{
    return crowd_draw(&mixed->bench->crowd) % 10 < COMMANDS_OF_TEN ? COMMAND : QUERY;
}

static bool send_zmq(struct mixed *mixed, int64_t due)
{
    unsigned slot = mixed->free_slots[--mixed->free_slot_count];
    int kind = draw_kind(mixed);
    struct recipe *recipe = &mixed->zmq[kind];
    mixed->slots[slot] = (struct slot){due, kind};
    (void)recipe_fill(recipe, &mixed->bench->crowd, ID_BASE + slot);
    return dealer_send(&mixed->dealer, recipe->bytes.data, recipe->bytes.size);
}

static bool send_http(struct mixed *mixed, int64_t due)
{
    struct http_conn *conn = mixed->free_conns[--mixed->free_conn_count];
    int kind = draw_kind(mixed);
    struct recipe *recipe = &mixed->http[kind];
    conn->since_ns = due;
    conn->mark = (uint64_t)kind;
    (void)recipe_fill(recipe, &mixed->bench->crowd, 0);
    return http_conn_send(conn, recipe->bytes.data, recipe->bytes.size);
}

static void count(struct mixed *mixed, int64_t due, int kind, bool well)
{
    int64_t now = now_ns();
    mixed->last_answer = now;
    if (due < mixed->begin || (mixed->gap_ns == 0.0 && now >= mixed->end))
        return;
    mixed->done += well;
    mixed->failed += !well;
    histogram_add(&mixed->latency[kind], now - due);
    histogram_add(&mixed->all, now - due);
}

/* ---- what falls due */

static int64_t due_time(const struct mixed *mixed, uint64_t number)
{
    return mixed->start + (int64_t)((double)number * mixed->gap_ns);
}

static bool send_due(struct mixed *mixed, int64_t now)
{
    for (; due_time(mixed, mixed->due_count) <= now; mixed->due_count++) {
        int64_t due = due_time(mixed, mixed->due_count);
        if (due >= mixed->end)
            return true;
        if (mixed->due_count % 2 == 0) {
            if (mixed->free_slot_count == 0)
                return true; /* far behind: what is due stays due */
            if (!send_zmq(mixed, due))
                return false;
        } else if (mixed->free_conn_count > 0) {
            if (!send_http(mixed, due))
                return false;
        } else {
            CHECK(mixed->waiting_count < WAITING_MAX);
            mixed->waiting[(mixed->waiting_first + mixed->waiting_count++) % WAITING_MAX] = due;
        }
    }
    return true;
}

/* In turn here too, or the top would be one of another mixture. */
static bool send_whatever_fits(struct mixed *mixed, int64_t now)
{
    for (; now < mixed->end; mixed->due_count++) {
        bool zmq = mixed->due_count % 2 == 0;
        if ((zmq ? mixed->free_slot_count : mixed->free_conn_count) == 0)
            return true;
        if (!(zmq ? send_zmq(mixed, now) : send_http(mixed, now)))
            return false;
    }
    return true;
}

static bool send_more(struct mixed *mixed, int64_t now)
{
    while (mixed->waiting_count > 0 && mixed->free_conn_count > 0) {
        int64_t due = mixed->waiting[mixed->waiting_first];
        mixed->waiting_first = (mixed->waiting_first + 1) % WAITING_MAX;
        mixed->waiting_count--;
        if (!send_http(mixed, due))
            return false;
    }
    return (mixed->gap_ns > 0 ? send_due(mixed, now) : send_whatever_fits(mixed, now)) &&
           dealer_flush(&mixed->dealer);
}

/* ---- what is answered */

static bool take_zmq(struct mixed *mixed)
{
    struct dealer_reply reply;
    enum dealer_read read;
    while ((read = dealer_read(&mixed->dealer, false, &reply)) == DEALER_REPLY) {
        uint64_t slot = reply.id - ID_BASE;
        if (slot >= mixed->slot_count)
            return false;
        count(mixed, mixed->slots[slot].due, mixed->slots[slot].kind, reply.ok);
        mixed->free_slots[mixed->free_slot_count++] = (unsigned)slot;
    }
    return read == DEALER_NOTHING;
}

static bool take_http(struct mixed *mixed, struct http_conn *conn)
{
    switch (http_conn_read(conn)) {
    case HTTP_READ_MORE:
        return true;
    case HTTP_READ_LOST:
        return false;
    case HTTP_READ_REPLY:
        break;
    }
    count(mixed, conn->since_ns, (int)conn->mark, conn->status == 200);
    mixed->free_conns[mixed->free_conn_count++] = conn;
    return true;
}

static bool wait_and_take(struct mixed *mixed, int64_t now)
{
    struct epoll_event events[64];
    int64_t wait = 100000000;
    if (mixed->gap_ns > 0 && now < mixed->end) {
        int64_t next = due_time(mixed, mixed->due_count) - now;
        wait = next < 0 ? 0 : next < wait ? next : wait;
    }
    struct timespec timeout = {.tv_sec = 0, .tv_nsec = wait};
    int ready = epoll_pwait2(mixed->epoll, events, 64, &timeout, NULL);
    for (int i = 0; i < ready; i++) {
        if (events[i].data.ptr != NULL && !take_http(mixed, events[i].data.ptr))
            return false;
    }
    return take_zmq(mixed); /* its descriptor tells of changes only: always look */
}

static bool busy(const struct mixed *mixed)
{
    return mixed->free_slot_count < mixed->slot_count ||
           mixed->free_conn_count < mixed->open_count || mixed->waiting_count > 0;
}

static bool loop(struct mixed *mixed)
{
    for (;;) {
        int64_t now = now_ns();
        if (!send_more(mixed, now))
            return false;
        if (now >= mixed->end && !busy(mixed))
            return true;
        if (!wait_and_take(mixed, now))
            return false;
        if (now - mixed->last_answer > (int64_t)QUIET_S * 1000000000)
            return false;
    }
}

/* ---- all of it */

static bool run(struct mixed *mixed, double rate)
{
    mixed->gap_ns = rate > 0 ? 1e9 / rate : 0;
    mixed->start = mixed->last_answer = now_ns();
    mixed->begin = mixed->start + (int64_t)(mixed->bench->seconds * 1e9 / 8);
    mixed->end = mixed->begin + (int64_t)(mixed->bench->seconds * 1e9);
    mixed->due_count = mixed->done = mixed->failed = 0;
    histogram_clear(&mixed->latency[QUERY]);
    histogram_clear(&mixed->latency[COMMAND]);
    histogram_clear(&mixed->all);
    bool done = loop(mixed);
    if (!done)
        fprintf(stderr, "bench: the mixed load ended with %u open over ZeroMQ, %u over HTTP\n",
                mixed->slot_count - mixed->free_slot_count,
                mixed->open_count - mixed->free_conn_count);
    if (mixed->failed > 0)
        bench_say("%llu were not answered well", (unsigned long long)mixed->failed);
    return done;
}

static bool open_connections(struct mixed *mixed, unsigned count)
{
    for (; mixed->open_count < count; mixed->open_count++) {
        struct http_conn *conn = &mixed->conns[mixed->open_count];
        struct epoll_event event = {.events = EPOLLIN, .data.ptr = conn};
        if (!http_conn_open(conn, mixed->bench->empty.http) ||
            epoll_ctl(mixed->epoll, EPOLL_CTL_ADD, conn->fd, &event) != 0)
            return false;
        mixed->free_conns[mixed->free_conn_count++] = conn;
    }
    return true;
}

static bool open_all(struct mixed *mixed)
{
    const struct daemon *daemon = &mixed->bench->empty;
    recipe_zmq_balance(&mixed->zmq[QUERY], daemon);
    recipe_zmq_transfer(&mixed->zmq[COMMAND], daemon, mixed->bench->keyed);
    recipe_http_balance(&mixed->http[QUERY], daemon->http, daemon->key);
    recipe_http_transfer(&mixed->http[COMMAND], daemon->http, daemon->key, mixed->bench->keyed);
    if (!dealer_open(&mixed->dealer, daemon->zmq))
        return false;
    struct epoll_event event = {.events = EPOLLIN | EPOLLET, .data.ptr = NULL};
    if (epoll_ctl(mixed->epoll, EPOLL_CTL_ADD, dealer_fd(&mixed->dealer), &event) != 0)
        return false;
    return open_connections(mixed, mixed->bench->clients);
}

static struct mixed *mixed_new(struct bench *bench)
{
    struct mixed *mixed = calloc(1, sizeof *mixed);
    CHECK(mixed != NULL);
    mixed->bench = bench;
    mixed->conn_count = bench->clients * MORE_CONNECTIONS;
    mixed->conns = calloc(mixed->conn_count, sizeof *mixed->conns);
    mixed->free_conns = calloc(mixed->conn_count, sizeof *mixed->free_conns);
    mixed->waiting = calloc(WAITING_MAX, sizeof *mixed->waiting);
    CHECK(mixed->conns != NULL && mixed->free_conns != NULL && mixed->waiting != NULL);
    for (unsigned i = 0; i < mixed->conn_count; i++)
        mixed->conns[i].fd = -1;
    mixed->epoll = epoll_create1(EPOLL_CLOEXEC);
    CHECK(mixed->epoll >= 0);
    return mixed;
}

static void mixed_free(struct mixed *mixed)
{
    for (int kind = 0; kind < 2; kind++) {
        recipe_close(&mixed->zmq[kind]);
        recipe_close(&mixed->http[kind]);
    }
    dealer_close(&mixed->dealer);
    for (unsigned i = 0; i < mixed->conn_count; i++)
        http_conn_close(&mixed->conns[i]);
    (void)close(mixed->epoll);
    free(mixed->conns);
    free(mixed->free_conns);
    free(mixed->waiting);
    free(mixed);
}

static void set_slots(struct mixed *mixed, unsigned slots)
{
    mixed->slot_count = mixed->free_slot_count = slots;
    for (unsigned i = 0; i < slots; i++)
        mixed->free_slots[i] = i;
}

/* As fast as it goes: as many over each transport. */
static bool run_top(struct mixed *mixed, double *top)
{
    set_slots(mixed, mixed->bench->clients);
    if (!run(mixed, 0))
        return false;
    *top = (double)mixed->done / mixed->bench->seconds;
    bench_add(mixed->bench, FIGURE_MIXED_TOP, *top);
    return true;
}

static bool run_at(struct mixed *mixed, double rate)
{
    struct bench *bench = mixed->bench;
    set_slots(mixed, SLOTS);
    if (!open_connections(mixed, mixed->conn_count))
        return false;
    struct stolen before = stolen_now();
    if (!run(mixed, rate))
        return false;
    bench_add(bench, FIGURE_MIXED_STOLEN, stolen_percent(&before));
    bench_add(bench, FIGURE_MIXED_P99, histogram_ms(&mixed->all, 990));
    bench_add(bench, FIGURE_MIXED_COMMAND_P99, histogram_ms(&mixed->latency[COMMAND], 990));
    bench_add(bench, FIGURE_MIXED_QUERY_P99, histogram_ms(&mixed->latency[QUERY], 990));
    return true;
}

bool step_mixed(struct bench *bench)
{
    struct mixed *mixed = mixed_new(bench);
    double top;
    bool done = open_all(mixed) && run_top(mixed, &top) && run_at(mixed, top / 2);
    mixed_free(mixed);
    return done;
}
