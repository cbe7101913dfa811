/* A journal reader that counts what is read, and fails when it is told to. */
#pragma once

#include <stdatomic.h>

#include "journal/journal_port.h"

struct watched_reader {
    struct journal_reader port;
    struct journal_reader *inner;
    size_t reads; /* single records */
    atomic_bool fail, fail_scan;
    bool held;
};

static inline enum journal_read watched_read(struct journal_reader *reader, uint64_t number,
                                             struct text *body, uint8_t hash[JOURNAL_HASH_SIZE])
{
    struct watched_reader *watched = (struct watched_reader *)reader;
    watched->reads++;
    if (watched->fail)
        return JOURNAL_READ_ERROR;
    return watched->inner->ops->read(watched->inner, number, body, hash);
}

static inline enum journal_read watched_last(struct journal_reader *reader, uint64_t *number,
                                             struct text *body, uint8_t hash[JOURNAL_HASH_SIZE])
{
    struct watched_reader *watched = (struct watched_reader *)reader;
    if (watched->fail)
        return JOURNAL_READ_ERROR;
    return watched->inner->ops->last(watched->inner, number, body, hash);
}

static inline enum journal_read
watched_scan(struct journal_reader *reader, uint64_t number, size_t max,
             bool (*each)(void *context, const struct record *record,
                          const uint8_t hash[JOURNAL_HASH_SIZE], struct text body),
             void *context, size_t *count)
{
    struct watched_reader *watched = (struct watched_reader *)reader;
    if (watched->fail || watched->fail_scan)
        return JOURNAL_READ_ERROR;
    return watched->inner->ops->scan(watched->inner, number, max, each, context, count);
}

static inline void watched_hold(struct journal_reader *reader, bool on)
{
    struct watched_reader *watched = (struct watched_reader *)reader;
    watched->held = on;
    watched->inner->ops->hold(watched->inner, on);
}

static inline void watched_close(struct journal_reader *reader)
{
    struct watched_reader *watched = (struct watched_reader *)reader;
    journal_reader_close(&watched->inner);
    free(watched);
}

static inline struct watched_reader *watched_reader_new(struct journal *journal)
{
    static const struct journal_reader_ops ops = {
        .read = watched_read,
        .last = watched_last,
        .scan = watched_scan,
        .hold = watched_hold,
        .close = watched_close,
    };
    struct watched_reader *watched = calloc(1, sizeof *watched);
    assert_non_null(watched);
    watched->port.ops = &ops;
    watched->inner = journal_reader_open(journal);
    return watched;
}
