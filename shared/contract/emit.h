/* Emitting: a shape and a struct become JSON or msgpack through an emitter.
 *
 * An emitter is a table of functions over some buffer; counts are given ahead because msgpack
 * needs them. Errors (no room) are the emitter's own to remember; see the codecs. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"
#include "contract/problem.h"
#include "contract/shape.h"

struct emitter {
    void (*map)(struct emitter *emitter, size_t entries);
    void (*map_end)(struct emitter *emitter);
    void (*list)(struct emitter *emitter, size_t items);
    void (*list_end)(struct emitter *emitter);
    void (*key)(struct emitter *emitter, struct text key); /* before each value of a map */
    void (*text)(struct emitter *emitter, struct text text);
    void (*integer)(struct emitter *emitter, int64_t value);
    void (*natural)(struct emitter *emitter, uint64_t value);
    void (*boolean)(struct emitter *emitter, bool value);
    void (*null)(struct emitter *emitter);
};

void emit_shape(struct emitter *emitter, const struct shape *shape, const void *value);
void emit_any(struct emitter *emitter, struct any any);
/* code, status, title, detail, errors, and what the code carries; `request_id` when not absent;
 * `type` (the URI) too when `with_type` (REST). The same members on both transports otherwise. */
void emit_problem(struct emitter *emitter, const struct problem *problem, struct text request_id,
                  bool with_type);
/* Emits the fields of a request: only the given ones. For clients. */
void emit_args(struct emitter *emitter, const struct shape *shape, const void *args);
