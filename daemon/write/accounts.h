/* The accounts: every account's state, by number, in about 32 bytes an account, 39 of those that
 * are not in the order of their numbers (account_index.h).
 *
 * States stand packed in pages in order of their opening and never move; an index leads to them.
 * Neither is ever copied as a whole. One thread. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/account_index.h"
#include "domain/account.h"

#define ACCOUNTS_PAGE 1024u
#define ACCOUNT_CELL_LOW_BITS 22

/* A state as it is kept, two to a line of the processor's cache: the balance is the difference of
 * the totals. 42 bits of version and record number last for more than a journal's file can hold;
 * putting what does not fit stops the process. Snapshots hold cells as they are: another layout is
 * another SNAPSHOT_FORMAT. */
struct account_cell {
    uint64_t credits, debits; /* 63 bits are used */
    uint64_t account : 34;
    uint64_t currency : 10;
    uint64_t version_high : 20;
    uint64_t version_low : ACCOUNT_CELL_LOW_BITS;
    uint64_t last_record : 42;
};
_Static_assert(sizeof(struct account_cell) == 32, "the size memory is reckoned with");

static inline uint64_t account_cell_version(const struct account_cell *cell)
{
    return (uint64_t)cell->version_high << ACCOUNT_CELL_LOW_BITS | cell->version_low;
}
/* Whether all of it can be kept: asked of records that nobody has vouched for yet. */
bool account_cell_fits(const struct account_state *state);
/* Whether it is one that account_cell_put can have made: asked of those that were read. */
bool account_cell_is_sound(const struct account_cell *cell);
void account_cell_get(const struct account_cell *cell, struct account_state *out);
void account_cell_put(struct account_cell *cell, const struct account_state *state);

struct accounts {
    struct account_cell **pages;
    size_t page_count, page_slots;
    size_t count;
    struct account_index index;
};

void accounts_init(struct accounts *accounts);
void accounts_close(struct accounts *accounts);

/* The state's place, valid until that account is removed; NULL when it does not exist. */
struct account_cell *accounts_find(const struct accounts *accounts, uint64_t account);
/* The steps of looking it up, ahead of time: see account_index.h. */
void accounts_fetch_segment(const struct accounts *accounts, uint64_t account);
void accounts_fetch_place(const struct accounts *accounts, uint64_t account);
void accounts_fetch_cell(const struct accounts *accounts, uint64_t account);
void accounts_add(struct accounts *accounts, const struct account_state *state);
void accounts_remove_last(struct accounts *accounts); /* undoes the newest accounts_add */
/* In order of opening; slot < count. */
const struct account_cell *accounts_at(const struct accounts *accounts, size_t slot);
/* Bulk loading of an empty table: in order of opening the caller fills it piece by piece
 * (accounts_room: *count is what stands together, and memory is taken for that only); then the
 * index once. */
void accounts_load_begin(struct accounts *accounts, size_t count);
struct account_cell *accounts_room(struct accounts *accounts, size_t slot, size_t *count);
bool accounts_load_end(struct accounts *accounts) MUST_USE; /* false: an account stands twice */
size_t accounts_memory(const struct accounts *accounts);    /* bytes taken from the machine */
