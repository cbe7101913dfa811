#include "journal/journal_tail.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "journal/journal_port.h"
#include "journal/record_codec.h"

/* Where a body is. Bodies follow one another in the ring and never wrap: one that does not fit
 * before the end begins at 0. */
struct entry {
    uint32_t start, size;
    uint8_t hash[JOURNAL_HASH_SIZE];
};

struct journal_tail {
    pthread_mutex_t mutex;                      /* guards all below */
    uint64_t first, next;                       /* records first ... next - 1 are here */
    size_t used_to;                             /* where the next body begins, if it fits */
    struct entry entries[JOURNAL_TAIL_RECORDS]; /* by number */
    uint8_t bytes[JOURNAL_TAIL_BYTES];
};

static void lock(struct journal_tail *tail)
{
    CHECK(pthread_mutex_lock(&tail->mutex) == 0);
}

static void unlock(struct journal_tail *tail)
{
    CHECK(pthread_mutex_unlock(&tail->mutex) == 0);
}

static struct entry *entry_of(struct journal_tail *tail, uint64_t number)
{
    return &tail->entries[number % JOURNAL_TAIL_RECORDS];
}

struct journal_tail *journal_tail_new(void)
{
    struct journal_tail *tail = calloc(1, sizeof(*tail));

    CHECK(tail != NULL);
    CHECK(pthread_mutex_init(&tail->mutex, NULL) == 0);
    return tail;
}

void journal_tail_free(struct journal_tail **tail)
{
    if (*tail == NULL)
        return;
    CHECK(pthread_mutex_destroy(&(*tail)->mutex) == 0);
    free(*tail);
    *tail = NULL;
}

static void forget_all(struct journal_tail *tail)
{
    tail->first = tail->next = 0;
    tail->used_to = 0;
}

/* The oldest go whose bodies begin at or behind `start` and before `end`. */
static void forget_between(struct journal_tail *tail, size_t start, size_t end)
{
    while (tail->first < tail->next) {
        const struct entry *oldest = entry_of(tail, tail->first);

        if (oldest->start < start || oldest->start >= end)
            return;
        tail->first++;
    }
}

static void add_one(struct journal_tail *tail, uint64_t number, const uint8_t *body, size_t size,
                    const uint8_t *hash)
{
    if (tail->used_to + size > JOURNAL_TAIL_BYTES) {
        forget_between(tail, tail->used_to, JOURNAL_TAIL_BYTES);
        tail->used_to = 0;
    }
    forget_between(tail, tail->used_to, tail->used_to + size);
    if (tail->next - tail->first == JOURNAL_TAIL_RECORDS)
        tail->first++;
    struct entry *entry = entry_of(tail, number);
    entry->start = (uint32_t)tail->used_to;
    entry->size = (uint32_t)size;
    memcpy(entry->hash, hash, JOURNAL_HASH_SIZE);
    memcpy(tail->bytes + tail->used_to, body, size);
    tail->used_to += size;
    tail->next = number + 1;
}

void journal_tail_add(struct journal_tail *tail, const struct journal_batch *batch,
                      const uint8_t (*hashes)[JOURNAL_HASH_SIZE])
{
    size_t start = 0;

    lock(tail);
    if (tail->next != batch->first) {
        forget_all(tail);
        tail->first = tail->next = batch->first;
    }
    for (size_t i = 0; i < batch->count; i++) {
        add_one(tail, batch->first + i, batch->bytes + start, batch->ends[i] - start, hashes[i]);
        start = batch->ends[i];
    }
    unlock(tail);
}

void journal_tail_clear(struct journal_tail *tail)
{
    lock(tail);
    forget_all(tail);
    unlock(tail);
}

/* ---- reading */

struct copied {
    uint32_t end; /* of its body */
    uint8_t hash[JOURNAL_HASH_SIZE];
};

/* Some records in a row. */
struct piece {
    size_t count;
    struct copied copied[JOURNAL_TAIL_COPY];
    uint8_t bytes[JOURNAL_TAIL_COPY * 256 + JOURNAL_BODY_MAX];
};

/* A record is read into a place of its own: that leaves a scan under way as it is. */
struct tail_reader {
    struct journal_reader port;
    struct journal_tail *tail;
    struct journal_reader *file;
    struct piece scanned;
    uint8_t body[JOURNAL_BODY_MAX];
};

/* Whether a record is in the tail (OK), not there yet (END), or only the file can tell (ERROR).
 * Under the lock. */
static enum journal_read look(const struct journal_tail *tail, uint64_t number)
{
    if (tail->first == tail->next || number < tail->first)
        return JOURNAL_READ_ERROR;
    return number < tail->next ? JOURNAL_READ_OK : JOURNAL_READ_END;
}

/* Number 0 becomes the last one's. */
static enum journal_read copy_one(struct tail_reader *reader, uint64_t *number, struct text *body,
                                  uint8_t hash[JOURNAL_HASH_SIZE])
{
    struct journal_tail *tail = reader->tail;

    lock(tail);
    if (*number == 0 && tail->next > 0)
        *number = tail->next - 1;
    enum journal_read result = look(tail, *number);
    if (result == JOURNAL_READ_OK) {
        const struct entry *entry = entry_of(tail, *number);

        memcpy(reader->body, tail->bytes + entry->start, entry->size);
        memcpy(hash, entry->hash, JOURNAL_HASH_SIZE);
        *body = (struct text){(const char *)reader->body, entry->size};
    }
    unlock(tail);
    return result;
}

