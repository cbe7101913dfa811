/* The digest of the views: every row of every table in the order of its key. Which months stand in
 * one row is a matter of when they were written, so they are taken one by one. */
#include "host/digest.h"
#include "read/fresh_rows.h"
#include "read/projector_state.h"
#include "read/views_rows.h"

static void add_number(struct digest *digest, uint64_t value)
{
    uint8_t little[8];

    for (unsigned i = 0; i < sizeof(little); i++)
        little[i] = (uint8_t)(value >> (8 * i));
    digest_add(digest, little, sizeof(little));
}

static bool add_row(struct digest *digest, sqlite3_stmt *statement)
{
    int columns = sqlite3_column_count(statement);

    for (int i = 0; i < columns; i++) {
        size_t size;

        if (sqlite3_column_type(statement, i) == SQLITE_INTEGER) {
            add_number(digest, views_rows_column(statement, i));
            continue;
        }
        size = (size_t)sqlite3_column_bytes(statement, i);
        add_number(digest, size);
        if (size > 0)
            digest_add(digest, sqlite3_column_blob(statement, i), size);
    }
    return true;
}

static bool add_months(struct digest *digest, sqlite3_stmt *statement)
{
    struct month_run run;

    if (!views_rows_run(statement, &run))
        return false;
    for (unsigned i = 0; i < run.count; i++) {
        int64_t values[FRESH_COLUMNS_MAX] = {0};

        fresh_rows_month_values(run.account, &run.rows[i], values);
        for (unsigned column = 0; column < FRESH_COLUMNS_MAX; column++)
            add_number(digest, (uint64_t)values[column]);
    }
    return true;
}

static bool add_table(struct digest *digest, sqlite3 *handle, const char *sql,
                      bool (*add)(struct digest *digest, sqlite3_stmt *statement))
{
    sqlite3_stmt *statement = NULL;
    int code = sqlite3_prepare_v2(handle, sql, -1, &statement, NULL);

    add_number(digest, UINT64_MAX); /* where one table ends and the next begins */
    if (code == SQLITE_OK) {
        while ((code = sqlite3_step(statement)) == SQLITE_ROW && add(digest, statement))
            ;
    }
    (void)sqlite3_finalize(statement);
    return code == SQLITE_DONE;
}

bool projector_digest(struct projector *projector, uint8_t out[JOURNAL_HASH_SIZE])
{
    static const char *const tables[] = {
        "SELECT record, hash FROM meta",
        VIEWS_CHUNKS,
        "SELECT * FROM owners ORDER BY account",
        "SELECT * FROM steps ORDER BY account, step",
    };
    struct digest digest;
    bool ok = true;

    if (!projector_flush_all(projector))
        return false;
    digest_begin(&digest, JOURNAL_HASH_SIZE);
    for (size_t i = 0; ok && i < sizeof(tables) / sizeof(tables[0]); i++)
        ok = add_table(&digest, projector->db.handle, tables[i], add_row);
    ok = ok && add_table(&digest, projector->db.handle, VIEWS_RUNS, add_months);
    digest_end(&digest, out, JOURNAL_HASH_SIZE);
    return ok;
}
