/* The table of all accounts in memory, as the read side knows them: where each one stands now and
 * what is needed to go on folding it. 88 bytes an account and 16 for finding it, so that ten
 * million accounts take about a gigabyte. The owner's name is not here: it is in views.db.
 *
 * Rows never move and are never removed. One thread adds, under the lock of memory.h. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/check.h"
#include "base/money.h"

struct account_row {
    uint32_t sequence; /* the account number without its check digit */
    uint32_t pending;  /* index + 1 of its entry in pending.h while views.db is behind; else 0 */
    struct money balance;
    uint64_t version;
    uint64_t last_record;
    uint64_t last_position;   /* of its last event */
    uint64_t credits, debits; /* of the month the last event is in */
    struct money credits_total, debits_total;
    uint64_t first_position; /* of that month */
    int32_t month;
    uint16_t currency;
    uint8_t kinds; /* bits (1 << event type) of the block since the last step */
    uint8_t check; /* the check digit */
};
_Static_assert(sizeof(struct account_row) == 88, "the size DESIGN's memory reckoning rests on");

static inline uint64_t account_row_number(const struct account_row *row)
{
    return (uint64_t)row->sequence * 10 + row->check;
}

struct account_slots { /* open addressing; sequence << 32 | index of the row; 0: empty */
    uint64_t *slots;
    size_t size, used;
};

struct account_table {
    struct account_row **segments;
    size_t segment_room;
    size_t count;
    struct account_slots now;
    struct account_slots old; /* while it is being moved into `now`, a few slots an insert */
    size_t moved;
};

void account_table_init(struct account_table *table);
void account_table_close(struct account_table *table);
struct account_row *account_table_find(const struct account_table *table, uint64_t account);
/* A zeroed row for an account that is not there yet. */
struct account_row *account_table_add(struct account_table *table, uint64_t account) MUST_USE;
