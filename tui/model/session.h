/* What this console posted since it was started: every outcome, and the totals of each currency.
 * Outcomes that an earlier console left open are listed, and not counted: they are of its day. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/intent.h"

#define SESSION_ROWS_MAX 1000      /* outcomes kept; the totals forget nothing */
#define SESSION_CURRENCIES_MAX 192 /* more than there are */

struct session_total {
    uint16_t currency;
    uint64_t count;              /* of what was posted */
    struct money in, out, moved; /* deposits and first balances, withdrawals, transfers */
    bool beyond;                 /* a total has left the numbers: it is not shown any more */
};

struct session {
    struct intent *rows; /* a ring, oldest first from `first` */
    size_t first, count, capacity;
    struct session_total totals[SESSION_CURRENCIES_MAX]; /* in the order of their first posting */
    size_t total_count;
    uint64_t posted, refused;
};

void session_close(struct session *session);
/* An outcome that is known: done or refused. */
void session_add(struct session *session, const struct intent *intent);
const struct intent *session_row(const struct session *session, size_t newest_first);
