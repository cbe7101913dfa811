#include "read/views_db.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/currency.h"
#include "host/log.h"
#include "read/views_rows.h"

#define BUSY_MS 250             /* a file's log lets everybody read while the projector writes */
#define BUSY_MEMORY_MS 5000     /* views in memory have none: readers and the writer take turns */
#define LOG_PAGES_TIDY 1000     /* moved back at this length: 4 to 13 ms */
#define LOG_PAGES_RESTART 32768 /* readers kept the log from starting over: wait for them */
#define LOG_BYTES_KEPT "67108864"

/* rows: see views_rows.h; months: a run of them, see month_run.h. Owners stand apart from the rows
 * that change: those stay narrow, and a page holds many.
 *
 * words: the owner folded (utf8_fold). The tokenizer is `ascii` because the text is folded already:
 * all it does is split at spaces, so that what it finds and what utf8_words_match finds in memory
 * are the same. Every beginning of a word up to thirteen letters is indexed: one that is not
 * has to gather the accounts of all words it begins (10 ms for 40 000). Its parts are merged 64
 * pages a level inside a slice's commit: small pages keep that short, 12 parts a level rare.
 * hashsize: a slice of a bulk load makes one part, however large it is. */
static const char schema[] =
    "CREATE TABLE meta (id INTEGER PRIMARY KEY CHECK (id = 1), record INTEGER NOT NULL,"
    " hash BLOB NOT NULL, reached INTEGER NOT NULL, reached_hash BLOB NOT NULL) STRICT;"
    "CREATE TABLE accounts (chunk INTEGER PRIMARY KEY, rows BLOB NOT NULL) STRICT;"
    "CREATE TABLE owners (account INTEGER PRIMARY KEY, opened_at INTEGER NOT NULL,"
    " owner TEXT NOT NULL) STRICT;"
    "CREATE TABLE steps (account INTEGER NOT NULL, step INTEGER NOT NULL,"
    " record INTEGER NOT NULL, position INTEGER NOT NULL, at INTEGER NOT NULL,"
    " balance INTEGER NOT NULL, kinds INTEGER NOT NULL, PRIMARY KEY (account, step))"
    " STRICT, WITHOUT ROWID;"
    "CREATE TABLE months (account INTEGER NOT NULL, month INTEGER NOT NULL,"
    " run BLOB NOT NULL, PRIMARY KEY (account, month)) STRICT, WITHOUT ROWID;"
    "CREATE VIRTUAL TABLE search USING fts5(words, content='', detail=none, columnsize=0,"
    " prefix='1 2 3 4 5 6 7 8 9 10 11 12 13', tokenize='ascii');"
    "INSERT INTO search (search, rank) VALUES ('pgsz', 1500),"
    " ('automerge', 12), ('hashsize', 67108864);"
    "INSERT INTO meta VALUES (1, 0, zeroblob(32), 0, zeroblob(32));";

void views_db_init(struct views_db *db, const char *path)
{
    static atomic_uint in_memory;
    char uri[64];

    *db = (struct views_db){.in_file = path != NULL};
    if (path == NULL) {
        /* A name of its own, so that the connections of one projector meet and no others. */
        snprintf(uri, sizeof(uri), "file:/teller-views-%u?vfs=memdb",
                 atomic_fetch_add(&in_memory, 1));
        path = uri;
    }
    db->path = strdup(path);
    CHECK(db->path != NULL);
}

int views_db_flags(const struct views_db *db)
{
    return SQLITE_OPEN_NOMUTEX | (db->in_file ? 0 : SQLITE_OPEN_URI);
}

void views_db_close(struct views_db *db)
{
    sqlite3_stmt *statements[] = {db->begin,     db->commit,    db->rollback,
                                  db->put_chunk, db->put_owner, db->put_words,
                                  db->put_step,  db->put_run,   db->put_meta};

    for (size_t i = 0; i < sizeof(statements) / sizeof(statements[0]); i++)
        (void)sqlite3_finalize(statements[i]);
    if (sqlite3_close(db->handle) != SQLITE_OK)
        log_error("read", "closing the views failed: %s", sqlite3_errmsg(db->handle));
    *db = (struct views_db){.path = db->path, .in_file = db->in_file, .unsearched = db->unsearched};
}

void views_db_free(struct views_db *db)
{
    views_db_close(db);
    free(db->path);
    *db = (struct views_db){0};
}

static bool execute(struct views_db *db, const char *sql)
{
    return sqlite3_exec(db->handle, sql, NULL, NULL, NULL) == SQLITE_OK;
}

static bool number_of(sqlite3 *handle, const char *sql, int64_t *out)
{
    sqlite3_stmt *statement = NULL;
    bool ok = sqlite3_prepare_v2(handle, sql, -1, &statement, NULL) == SQLITE_OK &&
              sqlite3_step(statement) == SQLITE_ROW;

    if (ok)
        *out = sqlite3_column_int64(statement, 0);
    (void)sqlite3_finalize(statement);
    return ok;
}

