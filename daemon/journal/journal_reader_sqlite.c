/* The journal's readers on SQLite: read-only connections that never copy the log. Opened beside a
 * writer or on a bank that stands still; SQLite makes the small files of the log when they are
 * missing, so the folder must be writable even for reading. */
#include <inttypes.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "host/log.h"
#include "journal/journal.h"
#include "journal/journal_file.h"
#include "journal/journal_port.h"
#include "journal/journal_row.h"
#include "journal/record_codec.h"

/* As much as SQLite maps of a file at most. A point read of what is mapped takes half the time of
 * one that is not (from some 15 million transfers on, the rest is read). */
#define MAPPED_BYTES "2147418112"

enum statement { READ, LAST, SCAN, BEGIN, END, STATEMENT_COUNT };

static const char *const STATEMENTS[STATEMENT_COUNT] = {
    [READ] =
        "SELECT " JOURNAL_ROW_COLUMNS " FROM record WHERE record >= ?1 ORDER BY record LIMIT 1",
    [LAST] = "SELECT " JOURNAL_ROW_COLUMNS " FROM record ORDER BY record DESC LIMIT 1",
    [SCAN] = "SELECT " JOURNAL_ROW_COLUMNS " FROM record WHERE record >= ?1 ORDER BY record",
    [BEGIN] = "BEGIN",
    [END] = "COMMIT",
};

struct journal_reader_sqlite {
    struct journal_reader port;
    sqlite3 *db;
    sqlite3_stmt *statements[STATEMENT_COUNT];
    bool held;                      /* single reads share a transaction, begun by the first */
    uint8_t body[JOURNAL_BODY_MAX]; /* of the last single read: no statement stays open for it */
};

static enum journal_read trouble(struct journal_reader_sqlite *reader, uint64_t number)
{
    log_error("journal", "a record cannot be read record=%" PRIu64 " code=%d error=\"%s\"", number,
              sqlite3_extended_errcode(reader->db), sqlite3_errmsg(reader->db));
    return JOURNAL_READ_ERROR;
}

static enum journal_read unsound(uint64_t number)
{
    log_error("journal", "a record is missing or not sound record=%" PRIu64, number);
    return JOURNAL_READ_ERROR;
}

static bool is_looking(const struct journal_reader_sqlite *reader)
{
    return sqlite3_get_autocommit(reader->db) == 0;
}

static bool run(struct journal_reader_sqlite *reader, enum statement what)
{
    sqlite3_stmt *statement = reader->statements[what];
    bool done = sqlite3_step(statement) == SQLITE_DONE;

    return sqlite3_reset(statement) == SQLITE_OK && done;
}

/* What is read next is as new as can be. */
static void look_anew(struct journal_reader_sqlite *reader)
{
    if (is_looking(reader) && !run(reader, END))
        log_error("journal", "a reader cannot end its look at the file code=%d error=\"%s\"",
                  sqlite3_extended_errcode(reader->db), sqlite3_errmsg(reader->db));
}

/* One record of the row that the statement finds; *number 0 becomes that of the row's last one. */
static enum journal_read read_one(struct journal_reader_sqlite *reader, sqlite3_stmt *statement,
                                  uint64_t *number, struct text *body,
                                  uint8_t hash[JOURNAL_HASH_SIZE])
{
    struct journal_row row;
    int step = sqlite3_step(statement);
    bool sound = step == SQLITE_ROW && journal_row_get(statement, &row);

    if (sound && *number == 0)
        *number = row.first + row.count - 1;
    sound = sound && row.first <= *number;
    if (sound) {
        *body = journal_row_body(&row, *number - row.first);
        memcpy(reader->body, body->data, body->size);
        memcpy(hash, journal_row_hash(&row, *number - row.first), JOURNAL_HASH_SIZE);
        body->data = (const char *)reader->body;
    }
    if (sqlite3_reset(statement) != SQLITE_OK)
        return trouble(reader, *number);
    if (step == SQLITE_DONE)
        return JOURNAL_READ_END;
    return sound ? JOURNAL_READ_OK : unsound(*number);
}

static enum journal_read sqlite_read(struct journal_reader *port, uint64_t number,
                                     struct text *body, uint8_t hash[JOURNAL_HASH_SIZE])
{
    struct journal_reader_sqlite *reader = (struct journal_reader_sqlite *)port;
    sqlite3_stmt *statement = reader->statements[READ];

    if (number < 1 || number > INT64_MAX)
        return JOURNAL_READ_END;
    if (sqlite3_bind_int64(statement, 1, (int64_t)number) != SQLITE_OK)
        return trouble(reader, number);
    if (reader->held && !is_looking(reader) && !run(reader, BEGIN))
        return trouble(reader, number);
    enum journal_read result = read_one(reader, statement, &number, body, hash);
    if (result != JOURNAL_READ_END || !is_looking(reader))
        return result;
    look_anew(reader); /* it may have been appended since */
    return read_one(reader, statement, &number, body, hash);
}

