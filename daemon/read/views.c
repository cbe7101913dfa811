#include "read/views.h"

#include <stdlib.h>
#include <string.h>

#include "base/account_number.h"
#include "host/log.h"
#include "read/matches.h"
#include "read/views_rows.h"

#define BUSY_MS 5000
#define MAPPED_BYTES "1073741824" /* halves the cost of a point read */

static bool prepare_all(struct views *views)
{
    struct {
        sqlite3_stmt **statement;
        const char *sql;
    } all[] = {
        {&views->owner, "SELECT owner, opened_at FROM owners WHERE account = ?"},
        {&views->step, "SELECT " VIEWS_STEP_COLUMNS " FROM steps WHERE account = ? AND step = ?"},
        {&views->run, "SELECT " VIEWS_RUN_COLUMNS " FROM months"
                      " WHERE account = ? AND month <= ? ORDER BY month DESC LIMIT 1"},
        {&views->list, "SELECT account FROM owners WHERE account BETWEEN ?1 AND ?2"
                       " ORDER BY account LIMIT ?3"},
        {&views->matches, "SELECT rowid FROM search WHERE rowid BETWEEN ?1 AND ?2"
                          " AND search MATCH ?4 ORDER BY rowid LIMIT ?3"},
        {&views->begin, "BEGIN"},
        {&views->end, "COMMIT"},
    };

    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        if (sqlite3_prepare_v3(views->handle, all[i].sql, -1, SQLITE_PREPARE_PERSISTENT,
                               all[i].statement, NULL) != SQLITE_OK)
            return false;
    }
    return true;
}

static void close_connection(struct views *views)
{
    sqlite3_stmt *statements[] = {views->owner,   views->step,  views->run, views->list,
                                  views->matches, views->begin, views->end};

    for (size_t i = 0; i < sizeof(statements) / sizeof(statements[0]); i++)
        (void)sqlite3_finalize(statements[i]);
    if (sqlite3_close(views->handle) != SQLITE_OK)
        log_error("read", "closing a reader failed: %s", sqlite3_errmsg(views->handle));
}

struct views *views_open(struct projector *projector, struct journal_reader *journal)
{
    struct views *views = calloc(1, sizeof(*views));

    CHECK(views != NULL);
    views->projector = projector;
    views->found = calloc(MATCHES_ROOM, sizeof(*views->found));
    CHECK(views->found != NULL);
    /* The last to close a file would move its log back: that is the projector's alone to do. */
    if (sqlite3_open_v2(projector->db.path, &views->handle,
                        views_db_flags(&projector->db) | SQLITE_OPEN_READONLY, NULL) != SQLITE_OK ||
        sqlite3_extended_result_codes(views->handle, 1) != SQLITE_OK ||
        sqlite3_busy_timeout(views->handle, BUSY_MS) != SQLITE_OK ||
        sqlite3_db_config(views->handle, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL) != SQLITE_OK ||
        sqlite3_exec(views->handle, "PRAGMA mmap_size=" MAPPED_BYTES, NULL, NULL, NULL) !=
            SQLITE_OK ||
        !prepare_all(views)) {
        log_error("read", "cannot open the views for reading: %s", sqlite3_errmsg(views->handle));
        views_close(&views);
        return NULL;
    }
    views->journal = journal;
    return views;
}

void views_close(struct views **out)
{
    struct views *views = *out;

    if (views == NULL)
        return;
    close_connection(views);
    journal_reader_close(&views->journal);
    free(views->found);
    free(views);
    *out = NULL;
}

enum views_found views_step(struct views *views, sqlite3_stmt *statement)
{
    int code = sqlite3_step(statement);

    if (code == SQLITE_ROW)
        return VIEWS_ROW;
    if (code != SQLITE_DONE) {
        log_error("read", "reading the views failed: %s (%d)", sqlite3_errmsg(views->handle), code);
        if (views_db_is_damage(code))
            views_db_mark_damaged(&views->projector->db);
    }
    (void)sqlite3_reset(statement);
    return code == SQLITE_DONE ? VIEWS_NONE : VIEWS_FAILED;
}

bool views_account(struct views *views, uint64_t account, struct views_account *out)
{
    struct memory *memory = &views->projector->memory;
    const struct account_row *row;

    memory_share(memory);
    row = account_table_find(&memory->accounts, account);
    if (row != NULL)
        *out = (struct views_account){.row = *row, .seen_at = memory->seen_at};
    memory_unlock(memory);
    return row != NULL;
}

/* What waits for the account, or NULL; the lock is held. */
static const struct pending_entry *waiting_of(const struct memory *memory, uint64_t account)
{
    const struct account_row *row = account_table_find(&memory->accounts, account);

    return row == NULL ? NULL : pending_look(&memory->pending, row);
}

static enum status owner_in_file(struct views *views, struct query *query, uint64_t account,
                                 struct views_owner *out)
{
    enum views_found found;
    struct text owner;

    views_rows_bind(views->owner, 1, account);
    found = views_step(views, views->owner);
    if (found != VIEWS_ROW) {
        if (found == VIEWS_NONE)
            views_doubt(views, "the owner of an account is missing");
        return views_unavailable(query);
    }
    owner.data = (const char *)sqlite3_column_text(views->owner, 0);
    owner.size = (size_t)sqlite3_column_bytes(views->owner, 0);
    out->owner = arena_copy(query->arena, owner);
    out->opened_at = sqlite3_column_int64(views->owner, 1);
    (void)sqlite3_reset(views->owner);
    return out->owner.data == NULL ? views_no_room(query) : STATUS_ok;
}

