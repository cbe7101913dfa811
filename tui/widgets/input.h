/* A field of one line of text. Pasted line breaks and tabs become blanks, so that a paste can
 * never leave the field. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "term/keys.h"
#include "term/surface.h"

#define INPUT_BYTES_MAX (256 * 4 + 1)

struct input {
    char text[INPUT_BYTES_MAX];
    size_t size;
    size_t cursor; /* in bytes */
    size_t limit;  /* in characters, at most 256 */
    bool hidden;   /* shown as dots, wiped by input_clear */
};

void input_init(struct input *input, size_t limit, bool hidden);
void input_clear(struct input *input);
void input_set(struct input *input, struct text text);
struct text input_text(const struct input *input);
/* True when the key was for the field; `changed` says whether the text is another one now. */
bool input_key(struct input *input, const struct term_key *key, bool *changed);
/* "[text   ]" in `width` columns; the cursor stands in it when focused. */
void input_draw(const struct input *input, struct area area, int row, int column, int width,
                bool focused);
/* The text in `width` columns without brackets. */
void input_draw_open(const struct input *input, struct area area, int row, int column, int width,
                     bool focused);
