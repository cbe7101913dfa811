/* Binding: the one place where input is checked. A node tree and a shape become a struct.
 *
 * Strict (requests): unknown and duplicate fields, wrong types, bounds and missing required
 * fields are refused; every bad field found is listed with its JSON pointer, the first decides
 * the code. CONTRACT 4 names the code of each. Defaults are left to the caller: a field that was
 * not given is zero and its bit in `given` is clear. Texts point into the nodes.
 *
 * Lenient (clients reading replies): unknown fields are skipped, missing ones stay zero, null is
 * zero; a wrong type still fails. FIELD_ANY keeps the node. */
#pragma once

#include <stdbool.h>

#include "base/arena.h"
#include "contract/messages.h"
#include "contract/node.h"
#include "contract/problem.h"
#include "contract/shape.h"

/* `pointer` is the JSON pointer of the node itself, "#" for a body. `out` is cleared first, and
 * so is `problem`. Null is a wrong type; texts are UTF-8 without U+0000, counted in code points.
 * False: `problem` says why. Lists and `any` structs are allocated in the arena. */
bool bind_request(const struct node *node, const struct shape *shape, const char *pointer,
                  struct arena *arena, void *out, struct problem *problem) MUST_USE;
bool bind_result(const struct node *node, const struct shape *shape, struct arena *arena,
                 void *out) MUST_USE;

/* A REST request: values of the path in order, decoded query parameters, and the parsed body
 * (NULL: none) become the message's struct, in the arena. Each parameter is read by the type of
 * its field; a GET or DELETE takes no body, the others no query parameters. REST needs no checks
 * of its own. */
struct parameter {
    struct text name, value;
};
bool bind_parameters(const struct message *message, const struct text *path_values,
                     const struct parameter *query, size_t query_count, const struct node *body,
                     struct arena *arena, void **args, struct problem *problem) MUST_USE;

/* 1 ... ARG_KEY_MAX printable ASCII characters; for the header of REST. */
bool bind_key_is_valid(struct text key);

/* A client's reading of an `error` map: status by its code (STATUS_unavailable when unknown),
 * detail, the first errors, balance, amount, version. */
bool bind_problem(const struct node *node, struct problem *out) MUST_USE;
