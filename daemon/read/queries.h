/* Queries: one function each, a file each (query_*.c). They read the projector's memory over
 * views.db, and walk the journal for what history needs.
 *
 * A `struct views` is a thread's own way to look: a read-only connection to views.db and a
 * journal reader over the projector's memory. Results live in the arena. On anything but
 * STATUS_ok `problem` says why. `now` is the wall clock for what lies in the future; `links`
 * builds the `next` of lists. Callers wait for "seen" first (read your writes). */
#pragma once

#include <stdint.h>

#include "base/arena.h"
#include "contract/args.h"
#include "contract/messages.h"
#include "contract/problem.h"
#include "contract/results.h"
#include "read/projector.h"

struct views;

/* The reader becomes the views'; when they cannot be opened (NULL, logged) it stays the caller's.
 * One thread's at a time. Close them before the projector. */
struct views *views_open(struct projector *projector, struct journal_reader *journal) MUST_USE;
void views_close(struct views **views); /* closes the reader too */

struct query {
    struct arena *arena;
    struct problem *problem;
    int64_t now;     /* wall clock */
    int64_t settled; /* no later command can be dated at or before this (engine's last at) */
};

enum status query_account(struct views *views, const struct account_query *args,
                          struct query *query, struct account_result *out) MUST_USE;
enum status query_accounts(struct views *views, const struct list_accounts *args,
                           struct query *query, struct list_result *out) MUST_USE;
enum status query_balance(struct views *views, const struct balance_query *args,
                          struct query *query, struct balance_result *out) MUST_USE;
/* Days before the opening are left out. Without `to` it ends today, without `from` it has 90 days.
 */
enum status query_series(struct views *views, const struct series_query *args, struct query *query,
                         struct series_result *out) MUST_USE;
/* An event matches `text` by its own reference or counterparty, so BalanceUpdated never does. */
enum status query_history(struct views *views, const struct history_query *args,
                          struct query *query, struct list_result *out) MUST_USE;
enum status query_statements(struct views *views, const struct list_statements *args,
                             struct query *query, struct list_result *out) MUST_USE;
/* first_position and last_position are those of the account's first and last event in the month;
 * null when it has none. A final month needs `settled` and what is folded to be past its end. */
enum status query_statement(struct views *views, const struct statement_query *args,
                            struct query *query, struct statement_result *out) MUST_USE;
/* The feed: events after a position, up to limit; an empty list when there is no news. */
enum status query_changes(struct views *views, const struct changes_query *args,
                          struct query *query, struct list_result *out) MUST_USE;

#define QUERY_LIMIT_DEFAULT 50
#define QUERY_EXAMINED_MAX 20000 /* events one history request looks at */
#define QUERY_SERIES_DAYS_MAX 400
#define QUERY_TOTAL_MAX 10000 /* ListAccounts counts so far, then total is null */
