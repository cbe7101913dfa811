#include "service/pool.h"

#include <stdlib.h>
#include <sys/eventfd.h>

#include "host/log.h"
#include "service/reading.h"

struct pool {
    pthread_mutex_t lock;
    pthread_cond_t wake;
    struct call *first, *last;
    size_t count;
    bool stopping;
    struct reading readings[SERVICE_POOL_THREADS];
    pthread_t threads[SERVICE_POOL_THREADS];
    size_t started, opened;
};

struct pool_worker {
    struct pool *pool;
    struct reading *reading;
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

/* Waits for a call; NULL when the pool stops. */
static struct call *pool_next(struct pool *pool)
{
    CHECK(pthread_mutex_lock(&pool->lock) == 0);
    while (pool->first == NULL && !pool->stopping)
        CHECK(pthread_cond_wait(&pool->wake, &pool->lock) == 0);
    struct call *call = pool->first;
    if (call != NULL) {
        pool->first = call->next;
        pool->count--;
    }
    CHECK(pthread_mutex_unlock(&pool->lock) == 0);
    return call;
}

static void *pool_work(void *context)
{
    struct pool_worker *worker = context;
    struct pool *pool = worker->pool;
    struct reading *reading = worker->reading;
    free(worker);
    for (struct call *call; (call = pool_next(pool)) != NULL;) {
        struct pool_box *box = call->state;
        reading_run(reading, call);
        pool_box_put(box, call);
    }
    return NULL;
}

static bool pool_start_thread(struct pool *pool, struct reading *reading)
{
    struct pool_worker *worker = malloc(sizeof *worker);
    CHECK(worker != NULL);
    *worker = (struct pool_worker){.pool = pool, .reading = reading};
    pthread_t *thread = &pool->threads[pool->started];
    if (pthread_create(thread, NULL, pool_work, worker) != 0) {
        log_error("service", "cannot start a thread");
        free(worker);
        return false;
    }
    (void)pthread_setname_np(*thread, "teller-query"); /* only for people who look */
    pool->started++;
    return true;
}

struct pool *pool_start(const struct service_config *config)
{
    struct pool *pool = calloc(1, sizeof *pool);
    CHECK(pool != NULL);
    CHECK(pthread_mutex_init(&pool->lock, NULL) == 0);
    CHECK(pthread_cond_init(&pool->wake, NULL) == 0);
    bool sound = true;
    for (size_t i = 0; sound && i < SERVICE_POOL_THREADS; i++) {
        sound = reading_open(&pool->readings[i], config);
        pool->opened += sound;
    }
    for (size_t i = 0; sound && i < SERVICE_POOL_THREADS; i++)
        sound = pool_start_thread(pool, &pool->readings[i]);
    if (!sound)
        pool_stop(&pool);
    return pool;
}

void pool_stop(struct pool **pool)
{
    struct pool *stopped = *pool;
    if (stopped == NULL)
        return;
    CHECK(pthread_mutex_lock(&stopped->lock) == 0);
    stopped->stopping = true;
    CHECK(pthread_cond_broadcast(&stopped->wake) == 0);
    CHECK(pthread_mutex_unlock(&stopped->lock) == 0);
    for (size_t i = 0; i < stopped->started; i++)
        CHECK(pthread_join(stopped->threads[i], NULL) == 0);
    CHECK(stopped->first == NULL);
    for (size_t i = 0; i < stopped->opened; i++)
        reading_close(&stopped->readings[i]);
    CHECK(pthread_cond_destroy(&stopped->wake) == 0);
    CHECK(pthread_mutex_destroy(&stopped->lock) == 0);
    free(stopped);
    *pool = NULL;
}

bool pool_submit(struct pool *pool, struct call *call, struct pool_box *box)
{
    call->next = NULL;
    call->state = box;
    CHECK(pthread_mutex_lock(&pool->lock) == 0);
    bool room = pool->count < SERVICE_POOL_QUEUE_MAX;
    if (room) {
        if (pool->first == NULL)
            pool->first = call;
        else
            pool->last->next = call;
        pool->last = call;
        pool->count++;
        CHECK(pthread_cond_signal(&pool->wake) == 0);
    }
    CHECK(pthread_mutex_unlock(&pool->lock) == 0);
    return room;
}
