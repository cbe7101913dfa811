/* The port's inner side: what an adapter (SQLite, memory) gives to journal.c. Private to this
 * room. The adapters' structs begin with these. */
#pragma once

#include "journal/journal.h"
#include "journal/journal_tail.h"

struct journal_ops {
    /* Appends the batch whose hashes are given, if the stored head still is journal->head and no
     * newer epoch was taken. journal->head is moved by the caller, on OK. */
    enum journal_result (*append)(struct journal *journal, const struct journal_batch *batch,
                                  const uint8_t (*hashes)[JOURNAL_HASH_SIZE]);
    bool (*reopen)(struct journal *journal); /* sets journal->head */
    /* The stored hash of a record: OK, END (no such record), ERROR. */
    enum journal_read (*hash_of)(struct journal *journal, uint64_t number,
                                 uint8_t hash[JOURNAL_HASH_SIZE]);
    void (*witness)(struct journal *journal, int64_t steady_now);
    struct journal_reader *(*reader)(struct journal *journal);
    void (*close)(struct journal *journal); /* frees it */
};

struct journal {
    const struct journal_ops *ops;
    struct journal_head head;
    uint64_t epoch;
    bool broken; /* an outcome is unknown: nothing more until reopened */
    uint8_t (*hashes)[JOURNAL_HASH_SIZE];
    size_t hashes_room;
    struct journal_tail *tail; /* NULL: none is kept */
};

struct journal_reader_ops {
    enum journal_read (*read)(struct journal_reader *reader, uint64_t number, struct text *body,
                              uint8_t hash[JOURNAL_HASH_SIZE]);
    /* The last record; *number is 0 when there is none (and the result is END). */
    enum journal_read (*last)(struct journal_reader *reader, uint64_t *number, struct text *body,
                              uint8_t hash[JOURNAL_HASH_SIZE]);
    enum journal_read (*scan)(struct journal_reader *reader, uint64_t number, size_t max,
                              bool (*each)(void *context, const struct record *record,
                                           const uint8_t hash[JOURNAL_HASH_SIZE], struct text body),
                              void *context, size_t *count);
    /* Single reads share a look at the file from here on, or no longer. */
    void (*hold)(struct journal_reader *reader, bool on);
    void (*close)(struct journal_reader *reader); /* frees it */
};

struct journal_reader {
    const struct journal_reader_ops *ops;
    uint64_t old_until; /* records up to here have the hash of the older format */
};

/* The head that a last record makes. */
void journal_head_of(const struct record *last, const uint8_t hash[JOURNAL_HASH_SIZE],
                     struct journal_head *out);
