#include "read/views_compare.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/account_number.h"
#include "journal/record_codec.h"
#include "read/file_rows.h"
#include "read/fresh_rows.h"
#include "read/projector_state.h"

#define COMPARE_BUSY_MS 10000
#define COMPARE_FOLD 4096

enum { ACCOUNT, BALANCE = 2, VERSION, LAST_RECORD }; /* columns of accounts */
enum { OPENED_AT = 1, OWNER };                       /* of owners, where 0 is the account too, */
enum { STEP = 1, MONTH = 1 };                        /* of steps and months */

struct comparison {
    struct projector *fresh;
    struct fresh_rows rows;
    struct file_rows in_file; /* of the table under way */
    sqlite3 *file;
    sqlite3_stmt *reached; /* the chunk of an account in the file */
    uint64_t checkpoint;   /* record */
    int64_t checkpoint_at;
    char *finding;
    size_t size;
};

struct table {
    const char *name;
    const char *sql; /* ordered by its key */
    int columns, key_columns, text_column;
    bool (*expect)(struct file_rows *rows); /* instead of the columns, where rows are packed */
    fresh_rows_next *next;
    /* A row only the journal has: true when the file need not have it yet. */
    bool (*may_lack)(struct comparison *comparison, const struct fresh_row *fresh);
    /* A row with other contents: true when it is an older state of the same account. */
    bool (*may_differ)(struct comparison *comparison, const struct file_row *file,
                       const struct fresh_row *fresh);
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
static bool reached(struct comparison *comparison, int64_t account, uint64_t *version,
                    int64_t *month)
{
    sqlite3_stmt *statement = comparison->reached;
    uint32_t sequence = account_sequence((uint64_t)account);
    struct views_chunk chunk = {0};
    bool found = false;
    views_rows_bind(statement, 1, sequence / VIEWS_CHUNK);
    bool is_there = sqlite3_step(statement) == SQLITE_ROW && views_rows_chunk(statement, &chunk);
    for (unsigned i = 0; is_there && !found && i < chunk.count; i++) {
        found = chunk.rows[i].sequence == sequence;
        *version = chunk.rows[i].version;
        *month = chunk.rows[i].month;
    }
    (void)sqlite3_reset(statement);
    return found;
}

static bool may_lack_account(struct comparison *comparison, const struct fresh_row *fresh)
{
    struct record record;
    /* Follow the account to its opening: was that after the checkpoint? */
    uint64_t account = (uint64_t)fresh->values[ACCOUNT];
    uint64_t number = (uint64_t)fresh->values[LAST_RECORD];
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

static bool may_lack_owner(struct comparison *comparison, const struct fresh_row *fresh)
{
    return fresh->values[OPENED_AT] > comparison->checkpoint_at;
}

static bool may_lack_step(struct comparison *comparison, const struct fresh_row *fresh)
{
    uint64_t version = 0;
    int64_t month = 0;
    return !reached(comparison, fresh->values[ACCOUNT], &version, &month) ||
           version < (uint64_t)fresh->values[STEP] * PROJECTOR_STEP_EVENTS;
}

static bool may_lack_month(struct comparison *comparison, const struct fresh_row *fresh)
{
    uint64_t version = 0;
    int64_t month = 0;
    return !reached(comparison, fresh->values[ACCOUNT], &version, &month) ||
           month <= fresh->values[MONTH];
}

/* The file's row is older: its state must be the one the account had, and what came after must
 * lie behind the checkpoint. The chain of records says both. */
static bool is_older_account(struct comparison *comparison, const struct file_row *file,
                             const struct fresh_row *fresh)
{
    uint64_t account = (uint64_t)file->values[ACCOUNT], last = (uint64_t)file->values[LAST_RECORD];
    uint64_t number = (uint64_t)fresh->values[LAST_RECORD], later = number;
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
                   record.legs[i].version == (uint64_t)file->values[VERSION] &&
                   record.legs[i].balance.minor == file->values[BALANCE];
        later = number;
        number = record.legs[i].previous_record;
    }
}

static bool never_differs(struct comparison *comparison, const struct file_row *file,
                          const struct fresh_row *fresh)
{
    (void)comparison;
    (void)file;
    (void)fresh;
    return false;
}

static const struct table tables[] = {
    {"accounts", VIEWS_CHUNKS, 0, 1, FILE_NO_COLUMN, file_rows_expect_accounts, fresh_rows_account,
     may_lack_account, is_older_account},
    {"owners", "SELECT * FROM owners ORDER BY account", 3, 1, OWNER, NULL, fresh_rows_owner,
     may_lack_owner, never_differs},
    {"steps", "SELECT * FROM steps ORDER BY account, step", 7, 2, FILE_NO_COLUMN, NULL,
     fresh_rows_step, may_lack_step, never_differs},
    {"months", "SELECT * FROM months ORDER BY account, month", 0, 2, FILE_NO_COLUMN,
     file_rows_expect_months, fresh_rows_month, may_lack_month, never_differs},
};

static int compare_keys(const int64_t *a, const int64_t *b, int columns)
{
    for (int i = 0; i < columns; i++) {
        if (a[i] != b[i])
            return a[i] < b[i] ? -1 : 1;
    }
    return 0;
}

static enum views_compared name_row(struct comparison *comparison, const struct table *table,
                                    const int64_t *key, const char *what)
{
    char second[32] = "";
    if (table->key_columns == 2)
        snprintf(second, sizeof second, ", %" PRId64, key[1]);
    return find(comparison, VIEWS_DIFFER, "%s: account %010" PRId64 "%s %s", table->name, key[0],
                second, what);
}

/* The first column that is not what the journal says; FILE_NO_COLUMN: there is none. */
static int differing_column(const struct file_rows *rows, const struct file_row *file,
                            const struct fresh_row *fresh)
{
    if (file->odd != FILE_NO_COLUMN)
        return file->odd;
    for (int i = 0; i < rows->columns; i++) {
        if (i == rows->text_column ? !text_equal(file->text, fresh->text)
                                   : file->values[i] != fresh->values[i])
            return i;
    }
    return FILE_NO_COLUMN;
}

static enum views_compared compare_row(struct comparison *comparison, const struct table *table,
                                       const struct file_row *file, const struct fresh_row *fresh)
{
    int column = differing_column(&comparison->in_file, file, fresh);
    char what[96];
    if (column == FILE_NO_COLUMN ||
        (file->odd == FILE_NO_COLUMN && table->may_differ(comparison, file, fresh)))
        return VIEWS_EQUAL;
    snprintf(what, sizeof what, "differs from the journal in %s",
             file_rows_column(&comparison->in_file, column));
    return name_row(comparison, table, file->values, what);
}

static enum views_compared merge(struct comparison *comparison, const struct table *table)
{
    struct file_row file;
    struct fresh_row fresh;
    bool in_file = file_rows_next(&comparison->in_file, &file);
    bool in_fresh = table->next(&comparison->rows, &fresh);
    enum views_compared result = VIEWS_EQUAL;
    while (result == VIEWS_EQUAL && (in_file || in_fresh)) {
        int order = !in_file    ? 1
                    : !in_fresh ? -1
                                : compare_keys(file.values, fresh.values, table->key_columns);
        if (in_file && file.odd == 0)
            result =
                name_row(comparison, table, file.values, "or the next: what is there is no row");
        else if (order < 0)
            result =
                name_row(comparison, table, file.values, "is in the views but not in the journal");
        else if (order > 0 && !table->may_lack(comparison, &fresh))
            result = name_row(comparison, table, fresh.values, "is missing");
        else if (order == 0)
            result = compare_row(comparison, table, &file, &fresh);
        if (order <= 0)
            in_file = file_rows_next(&comparison->in_file, &file);
        if (order >= 0)
            in_fresh = table->next(&comparison->rows, &fresh);
    }
    if (result == VIEWS_EQUAL && comparison->in_file.code != SQLITE_DONE)
        return find(comparison, VIEWS_UNREADABLE, "%s", sqlite3_errmsg(comparison->file));
    return result;
}

static enum views_compared compare_table(struct comparison *comparison, const struct table *table)
{
    struct file_rows *rows = &comparison->in_file;
    enum views_compared result;
    if (!file_rows_open(rows, comparison->file, table->sql)) {
        result = find(comparison, VIEWS_UNREADABLE, "%s", sqlite3_errmsg(comparison->file));
    } else if (!(table->expect != NULL
                     ? table->expect(rows)
                     : file_rows_expect(rows, table->columns, table->text_column))) {
        result = find(comparison, VIEWS_DIFFER, "%s: has other columns", table->name);
    } else {
        fresh_rows_restart(&comparison->rows);
        result = merge(comparison, table);
    }
    file_rows_close(rows);
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

static enum views_compared compare_tables(struct comparison *comparison)
{
    enum views_compared result = VIEWS_EQUAL;
    fresh_rows_open(&comparison->rows, comparison->fresh);
    for (size_t i = 0; i < sizeof tables / sizeof tables[0] && result == VIEWS_EQUAL; i++)
        result = compare_table(comparison, &tables[i]);
    fresh_rows_close(&comparison->rows);
    return result;
}

static enum views_compared compare_all(struct comparison *comparison)
{
    long folded;
    if (views_db_is_other_format(comparison->file))
        return find(comparison, VIEWS_OF_ANOTHER_FORMAT, "the file has another format");
    enum views_compared result = read_checkpoint(comparison);
    if (result != VIEWS_EQUAL)
        return result;
    while ((folded = projector_fold(comparison->fresh, COMPARE_FOLD)) > 0)
        ;
    if (folded < 0)
        return find(comparison, VIEWS_UNREADABLE, "the journal cannot be folded");
    if (sqlite3_prepare_v2(comparison->file, "SELECT chunk, rows FROM accounts WHERE chunk = ?", -1,
                           &comparison->reached, NULL) != SQLITE_OK)
        return find(comparison, VIEWS_UNREADABLE, "%s", sqlite3_errmsg(comparison->file));
    result = compare_tables(comparison);
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
