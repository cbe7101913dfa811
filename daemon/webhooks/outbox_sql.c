#include "webhooks/outbox_sql.h"

#include <stdarg.h>
#include <stdlib.h>

#include "host/log.h"

#define APPLICATION_ID 0x74656c6f /* "telo" */
#define FILE_VERSION 1

static const char schema[] =
    "CREATE TABLE checkpoint (record INTEGER NOT NULL, hash BLOB NOT NULL) STRICT;"
    "INSERT INTO checkpoint VALUES (0, zeroblob(32));"
    "CREATE TABLE endpoint ("
    "  number INTEGER PRIMARY KEY AUTOINCREMENT,"
    "  id TEXT NOT NULL UNIQUE,"
    "  url TEXT NOT NULL,"
    "  types INTEGER NOT NULL,"
    "  accounts BLOB NOT NULL," /* le64 each; empty: all */
    "  secret BLOB NOT NULL,"
    "  old_secret BLOB NOT NULL DEFAULT x'',"
    "  old_until INTEGER NOT NULL DEFAULT 0,"
    "  enabled INTEGER NOT NULL DEFAULT 1,"
    "  lasting INTEGER NOT NULL,"
    "  reason INTEGER NOT NULL DEFAULT 0,"
    "  created_at INTEGER NOT NULL,"
    "  failing_since INTEGER NOT NULL DEFAULT 0,"
    "  last_at INTEGER NOT NULL DEFAULT 0,"
    "  last_status INTEGER NOT NULL DEFAULT 0,"
    "  last_error TEXT NOT NULL DEFAULT '',"
    "  position INTEGER NOT NULL"
    ") STRICT;"
    "CREATE TABLE delivery ("
    "  endpoint INTEGER NOT NULL REFERENCES endpoint (number) ON DELETE CASCADE,"
    "  position INTEGER NOT NULL,"
    "  record INTEGER NOT NULL,"
    "  account INTEGER NOT NULL,"
    "  counterparty INTEGER NOT NULL,"
    "  part INTEGER NOT NULL,"
    "  type INTEGER NOT NULL,"
    "  state INTEGER NOT NULL,"
    "  attempts INTEGER NOT NULL,"
    "  next_at INTEGER NOT NULL,"
    "  id TEXT NOT NULL,"
    "  PRIMARY KEY (endpoint, position)"
    ") STRICT, WITHOUT ROWID;"
    "CREATE INDEX delivery_by_id ON delivery (endpoint, id);"
    "CREATE TABLE attempt ("
    "  number INTEGER PRIMARY KEY AUTOINCREMENT,"
    "  endpoint INTEGER NOT NULL,"
    "  position INTEGER NOT NULL,"
    "  at INTEGER NOT NULL,"
    "  duration INTEGER NOT NULL,"
    "  status INTEGER NOT NULL,"
    "  error TEXT,"
    "  answer BLOB NOT NULL,"
    "  FOREIGN KEY (endpoint, position) REFERENCES delivery ON DELETE CASCADE"
    ") STRICT;"
    "CREATE INDEX attempt_of ON attempt (endpoint, position);"
    "PRAGMA application_id = 0x74656c6f;"
    "PRAGMA user_version = 1;";

/* Of what waits, and of nothing else: there is much more that does not. */
static const char indexes[] =
    "CREATE INDEX IF NOT EXISTS delivery_waiting ON delivery (endpoint, position)"
    " WHERE state = 0;"
    "CREATE INDEX IF NOT EXISTS delivery_by_account ON delivery (endpoint, account, position)"
    " WHERE state = 0 AND account <> 0;"
    "CREATE INDEX IF NOT EXISTS delivery_by_counterparty"
    " ON delivery (endpoint, counterparty, position) WHERE state = 0 AND counterparty <> 0;";

static bool fail(struct outbox *outbox, const char *doing)
{
    log_error("webhooks", "outbox failed while %s code=%d error=\"%s\"", doing,
              sqlite3_extended_errcode(outbox->db), sqlite3_errmsg(outbox->db));
    return false;
}

static bool run(struct outbox *outbox, const char *sql)
{
    return sqlite3_exec(outbox->db, sql, NULL, NULL, NULL) == SQLITE_OK ||
           fail(outbox, "setting it up");
}

static bool number(struct outbox *outbox, const char *sql, int64_t *out)
{
    sqlite3_stmt *statement = NULL;
    bool done = sqlite3_prepare_v2(outbox->db, sql, -1, &statement, NULL) == SQLITE_OK &&
                sqlite3_step(statement) == SQLITE_ROW;

    if (done)
        *out = sqlite3_column_int64(statement, 0);
    else
        (void)fail(outbox, "reading its format");
    sqlite3_finalize(statement);
    return done;
}

static enum outbox_open_result check_format(struct outbox *outbox, const char *path)
{
    int64_t application, version, things;

