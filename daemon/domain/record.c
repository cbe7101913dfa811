#include "domain/record.h"

#include "base/check.h"

#define CUSTOMER_PREFIX "customer:"

struct text record_principal(const struct record *record)
{
    struct text actor = record->actor;
    struct text prefix = TEXT(CUSTOMER_PREFIX);

    /* Only a customer's actor has the ATM's key behind it: the name of an API key may hold an @. */
    if (actor.size <= prefix.size || !text_equal((struct text){actor.data, prefix.size}, prefix))
        return actor;
    for (size_t i = prefix.size; i < actor.size; i++) {
        if (actor.data[i] == '@')
            return (struct text){actor.data, i};
    }
    return actor;
}

unsigned record_leg_events(const struct record *record, unsigned index)
{
    CHECK(index < record->leg_count);
    if (record->kind == RECORD_ACCOUNT_CREATED && record->legs[index].change.minor == 0)
        return 1;
    return 2;
}

unsigned record_event_count(const struct record *record)
{
    switch ((enum record_kind)record->kind) {
    case RECORD_ACCOUNT_CREATED:
        return record_leg_events(record, 0);
    case RECORD_MONEY_DEPOSITED:
    case RECORD_MONEY_WITHDRAWN:
        return 2;
    case RECORD_MONEY_TRANSFERRED:
        return 3;
    case RECORD_REFUSED:
        return 0;
    }
    CHECK(!"a record of a known kind");
    return 0;
}

uint64_t record_leg_position(const struct record *record, unsigned index)
{
    return record->position + (record_leg_events(record, index) == 1 ? 0 : index + 1);
}

static enum event_type cause_type(const struct record *record)
{
    switch ((enum record_kind)record->kind) {
    case RECORD_ACCOUNT_CREATED:
        return EVENT_ACCOUNT_CREATED;
    case RECORD_MONEY_DEPOSITED:
        return EVENT_MONEY_DEPOSITED;
    case RECORD_MONEY_WITHDRAWN:
        return EVENT_MONEY_WITHDRAWN;
    case RECORD_MONEY_TRANSFERRED:
        return EVENT_MONEY_TRANSFERRED;
    case RECORD_REFUSED:
        break;
    }
    CHECK(!"a record that has events");
    return EVENT_TYPE_COUNT;
}

uint32_t record_leg_types(const struct record *record, unsigned index)
{
    uint32_t types = UINT32_C(1) << cause_type(record);

    if (record_leg_events(record, index) == 2)
        types |= UINT32_C(1) << EVENT_BALANCE_UPDATED;
    return types;
}

/* The version the causing event takes in the account of a leg: the first of the leg's events. */
static uint64_t cause_version(const struct record *record, unsigned index)
{
    return record->legs[index].version + 1 - record_leg_events(record, index);
}

static struct event event_of(const struct record *record, enum event_type type, uint64_t position)
{
    return (struct event){
        .type = (uint8_t)type,
        .channel = record->channel,
        .currency = record->currency,
        .position = position,
        .at = record->at,
        .actor = record->actor,
    };
}

static void fill_cause(const struct record *record, struct event *event)
{
    if (record->kind == RECORD_MONEY_TRANSFERRED) {
        event->from = record->legs[0].account;
        event->from_version = cause_version(record, 0);
        event->to = record->legs[1].account;
        event->to_version = cause_version(record, 1);
    } else {
        event->account = record->legs[0].account;
        event->version = cause_version(record, 0);
    }
    if (record->kind == RECORD_ACCOUNT_CREATED) {
        event->owner = record->owner;
        event->initial_balance = record->legs[0].change;
    } else {
        event->amount = record->amount;
        event->reference = record->reference;
    }
}

unsigned record_events(const struct record *record, struct event out[EVENTS_PER_RECORD_MAX])
{
    unsigned count = 0;

    if (record->kind == RECORD_REFUSED)
        return 0;
    out[count] = event_of(record, cause_type(record), record->position);
    fill_cause(record, &out[count]);
    count++;
    for (unsigned i = 0; i < record->leg_count; i++) {
        const struct leg *leg = &record->legs[i];

        if (record_leg_events(record, i) == 1)
            continue;
        out[count] = event_of(record, EVENT_BALANCE_UPDATED, record->position + count);
        out[count].account = leg->account;
        out[count].version = leg->version;
        out[count].balance = leg->balance;
        out[count].change = leg->change;
        out[count].cause = record->position;
        count++;
    }
    return count;
}

static void reply_account(const struct record *record, struct record_reply *out)
{
    const struct leg *leg = &record->legs[0];

    out->account = (struct account_result){
        .account = leg->account,
        .owner = record->owner,
        .currency = record->currency,
        .balance = leg->balance,
        .version = leg->version,
        .opened_at = record->at,
        .position = record_leg_position(record, 0),
    };
    out->any = (struct any){.shape = &account_result_shape, .value = &out->account};
}

static void reply_moved(const struct record *record, struct record_reply *out)
{
    const struct leg *leg = &record->legs[0];

    out->moved = (struct moved_result){
        .type = (uint8_t)cause_type(record),
        .position = record->position,
        .at = record->at,
        .account = leg->account,
        .amount = record->amount,
        .currency = record->currency,
        .balance = leg->balance,
        .version = leg->version,
        .reference = record->reference,
    };
    out->any = (struct any){.shape = &moved_result_shape, .value = &out->moved};
}

static struct transfer_side side_of(const struct leg *leg)
{
    return (struct transfer_side){
        .account = leg->account, .balance = leg->balance, .version = leg->version};
}

static void reply_transferred(const struct record *record, bool for_customer,
                              struct record_reply *out)
{
    out->transferred = (struct transferred_result){
        .type = EVENT_MONEY_TRANSFERRED,
        .position = record->position,
        .at = record->at,
        .from = side_of(&record->legs[0]),
        .to = side_of(&record->legs[1]),
        .amount = record->amount,
        .currency = record->currency,
        .reference = record->reference,
    };
    if (for_customer)
        out->transferred.to = (struct transfer_side){.account = record->legs[1].account};
    out->any = (struct any){
        .shape = for_customer ? &transferred_customer_shape : &transferred_result_shape,
        .value = &out->transferred,
    };
}

void record_reply(const struct record *record, bool for_customer, struct record_reply *out)
{
    *out = (struct record_reply){0};
    switch ((enum record_kind)record->kind) {
    case RECORD_ACCOUNT_CREATED:
        reply_account(record, out);
        return;
    case RECORD_MONEY_DEPOSITED:
    case RECORD_MONEY_WITHDRAWN:
        reply_moved(record, out);
        return;
    case RECORD_MONEY_TRANSFERRED:
        reply_transferred(record, for_customer, out);
        return;
    case RECORD_REFUSED:
        break;
    }
    CHECK(!"an accepted record");
}

void record_problem(const struct record *record, struct problem *out)
{
    CHECK(record->kind == RECORD_REFUSED);
    *out = (struct problem){.status = (enum status)record->refusal};
    if (record->refusal == STATUS_insufficient_funds) {
        out->balance = record->refusal_balance;
        out->amount = record->amount;
    }
    if (record->refusal == STATUS_version_conflict)
        out->version = record->refusal_version;
}
