#include "read/file_rows.h"

static const char *const account_columns[] = FRESH_ACCOUNT_COLUMNS;
#define ACCOUNT_COLUMNS ((int)(sizeof account_columns / sizeof account_columns[0]))
#define CHUNK_COLUMNS 2
static const char *const month_columns[] = FRESH_MONTH_COLUMNS;
#define MONTH_COLUMNS ((int)(sizeof month_columns / sizeof month_columns[0]))
#define RUN_COLUMNS 3

bool file_rows_open(struct file_rows *rows, sqlite3 *file, const char *sql)
{
    *rows = (struct file_rows){.code = SQLITE_DONE};
    return sqlite3_prepare_v2(file, sql, -1, &rows->statement, NULL) == SQLITE_OK;
}

void file_rows_close(struct file_rows *rows)
{
    (void)sqlite3_finalize(rows->statement);
    rows->statement = NULL;
}

static bool step(struct file_rows *rows)
{
    rows->code = sqlite3_step(rows->statement);
    return rows->code == SQLITE_ROW;
}

static bool next_plain(struct file_rows *rows, struct file_row *out)
{
    sqlite3_stmt *statement = rows->statement;
    if (!step(rows))
        return false;
    for (int i = rows->columns - 1; i >= 0; i--) {
        bool is_text = i == rows->text_column;
        if (sqlite3_column_type(statement, i) != (is_text ? SQLITE_TEXT : SQLITE_INTEGER))
            out->odd = i;
        out->values[i] = is_text ? 0 : sqlite3_column_int64(statement, i);
        if (is_text) {
            out->text.data = (const char *)sqlite3_column_text(statement, i);
            out->text.size = (size_t)sqlite3_column_bytes(statement, i);
        }
    }
    return true;
}

static bool next_account(struct file_rows *rows, struct file_row *out)
{
    struct views_chunk *chunk = &rows->chunk;
    if (rows->at == chunk->count) {
        if (!step(rows))
            return false;
        rows->at = 0;
        if (!views_rows_chunk(rows->statement, chunk)) {
            uint64_t number = views_rows_column(rows->statement, 0);
            chunk->count = 0;
            out->odd = 0;
            out->values[0] = (int64_t)(number * VIEWS_CHUNK * 10 & INT64_MAX);
            return true;
        }
    }
    fresh_rows_values(&chunk->rows[rows->at++], out->values);
    return true;
}

static bool next_month(struct file_rows *rows, struct file_row *out)
{
    struct month_run *run = &rows->run;
    if (rows->at == run->count) {
        if (!step(rows))
            return false;
        rows->at = 0;
        if (!views_rows_run(rows->statement, run)) {
            run->count = 0;
            out->odd = 0;
            out->values[0] = sqlite3_column_int64(rows->statement, 0);
            out->values[1] = sqlite3_column_int64(rows->statement, 1);
            return true;
        }
    }
    fresh_rows_month_values(run->account, &run->rows[rows->at++], out->values);
    return true;
}

static bool expect(struct file_rows *rows, int columns, const char *const *packed, int in_file)
{
    CHECK(columns <= FRESH_COLUMNS_MAX);
    rows->columns = columns;
    rows->text_column = FILE_NO_COLUMN;
    rows->packed = packed;
    return sqlite3_column_count(rows->statement) == in_file;
}

bool file_rows_expect(struct file_rows *rows, int columns, int text_column)
{
    bool as_expected = expect(rows, columns, NULL, columns);
    rows->text_column = text_column;
    rows->next = next_plain;
    return as_expected;
}

bool file_rows_expect_accounts(struct file_rows *rows)
{
    rows->next = next_account;
    return expect(rows, ACCOUNT_COLUMNS, account_columns, CHUNK_COLUMNS);
}

bool file_rows_expect_months(struct file_rows *rows)
{
    rows->next = next_month;
    return expect(rows, MONTH_COLUMNS, month_columns, RUN_COLUMNS);
}

bool file_rows_next(struct file_rows *rows, struct file_row *out)
{
    out->odd = FILE_NO_COLUMN;
    return rows->next(rows, out);
}

const char *file_rows_column(const struct file_rows *rows, int column)
{
    return rows->packed != NULL ? rows->packed[column]
                                : sqlite3_column_name(rows->statement, column);
}
