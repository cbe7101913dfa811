#include "host/lookahead.h"

#include "host/thread.h"

/* True: there is a slot to fill. The one that was taken last is still in use. */
static bool wait_for_room(struct lookahead *ahead)
{
    CHECK(pthread_mutex_lock(&ahead->lock) == 0);
    while (!ahead->stopping && ahead->filled - ahead->taken >= ahead->slots - 1)
        CHECK(pthread_cond_wait(&ahead->changed, &ahead->lock) == 0);
    bool goes_on = !ahead->stopping;
    CHECK(pthread_mutex_unlock(&ahead->lock) == 0);
    return goes_on;
}

static void hand_over(struct lookahead *ahead)
{
    CHECK(pthread_mutex_lock(&ahead->lock) == 0);
    ahead->filled++;
    CHECK(pthread_cond_signal(&ahead->changed) == 0);
    CHECK(pthread_mutex_unlock(&ahead->lock) == 0);
}

static void *run(void *context)
{
    struct lookahead *ahead = context;
    bool goes_on = true;
    while (goes_on && wait_for_room(ahead)) {
        goes_on = ahead->fill(ahead->context, ahead->filled % ahead->slots);
        hand_over(ahead);
    }
    return NULL;
}

static void destroy(struct lookahead *ahead)
{
    CHECK(pthread_cond_destroy(&ahead->changed) == 0);
    CHECK(pthread_mutex_destroy(&ahead->lock) == 0);
}

bool lookahead_start(struct lookahead *ahead, const char *name)
{
    CHECK(ahead->slots >= 2);
    ahead->filled = ahead->taken = 0;
    ahead->stopping = false;
    CHECK(pthread_mutex_init(&ahead->lock, NULL) == 0);
    CHECK(pthread_cond_init(&ahead->changed, NULL) == 0);
    if (thread_start(&ahead->thread, name, run, ahead))
        return true;
    destroy(ahead);
    return false;
}

size_t lookahead_take(struct lookahead *ahead)
{
    CHECK(pthread_mutex_lock(&ahead->lock) == 0);
    while (ahead->filled == ahead->taken)
        CHECK(pthread_cond_wait(&ahead->changed, &ahead->lock) == 0);
    size_t slot = ahead->taken++ % ahead->slots;
    CHECK(pthread_cond_signal(&ahead->changed) == 0);
    CHECK(pthread_mutex_unlock(&ahead->lock) == 0);
    return slot;
}

void lookahead_stop(struct lookahead *ahead)
{
    CHECK(pthread_mutex_lock(&ahead->lock) == 0);
    ahead->stopping = true;
    CHECK(pthread_cond_signal(&ahead->changed) == 0);
    CHECK(pthread_mutex_unlock(&ahead->lock) == 0);
    CHECK(pthread_join(ahead->thread, NULL) == 0);
    destroy(ahead);
}

bool lookahead_left(struct lookahead *ahead, size_t *slot)
{
    if (ahead->taken == ahead->filled)
        return false;
    *slot = ahead->taken++ % ahead->slots;
    return true;
}
