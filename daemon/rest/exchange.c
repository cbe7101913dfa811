#include "rest/door.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"

static void new_id(struct rest *rest, char out[REST_ID_SIZE + 1])
{
    uint64_t id = hash_mix64(rest->id_seed + ++rest->id_count);
    for (int i = REST_ID_SIZE - 1; i >= 0; i--) {
        out[i] = "0123456789abcdef"[id & 15];
        id >>= 4;
    }
    out[REST_ID_SIZE] = '\0';
}

static struct exchange *exchange_make(struct rest *rest)
{
    struct exchange *exchange = calloc(1, sizeof(*exchange));
    CHECK(exchange != NULL);
    arena_init(&exchange->arena, REST_ARENA_MAX);
    bytes_init(&exchange->body, REST_BODY_MAX);
    bytes_init(&exchange->out, REST_REPLY_MAX);
    exchange->rest = rest;
    exchange->next_all = rest->all;
    rest->all = exchange;
    return exchange;
}

/* All of it but the many bytes of the problem that nobody reads before they are written. */
static void call_clear(struct call *call)
{
    memset(call, 0, offsetof(struct call, problem));
    problem_clear(&call->problem);
    size_t behind = offsetof(struct call, problem) + sizeof(call->problem);
    memset((char *)call + behind, 0, sizeof(*call) - behind);
}

struct exchange *exchange_new(struct rest *rest)
{
    struct exchange *exchange = rest->free;
    if (exchange != NULL) {
        rest->free = exchange->next_free;
    } else {
        exchange = exchange_make(rest);
    }
    call_clear(&exchange->call);
    exchange->call.door = exchange;
    exchange->call.arena = &exchange->arena;
    exchange->call.channel = CHANNEL_REST;
    exchange->state = EXCHANGE_TARGET;
    exchange->connected = true;
    exchange->head = exchange->has_body = exchange->encoded = false;
    exchange->raw_target = (struct text){NULL, 0};
    exchange->key_given = exchange->key_good = false;
    exchange->body_size = 0;
    exchange->reply = (struct reply){0};
    exchange->content_type = exchange->if_none_match = (struct text){NULL, 0};
    exchange->accept = (struct accept){0};
    new_id(rest, exchange->id);
    return exchange;
}

static void keep_small(struct bytes *bytes)
{
    size_t max = bytes->max;
    if (bytes->capacity > REST_KEEP_MAX) {
        bytes_close(bytes);
        bytes_init(bytes, max);
    }
    bytes_clear(bytes);
}

static void wipe(struct exchange *exchange)
{
    arena_wipe(&exchange->arena);
    if (exchange->body.data != NULL)
        explicit_bzero(exchange->body.data, exchange->body.capacity);
    if (exchange->out.data != NULL)
        explicit_bzero(exchange->out.data, exchange->out.capacity);
}

void exchange_release(struct exchange *exchange)
{
    struct rest *rest = exchange->rest;
    if (exchange->call.message != NULL && exchange->call.message->secret)
        wipe(exchange);
    keep_small(&exchange->body);
    keep_small(&exchange->out);
    arena_reset(&exchange->arena);
    exchange->next_free = rest->free;
    rest->free = exchange;
}

void exchanges_free(struct rest *rest)
{
    while (rest->all != NULL) {
        struct exchange *exchange = rest->all;
        rest->all = exchange->next_all;
        arena_close(&exchange->arena);
        bytes_close(&exchange->body);
        bytes_close(&exchange->out);
        free(exchange);
    }
    rest->free = NULL;
}
