/* Twice the rate that the daemon can take, from several peers. What a socket does not take at its
 * time is not asked again: the load does not wait, the daemon must. Watched are its memory, how
 * long what it took takes, and when a newcomer is served well again once the load has ended. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench.h"
#include "dealer.h"

#define PEERS 4
#define SLOTS 65536u /* of a peer: more than its socket, the kernel and the daemon hold */
#define PARTS 3      /* of the load: everything fills up, and then two that must be alike */
#define ID_BASE (UINT64_C(1) << 40)
#define LOOK_NS INT64_C(50000000)
#define WELL_NS INT64_C(10000000) /* a newcomer's transfer within that */
#define GIVE_UP_NS INT64_C(120000000000)

struct peer {
    struct dealer dealer;
    int64_t sent[SLOTS];
    unsigned free_slots[SLOTS], free_count;
};

struct flood {
    struct bench *bench;
    struct recipe recipe;
    struct peer peers[PEERS];
    int64_t start, part, end; /* part: how long one is */
    uint64_t taken, done, unavailable;
    double dropped; /* replies, before the flood */
    struct histogram parts[PARTS], all;
    long memory_kib[PARTS]; /* the most seen in each */
    int64_t next_look;
};

static size_t part_of(const struct flood *flood, int64_t now)
{
    int64_t part = (now - flood->start) / flood->part;
    return part < PARTS ? (size_t)part : PARTS - 1;
}

static void look_at_memory(struct flood *flood, int64_t now)
{
    if (now < flood->next_look)
        return;
    flood->next_look = now + LOOK_NS;
    long memory = process_status_kib(flood->bench->empty.process.pid, "RssAnon");
    size_t part = part_of(flood, now);
    if (memory > flood->memory_kib[part])
        flood->memory_kib[part] = memory;
}

static bool take_replies(struct flood *flood, struct peer *peer)
{
    struct dealer_reply reply;
    enum dealer_read read = DEALER_NOTHING;
    for (int i = 0; i < 256; i++) {
        read = dealer_read(&peer->dealer, false, &reply);
        if (read != DEALER_REPLY)
            break;
        uint64_t slot = reply.id - ID_BASE;
        if (slot >= SLOTS)
            return false;
        int64_t now = now_ns();
        flood->done += reply.ok;
        flood->unavailable += !reply.ok;
        histogram_add(&flood->parts[part_of(flood, peer->sent[slot])], now - peer->sent[slot]);
        histogram_add(&flood->all, now - peer->sent[slot]);
        peer->free_slots[peer->free_count++] = (unsigned)slot;
    }
    if (read == DEALER_LOST)
        fprintf(stderr, "bench: an answer that is none\n");
    return read != DEALER_LOST;
}

static void offer(struct flood *flood, struct peer *peer, int64_t now)
{
    if (peer->free_count == 0)
        return;
    unsigned slot = peer->free_slots[peer->free_count - 1];
    (void)recipe_fill(&flood->recipe, &flood->bench->crowd, ID_BASE + slot);
    if (!dealer_try_send(&peer->dealer, flood->recipe.bytes.data, flood->recipe.bytes.size))
        return;
    peer->free_count--;
    peer->sent[slot] = now;
    flood->taken++;
}

static bool pour(struct flood *flood, double rate)
{
    uint64_t offered = 0;
    int64_t now = flood->start = now_ns();
    int64_t length = (int64_t)(flood->bench->seconds * PARTS * 1e9);
    flood->part = length / PARTS;
    flood->end = now + length;
    while (now < flood->end) {
        uint64_t due = (uint64_t)((double)(now - flood->start) * rate / 1e9);
        for (int i = 0; i < 512 && offered < due; i++, offered++)
            offer(flood, &flood->peers[offered % PEERS], now);
        for (size_t i = 0; i < PEERS; i++) {
            if (!take_replies(flood, &flood->peers[i]))
                return false;
        }
        look_at_memory(flood, now);
        now = now_ns();
    }
    bench_add(flood->bench, FIGURE_FLOOD_OFFERED, (double)offered / ((double)length / 1e9));
    bench_add(flood->bench, FIGURE_FLOOD_DONE, (double)flood->done / ((double)length / 1e9));
    return true;
}

