/* UTF-8: strict checking, counting, and the folding that search uses (via utf8proc).
 *
 * Folding makes texts comparable for search: compatibility decomposition, case folding, marks
 * stripped, letters with a stroke made plain; then every run of characters that are neither
 * letters nor digits becomes one space, with none before the first word or after the last.
 * "Café  Zoë-李" folds to "cafe zoe 李". */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/check.h"
#include "base/text.h"

bool utf8_is_valid(struct text text);    /* no overlong forms, surrogates, or beyond U+10FFFF */
size_t utf8_count(struct text text);     /* code points; text must be valid */
bool utf8_has_control(struct text text); /* C0, DEL, C1 */
void utf8_fold(struct text text, struct bytes *out); /* appends; text must be valid */
/* True when every word of `query` is the beginning of some word of `text`. Both are folded by the
 * caller, once, with utf8_fold. An empty query matches everything. */
bool utf8_words_match(struct text text, struct text query);

/* The code point at *at (which must be before the end), and *at moves behind it. -1, and *at stays,
 * when the bytes there are not UTF-8. */
int32_t utf8_next(struct text text, size_t *at) MUST_USE;
size_t utf8_put(int32_t code, char out[4]); /* a valid code point; returns its size */

/* Columns of a terminal: 0 for what combines with the character before, 1, 2; -1 for what must
 * never be sent to one: controls, formatting (bidi overrides too), separators, unassigned. */
int utf8_width(int32_t code);
/* The letter, digit or sign of ASCII that stands for it where there is no UTF-8; 0: none does. */
char utf8_ascii(int32_t code);