enum status views_owner_of(struct views *views, struct query *query, uint64_t account,
                           struct views_owner *out)
{
    struct memory *memory = &views->projector->memory;
    const struct pending_entry *entry;
    bool waits;

    memory_share(memory);
    entry = waiting_of(memory, account);
    waits = entry != NULL && entry->opening != NULL;
    if (waits) {
        out->owner = arena_copy(query->arena, entry->opening->owner);
        out->opened_at = entry->opening->at;
    }
    memory_unlock(memory);
    if (!waits)
        return owner_in_file(views, query, account, out);
    return out->owner.data == NULL ? views_no_room(query) : STATUS_ok;
}

static bool is_looking(const struct views *views)
{
    return sqlite3_get_autocommit(views->handle) == 0;
}

static bool look_anew(struct views *views)
{
    return !is_looking(views) || views_step(views, views->end) == VIEWS_NONE;
}

static enum views_found find_step(struct views *views, uint64_t account, uint64_t step,
                                  struct step_row *out)
{
    views_rows_bind(views->step, 1, account);
    views_rows_bind(views->step, 2, step);
    enum views_found found = views_step(views, views->step);
    if (found == VIEWS_ROW) {
        views_rows_step(views->step, 0, out);
        (void)sqlite3_reset(views->step);
    }
    return found;
}

/* A step that left the memory since the look at the file began is found by another look. */
static bool step_in_file(struct views *views, uint64_t account, uint64_t step, struct step_row *out)
{
    if (views->held && !is_looking(views) && views_step(views, views->begin) != VIEWS_NONE)
        return false;
    enum views_found found = find_step(views, account, step, out);
    if (found == VIEWS_NONE && is_looking(views) && look_anew(views))
        found = find_step(views, account, step, out);
    return found == VIEWS_ROW;
}

bool views_step_of(struct views *views, uint64_t account, uint64_t step, struct step_row *out)
{
    struct memory *memory = &views->projector->memory;
    const struct pending_entry *entry;
    bool waits;

    memory_share(memory);
    entry = waiting_of(memory, account);
    waits = entry != NULL && entry->step_count > 0 && step >= entry->steps[0].step &&
            step - entry->steps[0].step < entry->step_count;
    if (waits)
        *out = entry->steps[step - entry->steps[0].step];
    memory_unlock(memory);
    if (waits)
        return true;
    return step_in_file(views, account, step, out);
}

void views_hold(struct views *views)
{
    views->held = true;
    journal_reader_hold(views->journal);
}

void views_let_go(struct views *views)
{
    views->held = false;
    look_anew(views);
    journal_reader_let_go(views->journal);
}

/* The run that begins last up to the month holds it, or nothing moved since its end. */
static enum views_found month_in_file(struct views *views, uint64_t account, int32_t month,
                                      struct month_row *out)
{
    struct month_run run;
    const struct month_row *row = NULL;
    enum views_found found;

    views_rows_bind(views->run, 1, account);
    views_rows_bind_signed(views->run, 2, month);
    found = views_step(views, views->run);
    if (found != VIEWS_ROW)
        return found;
    if (views_rows_run(views->run, &run))
        row = month_run_up_to(&run, month);
    if (row != NULL)
        *out = *row;
    (void)sqlite3_reset(views->run);
    return row != NULL ? VIEWS_ROW : VIEWS_NONE;
}

enum views_found views_month_of(struct views *views, uint64_t account, int32_t month,
                                struct month_row *out)
{
    struct memory *memory = &views->projector->memory;
    const struct pending_entry *entry;
    bool waits = false;

    memory_share(memory);
    entry = waiting_of(memory, account);
    for (uint32_t i = entry == NULL ? 0 : entry->month_count; i > 0 && !waits; i--) {
        waits = entry->months[i - 1].month <= month;
        if (waits)
            *out = entry->months[i - 1];
    }
    memory_unlock(memory);
    if (waits) /* months in the file are older than those that wait */
        return VIEWS_ROW;
    return month_in_file(views, account, month, out);
}

int64_t views_present(const struct query *query, const struct views_account *account)
{
    int64_t present = query->now > query->settled ? query->now : query->settled;

    return present > account->seen_at ? present : account->seen_at;
}

enum status views_no_account(struct query *query, uint64_t account)
{
    char number[ACCOUNT_TEXT_MAX];

    problem_set(query->problem, STATUS_account_not_found,
                "There is no account %s: check the number.", account_print(account, number));
    return STATUS_account_not_found;
}

void views_doubt(struct views *views, const char *what)
{
    log_error("read", "the views are damaged, the next start builds them anew: %s", what);
    views_db_mark_damaged(&views->projector->db);
}

enum status views_unavailable(struct query *query)
{
    problem_set(query->problem, STATUS_unavailable,
                "The records cannot be read right now: ask again in a moment.");
    return STATUS_unavailable;
}

enum status views_no_room(struct query *query)
{
    problem_set(query->problem, STATUS_unavailable,
                "The answer is larger than one request may be: ask for less of it.");
    return STATUS_unavailable;
}

uint64_t views_limit(bool given, uint64_t limit)
{
    return given ? limit : QUERY_LIMIT_DEFAULT;
}
