/* The journal's writer on SQLite: one connection, one table appended at its end, one transaction
 * a submit. The write-ahead log is fsynced by every commit (synchronous=FULL) and copied into the
 * file by this connection alone.
 *
 * What SQLite answers to a COMMIT is believed when it is yes. Any no may be a lie of the disk: the
 * transaction is rolled back where that is possible, the answer is "unknown", and only a new
 * connection, after it has copied the whole log into the file, says what is there. That copy also
 * takes care of a log that was written but, its fsync having failed, is not on the disk. */
#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/time.h"
#include "host/folder.h"
#include "host/log.h"
#include "journal/journal.h"
#include "journal/journal_file.h"
#include "journal/journal_port.h"
#include "journal/journal_row.h"
#include "journal/witness.h"

#define TEXT_OF(macro) TEXT_OF_VALUE(macro)
#define TEXT_OF_VALUE(value) #value

/* Rows never change: the file itself refuses it, from whatever tool. That they follow one another
 * is seen to by append; a trigger on INSERT would say it too, at three times the cost of a row. */
static const char SCHEMA[] =
    "BEGIN IMMEDIATE;"
    "CREATE TABLE record("
    " record INTEGER PRIMARY KEY, body BLOB NOT NULL, hash BLOB NOT NULL, ends BLOB) STRICT;"
    "CREATE TABLE meta("
    " one INTEGER PRIMARY KEY CHECK (one = 1), epoch INTEGER NOT NULL,"
    " old_until INTEGER NOT NULL DEFAULT 0) STRICT;"
    "INSERT INTO meta(one, epoch) VALUES (1, 0);"
    "CREATE TRIGGER record_is_never_changed BEFORE UPDATE ON record BEGIN"
    " SELECT raise(ABORT, 'records are never changed'); END;"
    "CREATE TRIGGER record_is_never_deleted BEFORE DELETE ON record BEGIN"
    " SELECT raise(ABORT, 'records are never deleted'); END;"
    "PRAGMA application_id = " TEXT_OF(JOURNAL_APPLICATION_ID) ";"
                                                               "PRAGMA user_version = " TEXT_OF(
                                                                   JOURNAL_FILE_VERSION) ";"
                                                                                         "COMMIT;";

/* From version 1: what is there stays as it is, and stays the older format's. */
static const char BROUGHT_UP[] =
    "BEGIN IMMEDIATE;"
    "ALTER TABLE record ADD COLUMN ends BLOB;"
    "ALTER TABLE meta ADD COLUMN old_until INTEGER NOT NULL DEFAULT 0;"
    "UPDATE meta SET old_until = (SELECT coalesce(max(record), 0) FROM record);"
    "PRAGMA user_version = 2;"
    "COMMIT;";

enum statement { BEGIN, GUARD, INSERT, COMMIT, ROLLBACK, HASH_OF, STATEMENT_COUNT };

static const char *const STATEMENTS[STATEMENT_COUNT] = {
    [BEGIN] = "BEGIN IMMEDIATE",
    [GUARD] = "SELECT epoch, (SELECT max(record) FROM record) FROM meta",
    [INSERT] = "INSERT INTO record(" JOURNAL_ROW_COLUMNS ") VALUES (?1, ?2, ?3, ?4)",
    [COMMIT] = "COMMIT",
    [ROLLBACK] = "ROLLBACK",
    [HASH_OF] =
        "SELECT " JOURNAL_ROW_COLUMNS " FROM record WHERE record >= ?1 ORDER BY record LIMIT 1",
};

struct journal_sqlite {
    struct journal port;
    char path[FOLDER_PATH_MAX];
    char witness[WITNESS_PATH_MAX];
    sqlite3 *db; /* NULL after a reopening that failed */
    sqlite3_stmt *statements[STATEMENT_COUNT];
    int64_t witnessed_at; /* steady time */
    uint64_t witnessed_record;
};

static void disconnect(struct journal_sqlite *journal)
{
    sqlite_file_finalize_all(journal->statements, STATEMENT_COUNT);
    sqlite_file_close(&journal->db);
}

static enum journal_open_result failed(struct journal_sqlite *journal, const char *doing)
{
    return journal_file_failed(journal->db, journal->path, doing);
}

