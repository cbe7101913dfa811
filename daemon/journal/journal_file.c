#include "journal/journal_file.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "host/log.h"
#include "journal/journal_port.h"
#include "journal/journal_row.h"
#include "journal/record_codec.h"

#define BUSY_MS 5000 /* only opening, recovery and checkpoints ever wait */

static const struct sqlite_kind kind = {.room = "journal",
                                        .what = "the journal",
                                        .application_id = JOURNAL_APPLICATION_ID,
                                        .version = JOURNAL_FILE_VERSION};

static enum journal_open_result translated(enum sqlite_file_result result)
{
    switch (result) {
    case SQLITE_FILE_OK:
        return JOURNAL_OPEN_OK;
    case SQLITE_FILE_DAMAGED:
        return JOURNAL_OPEN_DAMAGED;
    case SQLITE_FILE_NEWER:
        return JOURNAL_OPEN_NEWER;
    case SQLITE_FILE_FAILED:
        break;
    }
    return JOURNAL_OPEN_FAILED;
}

enum journal_open_result journal_file_failed(sqlite3 *db, const char *path, const char *doing)
{
    return translated(sqlite_file_failed(&kind, db, path, doing));
}

enum journal_open_result journal_file_open(const char *path, bool writable, sqlite3 **out)
{
    const struct sqlite_setup setup = {.use = writable ? SQLITE_FILE_CREATE : SQLITE_FILE_READ,
                                       .busy_ms = BUSY_MS};
    return translated(sqlite_file_open(&kind, path, &setup, out));
}

enum journal_open_result journal_file_check(sqlite3 *db, const char *path, int32_t *version)
{
    return translated(sqlite_file_check(&kind, db, path, version));
}

/* Views of the connection's own stand in front of the tables. */
bool journal_file_show_older(sqlite3 *db)
{
    char sql[512];
    int64_t last;

    if (!sqlite_file_integer(db, "SELECT coalesce(max(record), 0) FROM main.record", &last))
        return false;
    snprintf(sql, sizeof(sql),
             "PRAGMA temp_store = MEMORY;"
             "CREATE TEMP VIEW record AS SELECT record, body, hash, NULL AS ends"
             " FROM main.record WHERE record <= %" PRId64 ";"
             "CREATE TEMP VIEW meta AS SELECT %" PRId64 " AS old_until",
             last, last);
    return sqlite_file_run(db, sql);
}

bool journal_file_hide_older(sqlite3 *db)
{
    return sqlite_file_run(db, "DROP VIEW temp.record; DROP VIEW temp.meta");
}

bool journal_file_old_until(sqlite3 *db, uint64_t *out)
{
    int64_t found;

    if (!sqlite_file_integer(db, "SELECT old_until FROM meta", &found) || found < 0)
        return false;
    *out = (uint64_t)found;
    return true;
}

static enum journal_open_result damaged(const char *path, uint64_t record, const char *why)
{
    log_error("journal", "the journal is damaged: %s path=%s record=%" PRIu64, why, path, record);
    return JOURNAL_OPEN_DAMAGED;
}

/* What the end of the journal is held against while its rows are walked. */
struct ending {
    const char *path;
    uint64_t last, old_until;
    uint64_t before; /* the record before the last one, once it was seen */
    uint8_t previous[JOURNAL_HASH_SIZE];
    bool seen;
    struct journal_head *head;
};

/* `previous` is the hash of the record before. */
static enum journal_open_result check_last(struct ending *ending, struct text body,
                                           const uint8_t hash[JOURNAL_HASH_SIZE])
{
    uint8_t joined[JOURNAL_HASH_SIZE];
    struct record record;

    if (ending->before != ending->last - 1)
        return damaged(ending->path, ending->last, "a record before the last one is missing");
    journal_hash(ending->old_until, ending->previous, ending->last, body, joined);
    if (memcmp(joined, hash, JOURNAL_HASH_SIZE) != 0)
        return damaged(ending->path, ending->last,
                       "the hash of the last record does not join the chain");
    if (!record_decode(ending->last, body, &record))
        return damaged(ending->path, ending->last, "the last record is not sound");
    journal_head_of(&record, joined, ending->head);
    ending->seen = true;
    return JOURNAL_OPEN_OK;
}

/* One of the last rows, oldest first. */
static enum journal_open_result walk_row(struct ending *ending, sqlite3_stmt *statement)
{
    struct journal_row row;

    if (!journal_row_get(statement, &row))
        return damaged(ending->path, row.first, "one of the last rows has not the form of one");
    if (ending->before != 0 && row.first != ending->before + 1)
        return damaged(ending->path, row.first, "one of the last rows does not follow another");
    for (size_t i = 0; i < row.count; i++) {
        if (row.first + i == ending->last)
            return check_last(ending, journal_row_body(&row, i), journal_row_hash(&row, i));
        memcpy(ending->previous, journal_row_hash(&row, i), JOURNAL_HASH_SIZE);
        ending->before = row.first + i;
    }
    return JOURNAL_OPEN_OK;
}

/* From the row of the last record but one to the end. */
static enum journal_open_result walk_end(sqlite3 *db, sqlite3_stmt *rows, struct ending *ending)
{
    enum journal_open_result result = JOURNAL_OPEN_OK;
    int64_t last;

    if (!sqlite_file_integer(db, "SELECT coalesce(max(record), 0) FROM record", &last) ||
        !journal_file_old_until(db, &ending->old_until))
        return journal_file_failed(db, ending->path, "looking for the last record");
    if (last == 0)
        return JOURNAL_OPEN_OK;
    if (last < 0)
        return damaged(ending->path, 0, "a row has no number of a record");
    ending->last = (uint64_t)last;
    if (sqlite3_bind_int64(rows, 1, last - 1) != SQLITE_OK)
        return journal_file_failed(db, ending->path, "looking for the last record");
    while (result == JOURNAL_OPEN_OK && !ending->seen && sqlite3_step(rows) == SQLITE_ROW)
        result = walk_row(ending, rows);
    if (result == JOURNAL_OPEN_OK && !ending->seen)
        return journal_file_failed(db, ending->path, "reading the last record");
    return result;
}

enum journal_open_result journal_file_head(sqlite3 *db, const char *path, struct journal_head *head)
{
    struct ending ending = {.path = path, .head = head};
    sqlite3_stmt *rows;

    *head = (struct journal_head){0};
    if (!sqlite_file_prepare(
            db, "SELECT " JOURNAL_ROW_COLUMNS " FROM record WHERE record >= ?1 ORDER BY record",
            &rows))
        return journal_file_failed(db, path, "reading the end");
    enum journal_open_result result = walk_end(db, rows, &ending);
    if (sqlite3_finalize(rows) != SQLITE_OK && result == JOURNAL_OPEN_OK)
        result = journal_file_failed(db, path, "reading the end");
    return result;
}
