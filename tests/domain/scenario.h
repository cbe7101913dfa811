/* Sentences for the tests of decisions: given these past records, when this command, then these
 * events, or this refusal with these details.
 *
 *     given(opened(ANA, EUR, 120));
 *     when_withdrawn(ANA, 121);
 *     then_refused(STATUS_insufficient_funds, .balance = 120, .amount = 121);
 *
 * Past records are built here by hand, not by the decisions under test, and reach the account
 * states through evolve_account. One scenario at a time; given() begins it. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/account_number.h"
#include "contract/messages.h"
#include "domain/account.h"
#include "domain/decide.h"
#include "domain/record.h"

#define EUR 978
#define USD 840
#define JPY 392

#define ANA UINT64_C(1000000016)
#define BEN UINT64_C(1000000024)
#define EVA UINT64_C(1000000032)
#define NEXT_FREE UINT64_C(1000000040)

#define SCENARIO_ACCOUNTS_MAX 8

struct fact {
    uint8_t kind;
    uint64_t account, other;
    uint16_t currency;
    int64_t amount;
};

static struct scenario {
    struct account_state accounts[SCENARIO_ACCOUNTS_MAX];
    unsigned count;
    uint64_t number, position;
    int64_t at;
    struct loaded loaded;
    enum status status;
    struct record record; /* what the command became */
} scenario;

static inline struct fact opened(uint64_t account, uint16_t currency, int64_t initial)
{
    return (struct fact){RECORD_ACCOUNT_CREATED, account, 0, currency, initial};
}

static inline struct fact deposited(uint64_t account, int64_t amount)
{
    return (struct fact){RECORD_MONEY_DEPOSITED, account, 0, 0, amount};
}

static inline struct fact withdrawn(uint64_t account, int64_t amount)
{
    return (struct fact){RECORD_MONEY_WITHDRAWN, account, 0, 0, amount};
}

static inline struct fact transferred(uint64_t from, uint64_t to, int64_t amount)
{
    return (struct fact){RECORD_MONEY_TRANSFERRED, from, to, 0, amount};
}

static inline struct account_state *account_named(uint64_t account)
{
    for (unsigned i = 0; i < scenario.count; i++) {
        if (scenario.accounts[i].account == account)
            return &scenario.accounts[i];
    }
    return NULL;
}

static inline struct leg past_leg(uint64_t account, int64_t change)
{
    const struct account_state *state = account_named(account);

    assert_non_null(state);
    return (struct leg){
        .account = account,
        .version = state->version + 2,
        .balance = money(state->balance.minor + change),
        .change = money(change),
        .previous_record = state->last_record,
    };
}

static inline struct record record_of(struct fact fact)
{
    struct record record = {
        .number = scenario.number + 1,
        .position = scenario.position + 1,
        .at = scenario.at + 1,
        .kind = fact.kind,
        .op = fact.kind,
        .actor = TEXT("ana"),
        .currency = fact.currency,
        .leg_count = fact.kind == RECORD_MONEY_TRANSFERRED ? 2 : 1,
    };

    if (fact.kind == RECORD_ACCOUNT_CREATED) {
        record.owner = TEXT("Somebody");
        record.legs[0] = (struct leg){.account = fact.account,
                                      .version = fact.amount == 0 ? 1 : 2,
                                      .balance = money(fact.amount),
                                      .change = money(fact.amount)};
        return record;
    }
    record.currency = account_named(fact.account)->currency;
    record.amount = money(fact.amount);
    record.reference = TEXT("");
    record.legs[0] =
        past_leg(fact.account, fact.kind == RECORD_MONEY_DEPOSITED ? fact.amount : -fact.amount);
    if (fact.kind == RECORD_MONEY_TRANSFERRED)
        record.legs[1] = past_leg(fact.other, fact.amount);
    return record;
}

/* Takes a record into the scenario's past. */
static inline void happened(const struct record *record)
{
    for (unsigned i = 0; i < record->leg_count; i++) {
        struct account_state *state = account_named(record->legs[i].account);

        if (state == NULL) {
            assert_true(scenario.count < SCENARIO_ACCOUNTS_MAX);
            state = &scenario.accounts[scenario.count++];
            *state = (struct account_state){0};
        }
        evolve_account(state, record, i);
    }
    scenario.number = record->number;
    scenario.at = record->at;
    scenario.position = record->position + record_event_count(record) - 1;
}

