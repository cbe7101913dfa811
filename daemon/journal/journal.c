#include "journal/journal.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "host/digest.h"
#include "journal/journal_port.h"
#include "journal/record_codec.h"

void journal_hash(uint64_t old_until, const uint8_t previous[JOURNAL_HASH_SIZE], uint64_t number,
                  struct text body, uint8_t out[JOURNAL_HASH_SIZE])
{
    uint8_t little[8];
    const struct text pieces[] = {
        {(const char *)previous, JOURNAL_HASH_SIZE}, {(const char *)little, sizeof(little)}, body};
    struct digest old;

    for (unsigned i = 0; i < sizeof(little); i++)
        little[i] = (uint8_t)(number >> (8 * i));
    if (number > old_until) {
        digest_sha256(pieces, 3, out);
        return;
    }
    digest_begin(&old, JOURNAL_HASH_SIZE);
    for (unsigned i = 0; i < 3; i++)
        digest_add(&old, pieces[i].data, pieces[i].size);
    digest_end(&old, out, JOURNAL_HASH_SIZE);
}

uint64_t journal_old_until(const struct journal_reader *reader)
{
    return reader->old_until;
}

void journal_head_of(const struct record *last, const uint8_t hash[JOURNAL_HASH_SIZE],
                     struct journal_head *out)
{
    out->record = last->number;
    out->position = last->position + record_event_count(last) - 1;
    out->at = last->at;
    memcpy(out->hash, hash, JOURNAL_HASH_SIZE);
}

/* The hashes of a batch that follows `expected`, into the journal's own memory. */
static void chain(struct journal *journal, const struct journal_batch *batch,
                  const struct journal_head *expected)
{
    const uint8_t *previous = expected->hash;
    size_t start = 0;

    if (batch->count > journal->hashes_room) {
        void *grown = realloc(journal->hashes, batch->count * JOURNAL_HASH_SIZE);

        CHECK(grown != NULL);
        journal->hashes = grown;
        journal->hashes_room = batch->count;
    }
    for (size_t i = 0; i < batch->count; i++) {
        struct text body = {(const char *)batch->bytes + start, batch->ends[i] - start};

        CHECK(batch->ends[i] > start && body.size <= JOURNAL_BODY_MAX);
        journal_hash(0, previous, batch->first + i, body, journal->hashes[i]);
        previous = journal->hashes[i];
        start = batch->ends[i];
    }
}

enum journal_result journal_submit(struct journal *journal, const struct journal_batch *batch,
                                   const struct journal_head *expected, uint64_t epoch,
                                   struct journal_token *token)
{
    CHECK(batch->count > 0 && batch->first == expected->record + 1);
    chain(journal, batch, expected);
    token->record = expected->record + batch->count;
    memcpy(token->hash, journal->hashes[batch->count - 1], JOURNAL_HASH_SIZE);

    if (journal->broken)
        return JOURNAL_UNKNOWN;
    if (epoch != journal->epoch)
        return JOURNAL_FENCED;
    if (expected->record != journal->head.record ||
        memcmp(expected->hash, journal->head.hash, JOURNAL_HASH_SIZE) != 0)
        return JOURNAL_CONFLICT;

    enum journal_result result =
        journal->ops->append(journal, batch, (const uint8_t(*)[JOURNAL_HASH_SIZE])journal->hashes);
    if (result == JOURNAL_UNKNOWN)
        journal->broken = true;
    if (journal->tail != NULL && result == JOURNAL_OK)
        journal_tail_add(journal->tail, batch,
                         (const uint8_t(*)[JOURNAL_HASH_SIZE])journal->hashes);
    else if (journal->tail != NULL)
        journal_tail_clear(journal->tail);
    if (result == JOURNAL_OK) {
        journal->head.record = token->record;
        journal->head.position = batch->last_position;
        journal->head.at = batch->last_at;
        memcpy(journal->head.hash, token->hash, JOURNAL_HASH_SIZE);
    }
    return result;
}

void journal_head(const struct journal *journal, struct journal_head *out)
{
    *out = journal->head;
}

uint64_t journal_epoch(const struct journal *journal)
{
    return journal->epoch;
}

bool journal_reopen(struct journal *journal)
{
    journal->broken = !journal->ops->reopen(journal);
    return !journal->broken;
}

enum journal_result journal_find(struct journal *journal, const struct journal_token *token)
{
    uint8_t hash[JOURNAL_HASH_SIZE];

