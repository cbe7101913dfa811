/* Deciding commands into the open batch: keys, loading, decisions, records. The engine's inner
 * half: it never touches the disk, and its verdicts become final with the engine's commit. */
#pragma once

#include <stddef.h>

#include "host/clock.h"
#include "write/ahead.h"
#include "write/engine.h"
#include "write/open_batch.h"
#include "write/state.h"

struct desk {
    struct state *state;
    struct open_batch *batch;
    struct clock *clock;
    struct undo undo;
    struct ahead ahead;
    struct loaded_cells loaded; /* for the command at hand */
    struct fingerprint *prints; /* scratch of an atomic batch: BATCH_COMMANDS_MAX */
    struct fingerprint *sorted;
};

void desk_init(struct desk *desk, struct state *state, struct open_batch *batch,
               struct clock *clock);
void desk_close(struct desk *desk);

/* A run begins: these requests are next, in order. NULL: no more is known of what is next, nor of
 * the state that was looked at. */
void desk_expect(struct desk *desk, const struct engine_request *requests);
/* The batch has room for the commands. */
void desk_decide(struct desk *desk, const struct engine_request *request,
                 struct engine_command *command);
void desk_decide_atomic(struct desk *desk, const struct engine_request *request);

/* Gives a command the verdict FAILED and forgets what it was about to do. */
void desk_fail(struct engine_command *command, enum status status);
