/* The rows that a projector which has flushed nothing yet would write, table by table in the order
 * of their keys: what views.db is held against. Values stand as in the schema, those of an
 * account's row as in FRESH_ACCOUNT_COLUMNS, of a month as in FRESH_MONTH_COLUMNS; a text column's
 * place holds 0, the text is beside. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"
#include "read/account_table.h"
#include "read/pending.h"
#include "read/projector.h"

#define FRESH_COLUMNS_MAX 13
#define FRESH_ACCOUNT_COLUMNS                                                                      \
    {                                                                                              \
        "account", "currency", "balance", "version", "last_record", "last_position", "kinds",      \
            "month", "credits", "credits_total", "debits", "debits_total", "first_position",       \
    }

#define FRESH_MONTH_COLUMNS                                                                        \
    {                                                                                              \
        "account", "month", "opening", "credits", "credits_total", "debits", "debits_total",       \
            "first_position", "last_position", "last_record",                                      \
    }

struct fresh_row {
    int64_t values[FRESH_COLUMNS_MAX];
    struct text text; /* the projector's */
};

struct fresh_rows {
    const struct projector *projector;
    uint64_t *order; /* all entries, by account */
    size_t count, at;
    uint32_t inside; /* of the entry: its next step or month */
};

/* The projector is not folded on until the end, and of no use but for closing it afterwards. */
void fresh_rows_open(struct fresh_rows *rows, struct projector *projector);
void fresh_rows_close(struct fresh_rows *rows);
void fresh_rows_restart(struct fresh_rows *rows); /* for the next table */

void fresh_rows_values(const struct account_row *row, int64_t values[FRESH_COLUMNS_MAX]);
void fresh_rows_month_values(uint64_t account, const struct month_row *month,
                             int64_t values[FRESH_COLUMNS_MAX]);

/* The next row of a table; false: there are no more. */
typedef bool fresh_rows_next(struct fresh_rows *rows, struct fresh_row *out);
fresh_rows_next fresh_rows_account, fresh_rows_owner, fresh_rows_step, fresh_rows_month;
