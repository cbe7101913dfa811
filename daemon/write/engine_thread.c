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

/* Commands of one run: what is committed and answered together. No request has more. */
#define RUN_COMMANDS_MAX BATCH_COMMANDS_MAX
#define RUN_ENOUGH 64        /* so many are worth a commit: the rest of a turn is not waited for */
#define RUN_OPEN_NS 500000   /* after its first commands were decided: nothing more is taken then */
#define RUNS_PER_SLICE 4     /* a busy engine does a slice of background work this often */
#define REST_NS 1000000000   /* an idle one looks at its background work this often */
#define REST_SOON_NS 1000000 /* when that waits for the disk */
#define NS_PER_S INT64_C(1000000000)

struct engine_thread {
    struct engine *engine; /* the thread's own while it runs */
    pthread_t thread;
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    /* Under the mutex. */
    struct engine_request *first, *last;
    size_t commands; /* submitted and not yet begun */
    unsigned turns;  /* under way: more may be handed over */
    bool paused, stopping;
    void (*on_commit)(void *context);
    void *on_commit_context;

    _Atomic uint64_t committed;
    _Atomic int64_t last_at;
};

/* What is decided and not yet committed. */
struct run {
    struct engine_request *first, *last;
    size_t commands;
    int64_t until; /* steady ns: it takes nothing more from then on */
};

static void lock(struct engine_thread *thread)
{
    CHECK(pthread_mutex_lock(&thread->mutex) == 0);
}

static void unlock(struct engine_thread *thread)
{
    CHECK(pthread_mutex_unlock(&thread->mutex) == 0);
}

static int64_t steady_ns(void)
{
    struct timespec now;
    CHECK(clock_gettime(CLOCK_MONOTONIC, &now) == 0);
    return (int64_t)now.tv_sec * NS_PER_S + now.tv_nsec;
}

/* Under the lock. False: it is later than `until`. */
static bool wait_for_change(struct engine_thread *thread, int64_t until)
{
    struct timespec at = {.tv_sec = until / NS_PER_S, .tv_nsec = until % NS_PER_S};
    int waited = pthread_cond_timedwait(&thread->changed, &thread->mutex, &at);
    CHECK(waited == 0 || waited == ETIMEDOUT);
    return waited == 0;
}

static void publish(struct engine_thread *thread)
{
    /* The time first: who sees the record must not see an older time. */
    atomic_store(&thread->last_at, engine_last_at(thread->engine));
    atomic_store(&thread->committed, engine_committed(thread->engine));
}

