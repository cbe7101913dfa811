/* A row of the file's table: one record or, to save the cost of a row, a few that were committed
 * together. `record` is the number of the last one, `body` their bodies and `hash` their hashes,
 * each in order and without anything between; `ends` is NULL for one record, otherwise a u16 each,
 * little-endian: where its body ends. Private to this room. */
#pragma once

#include <sqlite3.h>

#include "journal/journal.h"

#define JOURNAL_ROW_RECORDS 8  /* most in a row: what a single read has to skip at most */
#define JOURNAL_ROW_BYTES 1024 /* of bodies in a row of several; three such rows fill a page */
#define JOURNAL_ROW_COLUMNS "record, body, hash, ends"

struct journal_row {
    uint64_t first;
    size_t count;
    struct text bodies;
    const uint8_t *hashes;
    uint8_t ends[2 * JOURNAL_ROW_RECORDS];
};

/* The next row of a batch, which goes on pointing into batch and hashes. `from` counts in the
 * batch; the one behind it is from + count. */
void journal_row_next(const struct journal_batch *batch, const uint8_t (*hashes)[JOURNAL_HASH_SIZE],
                      size_t from, struct journal_row *out);
/* Binds it to ?1 ... ?4, in the order of the columns. The row must stay until they are cleared. */
bool journal_row_bind(sqlite3_stmt *insert, const struct journal_row *row) MUST_USE;

/* The row that a statement over JOURNAL_ROW_COLUMNS stands on; points into it until its next step.
 * False: it has not the form of one, but *first is set as far as it can be told. */
bool journal_row_get(sqlite3_stmt *statement, struct journal_row *out) MUST_USE;
/* Of one record in it; `index` is below count. */
struct text journal_row_body(const struct journal_row *row, size_t index);
const uint8_t *journal_row_hash(const struct journal_row *row, size_t index);
