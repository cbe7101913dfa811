#include "webhooks/webhooks_thread.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/time.h"
#include "host/log.h"
#include "host/thread.h"

#define WAIT_MAX_MS 60000
#define TURNS_MAX 16 /* in a row, before calls and sockets are looked at again */
/* Deliveries may take what the bank leaves of the machine, not the other way round. */
#define NICE 10
#define LANDING_US INT64_C(1000000) /* at a stop */

struct webhooks_thread {
    struct courier *courier;
    struct sender *sender;
    pthread_t thread;
    pthread_mutex_t lock; /* of the calls */
    struct courier_call *first, *last;
    size_t count;
    bool closed;
    atomic_bool woken, stopping, draining, follows;
};

static int64_t now_us(void)
{
    struct clock *clock = clock_system();

    return clock->steady(clock);
}

static void wake(struct webhooks_thread *thread)
{
    if (!atomic_exchange(&thread->woken, true))
        thread->sender->wake(thread->sender);
}

void webhooks_wake(struct webhooks_thread *thread)
{
    if (atomic_load(&thread->follows))
        wake(thread);
}

void webhooks_drain(struct webhooks_thread *thread)
{
    atomic_store(&thread->draining, true);
    wake(thread);
}

bool webhooks_submit(struct webhooks_thread *thread, struct courier_call *call)
{
    bool taken;

    call->next = NULL;
    CHECK(pthread_mutex_lock(&thread->lock) == 0);
    taken = !thread->closed && thread->count < WEBHOOKS_CALLS_MAX;
    if (taken) {
        if (thread->first == NULL)
            thread->first = call;
        else
            thread->last->next = call;
        thread->last = call;
        thread->count++;
    }
    CHECK(pthread_mutex_unlock(&thread->lock) == 0);
    if (taken)
        wake(thread);
    return taken;
}

static struct courier_call *take_calls(struct webhooks_thread *thread, bool close)
{
    struct courier_call *calls;

    CHECK(pthread_mutex_lock(&thread->lock) == 0);
    calls = thread->first;
    thread->first = thread->last = NULL;
    thread->count = 0;
    thread->closed = thread->closed || close;
    CHECK(pthread_mutex_unlock(&thread->lock) == 0);
    return calls;
}

static void answer_calls(struct webhooks_thread *thread)
{
    for (struct courier_call *call; (call = courier_take_done(thread->courier)) != NULL;)
        call->done(call);
}

static void handle_calls(struct webhooks_thread *thread)
{
    struct courier_call *call = take_calls(thread, false);

    while (call != NULL) {
        struct courier_call *next = call->next;

        courier_handle(thread->courier, call);
        call = next;
    }
    answer_calls(thread);
}

/* Milliseconds until the courier has something to do by itself, rounded up. */
static int timeout_ms(const struct webhooks_thread *thread)
{
    int64_t next = courier_next(thread->courier), now = now_us();

    if (next <= now)
        return 0;
    if (next - now >= WAIT_MAX_MS * INT64_C(1000))
        return WAIT_MAX_MS;
    return (int)((next - now + 999) / 1000);
}

/* Says whether commits should wake this thread. True: they did not until now, so that the journal
 * has to be looked at once more. */
static bool follow(struct webhooks_thread *thread)
{
    if (courier_follows(thread->courier))
        return !atomic_exchange(&thread->follows, true);
    atomic_store(&thread->follows, false);
    return false;
}

/* True: there is more to do at once. */
static bool turn(struct webhooks_thread *thread)
{
    bool more = true;

    handle_calls(thread);
    courier_news(thread->courier);
    for (int i = 0; more && i < TURNS_MAX; i++)
        more = courier_step(thread->courier);
    if (atomic_load(&thread->draining))
        courier_give_up(thread->courier);
    answer_calls(thread);
    return follow(thread) || more;
}

static void *run(void *context)
{
    struct webhooks_thread *thread = context;
    struct sender *sender = thread->sender;

    if (setpriority(PRIO_PROCESS, (id_t)syscall(SYS_gettid), NICE) != 0)
        log_warning("webhooks", "the thread keeps its priority errno=%d", errno);
    while (!atomic_load(&thread->stopping)) {
        atomic_store(&thread->woken, false);
        bool more = turn(thread);
        sender->wait(sender, more ? 0 : timeout_ms(thread));
        /* While the flag is up a commit wakes nobody: a few of them are taken together. */
        if (!more && atomic_load(&thread->woken) && !atomic_load(&thread->stopping))
            sender->wait(sender, WEBHOOKS_PAUSE_MS);
    }
    return NULL;
}

struct webhooks_thread *webhooks_thread_start(struct courier *courier, struct sender *sender)
{
    struct webhooks_thread *thread = calloc(1, sizeof *thread);

    CHECK(thread != NULL);
    thread->courier = courier;
    thread->sender = sender;
    atomic_store(&thread->follows, true);
    CHECK(pthread_mutex_init(&thread->lock, NULL) == 0);
    if (thread_start(&thread->thread, "teller-webhooks", run, thread))
        return thread;
    log_error("webhooks", "cannot start a thread");
    CHECK(pthread_mutex_destroy(&thread->lock) == 0);
    courier_close(&thread->courier);
    free(thread);
    return NULL;
}

/* Answers that are nearly here are waited for, so that nothing has to come twice. */
static void land(struct webhooks_thread *thread)
{
    int64_t until = now_us() + LANDING_US, left = LANDING_US;

    courier_ground(thread->courier);
    while (courier_is_flying(thread->courier) && left > 0) {
        thread->sender->wait(thread->sender, (int)(left / 1000) + 1);
        (void)courier_step(thread->courier);
        left = until - now_us();
    }
}

void webhooks_thread_stop(struct webhooks_thread **out)
{
    struct webhooks_thread *thread = *out;

    if (thread == NULL)
        return;
    atomic_store(&thread->stopping, true);
    atomic_store(&thread->woken, true);
    thread->sender->wake(thread->sender);
    CHECK(pthread_join(thread->thread, NULL) == 0);
    struct courier_call *call = take_calls(thread, true);
    while (call != NULL) {
        struct courier_call *next = call->next;

        problem_set(call->problem, STATUS_unavailable, "The daemon is stopping.");
        call->done(call);
        call = next;
    }
    courier_give_up(thread->courier);
    answer_calls(thread);
    land(thread);
    courier_close(&thread->courier);
    CHECK(pthread_mutex_destroy(&thread->lock) == 0);
    free(thread);
    *out = NULL;
}
