#include "registry/registry_store.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "sqlite/sqlite_file.h"

#define STORE_APPLICATION_ID 0x544c5247 /* "TLRG" */
#define STORE_VERSION 2
#define BUSY_MS 2000 /* only a backup's reader may ever be met here, and that for moments */

/* Roles are stored by name, so that the order of the enum stays free. */
static const char store_schema[] =
    "CREATE TABLE api_key ("
    "  id INTEGER PRIMARY KEY,"
    "  hash BLOB NOT NULL UNIQUE CHECK (length(hash) = 32),"
    "  name TEXT NOT NULL,"
    "  role TEXT NOT NULL CHECK (role IN ('admin', 'teller', 'atm', 'auditor')),"
    "  created_at INTEGER NOT NULL,"
    "  revoked_at INTEGER NOT NULL DEFAULT 0"
    ") STRICT;"
    "CREATE INDEX api_key_by_name ON api_key (name);"
    "PRAGMA application_id = 0x544c5247;";

/* Version 2. Account 0 is nobody: guesses at PINs that were never set are counted there, so that
 * they cost what the others do. */
static const char store_pins[] = "CREATE TABLE pin ("
                                 "  account INTEGER PRIMARY KEY,"
                                 "  hash TEXT NOT NULL,"
                                 "  tries INTEGER NOT NULL DEFAULT 0 CHECK (tries BETWEEN 0 AND 3),"
                                 "  set_at INTEGER NOT NULL"
                                 ") STRICT;"
                                 "INSERT INTO pin (account, hash, set_at) VALUES (0, '', 0);"
                                 "PRAGMA user_version = 2;";

struct registry_store {
    pthread_mutex_t lock;
    sqlite3 *db;
};

static const struct sqlite_kind kind = {.room = "registry",
                                        .what = "the registry",
                                        .application_id = STORE_APPLICATION_ID,
                                        .version = STORE_VERSION};

static bool store_failed(struct registry_store *store, const char *doing)
{
    (void)sqlite_file_failed(&kind, store->db, sqlite3_db_filename(store->db, NULL), doing);
    return false;
}

static bool store_exec(struct registry_store *store, const char *sql)
{
    return sqlite_file_run(store->db, sql) || store_failed(store, "being changed");
}

/* A new file gets its tables in one transaction, an old one those it lacks. */
static bool store_bring_up(struct registry_store *store, int32_t version)
{
    if (version == STORE_VERSION)
        return true;
    return store_exec(store, "BEGIN IMMEDIATE") &&
           (version > 0 || store_exec(store, store_schema)) && /* 1: from before there were PINs */
           store_exec(store, store_pins) && store_exec(store, "COMMIT");
}

static bool store_prepare(struct registry_store *store)
{
    static const char *const pragmas[] = {"synchronous = FULL", "trusted_schema = OFF", NULL};
    return (sqlite_file_use_log(store->db) && sqlite_file_set(store->db, pragmas)) ||
           store_failed(store, "being set up");
}

struct registry_store *registry_store_open(const char *path)
{
    struct registry_store *store = calloc(1, sizeof *store);
    CHECK(store != NULL);
    CHECK(pthread_mutex_init(&store->lock, NULL) == 0);
    const struct sqlite_setup setup = {.use = SQLITE_FILE_CREATE, .busy_ms = BUSY_MS};
    int32_t version;
    if (sqlite_file_open(&kind, path, &setup, &store->db) != SQLITE_FILE_OK ||
        sqlite_file_check(&kind, store->db, path, &version) != SQLITE_FILE_OK ||
        !store_prepare(store) || !store_bring_up(store, version))
        registry_store_close(&store);
    return store;
}

void registry_store_close(struct registry_store **store)
{
    if (*store == NULL)
        return;
    sqlite_file_close(&(*store)->db);
    CHECK(pthread_mutex_destroy(&(*store)->lock) == 0);
    free(*store);
    *store = NULL;
}

static bool store_read_row(sqlite3_stmt *statement, struct registry_key *key)
{
    *key = (struct registry_key){.who.role = ROLE_COUNT};
    const void *hash = sqlite3_column_blob(statement, 0);
    const char *name = (const char *)sqlite3_column_text(statement, 1);
    const char *role = (const char *)sqlite3_column_text(statement, 2);
    if (hash == NULL || sqlite3_column_bytes(statement, 0) != REGISTRY_HASH_SIZE || name == NULL ||
        strlen(name) > REGISTRY_NAME_MAX || role == NULL)
        return false;
    memcpy(key->hash, hash, REGISTRY_HASH_SIZE);
    memcpy(key->who.name, name, strlen(name) + 1);
    for (unsigned i = 0; i < ROLE_COUNT; i++) {
        if (strcmp(role, role_names[i]) == 0)
            key->who.role = (enum role)i;
    }
    key->created_at = sqlite3_column_int64(statement, 3);
    key->revoked_at = sqlite3_column_int64(statement, 4);
    return key->who.role != ROLE_COUNT;
}

