/* What is inside a projector; for the files of this room. */
#pragma once

#include <stdatomic.h>

#include "read/gather.h"
#include "read/memory.h"
#include "read/projector.h"
#include "read/views_db.h"

struct flush_round {
    bool under_way;
    uint64_t *order; /* sequence << 32 | ..., by account */
    size_t count, written;
    uint32_t *entries; /* of pending.h, written by the slice under way */
    size_t entry_count, entry_room;
    struct checkpoint target; /* the checkpoint when the last of them is written */
};

struct projector {
    struct journal_reader *journal;
    struct clock *clock;
    struct memory memory;
    struct views_db db;
    struct checkpoint folded;   /* the projector's thread */
    struct checkpoint flushed;  /* the same */
    struct checkpoint replayed; /* rows loaded may be newer than the checkpoint, up to here */
    bool healed;                /* emptied once already while running */
    struct flush_round round;
    size_t written_since; /* accounts, since memory went back to the machine */
    struct gather chunk;
    bool reads_ahead;
    struct gather_ahead *ahead; /* NULL: not under way */
    _Atomic uint64_t seen, flushed_record;
};

/* Drops the round under way; the rows it has not written are lost (the memory is cleared next). */
void projector_drop_round(struct projector *projector);