/* The hash of a record, by the statement HASH_OF. */
static enum journal_read hash_by(sqlite3_stmt *statement, uint64_t number,
                                 uint8_t hash[JOURNAL_HASH_SIZE])
{
    enum journal_read result = JOURNAL_READ_ERROR;
    struct journal_row row;

    if (sqlite3_bind_int64(statement, 1, (int64_t)number) == SQLITE_OK) {
        int step = sqlite3_step(statement);

        if (step == SQLITE_DONE)
            result = JOURNAL_READ_END;
        if (step == SQLITE_ROW && journal_row_get(statement, &row) && row.first <= number) {
            memcpy(hash, journal_row_hash(&row, number - row.first), JOURNAL_HASH_SIZE);
            result = JOURNAL_READ_OK;
        }
    }
    return sqlite3_reset(statement) == SQLITE_OK ? result : JOURNAL_READ_ERROR;
}

/* The end of the journal against what its witness saw. */
static enum journal_open_result check_witness(struct journal_sqlite *journal,
                                              const struct journal_head *head)
{
    uint8_t hash[JOURNAL_HASH_SIZE];
    struct journal_head seen;
    sqlite3_stmt *row;
    enum witness_read read = witness_read(journal->witness, &seen);

    if (read == WITNESS_FAILED) {
        log_error("journal", "the head witness cannot be read path=%s", journal->witness);
        return JOURNAL_OPEN_FAILED;
    }
    if (read == WITNESS_TORN)
        log_warning("journal", "the head witness is torn and not used path=%s", journal->witness);
    if (read != WITNESS_OK || seen.record == 0)
        return JOURNAL_OPEN_OK;
    if (seen.record > head->record) {
        log_error("journal",
                  "the journal has lost records: its witness saw more; if an older journal was "
                  "restored on purpose, remove the witness path=%s record=%" PRIu64
                  " witness=%s witness_record=%" PRIu64,
                  journal->path, head->record, journal->witness, seen.record);
        return JOURNAL_OPEN_DAMAGED;
    }
    if (!sqlite_file_prepare(journal->db, STATEMENTS[HASH_OF], &row))
        return failed(journal, "checking the head witness");
    bool same = hash_by(row, seen.record, hash) == JOURNAL_READ_OK &&
                memcmp(hash, seen.hash, sizeof(hash)) == 0;
    if (sqlite3_finalize(row) != SQLITE_OK)
        return failed(journal, "checking the head witness");
    if (!same) {
        log_error("journal",
                  "this is not the journal its witness saw: another hash; if it was exchanged on "
                  "purpose, remove the witness path=%s witness=%s record=%" PRIu64,
                  journal->path, journal->witness, seen.record);
        return JOURNAL_OPEN_DAMAGED;
    }
    return JOURNAL_OPEN_OK;
}

/* What is there is held against itself and its witness before: what is refused stays as it was. */
static enum journal_open_result bring_up(struct journal_sqlite *journal)
{
    struct journal_head head;
    enum journal_open_result result;

    if (!journal_file_show_older(journal->db))
        return failed(journal, "looking at format 1");
    result = journal_file_head(journal->db, journal->path, &head);
    if (result == JOURNAL_OPEN_OK)
        result = check_witness(journal, &head);
    if (result != JOURNAL_OPEN_OK)
        return result;
    if (!journal_file_hide_older(journal->db) || !sqlite_file_run(journal->db, BROUGHT_UP))
        return failed(journal, "bringing up from format 1");
    log_info("journal", "brought up from format 1 path=%s", journal->path);
    return JOURNAL_OPEN_OK;
}

/* A new file gets its tables, one of the older format what it lacks. The log mode is set before,
 * being no part of a transaction: a file left behind between the two is as new as before. */
static enum journal_open_result prepare_file(struct journal_sqlite *journal)
{
    static const char *const pragmas[] = {"synchronous = FULL", "wal_autocheckpoint = 1000",
                                          "journal_size_limit = 67108864", NULL};
    int32_t version;
    enum journal_open_result result = journal_file_check(journal->db, journal->path, &version);

