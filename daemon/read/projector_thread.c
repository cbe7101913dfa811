#include "read/projector_thread.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/time.h"
#include "host/log.h"
#include "host/thread.h"
#include "read/projector_state.h"

#define FOLD_RECORDS 4096    /* between two looks at everything else */
#define SLICE_BUSY_US 5000   /* while records arrive */
#define SLICE_IDLE_US 15000  /* and the commit */
#define BEHIND_RECORDS 65536 /* to fold: as far behind as that, flushing waits */
#define FOLLOW_US 1000       /* between looks for records that nobody waits for */
#define ERROR_US TIME_SECOND /* before the next try after a failure */
#define QUIET_US (PROJECTOR_QUIET_MS * INT64_C(1000))
#define ROUND_US (PROJECTOR_ROUND_MS * INT64_C(1000))

struct listener {
    int fd;
    uint64_t record;
};

struct projector_thread {
    struct projector *projector;
    pthread_t thread;
    pthread_mutex_t lock; /* of what follows */
    pthread_cond_t wakened;
    struct listener *listeners;
    size_t listener_count, listener_room;
    void (*on_lag)(void *context, bool lagging);
    void *on_lag_context;
    atomic_bool woken, stopping;
    atomic_bool hinted;    /* records have come that nobody waits for */
    atomic_bool follows;   /* looks by itself soon: hints need not wake it */
    atomic_size_t waiting; /* listeners */
    _Atomic uint64_t lag_max, unflushed_max;
    /* The thread's own. */
    bool lagging;
    uint64_t behind;           /* records that wait to be folded, 0 when they are few */
    int64_t changed_at;        /* steady time of the last record folded */
    int64_t round_at;          /* when the last round ended, or the first record after it came */
    int64_t fold_at, flush_at; /* after a failure: not before */
};

static int64_t now_us(void)
{
    struct timespec now;

    CHECK(clock_gettime(CLOCK_MONOTONIC, &now) == 0);
    return (int64_t)now.tv_sec * TIME_SECOND + now.tv_nsec / 1000;
}

/* Sleeps until woken, or until the time has come; FOREVER: without end. */
#define FOREVER INT64_MAX
static void wait_until(struct projector_thread *thread, int64_t time)
{
    struct timespec until = {.tv_sec = time / TIME_SECOND, .tv_nsec = time % TIME_SECOND * 1000};
    int code = 0;

    CHECK(pthread_mutex_lock(&thread->lock) == 0);
    while (!atomic_load(&thread->woken) && !atomic_load(&thread->stopping) && code == 0)
        code = time == FOREVER ? pthread_cond_wait(&thread->wakened, &thread->lock)
                               : pthread_cond_timedwait(&thread->wakened, &thread->lock, &until);
    CHECK(pthread_mutex_unlock(&thread->lock) == 0);
}

static void write_listeners(struct projector_thread *thread)
{
    uint64_t seen = projector_seen(thread->projector);
    uint64_t one = 1;
    size_t kept = 0;

    CHECK(pthread_mutex_lock(&thread->lock) == 0);
    for (size_t i = 0; i < thread->listener_count; i++) {
        struct listener *listener = &thread->listeners[i];

        if (listener->record > seen)
            thread->listeners[kept++] = *listener;
        else if (write(listener->fd, &one, sizeof(one)) != sizeof(one))
            log_error("read", "cannot wake a listener");
    }
    thread->listener_count = kept;
    atomic_store(&thread->waiting, kept);
    CHECK(pthread_mutex_unlock(&thread->lock) == 0);
}

static uint64_t unflushed(const struct projector_thread *thread)
{
    return projector_seen(thread->projector) - projector_flushed(thread->projector);
}

/* `behind`: records that wait to be folded. */
static void look_at_lag(struct projector_thread *thread, uint64_t behind)
{
    uint64_t lag_max = atomic_load(&thread->lag_max);
    bool over = behind > lag_max || unflushed(thread) > atomic_load(&thread->unflushed_max);
    bool under =
        behind <= lag_max / 2 && unflushed(thread) <= atomic_load(&thread->unflushed_max) / 2;
    void (*call)(void *context, bool lagging);
    void *context;

    if (thread->lagging ? !under : !over)
        return;
    CHECK(pthread_mutex_lock(&thread->lock) == 0);
    call = thread->on_lag;
    context = thread->on_lag_context;
    CHECK(pthread_mutex_unlock(&thread->lock) == 0);
    if (call == NULL)
        return;
    thread->lagging = !thread->lagging;
    log_warning("read", "%s: %" PRIu64 " records to fold, %" PRIu64 " to flush",
                thread->lagging ? "lagging" : "caught up", behind, unflushed(thread));
    call(context, thread->lagging);
}

