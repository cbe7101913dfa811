/* Workers: every job once, in order, on a thread with a desk of its own, and never more of them
 * than the queue holds. */
#include <pthread.h>
#include <sched.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#include <setjmp.h>

#include <cmocka.h>

#include "host/workers.h"

#define JOBS_MAX 2000

struct job {
    _Atomic unsigned runs;
    void *desk;
    size_t order;
};

static struct job jobs[JOBS_MAX];

/* The gate holds back whoever runs; the test opens it. */
static struct {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool closed;
    size_t inside, done;
} gate = {.lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};

static void lock(void)
{
    assert_int_equal(pthread_mutex_lock(&gate.lock), 0);
}

static void unlock(void)
{
    assert_int_equal(pthread_cond_broadcast(&gate.changed), 0);
    assert_int_equal(pthread_mutex_unlock(&gate.lock), 0);
}

static int setup(void **state)
{
    (void)state;
    gate.closed = false;
    gate.inside = gate.done = 0;
    for (size_t i = 0; i < JOBS_MAX; i++) {
        jobs[i] = (struct job){0};
    }
    return 0;
}

static void run(void *context, void *desk)
{
    struct job *job = context;
    lock();
    gate.inside++;
    assert_int_equal(pthread_cond_broadcast(&gate.changed), 0);
    while (gate.closed) {
        assert_int_equal(pthread_cond_wait(&gate.changed, &gate.lock), 0);
    }
    job->desk = desk;
    job->order = gate.done++;
    unlock();
    (void)atomic_fetch_add(&job->runs, 1);
}

static void close_gate(void)
{
    lock();
    gate.closed = true;
    unlock();
}

static void open_gate(void)
{
    lock();
    gate.closed = false;
    unlock();
}

static void wait_inside(size_t count)
{
    lock();
    while (gate.inside < count) {
        assert_int_equal(pthread_cond_wait(&gate.changed, &gate.lock), 0);
    }
    unlock();
}

static struct workers *start(size_t threads, size_t queue_max, void *const *desks)
{
    const struct workers_config config = {.room = "test",
                                          .name = "a name that is longer than fifteen",
                                          .threads = threads,
                                          .queue_max = queue_max,
                                          .run = run,
                                          .desks = desks};
    struct workers *workers = workers_start(&config);
    assert_non_null(workers);
    return workers;
}

static void one_thread_runs_the_jobs_in_their_order(void **state)
{
    (void)state;
    enum { COUNT = 100 };
    struct workers *workers = start(1, COUNT, NULL);
    for (size_t i = 0; i < COUNT; i++) {
        assert_true(workers_submit(workers, &jobs[i]));
    }
    workers_stop(&workers);
    assert_null(workers);
    for (size_t i = 0; i < COUNT; i++) {
        assert_int_equal(jobs[i].runs, 1);
        assert_int_equal(jobs[i].order, i);
        assert_null(jobs[i].desk);
    }
}

static void a_full_queue_takes_nothing_until_there_is_room(void **state)
{
    (void)state;
    enum { QUEUE = 3 };
    struct workers *workers = start(2, QUEUE, NULL);
    close_gate();
    assert_true(workers_submit(workers, &jobs[0]));
    assert_true(workers_submit(workers, &jobs[1]));
    wait_inside(2); /* both threads are busy, and the queue is empty again */
    for (size_t i = 2; i < 2 + QUEUE; i++) {
        assert_true(workers_submit(workers, &jobs[i]));
    }
    assert_false(workers_submit(workers, &jobs[5]));
    assert_false(workers_submit(workers, &jobs[6]));
    open_gate();
    wait_inside(2 + QUEUE);
    assert_true(workers_submit(workers, &jobs[5]));
    workers_stop(&workers);
    for (size_t i = 0; i < 7; i++) {
        assert_int_equal(jobs[i].runs, i < 6);
    }
}

static void stopping_does_what_is_queued(void **state)
{
    (void)state;
    enum { COUNT = 50 };
    struct workers *workers = start(2, COUNT, NULL);
    close_gate();
    for (size_t i = 0; i < COUNT; i++) {
        assert_true(workers_submit(workers, &jobs[i]));
    }
    open_gate();
    workers_stop(&workers);
    for (size_t i = 0; i < COUNT; i++) {
        assert_int_equal(jobs[i].runs, 1);
    }
    workers_stop(&workers); /* there is none any more */
}

static void every_thread_has_its_own_desk(void **state)
{
    (void)state;
    int desks[3];
    void *const all[3] = {&desks[0], &desks[1], &desks[2]};
    struct workers *workers = start(3, 8, all);
    close_gate();
    for (size_t i = 0; i < 3; i++) {
        assert_true(workers_submit(workers, &jobs[i]));
    }
    wait_inside(3); /* each is held by another thread */
    open_gate();
    workers_stop(&workers);
    for (size_t i = 0; i < 3; i++) {
        assert_in_range((uintptr_t)jobs[i].desk, (uintptr_t)all[0], (uintptr_t)all[2]);
        assert_ptr_not_equal(jobs[i].desk, jobs[(i + 1) % 3].desk);
    }
}

struct asker {
    struct workers *workers;
    struct job *first;
    size_t count;
};

static void *ask(void *context)
{
    struct asker *asker = context;
    for (size_t i = 0; i < asker->count; i++) {
        while (!workers_submit(asker->workers, &asker->first[i])) {
            (void)sched_yield(); /* full: the workers have the next word */
        }
    }
    return NULL;
}

static void many_may_submit_at_once(void **state)
{
    (void)state;
    enum { ASKERS = 4, EACH = JOBS_MAX / ASKERS };
    struct workers *workers = start(3, 5, NULL);
    struct asker askers[ASKERS];
    pthread_t threads[ASKERS];
    for (size_t i = 0; i < ASKERS; i++) {
        askers[i] = (struct asker){workers, &jobs[i * EACH], EACH};
        assert_int_equal(pthread_create(&threads[i], NULL, ask, &askers[i]), 0);
    }
    for (size_t i = 0; i < ASKERS; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    }
    workers_stop(&workers);
    for (size_t i = 0; i < JOBS_MAX; i++) {
        assert_int_equal(jobs[i].runs, 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(one_thread_runs_the_jobs_in_their_order, setup),
        cmocka_unit_test_setup(a_full_queue_takes_nothing_until_there_is_room, setup),
        cmocka_unit_test_setup(stopping_does_what_is_queued, setup),
        cmocka_unit_test_setup(every_thread_has_its_own_desk, setup),
        cmocka_unit_test_setup(many_may_submit_at_once, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
