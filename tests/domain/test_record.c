#include "domain/scenario.h"

static struct record of_kind(enum record_kind kind, int64_t initial)
{
    struct record record = {
        .number = 7,
        .position = 100,
        .at = 1700000000000000,
        .kind = (uint8_t)kind,
        .channel = CHANNEL_IMPORT,
        .actor = TEXT("ana"),
        .currency = EUR,
        .amount = money(30),
        .reference = TEXT("Rent"),
        .legs = {{ANA, 8, {70}, {-30}, 3}, {BEN, 5, {30}, {30}, 4}},
        .leg_count = kind == RECORD_MONEY_TRANSFERRED ? 2 : 1,
    };

    if (kind == RECORD_MONEY_DEPOSITED)
        record.legs[0].change = money(30);
    if (kind == RECORD_ACCOUNT_CREATED) {
        record.owner = TEXT("Ana");
        record.reference = (struct text){0};
        record.legs[0] = (struct leg){ANA, initial == 0 ? 1 : 2, {initial}, {initial}, 0};
    }
    if (kind == RECORD_REFUSED)
        record.leg_count = 0;
    return record;
}

static void a_principal_is_the_actor_without_the_atms_key(void **state)
{
    static const struct {
        const char *actor, *principal;
    } cases[] = {
        {"ana", "ana"},
        {"ana@home", "ana@home"},
        {"import", "import"},
        {"", ""},
        {"customer:1000000016", "customer:1000000016"},
        {"customer:1000000016@lobby", "customer:1000000016"},
        {"customer:1000000016@lobby@2", "customer:1000000016"},
        {"customer:", "customer:"},
        {"customer", "customer"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct record record = {.actor = text_of(cases[i].actor)};

        assert_same_text(record_principal(&record), text_of(cases[i].principal));
    }
}

static void legs_know_their_events_positions_and_types(void **state)
{
    const uint32_t updated_bit = 1u << EVENT_BALANCE_UPDATED;
    const struct {
        struct record record;
        unsigned index, events;
        uint64_t position;
        uint32_t types;
    } cases[] = {
        {of_kind(RECORD_ACCOUNT_CREATED, 0), 0, 1, 100, 1u << EVENT_ACCOUNT_CREATED},
        {of_kind(RECORD_ACCOUNT_CREATED, 5), 0, 2, 101, 1u << EVENT_ACCOUNT_CREATED | updated_bit},
        {of_kind(RECORD_MONEY_DEPOSITED, 0), 0, 2, 101, 1u << EVENT_MONEY_DEPOSITED | updated_bit},
        {of_kind(RECORD_MONEY_WITHDRAWN, 0), 0, 2, 101, 1u << EVENT_MONEY_WITHDRAWN | updated_bit},
        {of_kind(RECORD_MONEY_TRANSFERRED, 0), 0, 2, 101,
         1u << EVENT_MONEY_TRANSFERRED | updated_bit},
        {of_kind(RECORD_MONEY_TRANSFERRED, 0), 1, 2, 102,
         1u << EVENT_MONEY_TRANSFERRED | updated_bit},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const struct record *record = &cases[i].record;

        assert_int_equal(record_leg_events(record, cases[i].index), cases[i].events);
        assert_int_equal(record_leg_position(record, cases[i].index), cases[i].position);
        assert_int_equal(record_leg_types(record, cases[i].index), cases[i].types);
    }
}

static void an_opening_is_answered_with_the_account(void **state)
{
    (void)state;
    for (int64_t initial = 0; initial <= 5; initial += 5) {
        struct record record = of_kind(RECORD_ACCOUNT_CREATED, initial);
        struct record_reply reply;

        record_reply(&record, false, &reply);
        assert_ptr_equal(reply.any.shape, &account_result_shape);
        assert_ptr_equal(reply.any.value, &reply.account);
        assert_int_equal(reply.account.account, ANA);
        assert_same_text(reply.account.owner, TEXT("Ana"));
        assert_int_equal(reply.account.currency, EUR);
        assert_int_equal(reply.account.balance.minor, initial);
        assert_string_equal(account_status_names[reply.account.status], "open");
        assert_int_equal(reply.account.opened_at, record.at);
        /* Both are those of the account's last event. */
        assert_int_equal(reply.account.version, initial == 0 ? 1 : 2);
        assert_int_equal(reply.account.position, initial == 0 ? 100 : 101);
    }
}

static void a_movement_is_answered_with_its_cause_and_the_balance_after(void **state)
{
    static const enum record_kind kinds[] = {RECORD_MONEY_DEPOSITED, RECORD_MONEY_WITHDRAWN};

    (void)state;
    for (unsigned i = 0; i < 2; i++) {
        struct record record = of_kind(kinds[i], 0);
        struct record_reply reply;

        record_reply(&record, true, &reply);
        assert_ptr_equal(reply.any.shape, &moved_result_shape);
        assert_ptr_equal(reply.any.value, &reply.moved);
        assert_string_equal(event_type_names[reply.moved.type],
                            i == 0 ? "MoneyDeposited" : "MoneyWithdrawn");
        assert_int_equal(reply.moved.position, 100);
        assert_int_equal(reply.moved.at, record.at);
        assert_int_equal(reply.moved.account, ANA);
        assert_int_equal(reply.moved.amount.minor, 30);
        assert_int_equal(reply.moved.currency, EUR);
        assert_int_equal(reply.moved.balance.minor, 70);
        assert_int_equal(reply.moved.version, 8);
        assert_same_text(reply.moved.reference, TEXT("Rent"));
    }
}

static void a_transfer_is_answered_with_both_sides(void **state)
{
    struct record record = of_kind(RECORD_MONEY_TRANSFERRED, 0);
    struct record_reply reply;

    (void)state;
    record_reply(&record, false, &reply);
    assert_ptr_equal(reply.any.shape, &transferred_result_shape);
    assert_ptr_equal(reply.any.value, &reply.transferred);
    assert_string_equal(event_type_names[reply.transferred.type], "MoneyTransferred");
    assert_int_equal(reply.transferred.position, 100);
    assert_int_equal(reply.transferred.from.account, ANA);
    assert_int_equal(reply.transferred.from.balance.minor, 70);
    assert_int_equal(reply.transferred.from.version, 8);
    assert_int_equal(reply.transferred.to.account, BEN);
    assert_int_equal(reply.transferred.to.balance.minor, 30);
    assert_int_equal(reply.transferred.to.version, 5);
}

static void a_customer_sees_of_the_other_side_only_its_number(void **state)
{
    struct record record = of_kind(RECORD_MONEY_TRANSFERRED, 0);
    struct record_reply reply;

    (void)state;
    record_reply(&record, true, &reply);
    assert_ptr_equal(reply.any.shape, &transferred_customer_shape);
    assert_int_equal(reply.transferred.from.balance.minor, 70);
    assert_int_equal(reply.transferred.to.account, BEN);
    assert_int_equal(reply.transferred.to.balance.minor, 0);
    assert_int_equal(reply.transferred.to.version, 0);
}

static void only_the_refusals_that_carry_details_give_them(void **state)
{
    static const struct {
        enum status status;
        int64_t balance, amount;
        uint64_t version;
    } cases[] = {
        {STATUS_insufficient_funds, 12, 30, 0}, {STATUS_version_conflict, 0, 0, 34},
        {STATUS_account_not_found, 0, 0, 0},    {STATUS_key_abandoned, 0, 0, 0},
        {STATUS_currency_mismatch, 0, 0, 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct record record = of_kind(RECORD_REFUSED, 0);
        struct problem problem;

        record.refusal = (uint16_t)cases[i].status;
        record.refusal_balance = money(12);
        record.refusal_version = 34;
        record_problem(&record, &problem);
        assert_int_equal(problem.status, cases[i].status);
        assert_int_equal(problem.balance.minor, cases[i].balance);
        assert_int_equal(problem.amount.minor, cases[i].amount);
        assert_int_equal(problem.version, cases[i].version);
        assert_string_equal(problem.detail, "");
    }
}

static void a_record_that_does_not_continue_the_account_does_not_join(void **state)
{
    struct account_state account = {.account = ANA,
                                    .balance = {100},
                                    .credits = 100,
                                    .version = 6,
                                    .last_record = 3,
                                    .currency = EUR};
    struct account_state fresh = {0};
    const struct record sound = of_kind(RECORD_MONEY_WITHDRAWN, 0);
    struct record record = sound;

    (void)state;
    assert_true(account_joins(&account, &sound, 0));
    assert_false(account_joins(&fresh, &sound, 0));
    record.legs[0].account = BEN;
    assert_false(account_joins(&account, &record, 0));
    record = sound;
    record.legs[0].version = 9;
    assert_false(account_joins(&account, &record, 0));
    record = sound;
    record.legs[0].previous_record = 2;
    assert_false(account_joins(&account, &record, 0));
    record = sound;
    record.legs[0].balance = money(71);
    assert_false(account_joins(&account, &record, 0));
    record = sound;
    record.currency = USD;
    assert_false(account_joins(&account, &record, 0));
    record = sound;
    record.legs[0].change = money(-101);
    record.legs[0].balance = money(-1);
    assert_false(account_joins(&account, &record, 0));
    account.debits = INT64_MAX - 29;
    assert_false(account_joins(&account, &sound, 0));
    record = of_kind(RECORD_ACCOUNT_CREATED, 5);
    assert_true(account_joins(&fresh, &record, 0));
    assert_false(account_joins(&account, &record, 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_principal_is_the_actor_without_the_atms_key),
        cmocka_unit_test(legs_know_their_events_positions_and_types),
        cmocka_unit_test(an_opening_is_answered_with_the_account),
        cmocka_unit_test(a_movement_is_answered_with_its_cause_and_the_balance_after),
        cmocka_unit_test(a_transfer_is_answered_with_both_sides),
        cmocka_unit_test(a_customer_sees_of_the_other_side_only_its_number),
        cmocka_unit_test(only_the_refusals_that_carry_details_give_them),
        cmocka_unit_test(a_record_that_does_not_continue_the_account_does_not_join),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
