#include "read/fold.h"

#include <stdlib.h>

#include "base/time.h"
#include "read/projector.h"

static bool fold_month(struct account_row *row, struct pending_entry *entry,
                       const struct record *record, const struct leg *leg, int32_t month)
{
    if (row->month != month || row->version == 0) {
        struct month_row closed;

        if (row->version != 0) {
            if (!month_row_running(row, &closed))
                return false;
            pending_add_month(entry, &closed);
        }
        row->month = (uint32_t)month & ACCOUNT_ROW_MONTH_MAX;
        row->credits = row->debits = 0;
        row->credits_total = row->debits_total = money(0);
        row->first_position = record->position & ACCOUNT_ROW_NUMBER_MAX;
    }
    if (leg->change.minor > 0) {
        row->credits++;
        return money_add(row->credits_total, leg->change, &row->credits_total);
    }
    if (leg->change.minor < 0) {
        row->debits++;
        return money_subtract(row->debits_total, leg->change, &row->debits_total);
    }
    return true;
}

static void fold_step(struct account_row *row, struct pending_entry *entry,
                      const struct record *record, uint64_t before)
{
    struct step_row step = {
        .step = row->version / PROJECTOR_STEP_EVENTS,
        .record = record->number,
        .position = row->last_position,
        .at = record->at,
        .balance = row->balance,
        .kinds = row->kinds,
    };

    if (before / PROJECTOR_STEP_EVENTS == step.step)
        return;
    pending_add_step(entry, &step);
    row->kinds = 0;
}

enum joining { JOINS, IS_THERE, JOINS_NOT };

static enum joining leg_joins(const struct record *record, unsigned index,
                              const struct account_row *row, uint64_t replayed)
{
    const struct leg *leg = &record->legs[index];
    int32_t month = month_of(record->at);
    uint64_t before = row == NULL ? 0 : row->version;
    uint64_t last_record = row == NULL ? 0 : row->last_record;

    if (leg->version <= before)
        return record->number <= replayed ? IS_THERE : JOINS_NOT;
    if (record->position > ACCOUNT_ROW_NUMBER_MAX - EVENTS_PER_RECORD_MAX || month < 0 ||
        (uint32_t)month > ACCOUNT_ROW_MONTH_MAX || record->currency > ACCOUNT_ROW_CURRENCY_MAX)
        return JOINS_NOT;
    if (before + record_leg_events(record, index) != leg->version ||
        last_record != leg->previous_record ||
        (row == NULL) != (record->kind == RECORD_ACCOUNT_CREATED))
        return JOINS_NOT;
    return JOINS;
}

static bool fold_leg(struct memory *memory, const struct record *record, unsigned index,
                     struct account_row *row, struct opening **opening)
{
    const struct leg *leg = &record->legs[index];
    struct pending_entry *entry;
    uint64_t before;

    if (row == NULL) {
        row = account_table_add(&memory->accounts, leg->account);
        row->currency = record->currency & ACCOUNT_ROW_CURRENCY_MAX;
    }
    before = row->version;
    entry = pending_entry_of(&memory->pending, row);
    if (*opening != NULL) {
        pending_add_opening(&memory->pending, entry, *opening);
        *opening = NULL;
    }
    if (!fold_month(row, entry, record, leg, month_of(record->at)))
        return false;
    row->balance = leg->balance;
    row->version = leg->version & ACCOUNT_ROW_NUMBER_MAX; /* leg_joins saw that they fit */
    row->last_record = record->number & ACCOUNT_ROW_NUMBER_MAX;
    row->last_position = record_leg_position(record, index) & ACCOUNT_ROW_NUMBER_MAX;
    row->kinds |= record_leg_types(record, index) & UINT8_MAX;
    fold_step(row, entry, record, before);
    return true;
}

bool fold_record(struct memory *memory, const struct record *record, uint64_t replayed,
                 struct opening *opening)
{
    struct account_row *rows[RECORD_LEGS_MAX];
    enum joining joining[RECORD_LEGS_MAX];
    bool joins = (record->kind == RECORD_ACCOUNT_CREATED) == (opening != NULL);

    for (unsigned i = 0; i < record->leg_count; i++) {
        rows[i] = account_table_find(&memory->accounts, record->legs[i].account);
        joining[i] = leg_joins(record, i, rows[i], replayed);
        joins = joins && joining[i] != JOINS_NOT;
    }
    for (unsigned i = 0; joins && i < record->leg_count; i++) {
        if (joining[i] == JOINS)
            joins = fold_leg(memory, record, i, rows[i], &opening);
    }
    free(opening);
    return joins;
}
