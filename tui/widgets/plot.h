/* A chart of values as bars from the bottom of an area: eighths of blocks, or ASCII where the
 * terminal takes nothing else. The lowest value is the lowest bar that can be seen. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "term/surface.h"

/* Stretched or thinned to the area's columns; the last column is the last value. Draws nothing
 * when there are no values. */
void plot_draw(struct area area, enum style style, const int64_t *values, size_t count);
