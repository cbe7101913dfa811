#include "journal/journal_file.h"

#include <inttypes.h>
#include <string.h>

#include "base/check.h"
#include "host/log.h"
#include "journal/journal_port.h"
#include "journal/record_codec.h"

#define BUSY_MS 5000 /* only opening, recovery and checkpoints ever wait */

enum journal_open_result journal_file_failed(sqlite3 *db, const char *path, const char *doing)
{
    int code = db != NULL ? sqlite3_extended_errcode(db) : SQLITE_NOMEM;
    bool well = code == SQLITE_OK || code == SQLITE_ROW || code == SQLITE_DONE;

    log_error("journal", "failed while %s path=%s code=%d error=\"%s\"", doing, path, code,
              db == NULL ? "out of memory"
              : well     ? "a row is missing"
                         : sqlite3_errmsg(db));
    if (well) /* SQLite did all it was asked, and did not find what must be there */
        return JOURNAL_OPEN_DAMAGED;
    switch (code & 0xff) {
    case SQLITE_NOTADB:
    case SQLITE_CORRUPT:
    case SQLITE_ERROR: /* a table or column that is not there */
        return JOURNAL_OPEN_DAMAGED;
    default:
        return JOURNAL_OPEN_FAILED;
    }
}

enum journal_open_result journal_file_open(const char *path, bool writable, sqlite3 **out)
{
    int flags = SQLITE_OPEN_NOMUTEX |
                (writable ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READONLY);

    *out = NULL;
    if (sqlite3_open_v2(path, out, flags, NULL) != SQLITE_OK ||
        sqlite3_busy_timeout(*out, BUSY_MS) != SQLITE_OK ||
        sqlite3_extended_result_codes(*out, 1) != SQLITE_OK ||
        sqlite3_db_config(*out, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL) != SQLITE_OK ||
        sqlite3_db_config(*out, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, !writable, NULL) != SQLITE_OK) {
        enum journal_open_result result = journal_file_failed(*out, path, "opening");

        journal_file_close(out);
        return result;
    }
    return JOURNAL_OPEN_OK;
}

void journal_file_close(sqlite3 **db)
{
    CHECK(sqlite3_close(*db) == SQLITE_OK); /* anything else is a statement left open */
    *db = NULL;
}

bool journal_file_run(sqlite3 *db, const char *sql)
{
    return sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK;
}

bool journal_file_integer(sqlite3 *db, const char *sql, int64_t *out)
{
    sqlite3_stmt *statement;

    if (!journal_file_prepare(db, sql, &statement))
        return false;
    bool found = sqlite3_step(statement) == SQLITE_ROW;
    if (found)
        *out = sqlite3_column_int64(statement, 0);
    return sqlite3_finalize(statement) == SQLITE_OK && found;
}

bool journal_file_prepare(sqlite3 *db, const char *sql, sqlite3_stmt **out)
{
    return sqlite3_prepare_v3(db, sql, -1, SQLITE_PREPARE_PERSISTENT, out, NULL) == SQLITE_OK;
}

bool journal_file_blob(sqlite3_stmt *statement, int column, size_t max, struct text *out)
{
    if (sqlite3_column_type(statement, column) != SQLITE_BLOB)
        return false;
    out->data = sqlite3_column_blob(statement, column);
    out->size = (size_t)sqlite3_column_bytes(statement, column);
    return out->data != NULL && out->size <= max;
}

enum journal_open_result journal_file_check(sqlite3 *db, const char *path, bool *fresh)
{
    int64_t application, version, things;