    if (journal->broken)
        return JOURNAL_UNKNOWN;
    switch (journal->ops->hash_of(journal, token->record, hash)) {
    case JOURNAL_READ_OK:
        return memcmp(hash, token->hash, sizeof(hash)) == 0 ? JOURNAL_OK : JOURNAL_CONFLICT;
    case JOURNAL_READ_END:
        return JOURNAL_CONFLICT;
    case JOURNAL_READ_ERROR:
        break;
    }
    return JOURNAL_UNKNOWN;
}

void journal_witness(struct journal *journal, int64_t steady_now)
{
    if (!journal->broken)
        journal->ops->witness(journal, steady_now);
}

void journal_close(struct journal **journal)
{
    if (*journal == NULL)
        return;
    free((*journal)->hashes);
    journal_tail_free(&(*journal)->tail);
    (*journal)->ops->close(*journal);
    *journal = NULL;
}

void journal_keep_tail(struct journal *journal)
{
    CHECK(journal->tail == NULL);
    journal->tail = journal_tail_new();
}

struct journal_reader *journal_reader_open(struct journal *journal)
{
    struct journal_reader *reader = journal->ops->reader(journal);

    if (reader == NULL || journal->tail == NULL)
        return reader;
    return journal_tail_reader(journal->tail, reader);
}

void journal_reader_close(struct journal_reader **reader)
{
    if (*reader == NULL)
        return;
    (*reader)->ops->close(*reader);
    *reader = NULL;
}

enum journal_read journal_read(struct journal_reader *reader, uint64_t number, struct text *body,
                               uint8_t hash[JOURNAL_HASH_SIZE])
{
    return reader->ops->read(reader, number, body, hash);
}

enum journal_read journal_read_record(struct journal_reader *reader, uint64_t number,
                                      struct record *out)
{
    uint8_t hash[JOURNAL_HASH_SIZE];
    struct text body;
    enum journal_read result = reader->ops->read(reader, number, &body, hash);

    if (result == JOURNAL_READ_OK && !record_decode(number, body, out))
        return JOURNAL_READ_ERROR;
    return result;
}

void journal_reader_hold(struct journal_reader *reader)
{
    reader->ops->hold(reader, true);
}

void journal_reader_let_go(struct journal_reader *reader)
{
    reader->ops->hold(reader, false);
}

enum journal_read journal_scan(struct journal_reader *reader, uint64_t number, size_t max,
                               bool (*each)(void *context, const struct record *record,
                                            const uint8_t hash[JOURNAL_HASH_SIZE],
                                            struct text body),
                               void *context, size_t *count)
{
    *count = 0;
    return reader->ops->scan(reader, number, max, each, context, count);
}

enum journal_read journal_reader_head(struct journal_reader *reader, struct journal_head *out)
{
    uint8_t hash[JOURNAL_HASH_SIZE];
    struct record record;
    struct text body;
    uint64_t number;

    *out = (struct journal_head){0};
    enum journal_read result = reader->ops->last(reader, &number, &body, hash);
    if (result == JOURNAL_READ_END)
        return JOURNAL_READ_OK;
    if (result != JOURNAL_READ_OK || !record_decode(number, body, &record))
        return JOURNAL_READ_ERROR;
    journal_head_of(&record, hash, out);
    return JOURNAL_READ_OK;
}

/* The last of records 1 ... high that begins at or before the position behind this one. */
static enum journal_read find_after(struct journal_reader *reader, uint64_t position, uint64_t high,
                                    struct record *out)
{
    uint64_t low = 1; /* the answer is in low ... high */

    while (low < high) {
        uint64_t middle = high - (high - low) / 2;

        if (journal_read_record(reader, middle, out) != JOURNAL_READ_OK)
            return JOURNAL_READ_ERROR;
        if (out->position <= position + 1)
            low = middle;
        else
            high = middle - 1;
    }
    return journal_read_record(reader, low, out);
}

/* Positions never fall from record to record, and a refusal has that of the record behind it: so
 * the last record at or below a position that exists is the one that holds it. */
enum journal_read journal_record_after(struct journal_reader *reader, uint64_t position,
                                       uint64_t *number)
{
    struct journal_head head;
    struct record record;
    enum journal_read result = journal_reader_head(reader, &head);

    if (result != JOURNAL_READ_OK)
        return result;
    *number = head.record + 1;
    if (position >= head.position)
        return JOURNAL_READ_OK;

    journal_reader_hold(reader);
    result = find_after(reader, position, head.record, &record);
    journal_reader_let_go(reader);
    if (result != JOURNAL_READ_OK)
        return JOURNAL_READ_ERROR;
    if (record.position > position + 1 ||
        position + 1 - record.position >= record_event_count(&record))
        return JOURNAL_READ_ERROR; /* the positions have a hole */
    *number = record.number;
    return JOURNAL_READ_OK;
}