static inline void given_facts(const struct fact *facts, size_t count)
{
    scenario = (struct scenario){.at = INT64_C(1700000000000000)};
    for (size_t i = 0; i < count; i++) {
        struct record record = record_of(facts[i]);

        happened(&record);
    }
}
#define given(...)                                                                                 \
    given_facts((const struct fact[]){__VA_ARGS__},                                                \
                sizeof((const struct fact[]){__VA_ARGS__}) / sizeof(struct fact))
#define given_nothing() given_facts(NULL, 0)

/* Runs a command as the engine does: by its row of the deciders, on what the table loads. */
static inline void when(enum op op, const void *args)
{
    const struct decider *decider = decider_of(op);
    const struct message *message = message_of(op);

    assert_non_null(decider);
    scenario.loaded = (struct loaded){.free_account = NEXT_FREE};
    for (unsigned i = 0; i < RECORD_LEGS_MAX; i++) {
        if (message->loads[i].kind != ENTITY_ACCOUNT)
            continue;
        uint64_t id;
        memcpy(&id, (const char *)args + message->loads[i].offset, sizeof(id));
        scenario.loaded.account[i] = id == 0 ? NULL : account_named(id);
    }
    memset(&scenario.record, 0xee, sizeof(scenario.record)); /* nothing may be left unfilled */
    scenario.record.number = scenario.number + 1;
    scenario.record.position = scenario.position + 1;
    scenario.record.at = scenario.at + 1;
    scenario.record.actor = TEXT("ana");
    scenario.record.channel = CHANNEL_ZMQ;
    scenario.record.key = TEXT("key");
    memset(scenario.record.digest, 0x11, sizeof(scenario.record.digest));
    scenario.status = decider->decide(args, &scenario.loaded, &scenario.record);
}

static inline void when_created(struct create_account args)
{
    when(OP_CREATE_ACCOUNT, &args);
}
#define when_created(...) when_created((struct create_account){__VA_ARGS__})

static inline void when_moved(enum op op, struct move_money args)
{
    if (args.expected_version != 0)
        args.given |= 1u << MOVE_MONEY_EXPECTED_VERSION;
    when(op, &args);
}
#define when_deposited(number, minor, ...)                                                         \
    when_moved(OP_DEPOSIT_MONEY,                                                                   \
               (struct move_money){.account = (number), .amount = {minor}, __VA_ARGS__})
#define when_withdrawn(number, minor, ...)                                                         \
    when_moved(OP_WITHDRAW_MONEY,                                                                  \
               (struct move_money){.account = (number), .amount = {minor}, __VA_ARGS__})

static inline void when_transferred_args(struct transfer_money args)
{
    if (args.expected_version != 0)
        args.given |= 1u << TRANSFER_MONEY_EXPECTED_VERSION;
    when(OP_TRANSFER_MONEY, &args);
}
#define when_transferred(source, target, minor, ...)                                               \
    when_transferred_args(                                                                         \
        (struct transfer_money){.from = (source), .to = (target), .amount = {minor}, __VA_ARGS__})

static inline struct event created(uint64_t account, const char *owner, uint16_t currency,
                                   int64_t initial)
{
    return (struct event){.type = EVENT_ACCOUNT_CREATED,
                          .account = account,
                          .version = 1,
                          .owner = text_of(owner),
                          .currency = currency,
                          .initial_balance = money(initial)};
}

static inline struct event moved(enum event_type type, uint64_t account, uint64_t version,
                                 int64_t amount, const char *reference)
{
    return (struct event){.type = (uint8_t)type,
                          .account = account,
                          .version = version,
                          .amount = money(amount),
                          .reference = text_of(reference)};
}

static inline struct event sent(uint64_t from, uint64_t from_version, uint64_t to,
                                uint64_t to_version, int64_t amount, const char *reference)
{
    return (struct event){.type = EVENT_MONEY_TRANSFERRED,
                          .from = from,
                          .from_version = from_version,
                          .to = to,
                          .to_version = to_version,
                          .amount = money(amount),
                          .reference = text_of(reference)};
}