bool views_db_is_other_format(sqlite3 *handle)
{
    int64_t id = 0, version = 0;

    return number_of(handle, "PRAGMA application_id", &id) &&
           number_of(handle, "PRAGMA user_version", &version) && id == VIEWS_APPLICATION_ID &&
           version != VIEWS_VERSION;
}

static bool prepare_all(struct views_db *db)
{
    struct {
        sqlite3_stmt **statement;
        const char *sql;
    } all[] = {
        {&db->begin, "BEGIN IMMEDIATE"},
        {&db->commit, "COMMIT"},
        {&db->rollback, "ROLLBACK"},
        {&db->put_chunk, "REPLACE INTO accounts VALUES (?,?)"},
        {&db->put_owner, "INSERT INTO owners VALUES (?,?,?)"},
        {&db->put_words, "INSERT INTO search (rowid, words) VALUES (?,?)"},
        {&db->put_step, "REPLACE INTO steps VALUES (?,?,?,?,?,?,?)"},
        {&db->put_run, "REPLACE INTO months VALUES (?,?,?)"},
        {&db->put_meta, "REPLACE INTO meta VALUES (1,?,?,?,?)"},
    };

    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        if (sqlite3_prepare_v3(db->handle, all[i].sql, -1, SQLITE_PREPARE_PERSISTENT,
                               all[i].statement, NULL) != SQLITE_OK)
            return false;
    }
    return true;
}

static int count_log_pages(void *context, sqlite3 *handle, const char *name, int pages)
{
    struct views_db *db = context;

    (void)handle;
    (void)name;
    db->log_pages = pages;
    return SQLITE_OK;
}

/* Setting the hook also takes the automatic checkpoint away: it would fall into the commit of a
 * slice, which has its own 20 ms. */
static bool configure(struct views_db *db)
{
    (void)sqlite3_extended_result_codes(db->handle, 1);
    (void)sqlite3_busy_timeout(db->handle, db->in_file ? BUSY_MS : BUSY_MEMORY_MS);
    if (!execute(db, db->in_file ? "PRAGMA journal_mode=WAL" : "PRAGMA journal_mode=MEMORY") ||
        !execute(db, "PRAGMA synchronous=NORMAL; PRAGMA secure_delete=OFF;"
                     "PRAGMA cache_size=-32768; PRAGMA journal_size_limit=" LOG_BYTES_KEPT))
        return false;
    (void)sqlite3_wal_hook(db->handle, count_log_pages, db);
    return true;
}

static void remove_beside(const struct views_db *db, const char *suffix)
{
    char path[PATH_MAX];
    int size = snprintf(path, sizeof(path), "%s%s", db->path, suffix);

    CHECK(size > 0 && (size_t)size < sizeof(path));
    if (unlink(path) != 0 && errno != ENOENT)
        log_error("read", "cannot remove %s: %s", path, strerror(errno));
}

static bool is_marked_damaged(const struct views_db *db)
{
    char path[PATH_MAX];
    int size = snprintf(path, sizeof(path), "%s-damaged", db->path);

    CHECK(size > 0 && (size_t)size < sizeof(path));
    return access(path, F_OK) == 0;
}

void views_db_mark_damaged(const struct views_db *db)
{
    char path[PATH_MAX];
    int size = snprintf(path, sizeof(path), "%s-damaged", db->path);
    int fd;

    CHECK(size > 0 && (size_t)size < sizeof(path));
    if (!db->in_file)
        return;
    fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0)
        log_error("read", "cannot write %s: %s", path, strerror(errno));
    else
        (void)close(fd);
}

bool views_db_open(struct views_db *db, const char **why)
{
    int64_t id = 0, version = 0;

    if (!db->in_file || access(db->path, F_OK) != 0)
        *why = "there are none yet";
    else if (is_marked_damaged(db))
        *why = "they were found damaged";
    else if (sqlite3_open_v2(db->path, &db->handle, views_db_flags(db) | SQLITE_OPEN_READWRITE,
                             NULL) != SQLITE_OK ||
             !number_of(db->handle, "PRAGMA application_id", &id) ||
             !number_of(db->handle, "PRAGMA user_version", &version))
        *why = "the file cannot be read";
    else if (id != VIEWS_APPLICATION_ID)
        *why = "the file is not ours";
    else if (version != VIEWS_VERSION)
        *why = "the file has another format";
    else if (!configure(db) || !prepare_all(db))
        *why = "the file cannot be read";
    else
        return true;
    views_db_close(db);
    return false;
}

