/* views.db: the projector's own connection to it, the schema, and the statements that write.
 *
 * The file is a cache of the journal: it is opened with synchronous=NORMAL (a power failure may
 * take its last transactions, never its consistency; they are folded again from the journal), and
 * thrown away whenever anything about it is in doubt. Only this connection writes it and moves its
 * log back into it. The projector's thread only. */
#pragma once

#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/check.h"
#include "journal/journal.h"
#include "read/memory.h"

#define VIEWS_APPLICATION_ID 0x54564557 /* "TVEW" */
#define VIEWS_VERSION 4

/* A place in the journal, and the hash that tells this journal from another one. */
struct checkpoint {
    uint64_t record;
    uint8_t hash[JOURNAL_HASH_SIZE];
};

/* Where the file stands. Up to `whole` everything is in it; rows written since may be newer, but
 * never newer than `reached`. */
struct views_meta {
    struct checkpoint whole, reached;
};

struct views_db {
    char *path; /* of the file, or the URI of views in memory */
    bool in_file;
    bool unsearched; /* nobody will search: the index of owners stays empty */
    sqlite3 *handle;
    sqlite3_stmt *begin, *commit, *rollback;
    sqlite3_stmt *put_chunk, *put_owner, *put_words, *put_step, *put_run, *put_meta;
    int log_pages; /* in the write-ahead log */
};

/* What the path means to sqlite3_open_v2: projector and queries open the same. */
int views_db_flags(const struct views_db *db);

/* Opens an existing file of ours, this version. False: *why says what is wrong with it. */
bool views_db_open(struct views_db *db, const char **why) MUST_USE;
/* Removes whatever is there and makes an empty one. */
bool views_db_create(struct views_db *db) MUST_USE;
void views_db_init(struct views_db *db, const char *path); /* NULL: in memory */
void views_db_close(struct views_db *db);                  /* the connection */
void views_db_free(struct views_db *db);

/* A file of ours, but of another version than VIEWS_VERSION. */
bool views_db_is_other_format(sqlite3 *handle) MUST_USE;
bool views_db_meta(sqlite3 *handle, struct views_meta *out) MUST_USE;
/* Fills the table of accounts; false when a row is not sound. */
bool views_db_load(struct views_db *db, uint64_t reached, struct account_table *accounts) MUST_USE;

/* Deletes every row, in one transaction: for views in use that turned out to be wrong. */
bool views_db_empty(struct views_db *db) MUST_USE;
/* Moves the log back into the file when it is long; true when there was something to do. */
bool views_db_tidy_log(struct views_db *db);

/* A file beside views.db that says: rebuild me at the next start. For damage met while running,
 * when the file can be trusted with nothing any more. */
void views_db_mark_damaged(const struct views_db *db);
static inline bool views_db_is_damage(int code)
{
    return (code & 0xff) == SQLITE_CORRUPT || (code & 0xff) == SQLITE_NOTADB;
}
