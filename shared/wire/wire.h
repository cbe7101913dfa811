/* The msgpack codec of CONTRACT 5, over msgpack-c. No sockets here.
 *
 * Both directions of both messages: the daemon decodes requests and encodes replies, clients the
 * other way round. All input is hostile: wire_parse scans the bytes first (every count against
 * the bytes that remain, depth up to NODE_DEPTH_MAX, one value and nothing behind it), and only
 * then lets msgpack-c unpack. Any thread; nothing is kept between calls. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/bytes.h"
#include "contract/emit.h"
#include "contract/messages.h"
#include "contract/node.h"

#define WIRE_MESSAGE_MAX (1u << 20)
#define WIRE_ID_TEXT_MAX 255

/* The tree lives in the arena; its texts point into `data`. False: not sound, or no room. */
bool wire_parse(const void *data, size_t size, struct arena *arena, struct node *out) MUST_USE;

/* The id of a request: any uint or str, echoed as it came; anything else is null. */
struct wire_id {
    enum { WIRE_ID_NULL, WIRE_ID_NUMBER, WIRE_ID_TEXT } type;
    uint64_t number;
    struct text text; /* at most WIRE_ID_TEXT_MAX bytes, else null and an error */
};

struct wire_request {
    struct wire_id id;
    const struct message *message;
    struct text auth; /* absent: none */
    struct text key;  /* absent: none */
    void *args;       /* the struct of message->args, in the arena */
};

/* True: the request is sound. False: `problem` says why, `out->id` is set when it could be read.
 * The key's own bounds (CONTRACT 1) are checked here; roles and rules about keys are not. */
bool wire_decode_request(const void *data, size_t size, struct arena *arena,
                         struct wire_request *out, struct problem *problem) MUST_USE;
/* Writes the given arguments; auth and key only when present. */
void wire_encode_request(struct bytes *out, struct wire_id id, const struct message *message,
                         struct text auth, struct text key, const void *args);

/* A reply is ok with a result (no shape: an empty map), or not ok with a problem. */
void wire_encode_result(struct bytes *out, struct wire_id id, bool replayed, struct any result);
void wire_encode_problem(struct bytes *out, struct wire_id id, bool replayed,
                         const struct problem *problem, struct text request_id);

struct wire_reply {
    struct wire_id id;
    bool ok, replayed;
    const struct node *result; /* when ok: bind it with the shape you expect */
    struct problem problem;    /* when not */
};
/* Lenient: unknown fields are skipped. False: no reply of version 1; out->id as far as read. */
bool wire_decode_reply(const void *data, size_t size, struct arena *arena,
                       struct wire_reply *out) MUST_USE;

/* A msgpack emitter over `out`; room for tests and tools. */
struct wire_emitter {
    struct emitter emitter; /* pass &x.emitter */
    struct bytes *out;
};
void wire_emitter_init(struct wire_emitter *emitter, struct bytes *out);
