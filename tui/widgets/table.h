/* A table's window and selection, whatever its rows are. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "term/keys.h"

struct table {
    size_t count, selected, top;
    size_t shown; /* rows the window had when it was drawn last */
};

/* Sets the number of rows; the selection stays inside. */
void table_resize(struct table *table, size_t count);
/* Rows came in above: the same row stays selected, and at the same place. */
void table_shift(struct table *table, size_t rows);
/* The window of `shown` rows that has the selection in it. */
void table_fit(struct table *table, size_t shown);
/* Up, Down, PgUp, PgDn, Home, End; `letters` adds j, k, G. */
bool table_key(struct table *table, int32_t code, bool letters);
