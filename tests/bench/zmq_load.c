#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dealer.h"
#include "load.h"

/* Ids are far above 2^32, so that they always take nine bytes; the low bits are the slot. */
#define ID_BASE (UINT64_C(1) << 40)

struct run {
    const struct load *load;
    struct dealer dealer;
    struct load_clock clock;
    struct load_result *result;
    int64_t *sent; /* a slot for each in flight */
    uint64_t *free_slots;
    size_t free_count;
};

static bool send_more(struct run *run, int64_t now)
{
    struct recipe *recipe = run->load->recipe;
    while (run->free_count > 0 && load_clock_more(&run->clock, run->load, now)) {
        uint64_t slot = run->free_slots[--run->free_count];
        if (run->load->crowd != NULL)
            (void)recipe_fill(recipe, run->load->crowd, ID_BASE + slot);
        run->sent[slot] = now;
        if (!dealer_send(&run->dealer, recipe->bytes.data, recipe->bytes.size))
            return false;
        if (run->free_count % 16 == 0)
            now = now_ns();
    }
    return true;
}

static bool take_reply(struct run *run, const struct dealer_reply *reply)
{
    uint64_t slot = reply->id - ID_BASE;
    if (reply->id < ID_BASE || slot >= run->load->window) {
        fprintf(stderr, "bench: an answer to nothing that was asked\n");
        return false;
    }
    int64_t now = now_ns();
    bool well = reply->ok && (run->load->recipe->spot_count == 1 || reply->failed == 0);
    load_clock_count(&run->clock, run->result, run->sent[slot], now, well);
    run->free_slots[run->free_count++] = slot;
    return true;
}

static bool loop(struct run *run)
{
    unsigned window = run->load->window;
    for (;;) {
        if (!send_more(run, now_ns()))
            return false;
        if (run->free_count == window)
            return true;
        struct dealer_reply reply;
        enum dealer_read read = dealer_read(&run->dealer, true, &reply);
        while (read == DEALER_REPLY) {
            if (!take_reply(run, &reply))
                return false;
            read = run->free_count < window ? dealer_read(&run->dealer, false, &reply)
                                            : DEALER_NOTHING;
        }
        if (read == DEALER_LOST || (run->free_count == 0 && read == DEALER_NOTHING)) {
            fprintf(stderr, "bench: no answer over ZeroMQ\n");
            return false;
        }
    }
}

bool zmq_load_run(const struct load *load, const char *endpoint, struct load_result *result)
{
    struct run run = {.load = load, .result = result, .free_count = load->window};
    memset(result, 0, sizeof *result);
    run.sent = calloc(load->window, sizeof *run.sent);
    run.free_slots = calloc(load->window, sizeof *run.free_slots);
    CHECK(run.sent != NULL && run.free_slots != NULL);
    for (uint64_t i = 0; i < load->window; i++)
        run.free_slots[i] = i;
    bool done = dealer_open(&run.dealer, endpoint);
    if (done) {
        load_clock_start(&run.clock, load);
        done = loop(&run);
    }
    dealer_close(&run.dealer);
    free(run.sent);
    free(run.free_slots);
    return done;
}