static inline struct event updated(uint64_t account, uint64_t version, int64_t balance,
                                   int64_t change)
{
    return (struct event){.type = EVENT_BALANCE_UPDATED,
                          .account = account,
                          .version = version,
                          .balance = money(balance),
                          .change = money(change)};
}

static inline void assert_same_text(struct text got, struct text wanted)
{
    assert_int_equal(got.size, wanted.size);
    assert_true(text_equal(got, wanted));
    assert_int_equal(got.data == NULL, wanted.data == NULL);
}

static inline void assert_same_event(const struct event *got, const struct event *wanted)
{
    assert_string_equal(event_type_names[got->type], event_type_names[wanted->type]);
    assert_int_equal(got->account, wanted->account);
    assert_int_equal(got->version, wanted->version);
    assert_int_equal(got->from, wanted->from);
    assert_int_equal(got->from_version, wanted->from_version);
    assert_int_equal(got->to, wanted->to);
    assert_int_equal(got->to_version, wanted->to_version);
    assert_int_equal(got->initial_balance.minor, wanted->initial_balance.minor);
    assert_int_equal(got->amount.minor, wanted->amount.minor);
    assert_int_equal(got->balance.minor, wanted->balance.minor);
    assert_int_equal(got->change.minor, wanted->change.minor);
    assert_same_text(got->owner, wanted->owner);
    assert_same_text(got->reference, wanted->reference);
    if (wanted->currency != 0)
        assert_int_equal(got->currency, wanted->currency);
}

/* What the caller filled in before the decision is still there. */
static inline void then_the_callers_part_is_kept(void)
{
    const struct record *record = &scenario.record;

    assert_int_equal(record->number, scenario.number + 1);
    assert_int_equal(record->position, scenario.position + 1);
    assert_int_equal(record->at, scenario.at + 1);
    assert_int_equal(record->channel, CHANNEL_ZMQ);
    assert_same_text(record->actor, TEXT("ana"));
    assert_same_text(record->key, TEXT("key"));
    for (size_t i = 0; i < sizeof(record->digest); i++)
        assert_int_equal(record->digest[i], 0x11);
}

static inline void then_events(const struct event *wanted, unsigned count)
{
    struct event got[EVENTS_PER_RECORD_MAX];
    const struct record *record = &scenario.record;

    assert_string_equal(status_row(scenario.status)->code, "ok");
    then_the_callers_part_is_kept();
    assert_int_equal(record_events(record, got), count);
    assert_int_equal(record_event_count(record), count);
    for (unsigned i = 0; i < count; i++) {
        assert_same_event(&got[i], &wanted[i]);
        assert_int_equal(got[i].position, scenario.position + 1 + i);
        assert_int_equal(got[i].at, record->at);
        assert_int_equal(got[i].channel, CHANNEL_ZMQ);
        assert_int_equal(got[i].currency, record->currency);
        assert_same_text(got[i].actor, TEXT("ana"));
        assert_int_equal(got[i].cause,
                         got[i].type == EVENT_BALANCE_UPDATED ? scenario.position + 1 : 0);
    }
    happened(record); /* the events join the states they were decided on */
}
#define then(...)                                                                                  \
    then_events((const struct event[]){__VA_ARGS__},                                               \
                sizeof((const struct event[]){__VA_ARGS__}) / sizeof(struct event))

struct details {
    int64_t balance, amount;
    uint64_t version;
};

static inline void then_refused_with(enum status status, struct details details)
{
    struct problem problem;
    struct event events[EVENTS_PER_RECORD_MAX];
    const struct record *record = &scenario.record;

    assert_string_equal(status_row(scenario.status)->code, status_row(status)->code);
    then_the_callers_part_is_kept();
    assert_int_equal(record->kind, RECORD_REFUSED);
    assert_int_equal(record->refusal, status);
    assert_int_equal(record->leg_count, 0);
    assert_int_equal(record_events(record, events), 0);
    assert_int_equal(record_event_count(record), 0);
    record_problem(record, &problem);
    assert_int_equal(problem.status, status);
    assert_int_equal(problem.balance.minor, details.balance);
    assert_int_equal(problem.amount.minor, details.amount);
    assert_int_equal(problem.version, details.version);
    assert_int_equal(problem.error_count, 0);
}
#define then_refused(status, ...) then_refused_with((status), (struct details){__VA_ARGS__})
