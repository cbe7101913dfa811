/* Changes the rows of accounts in a closed views.db, which stand packed in chunks. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "read/views_rows.h"

typedef void rows_change(struct views_chunk *chunk);

static inline void rows_put_back(sqlite3 *db, const struct views_chunk *chunk, int64_t number)
{
    sqlite3_stmt *put;
    assert_int_equal(sqlite3_prepare_v2(db, "REPLACE INTO accounts VALUES (?,?)", -1, &put, NULL),
                     SQLITE_OK);
    views_rows_bind_signed(put, 1, number);
    assert_int_equal(sqlite3_bind_blob(put, 2, chunk->rows,
                                       (int)(chunk->count * sizeof chunk->rows[0]), SQLITE_STATIC),
                     SQLITE_OK);
    assert_int_equal(sqlite3_step(put), SQLITE_DONE);
    assert_int_equal(sqlite3_finalize(put), SQLITE_OK);
}

/* Every chunk, the last first; one that is left without rows is deleted. */
static inline void rows_in_file_change(const char *path, rows_change *change)
{
    sqlite3 *db;
    sqlite3_stmt *chunks;
    struct views_chunk chunk;
    int changed = 0;
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(db, VIEWS_CHUNKS " DESC", -1, &chunks, NULL), SQLITE_OK);
    while (sqlite3_step(chunks) == SQLITE_ROW) {
        assert_true(views_rows_chunk(chunks, &chunk));
        change(&chunk);
        rows_put_back(db, &chunk, chunk.number);
        changed++;
    }
    assert_true(changed > 0);
    assert_int_equal(sqlite3_finalize(chunks), SQLITE_OK);
    assert_int_equal(
        sqlite3_exec(db, "DELETE FROM accounts WHERE length(rows) = 0", NULL, NULL, NULL),
        SQLITE_OK);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}
