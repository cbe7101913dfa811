/* Threads of the daemon: named, deaf to signals, and taking turns. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <sched.h>
#include <signal.h>
#include <string.h>

#include <cmocka.h>

#include "host/thread.h"

struct seen {
    char name[16];
    bool deaf;
    int policy;
};

static void *look(void *context)
{
    struct seen *seen = context;
    sigset_t mask;
    if (pthread_getname_np(pthread_self(), seen->name, sizeof seen->name) == 0 &&
        pthread_sigmask(SIG_SETMASK, NULL, &mask) == 0)
        seen->deaf = sigismember(&mask, SIGTERM) == 1 && sigismember(&mask, SIGUSR1) == 1 &&
                     sigismember(&mask, SIGSEGV) == 0;
    seen->policy = sched_getscheduler(0);
    return NULL;
}

/* The name may be set only just after the thread began to run: it looks when it is told to. */
struct gated {
    pthread_mutex_t gate;
    struct seen seen;
};

static void *look_behind_the_gate(void *context)
{
    struct gated *gated = context;
    if (pthread_mutex_lock(&gated->gate) != 0)
        return NULL;
    (void)look(&gated->seen);
    (void)pthread_mutex_unlock(&gated->gate);
    return NULL;
}

static struct seen started(void)
{
    struct gated gated = {.gate = PTHREAD_MUTEX_INITIALIZER};
    pthread_t thread;
    assert_int_equal(pthread_mutex_lock(&gated.gate), 0);
    assert_true(thread_start(&thread, "teller-fifteen-", look_behind_the_gate, &gated));
    assert_int_equal(pthread_mutex_unlock(&gated.gate), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
    return gated.seen;
}

static void a_thread_has_a_name_and_hears_no_signals(void **state)
{
    (void)state;
    struct seen seen = started();
    assert_string_equal(seen.name, "teller-fifteen-");
    assert_true(seen.deaf);
}

static void who_starts_a_thread_still_hears_signals(void **state)
{
    (void)state;
    sigset_t before, after;
    assert_int_equal(pthread_sigmask(SIG_SETMASK, NULL, &before), 0);
    (void)started();
    assert_int_equal(pthread_sigmask(SIG_SETMASK, NULL, &after), 0);
    for (int number = 1; number < NSIG; number++)
        assert_int_equal(sigismember(&after, number), sigismember(&before, number));
    assert_int_equal(sigismember(&after, SIGTERM), 0);
}

static void threads_take_turns_once_the_first_one_does(void **state)
{
    (void)state;
    assert_int_equal(started().policy, SCHED_OTHER);
    thread_take_turns();
    assert_int_equal(sched_getscheduler(0), SCHED_BATCH);
    assert_int_equal(started().policy, SCHED_BATCH);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_thread_has_a_name_and_hears_no_signals),
        cmocka_unit_test(who_starts_a_thread_still_hears_signals),
        cmocka_unit_test(threads_take_turns_once_the_first_one_does),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
