#include "term/keys.h"

#include <stdio.h>
#include <string.h>

#include "base/utf8.h"

static const struct {
    int32_t code;
    const char *name;
} names[] = {
    {TERM_ENTER, "Enter"},      {TERM_TAB, "Tab"},    {TERM_BACKTAB, "BackTab"},
    {TERM_BACKSPACE, "BSpace"}, {TERM_ESCAPE, "Esc"}, {TERM_UP, "Up"},
    {TERM_DOWN, "Down"},        {TERM_LEFT, "Left"},  {TERM_RIGHT, "Right"},
    {TERM_HOME, "Home"},        {TERM_END, "End"},    {TERM_PAGE_UP, "PgUp"},
    {TERM_PAGE_DOWN, "PgDn"},   {TERM_DELETE, "Del"}, {TERM_INSERT, "Ins"},
    {TERM_RESIZE, "Resize"},    {' ', "Space"},
};

#define NAME_COUNT (sizeof names / sizeof *names)

bool term_key_is_character(int32_t code)
{
    return code >= 0x20 && code != 0x7f && code <= 0x10ffff && !(code >= 0x80 && code < 0xa0);
}

const char *term_key_name(int32_t code, char out[TERM_KEY_NAME_MAX])
{
    for (size_t i = 0; i < NAME_COUNT; i++) {
        if (names[i].code == code) {
            (void)snprintf(out, TERM_KEY_NAME_MAX, "%s", names[i].name);
            return out;
        }
    }
    if (code > TERM_F0 && code <= TERM_F12) {
        (void)snprintf(out, TERM_KEY_NAME_MAX, "F%d", (int)(code - TERM_F0));
    } else if (code > 0 && code < 0x20) {
        (void)snprintf(out, TERM_KEY_NAME_MAX, "^%c", (int)(code | 0x40));
    } else if (term_key_is_character(code)) {
        out[utf8_put(code, out)] = '\0';
    } else {
        out[0] = '\0';
    }
    return out;
}

static bool by_name(struct text name, int32_t *out)
{
    for (size_t i = 0; i < NAME_COUNT; i++) {
        if (text_is(name, names[i].name)) {
            *out = names[i].code;
            return true;
        }
    }
    if (text_is(name, "lt")) {
        *out = '<';
        return true;
    }
    if (name.size == 2 && name.data[0] == '^') {
        *out = TERM_CONTROL(name.data[1]);
        return true;
    }
    int64_t number = 0;
    if (name.size >= 2 && name.data[0] == 'F' &&
        text_to_int64((struct text){name.data + 1, name.size - 1}, &number) == TEXT_NUMBER_OK &&
        number >= 1 && number <= 12) {
        *out = (int32_t)(TERM_F0 + number);
        return true;
    }
    return false;
}

bool term_key_script(struct text script, size_t *at, int32_t *out)
{
    if (*at >= script.size) {
        return false;
    }
    if (script.data[*at] != '<') {
        *out = utf8_next(script, at);
        return *out >= 0;
    }
    const char *close = memchr(script.data + *at, '>', script.size - *at);
    if (close == NULL) {
        return false;
    }
    struct text name = {script.data + *at + 1, (size_t)(close - script.data) - *at - 1};
    *at = (size_t)(close - script.data) + 1;
    return by_name(name, out);
}