static bool load_keys(struct registry_store *store,
                      bool (*each)(void *context, const struct registry_key *key), void *context)
{
    static const char sql[] = "SELECT hash, name, role, created_at, revoked_at FROM api_key"
                              " ORDER BY id";
    sqlite3_stmt *statement = NULL;
    bool sound = sqlite3_prepare_v2(store->db, sql, -1, &statement, NULL) == SQLITE_OK;
    while (sound) {
        int step = sqlite3_step(statement);
        if (step == SQLITE_DONE)
            break;
        struct registry_key key;
        sound = step == SQLITE_ROW && store_read_row(statement, &key) && each(context, &key);
    }
    if (!sound)
        (void)store_failed(store, "reading the keys");
    sqlite3_finalize(statement);
    return sound;
}

bool registry_store_load(struct registry_store *store,
                         bool (*each)(void *context, const struct registry_key *key), void *context)
{
    CHECK(pthread_mutex_lock(&store->lock) == 0);
    bool sound = load_keys(store, each, context);
    CHECK(pthread_mutex_unlock(&store->lock) == 0);
    return sound;
}

/* Runs a prepared writing statement: one statement is one transaction, on disk when it is done. */
static bool store_write(struct registry_store *store, sqlite3_stmt *statement)
{
    bool done = sqlite3_step(statement) == SQLITE_DONE;
    if (!done)
        (void)store_failed(store, "writing");
    sqlite3_finalize(statement);
    return done;
}

static bool add_key(struct registry_store *store, const struct registry_key *key)
{
    static const char sql[] = "INSERT INTO api_key (hash, name, role, created_at)"
                              " VALUES (?1, ?2, ?3, ?4)";
    sqlite3_stmt *statement = NULL;
    if (sqlite3_prepare_v2(store->db, sql, -1, &statement, NULL) != SQLITE_OK ||
        sqlite3_bind_blob(statement, 1, key->hash, REGISTRY_HASH_SIZE, SQLITE_STATIC) ||
        sqlite3_bind_text(statement, 2, key->who.name, -1, SQLITE_STATIC) ||
        sqlite3_bind_text(statement, 3, role_names[key->who.role], -1, SQLITE_STATIC) ||
        sqlite3_bind_int64(statement, 4, key->created_at)) {
        (void)store_failed(store, "writing");
        sqlite3_finalize(statement);
        return false;
    }
    return store_write(store, statement);
}

bool registry_store_add(struct registry_store *store, const struct registry_key *key)
{
    CHECK(pthread_mutex_lock(&store->lock) == 0);
    bool done = add_key(store, key);
    CHECK(pthread_mutex_unlock(&store->lock) == 0);
    return done;
}

static bool revoke_name(struct registry_store *store, const char *name, int64_t at)
{
    static const char sql[] = "UPDATE api_key SET revoked_at = ?2"
                              " WHERE name = ?1 AND revoked_at = 0";
    sqlite3_stmt *statement = NULL;
    if (sqlite3_prepare_v2(store->db, sql, -1, &statement, NULL) != SQLITE_OK ||
        sqlite3_bind_text(statement, 1, name, -1, SQLITE_STATIC) ||
        sqlite3_bind_int64(statement, 2, at)) {
        (void)store_failed(store, "writing");
        sqlite3_finalize(statement);
        return false;
    }
    return store_write(store, statement);
}

bool registry_store_revoke(struct registry_store *store, const char *name, int64_t at)
{
    CHECK(pthread_mutex_lock(&store->lock) == 0);
    bool done = revoke_name(store, name, at);
    CHECK(pthread_mutex_unlock(&store->lock) == 0);
    return done;
}

/* ---- PINs */

/* Prepares a statement about an account. NULL: logged. */
static sqlite3_stmt *about_pin(struct registry_store *store, const char *sql, uint64_t account)
{
    sqlite3_stmt *statement = NULL;
    if (sqlite3_prepare_v2(store->db, sql, -1, &statement, NULL) == SQLITE_OK &&
        sqlite3_bind_int64(statement, 1, (int64_t)account) == SQLITE_OK)
        return statement;
    (void)store_failed(store, "turning to a PIN");
    sqlite3_finalize(statement);
    return NULL;
}

static bool set_pin(struct registry_store *store, uint64_t account, const char *hash, int64_t at)
{
    static const char sql[] = "INSERT INTO pin (account, hash, set_at) VALUES (?1, ?2, ?3)"
                              " ON CONFLICT (account) DO UPDATE"
                              " SET hash = excluded.hash, tries = 0, set_at = excluded.set_at";
    sqlite3_stmt *statement = about_pin(store, sql, account);
    if (statement == NULL)
        return false;
    if (sqlite3_bind_text(statement, 2, hash, -1, SQLITE_STATIC) ||
        sqlite3_bind_int64(statement, 3, at)) {
        sqlite3_finalize(statement);
        return false;
    }
    return store_write(store, statement);
}

