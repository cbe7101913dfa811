#include "journal/journal_row.h"

#include <string.h>

#include "sqlite/sqlite_file.h"

static size_t end_of(const struct journal_row *row, size_t index)
{
    if (row->count == 1)
        return row->bodies.size;
    return (size_t)row->ends[2 * index] | (size_t)row->ends[2 * index + 1] << 8;
}

void journal_row_next(const struct journal_batch *batch, const uint8_t (*hashes)[JOURNAL_HASH_SIZE],
                      size_t from, struct journal_row *out)
{
    size_t start = from == 0 ? 0 : batch->ends[from - 1];
    size_t count = 0;

    while (from + count < batch->count && count < JOURNAL_ROW_RECORDS) {
        size_t end = batch->ends[from + count] - start;

        if (count > 0 && end > JOURNAL_ROW_BYTES)
            break;
        out->ends[2 * count] = (uint8_t)end;
        out->ends[2 * count + 1] = (uint8_t)(end >> 8);
        count++;
    }
    out->first = batch->first + from;
    out->count = count;
    out->bodies =
        (struct text){(const char *)batch->bytes + start, batch->ends[from + count - 1] - start};
    out->hashes = hashes[from];
}

bool journal_row_bind(sqlite3_stmt *insert, const struct journal_row *row)
{
    int hashes = (int)(row->count * JOURNAL_HASH_SIZE);
    int ends = (int)(row->count * 2);

    return sqlite3_bind_int64(insert, 1, (int64_t)(row->first + row->count - 1)) == SQLITE_OK &&
           sqlite3_bind_blob(insert, 2, row->bodies.data, (int)row->bodies.size, SQLITE_STATIC) ==
               SQLITE_OK &&
           sqlite3_bind_blob(insert, 3, row->hashes, hashes, SQLITE_STATIC) == SQLITE_OK &&
           (row->count == 1
                ? sqlite3_bind_null(insert, 4)
                : sqlite3_bind_blob(insert, 4, row->ends, ends, SQLITE_STATIC)) == SQLITE_OK;
}

/* The ends of several bodies: each behind the one before, the last where the bodies end. */
static bool take_ends(sqlite3_stmt *statement, struct journal_row *row)
{
    struct text ends;
    size_t before = 0;

    if (!sqlite_file_blob(statement, 3, sizeof(row->ends), &ends) || ends.size != 2 * row->count)
        return false;
    memcpy(row->ends, ends.data, ends.size);
    for (size_t i = 0; i < row->count; i++) {
        size_t end = end_of(row, i);

        if (end <= before)
            return false;
        before = end;
    }
    return before == row->bodies.size;
}

bool journal_row_get(sqlite3_stmt *statement, struct journal_row *out)
{
    int64_t last = sqlite3_column_int64(statement, 0);
    struct text hashes;

    out->first = last < 0 ? 0 : (uint64_t)last;
    if (!sqlite_file_blob(statement, 2, JOURNAL_ROW_RECORDS * JOURNAL_HASH_SIZE, &hashes) ||
        hashes.size == 0 || hashes.size % JOURNAL_HASH_SIZE != 0)
        return false;
    out->hashes = (const uint8_t *)hashes.data;
    out->count = hashes.size / JOURNAL_HASH_SIZE;
    if (last < (int64_t)out->count)
        return false;
    out->first = (uint64_t)last - out->count + 1;
    if (!sqlite_file_blob(statement, 1, JOURNAL_BODY_MAX, &out->bodies))
        return false;
    if (out->count == 1)
        return sqlite3_column_type(statement, 3) == SQLITE_NULL;
    return take_ends(statement, out);
}

struct text journal_row_body(const struct journal_row *row, size_t index)
{
    size_t start = index == 0 ? 0 : end_of(row, index - 1);

    return (struct text){row->bodies.data + start, end_of(row, index) - start};
}

const uint8_t *journal_row_hash(const struct journal_row *row, size_t index)
{
    return row->hashes + index * JOURNAL_HASH_SIZE;
}
