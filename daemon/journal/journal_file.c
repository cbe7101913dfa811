#include "journal/journal_file.h"

#include <inttypes.h>
#include <string.h>

#include "host/log.h"
#include "journal/journal_port.h"
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

enum journal_open_result journal_file_check(sqlite3 *db, const char *path, bool *fresh)
{
    int32_t version;
    enum sqlite_file_result result = sqlite_file_check(&kind, db, path, &version);
    *fresh = result == SQLITE_FILE_OK && version == 0;
    return translated(result);
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

    if (!sqlite_file_blob(row, 1, JOURNAL_BODY_MAX, &body) ||
        !sqlite_file_blob(row, 2, JOURNAL_HASH_SIZE, &hash) || hash.size != JOURNAL_HASH_SIZE)
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

    if (!sqlite_file_integer(db, "SELECT coalesce(max(record), 0) FROM record", &last))
        return journal_file_failed(db, path, "looking for the last record");
    if (last == 0)
        return JOURNAL_OPEN_OK;
    if (sqlite3_bind_int64(rows, 1, last - 1) != SQLITE_OK)
        return journal_file_failed(db, path, "looking for the last record");
    while (sqlite3_step(rows) == SQLITE_ROW) {
        uint64_t number = (uint64_t)sqlite3_column_int64(rows, 0);
        struct text hash;

        if (number != (uint64_t)last) {
            if (!sqlite_file_blob(rows, 2, JOURNAL_HASH_SIZE, &hash) ||
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
    if (!sqlite_file_prepare(
            db, "SELECT record, body, hash FROM record WHERE record >= ?1 ORDER BY record", &rows))
        return journal_file_failed(db, path, "reading the end");
    enum journal_open_result result = walk_end(db, rows, path, head);
    if (sqlite3_finalize(rows) != SQLITE_OK && result == JOURNAL_OPEN_OK)
        result = journal_file_failed(db, path, "reading the end");
    return result;
}
