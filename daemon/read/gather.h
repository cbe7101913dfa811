/* Records on their way out of the journal into the fold: gathered a chunk at a time, so that no
 * lock is held while the journal is read, and, where a second thread is free for it (tools, not the
 * daemon, whose projector follows the tail), some chunks ahead of the fold. */
#pragma once

#include "journal/journal.h"
#include "read/pending.h"

#define GATHER_RECORDS 256 /* of a chunk: folded under one lock, in some 50 microseconds */

struct gathered {
    struct record record; /* its texts are gone */
    uint8_t hash[JOURNAL_HASH_SIZE];
    struct opening *opening; /* whoever folds it takes it */
};

struct gather {
    struct gathered *items; /* GATHER_RECORDS of them */
    size_t count;
    bool ends; /* there were no more */
    enum journal_read read;
};

void gather_init(struct gather *gather);
void gather_close(struct gather *gather);
/* Fills it with up to `max` records from `next` on. */
void gather_read(struct gather *gather, struct journal_reader *journal, uint64_t next, size_t max);
/* Forgets the items from `from` on. */
void gather_drop(struct gather *gather, size_t from);

/* Reads ahead on a thread of its own, which alone uses the journal's reader until it is stopped. */
struct gather_ahead;
struct gather_ahead *gather_ahead_start(struct journal_reader *journal, uint64_t next) MUST_USE;
void gather_ahead_stop(struct gather_ahead **ahead);
/* The next chunk, good until the next call; the last one ends. */
struct gather *gather_ahead_take(struct gather_ahead *ahead);
