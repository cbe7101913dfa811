#include "domain/account.h"

#include "base/check.h"

static bool totals_hold(const struct account_state *state, struct money change)
{
    struct money total;

    if (change.minor >= 0)
        return money_add(money(state->credits), change, &total);
    return money_subtract(money(state->debits), change, &total);
}

bool account_joins(const struct account_state *state, const struct record *record, unsigned index)
{
    const struct leg *leg = &record->legs[index];
    bool opens = record->kind == RECORD_ACCOUNT_CREATED;
    struct money balance;

    if (opens != (state->version == 0))
        return false;
    if (!opens && (leg->account != state->account || record->currency != state->currency))
        return false;
    return leg->account != 0 && leg->previous_record == state->last_record &&
           leg->version == state->version + record_leg_events(record, index) &&
           money_add(state->balance, leg->change, &balance) &&
           balance.minor == leg->balance.minor && money_is_balance(balance) &&
           totals_hold(state, leg->change);
}

void evolve_account(struct account_state *state, const struct record *record, unsigned index)
{
    const struct leg *leg = &record->legs[index];
    int64_t change = leg->change.minor;

    CHECK(account_joins(state, record, index));
    state->account = leg->account;
    state->currency = record->currency;
    state->balance = leg->balance;
    if (change >= 0)
        state->credits += change;
    else
        state->debits -= change;
    state->version = leg->version;
    state->last_record = record->number;
}
