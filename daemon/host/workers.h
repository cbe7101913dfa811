/* Workers: a few threads behind a bounded queue, for what would hold up a loop. What becomes of a
 * job is the job's own affair: `run` hands it back to whoever asked. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/check.h"

struct workers;

struct workers_config {
    const char *room; /* who speaks in the log */
    const char *name; /* of the threads, for people who look: at most 15 characters */
    size_t threads, queue_max;
    void (*run)(void *job, void *desk); /* once a job, on one of the threads */
    /* What each thread has for itself: `threads` of them, which outlive the workers. NULL: nothing.
     */
    void *const *desks;
};

struct workers *workers_start(const struct workers_config *config) MUST_USE; /* NULL: logged */
/* Does what is queued, then ends the threads. Nobody may submit any more. */
void workers_stop(struct workers **workers);
/* Any thread. False: the queue is full and the job was not taken. */
bool workers_submit(struct workers *workers, void *job) MUST_USE;
