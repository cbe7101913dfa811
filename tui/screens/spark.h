/* Ninety days of an account as one line of bars, with the lowest and the highest as text. */
#pragma once

#include "screens/book.h"
#include "term/surface.h"

/* Returns the rows used: 0 where there is no room or nothing known. */
int spark_draw(struct area area, int row, const struct book *book);
