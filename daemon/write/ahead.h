/* Looking ahead in a run of commands. What a command needs - its key's entry, its accounts' states
 * - is found along chains of places in memory, few of which are in the processor's cache when the
 * bank is large; one after another each would be waited for. So what commands further down the run
 * will ask for is fetched while the present one is decided. Nothing is decided here, and a command
 * that was not looked at ahead is as good as any. */
#pragma once

#include "write/engine.h"
#include "write/state.h"

#define AHEAD_STRIDE 8 /* commands between two steps of fetching: longer than memory takes */
#define AHEAD_RING 32  /* more than three strides */
#define AHEAD_ACCOUNTS 2

struct ahead_command {
    const struct engine_command *command;
    struct fingerprint print; /* of its key, if it has one */
    uint64_t accounts[AHEAD_ACCOUNTS];
    unsigned account_count;
};

struct ahead {
    const struct state *state;
    const struct engine_request *request; /* where it stands in the run; NULL: at its end */
    size_t index;
    /* Commands that had their turn, and those whose cells, places and segments are fetched. */
    size_t taken, celled, placed, noted;
    struct ahead_command ring[AHEAD_RING];
};

/* Good until the state is another one; NULL looks at nothing any more. */
void ahead_begin(struct ahead *ahead, const struct state *state,
                 const struct engine_request *requests);
/* It is this command's turn, in the order of the run; its key's fingerprint, if it has a key. */
struct fingerprint ahead_take(struct ahead *ahead, const struct state *state,
                              const struct engine_request *request,
                              const struct engine_command *command);
