/* Keys as the console knows them: a character is its code point; the rest have numbers beyond
 * Unicode. ^A ... ^Z are 1 ... 26, except those that have a name here. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/check.h"
#include "base/text.h"

enum term_code {
    TERM_NONE = 0,
    TERM_ENTER = 0x200000,
    TERM_TAB,
    TERM_BACKTAB,
    TERM_BACKSPACE,
    TERM_ESCAPE,
    TERM_UP,
    TERM_DOWN,
    TERM_LEFT,
    TERM_RIGHT,
    TERM_HOME,
    TERM_END,
    TERM_PAGE_UP,
    TERM_PAGE_DOWN,
    TERM_DELETE,
    TERM_INSERT,
    TERM_RESIZE,
    TERM_CLICK, /* at (row, column) of the surface */
    TERM_WHEEL_UP,
    TERM_WHEEL_DOWN,
    TERM_F0, /* F1 is TERM_F0 + 1 */
    TERM_F12 = TERM_F0 + 12,
    TERM_CODE_END
};

#define TERM_CONTROL(letter) ((int32_t)((letter)&0x1f))
#define TERM_KEY_NAME_MAX 12

struct term_key {
    int32_t code;
    bool pasted;
    int16_t row, column; /* of a click */
};

bool term_key_is_character(int32_t code);
/* For people: "Enter", "F10", "^X", "n". */
const char *term_key_name(int32_t code, char out[TERM_KEY_NAME_MAX]);
/* The next key of a script: a character, or a name in <>, like <Enter>, <^X>, <lt> for '<'. */
bool term_key_script(struct text script, size_t *at, int32_t *out) MUST_USE;
