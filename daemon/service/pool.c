#include "service/pool.h"

#include <stdlib.h>
#include <sys/eventfd.h>

#include "host/workers.h"
#include "service/reading.h"

struct pool {
    struct workers *workers;
    struct reading readings[SERVICE_POOL_THREADS]; /* one for each thread */
    size_t opened;
};

void pool_box_init(struct pool_box *box, int fd)
{
    *box = (struct pool_box){.fd = fd};
    CHECK(pthread_mutex_init(&box->lock, NULL) == 0);
}

void pool_box_close(struct pool_box *box)
{
    CHECK(pthread_mutex_destroy(&box->lock) == 0);
}

struct call *pool_box_take(struct pool_box *box)
{
    CHECK(pthread_mutex_lock(&box->lock) == 0);
    struct call *taken = box->first;
    box->first = NULL;
    box->last = NULL;
    CHECK(pthread_mutex_unlock(&box->lock) == 0);
    return taken;
}

/* The fd is written under the lock: whoever has taken the last call may close the fd. */
void pool_box_put(struct pool_box *box, struct call *call)
{
    call->next = NULL;
    CHECK(pthread_mutex_lock(&box->lock) == 0);
    if (box->first == NULL)
        box->first = call;
    else
        box->last->next = call;
    box->last = call;
    CHECK(eventfd_write(box->fd, 1) == 0);
    CHECK(pthread_mutex_unlock(&box->lock) == 0);
}

static void run(void *job, void *desk)
{
    struct call *call = job;
    struct pool_box *box = call->state;
    reading_run(desk, call);
    pool_box_put(box, call);
}

struct pool *pool_start(const struct service_config *config)
{
    struct pool *pool = calloc(1, sizeof *pool);
    void *desks[SERVICE_POOL_THREADS];
    CHECK(pool != NULL);
    for (; pool->opened < SERVICE_POOL_THREADS; pool->opened++) {
        desks[pool->opened] = &pool->readings[pool->opened];
        if (!reading_open(&pool->readings[pool->opened], config))
            break;
    }
    const struct workers_config workers = {.room = "service",
                                           .name = "teller-query",
                                           .threads = SERVICE_POOL_THREADS,
                                           .queue_max = SERVICE_POOL_QUEUE_MAX,
                                           .run = run,
                                           .desks = desks};
    if (pool->opened == SERVICE_POOL_THREADS)
        pool->workers = workers_start(&workers);
    if (pool->workers == NULL)
        pool_stop(&pool);
    return pool;
}

void pool_stop(struct pool **pool)
{
    struct pool *stopped = *pool;
    if (stopped == NULL)
        return;
    workers_stop(&stopped->workers);
    for (size_t i = 0; i < stopped->opened; i++)
        reading_close(&stopped->readings[i]);
    free(stopped);
    *pool = NULL;
}

bool pool_submit(struct pool *pool, struct call *call, struct pool_box *box)
{
    call->state = box;
    return workers_submit(pool->workers, call);
}