static size_t open_requests(const struct flood *flood)
{
    size_t open = 0;
    for (size_t i = 0; i < PEERS; i++)
        open += SLOTS - flood->peers[i].free_count;
    return open;
}

static bool newcomer_is_served(struct flood *flood)
{
    struct dealer dealer;
    struct dealer_reply reply;
    bool well = dealer_open(&dealer, flood->bench->empty.zmq);
    for (int i = 0; i < 5 && well; i++) {
        (void)recipe_fill(&flood->recipe, &flood->bench->crowd, ID_BASE);
        int64_t start = now_ns();
        well = dealer_ask(&dealer, flood->recipe.bytes.data, flood->recipe.bytes.size, &reply) &&
               reply.ok && (i == 0 || now_ns() - start < WELL_NS); /* the first one connects */
    }
    dealer_close(&dealer);
    return well;
}

static double dropped_replies(const struct flood *flood)
{
    struct daemon_metrics metrics;
    return daemon_metrics(&flood->bench->empty, &metrics) ? metrics.dropped : -1;
}

/* A peer that asks for more than a peer may have in flight, and does not read in time what it is
 * told, loses replies. Those the daemon owns up to; every other request must be answered. */
static bool all_is_answered(struct flood *flood)
{
    size_t open = open_requests(flood);
    if (open == 0 || now_ns() < flood->next_look)
        return open == 0;
    flood->next_look = now_ns() + LOOK_NS;
    return dropped_replies(flood) - flood->dropped >= (double)open;
}

/* Its peers go on reading, as peers do; then a newcomer comes. */
static bool recover(struct flood *flood)
{
    while (!all_is_answered(flood)) {
        for (size_t i = 0; i < PEERS; i++) {
            if (!take_replies(flood, &flood->peers[i]))
                return false;
        }
        if (now_ns() - flood->end > GIVE_UP_NS) {
            fprintf(stderr, "bench: %zu requests were never answered\n", open_requests(flood));
            return false;
        }
    }
    while (!newcomer_is_served(flood)) {
        if (now_ns() - flood->end > GIVE_UP_NS) {
            fprintf(stderr, "bench: a newcomer is not served well any more\n");
            return false;
        }
    }
    bench_add(flood->bench, FIGURE_FLOOD_RECOVERY, seconds_since(flood->end));
    return true;
}

static void add_figures(struct flood *flood)
{
    struct bench *bench = flood->bench;
    double before = histogram_ms(&flood->parts[PARTS - 2], 990);
    double after = histogram_ms(&flood->parts[PARTS - 1], 990);
    double grown_kib = (double)(flood->memory_kib[PARTS - 1] - flood->memory_kib[PARTS - 2]);
    bench_add(bench, FIGURE_FLOOD_P99, histogram_ms(&flood->all, 990));
    bench_add(bench, FIGURE_FLOOD_GROWTH, before > 0 ? after / before : 0);
    bench_add(bench, FIGURE_FLOOD_MEMORY, grown_kib > 0 ? grown_kib / 1024 : 0);
    bench_say("taken %llu, unavailable %llu, replies not read in time %.0f, memory %ld MiB",
              (unsigned long long)flood->taken, (unsigned long long)flood->unavailable,
              dropped_replies(flood) - flood->dropped, flood->memory_kib[PARTS - 1] / 1024);
}

bool step_flood(struct bench *bench)
{
    struct flood *flood = calloc(1, sizeof *flood);
    CHECK(flood != NULL);
    flood->bench = bench;
    recipe_zmq_transfer(&flood->recipe, &bench->empty, bench->keyed);
    bool done = true;
    for (size_t i = 0; i < PEERS && done; i++) {
        struct peer *peer = &flood->peers[i];
        peer->free_count = SLOTS;
        for (unsigned s = 0; s < SLOTS; s++)
            peer->free_slots[s] = s;
        done = dealer_open_short(&peer->dealer, bench->empty.zmq);
    }
    flood->dropped = done ? dropped_replies(flood) : 0;
    done = done && flood->dropped >= 0 && pour(flood, 2 * bench_last(bench, FIGURE_ZMQ_512)) &&
           recover(flood);
    if (done)
        add_figures(flood);
    for (size_t i = 0; i < PEERS; i++)
        dealer_close(&flood->peers[i].dealer);
    recipe_close(&flood->recipe);
    free(flood);
    return done;
}
