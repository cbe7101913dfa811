#include "read/fresh_rows.h"

#include <stdlib.h>
#include <string.h>

#include "read/projector_state.h"

void fresh_rows_open(struct fresh_rows *rows, struct projector *projector)
{
    CHECK(projector_flushed(projector) == 0 && !projector->round.under_way);
    *rows = (struct fresh_rows){.projector = projector};
    rows->count = pending_take(&projector->memory.pending, &rows->order);
}

void fresh_rows_close(struct fresh_rows *rows)
{
    free(rows->order);
    rows->order = NULL;
}

void fresh_rows_restart(struct fresh_rows *rows)
{
    rows->at = 0;
    rows->inside = 0;
}

/* The entry it stands at; NULL at the end. */
static const struct pending_entry *entry_of(const struct fresh_rows *rows)
{
    if (rows->at == rows->count)
        return NULL;
    return &rows->projector->memory.pending.entries[(uint32_t)rows->order[rows->at]];
}

void fresh_rows_values(const struct account_row *row, int64_t values[FRESH_COLUMNS_MAX])
{
    const int64_t all[] = {
        (int64_t)account_row_number(row),
        row->currency,
        row->balance.minor,
        (int64_t)row->version,
        (int64_t)row->last_record,
        (int64_t)row->last_position,
        row->kinds,
        row->month,
        (int64_t)row->credits,
        row->credits_total.minor,
        (int64_t)row->debits,
        row->debits_total.minor,
        (int64_t)row->first_position,
    };
    memcpy(values, all, sizeof all);
}

bool fresh_rows_account(struct fresh_rows *rows, struct fresh_row *out)
{
    const struct pending_entry *entry = entry_of(rows);
    if (entry == NULL)
        return false;
    fresh_rows_values(entry->row, out->values);
    rows->at++;
    return true;
}

bool fresh_rows_owner(struct fresh_rows *rows, struct fresh_row *out)
{
    const struct pending_entry *entry = entry_of(rows);
    if (entry == NULL)
        return false;
    CHECK(entry->opening != NULL); /* nothing was flushed */
    *out = (struct fresh_row){
        .values = {(int64_t)entry->opening->account, entry->opening->at},
        .text = entry->opening->owner,
    };
    rows->at++;
    return true;
}

static uint32_t count_steps(const struct pending_entry *entry)
{
    return entry->step_count;
}

static uint32_t count_months(const struct pending_entry *entry)
{
    return entry->month_count;
}

/* The entry of the next row inside; NULL at the end. */
static const struct pending_entry *entry_with_more(struct fresh_rows *rows,
                                                   uint32_t (*count)(const struct pending_entry *))
{
    const struct pending_entry *entry = entry_of(rows);
    while (entry != NULL && rows->inside == count(entry)) {
        rows->at++;
        rows->inside = 0;
        entry = entry_of(rows);
    }
    return entry;
}

bool fresh_rows_step(struct fresh_rows *rows, struct fresh_row *out)
{
    const struct pending_entry *entry = entry_with_more(rows, count_steps);
    if (entry == NULL)
        return false;
    const struct step_row *step = &entry->steps[rows->inside++];
    const int64_t values[] = {
        (int64_t)account_row_number(entry->row),
        (int64_t)step->step,
        (int64_t)step->record,
        (int64_t)step->position,
        step->at,
        step->balance.minor,
        step->kinds,
    };
    memcpy(out->values, values, sizeof values);
    return true;
}

void fresh_rows_month_values(uint64_t account, const struct month_row *month,
                             int64_t values[FRESH_COLUMNS_MAX])
{
    const int64_t all[] = {
        (int64_t)account,
        month->month,
        month->opening.minor,
        (int64_t)month->credits,
        month->credits_total.minor,
        (int64_t)month->debits,
        month->debits_total.minor,
        (int64_t)month->first_position,
        (int64_t)month->last_position,
        (int64_t)month->last_record,
    };
    memcpy(values, all, sizeof all);
}

bool fresh_rows_month(struct fresh_rows *rows, struct fresh_row *out)
{
    const struct pending_entry *entry = entry_with_more(rows, count_months);
    if (entry == NULL)
        return false;
    fresh_rows_month_values(account_row_number(entry->row), &entry->months[rows->inside++],
                            out->values);
    return true;
}
