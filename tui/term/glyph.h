/* Glyphs: what one place of the screen shows for the next bit of a text.
 *
 * Texts come from anywhere. A character that could drive the terminal or deceive the reader
 * (controls, bidi overrides, unassigned ones) and bytes that are not UTF-8 become visible marks:
 * ^X, \u{202e}, \x{ff}. Combining characters go with the one before them. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/check.h"
#include "base/text.h"

#define GLYPH_BYTES_MAX 20 /* a character of four bytes and four marks on it */

struct glyph {
    char text[GLYPH_BYTES_MAX];
    uint8_t size;
    uint8_t columns; /* of the whole; more than 2 only for marks like \u{202e}, which are ASCII */
};

/* False at the end of the text. `ascii`: the terminal takes nothing else. */
bool glyph_next(struct text text, size_t *at, bool ascii, struct glyph *out) MUST_USE;
int glyph_columns(struct text text, bool ascii);
