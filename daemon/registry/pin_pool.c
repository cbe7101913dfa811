#include "registry/pin_pool.h"

#include <pthread.h>
#include <stdlib.h>

#include "host/log.h"

struct pin_pool {
    pthread_mutex_t lock;
    pthread_cond_t wake;
    struct pin_job *first, *last;
    size_t count;
    bool stopping;
    pthread_t threads[PIN_POOL_THREADS];
    size_t started;
};

/* Waits for a job; NULL when the pool stops. */
static struct pin_job *take(struct pin_pool *pool)
{
    CHECK(pthread_mutex_lock(&pool->lock) == 0);
    while (pool->first == NULL && !pool->stopping)
        CHECK(pthread_cond_wait(&pool->wake, &pool->lock) == 0);
    struct pin_job *job = pool->first;
    if (job != NULL) {
        pool->first = job->next;
        pool->count--;
    }
    CHECK(pthread_mutex_unlock(&pool->lock) == 0);
    return job;
}

static void *work(void *context)
{
    struct pin_pool *pool = context;
    for (struct pin_job *job; (job = take(pool)) != NULL;)
        job->run(job);
    return NULL;
}

struct pin_pool *pin_pool_start(void)
{
    struct pin_pool *pool = calloc(1, sizeof *pool);
    CHECK(pool != NULL);
    CHECK(pthread_mutex_init(&pool->lock, NULL) == 0);
    CHECK(pthread_cond_init(&pool->wake, NULL) == 0);
    for (; pool->started < PIN_POOL_THREADS; pool->started++) {
        pthread_t *thread = &pool->threads[pool->started];
        if (pthread_create(thread, NULL, work, pool) != 0) {
            log_error("registry", "cannot start a thread");
            pin_pool_stop(&pool);
            return NULL;
        }
        (void)pthread_setname_np(*thread, "teller-pin"); /* only for people who look */
    }
    return pool;
}

void pin_pool_stop(struct pin_pool **pool)
{
    struct pin_pool *stopped = *pool;
    if (stopped == NULL)
        return;
    CHECK(pthread_mutex_lock(&stopped->lock) == 0);
    stopped->stopping = true;
    CHECK(pthread_cond_broadcast(&stopped->wake) == 0);
    CHECK(pthread_mutex_unlock(&stopped->lock) == 0);
    for (size_t i = 0; i < stopped->started; i++)
        CHECK(pthread_join(stopped->threads[i], NULL) == 0);
    CHECK(stopped->first == NULL);
    CHECK(pthread_cond_destroy(&stopped->wake) == 0);
    CHECK(pthread_mutex_destroy(&stopped->lock) == 0);
    free(stopped);
    *pool = NULL;
}

bool pin_pool_submit(struct pin_pool *pool, struct pin_job *job)
{
    job->next = NULL;
    CHECK(pthread_mutex_lock(&pool->lock) == 0);
    bool room = pool->count < PIN_POOL_QUEUE_MAX;
    if (room) {
        if (pool->first == NULL)
            pool->first = job;
        else
            pool->last->next = job;
        pool->last = job;
        pool->count++;
        CHECK(pthread_cond_signal(&pool->wake) == 0);
    }
    CHECK(pthread_mutex_unlock(&pool->lock) == 0);
    return room;
}
