/* The request target: splitting it, and the list of its query's parameters. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/check.h"
#include "base/text.h"
#include "contract/bind.h"
#include "contract/problem.h"

#define URI_PARAMETERS_MAX 64

/* Origin form ("/a?b") or absolute form ("http://host/a?b"); `query` is absent when there is no
 * question mark or nothing behind it. False: neither form, or a character that has no place. */
bool uri_split(struct text target, struct text *path, struct text *query) MUST_USE;

/* The parameters of a query, decoded, in their order, repeated ones included. */
bool uri_query(struct text query, struct arena *arena, struct parameter *out, size_t *count,
               struct problem *problem) MUST_USE;
