/* The world of the simulation: engine and projector on a false clock and a disk that fails when
 * told to, in one thread; and the ways to stop them at any step and start them again. */
#pragma once

#include <setjmp.h>
#include <stdbool.h>
#include <stdint.h>

#include "host/clock.h"
#include "host/entropy.h"
#include "journal/journal.h"
#include "journal/journal_port.h"
#include "read/projector.h"
#include "read/queries.h"
#include "sim/random.h"
#include "write/engine.h"

/* What becomes of the next commit. */
enum fate {
    FATE_KEPT,         /* all is well */
    FATE_UNKNOWN_LOST, /* the disk fails, nothing was written */
    FATE_UNKNOWN_KEPT, /* the disk fails after it wrote */
    FATE_CRASH_LOST,   /* the machine stops before the write */
    FATE_CRASH_KEPT,   /* and right after it */
};

struct world {
    struct clock clock;
    int64_t wall, steady;
    struct entropy entropy;
    struct dice dice; /* of the entropy */

    struct journal *journal;
    struct journal_ops ops;
    const struct journal_ops *inner;
    enum fate fate;     /* of the next commit */
    enum fate happened; /* in the last world_run */
    jmp_buf crash;
    unsigned runs;

    struct engine *engine;
    struct projector *projector;
    char folder[64], snapshot[80], views[80];
    bool views_in_memory;
};

void world_open(struct world *world, uint64_t seed, bool views_in_memory);
void world_close(struct world *world);

/* Runs the requests; what the disk did is in `happened`. After a crash world_restart must follow
 * and the verdicts mean nothing. */
void world_run(struct world *world, struct engine_request *requests);

struct restart {
    bool clean;
    enum { SNAPSHOT_KEPT, SNAPSHOT_REMOVED, SNAPSHOT_DAMAGED } snapshot;
    bool views_removed;
};
void world_restart(struct world *world, const struct restart *restart, struct dice *dice);

void world_catch_up(struct world *world);             /* folds all there is */
struct views *world_views(const struct world *world); /* views_close it */