bool views_db_create(struct views_db *db)
{
    char stamp[96];

    if (db->in_file) {
        remove_beside(db, "");
        remove_beside(db, "-wal");
        remove_beside(db, "-shm");
        remove_beside(db, "-journal");
    }
    snprintf(stamp, sizeof(stamp), "PRAGMA application_id=%d; PRAGMA user_version=%d",
             VIEWS_APPLICATION_ID, VIEWS_VERSION);
    if (sqlite3_open_v2(db->path, &db->handle,
                        views_db_flags(db) | SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE,
                        NULL) == SQLITE_OK &&
        configure(db) && execute(db, "BEGIN") && execute(db, schema) && execute(db, stamp) &&
        execute(db, "COMMIT") && prepare_all(db)) {
        if (db->in_file)
            remove_beside(db, "-damaged");
        return true;
    }
    log_error("read", "cannot make %s: %s", db->path, sqlite3_errmsg(db->handle));
    views_db_close(db);
    return false;
}

static bool checkpoint_columns(sqlite3_stmt *statement, int column, struct checkpoint *out)
{
    out->record = views_rows_column(statement, column);
    if (sqlite3_column_bytes(statement, column + 1) != JOURNAL_HASH_SIZE)
        return false;
    memcpy(out->hash, sqlite3_column_blob(statement, column + 1), JOURNAL_HASH_SIZE);
    return true;
}

bool views_db_meta(sqlite3 *handle, struct views_meta *out)
{
    static const char sql[] = "SELECT record, hash, reached, reached_hash FROM meta WHERE id = 1";
    sqlite3_stmt *statement = NULL;
    bool ok =
        sqlite3_prepare_v2(handle, sql, -1, &statement, NULL) == SQLITE_OK &&
        sqlite3_step(statement) == SQLITE_ROW && checkpoint_columns(statement, 0, &out->whole) &&
        checkpoint_columns(statement, 2, &out->reached) && out->whole.record <= out->reached.record;

    (void)sqlite3_finalize(statement);
    return ok;
}

static bool load_row(const struct account_row *row, uint64_t reached,
                     struct account_table *accounts)
{
    struct month_row running;

    if (currency_by_number((uint16_t)row->currency) == NULL || row->version == 0 ||
        row->last_record == 0 || row->last_record > reached || !money_is_balance(row->balance) ||
        !month_row_running(row, &running))
        return false;
    *account_table_load(accounts, account_row_number(row)) = *row;
    return true;
}

/* Chunks come in the order of their numbers, each once: *next is the least that may come. */
static bool load_chunk(sqlite3_stmt *statement, uint64_t reached, struct account_table *accounts,
                       uint64_t *next)
{
    struct views_chunk chunk;

    if (!views_rows_chunk(statement, &chunk) || chunk.number < *next)
        return false;
    *next = (uint64_t)chunk.number + 1;
    for (unsigned i = 0; i < chunk.count; i++) {
        if (!load_row(&chunk.rows[i], reached, accounts))
            return false;
    }
    return true;
}

bool views_db_load(struct views_db *db, uint64_t reached, struct account_table *accounts)
{
    sqlite3_stmt *statement = NULL;
    uint64_t next = 0;
    int code = sqlite3_prepare_v2(db->handle, VIEWS_CHUNKS, -1, &statement, NULL);

    if (code == SQLITE_OK) {
        while ((code = sqlite3_step(statement)) == SQLITE_ROW) {
            if (!load_chunk(statement, reached, accounts, &next))
                break;
        }
    }
    (void)sqlite3_finalize(statement);
    return code == SQLITE_DONE && account_table_load_end(accounts);
}

bool views_db_empty(struct views_db *db)
{
    if (execute(db, "BEGIN IMMEDIATE; DELETE FROM accounts; DELETE FROM owners;"
                    "DELETE FROM steps; DELETE FROM months;"
                    "INSERT INTO search (search) VALUES ('delete-all');"
                    "REPLACE INTO meta VALUES (1, 0, zeroblob(32), 0, zeroblob(32)); COMMIT"))
        return true;
    log_error("read", "emptying the views failed: %s", sqlite3_errmsg(db->handle));
    views_db_mark_damaged(db);
    views_rows_rollback(db);
    return false;
}

bool views_db_tidy_log(struct views_db *db)
{
    int mode =
        db->log_pages < LOG_PAGES_RESTART ? SQLITE_CHECKPOINT_PASSIVE : SQLITE_CHECKPOINT_RESTART;
    int code;

    if (db->log_pages < LOG_PAGES_TIDY)
        return false;
    code = sqlite3_wal_checkpoint_v2(db->handle, NULL, mode, NULL, NULL);
    if (code != SQLITE_OK && (code & 0xff) != SQLITE_BUSY)
        log_error("read", "moving the views' log back failed: %s", sqlite3_errmsg(db->handle));
    db->log_pages = 0; /* the next commit says how long it is */
    return true;
}
