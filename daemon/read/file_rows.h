/* The rows of a table of views.db in the order of its key, as `verify` holds them against those of
 * fresh_rows.h: the same columns, whatever the file keeps them in. The file is anybody's: nothing
 * about its rows is taken for granted. */
#pragma once

#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/check.h"
#include "read/fresh_rows.h"
#include "read/views_rows.h"

#define FILE_NO_COLUMN (-1)

struct file_row {
    int64_t values[FRESH_COLUMNS_MAX];
    struct text text; /* of the text column, good until the next row */
    /* The first column of another type than the schema's, or FILE_NO_COLUMN. 0, the account: it is
     * no row at all, and the values of its key say about where. */
    int odd;
};

struct file_rows {
    sqlite3_stmt *statement;
    int columns, text_column;  /* or FILE_NO_COLUMN */
    const char *const *packed; /* names of the columns, where the file keeps many rows in one */
    bool (*next)(struct file_rows *rows, struct file_row *out);
    struct views_chunk chunk; /* of accounts: the one under way, */
    struct month_run run;     /* or of months, */
    unsigned at;              /* and its next row */
    int code;                 /* after the last row: SQLITE_DONE, or what went wrong */
};

/* False: the statement cannot be prepared, as sqlite3_errmsg says. Closed in any case. */
bool file_rows_open(struct file_rows *rows, sqlite3 *file, const char *sql) MUST_USE;
void file_rows_close(struct file_rows *rows);
/* Before the first row: what is expected. False: the table has another number of columns. */
bool file_rows_expect(struct file_rows *rows, int columns, int text_column) MUST_USE;
bool file_rows_expect_accounts(struct file_rows *rows) MUST_USE;
bool file_rows_expect_months(struct file_rows *rows) MUST_USE;
bool file_rows_next(struct file_rows *rows, struct file_row *out) MUST_USE;
const char *file_rows_column(const struct file_rows *rows, int column); /* its name */