/* Cuts the front off a list: as many requests as the run has room for. *rest is what remains. */
static struct engine_request *cut_part(struct engine_request *first, size_t room,
                                       struct engine_request **rest, size_t *commands)
{
    struct engine_request *last = NULL;
    *rest = first;
    *commands = 0;
    while (*rest != NULL && *commands + (*rest)->count <= room) {
        last = *rest;
        *commands += last->count;
        *rest = last->next;
    }
    if (last == NULL) {
        return NULL;
    }
    last->next = NULL;
    return first;
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

static void decide(struct engine_thread *thread, struct run *run, struct engine_request *requests,
                   size_t commands)
{
    engine_decide(thread->engine, requests);
    if (run->first == NULL) {
        run->first = requests;
        run->until = steady_ns() + RUN_OPEN_NS;
    } else {
        run->last->next = requests;
    }
    for (run->last = requests; run->last->next != NULL;) {
        run->last = run->last->next;
    }
    run->commands += commands;
}

static void finish(struct engine_thread *thread, struct run *run)
{
    struct engine_delivery delivery = {0};
    struct engine_request *next;
    engine_commit(thread->engine);
    bool news = publish_commits(thread);
    for (struct engine_request *request = run->first; request != NULL; request = next) {
        next = request->next;
        engine_port_collect(&delivery, request);
    }
    *run = (struct run){0};
    engine_port_deliver(&delivery);
    /* Whoever asked comes first. */
    if (news) {
        tell_of_commits(thread);
    }
}

/* A slice of background work. It may settle a commit whose outcome was unknown until now. */
static enum engine_rest idle(struct engine_thread *thread)
{
    enum engine_rest rest = engine_idle(thread->engine);
    if (publish_commits(thread)) {
        tell_of_commits(thread);
    }
    return rest;
}

/* The whole queue; under the lock. */
static struct engine_request *take_all(struct engine_thread *thread)
{
    struct engine_request *list = thread->first;
    thread->first = NULL;
    thread->last = NULL;
    return list;
}

/* What else comes for the run; NULL when it is time to commit it. What is queued when the last turn
 * has ended begins the next run: of a stream of turns one part is then read and answered while the
 * other is written, and taking it too was slower by a sixth. */
static struct engine_request *take_more(struct engine_thread *thread, const struct run *run)
{
    if (steady_ns() >= run->until) {
        return NULL;
    }
    bool waits = run->commands < RUN_ENOUGH && engine_has_uncommitted(thread->engine);
    lock(thread);
    while (waits && thread->turns > 0 && thread->first == NULL) {
        waits = wait_for_change(thread, run->until);
    }
    struct engine_request *list = thread->turns > 0 ? take_all(thread) : NULL;
    unlock(thread);
    return list;
}

static void begin_part(struct engine_thread *thread, size_t commands)
{
    lock(thread);
    CHECK(commands <= thread->commands);
    thread->commands -= commands;
    metric_set(METRIC_queue_commands, thread->commands);
    unlock(thread);
}

/* Everything that was waiting, run by run. */
static void run_list(struct engine_thread *thread, struct engine_request *list)
{
    struct run run = {0};
    unsigned runs = 0;
    while (list != NULL) {
        size_t commands;
        struct engine_request *rest;
        struct engine_request *part =
            cut_part(list, RUN_COMMANDS_MAX - run.commands, &rest, &commands);
        if (part == NULL) {
            CHECK(run.first != NULL);
            finish(thread, &run);
            if (++runs % RUNS_PER_SLICE == 0) {
                (void)idle(thread);
            }
            continue;
        }
        begin_part(thread, commands);
        decide(thread, &run, part, commands);
        list = rest != NULL ? rest : take_more(thread, &run);
    }
    finish(thread, &run);
}

/* Takes the whole queue. Waits for one only when there is no background work. */
static struct engine_request *take_queue(struct engine_thread *thread, enum engine_rest rest,
                                         bool *stopping)
{
    int64_t until = steady_ns() + (rest == ENGINE_REST_SOON ? REST_SOON_NS : REST_NS);
    bool waits = rest != ENGINE_REST_MORE;
    lock(thread);
    while (waits && thread->first == NULL && !thread->stopping) {
        waits = wait_for_change(thread, until);
    }
    struct engine_request *list = take_all(thread);
    *stopping = thread->stopping;
    unlock(thread);
    return list;
}

static void *main_loop(void *context)
{
    struct engine_thread *thread = context;
    enum engine_rest rest = ENGINE_REST;
    bool stopping = false;
    unsigned rounds = 0;
    while (!stopping) {
        struct engine_request *list = take_queue(thread, rest, &stopping);
        bool had_work = list != NULL;
        if (had_work) {
            run_list(thread, list);
        }
        if (!had_work || ++rounds % RUNS_PER_SLICE == 0) {
            rest = idle(thread);
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
    CHECK(thread->first == NULL && thread->commands == 0 && thread->turns == 0);
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

void engine_turn_begin(struct engine_thread *thread)
{
    lock(thread);
    thread->turns++;
    unlock(thread);
}

void engine_turn_end(struct engine_thread *thread)
{
    lock(thread);
    CHECK(thread->turns > 0);
    if (--thread->turns == 0) {
        CHECK(pthread_cond_signal(&thread->changed) == 0);
    }
    unlock(thread);
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
