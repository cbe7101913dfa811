/* Rows of views.db: writing them (the projector's thread, inside a transaction), and reading their
 * columns (anybody with a statement). */
#pragma once

#include "read/month_run.h"
#include "read/views_db.h"

/* Rows of accounts change all the time, so they are written as they stand in memory, and many at
 * once: those of VIEWS_CHUNK numbers in a row fill a page of the file, which would be written as a
 * whole for one of them as well. In a chunk they stand in the order of their numbers, `pending`
 * being 0. Another layout of the row is another VIEWS_VERSION. */
#define VIEWS_CHUNK 56u
struct views_chunk {
    uint32_t number; /* sequence / VIEWS_CHUNK of all its rows */
    unsigned count;  /* 1 ... VIEWS_CHUNK */
    struct account_row rows[VIEWS_CHUNK];
};
_Static_assert(VIEWS_CHUNK <= ACCOUNT_RANGE_MAX, "looked up at once");

bool views_rows_begin(struct views_db *db) MUST_USE;
bool views_rows_commit(struct views_db *db) MUST_USE;
void views_rows_rollback(struct views_db *db);
bool views_rows_put_chunk(struct views_db *db, const struct views_chunk *chunk) MUST_USE;
bool views_rows_put_opening(struct views_db *db, const struct opening *opening) MUST_USE;
bool views_rows_put_step(struct views_db *db, uint64_t account,
                         const struct step_row *row) MUST_USE;
/* Oldest first, and later than all that are there. */
bool views_rows_put_months(struct views_db *db, uint64_t account, const struct month_row *rows,
                           size_t count) MUST_USE;
bool views_rows_put_meta(struct views_db *db, const struct views_meta *meta) MUST_USE;

/* Binding by position; sqlite's integers are signed, ours stay below 2^63. */
void views_rows_bind(sqlite3_stmt *statement, int index, uint64_t value);
void views_rows_bind_signed(sqlite3_stmt *statement, int index, int64_t value);
static inline uint64_t views_rows_column(sqlite3_stmt *statement, int column)
{
    return (uint64_t)sqlite3_column_int64(statement, column);
}
/* The chunk a row of VIEWS_CHUNKS holds; false when it is none: another size, rows of accounts that
 * do not belong there, or out of order. What the rows say is not looked at. */
#define VIEWS_CHUNKS "SELECT chunk, rows FROM accounts ORDER BY chunk"
bool views_rows_chunk(sqlite3_stmt *statement, struct views_chunk *out) MUST_USE;
/* The columns of the table from `column` on, in the order of the schema. */
void views_rows_step(sqlite3_stmt *statement, int column, struct step_row *out);
#define VIEWS_STEP_COLUMNS "step, record, position, at, balance, kinds"
/* The run that a row of these columns holds; false when it is none. What its sums say is not looked
 * at. */
#define VIEWS_RUN_COLUMNS "account, month, run"
#define VIEWS_RUNS "SELECT " VIEWS_RUN_COLUMNS " FROM months ORDER BY account, month"
bool views_rows_run(sqlite3_stmt *statement, struct month_run *out) MUST_USE;
