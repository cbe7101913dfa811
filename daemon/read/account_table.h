/* The table of all accounts in memory, as the read side knows them: where each one stands now and
 * what is needed to go on folding it. 72 bytes an account, and 7 for finding those that are not in
 * the order of their numbers (see account_index.h): ten million accounts take 720 to 790 MB. The
 * owner's name is not here: it is in views.db.
 *
 * Rows never move and are never removed. One thread adds, under the lock of memory.h. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/account_index.h"
#include "base/check.h"
#include "base/money.h"

/* Numbers of records, positions and versions; counts of a month; months and currencies. Who writes
 * a row holds what it writes against these. */
#define ACCOUNT_ROW_NUMBER_MAX ((UINT64_C(1) << 48) - 1)
#define ACCOUNT_ROW_COUNT_MAX ((UINT64_C(1) << 40) - 1)
#define ACCOUNT_ROW_MONTH_MAX ((1u << 17) - 1)
#define ACCOUNT_ROW_CURRENCY_MAX ((1u << 10) - 1)

struct account_row {
    uint32_t sequence; /* the account number without its check digit */
    uint32_t pending;  /* index + 1 of its entry in pending.h while views.db is behind; else 0 */
    struct money balance;
    struct money credits_total, debits_total; /* of the month the last event is in */
    struct __attribute__((packed)) {
        uint64_t version : 48;
        uint64_t last_record : 48;
        uint64_t last_position : 48;  /* of its last event */
        uint64_t first_position : 48; /* of that month */
        uint64_t credits : 40;        /* of that month */
        uint64_t debits : 40;
        uint64_t month : 17;
        uint64_t currency : 10;
        uint64_t kinds : 8; /* bits (1 << event type) of the block since the last step */
        uint64_t check : 4; /* the check digit */
    };
};
_Static_assert(sizeof(struct account_row) == 72, "the size memory is reckoned with");

static inline uint64_t account_row_number(const struct account_row *row)
{
    return (uint64_t)row->sequence * 10 + row->check;
}

struct account_table {
    struct account_row **segments;
    size_t segment_room;
    size_t count;
    struct account_index index;
};

void account_table_init(struct account_table *table);
void account_table_close(struct account_table *table);
struct account_row *account_table_find(const struct account_table *table, uint64_t account);
/* Two steps of finding it, ahead of time: see account_index.h. */
void account_table_fetch_place(const struct account_table *table, uint64_t account);
void account_table_fetch_row(const struct account_table *table, uint64_t account);
/* The rows of the sequences first ... first + count - 1 that are there, in that order. */
#define ACCOUNT_RANGE_MAX 64u
unsigned account_table_range(const struct account_table *table, uint32_t first, unsigned count,
                             struct account_row *out[ACCOUNT_RANGE_MAX]);
/* A zeroed row for an account that is not there yet. */
struct account_row *account_table_add(struct account_table *table, uint64_t account) MUST_USE;
/* Bulk loading of an empty table: the same, each account once, found only after the end. */
struct account_row *account_table_load(struct account_table *table, uint64_t account) MUST_USE;
bool account_table_load_end(struct account_table *table) MUST_USE; /* false: one stands twice */
size_t account_table_memory(const struct account_table *table); /* bytes taken from the machine */