/* True: there may be more records to fold at once. */
static bool fold_some(struct projector_thread *thread)
{
    struct journal_head head = {0};
    long count;

    if (now_us() < thread->fold_at)
        return false;
    if (unflushed(thread) > atomic_load(&thread->unflushed_max)) { /* flush first */
        look_at_lag(thread, 0);
        return now_us() >= thread->flush_at;
    }
    count = projector_fold(thread->projector, FOLD_RECORDS);
    if (count < 0)
        thread->fold_at = now_us() + ERROR_US;
    if (count > 0) {
        thread->changed_at = now_us();
        if (unflushed(thread) <= (uint64_t)count)
            thread->round_at = thread->changed_at;
        write_listeners(thread);
    }
    thread->behind = 0;
    if (count >= 0 && count < FOLD_RECORDS) {
        look_at_lag(thread, 0);
    } else if (journal_reader_head(thread->projector->journal, &head) == JOURNAL_READ_OK) {
        uint64_t behind = head.record - projector_seen(thread->projector);

        thread->behind = count > 0 ? behind : 0; /* when folding fails it waits for nobody */
        look_at_lag(thread, behind);
    }
    return count == FOLD_RECORDS;
}

static bool is_round_due(const struct projector_thread *thread, int64_t now)
{
    if (unflushed(thread) == 0 || now < thread->flush_at)
        return false;
    return projector_is_flushing(thread->projector) || now - thread->changed_at >= QUIET_US ||
           now - thread->round_at >= ROUND_US || unflushed(thread) >= PROJECTOR_ROUND_RECORDS ||
           projector_openings(thread->projector) >= PROJECTOR_ROUND_OPENINGS;
}

/* One slice if it is time for one. True: there is more to write at once. */
static bool flush_some(struct projector_thread *thread, bool busy)
{
    uint64_t before = projector_flushed(thread->projector);
    bool more;

    if (!is_round_due(thread, now_us()))
        return false;
    /* A start has to fold what a crash left: whoever waits for it does not wait for the file. */
    if (thread->behind > BEHIND_RECORDS &&
        unflushed(thread) < atomic_load(&thread->unflushed_max) / 2)
        return false;
    more = projector_flush(thread->projector, busy ? SLICE_BUSY_US : SLICE_IDLE_US);
    if (projector_flushed(thread->projector) != before)
        thread->round_at = now_us();
    else if (!more)
        thread->flush_at = now_us() + ERROR_US;
    /* Nobody commits while it lags, so nothing else may come that would look. */
    if (!more && thread->lagging)
        look_at_lag(thread, thread->behind);
    return more;
}

/* When there is something to do even if nobody wakes it. */
static int64_t next_turn(const struct projector_thread *thread)
{
    int64_t now = now_us(), turn = FOREVER;

    if (now < thread->fold_at)
        turn = thread->fold_at;
    if (unflushed(thread) > 0 && now < thread->flush_at && thread->flush_at < turn)
        turn = thread->flush_at;
    else if (unflushed(thread) > 0 && now >= thread->flush_at)
        turn = now + QUIET_US < turn ? now + QUIET_US : turn;
    return turn;
}

/* While records keep coming it looks for them a thousand times a second instead of being woken by
 * every commit. */
static void wait_for_news(struct projector_thread *thread, bool hinted)
{
    int64_t turn = next_turn(thread), soon = now_us() + FOLLOW_US;

    atomic_store(&thread->follows, hinted);
    /* A hint that came before the flag was down was not followed by a wake. */
    if (!hinted && atomic_load(&thread->hinted))
        return;
    wait_until(thread, hinted && soon < turn ? soon : turn);
    atomic_store(&thread->follows, true);
}

static void *run(void *context)
{
    struct projector_thread *thread = context;

    while (!atomic_load(&thread->stopping)) {
        bool folding, flushing;

        atomic_store(&thread->woken, false);
        bool hinted = atomic_exchange(&thread->hinted, false);
        folding = fold_some(thread);
        flushing = flush_some(thread, folding || atomic_load(&thread->woken) ||
                                          atomic_load(&thread->hinted));
        if (!folding && !flushing)
            wait_for_news(thread, hinted);
    }
    return NULL;
}

struct projector_thread *projector_thread_start(struct projector *projector)
{
    struct projector_thread *thread = calloc(1, sizeof(*thread));
    pthread_condattr_t attributes;