    *fresh = false;
    if (!journal_file_integer(db, "PRAGMA application_id", &application) ||
        !journal_file_integer(db, "PRAGMA user_version", &version) ||
        !journal_file_integer(db, "SELECT count(*) FROM sqlite_schema", &things))
        return journal_file_failed(db, path, "reading the format");
    if (application == 0 && version == 0 && things == 0) {
        *fresh = true;
        return JOURNAL_OPEN_OK;
    }
    if (application != JOURNAL_APPLICATION_ID || version < 1) {
        log_error("journal", "this file is no journal of a bank path=%s", path);
        return JOURNAL_OPEN_DAMAGED;
    }
    if (version > JOURNAL_FILE_VERSION) {
        log_error("journal",
                  "the journal is of a newer format: use the program that wrote it path=%s "
                  "format=%" PRId64 " known=%d",
                  path, version, JOURNAL_FILE_VERSION);
        return JOURNAL_OPEN_NEWER;
    }
    return JOURNAL_OPEN_OK;
}

static enum journal_open_result damaged(const char *path, uint64_t record, const char *why)
{
    log_error("journal", "the journal is damaged: %s path=%s record=%" PRIu64, why, path, record);
    return JOURNAL_OPEN_DAMAGED;
}

/* Checks the row the statement stands on. `previous` is the hash of the row before. */
static enum journal_open_result check_last(sqlite3_stmt *row, const char *path, uint64_t number,
                                           const uint8_t previous[JOURNAL_HASH_SIZE],
                                           struct journal_head *head)
{
    uint8_t joined[JOURNAL_HASH_SIZE];
    struct text body, hash;
    struct record record;

    if (!journal_file_blob(row, 1, JOURNAL_BODY_MAX, &body) ||
        !journal_file_blob(row, 2, JOURNAL_HASH_SIZE, &hash) || hash.size != JOURNAL_HASH_SIZE)
        return damaged(path, number, "the last record has not the form of one");
    journal_hash(previous, number, body.data, body.size, joined);
    if (memcmp(joined, hash.data, JOURNAL_HASH_SIZE) != 0)
        return damaged(path, number, "the hash of the last record does not join the chain");
    if (!record_decode(number, body, &record))
        return damaged(path, number, "the last record is not sound");
    journal_head_of(&record, joined, head);
    return JOURNAL_OPEN_OK;
}

/* Steps through the last two rows, oldest first. */
static enum journal_open_result walk_end(sqlite3 *db, sqlite3_stmt *rows, const char *path,
                                         struct journal_head *head)
{
    uint8_t previous[JOURNAL_HASH_SIZE] = {0};
    uint64_t before = 0;
    int64_t last;

    if (!journal_file_integer(db, "SELECT coalesce(max(record), 0) FROM record", &last))
        return journal_file_failed(db, path, "looking for the last record");
    if (last == 0)
        return JOURNAL_OPEN_OK;
    if (sqlite3_bind_int64(rows, 1, last - 1) != SQLITE_OK)
        return journal_file_failed(db, path, "looking for the last record");
    while (sqlite3_step(rows) == SQLITE_ROW) {
        uint64_t number = (uint64_t)sqlite3_column_int64(rows, 0);
        struct text hash;

        if (number != (uint64_t)last) {
            if (!journal_file_blob(rows, 2, JOURNAL_HASH_SIZE, &hash) ||
                hash.size != JOURNAL_HASH_SIZE)
                return damaged(path, number, "a record's hash has not the form of one");
            memcpy(previous, hash.data, JOURNAL_HASH_SIZE);
            before = number;
            continue;
        }
        if (number < 1 || before != number - 1)
            return damaged(path, number, "a record before the last one is missing");
        return check_last(rows, path, number, previous, head);
    }
    return journal_file_failed(db, path, "reading the last record");
}

enum journal_open_result journal_file_head(sqlite3 *db, const char *path, struct journal_head *head)
{
    sqlite3_stmt *rows;

    *head = (struct journal_head){0};
    if (!journal_file_prepare(
            db, "SELECT record, body, hash FROM record WHERE record >= ?1 ORDER BY record", &rows))
        return journal_file_failed(db, path, "reading the end");
    enum journal_open_result result = walk_end(db, rows, path, head);
    if (sqlite3_finalize(rows) != SQLITE_OK && result == JOURNAL_OPEN_OK)
        result = journal_file_failed(db, path, "reading the end");
    return result;
}
