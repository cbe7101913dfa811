/* Journals of the format before, as their own program left them: a row a record, all of the chain
 * BLAKE2b. */
#pragma once

#include <sqlite3.h>

#include "journal/ledger.h"

static inline sqlite3 *open_as_a_stranger(const struct folder_of_test *folder)
{
    sqlite3 *db;

    assert_int_equal(sqlite3_open(folder->journal, &db), SQLITE_OK);
    return db;
}

static const char FORMAT_1[] =
    "BEGIN;"
    "CREATE TABLE record("
    " record INTEGER PRIMARY KEY, body BLOB NOT NULL, hash BLOB NOT NULL) STRICT;"
    "CREATE TABLE meta("
    " one INTEGER PRIMARY KEY CHECK (one = 1), epoch INTEGER NOT NULL) STRICT;"
    "INSERT INTO meta VALUES (1, 6);"
    "CREATE TRIGGER record_is_never_changed BEFORE UPDATE ON record BEGIN"
    " SELECT raise(ABORT, 'records are never changed'); END;"
    "CREATE TRIGGER record_is_never_deleted BEFORE DELETE ON record BEGIN"
    " SELECT raise(ABORT, 'records are never deleted'); END;"
    "PRAGMA application_id = 1952803946;"
    "PRAGMA user_version = 1;"
    "COMMIT;"
    "PRAGMA journal_mode = WAL";

/* A bank of the format before, as its own program left it; *last is the last record's hash. */
static inline void make_journal_of_format_1(const struct folder_of_test *folder, size_t records,
                                            uint8_t last[JOURNAL_HASH_SIZE])
{
    struct journal_head head = {0};
    struct batch_of_test batch;
    sqlite3 *db = open_as_a_stranger(folder);
    sqlite3_stmt *insert;

    assert_int_equal(sqlite3_exec(db, FORMAT_1, NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(
        sqlite3_prepare_v2(db, "INSERT INTO record VALUES (?1, ?2, ?3)", -1, &insert, NULL),
        SQLITE_OK);
    batch_make(&batch, &head, records);
    memset(last, 0, JOURNAL_HASH_SIZE);
    for (size_t i = 0; i < records; i++) {
        size_t start = i == 0 ? 0 : batch.ends[i - 1];
        struct text body = {(const char *)batch.bytes.data + start, batch.ends[i] - start};

        journal_hash(records, last, i + 1, body, last);
        assert_int_equal(sqlite3_bind_int64(insert, 1, (int64_t)i + 1), SQLITE_OK);
        assert_int_equal(sqlite3_bind_blob(insert, 2, body.data, (int)body.size, SQLITE_STATIC),
                         SQLITE_OK);
        assert_int_equal(sqlite3_bind_blob(insert, 3, last, JOURNAL_HASH_SIZE, SQLITE_STATIC),
                         SQLITE_OK);
        assert_int_equal(sqlite3_step(insert), SQLITE_DONE);
        assert_int_equal(sqlite3_reset(insert), SQLITE_OK);
    }
    batch_free(&batch);
    assert_int_equal(sqlite3_finalize(insert), SQLITE_OK);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}