/* Copies up to `max` records from `number` on. */
static enum journal_read copy(struct tail_reader *reader, uint64_t number, size_t max)
{
    struct journal_tail *tail = reader->tail;
    struct piece *piece = &reader->scanned;
    size_t end = 0;

    piece->count = 0;
    lock(tail);
    enum journal_read result = look(tail, number);
    for (uint64_t n = number; result == JOURNAL_READ_OK && n < tail->next; n++) {
        const struct entry *entry = entry_of(tail, n);

        if (piece->count == max || piece->count == JOURNAL_TAIL_COPY ||
            end + entry->size > sizeof(piece->bytes))
            break;
        memcpy(piece->bytes + end, tail->bytes + entry->start, entry->size);
        end += entry->size;
        piece->copied[piece->count].end = (uint32_t)end;
        memcpy(piece->copied[piece->count].hash, entry->hash, JOURNAL_HASH_SIZE);
        piece->count++;
    }
    unlock(tail);
    return result;
}

static struct text body_of(const struct piece *piece, size_t index)
{
    size_t start = index == 0 ? 0 : piece->copied[index - 1].end;

    return (struct text){(const char *)piece->bytes + start, piece->copied[index].end - start};
}

static enum journal_read tail_read(struct journal_reader *port, uint64_t number, struct text *body,
                                   uint8_t hash[JOURNAL_HASH_SIZE])
{
    struct tail_reader *reader = (struct tail_reader *)port;
    enum journal_read result = JOURNAL_READ_ERROR;

    if (number > 0)
        result = copy_one(reader, &number, body, hash);
    if (result == JOURNAL_READ_ERROR)
        return reader->file->ops->read(reader->file, number, body, hash);
    return result;
}

static enum journal_read tail_last(struct journal_reader *port, uint64_t *number, struct text *body,
                                   uint8_t hash[JOURNAL_HASH_SIZE])
{
    struct tail_reader *reader = (struct tail_reader *)port;

    *number = 0;
    if (copy_one(reader, number, body, hash) == JOURNAL_READ_OK)
        return JOURNAL_READ_OK;
    return reader->file->ops->last(reader->file, number, body, hash);
}

/* Hands over what was copied. False: somebody is content, or something is unsound. */
static bool hand_over(const struct piece *piece, uint64_t number,
                      bool (*each)(void *context, const struct record *record,
                                   const uint8_t hash[JOURNAL_HASH_SIZE], struct text body),
                      void *context, size_t *count, enum journal_read *result)
{
    for (size_t i = 0; i < piece->count; i++) {
        struct record record;

        if (!record_decode(number + i, body_of(piece, i), &record)) {
            *result = JOURNAL_READ_ERROR;
            return false;
        }
        ++*count;
        if (!each(context, &record, piece->copied[i].hash, body_of(piece, i)))
            return false;
    }
    return true;
}

static enum journal_read tail_scan(struct journal_reader *port, uint64_t number, size_t max,
                                   bool (*each)(void *context, const struct record *record,
                                                const uint8_t hash[JOURNAL_HASH_SIZE],
                                                struct text body),
                                   void *context, size_t *count)
{
    struct tail_reader *reader = (struct tail_reader *)port;
    enum journal_read result = number == 0 ? JOURNAL_READ_ERROR : copy(reader, number, max);

    if (result == JOURNAL_READ_END)
        return result;
    while (result == JOURNAL_READ_OK) {
        if (!hand_over(&reader->scanned, number, each, context, count, &result) || *count == max)
            return result;
        number += reader->scanned.count;
        result = copy(reader, number, max - *count);
    }
    if (result == JOURNAL_READ_END) /* of what there is, some was handed over */
        return JOURNAL_READ_OK;
    /* Not here, or pushed out meanwhile. */
    return reader->file->ops->scan(reader->file, number, max, each, context, count);
}

static void tail_hold(struct journal_reader *port, bool on)
{
    struct tail_reader *reader = (struct tail_reader *)port;

    reader->file->ops->hold(reader->file, on);
}

static void tail_close(struct journal_reader *port)
{
    struct tail_reader *reader = (struct tail_reader *)port;

    journal_reader_close(&reader->file);
    free(reader);
}

static const struct journal_reader_ops tail_ops = {
    .read = tail_read,
    .last = tail_last,
    .scan = tail_scan,
    .hold = tail_hold,
    .close = tail_close,
};

struct journal_reader *journal_tail_reader(struct journal_tail *tail, struct journal_reader *file)
{
    struct tail_reader *reader = malloc(sizeof(*reader));

    CHECK(reader != NULL);
    reader->port.ops = &tail_ops;
    reader->port.old_until = file->old_until;
    reader->tail = tail;
    reader->file = file;
    return &reader->port;
}
