#include "read/views_compare.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "journal/record_codec.h"
#include "read/projector_state.h"
#include "read/views_rows.h"

#define COMPARE_BUSY_MS 10000
#define COMPARE_FOLD 4096

struct comparison {
    struct projector *fresh;
    sqlite3 *file;
    sqlite3_stmt *reached; /* version and month of an account in the file */
    uint64_t checkpoint;   /* record */
    int64_t checkpoint_at;
    char *finding;
    size_t size;
};

struct table {
    const char *name;
    const char *sql; /* ordered by its key */
    int key_columns;
    /* A row only the journal has: true when the file need not have it yet. */
    bool (*may_lack)(struct comparison *comparison, sqlite3_stmt *fresh);
    /* A row with other contents: true when it is an older state of the same account. */
    bool (*may_differ)(struct comparison *comparison, sqlite3_stmt *file, sqlite3_stmt *fresh);
};

static enum views_compared find(struct comparison *comparison, enum views_compared result,
                                const char *format, ...) __attribute__((format(printf, 3, 4)));

static enum views_compared find(struct comparison *comparison, enum views_compared result,
                                const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(comparison->finding, comparison->size, format, args);
    va_end(args);
    return result;
}

/* How far the file's row of an account is; false when it has none. */
static bool reached(struct comparison *comparison, sqlite3_int64 account, uint64_t *version,
                    int64_t *month)
{
    sqlite3_stmt *statement = comparison->reached;
    bool found = sqlite3_bind_int64(statement, 1, account) == SQLITE_OK &&
                 sqlite3_step(statement) == SQLITE_ROW;
    if (found) {
        *version = views_rows_column(statement, 0);
        *month = sqlite3_column_int64(statement, 1);
    }
    (void)sqlite3_reset(statement);
    return found;
}

static bool may_lack_account(struct comparison *comparison, sqlite3_stmt *fresh)
{
    struct record record;
    /* Follow the account to its opening: was that after the checkpoint? */
    uint64_t account = views_rows_column(fresh, 0), number = views_rows_column(fresh, 4);
    while (number > comparison->checkpoint) {
        unsigned i = 0;
        if (journal_read_record(comparison->fresh->journal, number, &record) != JOURNAL_READ_OK)
            return false;
        while (i < record.leg_count && record.legs[i].account != account)
            i++;
        if (i == record.leg_count)
            return false;
        if (record.kind == RECORD_ACCOUNT_CREATED)
            return true;
        number = record.legs[i].previous_record;
    }
    return false;
}

static bool may_lack_owner(struct comparison *comparison, sqlite3_stmt *fresh)
{
    return sqlite3_column_int64(fresh, 1) > comparison->checkpoint_at;
}

static bool may_lack_step(struct comparison *comparison, sqlite3_stmt *fresh)
{
    uint64_t version = 0;
    int64_t month = 0;
    return !reached(comparison, sqlite3_column_int64(fresh, 0), &version, &month) ||
           version < views_rows_column(fresh, 1) * PROJECTOR_STEP_EVENTS;
}

static bool may_lack_month(struct comparison *comparison, sqlite3_stmt *fresh)
{
    uint64_t version = 0;
    int64_t month = 0;
    return !reached(comparison, sqlite3_column_int64(fresh, 0), &version, &month) ||
           month <= sqlite3_column_int64(fresh, 1);
}

/* The file's row is older: its state must be the one the account had, and what came after must
 * lie behind the checkpoint. The chain of records says both. */
static bool is_older_account(struct comparison *comparison, sqlite3_stmt *file, sqlite3_stmt *fresh)
{
    uint64_t account = views_rows_column(file, 0), last = views_rows_column(file, 4);
    uint64_t number = views_rows_column(fresh, 4), later = number;
    for (;;) {
        struct record record;
        unsigned i = 0;
        if (number < last ||
            journal_read_record(comparison->fresh->journal, number, &record) != JOURNAL_READ_OK)
            return false;
        while (i < record.leg_count && record.legs[i].account != account)
            i++;
        if (i == record.leg_count)
            return false;
        if (number == last)
            return later > comparison->checkpoint && later != last &&
                   record.legs[i].version == views_rows_column(file, 3) &&
                   record.legs[i].balance.minor == sqlite3_column_int64(file, 2);
        later = number;
        number = record.legs[i].previous_record;
    }
}

