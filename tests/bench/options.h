/* What the benchmark is asked for. */
#pragma once

#include <stdbool.h>

#include "bench.h"

#define OPTIONS_ROWS_MAX 128

struct options {
    char folder[900]; /* where to make ours */
    char daemon[900];
    const char *rows, *json;
    bool wanted[OPTIONS_ROWS_MAX]; /* rows of the table */
    bool done;                     /* help or the list was asked for, and printed */
};

/* 0, or the code to exit with: what is wrong was said. */
int options_read(int argc, char **argv, struct bench *bench, struct options *options) MUST_USE;
