/* The window on an account's events: newest first, with everything the journal knows of each.
 * It has a bound: older pages push rows out at the top, newer ones at the bottom, and what was
 * pushed out can be read again, so that paging has no end in either direction. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "contract/results.h"
#include "model/history.h"

#define TRAIL_PAGE 200
#define TRAIL_ROWS_MAX 2000 /* a whole number of pages, at least three */

struct trail_row {
    struct history_event seen; /* its texts are in `texts` */
    char *texts;
};

struct trail {
    struct trail_row *rows;
    size_t count;
    bool older;      /* there may be rows behind the last one */
    bool stuck;      /* there are, and the bank does not say where */
    uint64_t cursor; /* they are before this position */
    uint64_t *above; /* of what was pushed out at the top, each with the page above it on top: it
                      * is before that position; 0: everything newer */
    size_t above_count;
};

void trail_close(struct trail *trail);
void trail_clear(struct trail *trail);
/* A page of older events; returns how many rows were pushed out at the top. */
size_t trail_append(struct trail *trail, const struct list_result *page);
/* Rows that stand right above the first one; `newer` is empty afterwards. Rows are pushed out at
 * the bottom. */
size_t trail_prepend(struct trail *trail, struct trail *newer);
/* There is too much above the first row to be kept beside what is being read: it is left for later.
 */
void trail_detach(struct trail *trail);
/* Where a list goes on: the position its next page is before; 0: it does not say. */
uint64_t trail_cursor(const struct list_result *page);
/* The row as the screens draw movements. */
void trail_movement(const struct trail_row *row, struct movement *out);
