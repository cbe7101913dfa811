/* The journal in memory, for tests and the simulation. Bodies stand in segments that never move
 * and rows in pages that never move, so that what was read stays valid as long as the journal.
 * A mutex guards both sides: readers may be on other threads; close them before the journal. */
#include <pthread.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "journal/journal.h"
#include "journal/journal_port.h"
#include "journal/record_codec.h"

#define SEGMENT_SIZE ((size_t)1 << 20)
#define PAGE_ROWS ((size_t)4096)

struct segment {
    struct segment *older;
    size_t used;
    uint8_t bytes[SEGMENT_SIZE];
};

struct row {
    const uint8_t *body;
    size_t size;
    uint8_t hash[JOURNAL_HASH_SIZE];
};

struct journal_memory {
    struct journal port;
    pthread_mutex_t mutex; /* guards all below */
    struct segment *segment;
    struct row **pages;
    size_t page_count;
    uint64_t count;
    struct journal_head head; /* of what is stored; the port's is what the writer knows */
    enum { FAIL_NOT, FAIL_LOST, FAIL_KEPT } fail;
};

struct journal_memory_reader {
    struct journal_reader port;
    struct journal_memory *journal;
};

static const struct row *row_of(const struct journal_memory *memory, uint64_t number)
{
    if (number < 1 || number > memory->count)
        return NULL;
    return &memory->pages[(number - 1) / PAGE_ROWS][(number - 1) % PAGE_ROWS];
}

static uint8_t *body_room(struct journal_memory *memory, size_t size)
{
    if (memory->segment == NULL || memory->segment->used + size > SEGMENT_SIZE) {
        struct segment *segment = malloc(sizeof(*segment));

        CHECK(segment != NULL);
        segment->older = memory->segment;
        segment->used = 0;
        memory->segment = segment;
    }
    uint8_t *room = memory->segment->bytes + memory->segment->used;
    memory->segment->used += size;
    return room;
}

static struct row *row_room(struct journal_memory *memory)
{
    if (memory->count == memory->page_count * PAGE_ROWS) {
        struct row **pages = realloc(memory->pages, (memory->page_count + 1) * sizeof(*pages));

        CHECK(pages != NULL);
        memory->pages = pages;
        pages[memory->page_count] = malloc(PAGE_ROWS * sizeof(**pages));
        CHECK(pages[memory->page_count] != NULL);
        memory->page_count++;
    }
    return &memory->pages[memory->count / PAGE_ROWS][memory->count % PAGE_ROWS];
}

static void store(struct journal_memory *memory, const struct journal_batch *batch,
                  const uint8_t (*hashes)[JOURNAL_HASH_SIZE])
{
    size_t start = 0;

    for (size_t i = 0; i < batch->count; i++) {
        size_t size = batch->ends[i] - start;
        uint8_t *body = body_room(memory, size);
        struct row *row = row_room(memory);

        memcpy(body, batch->bytes + start, size);
        row->body = body;
        row->size = size;
        memcpy(row->hash, hashes[i], JOURNAL_HASH_SIZE);
        memory->count++;
        start = batch->ends[i];
    }
    memory->head = (struct journal_head){
        .record = memory->count, .position = batch->last_position, .at = batch->last_at};
    memcpy(memory->head.hash, hashes[batch->count - 1], JOURNAL_HASH_SIZE);
}

static enum journal_result memory_append(struct journal *journal, const struct journal_batch *batch,
                                         const uint8_t (*hashes)[JOURNAL_HASH_SIZE])
{
    struct journal_memory *memory = (struct journal_memory *)journal;
    enum journal_result result = JOURNAL_OK;

    CHECK(pthread_mutex_lock(&memory->mutex) == 0);
    if (memory->fail != FAIL_NOT)
        result = JOURNAL_UNKNOWN;
    if (memory->fail != FAIL_LOST)
        store(memory, batch, hashes);
    memory->fail = FAIL_NOT;
    CHECK(pthread_mutex_unlock(&memory->mutex) == 0);
    return result;
}

static bool memory_reopen(struct journal *journal)
{
    struct journal_memory *memory = (struct journal_memory *)journal;

    CHECK(pthread_mutex_lock(&memory->mutex) == 0);
    journal->head = memory->head;
    CHECK(pthread_mutex_unlock(&memory->mutex) == 0);
    return true;
}

static enum journal_read find_row(struct journal_memory *memory, uint64_t number, struct row *out)
{
    CHECK(pthread_mutex_lock(&memory->mutex) == 0);
    const struct row *row = row_of(memory, number);
    if (row != NULL)
        *out = *row;
    CHECK(pthread_mutex_unlock(&memory->mutex) == 0);
    return row != NULL ? JOURNAL_READ_OK : JOURNAL_READ_END;
}

