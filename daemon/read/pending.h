/* What memory knows and views.db does not yet: one entry for every account that changed since its
 * row was written, with the steps, months and the opening that wait beside it.
 *
 * An entry goes away when its account is written; the account changing again makes a new one. The
 * projector's thread changes all this, under the lock of memory.h; queries look, under it too. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/money.h"
#include "base/text.h"
#include "read/account_table.h"

/* A mark in an account's history at every PROJECTOR_STEP_EVENTS-th event. Step k stands at the
 * record that brought the version to 64 k (or one beyond: a record brings two). */
struct step_row {
    uint64_t step; /* 1, 2, 3 ... without gaps */
    uint64_t record;
    uint64_t position; /* of the account's last event in that record */
    int64_t at;
    struct money balance;
    uint32_t kinds; /* bits (1 << event type) of the events behind the step before, up to here */
};

/* A month with events. The closing balance is opening + credits - debits. */
struct month_row {
    int32_t month;
    struct money opening;
    uint64_t credits, debits;
    struct money credits_total, debits_total;
    uint64_t first_position, last_position;
    uint64_t last_record;
};

/* The running month, which is in the account's row. False: these are no sums of a sound account. */
bool month_row_running(const struct account_row *row, struct month_row *out) MUST_USE;
bool month_row_closing(const struct month_row *row, struct money *out) MUST_USE;

struct opening { /* an account views.db has not heard of */
    struct opening *next, *previous;
    uint64_t account;
    int64_t at;
    struct text owner;
    struct text words;  /* what the search looks in: the owner folded, then the number */
    struct text folded; /* the owner's part of it */
    char bytes[];
};

struct pending_entry {
    struct account_row *row;
    struct opening *opening;  /* or NULL */
    struct step_row *steps;   /* oldest first, without gaps */
    struct month_row *months; /* oldest first */
    uint32_t step_count, step_room, month_count, month_room;
};

struct pending {
    struct pending_entry *entries;
    uint32_t *free; /* indices of entries to use again */
    size_t entry_count, entry_room, free_count, free_room;
    /* Entries no flush has taken yet, as sequence << 32 | entry. One may be done all the same, and
     * its place another account's: written along with a neighbour. */
    uint64_t *waiting;
    size_t waiting_count, waiting_room;
    struct opening *first_opening, *last_opening;
    size_t opening_count;
};

void pending_init(struct pending *pending);
void pending_close(struct pending *pending);
/* The account's entry, made when it has none. Valid until the next call. */
struct pending_entry *pending_entry_of(struct pending *pending, struct account_row *row);
/* The same for a reader; NULL when the account is clean. */
const struct pending_entry *pending_look(const struct pending *pending,
                                         const struct account_row *row);
void pending_add_step(struct pending_entry *entry, const struct step_row *step);
void pending_add_month(struct pending_entry *entry, const struct month_row *month);
/* `words` end with a space and the ten digits of the number. */
struct opening *opening_new(uint64_t account, int64_t at, struct text owner, struct text words);
void pending_add_opening(struct pending *pending, struct pending_entry *entry,
                         struct opening *opening); /* takes it */
/* The entry's account is on disk: the entry goes. */
void pending_done(struct pending *pending, uint32_t index);
/* Hands over the waiting entries, sorted by account; the caller frees *out. Where some were done
 * already, only their sequences mean anything. */
size_t pending_take(struct pending *pending, uint64_t **out);
size_t pending_count(const struct pending *pending); /* dirty accounts */