    if (result == JOURNAL_OPEN_OK && version == 0) /* no new bank where there was one before */
        result = check_witness(journal, &(struct journal_head){0});
    if (result != JOURNAL_OPEN_OK)
        return result;
    if (!sqlite_file_run(journal->db, "PRAGMA page_size = 4096") ||
        !sqlite_file_use_log(journal->db) || !sqlite_file_set(journal->db, pragmas) ||
        (version == 0 && !sqlite_file_run(journal->db, SCHEMA)))
        return failed(journal, "preparing");
    return version == 1 ? bring_up(journal) : JOURNAL_OPEN_OK;
}

/* Connects, checks, and reads the head. */
static enum journal_open_result open_file(struct journal_sqlite *journal, struct journal_head *head)
{
    enum journal_open_result result = journal_file_open(journal->path, true, &journal->db);

    if (result == JOURNAL_OPEN_OK)
        result = prepare_file(journal);
    if (result == JOURNAL_OPEN_OK)
        result = journal_file_head(journal->db, journal->path, head);
    if (result == JOURNAL_OPEN_OK)
        result = check_witness(journal, head);
    if (result == JOURNAL_OPEN_OK &&
        !sqlite_file_prepare_all(journal->db, STATEMENTS, journal->statements, STATEMENT_COUNT))
        result = failed(journal, "preparing");
    if (result != JOURNAL_OPEN_OK && journal->db != NULL)
        disconnect(journal);
    return result;
}

/* Copies the whole log into the file, both fsynced, and cuts the log to nothing. */
static bool checkpoint(struct journal_sqlite *journal)
{
    return sqlite3_wal_checkpoint_v2(journal->db, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL) ==
           SQLITE_OK;
}

/* Runs one of the statements that give no rows. */
static bool run(struct journal_sqlite *journal, enum statement which)
{
    sqlite3_stmt *statement = journal->statements[which];
    bool done = sqlite3_step(statement) == SQLITE_DONE;

    return sqlite3_reset(statement) == SQLITE_OK && done;
}

static enum journal_result unknown(struct journal_sqlite *journal, const char *doing)
{
    log_error("journal", "failed while %s: the outcome is unknown path=%s code=%d error=\"%s\"",
              doing, journal->path, sqlite3_extended_errcode(journal->db),
              sqlite3_errmsg(journal->db));
    /* Some errors have rolled back by themselves. */
    if (!sqlite3_get_autocommit(journal->db) && !run(journal, ROLLBACK))
        log_warning("journal", "the transaction could not be rolled back path=%s", journal->path);
    return JOURNAL_UNKNOWN;
}

/* Inside the transaction: are we still the writer, and is the head ours? */
static enum journal_result guard(struct journal_sqlite *journal)
{
    sqlite3_stmt *statement = journal->statements[GUARD];
    bool row = sqlite3_step(statement) == SQLITE_ROW;
    uint64_t epoch = row ? (uint64_t)sqlite3_column_int64(statement, 0) : 0;
    uint64_t last = row ? (uint64_t)sqlite3_column_int64(statement, 1) : 0;

    if (sqlite3_reset(statement) != SQLITE_OK || !row)
        return JOURNAL_UNKNOWN;
    if (epoch != journal->port.epoch)
        return JOURNAL_FENCED;
    return last == journal->port.head.record ? JOURNAL_OK : JOURNAL_CONFLICT;
}

static bool insert_all(struct journal_sqlite *journal, const struct journal_batch *batch,
                       const uint8_t (*hashes)[JOURNAL_HASH_SIZE])
{
    sqlite3_stmt *insert = journal->statements[INSERT];
    struct journal_row row;
    bool ok = true;

    for (size_t next = 0; ok && next < batch->count; next += row.count) {
        journal_row_next(batch, hashes, next, &row);
        ok = journal_row_bind(insert, &row) && run(journal, INSERT);
    }
    /* What is bound is the caller's, or ours: nothing may point at it any longer. */
    return sqlite3_clear_bindings(insert) == SQLITE_OK && ok;
}

static enum journal_result sqlite_append(struct journal *port, const struct journal_batch *batch,
                                         const uint8_t (*hashes)[JOURNAL_HASH_SIZE])
{
    struct journal_sqlite *journal = (struct journal_sqlite *)port;

    if (!run(journal, BEGIN))
        return unknown(journal, "beginning");
    enum journal_result result = guard(journal);
    if (result == JOURNAL_UNKNOWN)
        return unknown(journal, "checking the head");
    if (result != JOURNAL_OK)
        return run(journal, ROLLBACK) ? result : unknown(journal, "rolling back");
    if (!insert_all(journal, batch, hashes))
        return unknown(journal, "appending");
    if (!run(journal, COMMIT))
        return unknown(journal, "committing");
    return JOURNAL_OK;
}