static bool never_differs(struct comparison *comparison, sqlite3_stmt *file, sqlite3_stmt *fresh)
{
    (void)comparison;
    (void)file;
    (void)fresh;
    return false;
}

static const struct table tables[] = {
    {"accounts", "SELECT * FROM accounts ORDER BY account", 1, may_lack_account, is_older_account},
    {"owners", "SELECT * FROM owners ORDER BY account", 1, may_lack_owner, never_differs},
    {"steps", "SELECT * FROM steps ORDER BY account, step", 2, may_lack_step, never_differs},
    {"months", "SELECT * FROM months ORDER BY account, month", 2, may_lack_month, never_differs},
};

static bool same_column(sqlite3_stmt *a, sqlite3_stmt *b, int column)
{
    if (sqlite3_column_type(a, column) != sqlite3_column_type(b, column))
        return false;
    if (sqlite3_column_type(a, column) == SQLITE_INTEGER)
        return sqlite3_column_int64(a, column) == sqlite3_column_int64(b, column);
    int size = sqlite3_column_bytes(a, column);
    return size == sqlite3_column_bytes(b, column) &&
           (size == 0 || memcmp(sqlite3_column_blob(a, column), sqlite3_column_blob(b, column),
                                (size_t)size) == 0);
}

static int compare_keys(sqlite3_stmt *a, sqlite3_stmt *b, int columns)
{
    for (int i = 0; i < columns; i++) {
        sqlite3_int64 left = sqlite3_column_int64(a, i), right = sqlite3_column_int64(b, i);
        if (left != right)
            return left < right ? -1 : 1;
    }
    return 0;
}

static enum views_compared name_row(struct comparison *comparison, const struct table *table,
                                    sqlite3_stmt *row, const char *what)
{
    char second[32] = "";
    if (table->key_columns == 2)
        snprintf(second, sizeof second, ", %lld", (long long)sqlite3_column_int64(row, 1));
    return find(comparison, VIEWS_DIFFER, "%s: account %010lld%s %s", table->name,
                (long long)sqlite3_column_int64(row, 0), second, what);
}

static enum views_compared compare_row(struct comparison *comparison, const struct table *table,
                                       sqlite3_stmt *file, sqlite3_stmt *fresh)
{
    for (int i = 0; i < sqlite3_column_count(fresh); i++)
        if (!same_column(file, fresh, i)) {
            if (table->may_differ(comparison, file, fresh))
                return VIEWS_EQUAL;
            char what[96];
            snprintf(what, sizeof what, "differs from the journal in %s",
                     sqlite3_column_name(fresh, i));
            return name_row(comparison, table, file, what);
        }
    return VIEWS_EQUAL;
}

static enum views_compared merge(struct comparison *comparison, const struct table *table,
                                 sqlite3_stmt *file, sqlite3_stmt *fresh)
{
    int in_file = sqlite3_step(file), in_fresh = sqlite3_step(fresh);
    enum views_compared result = VIEWS_EQUAL;
    while (result == VIEWS_EQUAL && (in_file == SQLITE_ROW || in_fresh == SQLITE_ROW)) {
        int order = in_file != SQLITE_ROW    ? 1
                    : in_fresh != SQLITE_ROW ? -1
                                             : compare_keys(file, fresh, table->key_columns);
        if (order < 0)
            result = name_row(comparison, table, file, "is in the views but not in the journal");
        else if (order > 0 && !table->may_lack(comparison, fresh))
            result = name_row(comparison, table, fresh, "is missing");
        else if (order == 0)
            result = compare_row(comparison, table, file, fresh);
        if (order <= 0)
            in_file = sqlite3_step(file);
        if (order >= 0)
            in_fresh = sqlite3_step(fresh);
    }
    if (result == VIEWS_EQUAL && in_file != SQLITE_DONE)
        return find(comparison, VIEWS_UNREADABLE, "%s", sqlite3_errmsg(comparison->file));
    return result;
}