    if (!number(outbox, "PRAGMA application_id", &application) ||
        !number(outbox, "PRAGMA user_version", &version) ||
        !number(outbox, "SELECT count(*) FROM sqlite_schema", &things))
        return OUTBOX_OPEN_FAILED;
    if (application == 0 && version == 0 && things == 0)
        return run(outbox, "BEGIN IMMEDIATE") && run(outbox, schema) && run(outbox, "COMMIT")
                   ? OUTBOX_OPEN_OK
                   : OUTBOX_OPEN_FAILED;
    if (application != APPLICATION_ID || version < 1) {
        log_error("webhooks", "not an outbox path=\"%s\"", path);
        return OUTBOX_OPEN_FAILED;
    }
    if (version > FILE_VERSION) {
        log_error("webhooks", "the outbox is of a newer format path=\"%s\" format=%lld known=%d",
                  path, (long long)version, FILE_VERSION);
        return OUTBOX_OPEN_NEWER;
    }
    return OUTBOX_OPEN_OK;
}

static bool prepare(struct outbox *outbox)
{
    static const char *const sql[SQL_COUNT] = {
#define OUTBOX_SQL(name, text) [SQL_##name] = (text),
        OUTBOX_STATEMENTS(OUTBOX_SQL)
#undef OUTBOX_SQL
    };

    for (unsigned i = 0; i < SQL_COUNT; i++) {
        if (sqlite3_prepare_v3(outbox->db, sql[i], -1, SQLITE_PREPARE_PERSISTENT,
                               &outbox->statements[i], NULL) != SQLITE_OK)
            return fail(outbox, "preparing its statements");
    }
    return true;
}

enum outbox_open_result outbox_open(const char *path, struct outbox **out)
{
    struct outbox *outbox = calloc(1, sizeof *outbox);
    enum outbox_open_result result = OUTBOX_OPEN_FAILED;
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;

    CHECK(outbox != NULL);
    if (sqlite3_open_v2(path == NULL ? ":memory:" : path, &outbox->db, flags, NULL) != SQLITE_OK)
        (void)fail(outbox, "opening");
    else if (sqlite3_busy_timeout(outbox->db, 2000) == SQLITE_OK && /* a backup, for moments */
             run(outbox, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
                         "PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF;"))
        result = check_format(outbox, path == NULL ? "" : path);
    if (result == OUTBOX_OPEN_OK && !(run(outbox, indexes) && prepare(outbox)))
        result = OUTBOX_OPEN_FAILED;
    if (result != OUTBOX_OPEN_OK)
        outbox_close(&outbox);
    *out = outbox;
    return result;
}

void outbox_close(struct outbox **outbox)
{
    if (*outbox == NULL)
        return;
    for (unsigned i = 0; i < SQL_COUNT; i++)
        sqlite3_finalize((*outbox)->statements[i]);
    CHECK(sqlite3_close((*outbox)->db) == SQLITE_OK);
    free(*outbox);
    *outbox = NULL;
}

static bool bind_one(sqlite3_stmt *statement, int at, char type, va_list *values)
{
    switch (type) {
    case 'i':
        return sqlite3_bind_int64(statement, at, va_arg(*values, int64_t)) == SQLITE_OK;
    case 't':
        return sqlite3_bind_text(statement, at, va_arg(*values, const char *), -1,
                                 SQLITE_TRANSIENT) == SQLITE_OK;
    case 'b': {
        const void *data = va_arg(*values, const void *);
        size_t size = va_arg(*values, size_t);
        return sqlite3_bind_blob64(statement, at, size == 0 ? "" : data, size, SQLITE_TRANSIENT) ==
               SQLITE_OK;
    }
    default:
        CHECK(!"a letter of the format");
        return false;
    }
}

sqlite3_stmt *outbox_bind(struct outbox *outbox, enum outbox_statement which, const char *format,
                          ...)
{
    sqlite3_stmt *statement = outbox->statements[which];
    bool bound = true;
    va_list values;

    va_start(values, format);
    for (int i = 0; bound && format[i] != '\0'; i++)
        bound = bind_one(statement, i + 1, format[i], &values);
    va_end(values);
    if (bound)
        return statement;
    (void)fail(outbox, "binding");
    return NULL;
}

static bool finish(struct outbox *outbox, sqlite3_stmt *bound)
{
    bool done = sqlite3_step(bound) == SQLITE_DONE || fail(outbox, "writing");

    (void)sqlite3_reset(bound); /* says again what step said */
    return done;
}

bool outbox_write(struct outbox *outbox, sqlite3_stmt *bound)
{
    if (bound == NULL)
        return false;
    if (!outbox->open) {
        if (!finish(outbox, outbox->statements[SQL_BEGIN]))
            return false;
        outbox->open = true;
    }
    return finish(outbox, bound);
}

bool outbox_step(struct outbox *outbox, sqlite3_stmt *bound, bool *failed)
{
    int step = bound == NULL ? SQLITE_ERROR : sqlite3_step(bound);

    *failed = step != SQLITE_ROW && step != SQLITE_DONE;
    if (step == SQLITE_ROW)
        return true;
    if (*failed && bound != NULL)
        (void)fail(outbox, "reading");
    if (bound != NULL)
        (void)sqlite3_reset(bound);
    return false;
}

bool outbox_commit(struct outbox *outbox)
{
    if (!outbox->open)
        return true;
    if (!finish(outbox, outbox->statements[SQL_COMMIT]))
        return false;
    outbox->open = false;
    return true;
}

void outbox_rollback(struct outbox *outbox)
{
    outbox->open = false;
    if (sqlite3_get_autocommit(outbox->db) == 0 &&
        sqlite3_exec(outbox->db, "ROLLBACK", NULL, NULL, NULL) != SQLITE_OK)
        (void)fail(outbox, "rolling back");
}
