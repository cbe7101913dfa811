/* The pool: a few threads for queries that may take long, behind a bounded queue. Results go to
 * the box of whoever asked, and its file descriptor is written. */
#pragma once

#include <pthread.h>
#include <stdbool.h>

#include "base/check.h"
#include "service/service.h"

struct pool;

struct pool_box {
    pthread_mutex_t lock;
    struct call *first, *last; /* answered, in order */
    int fd;                    /* an eventfd */
};

void pool_box_init(struct pool_box *box, int fd);
void pool_box_close(struct pool_box *box);
/* Any thread: an answered call. */
void pool_box_put(struct pool_box *box, struct call *call);
struct call *pool_box_take(struct pool_box *box); /* all of them, linked; or NULL */

struct pool *pool_start(const struct service_config *config) MUST_USE; /* NULL: logged */
void pool_stop(struct pool **pool); /* nothing may be queued any more */
/* Any thread. False: the queue is full and nothing was taken. */
bool pool_submit(struct pool *pool, struct call *call, struct pool_box *box) MUST_USE;
