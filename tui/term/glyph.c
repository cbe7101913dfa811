#include "term/glyph.h"

#include <stdio.h>
#include <string.h>

#include "base/utf8.h"

static void mark(struct glyph *out, const char *format, unsigned value)
{
    int size = snprintf(out->text, sizeof out->text, format, value);
    CHECK(size > 0 && (size_t)size < sizeof out->text);
    out->size = (uint8_t)size;
    out->columns = (uint8_t)size;
}

static void mark_control(struct glyph *out, int32_t code)
{
    if (code < 0x20 || code == 0x7f) {
        mark(out, "^%c", (unsigned)code ^ 0x40u);
    } else {
        mark(out, "\\u{%x}", (unsigned)code);
    }
}

static void plain(struct glyph *out, int32_t code, int columns)
{
    char letter = utf8_ascii(code);
    memset(out->text, letter != '\0' ? letter : '?', 2);
    if (letter != '\0' && columns == 2) {
        out->text[1] = ' ';
    }
    out->size = (uint8_t)columns;
    out->columns = (uint8_t)columns;
}

/* U+FE0E and U+FE0F ask for another drawing of the same character; terminals disagree on the
 * columns that takes, so they are left out. */
static bool is_variation(int32_t code)
{
    return code == 0xfe0e || code == 0xfe0f;
}

/* Joiners ask for one drawing of two characters. Terminals disagree on what that is and how many
 * columns it takes, so each is drawn for itself. Between Latin letters they have no business, and
 * are shown as what they are: a name must not look like another one. */
static bool is_joiner(int32_t code)
{
    return code == 0x200c || code == 0x200d;
}

static bool is_skin_tone(int32_t code)
{
    return code >= 0x1f3fb && code <= 0x1f3ff;
}

static bool is_picture(int32_t code)
{
    return (code >= 0x1f000 && code < 0x20000) || (code >= 0x2190 && code < 0x2c00);
}

/* Arabic and its like, and the scripts of India: joiners are part of how they are written. */
static bool is_joined_script(int32_t code)
{
    return (code >= 0x0600 && code < 0x0860) || (code >= 0x08a0 && code < 0x0e00);
}

static bool joins(int32_t before, int32_t after)
{
    return (is_picture(before) && is_picture(after)) ||
           (is_joined_script(before) && is_joined_script(after));
}

/* Moves over a joiner or a skin tone that `before` may have behind it. */
static bool skip_joiner(struct text text, size_t *at, int32_t before)
{
    size_t next = *at;
    int32_t code = next < text.size ? utf8_next(text, &next) : -1;
    if (is_skin_tone(code) && is_picture(before)) {
        *at = next;
        return true;
    }
    size_t behind = next;
    int32_t after = is_joiner(code) && behind < text.size ? utf8_next(text, &behind) : -1;
    if (!joins(before, after)) {
        return false;
    }
    *at = next;
    return true;
}

static void gather_marks(struct text text, size_t *at, bool ascii, struct glyph *out)
{
    while (*at < text.size) {
        size_t next = *at;
        int32_t code = utf8_next(text, &next);
        if (code < 0 || utf8_width(code) != 0) {
            return;
        }
        size_t size = next - *at;
        if (!ascii && !is_variation(code) && out->size + size <= GLYPH_BYTES_MAX) {
            memcpy(out->text + out->size, text.data + *at, size);
            out->size = (uint8_t)(out->size + size);
        }
        *at = next;
    }
}

bool glyph_next(struct text text, size_t *at, bool ascii, struct glyph *out)
{
    if (*at >= text.size) {
        return false;
    }
    size_t start = *at;
    int32_t code = utf8_next(text, at);
    if (code < 0) {
        mark(out, "\\x{%x}", (uint8_t)text.data[start]);
        *at = start + 1;
        return true;
    }
    int columns = utf8_width(code);
    if (columns < 0) {
        mark_control(out, code);
        return true;
    }
    if (columns == 0) { /* a mark with nothing under it: give it a place of its own */
        *at = start;
        *out = (struct glyph){.text = " ", .size = 1, .columns = 1};
    } else if (ascii) {
        plain(out, code, columns);
    } else {
        *out = (struct glyph){.size = (uint8_t)(*at - start), .columns = (uint8_t)columns};
        memcpy(out->text, text.data + start, out->size);
    }
    do {
        gather_marks(text, at, ascii, out);
    } while (skip_joiner(text, at, code));
    return true;
}

int glyph_columns(struct text text, bool ascii)
{
    int columns = 0;
    struct glyph glyph;
    for (size_t at = 0; glyph_next(text, &at, ascii, &glyph);) {
        columns += glyph.columns;
    }
    return columns;
}