static enum views_compared compare_table(struct comparison *comparison, const struct table *table)
{
    sqlite3_stmt *file = NULL, *fresh = NULL;
    enum views_compared result;
    if (sqlite3_prepare_v2(comparison->file, table->sql, -1, &file, NULL) != SQLITE_OK)
        result = find(comparison, VIEWS_UNREADABLE, "%s", sqlite3_errmsg(comparison->file));
    else if (sqlite3_prepare_v2(comparison->fresh->db.handle, table->sql, -1, &fresh, NULL) !=
             SQLITE_OK)
        result =
            find(comparison, VIEWS_UNREADABLE, "%s", sqlite3_errmsg(comparison->fresh->db.handle));
    else
        result = merge(comparison, table, file, fresh);
    (void)sqlite3_finalize(file);
    (void)sqlite3_finalize(fresh);
    return result;
}

/* Reading the checkpoint begins the transaction that everything is compared in. */
static enum views_compared read_checkpoint(struct comparison *comparison)
{
    uint8_t hash[JOURNAL_HASH_SIZE];
    struct record record;
    struct text body;
    sqlite3_stmt *statement = NULL;
    enum views_compared result = VIEWS_EQUAL;
    if (sqlite3_exec(comparison->file, "BEGIN", NULL, NULL, NULL) != SQLITE_OK ||
        sqlite3_prepare_v2(comparison->file, "SELECT record, hash FROM meta", -1, &statement,
                           NULL) != SQLITE_OK ||
        sqlite3_step(statement) != SQLITE_ROW)
        result = find(comparison, VIEWS_UNREADABLE, "%s", sqlite3_errmsg(comparison->file));
    if (result == VIEWS_EQUAL)
        comparison->checkpoint = views_rows_column(statement, 0);
    if (comparison->checkpoint > 0) {
        struct journal_reader *journal = comparison->fresh->journal;
        if (journal_read(journal, comparison->checkpoint, &body, hash) != JOURNAL_READ_OK ||
            sqlite3_column_bytes(statement, 1) != JOURNAL_HASH_SIZE ||
            memcmp(hash, sqlite3_column_blob(statement, 1), JOURNAL_HASH_SIZE) != 0 ||
            !record_decode(comparison->checkpoint, body, &record))
            result = find(comparison, VIEWS_DIFFER,
                          "the checkpoint, record %" PRIu64 ", is not this journal's",
                          comparison->checkpoint);
        else
            comparison->checkpoint_at = record.at;
    }
    (void)sqlite3_finalize(statement);
    return result;
}

static enum views_compared compare_all(struct comparison *comparison)
{
    long folded;
    enum views_compared result = read_checkpoint(comparison);
    if (result != VIEWS_EQUAL)
        return result;
    while ((folded = projector_fold(comparison->fresh, COMPARE_FOLD)) > 0)
        ;
    if (folded < 0 || !projector_flush_all(comparison->fresh))
        return find(comparison, VIEWS_UNREADABLE, "the journal cannot be folded");
    if (sqlite3_prepare_v2(comparison->file, "SELECT version, month FROM accounts WHERE account=?",
                           -1, &comparison->reached, NULL) != SQLITE_OK)
        return find(comparison, VIEWS_UNREADABLE, "%s", sqlite3_errmsg(comparison->file));
    for (size_t i = 0; i < sizeof tables / sizeof tables[0] && result == VIEWS_EQUAL; i++)
        result = compare_table(comparison, &tables[i]);
    (void)sqlite3_finalize(comparison->reached);
    return result;
}

enum views_compared views_compare(struct projector *fresh, const char *path, char *finding,
                                  size_t size)
{
    struct comparison comparison = {.fresh = fresh, .finding = finding, .size = size};
    enum views_compared result;
    if (sqlite3_open_v2(path, &comparison.file, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, NULL) !=
        SQLITE_OK) {
        result = find(&comparison, VIEWS_UNREADABLE, "%s", sqlite3_errmsg(comparison.file));
    } else {
        sqlite3_busy_timeout(comparison.file, COMPARE_BUSY_MS);
        result = compare_all(&comparison);
    }
    (void)sqlite3_close(comparison.file);
    return result;
}
