/* Text: a run of bytes with a length, owned by somebody else, not NUL-terminated.
 *
 * data NULL means "absent"; a present empty text has a data pointer and size 0. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/check.h"

struct text {
    const char *data;
    size_t size;
};

#define TEXT(literal) ((struct text){"" literal, sizeof("" literal) - 1})
#define TEXT_ARGS(text) (int)(text).size, (text).data /* for "%.*s" */

struct text text_of(const char *c_string); /* NULL gives the absent text */
bool text_equal(struct text a, struct text b);
bool text_is(struct text a, const char *c_string);

/* Parses a plain decimal integer: optional minus, digits, nothing else, no leading zero beside
 * "0" itself (so "-0" is none). TEXT_NUMBER_RANGE when it is an integer that does not fit. */
enum text_number { TEXT_NUMBER_OK, TEXT_NUMBER_NONE, TEXT_NUMBER_RANGE };
enum text_number text_to_int64(struct text text, int64_t *out) MUST_USE;
