/* A table's window and selection, whatever its rows are. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "term/keys.h"
#include "term/surface.h"

struct table {
    size_t count, selected, top;
    size_t shown;      /* rows the window had when it was drawn last */
    struct area place; /* where it was drawn last, for clicks; each row `each` high */
    int each;
};

/* Sets the number of rows; the selection stays inside. */
void table_resize(struct table *table, size_t count);
/* Rows came in above: the same row stays selected, and at the same place. */
void table_shift(struct table *table, size_t rows);
/* The window of `shown` rows that has the selection in it. */
void table_fit(struct table *table, size_t shown);
/* Remembers where the rows are drawn: told at every draw. */
void table_place(struct table *table, struct area rows, int each);
/* Selects the row that is at this place of the surface; false: none is. */
bool table_click(struct table *table, int row, int column);
/* Up, Down, PgUp, PgDn, Home, End; `letters` adds j, k, G. */
bool table_key(struct table *table, int32_t code, bool letters);
