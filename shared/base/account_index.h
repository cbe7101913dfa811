/* From account numbers to the slots of a table that holds accounts in order of their coming, over
 * slot_index.h. A bank that numbers its accounts itself gives them one after the other, so that
 * the number says where the account stands: one look at the table shows whether it does, and
 * nothing else is kept of it. An account whose number was brought along from elsewhere takes a slot
 * and with it all that follow out of that order: those are indexed, seven bytes each, and all are
 * once the table was loaded. One writer; its owner keeps readers away while it changes. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/check.h"
#include "base/slot_index.h"

struct account_index {
    struct slot_index others; /* those out of order, and all below `indexed` */
    size_t count;             /* slots */
    size_t ordered;           /* of them in order */
    size_t indexed;
    uint32_t first; /* the sequence that belongs to slot 0, or would */
};

/* What the table has at a slot; it is asked for slots that were added only. */
void account_index_init(struct account_index *index,
                        uint64_t (*number_at)(const void *table, uint32_t slot));
void account_index_close(struct account_index *index);

/* `table` is handed to number_at. */
bool account_index_find(const struct account_index *index, const void *table, uint64_t account,
                        uint32_t *slot) MUST_USE;
/* The steps of a lookup, ahead of time: see slot_index.h. */
void account_index_fetch_segment(const struct account_index *index, uint64_t account);
void account_index_fetch_place(const struct account_index *index, uint64_t account);
bool account_index_guess(const struct account_index *index, uint64_t account,
                         uint32_t *slot) MUST_USE;

/* A new account, which the table has behind all others already. */
void account_index_add(struct account_index *index, const void *table, uint64_t account);
/* The one that came last, since the table was loaded; the table has it still. */
void account_index_remove_last(struct account_index *index, const void *table);
/* All slots 0 ... count - 1 of a table into an empty index. False: an account stands twice, and
 * the index is good for closing only. */
bool account_index_load(struct account_index *index, const void *table, size_t count) MUST_USE;
size_t account_index_memory(const struct account_index *index); /* bytes taken from the machine */
