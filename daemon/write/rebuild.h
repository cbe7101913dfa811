/* Building the state anew from the journal, with the help of a snapshot when there is a sound
 * one: at the start, and after a commit whose outcome was unknown. */
#pragma once

#include <stdbool.h>

#include "base/check.h"
#include "host/entropy.h"
#include "journal/journal.h"
#include "write/state.h"

/* Fills a state that was not initialised. `snapshot_path` may be NULL. False, and logged: the
 * journal cannot be read or its records do not join; the state is then closed. */
bool rebuild_state(struct state *state, struct journal *journal, struct entropy *entropy,
                   const char *snapshot_path) MUST_USE;
