/* One request in the ZeroMQ door, from its frames to its reply; and the store of them. One
 * thread. */
#pragma once

#include "service/service.h"
#include "wire/wire.h"
#include "zmq/frames.h"
#include "zmq/peers.h"

#define DOOR_ARENA_MAX (128u << 20) /* one request with its result */
#define DOOR_HELD_MAX (256u << 20)  /* all requests in flight, as they arrived */
#define DOOR_SPARE_MAX 256          /* kept for the next requests */

struct door_call {
    struct call call;
    struct arena arena;
    struct frames frames;
    struct wire_id id;
    struct peer *peer; /* NULL: not counted */
    size_t held;
    struct door_call *next, *previous; /* in flight, or spare */
};

struct door_calls {
    struct door_call *in_flight, *spare;
    size_t in_flight_count, spare_count;
    size_t held;
    struct peers peers;
};

void door_calls_init(struct door_calls *calls, struct hash_key key);
void door_calls_close(struct door_calls *calls); /* gives up what is in flight */
struct door_call *door_call_new(struct door_calls *calls) MUST_USE;
/* Counts what a decoded request holds on to. */
void door_call_hold(struct door_calls *calls, struct door_call *call);
void door_call_free(struct door_calls *calls, struct door_call *call);
