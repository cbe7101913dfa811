/* The journal: the bank's only truth, an append-only log of records behind a port.
 *
 * The port completes later in principle (a network could stand behind it); the SQLite and memory
 * adapters complete inside submit. One writer, any number of readers, each reader owned by one
 * thread. Body bytes are record_codec.h's; the journal numbers, chains and keeps them.
 *
 * The chain: hash(n) = SHA-256(hash(n-1) || le64(n) || body), hash(0) = zero. In a journal that an
 * older format began it is BLAKE2b-256 up to the record it had when it was brought up. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/check.h"
#include "domain/record.h"

#define JOURNAL_HASH_SIZE 32
#define JOURNAL_BODY_MAX 4096 /* of one record; the largest the codec makes is below 2 KiB */

struct journal_head {
    uint64_t record;   /* last one; 0: empty */
    uint64_t position; /* last event's; 0: none */
    int64_t at;        /* of the last record; 0: none */
    uint8_t hash[JOURNAL_HASH_SIZE];
};

/* Records to append, encoded. `first` is expected head's record + 1; bodies stand one after the
 * other in `bytes`, `ends[i]` is where body i ends. */
struct journal_batch {
    uint64_t first;
    size_t count;
    const uint8_t *bytes;
    const size_t *ends;
    uint64_t last_position; /* head's position after the batch */
    int64_t last_at;
};

/* Names a submitted batch: its last record and the hash of it. */
struct journal_token {
    uint64_t record;
    uint8_t hash[JOURNAL_HASH_SIZE];
};

enum journal_result {
    JOURNAL_OK,       /* on disk */
    JOURNAL_CONFLICT, /* the head was not the expected one: nothing appended */
    JOURNAL_FENCED,   /* another writer has a newer epoch: nothing appended, stop writing */
    JOURNAL_UNKNOWN,  /* may or may not be there: reopen, then find */
};

enum journal_open_result {
    JOURNAL_OPEN_OK,
    JOURNAL_OPEN_NEWER,   /* a newer file format: message printed to the log */
    JOURNAL_OPEN_DAMAGED, /* not a journal, behind its witness, or a chain that does not join */
    JOURNAL_OPEN_FAILED,  /* the file system said no */
};

struct journal;
struct journal_reader;

/* Opens or creates. Checks format, application id, head witness and the last record's hash; the
 * whole chain is `verify`'s business. `epoch` of this writer is one more than the last one's. */
enum journal_open_result journal_open_sqlite(const char *path, struct journal **out) MUST_USE;
struct journal *journal_open_memory(void);
void journal_close(struct journal **journal); /* checkpoints, writes the witness */

/* Writer's side: the engine's thread only. */
void journal_head(const struct journal *journal, struct journal_head *out);
uint64_t journal_epoch(const struct journal *journal);
/* *token is set in every case. After UNKNOWN every further submit and find answers UNKNOWN until
 * journal_reopen has succeeded. */
enum journal_result journal_submit(struct journal *journal, const struct journal_batch *batch,
                                   const struct journal_head *expected, uint64_t epoch,
                                   struct journal_token *token) MUST_USE;
/* After UNKNOWN: forgets the connection and opens anew; false when that fails (try later). The
 * head is then the file's own, and what is there is made durable before this returns true. The
 * epoch stays: a writer that was overtaken meanwhile is fenced at its next submit. */
bool journal_reopen(struct journal *journal) MUST_USE;
/* Whether a batch is there after all: OK, CONFLICT (not there), or UNKNOWN (cannot tell yet). */
enum journal_result journal_find(struct journal *journal,
                                 const struct journal_token *token) MUST_USE;
/* Writes the head witness when a second has passed since the last one; cheap otherwise. */
void journal_witness(struct journal *journal, int64_t steady_now);

/* From here on the last records stay in memory too (some megabytes), for readers that are opened
 * from this journal: following it costs them no look at the file. Once, before the first reader. */
void journal_keep_tail(struct journal *journal);

/* Readers' side. A reader sees what is committed; records never change once read. Close readers
 * before the journal they were opened from. A reader of a path works beside a writer, after a
 * crash, and on a bank that stands still; it needs a writable folder (SQLite's index of its log)
 * and never writes the journal. NULL: logged why. */
struct journal_reader *journal_reader_open_sqlite(const char *path) MUST_USE; /* read-only; NULL */
struct journal_reader *journal_reader_open(struct journal *journal) MUST_USE; /* of either kind */
void journal_reader_close(struct journal_reader **reader);

enum journal_read { JOURNAL_READ_OK, JOURNAL_READ_END, JOURNAL_READ_ERROR };
/* One record's body and hash. The body stays valid until the next call on this reader. */
enum journal_read journal_read(struct journal_reader *reader, uint64_t number, struct text *body,
                               uint8_t hash[JOURNAL_HASH_SIZE]) MUST_USE;
/* The same and decoded; the record's texts point into the body. Undecodable: ERROR. */
enum journal_read journal_read_record(struct journal_reader *reader, uint64_t number,
                                      struct record *out) MUST_USE;
/* Between the two, reads of single records share one look at the file, which costs each of them
 * half; a record that is newer than the look is found all the same. As with a scan, the file's log
 * is not reused meanwhile: let go soon. */
void journal_reader_hold(struct journal_reader *reader);
void journal_reader_let_go(struct journal_reader *reader);
/* Sequential: from `number` on, calls `each` for up to `max` records, returns after the last one
 * there is. `each` returns false to stop early. *count is how many were handed over, the one that
 * stopped it included. END when there was nothing at `number` or behind it (*count is 0), ERROR
 * also when a record is missing or does not decode (those before it were handed over). `each` must
 * not use this reader; record, hash and body are its only until it returns. A scan is one read
 * transaction, which keeps the file's log from being reused: bound `max`, above all in a daemon. */
enum journal_read journal_scan(struct journal_reader *reader, uint64_t number, size_t max,
                               bool (*each)(void *context, const struct record *record,
                                            const uint8_t hash[JOURNAL_HASH_SIZE],
                                            struct text body),
                               void *context, size_t *count) MUST_USE;
enum journal_read journal_reader_head(struct journal_reader *reader,
                                      struct journal_head *out) MUST_USE;
/* The number of the record that holds the first event after `position` (head + 1 if none yet):
 * a binary search over the records' first positions. */
enum journal_read journal_record_after(struct journal_reader *reader, uint64_t position,
                                       uint64_t *number) MUST_USE;

/* Whether the journal still holds the record its head witness saw, for tools that only read; a
 * daemon may be writing. True when there is no witness. False: `why` says what is wrong. */
bool journal_check_witness(const char *path, char *why, size_t size) MUST_USE;

/* The next hash of the chain, for a journal whose records up to `old_until` have the older one's.
 */
uint64_t journal_old_until(const struct journal_reader *reader);
void journal_hash(uint64_t old_until, const uint8_t previous[JOURNAL_HASH_SIZE], uint64_t number,
                  struct text body, uint8_t out[JOURNAL_HASH_SIZE]);

/* For tests and the simulation: the next submit of a memory journal answers UNKNOWN, and the
 * batch was appended or not. */
void journal_memory_fail_next(struct journal *journal, bool appended);
