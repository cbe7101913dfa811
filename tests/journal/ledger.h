/* What the journal's tests share: a folder that goes away, records made one after the other, and
 * batches of them. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "domain/record.h"
#include "host/log.h"
#include "journal/journal.h"
#include "journal/record_codec.h"

#define EUR 978
#define ANA UINT64_C(1000000016)
#define BEN UINT64_C(1000000024)
#define FIRST_AT INT64_C(1700000000000000)

struct folder_of_test {
    char path[64];
    char journal[96], witness[96];
};

static inline void folder_make(struct folder_of_test *folder)
{
    strcpy(folder->path, "/tmp/teller-test-XXXXXX");
    assert_non_null(mkdtemp(folder->path));
    snprintf(folder->journal, sizeof(folder->journal), "%s/journal.db", folder->path);
    snprintf(folder->witness, sizeof(folder->witness), "%s/journal.head", folder->path);
}

static inline void folder_remove(struct folder_of_test *folder)
{
    static const char *const names[] = {"journal.db",   "journal.db-wal",   "journal.db-shm",
                                        "journal.head", "journal.head.new", "copy.db",
                                        "copy.db-wal",  "copy.db-shm",      "copy.head"};
    char path[128];

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        snprintf(path, sizeof(path), "%s/%s", folder->path, names[i]);
        (void)unlink(path);
    }
    assert_int_equal(rmdir(folder->path), 0);
}

static inline struct record record_front(uint8_t kind, uint64_t number, uint64_t position)
{
    return (struct record){
        .number = number,
        .position = position,
        .at = FIRST_AT + (int64_t)number,
        .kind = kind,
        .op = kind,
        .channel = CHANNEL_REST,
        .actor = TEXT("ana"),
        .currency = EUR,
        .leg_count = 1,
    };
}

/* Record `number` of a story that goes on for ever: two openings, then transfers to and fro, every
 * seventh record a refusal. They only have to be sound one by one. */
static inline struct record story(uint64_t number, uint64_t position)
{
    struct record record = record_front(RECORD_MONEY_TRANSFERRED, number, position);

    if (number <= 2) {
        record.kind = record.op = RECORD_ACCOUNT_CREATED;
        record.owner = TEXT("Somebody");
        record.legs[0] = (struct leg){number == 1 ? ANA : BEN, 2, {1000}, {1000}, 0};
        return record;
    }
    record.key = TEXT("key-of-twenty-letter");
    memset(record.digest, (int)(number & 0xff), sizeof(record.digest));
    record.amount = money(1 + (int64_t)(number % 100));
    if (number % 7 == 0) {
        record.kind = RECORD_REFUSED;
        record.op = RECORD_OP_WITHDRAW_MONEY;
        record.currency = 0;
        record.refusal = STATUS_account_not_found;
        record.leg_count = 0;
        return record;
    }
    record.reference = TEXT("Rent of May");
    record.legs[0] = (struct leg){ANA, 2 * number, {1000}, {-record.amount.minor}, number - 1};
    record.legs[1] = (struct leg){BEN, 2 * number, {1000}, record.amount, number - 2};
    record.leg_count = 2;
    return record;
}

#define BATCH_MAX 600

struct batch_of_test {
    struct journal_batch batch;
    struct bytes bytes;
    size_t ends[BATCH_MAX];
};

/* The next `count` records of the story after a head. */
static inline void batch_make(struct batch_of_test *out, const struct journal_head *head,
                              size_t count)
{
    uint64_t position = head->position;

    assert_true(count <= BATCH_MAX);
    bytes_init(&out->bytes, BATCH_MAX * JOURNAL_BODY_MAX);
    out->batch = (struct journal_batch){.first = head->record + 1, .count = count};
    for (size_t i = 0; i < count; i++) {
        struct record record = story(head->record + 1 + i, position + 1);

        record_encode(&record, &out->bytes);
        out->ends[i] = out->bytes.size;
        position += record_event_count(&record);
        out->batch.last_at = record.at;
    }
    assert_false(out->bytes.overflow);
    out->batch.bytes = out->bytes.data;
    out->batch.ends = out->ends;
    out->batch.last_position = position;
}

static inline void batch_free(struct batch_of_test *batch)
{
    bytes_close(&batch->bytes);
}

/* Submits the next records of the story behind the journal's own head. */
static inline enum journal_result append(struct journal *journal, size_t count,
                                         struct journal_token *token)
{
    struct journal_head head;
    struct journal_token unused;
    struct batch_of_test batch;

    journal_head(journal, &head);
    batch_make(&batch, &head, count);
    enum journal_result result = journal_submit(
        journal, &batch.batch, &head, journal_epoch(journal), token != NULL ? token : &unused);
    batch_free(&batch);
    return result;
}

/* Appends `count` records in batches of different sizes. */
static inline void fill(struct journal *journal, size_t count)
{
    for (size_t size = 1; count > 0; size = size * 3 + 1) {
        size_t part = size < count ? size : count;

        part = part < BATCH_MAX ? part : BATCH_MAX;
        assert_int_equal(append(journal, part, NULL), JOURNAL_OK);
        count -= part;
    }
}

struct walk {
    uint64_t next, position;
    uint8_t hash[JOURNAL_HASH_SIZE];
    bool joined;   /* the chain so far, and the positions */
    uint64_t stop; /* after this record; 0: never */
    uint64_t old_until;
};

static inline bool walk_each(void *context, const struct record *record,
                             const uint8_t hash[JOURNAL_HASH_SIZE], struct text body)
{
    struct walk *walk = context;
    uint8_t joined[JOURNAL_HASH_SIZE];

    journal_hash(walk->old_until, walk->hash, record->number, body, joined);
    if (record->number != walk->next || memcmp(joined, hash, sizeof(joined)) != 0 ||
        record->position != walk->position + 1)
        walk->joined = false;
    memcpy(walk->hash, hash, sizeof(walk->hash));
    walk->next++;
    walk->position += record_event_count(record);
    return record->number != walk->stop;
}

/* Walks the whole journal in scans of `max`; returns the number of records. */
static inline uint64_t walk_all(struct journal_reader *reader, size_t max, struct walk *walk)
{
    size_t count;

    *walk = (struct walk){.next = 1, .joined = true, .old_until = journal_old_until(reader)};
    for (;;) {
        enum journal_read read = journal_scan(reader, walk->next, max, walk_each, walk, &count);

        assert_int_not_equal(read, JOURNAL_READ_ERROR);
        if (read == JOURNAL_READ_END) {
            assert_int_equal(count, 0);
            return walk->next - 1;
        }
        assert_true(count > 0);
    }
}

/* The journal is whole: gapless, chained, of `count` records, and its head is its end. */
static inline void assert_whole(struct journal_reader *reader, uint64_t count)
{
    struct journal_head head;
    struct walk walk;

    assert_int_equal(walk_all(reader, 100, &walk), count);
    assert_true(walk.joined);
    assert_int_equal(journal_reader_head(reader, &head), JOURNAL_READ_OK);
    assert_int_equal(head.record, count);
    assert_int_equal(head.position, walk.position);
    assert_memory_equal(head.hash, walk.hash, JOURNAL_HASH_SIZE);
}

static inline void assert_same_head(const struct journal_head *a, const struct journal_head *b)
{
    assert_int_equal(a->record, b->record);
    assert_int_equal(a->position, b->position);
    assert_int_equal(a->at, b->at);
    assert_memory_equal(a->hash, b->hash, JOURNAL_HASH_SIZE);
}
