/* The write side's state: accounts, keys, and where the journal stands. It is what the records
 * say and nothing else; every record goes through state_apply, live or replayed. One thread. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/check.h"
#include "domain/decide.h"
#include "domain/record.h"
#include "write/accounts.h"
#include "write/keys.h"

struct counters {
    uint64_t record;        /* the last one */
    uint64_t position;      /* the last event's */
    int64_t at;             /* of the last record */
    uint32_t free_sequence; /* no free account number below it, of the bank's own */
    bool only_imports;
};

struct state {
    struct accounts accounts;
    struct keys keys;
    struct counters now;
};

void state_init(struct state *state, struct hash_key secret);
void state_close(struct state *state);

/* The lowest free number of the bank's own; 0: none left. */
uint64_t state_free_account(struct state *state);

/* What a record changed, newest last, for taking an atomic batch back. */
struct undo {
    struct account_state *before; /* version 0: the account was opened */
    size_t count, capacity;
    struct counters counters; /* at undo_begin */
};
void undo_begin(struct undo *undo, const struct state *state);
void undo_all(struct undo *undo, struct state *state);
void undo_close(struct undo *undo);

/* The accounts a command was decided on, so that they need not be looked up again. */
struct loaded_cells {
    struct account_cell *cells[RECORD_LEGS_MAX];
    size_t count;
};

/* Takes a record that was decided on this very state. `undo` may be NULL. Keys are separate. */
void state_apply(struct state *state, const struct record *record,
                 const struct loaded_cells *loaded, struct undo *undo);

/* A record on its way out of the journal: what replaying it needs, without its texts. */
struct replayed {
    struct record record; /* its texts are gone */
    struct fingerprint print;
    bool has_key;
};
/* False, and logged: these are no texts of a record. */
bool state_replay_note(const struct state *state, const struct record *record,
                       struct replayed *out) MUST_USE;
/* Takes a record of the journal, key included. Legs that an account's entry of a snapshot has
 * already are passed over; they cannot be newer than record `snapshot_end`, 0 without one.
 * False, and logged: the record does not continue what was before it. */
bool state_replay(struct state *state, const struct replayed *replayed,
                  uint64_t snapshot_end) MUST_USE;
