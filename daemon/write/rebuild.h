/* Building the state anew from the journal, with the help of a snapshot when there is a sound
 * one: at the start, and after a commit whose outcome was unknown. */
#pragma once

#include "base/check.h"
#include "host/entropy.h"
#include "journal/journal.h"
#include "write/state.h"

enum rebuilt {
    REBUILT_NOT,      /* logged: the journal cannot be read or does not join; the state is closed */
    REBUILT_SNAPSHOT, /* with the help of the snapshot */
    REBUILT_REPLAYED, /* from the journal alone */
};

/* Fills a state that was not initialised. `snapshot_path` may be NULL. *snapshot_record is the
 * record the snapshot began at, 0 when none was of use. */
enum rebuilt rebuild_state(struct state *state, struct journal *journal, struct entropy *entropy,
                           const char *snapshot_path, uint64_t *snapshot_record) MUST_USE;