bool registry_store_set_pin(struct registry_store *store, uint64_t account, const char *hash,
                            int64_t at)
{
    CHECK(account != 0 && strlen(hash) < REGISTRY_PIN_HASH_MAX);
    CHECK(pthread_mutex_lock(&store->lock) == 0);
    bool done = set_pin(store, account, hash, at);
    CHECK(pthread_mutex_unlock(&store->lock) == 0);
    return done;
}

/* Counts one, if there is one left. The row comes before the commit: what the statement says
 * counts only when it is done. */
static enum registry_try count_try(struct registry_store *store, uint64_t account,
                                   char hash[REGISTRY_PIN_HASH_MAX])
{
    static const char sql[] = "UPDATE pin SET tries = tries + 1"
                              " WHERE account = ?1 AND tries < 3 RETURNING hash";
    _Static_assert(REGISTRY_PIN_TRIES_MAX == 3, "as in the statement and in the table");
    sqlite3_stmt *statement = about_pin(store, sql, account);
    if (statement == NULL)
        return REGISTRY_TRY_FAILED;
    enum registry_try result = REGISTRY_TRY_LOCKED; /* or there is none */
    int step = sqlite3_step(statement);
    if (step == SQLITE_ROW) {
        const char *text = (const char *)sqlite3_column_text(statement, 0);
        bool sound = text != NULL && strlen(text) < REGISTRY_PIN_HASH_MAX;
        if (sound)
            memcpy(hash, text, strlen(text) + 1);
        result = sound ? REGISTRY_TRY_COUNTED : REGISTRY_TRY_FAILED;
        step = sqlite3_step(statement);
    }
    if (step != SQLITE_DONE || result == REGISTRY_TRY_FAILED) {
        (void)store_failed(store, "counting a try");
        result = REGISTRY_TRY_FAILED;
    }
    sqlite3_finalize(statement);
    return result;
}

static enum registry_try why_not_counted(struct registry_store *store, uint64_t account)
{
    sqlite3_stmt *statement = about_pin(store, "SELECT 1 FROM pin WHERE account = ?1", account);
    if (statement == NULL)
        return REGISTRY_TRY_FAILED;
    int step = sqlite3_step(statement);
    sqlite3_finalize(statement);
    if (step == SQLITE_ROW)
        return REGISTRY_TRY_LOCKED;
    if (step == SQLITE_DONE &&
        store_exec(store, "UPDATE pin SET tries = 1 WHERE account = 0")) /* as dear as the other */
        return REGISTRY_TRY_NO_PIN;
    return REGISTRY_TRY_FAILED;
}

enum registry_try registry_store_try_pin(struct registry_store *store, uint64_t account,
                                         char hash[REGISTRY_PIN_HASH_MAX])
{
    CHECK(account != 0);
    CHECK(pthread_mutex_lock(&store->lock) == 0);
    enum registry_try result = count_try(store, account, hash);
    if (result == REGISTRY_TRY_LOCKED)
        result = why_not_counted(store, account);
    CHECK(pthread_mutex_unlock(&store->lock) == 0);
    return result;
}

/* `sql` is about account ?1 while its PIN has the hash ?2. */
static bool change_tries(struct registry_store *store, const char *sql, uint64_t account,
                         const char *hash, bool *same)
{
    sqlite3_stmt *statement = about_pin(store, sql, account);
    if (statement == NULL)
        return false;
    if (sqlite3_bind_text(statement, 2, hash, -1, SQLITE_STATIC)) {
        sqlite3_finalize(statement);
        return false;
    }
    if (!store_write(store, statement))
        return false;
    *same = sqlite3_changes(store->db) == 1;
    return true;
}

bool registry_store_clear_tries(struct registry_store *store, uint64_t account, const char *hash,
                                bool *same)
{
    CHECK(pthread_mutex_lock(&store->lock) == 0);
    bool done = change_tries(store, "UPDATE pin SET tries = 0 WHERE account = ?1 AND hash = ?2",
                             account, hash, same);
    CHECK(pthread_mutex_unlock(&store->lock) == 0);
    return done;
}

bool registry_store_return_try(struct registry_store *store, uint64_t account, const char *hash)
{
    static const char sql[] = "UPDATE pin SET tries = tries - 1"
                              " WHERE account = ?1 AND hash = ?2 AND tries > 0";
    bool same;
    CHECK(pthread_mutex_lock(&store->lock) == 0);
    bool done = change_tries(store, sql, account, hash, &same);
    CHECK(pthread_mutex_unlock(&store->lock) == 0);
    return done;
}
