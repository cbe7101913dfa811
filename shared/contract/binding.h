/* What the files of bind share: where in a message one is, and what is wrong there. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "contract/node.h"
#include "contract/problem.h"
#include "contract/shape.h"

/* A step from the root of the message; the root itself is NULL. */
struct place {
    const struct place *up;
    struct text name; /* absent: an item of a list */
    size_t index;
};

struct binding {
    struct arena *arena;
    struct problem *problem; /* NULL: lenient, only failed counts */
    const char *pointer;     /* of the root */
    bool failed;
};

static inline bool binding_is_lenient(const struct binding *binding)
{
    return binding->problem == NULL;
}

/* Nothing more will be listed: an answer is due, whatever else is wrong. */
static inline bool binding_is_over(const struct binding *binding)
{
    return binding->failed &&
           (binding->problem == NULL || binding->problem->error_count >= PROBLEM_ERRORS_MAX);
}

/* Remembers what is wrong at `place`; always false, so that callers can return it. */
bool binding_refuse(struct binding *binding, const struct place *place, enum status status,
                    const char *detail, ...) __attribute__((format(printf, 4, 5)));
/* With the code of the field, and its name before the detail. */
bool binding_refuse_value(struct binding *binding, const struct place *place,
                          const struct field *field, const char *detail, ...)
    __attribute__((format(printf, 4, 5)));
enum status binding_code(enum field_code code);
/* Out of the arena's room: unavailable. */
bool binding_no_room(struct binding *binding);

/* One value into its member. False: refused. */
bool binding_value(struct binding *binding, const struct field *field, const struct node *node,
                   const struct place *place, void *out) MUST_USE;
/* A map into a struct. False: refused. */
bool binding_struct(struct binding *binding, const struct node *node, const struct shape *shape,
                    const struct place *place, void *out) MUST_USE;
