/* The statements of outbox.db; for outbox*.c. */
#pragma once

#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/check.h"
#include "webhooks/outbox.h"

#define LETTER_COLUMNS                                                                             \
    "position, record, account, counterparty, part, type, state, attempts,"                        \
    " next_at, id"

/* No delivery of the endpoint waits before `d` and names its account, or its counterparty. */
#define OUTBOX_FREE(index, column, of)                                                             \
    " AND NOT EXISTS (SELECT 1 FROM delivery AS e INDEXED BY " index                               \
    " WHERE e.endpoint = ?1 AND e." column " = d." of " AND e." column " <> 0"                     \
    " AND e.state = 0 AND e.position < d.position)"
#define OUTBOX_HEADS                                                                               \
    "SELECT " LETTER_COLUMNS " FROM delivery AS d INDEXED BY delivery_waiting"                     \
    " WHERE endpoint = ?1 AND state = 0 AND position >= ?2" OUTBOX_FREE("delivery_by_account",     \
                                                                        "account", "account")      \
        OUTBOX_FREE("delivery_by_counterparty", "counterparty", "account")                         \
            OUTBOX_FREE("delivery_by_account", "account", "counterparty")                          \
                OUTBOX_FREE("delivery_by_counterparty", "counterparty",                            \
                            "counterparty") " ORDER BY position LIMIT ?3"

