/* A box over what is there; returns the area inside of it. */
#pragma once

#include "term/surface.h"

struct area dialog_open(struct area area, int rows, int columns, const char *title);
