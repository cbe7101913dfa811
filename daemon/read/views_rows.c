#include "read/views_rows.h"

#include <string.h>

#include "base/account_number.h"
#include "host/log.h"

/* Runs a statement that gives no row, and readies it for the next time. */
static bool run(struct views_db *db, sqlite3_stmt *statement)
{
    int code = sqlite3_step(statement);

    (void)sqlite3_reset(statement);
    if (code == SQLITE_DONE)
        return true;
    log_error("read", "writing the views failed: %s (%d)", sqlite3_errmsg(db->handle), code);
    if (views_db_is_damage(code))
        views_db_mark_damaged(db);
    return false;
}

bool views_rows_begin(struct views_db *db)
{
    return run(db, db->begin);
}

bool views_rows_commit(struct views_db *db)
{
    return run(db, db->commit);
}

void views_rows_rollback(struct views_db *db)
{
    /* Some errors end the transaction by themselves. */
    if (!sqlite3_get_autocommit(db->handle) && !run(db, db->rollback))
        log_error("read", "taking back a slice of the views failed");
}

void views_rows_bind(sqlite3_stmt *statement, int index, uint64_t value)
{
    views_rows_bind_signed(statement, index, (int64_t)value);
}

void views_rows_bind_signed(sqlite3_stmt *statement, int index, int64_t value)
{
    CHECK(sqlite3_bind_int64(statement, index, value) == SQLITE_OK);
}

static void bind_text(sqlite3_stmt *statement, int index, struct text text)
{
    CHECK(sqlite3_bind_text(statement, index, text.data, (int)text.size, SQLITE_STATIC) ==
          SQLITE_OK);
}

static void bind_blob(sqlite3_stmt *statement, int index, const void *data, size_t size)
{
    CHECK(sqlite3_bind_blob(statement, index, data, (int)size, SQLITE_STATIC) == SQLITE_OK);
}

bool views_rows_put_chunk(struct views_db *db, const struct views_chunk *chunk)
{
    views_rows_bind(db->put_chunk, 1, chunk->number);
    bind_blob(db->put_chunk, 2, chunk->rows, chunk->count * sizeof(chunk->rows[0]));
    return run(db, db->put_chunk);
}

bool views_rows_chunk(sqlite3_stmt *statement, struct views_chunk *out)
{
    int64_t number = sqlite3_column_int64(statement, 0);
    size_t size = (size_t)sqlite3_column_bytes(statement, 1);

    out->count = (unsigned)(size / sizeof(out->rows[0]));
    if (sqlite3_column_type(statement, 1) != SQLITE_BLOB || size == 0 || size > sizeof(out->rows) ||
        size % sizeof(out->rows[0]) != 0 || number < 0 ||
        number > ACCOUNT_SEQUENCE_MAX / VIEWS_CHUNK)
        return false;
    out->number = (uint32_t)number;
    memcpy(out->rows, sqlite3_column_blob(statement, 1), size);
    for (unsigned i = 0; i < out->count; i++) {
        const struct account_row *row = &out->rows[i];

        if (row->sequence / VIEWS_CHUNK != out->number || row->pending != 0 || row->check > 9 ||
            !account_is_valid(account_row_number(row)) ||
            (i > 0 && row->sequence <= row[-1].sequence))
            return false;
    }
    return true;
}

bool views_rows_put_opening(struct views_db *db, const struct opening *opening)
{
    views_rows_bind(db->put_owner, 1, opening->account);
    views_rows_bind_signed(db->put_owner, 2, opening->at);
    bind_text(db->put_owner, 3, opening->owner);
    if (!run(db, db->put_owner))
        return false;
    if (db->unsearched)
        return true;
    views_rows_bind(db->put_words, 1, opening->account);
    bind_text(db->put_words, 2, opening->folded);
    return run(db, db->put_words);
}

bool views_rows_put_step(struct views_db *db, uint64_t account, const struct step_row *row)
{
    sqlite3_stmt *put = db->put_step;

    views_rows_bind(put, 1, account);
    views_rows_bind(put, 2, row->step);
    views_rows_bind(put, 3, row->record);
    views_rows_bind(put, 4, row->position);
    views_rows_bind_signed(put, 5, row->at);
    views_rows_bind_signed(put, 6, row->balance.minor);
    views_rows_bind(put, 7, row->kinds);
    return run(db, put);
}

static bool put_run(struct views_db *db, uint64_t account, const struct month_row *rows,
                    unsigned count)
{
    uint8_t room[MONTH_RUN_BYTES];
    struct bytes run_bytes = {.data = room, .capacity = sizeof(room), .max = sizeof(room)};

    month_run_encode(rows, count, &run_bytes);
    CHECK(!run_bytes.overflow);
    views_rows_bind(db->put_run, 1, account);
    views_rows_bind_signed(db->put_run, 2, rows[0].month);
    bind_blob(db->put_run, 3, run_bytes.data, run_bytes.size);
    return run(db, db->put_run);
}

bool views_rows_put_months(struct views_db *db, uint64_t account, const struct month_row *rows,
                           size_t count)
{
    while (count > 0) {
        unsigned now = count < MONTH_RUN_MAX ? (unsigned)count : MONTH_RUN_MAX;

        if (!put_run(db, account, rows, now))
            return false;
        rows += now;
        count -= now;
    }
    return true;
}

static void bind_checkpoint(sqlite3_stmt *statement, int index, const struct checkpoint *point)
{
    views_rows_bind(statement, index, point->record);
    bind_blob(statement, index + 1, point->hash, JOURNAL_HASH_SIZE);
}

bool views_rows_put_meta(struct views_db *db, const struct views_meta *meta)
{
    bind_checkpoint(db->put_meta, 1, &meta->whole);
    bind_checkpoint(db->put_meta, 3, &meta->reached);
    return run(db, db->put_meta);
}

void views_rows_step(sqlite3_stmt *statement, int column, struct step_row *out)
{
    out->step = views_rows_column(statement, column);
    out->record = views_rows_column(statement, column + 1);
    out->position = views_rows_column(statement, column + 2);
    out->at = sqlite3_column_int64(statement, column + 3);
    out->balance = money(sqlite3_column_int64(statement, column + 4));
    out->kinds = (uint32_t)views_rows_column(statement, column + 5);
}

bool views_rows_run(sqlite3_stmt *statement, struct month_run *out)
{
    out->account = views_rows_column(statement, 0);
    return sqlite3_column_type(statement, 2) == SQLITE_BLOB &&
           month_run_decode(sqlite3_column_int64(statement, 1), sqlite3_column_blob(statement, 2),
                            (size_t)sqlite3_column_bytes(statement, 2), out);
}
