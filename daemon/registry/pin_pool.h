/* The threads on which PINs are hashed and checked: few, because each takes 64 MiB and a core for
 * a tenth of a second, behind a short queue, because whoever waits stands at a machine. */
#pragma once

#include <stdbool.h>

#include "base/check.h"

#define PIN_POOL_THREADS 2
#define PIN_POOL_QUEUE_MAX 64

struct pin_pool;

struct pin_job {
    void (*run)(struct pin_job *job); /* once, on a thread of the pool; the job is its own then */
};

struct pin_pool *pin_pool_start(void) MUST_USE; /* NULL: logged */
void pin_pool_stop(struct pin_pool **pool);     /* nothing may be queued any more */
/* Any thread. False: the queue is full and nothing was taken. */
bool pin_pool_submit(struct pin_pool *pool, struct pin_job *job) MUST_USE;