/* X(name, sql) */
#define OUTBOX_STATEMENTS(X)                                                                       \
    X(BEGIN, "BEGIN IMMEDIATE")                                                                    \
    X(COMMIT, "COMMIT")                                                                            \
    X(CHECKPOINT, "SELECT record, hash FROM checkpoint")                                           \
    X(SET_CHECKPOINT, "UPDATE checkpoint SET record = ?1, hash = ?2")                              \
    X(ENDPOINTS, "SELECT number, id, url, types, accounts, secret, old_secret, old_until,"         \
                 " enabled, lasting, reason, created_at, failing_since, last_at, last_status,"     \
                 " last_error, position FROM endpoint ORDER BY number")                            \
    X(ADD_ENDPOINT, "INSERT INTO endpoint (id, created_at, lasting, url, types, accounts, secret," \
                    " position) VALUES (?1, ?2, ?3, '', 0, x'', x'', 0)")                          \
    X(SAVE_ENDPOINT, "UPDATE endpoint SET url = ?2, types = ?3, accounts = ?4, secret = ?5,"       \
                     " old_secret = ?6, old_until = ?7, enabled = ?8, reason = ?9,"                \
                     " failing_since = ?10, last_at = ?11, last_status = ?12, last_error = ?13,"   \
                     " position = ?14 WHERE number = ?1")                                          \
    X(DELETE_ENDPOINT, "DELETE FROM endpoint WHERE number = ?1")                                   \
    X(PUT, "INSERT INTO delivery (endpoint, " LETTER_COLUMNS ")"                                   \
           " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)"                                \
           " ON CONFLICT (endpoint, position) DO UPDATE SET state = excluded.state,"               \
           " attempts = excluded.attempts, next_at = excluded.next_at")                            \
    X(ADD_ATTEMPT, "INSERT INTO attempt (endpoint, position, at, duration, status, error, answer)" \
                   " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)")                                         \
    X(CUT_ATTEMPTS, "DELETE FROM attempt WHERE number IN (SELECT number FROM attempt"              \
                    " WHERE endpoint = ?1 AND position = ?2"                                       \
                    " ORDER BY number DESC LIMIT -1 OFFSET ?3)")                                   \
    X(PRUNE, "DELETE FROM delivery WHERE endpoint = ?1 AND position IN (SELECT position"           \
             " FROM delivery WHERE endpoint = ?1 AND state IN (1, 3) AND position <= ?2"           \
             " ORDER BY position DESC LIMIT -1 OFFSET ?3)")                                        \
    X(HEADS, OUTBOX_HEADS)                                                                         \
    X(FIRST_BY, "SELECT " LETTER_COLUMNS " FROM delivery INDEXED BY delivery_by_account"           \
                " WHERE endpoint = ?1 AND account = ?2 AND account <> 0 AND state = 0"             \
                " ORDER BY position LIMIT 1")                                                      \
    X(FIRST_WITH, "SELECT " LETTER_COLUMNS " FROM delivery INDEXED BY delivery_by_counterparty"    \
                  " WHERE endpoint = ?1 AND counterparty = ?2 AND counterparty <> 0"               \
                  " AND state = 0 ORDER BY position LIMIT 1")                                      \
    X(LAST_BY, "SELECT " LETTER_COLUMNS " FROM delivery INDEXED BY delivery_by_account"            \
               " WHERE endpoint = ?1 AND account = ?2 AND account <> 0 AND state = 0"              \
               " ORDER BY position DESC LIMIT 1")                                                  \
    X(LAST_WITH, "SELECT " LETTER_COLUMNS " FROM delivery INDEXED BY delivery_by_counterparty"     \
                 " WHERE endpoint = ?1 AND counterparty = ?2 AND counterparty <> 0"                \
                 " AND state = 0 ORDER BY position DESC LIMIT 1")                                  \
    X(COUNTS, "SELECT count(*) FILTER (WHERE state = 0), count(*) FILTER (WHERE state IN (1, 3))," \
              " count(*) FILTER (WHERE state = 2), coalesce(max(position), 0)"                     \
              " FROM delivery WHERE endpoint = ?1")                                                \
    X(AT, "SELECT " LETTER_COLUMNS " FROM delivery WHERE endpoint = ?1 AND position = ?2")         \
    X(FIND, "SELECT " LETTER_COLUMNS " FROM delivery WHERE endpoint = ?1 AND id = ?2")             \
    X(OLDEST, "SELECT " LETTER_COLUMNS " FROM delivery WHERE endpoint = ?1"                        \
              " AND (1 << state & ?2) <> 0 AND position >= ?3 ORDER BY position LIMIT ?4")         \
    X(NEWEST, "SELECT " LETTER_COLUMNS " FROM delivery WHERE endpoint = ?1"                        \
              " AND (1 << state & ?2) <> 0 AND position < ?3 ORDER BY position DESC LIMIT ?4")     \
    X(ATTEMPTS, "SELECT at, duration, status, error, answer FROM attempt"                          \
                " WHERE endpoint = ?1 AND position = ?2 ORDER BY number")                          \
    X(REPLAY_OPEN, "DELETE FROM delivery WHERE endpoint = ?1 AND position > ?2"                    \
                   " AND state IN (0, 2)")                                                         \
    X(REPLAY_DONE, "UPDATE delivery SET state = 3 WHERE endpoint = ?1 AND position > ?2"           \
                   " AND state = 1")                                                               \
    X(REVIVE, "UPDATE delivery SET state = 0, attempts = 0, next_at = ?2"                          \
              " WHERE endpoint = ?1 AND state = 2")

#define OUTBOX_ENUM(name, sql) SQL_##name,
enum outbox_statement { OUTBOX_STATEMENTS(OUTBOX_ENUM) SQL_COUNT };
#undef OUTBOX_ENUM

struct outbox {
    sqlite3 *db;
    sqlite3_stmt *statements[SQL_COUNT];
    bool open; /* a transaction is */
};

/* Binds by a format, a letter a value: i int64_t, t const char * (NULL: null), b const void * and
 * size_t. Returns the statement ready to step, or NULL, logged. */
sqlite3_stmt *outbox_bind(struct outbox *outbox, enum outbox_statement which, const char *format,
                          ...) MUST_USE;
/* Runs a bound statement that returns no rows, in the transaction; false: logged. */
bool outbox_write(struct outbox *outbox, sqlite3_stmt *bound) MUST_USE;
/* One row: true. No more, or failed: the statement is reset and *failed says which. */
bool outbox_step(struct outbox *outbox, sqlite3_stmt *bound, bool *failed) MUST_USE;
