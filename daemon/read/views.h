/* What queries share: a thread's own connection and reader, and looking things up in memory first
 * and in views.db second. In that order, because a flush may happen between the two: what it took
 * out of memory is in the file by then. Where both know a thing they know the same. */
#pragma once

#include <sqlite3.h>
#include <stdbool.h>

#include "read/pending.h"
#include "read/projector_state.h"
#include "read/queries.h"

struct views {
    struct projector *projector;
    struct journal_reader *journal;
    sqlite3 *handle;
    sqlite3_stmt *owner, *step, *run, *list, *matches;
    sqlite3_stmt *begin, *end;
    bool held;       /* steps are read in one transaction, begun by the first */
    uint64_t *found; /* room of matches.h */
};

/* One answer of a statement, which is reset when it is no row. */
enum views_found { VIEWS_ROW, VIEWS_NONE, VIEWS_FAILED };
enum views_found views_step(struct views *views, sqlite3_stmt *statement) MUST_USE;

/* The account as it stands, and the time up to which that is so: every record up to `seen_at` is
 * in it. False: there is none. */
struct views_account {
    struct account_row row;
    int64_t seen_at;
};
bool views_account(struct views *views, uint64_t account, struct views_account *out) MUST_USE;

struct views_owner {
    struct text owner; /* in the arena */
    int64_t opened_at;
};
enum status views_owner_of(struct views *views, struct query *query, uint64_t account,
                           struct views_owner *out) MUST_USE;

/* Step `step` of an account: 1 ... version / PROJECTOR_STEP_EVENTS are there. */
bool views_step_of(struct views *views, uint64_t account, uint64_t step,
                   struct step_row *out) MUST_USE;
/* Between the two, steps share one look at the file, and records one at the journal's: each costs
 * half then. What is newer than the look is found all the same. Let go soon: neither file's log is
 * reused meanwhile. Nothing else of the views is read between. */
void views_hold(struct views *views);
void views_let_go(struct views *views);
/* The newest closed month up to `month`. */
enum views_found views_month_of(struct views *views, uint64_t account, int32_t month,
                                struct month_row *out) MUST_USE;

/* No time up to here is in the future: the clock's, or the last record's where that is ahead. */
int64_t views_present(const struct query *query, const struct views_account *account);

/* The views say something that cannot be: logged, and they are built anew at the next start. */
void views_doubt(struct views *views, const char *what);

/* Problems, all set the same way: they return the status they set. */
enum status views_no_account(struct query *query, uint64_t account);
enum status views_unavailable(struct query *query); /* whoever met the reason has logged it */
enum status views_no_room(struct query *query);
/* The same for one of lists: limit, or the default. */
uint64_t views_limit(bool given, uint64_t limit);
