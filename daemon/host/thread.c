#include "host/thread.h"

#include <sched.h>
#include <signal.h>
#include <stddef.h>

#include "host/log.h"

bool thread_start(pthread_t *out, const char *name, void *(*run)(void *context), void *context)
{
    /* A fault is the thread's own affair: who looks for its cause wants to hear of it. */
    static const int faults[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP};
    sigset_t all, before;
    CHECK(sigfillset(&all) == 0);
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++)
        CHECK(sigdelset(&all, faults[i]) == 0);
    CHECK(pthread_sigmask(SIG_SETMASK, &all, &before) == 0);
    bool started = pthread_create(out, NULL, run, context) == 0;
    CHECK(pthread_sigmask(SIG_SETMASK, &before, NULL) == 0);
    if (started)
        (void)pthread_setname_np(*out, name); /* it may be over already */
    return started;
}

void thread_take_turns(void)
{
    const struct sched_param none = {0};
    if (sched_setscheduler(0, SCHED_BATCH, &none) != 0)
        log_info("host", "threads do not take turns: the policy cannot be set");
}
