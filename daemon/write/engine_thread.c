#include "write/engine_thread.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "base/check.h"
#include "contract/args.h"
#include "host/metrics.h"
#include "host/thread.h"
#include "write/engine_port.h"

/* Commands of one run: what is answered together. One request may be more than that alone. */
#define RUN_COMMANDS_MAX BATCH_COMMANDS_MAX
#define RUNS_PER_SLICE 4 /* a busy engine does a slice of background work this often */
#define IDLE_WAIT_S 1    /* an idle one looks at its background work this often */

struct engine_thread {
    struct engine *engine; /* the thread's own while it runs */
    pthread_t thread;
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    /* Under the mutex. */
    struct engine_request *first, *last;
    size_t commands; /* submitted and not yet begun */
    bool paused, stopping;
    void (*on_commit)(void *context);
    void *on_commit_context;

    _Atomic uint64_t committed;
    _Atomic int64_t last_at;
};

static void lock(struct engine_thread *thread)
{
    CHECK(pthread_mutex_lock(&thread->mutex) == 0);
}

static void unlock(struct engine_thread *thread)
{
    CHECK(pthread_mutex_unlock(&thread->mutex) == 0);
}

static void publish(struct engine_thread *thread)
{
    /* The time first: who sees the record must not see an older time. */
    atomic_store(&thread->last_at, engine_last_at(thread->engine));
    atomic_store(&thread->committed, engine_committed(thread->engine));
}

/* Cuts the front off a list: as many requests as make one run, at least one. */
static struct engine_request *cut_run(struct engine_request *first, size_t *commands)
{
    struct engine_request *last = first;
    *commands = first->count;
    while (last->next != NULL && *commands + last->next->count <= RUN_COMMANDS_MAX) {
        last = last->next;
        *commands += last->count;
    }
    struct engine_request *rest = last->next;
    last->next = NULL;
    return rest;
}

/* True: there is news for whoever follows. */
static bool publish_commits(struct engine_thread *thread)
{
    if (engine_committed(thread->engine) == atomic_load(&thread->committed)) {
        return false;
    }
    publish(thread);
    return true;
}

static void tell_of_commits(struct engine_thread *thread)
{
    /* Under the lock, so that nobody is called after engine_thread_on_commit has taken him out. */
    lock(thread);
    if (thread->on_commit != NULL) {
        thread->on_commit(thread->on_commit_context);
    }
    unlock(thread);
}

static void run(struct engine_thread *thread, struct engine_request *requests)
{
    struct engine_delivery delivery = {0};
    struct engine_request *next;
    engine_run(thread->engine, requests);
    bool news = publish_commits(thread);
    for (struct engine_request *request = requests; request != NULL; request = next) {
        next = request->next;
        engine_port_collect(&delivery, request);
    }
    engine_port_deliver(&delivery);
    /* Whoever asked comes first. */
    if (news) {
        tell_of_commits(thread);
    }
}

/* A slice of background work. It may settle a commit whose outcome was unknown until now. */
static bool idle(struct engine_thread *thread)
{
    bool more = engine_idle(thread->engine);
    if (publish_commits(thread)) {
        tell_of_commits(thread);
    }
    return more;
}

/* Everything that was waiting, run by run. */
static void run_list(struct engine_thread *thread, struct engine_request *list)
{
    unsigned runs = 0;
    while (list != NULL) {
        size_t commands;
        struct engine_request *rest = cut_run(list, &commands);
        lock(thread);
        CHECK(commands <= thread->commands);
        thread->commands -= commands;
        metric_set(METRIC_queue_commands, thread->commands);
        unlock(thread);
        run(thread, list);
        list = rest;
        if (++runs % RUNS_PER_SLICE == 0) {
            (void)idle(thread);
        }
    }
}

/* Takes the whole queue. Waits for one only when there is no background work. */
static struct engine_request *take_queue(struct engine_thread *thread, bool busy, bool *stopping)
{
    struct timespec until;
    CHECK(clock_gettime(CLOCK_MONOTONIC, &until) == 0);
    until.tv_sec += IDLE_WAIT_S;
    lock(thread);
    int waited = 0;
    while (!busy && thread->first == NULL && !thread->stopping && waited == 0) {
        waited = pthread_cond_timedwait(&thread->changed, &thread->mutex, &until);
        CHECK(waited == 0 || waited == ETIMEDOUT);
    }
    struct engine_request *list = thread->first;
    thread->first = NULL;
    thread->last = NULL;
    *stopping = thread->stopping;
    unlock(thread);
    return list;
}

static void *main_loop(void *context)
{
    struct engine_thread *thread = context;
    bool stopping = false, busy = false;
    unsigned turns = 0;
    while (!stopping) {
        struct engine_request *list = take_queue(thread, busy, &stopping);
        bool had_work = list != NULL;
        run_list(thread, list);
        if (!had_work || ++turns % RUNS_PER_SLICE == 0) {
            busy = idle(thread);
        }
    }
    return NULL;
}

struct engine_thread *engine_thread_start(struct engine *engine)
{
    struct engine_thread *thread = calloc(1, sizeof *thread);
    pthread_condattr_t attributes;
    CHECK(thread != NULL);
    thread->engine = engine;
    publish(thread);
    CHECK(pthread_mutex_init(&thread->mutex, NULL) == 0);
    CHECK(pthread_condattr_init(&attributes) == 0);
    CHECK(pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC) == 0);
    CHECK(pthread_cond_init(&thread->changed, &attributes) == 0);
    CHECK(pthread_condattr_destroy(&attributes) == 0);
    CHECK(thread_start(&thread->thread, "teller-engine", main_loop, thread));
    return thread;
}

void engine_thread_stop(struct engine_thread **address)
{
    struct engine_thread *thread = *address;
    if (thread == NULL) {
        return;
    }
    lock(thread);
    thread->stopping = true;
    CHECK(pthread_cond_signal(&thread->changed) == 0);
    unlock(thread);
    CHECK(pthread_join(thread->thread, NULL) == 0);
    CHECK(thread->first == NULL && thread->commands == 0);
    engine_close(&thread->engine, true);
    CHECK(pthread_cond_destroy(&thread->changed) == 0);
    CHECK(pthread_mutex_destroy(&thread->mutex) == 0);
    free(thread);
    *address = NULL;
}

bool engine_submit(struct engine_thread *thread, struct engine_request *first,
                   struct engine_request *last, size_t commands)
{
    lock(thread);
    bool taken =
        !thread->stopping && !thread->paused && commands <= ENGINE_QUEUE_MAX - thread->commands;
    if (taken) {
        bool was_empty = thread->first == NULL;
        last->next = NULL;
        if (was_empty) {
            thread->first = first;
        } else {
            thread->last->next = first;
        }
        thread->last = last;
        thread->commands += commands;
        metric_set(METRIC_queue_commands, thread->commands);
        if (was_empty) {
            CHECK(pthread_cond_signal(&thread->changed) == 0);
        }
    }
    unlock(thread);
    return taken;
}

uint64_t engine_thread_committed(const struct engine_thread *thread)
{
    return atomic_load(&thread->committed);
}

int64_t engine_thread_last_at(const struct engine_thread *thread)
{
    return atomic_load(&thread->last_at);
}

void engine_thread_pause(struct engine_thread *thread, bool paused)
{
    lock(thread);
    thread->paused = paused;
    unlock(thread);
}

void engine_thread_on_commit(struct engine_thread *thread, void (*call)(void *context),
                             void *context)
{
    lock(thread);
    thread->on_commit = call;
    thread->on_commit_context = context;
    unlock(thread);
}
