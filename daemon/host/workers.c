#include "host/workers.h"

#include <pthread.h>
#include <stdlib.h>

#include "host/log.h"
#include "host/thread.h"

struct worker {
    struct workers *pool;
    void *desk;
    pthread_t thread;
};

struct workers {
    struct workers_config config;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    void **queue; /* a ring of queue_max */
    size_t first, count;
    bool stopping;
    struct worker *workers;
    size_t started;
};

/* Waits for a job; NULL when the pool stops and nothing is left. */
static void *take(struct workers *pool)
{
    void *job = NULL;
    CHECK(pthread_mutex_lock(&pool->lock) == 0);
    while (pool->count == 0 && !pool->stopping)
        CHECK(pthread_cond_wait(&pool->wake, &pool->lock) == 0);
    if (pool->count > 0) {
        job = pool->queue[pool->first];
        pool->first = (pool->first + 1) % pool->config.queue_max;
        pool->count--;
    }
    CHECK(pthread_mutex_unlock(&pool->lock) == 0);
    return job;
}

static void *work(void *context)
{
    struct worker *self = context;
    for (void *job; (job = take(self->pool)) != NULL;)
        self->pool->config.run(job, self->desk);
    return NULL;
}

static bool start_all(struct workers *pool)
{
    for (; pool->started < pool->config.threads; pool->started++) {
        struct worker *worker = &pool->workers[pool->started];
        worker->pool = pool;
        worker->desk = pool->config.desks == NULL ? NULL : pool->config.desks[pool->started];
        if (!thread_start(&worker->thread, pool->config.name, work, worker))
            return false;
    }
    return true;
}

struct workers *workers_start(const struct workers_config *config)
{
    struct workers *pool = calloc(1, sizeof *pool);
    CHECK(pool != NULL && config->threads > 0 && config->queue_max > 0);
    pool->config = *config;
    pool->queue = calloc(config->queue_max, sizeof *pool->queue);
    pool->workers = calloc(config->threads, sizeof *pool->workers);
    CHECK(pool->queue != NULL && pool->workers != NULL);
    CHECK(pthread_mutex_init(&pool->lock, NULL) == 0);
    CHECK(pthread_cond_init(&pool->wake, NULL) == 0);
    if (!start_all(pool)) {
        log_error(config->room, "cannot start a thread name=%s", config->name);
        workers_stop(&pool);
    }
    return pool;
}

void workers_stop(struct workers **workers)
{
    struct workers *pool = *workers;
    if (pool == NULL)
        return;
    CHECK(pthread_mutex_lock(&pool->lock) == 0);
    pool->stopping = true;
    CHECK(pthread_cond_broadcast(&pool->wake) == 0);
    CHECK(pthread_mutex_unlock(&pool->lock) == 0);
    for (size_t i = 0; i < pool->started; i++)
        CHECK(pthread_join(pool->workers[i].thread, NULL) == 0);
    CHECK(pool->count == 0);
    CHECK(pthread_cond_destroy(&pool->wake) == 0);
    CHECK(pthread_mutex_destroy(&pool->lock) == 0);
    free(pool->queue);
    free(pool->workers);
    free(pool);
    *workers = NULL;
}

bool workers_submit(struct workers *pool, void *job)
{
    CHECK(job != NULL);
    CHECK(pthread_mutex_lock(&pool->lock) == 0);
    bool room = pool->count < pool->config.queue_max;
    if (room) {
        pool->queue[(pool->first + pool->count) % pool->config.queue_max] = job;
        pool->count++;
        CHECK(pthread_cond_signal(&pool->wake) == 0);
    }
    CHECK(pthread_mutex_unlock(&pool->lock) == 0);
    return room;
}
