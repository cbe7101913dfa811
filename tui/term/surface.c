#include "term/surface.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct cell blank = {.text = " ", .size = 1, .columns = 1};

static struct cell *cell_at(struct surface *surface, int row, int column)
{
    CHECK(row >= 0 && row < surface->rows && column >= 0 && column < surface->columns);
    return &surface->cells[(size_t)row * (size_t)surface->columns + (size_t)column];
}

void surface_init(struct surface *surface, int rows, int columns, bool ascii)
{
    *surface = (struct surface){.ascii = ascii};
    surface_resize(surface, rows, columns);
}

void surface_close(struct surface *surface)
{
    free(surface->cells);
    *surface = (struct surface){0};
}

static int side(int length)
{
    return length < 1 ? 1 : length > SURFACE_SIDE_MAX ? SURFACE_SIDE_MAX : length;
}

void surface_resize(struct surface *surface, int rows, int columns)
{
    rows = side(rows);
    columns = side(columns);
    if (surface->cells == NULL || rows != surface->rows || columns != surface->columns) {
        free(surface->cells);
        surface->cells = calloc((size_t)rows * (size_t)columns, sizeof *surface->cells);
        CHECK(surface->cells != NULL);
        surface->rows = rows;
        surface->columns = columns;
    }
    surface_clear(surface);
}

void surface_clear(struct surface *surface)
{
    for (size_t i = 0; i < (size_t)surface->rows * (size_t)surface->columns; i++) {
        surface->cells[i] = blank;
    }
    surface->cursor_on = false;
    surface->cursor_row = 0;
    surface->cursor_column = 0;
}

const struct cell *surface_cell(const struct surface *surface, int row, int column)
{
    return cell_at((struct surface *)surface, row, column);
}

void surface_text(const struct surface *surface, struct bytes *out)
{
    for (int row = 0; row < surface->rows; row++) {
        int end = surface->columns;
        while (end > 0 && surface_cell(surface, row, end - 1)->size == 1 &&
               surface_cell(surface, row, end - 1)->text[0] == ' ') {
            end--;
        }
        for (int column = 0; column < end; column++) {
            const struct cell *cell = surface_cell(surface, row, column);
            bytes_put(out, cell->text, cell->size);
        }
        bytes_put_u8(out, '\n');
    }
}

/* A wide character that loses one of its halves loses the other too. */
static void break_wide(struct surface *surface, int row, int column)
{
    struct cell *cell = cell_at(surface, row, column);
    if (cell->columns == 0 && column > 0) {
        struct cell *left = cell_at(surface, row, column - 1);
        uint8_t style = left->style;
        *left = blank;
        left->style = style;
    } else if (cell->columns == 2 && column + 1 < surface->columns) {
        struct cell *right = cell_at(surface, row, column + 1);
        uint8_t style = right->style;
        *right = blank;
        right->style = style;
    }
}

static void put_cell(struct area area, int row, int column, enum style style, const char *text,
                     size_t size, int columns)
{
    if (row < 0 || row >= area.rows || column < 0 || column + columns > area.columns) {
        return;
    }
    for (int i = 0; i < columns; i++) {
        break_wide(area.surface, area.row + row, area.column + column + i);
    }
    struct cell *cell = cell_at(area.surface, area.row + row, area.column + column);
    *cell =
        (struct cell){.size = (uint8_t)size, .columns = (uint8_t)columns, .style = (uint8_t)style};
    memcpy(cell->text, text, size);
    if (columns == 2) {
        *cell_at(area.surface, area.row + row, area.column + column + 1) =
            (struct cell){.style = (uint8_t)style};
    }
}

/* Draws the glyph when it ends before `limit`; a mark of several columns is its letters. */
static bool put_glyph(struct area area, int row, int column, int limit, enum style style,
                      const struct glyph *glyph)
{
    if (column + glyph->columns > limit) {
        return false;
    }
    if (glyph->columns > 1 && glyph->columns == glyph->size) {
        for (int i = 0; i < glyph->columns; i++) {
            put_cell(area, row, column + i, style, &glyph->text[i], 1, 1);
        }
    } else {
        put_cell(area, row, column, style, glyph->text, glyph->size, glyph->columns);
    }
    return true;
}

struct area area_whole(struct surface *surface)
{
    return (struct area){surface, 0, 0, surface->rows, surface->columns};
}

static int clamp(int value, int most)
{
    return value < 0 ? 0 : value > most ? most : value;
}

struct area area_part(struct area area, int row, int column, int rows, int columns)
{
    row = clamp(row, area.rows);
    column = clamp(column, area.columns);
    return (struct area){area.surface, area.row + row, area.column + column,
                         clamp(rows, area.rows - row), clamp(columns, area.columns - column)};
}

void area_fill(struct area area, int row, int column, int width, enum style style)
{
    for (int i = 0; i < width; i++) {
        put_cell(area, row, column + i, style, " ", 1, 1);
    }
}

void area_clear(struct area area, enum style style)
{
    for (int row = 0; row < area.rows; row++) {
        area_fill(area, row, 0, area.columns, style);
    }
}

