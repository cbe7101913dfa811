#include "read/month_run.h"

void month_run_encode(const struct month_row *rows, unsigned count, struct bytes *out)
{
    CHECK(count >= 1 && count <= MONTH_RUN_MAX);
    for (unsigned i = 0; i < count; i++) {
        const struct month_row *row = &rows[i];

        if (i > 0)
            bytes_put_varint(out, (uint64_t)(row->month - rows[i - 1].month));
        bytes_put_varint(out, (uint64_t)row->opening.minor);
        bytes_put_varint(out, row->credits);
        bytes_put_varint(out, (uint64_t)row->credits_total.minor);
        bytes_put_varint(out, row->debits);
        bytes_put_varint(out, (uint64_t)row->debits_total.minor);
        bytes_put_varint(out, row->first_position);
        bytes_put_varint(out, row->last_position - row->first_position);
        bytes_put_varint(out, row->last_record);
    }
}

/* A number that SQLite and the clients can hold too. */
static uint64_t number(struct bytes_reader *reader)
{
    uint64_t value = bytes_get_varint(reader);

    reader->bad = reader->bad || value > INT64_MAX;
    return value;
}

static struct money amount(struct bytes_reader *reader)
{
    return money((int64_t)(number(reader) & INT64_MAX));
}

static void decode_row(struct bytes_reader *reader, int64_t month, struct month_row *out)
{
    /* Their order is that of the members. */
    out->month = (int32_t)month;
    out->opening = amount(reader);
    out->credits = number(reader);
    out->credits_total = amount(reader);
    out->debits = number(reader);
    out->debits_total = amount(reader);
    out->first_position = number(reader);
    out->last_position = out->first_position + number(reader);
    out->last_record = number(reader);
    reader->bad = reader->bad || out->last_position > INT64_MAX;
}

bool month_run_decode(int64_t first, const void *data, size_t size, struct month_run *out)
{
    struct bytes_reader reader = bytes_reader(data, size);
    int64_t month = first;

    for (out->count = 0; reader.at < size && !reader.bad; out->count++) {
        if (out->count > 0) {
            uint64_t later = bytes_get_varint(&reader);

            reader.bad = reader.bad || later == 0 || later > ACCOUNT_ROW_MONTH_MAX;
            month += (int64_t)(later & ACCOUNT_ROW_MONTH_MAX);
        }
        if (out->count == MONTH_RUN_MAX || month < 0 || month > ACCOUNT_ROW_MONTH_MAX)
            return false;
        decode_row(&reader, month, &out->rows[out->count]);
    }
    return !reader.bad && out->count > 0;
}

const struct month_row *month_run_up_to(const struct month_run *run, int32_t month)
{
    const struct month_row *newest = NULL;

    for (unsigned i = 0; i < run->count && run->rows[i].month <= month; i++)
        newest = &run->rows[i];
    return newest;
}