static bool sqlite_reopen(struct journal *port)
{
    struct journal_sqlite *journal = (struct journal_sqlite *)port;
    struct journal_head head;

    if (journal->db != NULL)
        disconnect(journal);
    if (open_file(journal, &head) != JOURNAL_OPEN_OK)
        return false;
    if (!checkpoint(journal)) {
        (void)failed(journal, "making the log durable");
        disconnect(journal);
        return false;
    }
    port->head = head;
    log_info("journal", "reopened path=%s record=%" PRIu64, journal->path, head.record);
    return true;
}

static enum journal_read sqlite_hash_of(struct journal *port, uint64_t number,
                                        uint8_t hash[JOURNAL_HASH_SIZE])
{
    return hash_by(((struct journal_sqlite *)port)->statements[HASH_OF], number, hash);
}

static void write_witness(struct journal_sqlite *journal, bool durable)
{
    if (journal->port.head.record == journal->witnessed_record && !durable)
        return;
    if (witness_write(journal->witness, &journal->port.head, durable))
        journal->witnessed_record = journal->port.head.record;
}

static void sqlite_witness(struct journal *port, int64_t steady_now)
{
    struct journal_sqlite *journal = (struct journal_sqlite *)port;

    if (steady_now - journal->witnessed_at < TIME_SECOND)
        return;
    journal->witnessed_at = steady_now;
    write_witness(journal, false);
}

static struct journal_reader *sqlite_reader(struct journal *port)
{
    return journal_reader_open_sqlite(((struct journal_sqlite *)port)->path);
}

static void sqlite_close(struct journal *port)
{
    struct journal_sqlite *journal = (struct journal_sqlite *)port;

    if (journal->db != NULL) {
        if (!port->broken) {
            if (!checkpoint(journal))
                log_info("journal", "the log stays for the next start path=%s", journal->path);
            write_witness(journal, true);
        }
        disconnect(journal);
    }
    free(journal);
}

static const struct journal_ops sqlite_ops = {
    .append = sqlite_append,
    .reopen = sqlite_reopen,
    .hash_of = sqlite_hash_of,
    .witness = sqlite_witness,
    .reader = sqlite_reader,
    .close = sqlite_close,
};

/* From here on older writers are fenced. */
static enum journal_open_result take_epoch(struct journal_sqlite *journal)
{
    int64_t epoch;

    if (!sqlite_file_integer(journal->db, "UPDATE meta SET epoch = epoch + 1 RETURNING epoch",
                             &epoch))
        return failed(journal, "taking the epoch");
    journal->port.epoch = (uint64_t)epoch;
    return JOURNAL_OPEN_OK;
}

enum journal_open_result journal_open_sqlite(const char *path, struct journal **out)
{
    struct journal_sqlite *journal = calloc(1, sizeof(*journal));

    *out = NULL;
    CHECK(journal != NULL);
    CHECK(sodium_init() >= 0);
    journal->port.ops = &sqlite_ops;
    journal->witnessed_at = INT64_MIN / 2;
    int printed = snprintf(journal->path, sizeof(journal->path), "%s", path);
    enum journal_open_result result = JOURNAL_OPEN_FAILED;
    if (printed < 0 || printed >= (int)sizeof(journal->path) ||
        !witness_path(path, journal->witness)) {
        log_error("journal", "the journal's path is too long");
        goto out;
    }
    result = open_file(journal, &journal->port.head);
    if (result != JOURNAL_OPEN_OK)
        goto out;
    result = take_epoch(journal);
    if (result != JOURNAL_OPEN_OK) {
        disconnect(journal);
        goto out;
    }
    /* A log that an earlier process left may never have reached the disk. Readers that hold it
     * are no reason not to start: they will let go of it. */
    if (!checkpoint(journal))
        log_warning("journal", "the log could not be copied at the start path=%s", path);
    *out = &journal->port;
    journal = NULL;
out:
    free(journal);
    return result;
}
