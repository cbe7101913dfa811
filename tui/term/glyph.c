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
    gather_marks(text, at, ascii, out);
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
