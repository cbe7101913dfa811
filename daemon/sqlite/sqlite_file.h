/* A database file of ours: opened in one way by every room that has one, held against what it
 * claims to be, and read by prepared statements. It stands beside <sqlite3.h>, not in its place:
 * a room goes on with the connection as it likes.
 *
 * Whatever fails is logged under the room's name, with SQLite's own words. Any thread; a
 * connection belongs to one at a time. */
#pragma once

#include <sqlite3.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/check.h"
#include "base/text.h"

/* What a room's file is. */
struct sqlite_kind {
    const char *room;       /* who speaks in the log */
    const char *what;       /* "the journal": begins what is said about the file */
    int32_t application_id; /* written into the file's header, and never 0 */
    int32_t version;        /* the newest format this program knows; the first is 1 */
};

enum sqlite_file_use { SQLITE_FILE_READ, SQLITE_FILE_WRITE, SQLITE_FILE_CREATE };

struct sqlite_setup {
    enum sqlite_file_use use;
    bool uri;    /* the path is one: views in memory have a name */
    int busy_ms; /* how long to wait for another connection's lock */
};

enum sqlite_file_result {
    SQLITE_FILE_OK,
    SQLITE_FILE_FAILED,  /* the machine's fault: rights, disk, memory, a lock */
    SQLITE_FILE_DAMAGED, /* no database, a broken one, or one that is not ours */
    SQLITE_FILE_NEWER,   /* ours, of a format this program does not know */
};

/* A connection with extended error codes, without a mutex, that refuses SQL which would corrupt
 * the file, and, when it only reads, leaves the log alone at its close. *out is NULL unless OK. A
 * file is opened lazily: what is wrong with its bytes may show only at the check. */
enum sqlite_file_result sqlite_file_open(const struct sqlite_kind *kind, const char *path,
                                         const struct sqlite_setup *setup, sqlite3 **out) MUST_USE;
/* Whether it is of this kind, and of which format: 1 ... kind->version, or 0 when there is nothing
 * in it yet. Older formats are OK: the room knows how to bring them up. */
enum sqlite_file_result sqlite_file_check(const struct sqlite_kind *kind, sqlite3 *db,
                                          const char *path, int32_t *version) MUST_USE;
/* Logs what failed last on the connection, and whether that means damage. For a row that should
 * be there and is not, when SQLite itself is content: damage. */
enum sqlite_file_result sqlite_file_failed(const struct sqlite_kind *kind, sqlite3 *db,
                                           const char *path, const char *doing);
void sqlite_file_close(sqlite3 **db); /* every statement is finalized by now; NULL is fine */

/* The write-ahead log. False, too, where the file system cannot do it, which SQLite does not call
 * an error. After the check: it writes, and the file might be somebody else's. So might these. */
bool sqlite_file_use_log(sqlite3 *db) MUST_USE;
/* "synchronous = FULL" and its like, in their order, NULL at the end. */
bool sqlite_file_set(sqlite3 *db, const char *const pragmas[]) MUST_USE;

/* These do not log, nor do the two above: sqlite_file_failed says what it was. */
bool sqlite_file_run(sqlite3 *db, const char *sql) MUST_USE; /* rows are not looked at */
bool sqlite_file_integer(sqlite3 *db, const char *sql, int64_t *out) MUST_USE; /* of one row */
bool sqlite_file_prepare(sqlite3 *db, const char *sql, sqlite3_stmt **out) MUST_USE; /* to keep */
/* False: those behind the one that failed are NULL; finalize them all, then too. */
bool sqlite_file_prepare_all(sqlite3 *db, const char *const sql[], sqlite3_stmt *out[],
                             size_t count) MUST_USE;
void sqlite_file_finalize_all(sqlite3_stmt *statements[], size_t count);
/* A blob as text, valid until the next step. False: it is none, or longer than `max`. */
bool sqlite_file_blob(sqlite3_stmt *statement, int column, size_t max, struct text *out) MUST_USE;