static enum journal_read sqlite_last(struct journal_reader *port, uint64_t *number,
                                     struct text *body, uint8_t hash[JOURNAL_HASH_SIZE])
{
    struct journal_reader_sqlite *reader = (struct journal_reader_sqlite *)port;

    *number = 0;
    look_anew(reader);
    return read_one(reader, reader->statements[LAST], number, body, hash);
}

struct scan {
    uint64_t next;    /* record that is due */
    bool first;       /* no row was read yet: it may hold records before the due one */
    bool more, sound; /* they want more; what was read is whole */
};

/* Hands over what is due of the row the statement stands on, up to `max` records. */
static void scan_row(struct scan *scan, sqlite3_stmt *statement, size_t max,
                     bool (*each)(void *context, const struct record *record,
                                  const uint8_t hash[JOURNAL_HASH_SIZE], struct text body),
                     void *context)
{
    struct journal_row row;

    scan->sound = journal_row_get(statement, &row) &&
                  (scan->first ? row.first <= scan->next : row.first == scan->next);
    scan->first = false;
    for (size_t i = scan->next - row.first; scan->sound && i < row.count && max > 0; max--, i++) {
        struct text body = journal_row_body(&row, i);
        struct record record;

        scan->sound = record_decode(scan->next, body, &record);
        if (!scan->sound)
            return;
        scan->next++;
        scan->more = each(context, &record, journal_row_hash(&row, i), body);
        if (!scan->more)
            return;
    }
}

static enum journal_read sqlite_scan(struct journal_reader *port, uint64_t number, size_t max,
                                     bool (*each)(void *context, const struct record *record,
                                                  const uint8_t hash[JOURNAL_HASH_SIZE],
                                                  struct text body),
                                     void *context, size_t *count)
{
    struct journal_reader_sqlite *reader = (struct journal_reader_sqlite *)port;
    sqlite3_stmt *rows = reader->statements[SCAN];
    struct scan scan = {.next = number, .first = true, .more = true, .sound = true};
    size_t before = *count; /* that came from elsewhere: they are part of `max` */
    int step = SQLITE_ROW;

    if (number < 1 || number > INT64_MAX)
        return JOURNAL_READ_END;
    look_anew(reader);
    if (sqlite3_bind_int64(rows, 1, (int64_t)number) != SQLITE_OK)
        return trouble(reader, number);
    while (scan.sound && scan.more && *count < max && (step = sqlite3_step(rows)) == SQLITE_ROW) {
        scan_row(&scan, rows, max - *count, each, context);
        *count = before + (size_t)(scan.next - number);
    }
    if (sqlite3_reset(rows) != SQLITE_OK)
        return trouble(reader, scan.next);
    if (!scan.sound)
        return unsound(scan.next);
    return step == SQLITE_DONE && *count == 0 ? JOURNAL_READ_END : JOURNAL_READ_OK;
}

static void sqlite_hold(struct journal_reader *port, bool on)
{
    struct journal_reader_sqlite *reader = (struct journal_reader_sqlite *)port;

    reader->held = on;
    if (!on)
        look_anew(reader);
}

static void sqlite_close(struct journal_reader *port)
{
    struct journal_reader_sqlite *reader = (struct journal_reader_sqlite *)port;

    sqlite_file_finalize_all(reader->statements, STATEMENT_COUNT);
    sqlite_file_close(&reader->db);
    free(reader);
}

static const struct journal_reader_ops reader_ops = {
    .read = sqlite_read,
    .last = sqlite_last,
    .scan = sqlite_scan,
    .hold = sqlite_hold,
    .close = sqlite_close,
};

struct journal_reader *journal_reader_open_sqlite(const char *path)
{
    struct journal_reader_sqlite *reader = calloc(1, sizeof(*reader));
    int32_t version;

    CHECK(reader != NULL);
    CHECK(sodium_init() >= 0);
    reader->port.ops = &reader_ops;
    if (journal_file_open(path, false, &reader->db) != JOURNAL_OPEN_OK ||
        journal_file_check(reader->db, path, &version) != JOURNAL_OPEN_OK)
        goto fail;
    if (version == 0) {
        log_error("journal", "there is no journal in this file yet path=%s", path);
        goto fail;
    }
    if ((version == JOURNAL_FILE_VERSION || journal_file_show_older(reader->db)) &&
        sqlite_file_run(reader->db, "PRAGMA mmap_size = " MAPPED_BYTES) &&
        journal_file_old_until(reader->db, &reader->port.old_until) &&
        sqlite_file_prepare_all(reader->db, STATEMENTS, reader->statements, STATEMENT_COUNT))
        return &reader->port;
    (void)journal_file_failed(reader->db, path, "preparing to read");
fail:
    sqlite_close(&reader->port);
    return NULL;
}