int area_text(struct area area, int row, int column, enum style style, struct text text)
{
    struct glyph glyph;
    for (size_t at = 0; glyph_next(text, &at, area.surface->ascii, &glyph);) {
        if (!put_glyph(area, row, column, area.columns, style, &glyph)) {
            break;
        }
        column += glyph.columns;
    }
    return column;
}

int area_print(struct area area, int row, int column, enum style style, const char *format, ...)
{
    char text[1024];
    va_list arguments;
    va_start(arguments, format);
    int size = vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    CHECK(size >= 0);
    size_t shown = (size_t)size < sizeof text ? (size_t)size : sizeof text - 1;
    return area_text(area, row, column, style, (struct text){text, shown});
}

int area_columns(struct area area, struct text text)
{
    return glyph_columns(text, area.surface->ascii);
}

int area_fit(struct area area, int row, int column, int width, enum style style, struct text text)
{
    int end = column + width;
    bool cut = area_columns(area, text) > width;
    int limit = cut ? end - 1 : end;
    struct glyph glyph;
    for (size_t at = 0; glyph_next(text, &at, area.surface->ascii, &glyph);) {
        if (!put_glyph(area, row, column, limit, style, &glyph)) {
            break;
        }
        column += glyph.columns;
    }
    if (cut && width > 0) {
        column = area_text(area, row, column, style, TEXT("…"));
    }
    area_fill(area, row, column, end - column, style);
    return end;
}

int area_amount(struct area area, int row, int column, int width, enum style style,
                const char *amount)
{
    int columns = area_columns(area, text_of(amount));
    int room = area.columns - column < width ? area.columns - column : width;
    if (columns > room) {
        amount = "####";
        columns = 4;
    }
    int start = column + width - columns;
    area_fill(area, row, column, start - column, style);
    return area_text(area, row, start < column ? column : start, style, text_of(amount));
}

int area_right(struct area area, int row, enum style style, struct text text)
{
    int column = area.columns - area_columns(area, text);
    column = column < 0 ? 0 : column;
    (void)area_text(area, row, column, style, text);
    return column;
}

void area_rule(struct area area, int row, int column, int width, enum style style)
{
    for (int i = 0; i < width && column + i < area.columns; i++) {
        (void)area_text(area, row, column + i, style, TEXT("─"));
    }
}

void area_wall(struct area area, int column, enum style style)
{
    for (int row = 0; row < area.rows; row++) {
        (void)area_text(area, row, column, style, TEXT("│"));
    }
}

void area_box(struct area area, enum style style, const char *title)
{
    int last = area.rows - 1;
    int right = area.columns - 1;
    area_clear(area, style);
    for (int row = 1; row < last; row++) {
        (void)area_text(area, row, 0, style, TEXT("│"));
        (void)area_text(area, row, right, style, TEXT("│"));
    }
    for (int row = 0; row <= last; row += last > 0 ? last : 1) {
        area_rule(area, row, 1, right - 1, style);
        (void)area_text(area, row, 0, style, row == 0 ? TEXT("┌") : TEXT("└"));
        (void)area_text(area, row, right, style, row == 0 ? TEXT("┐") : TEXT("┘"));
    }
    struct area head = area_part(area, 0, 2, 1, area.columns - 4);
    if (title != NULL && head.columns > 2) {
        (void)area_print(head, 0, 0, style, " %s ", title);
    }
}

/* The blank between the thousands of an amount does not break it: half of one reads as another. */
static bool can_break(struct text text, size_t at)
{
    bool digit_behind = at + 1 < text.size && text.data[at + 1] >= '0' && text.data[at + 1] <= '9';
    bool digit_before = at > 0 && text.data[at - 1] >= '0' && text.data[at - 1] <= '9';
    return text.data[at] == ' ' && !(digit_before && digit_behind);
}

/* How much of the text, from `at`, goes into one row: up to the last blank that fits. */
static size_t row_end(struct area area, struct text text, size_t at)
{
    int columns = 0;
    size_t end = at;
    size_t blank_at = 0;
    struct glyph glyph;
    while (end < text.size) {
        size_t next = end;
        if (!glyph_next(text, &next, area.surface->ascii, &glyph)) {
            break;
        }
        if (columns + glyph.columns > area.columns) {
            return blank_at > at ? blank_at : end > at ? end : next;
        }
        if (can_break(text, end)) {
            blank_at = end;
        }
        columns += glyph.columns;
        end = next;
    }
    return end;
}

static int wrap(struct area area, int row, enum style style, struct text text, bool draw)
{
    int first = row;
    for (size_t at = 0; at < text.size && (row < area.rows || !draw); row++) {
        size_t end = row_end(area, text, at);
        if (draw) {
            (void)area_text(area, row, 0, style, (struct text){text.data + at, end - at});
        }
        for (at = end; at < text.size && text.data[at] == ' '; at++) {
        }
    }
    return row - first;
}

int area_wrap(struct area area, int row, enum style style, struct text text)
{
    return wrap(area, row, style, text, true);
}

int area_wrap_rows(struct area area, struct text text)
{
    return wrap(area, 0, STYLE_PLAIN, text, false);
}

void area_cursor(struct area area, int row, int column)
{
    if (row < 0 || row >= area.rows || column < 0 || column >= area.columns) {
        return;
    }
    area.surface->cursor_row = area.row + row;
    area.surface->cursor_column = area.column + column;
    area.surface->cursor_on = true;
}