static enum journal_read memory_hash_of(struct journal *journal, uint64_t number,
                                        uint8_t hash[JOURNAL_HASH_SIZE])
{
    struct row row;
    enum journal_read result = find_row((struct journal_memory *)journal, number, &row);

    if (result == JOURNAL_READ_OK)
        memcpy(hash, row.hash, JOURNAL_HASH_SIZE);
    return result;
}

static void memory_witness(struct journal *journal, int64_t steady_now)
{
    (void)journal; /* it dies with the process: there is nothing to bear witness to */
    (void)steady_now;
}

static void memory_close(struct journal *journal)
{
    struct journal_memory *memory = (struct journal_memory *)journal;

    while (memory->segment != NULL) {
        struct segment *older = memory->segment->older;

        free(memory->segment);
        memory->segment = older;
    }
    for (size_t i = 0; i < memory->page_count; i++)
        free(memory->pages[i]);
    free(memory->pages);
    CHECK(pthread_mutex_destroy(&memory->mutex) == 0);
    free(memory);
}

static enum journal_read memory_read(struct journal_reader *reader, uint64_t number,
                                     struct text *body, uint8_t hash[JOURNAL_HASH_SIZE])
{
    struct row row;
    enum journal_read result =
        find_row(((struct journal_memory_reader *)reader)->journal, number, &row);

    if (result == JOURNAL_READ_OK) {
        *body = (struct text){(const char *)row.body, row.size};
        memcpy(hash, row.hash, JOURNAL_HASH_SIZE);
    }
    return result;
}

static enum journal_read memory_last(struct journal_reader *reader, uint64_t *number,
                                     struct text *body, uint8_t hash[JOURNAL_HASH_SIZE])
{
    struct journal_memory *memory = ((struct journal_memory_reader *)reader)->journal;

    CHECK(pthread_mutex_lock(&memory->mutex) == 0);
    *number = memory->count;
    CHECK(pthread_mutex_unlock(&memory->mutex) == 0);
    return memory_read(reader, *number, body, hash);
}

static enum journal_read memory_scan(struct journal_reader *reader, uint64_t number, size_t max,
                                     bool (*each)(void *context, const struct record *record,
                                                  const uint8_t hash[JOURNAL_HASH_SIZE],
                                                  struct text body),
                                     void *context, size_t *count)
{
    struct journal_memory *memory = ((struct journal_memory_reader *)reader)->journal;

    while (*count < max) {
        struct record record;
        struct row row;

        if (find_row(memory, number, &row) != JOURNAL_READ_OK)
            return *count > 0 ? JOURNAL_READ_OK : JOURNAL_READ_END;
        struct text body = {(const char *)row.body, row.size};
        if (!record_decode(number, body, &record))
            return JOURNAL_READ_ERROR;
        ++*count;
        number++;
        if (!each(context, &record, row.hash, body))
            break;
    }
    return JOURNAL_READ_OK;
}

static void memory_hold(struct journal_reader *reader, bool on)
{
    (void)reader; /* there is no file to look at */
    (void)on;
}

static void memory_reader_close(struct journal_reader *reader)
{
    free(reader);
}

static const struct journal_reader_ops reader_ops = {
    .read = memory_read,
    .last = memory_last,
    .scan = memory_scan,
    .hold = memory_hold,
    .close = memory_reader_close,
};

static struct journal_reader *memory_reader(struct journal *journal)
{
    struct journal_memory_reader *reader = calloc(1, sizeof(*reader));

    CHECK(reader != NULL);
    reader->port.ops = &reader_ops;
    reader->journal = (struct journal_memory *)journal;
    return &reader->port;
}

static const struct journal_ops memory_ops = {
    .append = memory_append,
    .reopen = memory_reopen,
    .hash_of = memory_hash_of,
    .witness = memory_witness,
    .reader = memory_reader,
    .close = memory_close,
};

struct journal *journal_open_memory(void)
{
    struct journal_memory *memory = calloc(1, sizeof(*memory));

    CHECK(memory != NULL);
    CHECK(sodium_init() >= 0);
    CHECK(pthread_mutex_init(&memory->mutex, NULL) == 0);
    memory->port.ops = &memory_ops;
    memory->port.epoch = 1;
    return &memory->port;
}

void journal_memory_fail_next(struct journal *journal, bool appended)
{
    struct journal_memory *memory = (struct journal_memory *)journal;

    CHECK(journal->ops == &memory_ops);
    CHECK(pthread_mutex_lock(&memory->mutex) == 0);
    memory->fail = appended ? FAIL_KEPT : FAIL_LOST;
    CHECK(pthread_mutex_unlock(&memory->mutex) == 0);
}
