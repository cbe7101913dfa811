/* The JSON codec: parsing by jansson (exact int64, duplicates refused, strict UTF-8), writing by
 * our own emitter, which needs no tree. No HTTP here. Any thread. */
#pragma once

#include <stdbool.h>

#include "base/arena.h"
#include "base/bytes.h"
#include "contract/emit.h"
#include "contract/node.h"
#include "contract/problem.h"

/* One value and nothing but white space behind it, at most NODE_DEPTH_MAX deep. Texts are copied
 * to the arena. Integers beyond int64 become NODE_HUGE, so that the field they stand in can be
 * named (invalid_amount). False: `problem` is malformed_request with where and why. */
bool json_parse(const void *data, size_t size, struct arena *arena, struct node *out,
                struct problem *problem) MUST_USE;

struct json_emitter {
    struct emitter emitter; /* pass &x.emitter */
    struct bytes *out;
    bool comma; /* the next value needs one before it */
};
void json_emitter_init(struct json_emitter *emitter, struct bytes *out);

/* Compact: no white space, keys in the order of the shape, UTF-8 as it is, control characters
 * escaped. */
void json_write_any(struct bytes *out, struct any any);
void json_write_shape(struct bytes *out, const struct shape *shape, const void *value);
