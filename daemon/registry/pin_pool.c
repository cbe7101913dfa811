#include "registry/pin_pool.h"

#include <stdlib.h>

#include "host/workers.h"

struct pin_pool {
    struct workers *workers;
};

static void run(void *job, void *desk)
{
    struct pin_job *pin_job = job;
    (void)desk;
    pin_job->run(pin_job);
}

struct pin_pool *pin_pool_start(void)
{
    const struct workers_config config = {.room = "registry",
                                          .name = "teller-pin",
                                          .threads = PIN_POOL_THREADS,
                                          .queue_max = PIN_POOL_QUEUE_MAX,
                                          .run = run};
    struct pin_pool *pool = calloc(1, sizeof *pool);
    CHECK(pool != NULL);
    pool->workers = workers_start(&config);
    if (pool->workers == NULL)
        pin_pool_stop(&pool);
    return pool;
}

void pin_pool_stop(struct pin_pool **pool)
{
    if (*pool == NULL)
        return;
    workers_stop(&(*pool)->workers);
    free(*pool);
    *pool = NULL;
}

bool pin_pool_submit(struct pin_pool *pool, struct pin_job *job)
{
    return workers_submit(pool->workers, job);
}
