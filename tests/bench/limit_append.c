#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "limit.h"

#define ROW_BYTES 100
#define TRANSACTIONS_A_LOOK 16
#define WARM_ROWS 40000 /* more than a checkpoint's worth: from then on the log is written anew */

static bool run(sqlite3 *db, const char *sql)
{
    return sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK;
}

static bool append(sqlite3 *db, sqlite3_stmt *insert, size_t batch)
{
    static const char row[ROW_BYTES];
    if (!run(db, "BEGIN IMMEDIATE"))
        return false;
    for (size_t i = 0; i < batch; i++) {
        if (sqlite3_bind_blob(insert, 1, row, sizeof row, SQLITE_STATIC) != SQLITE_OK ||
            sqlite3_step(insert) != SQLITE_DONE || sqlite3_reset(insert) != SQLITE_OK)
            return false;
    }
    return run(db, "COMMIT");
}

static bool measure(sqlite3 *db, size_t batch, double seconds, double *rate)
{
    sqlite3_stmt *insert = NULL;
    bool done = run(db, "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
                        "CREATE TABLE row(number INTEGER PRIMARY KEY, body BLOB)") &&
                sqlite3_prepare_v2(db, "INSERT INTO row(body) VALUES(?1)", -1, &insert, NULL) ==
                    SQLITE_OK &&
                append(db, insert, WARM_ROWS) && append(db, insert, 1);
    int64_t start = now_ns();
    size_t rows = 0;
    while (done && seconds_since(start) < seconds) {
        for (int i = 0; i < TRANSACTIONS_A_LOOK && done; i++)
            done = append(db, insert, batch);
        rows += TRANSACTIONS_A_LOOK * batch;
    }
    *rate = (double)rows / seconds_since(start);
    (void)sqlite3_finalize(insert);
    return done;
}

bool limit_append(const char *folder, size_t batch, double seconds, double *rate)
{
    char path[1200], beside[1210];
    sqlite3 *db = NULL;
    (void)snprintf(path, sizeof path, "%s/append.db", folder);
    bool done = sqlite3_open(path, &db) == SQLITE_OK && measure(db, batch, seconds, rate);
    if (!done)
        fprintf(stderr, "bench: %s: %s\n", path, db == NULL ? "" : sqlite3_errmsg(db));
    (void)sqlite3_close(db);
    (void)unlink(path);
    static const char *const suffixes[] = {"-wal", "-shm"};
    for (size_t i = 0; i < 2; i++) {
        (void)snprintf(beside, sizeof beside, "%s%s", path, suffixes[i]);
        (void)unlink(beside);
    }
    return done;
}
