/* A moment as a person types it: a day means its end, a day and a time mean that time; UTC. */
#pragma once

#include <stdint.h>

#include "base/text.h"

#define AS_OF_TYPED_MAX 27

/* NULL: *out is the moment, or 0 for now (a day that is not over yet). Else a sentence: why not. */
const char *as_of_parse(struct text typed, int64_t now, int64_t *out);