    CHECK(thread != NULL);
    thread->projector = projector;
    atomic_store(&thread->lag_max, PROJECTOR_LAG_MAX);
    atomic_store(&thread->unflushed_max, PROJECTOR_UNFLUSHED_MAX);
    thread->changed_at = thread->round_at = now_us();
    CHECK(pthread_mutex_init(&thread->lock, NULL) == 0);
    CHECK(pthread_condattr_init(&attributes) == 0);
    CHECK(pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC) == 0);
    CHECK(pthread_cond_init(&thread->wakened, &attributes) == 0);
    CHECK(pthread_condattr_destroy(&attributes) == 0);
    CHECK(thread_start(&thread->thread, "teller-views", run, thread));
    return thread;
}

void projector_thread_stop(struct projector_thread **out)
{
    struct projector_thread *thread = *out;

    if (thread == NULL)
        return;
    atomic_store(&thread->stopping, true);
    projector_wake(thread);
    CHECK(pthread_join(thread->thread, NULL) == 0);
    projector_close(&thread->projector, true);
    CHECK(pthread_cond_destroy(&thread->wakened) == 0);
    CHECK(pthread_mutex_destroy(&thread->lock) == 0);
    free(thread->listeners);
    free(thread);
    *out = NULL;
}

struct projector *projector_thread_projector(struct projector_thread *thread)
{
    return thread->projector;
}

void projector_wake(struct projector_thread *thread)
{
    /* Somebody who set it before has signalled, or is about to. */
    if (atomic_exchange(&thread->woken, true) && !atomic_load(&thread->stopping))
        return;
    CHECK(pthread_mutex_lock(&thread->lock) == 0);
    CHECK(pthread_cond_signal(&thread->wakened) == 0);
    CHECK(pthread_mutex_unlock(&thread->lock) == 0);
}

void projector_hint(struct projector_thread *thread)
{
    atomic_store(&thread->hinted, true);
    if (!atomic_load(&thread->follows) || atomic_load(&thread->waiting) > 0)
        projector_wake(thread);
}

static struct listener *listener_of(struct projector_thread *thread, int fd)
{
    for (size_t i = 0; i < thread->listener_count; i++) {
        if (thread->listeners[i].fd == fd)
            return &thread->listeners[i];
    }
    return NULL;
}

static void add_listener(struct projector_thread *thread, int fd, uint64_t record)
{
    if (thread->listener_count == thread->listener_room) {
        thread->listener_room = thread->listener_room == 0 ? 8 : thread->listener_room * 2;
        thread->listeners =
            realloc(thread->listeners, thread->listener_room * sizeof(*thread->listeners));
        CHECK(thread->listeners != NULL);
    }
    thread->listeners[thread->listener_count++] = (struct listener){.fd = fd, .record = record};
}

bool projector_notify(struct projector_thread *thread, int fd, uint64_t record)
{
    struct listener *listener;
    bool waits;

    CHECK(pthread_mutex_lock(&thread->lock) == 0);
    waits = projector_seen(thread->projector) < record;
    listener = listener_of(thread, fd);
    if (waits && listener == NULL)
        add_listener(thread, fd, record);
    else if (waits && record < listener->record)
        listener->record = record;
    atomic_store(&thread->waiting, thread->listener_count);
    CHECK(pthread_mutex_unlock(&thread->lock) == 0);
    if (waits && atomic_load(&thread->hinted)) /* it has come, and may be left for later */
        projector_wake(thread);
    return waits;
}

void projector_forget(struct projector_thread *thread, int fd)
{
    struct listener *listener;

    CHECK(pthread_mutex_lock(&thread->lock) == 0);
    listener = listener_of(thread, fd);
    if (listener != NULL)
        *listener = thread->listeners[--thread->listener_count];
    atomic_store(&thread->waiting, thread->listener_count);
    CHECK(pthread_mutex_unlock(&thread->lock) == 0);
}

void projector_on_lag(struct projector_thread *thread, void (*call)(void *context, bool lagging),
                      void *context)
{
    CHECK(pthread_mutex_lock(&thread->lock) == 0);
    thread->on_lag = call;
    thread->on_lag_context = context;
    CHECK(pthread_mutex_unlock(&thread->lock) == 0);
}

void projector_set_lag_max(struct projector_thread *thread, uint64_t records)
{
    atomic_store(&thread->lag_max, records);
}

void projector_set_unflushed_max(struct projector_thread *thread, uint64_t records)
{
    atomic_store(&thread->unflushed_max, records);
}
