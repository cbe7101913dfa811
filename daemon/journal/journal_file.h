/* The journal's file as SQLite sees it: connections and the check of its format, for the writer
 * and the readers alike. Private to this room. */
#pragma once

#include <stdbool.h>

#include "journal/journal.h"
#include "sqlite/sqlite_file.h"

#define JOURNAL_APPLICATION_ID 0x74656c6a /* "telj" */
#define JOURNAL_FILE_VERSION 2            /* 1: a row a record, all of the chain BLAKE2b */

/* Opens a connection of its own for one thread. The result says what kept it from opening. */
enum journal_open_result journal_file_open(const char *path, bool writable, sqlite3 **out) MUST_USE;
/* Whether it is a journal of a version we know, and which; 0: a database without anything in it. */
enum journal_open_result journal_file_check(sqlite3 *db, const char *path,
                                            int32_t *version) MUST_USE;
/* Lets this connection see a file of version 1 in the shape of today, as it is now: its statements
 * are the same, and what is appended later is not seen. Hidden again before it is brought up. */
bool journal_file_show_older(sqlite3 *db) MUST_USE;
bool journal_file_hide_older(sqlite3 *db) MUST_USE;
/* The last record of the older format; 0 when there is none. */
bool journal_file_old_until(sqlite3 *db, uint64_t *out) MUST_USE;
/* Logs what SQLite said, and translates it. */
enum journal_open_result journal_file_failed(sqlite3 *db, const char *path, const char *doing);

/* Reads the last record and checks it against the one before: sound, and its hash joins.
 * *head of an empty journal is zero. */
enum journal_open_result journal_file_head(sqlite3 *db, const char *path,
                                           struct journal_head *head) MUST_USE;
