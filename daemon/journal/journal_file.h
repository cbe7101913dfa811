/* The journal's file as SQLite sees it: connections and the check of its format, for the writer
 * and the readers alike. Private to this room. */
#pragma once

#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>

#include "journal/journal.h"

#define JOURNAL_APPLICATION_ID 0x74656c6a /* "telj" */
#define JOURNAL_FILE_VERSION 1

/* Opens a connection of its own for one thread. The result says what kept it from opening. */
enum journal_open_result journal_file_open(const char *path, bool writable, sqlite3 **out) MUST_USE;
/* Whether it is a journal of a version we know. A database without anything in it is *fresh. */
enum journal_open_result journal_file_check(sqlite3 *db, const char *path, bool *fresh) MUST_USE;
/* Logs what SQLite said, and translates it. */
enum journal_open_result journal_file_failed(sqlite3 *db, const char *path, const char *doing);
void journal_file_close(sqlite3 **db);

bool journal_file_run(sqlite3 *db, const char *sql) MUST_USE; /* results are not looked at */
bool journal_file_integer(sqlite3 *db, const char *sql, int64_t *out) MUST_USE;
bool journal_file_prepare(sqlite3 *db, const char *sql, sqlite3_stmt **out) MUST_USE;
/* A statement's blob as text; false when it is no blob or beyond `max`. */
bool journal_file_blob(sqlite3_stmt *statement, int column, size_t max, struct text *out) MUST_USE;

/* Reads the last record and checks it against the one before: sound, and its hash joins.
 * *head of an empty journal is zero. */
enum journal_open_result journal_file_head(sqlite3 *db, const char *path,
                                           struct journal_head *head) MUST_USE;
