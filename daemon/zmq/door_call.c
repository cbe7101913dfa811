#include "zmq/door_call.h"

#include <stdlib.h>
#include <string.h>

void door_calls_init(struct door_calls *calls, struct hash_key key)
{
    *calls = (struct door_calls){0};
    peers_init(&calls->peers, key);
}

static void destroy(struct door_call *call)
{
    arena_close(&call->arena);
    free(call);
}

void door_calls_close(struct door_calls *calls)
{
    while (calls->in_flight != NULL)
        door_call_free(calls, calls->in_flight);
    while (calls->spare != NULL) {
        struct door_call *call = calls->spare;
        calls->spare = call->next;
        destroy(call);
    }
}

struct door_call *door_call_new(struct door_calls *calls)
{
    struct door_call *call = calls->spare;
    if (call != NULL) {
        calls->spare = call->next;
        calls->spare_count--;
    } else {
        call = malloc(sizeof *call);
        CHECK(call != NULL);
        arena_init(&call->arena, DOOR_ARENA_MAX);
    }
    /* The service sets the rest of the call when it is submitted. */
    call->call.message = NULL;
    call->id = (struct wire_id){.type = WIRE_ID_NULL};
    call->peer = NULL;
    call->held = 0;
    call->frames.envelope_count = 0;
    call->frames.has_body = false;
    call->next = calls->in_flight;
    call->previous = NULL;
    if (call->next != NULL)
        call->next->previous = call;
    calls->in_flight = call;
    calls->in_flight_count++;
    return call;
}

void door_call_hold(struct door_calls *calls, struct door_call *call)
{
    call->held = call->arena.total + zmq_msg_size(&call->frames.body);
    calls->held += call->held;
}

static void wipe(struct door_call *call)
{
    arena_wipe(&call->arena);
    if (call->frames.has_body)
        explicit_bzero(zmq_msg_data(&call->frames.body), zmq_msg_size(&call->frames.body));
}

void door_call_free(struct door_calls *calls, struct door_call *call)
{
    if (call->call.message != NULL && call->call.message->secret)
        wipe(call);
    if (call->previous != NULL)
        call->previous->next = call->next;
    else
        calls->in_flight = call->next;
    if (call->next != NULL)
        call->next->previous = call->previous;
    calls->in_flight_count--;
    calls->held -= call->held;
    if (call->peer != NULL)
        peers_leave(&calls->peers, call->peer);
    frames_close(&call->frames);
    if (calls->spare_count == DOOR_SPARE_MAX) {
        destroy(call);
        return;
    }
    arena_reset(&call->arena);
    call->next = calls->spare;
    calls->spare = call;
    calls->spare_count++;
}
