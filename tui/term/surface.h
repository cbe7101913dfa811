/* A surface is what the screen should show: a grid of cells that everything is drawn into. The
 * backends bring it to a terminal or hand it to a test. One thread.
 *
 * An area is a part of a surface with its own origin; drawing outside of it is cut off. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/text.h"
#include "term/glyph.h"

enum style {
    STYLE_PLAIN,
    STYLE_DIM,
    STYLE_STRONG,
    STYLE_BAR,
    STYLE_SELECTED,
    STYLE_FIELD,
    STYLE_GOOD,
    STYLE_BAD,
    STYLE_WARN,
    STYLE_ALARM,
    STYLE_COUNT
};

struct cell {
    char text[GLYPH_BYTES_MAX];
    uint8_t size;    /* 0: the right half of a wide character */
    uint8_t columns; /* 1 or 2; 0 for a right half */
    uint8_t style;
};

#define SURFACE_SIDE_MAX 1000

struct surface {
    struct cell *cells;
    int rows, columns;
    int cursor_row, cursor_column;
    bool cursor_on;
    bool ascii;
};

void surface_init(struct surface *surface, int rows, int columns, bool ascii);
void surface_close(struct surface *surface);
void surface_resize(struct surface *surface, int rows, int columns); /* clears */
void surface_clear(struct surface *surface);
const struct cell *surface_cell(const struct surface *surface, int row, int column);
/* Rows as text, blanks at their ends cut, a newline behind each. */
void surface_text(const struct surface *surface, struct bytes *out);

struct area {
    struct surface *surface;
    int row, column, rows, columns;
};

struct area area_whole(struct surface *surface);
struct area area_part(struct area area, int row, int column, int rows, int columns);
void area_clear(struct area area, enum style style);
/* Each draws at (row, column) of the area and returns the column behind what it drew. */
int area_text(struct area area, int row, int column, enum style style, struct text text);
int area_print(struct area area, int row, int column, enum style style, const char *format, ...)
    __attribute__((format(printf, 5, 6)));
/* In `width` columns, cut with an ellipsis when too long, blanks behind when shorter. */
int area_fit(struct area area, int row, int column, int width, enum style style, struct text text);
/* An amount, right-aligned in `width` columns: whole, or #### when it does not fit. */
int area_amount(struct area area, int row, int column, int width, enum style style,
                const char *amount);
int area_right(struct area area, int row, enum style style, struct text text);
void area_fill(struct area area, int row, int column, int width, enum style style);
void area_rule(struct area area, int row, int column, int width, enum style style);
void area_wall(struct area area, int column, enum style style);
void area_box(struct area area, enum style style, const char *title);
/* Several rows, broken at blanks; returns the rows used. */
int area_wrap(struct area area, int row, enum style style, struct text text);
int area_wrap_rows(struct area area, struct text text); /* that it would take */
void area_cursor(struct area area, int row, int column);
int area_columns(struct area area, struct text text);
