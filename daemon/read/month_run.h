/* Closed months as views.db keeps them. A month that is closed stays as it is, and in a bulk load
 * most of an account's months wait together, so those that are written at once stand in one row, a
 * run, under the number of the first: with a row each they would be most of what a rebuild writes.
 * Another run of the account begins behind the last month of the one before.
 *
 * A month of a run is eight varints: opening, credits and their total, debits and their total,
 * first position, the way from there to the last one, last record; before all but the first stands
 * how many months it is after the one before. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "read/pending.h"

#define MONTH_RUN_MAX 12u
#define MONTH_RUN_BYTES (MONTH_RUN_MAX * 90u) /* at most: nine varints of ten bytes */

struct month_run {
    uint64_t account;
    unsigned count; /* 1 ... MONTH_RUN_MAX */
    struct month_row rows[MONTH_RUN_MAX];
};

/* Appends 1 ... MONTH_RUN_MAX months, oldest first. */
void month_run_encode(const struct month_row *rows, unsigned count, struct bytes *out);
/* False: these are no months. Whether their sums can be is not looked at. The account is the
 * caller's to set. */
bool month_run_decode(int64_t first, const void *data, size_t size, struct month_run *out) MUST_USE;
/* The newest of them up to `month`; NULL when all are later. */
const struct month_row *month_run_up_to(const struct month_run *run, int32_t month);
