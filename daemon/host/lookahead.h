/* Work done ahead on a thread of its own: a ring of slots, which the thread fills in turn while the
 * taker works on the one it took last. The slots and what is in them are the owner's. One taker. */
#pragma once

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/check.h"

struct lookahead {
    /* On the thread: fills the slot; false when it is the last one. */
    bool (*fill)(void *context, size_t slot);
    void *context;
    size_t slots; /* two at least; with a few, the threads need not take turns slot by slot */
    /* From here on its own. */
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    size_t filled, taken; /* both count on; the thread is at `filled`, the taker has `taken` - 1 */
    bool stopping;
};

/* Everything above is set. False: there is no room for another thread, and nothing to stop. */
bool lookahead_start(struct lookahead *ahead, const char *name) MUST_USE;
/* The next slot, good until the next call; not to be called behind the last one. */
size_t lookahead_take(struct lookahead *ahead);
/* Ends the thread, when it has done with the slot it is at. */
void lookahead_stop(struct lookahead *ahead);
/* After that: the slots that were filled and never taken, one a call; false when there are no more.
 */
bool lookahead_left(struct lookahead *ahead, size_t *slot) MUST_USE;
