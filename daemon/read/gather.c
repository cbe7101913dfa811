#include "read/gather.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/account_number.h"
#include "base/utf8.h"
#include "host/thread.h"

#define WORDS_MAX 16384 /* 140 characters, the worst of which fold to 18 */
#define AHEAD_CHUNKS 8  /* so many, that the threads need not take turns chunk by chunk */

void gather_init(struct gather *gather)
{
    *gather = (struct gather){.items = calloc(GATHER_RECORDS, sizeof(*gather->items))};
    CHECK(gather->items != NULL);
}

void gather_drop(struct gather *gather, size_t from)
{
    for (size_t i = from; i < gather->count; i++)
        free(gather->items[i].opening);
    gather->count = from < gather->count ? from : gather->count;
}

void gather_close(struct gather *gather)
{
    free(gather->items);
    *gather = (struct gather){.items = NULL};
}

static struct opening *new_opening(const struct record *record)
{
    char number[ACCOUNT_TEXT_MAX];
    struct opening *opening;
    struct bytes words;

    bytes_init(&words, WORDS_MAX);
    utf8_fold(record->owner, &words);
    bytes_print(&words, " %s", account_print(record->legs[0].account, number));
    opening = opening_new(record->legs[0].account, record->at, record->owner, bytes_text(&words));
    bytes_close(&words);
    return opening;
}

static bool gather_record(void *context, const struct record *record,
                          const uint8_t hash[JOURNAL_HASH_SIZE], struct text body)
{
    struct gather *gather = context;

    (void)body;
    CHECK(gather->count < GATHER_RECORDS);
    struct gathered *item = &gather->items[gather->count++];
    item->record = *record;
    memcpy(item->hash, hash, JOURNAL_HASH_SIZE);
    item->opening = record->kind == RECORD_ACCOUNT_CREATED ? new_opening(record) : NULL;
    return true;
}

void gather_read(struct gather *gather, struct journal_reader *journal, uint64_t next, size_t max)
{
    size_t want = max < GATHER_RECORDS ? max : GATHER_RECORDS;
    size_t count;

    gather->count = 0;
    gather->read = journal_scan(journal, next, want, gather_record, gather, &count);
    gather->ends = gather->count < want;
}

/* --- Ahead -------------------------------------------------------------------------------- */

struct gather_ahead {
    struct journal_reader *journal;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    /* The thread fills chunk `filled` while the taker has chunk `taken` - 1; both count on. */
    struct gather chunks[AHEAD_CHUNKS];
    uint64_t next; /* the thread's own */
    size_t filled, taken;
    bool stopping;
};

static struct gather *chunk_at(struct gather_ahead *ahead, size_t number)
{
    return &ahead->chunks[number % AHEAD_CHUNKS];
}

/* True: there is a chunk to fill. The one that was taken last is still in use. */
static bool wait_for_room(struct gather_ahead *ahead)
{
    CHECK(pthread_mutex_lock(&ahead->lock) == 0);
    while (!ahead->stopping && ahead->filled - ahead->taken >= AHEAD_CHUNKS - 1)
        CHECK(pthread_cond_wait(&ahead->changed, &ahead->lock) == 0);
    bool goes_on = !ahead->stopping;
    CHECK(pthread_mutex_unlock(&ahead->lock) == 0);
    return goes_on;
}

static void hand_over(struct gather_ahead *ahead)
{
    CHECK(pthread_mutex_lock(&ahead->lock) == 0);
    ahead->filled++;
    CHECK(pthread_cond_signal(&ahead->changed) == 0);
    CHECK(pthread_mutex_unlock(&ahead->lock) == 0);
}

static void *read_ahead(void *context)
{
    struct gather_ahead *ahead = context;
    bool ends = false;

    while (!ends && wait_for_room(ahead)) {
        struct gather *chunk = chunk_at(ahead, ahead->filled);

        gather_read(chunk, ahead->journal, ahead->next, GATHER_RECORDS);
        ahead->next += chunk->count;
        ends = chunk->ends;
        hand_over(ahead);
    }
    return NULL;
}

struct gather_ahead *gather_ahead_start(struct journal_reader *journal, uint64_t next)
{
    struct gather_ahead *ahead = calloc(1, sizeof(*ahead));

    CHECK(ahead != NULL);
    ahead->journal = journal;
    ahead->next = next;
    for (size_t i = 0; i < AHEAD_CHUNKS; i++)
        gather_init(&ahead->chunks[i]);
    CHECK(pthread_mutex_init(&ahead->lock, NULL) == 0);
    CHECK(pthread_cond_init(&ahead->changed, NULL) == 0);
    CHECK(thread_start(&ahead->thread, "teller-gather", read_ahead, ahead));
    return ahead;
}

void gather_ahead_stop(struct gather_ahead **out)
{
    struct gather_ahead *ahead = *out;

    if (ahead == NULL)
        return;
    CHECK(pthread_mutex_lock(&ahead->lock) == 0);
    ahead->stopping = true;
    CHECK(pthread_cond_signal(&ahead->changed) == 0);
    CHECK(pthread_mutex_unlock(&ahead->lock) == 0);
    CHECK(pthread_join(ahead->thread, NULL) == 0);
    for (; ahead->taken < ahead->filled; ahead->taken++)
        gather_drop(chunk_at(ahead, ahead->taken), 0);
    for (size_t i = 0; i < AHEAD_CHUNKS; i++)
        gather_close(&ahead->chunks[i]);
    CHECK(pthread_cond_destroy(&ahead->changed) == 0);
    CHECK(pthread_mutex_destroy(&ahead->lock) == 0);
    free(ahead);
    *out = NULL;
}

struct gather *gather_ahead_take(struct gather_ahead *ahead)
{
    CHECK(pthread_mutex_lock(&ahead->lock) == 0);
    while (ahead->filled == ahead->taken)
        CHECK(pthread_cond_wait(&ahead->changed, &ahead->lock) == 0);
    struct gather *chunk = chunk_at(ahead, ahead->taken++);
    CHECK(pthread_cond_signal(&ahead->changed) == 0);
    CHECK(pthread_mutex_unlock(&ahead->lock) == 0);
    return chunk;
}
