#include "sqlite/sqlite_file.h"

#include <inttypes.h>
#include <stdio.h>

#include "host/log.h"

#define PRAGMA_MAX 128

enum sqlite_file_result sqlite_file_failed(const struct sqlite_kind *kind, sqlite3 *db,
                                           const char *path, const char *doing)
{
    int code = db != NULL ? sqlite3_extended_errcode(db) : SQLITE_NOMEM;
    bool well = code == SQLITE_OK || code == SQLITE_ROW || code == SQLITE_DONE;

    log_error(kind->room, "%s failed while %s path=\"%s\" code=%d error=\"%s\"", kind->what, doing,
              path, code,
              db == NULL ? "out of memory"
              : well     ? "a row is missing or not sound"
                         : sqlite3_errmsg(db));
    if (well) /* SQLite did all it was asked, and did not find what must be there */
        return SQLITE_FILE_DAMAGED;
    switch (code & 0xff) {
    case SQLITE_NOTADB:
    case SQLITE_CORRUPT:
    case SQLITE_ERROR: /* a table or column that is not there */
        return SQLITE_FILE_DAMAGED;
    default:
        return SQLITE_FILE_FAILED;
    }
}

static int open_flags(const struct sqlite_setup *setup)
{
    int flags = SQLITE_OPEN_NOMUTEX | (setup->uri ? SQLITE_OPEN_URI : 0);

    switch (setup->use) {
    case SQLITE_FILE_READ:
        return flags | SQLITE_OPEN_READONLY;
    case SQLITE_FILE_WRITE:
        return flags | SQLITE_OPEN_READWRITE;
    case SQLITE_FILE_CREATE:
        break;
    }
    return flags | SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
}

enum sqlite_file_result sqlite_file_open(const struct sqlite_kind *kind, const char *path,
                                         const struct sqlite_setup *setup, sqlite3 **out)
{
    int reads = setup->use == SQLITE_FILE_READ;

    *out = NULL;
    if (sqlite3_open_v2(path, out, open_flags(setup), NULL) == SQLITE_OK &&
        sqlite3_extended_result_codes(*out, 1) == SQLITE_OK &&
        sqlite3_busy_timeout(*out, setup->busy_ms) == SQLITE_OK &&
        sqlite3_db_config(*out, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL) == SQLITE_OK &&
        sqlite3_db_config(*out, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, reads, NULL) == SQLITE_OK)
        return SQLITE_FILE_OK;
    enum sqlite_file_result result = sqlite_file_failed(kind, *out, path, "opening");
    sqlite_file_close(out);
    return result;
}

enum sqlite_file_result sqlite_file_check(const struct sqlite_kind *kind, sqlite3 *db,
                                          const char *path, int32_t *version)
{
    int64_t application, found, things;

    *version = 0;
    if (!sqlite_file_integer(db, "PRAGMA application_id", &application) ||
        !sqlite_file_integer(db, "PRAGMA user_version", &found) ||
        !sqlite_file_integer(db, "SELECT count(*) FROM sqlite_schema", &things))
        return sqlite_file_failed(kind, db, path, "reading the format");
    if (application == 0 && found == 0 && things == 0)
        return SQLITE_FILE_OK;
    if (application != kind->application_id || found < 1) {
        log_error(kind->room, "%s is not what this file holds path=\"%s\"", kind->what, path);
        return SQLITE_FILE_DAMAGED;
    }
    if (found > kind->version) {
        log_error(kind->room,
                  "%s is of a newer format: use the program that wrote it path=\"%s\" "
                  "format=%" PRId64 " known=%" PRId32,
                  kind->what, path, found, kind->version);
        return SQLITE_FILE_NEWER;
    }
    *version = (int32_t)found;
    return SQLITE_FILE_OK;
}

void sqlite_file_close(sqlite3 **db)
{
    CHECK(sqlite3_close(*db) == SQLITE_OK); /* anything else is a statement left open */
    *db = NULL;
}

bool sqlite_file_use_log(sqlite3 *db)
{
    sqlite3_stmt *statement;

    if (!sqlite_file_prepare(db, "PRAGMA journal_mode = WAL", &statement))
        return false;
    bool used = sqlite3_step(statement) == SQLITE_ROW &&
                sqlite3_stricmp((const char *)sqlite3_column_text(statement, 0), "wal") == 0;
    return sqlite3_finalize(statement) == SQLITE_OK && used;
}

bool sqlite_file_set(sqlite3 *db, const char *const pragmas[])
{
    char sql[PRAGMA_MAX];

    for (; *pragmas != NULL; pragmas++) {
        int size = snprintf(sql, sizeof(sql), "PRAGMA %s", *pragmas);
        CHECK(size > 0 && (size_t)size < sizeof(sql));
        if (!sqlite_file_run(db, sql))
            return false;
    }
    return true;
}

bool sqlite_file_run(sqlite3 *db, const char *sql)
{
    return sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK;
}

bool sqlite_file_integer(sqlite3 *db, const char *sql, int64_t *out)
{
    sqlite3_stmt *statement;

    if (!sqlite_file_prepare(db, sql, &statement))
        return false;
    bool found = sqlite3_step(statement) == SQLITE_ROW;
    if (found)
        *out = sqlite3_column_int64(statement, 0);
    return sqlite3_finalize(statement) == SQLITE_OK && found;
}

bool sqlite_file_prepare(sqlite3 *db, const char *sql, sqlite3_stmt **out)
{
    return sqlite3_prepare_v3(db, sql, -1, SQLITE_PREPARE_PERSISTENT, out, NULL) == SQLITE_OK;
}

bool sqlite_file_prepare_all(sqlite3 *db, const char *const sql[], sqlite3_stmt *out[],
                             size_t count)
{
    for (size_t i = 0; i < count; i++)
        out[i] = NULL;
    for (size_t i = 0; i < count; i++) {
        if (!sqlite_file_prepare(db, sql[i], &out[i]))
            return false;
    }
    return true;
}

void sqlite_file_finalize_all(sqlite3_stmt *statements[], size_t count)
{
    for (size_t i = 0; i < count; i++) {
        (void)sqlite3_finalize(statements[i]); /* says again what its last step said */
        statements[i] = NULL;
    }
}

bool sqlite_file_blob(sqlite3_stmt *statement, int column, size_t max, struct text *out)
{
    if (sqlite3_column_type(statement, column) != SQLITE_BLOB)
        return false;
    out->data = sqlite3_column_blob(statement, column);
    out->size = (size_t)sqlite3_column_bytes(statement, column);
    return out->data != NULL && out->size <= max;
}
