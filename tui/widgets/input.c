#include "widgets/input.h"

#include <string.h>

#include "base/utf8.h"

void input_init(struct input *input, size_t limit, bool hidden)
{
    CHECK(limit > 0 && limit <= 256);
    memset(input, 0, sizeof *input);
    input->limit = limit;
    input->hidden = hidden;
}

void input_clear(struct input *input)
{
    explicit_bzero(input->text, sizeof input->text);
    input->size = 0;
    input->cursor = 0;
}

struct text input_text(const struct input *input)
{
    return (struct text){input->text, input->size};
}

static void insert(struct input *input, int32_t code)
{
    char bytes[4];
    if (utf8_count(input_text(input)) >= input->limit) {
        return;
    }
    size_t size = utf8_put(code, bytes);
    if (input->size + size >= INPUT_BYTES_MAX) {
        return;
    }
    memmove(input->text + input->cursor + size, input->text + input->cursor,
            input->size - input->cursor);
    memcpy(input->text + input->cursor, bytes, size);
    input->size += size;
    input->cursor += size;
}

void input_set(struct input *input, struct text text)
{
    input_clear(input);
    for (size_t at = 0; at < text.size;) {
        int32_t code = utf8_next(text, &at);
        if (code < 0) {
            break;
        }
        insert(input, code);
    }
}

static size_t before(const struct input *input, size_t at)
{
    while (at > 0) {
        at--;
        if (((uint8_t)input->text[at] & 0xc0) != 0x80) {
            break;
        }
    }
    return at;
}

static size_t behind(const struct input *input, size_t at)
{
    if (at < input->size && utf8_next(input_text(input), &at) < 0) {
        at++;
    }
    return at;
}

static void cut(struct input *input, size_t from, size_t to)
{
    memmove(input->text + from, input->text + to, input->size - to);
    input->size -= to - from;
    memset(input->text + input->size, 0, to - from);
    input->cursor = from;
}

static bool move_cursor(struct input *input, int32_t code)
{
    switch (code) {
    case TERM_LEFT:
        input->cursor = before(input, input->cursor);
        return true;
    case TERM_RIGHT:
        input->cursor = behind(input, input->cursor);
        return true;
    case TERM_HOME:
    case TERM_CONTROL('a'):
        input->cursor = 0;
        return true;
    case TERM_END:
    case TERM_CONTROL('e'):
        input->cursor = input->size;
        return true;
    default:
        return false;
    }
}

/* What has no columns of its own but could be typed or pasted is refused: a field holds what it
 * shows. Marks that combine are fine. */
static bool is_typed(int32_t code)
{
    return term_key_is_character(code) && utf8_width(code) >= 0;
}

bool input_key(struct input *input, const struct term_key *key, bool *changed)
{
    size_t size = input->size;
    int32_t code = key->code;
    *changed = false;
    if (key->pasted && (code == TERM_ENTER || code == TERM_TAB)) {
        code = ' ';
    }
    if (code < TERM_ENTER && term_key_is_character(code)) {
        if (is_typed(code)) {
            insert(input, code);
        }
    } else if (code == TERM_BACKSPACE) {
        cut(input, before(input, input->cursor), input->cursor);
    } else if (code == TERM_DELETE) {
        cut(input, input->cursor, behind(input, input->cursor));
    } else if (code == TERM_CONTROL('u')) {
        input_clear(input);
    } else {
        return move_cursor(input, code) || key->pasted;
    }
    *changed = size != input->size;
    return true;
}

/* The first byte to draw so that the cursor is inside `width`. */
static size_t first_shown(const struct input *input, struct area area, int width)
{
    size_t first = 0;
    while (first < input->cursor) {
        struct text to_cursor = {input->text + first, input->cursor - first};
        int columns = input->hidden ? (int)utf8_count(to_cursor) : area_columns(area, to_cursor);
        if (columns < width) {
            break;
        }
        first = behind(input, first);
    }
    return first;
}

void input_draw_open(const struct input *input, struct area area, int row, int column, int width,
                     bool focused)
{
    struct area box = area_part(area, row, column, 1, width);
    area_fill(box, 0, 0, width, STYLE_FIELD);
    size_t first = focused ? first_shown(input, area, width) : 0;
    int at = 0;
    int cursor = 0;
    for (size_t i = first; i < input->size;) {
        size_t next = behind(input, i);
        if (i == input->cursor) {
            cursor = at;
        }
        struct text one = {input->text + i, next - i};
        if (input->hidden) {
            one = TEXT("•");
        } else { /* with the marks that combine with it */
            struct glyph glyph;
            next = i;
            if (!glyph_next(input_text(input), &next, area.surface->ascii, &glyph)) {
                break;
            }
            one = (struct text){input->text + i, next - i};
        }
        at = area_text(box, 0, at, STYLE_FIELD, one);
        i = next;
    }
    cursor = input->cursor >= input->size ? at : cursor;
    if (focused) {
        area_cursor(box, 0, cursor < width ? cursor : width - 1);
    }
}

void input_draw(const struct input *input, struct area area, int row, int column, int width,
                bool focused)
{
    (void)area_text(area, row, column, STYLE_PLAIN, TEXT("["));
    input_draw_open(input, area, row, column + 1, width - 2, focused);
    (void)area_text(area, row, column + width - 1, STYLE_PLAIN, TEXT("]"));
}
