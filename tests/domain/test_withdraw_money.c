#include "domain/scenario.h"

static void a_withdrawal_lowers_the_balance(void **state)
{
    (void)state;
    given(opened(ANA, EUR, 100), deposited(ANA, 20));
    when_withdrawn(ANA, 50, .reference = TEXT("Café Zoë 日本"));
    then(moved(EVENT_MONEY_WITHDRAWN, ANA, 5, 50, "Café Zoë 日本"), updated(ANA, 6, 70, -50));
}

static void a_balance_may_be_emptied(void **state)
{
    (void)state;
    given(opened(ANA, EUR, 100));
    when_withdrawn(ANA, 100);
    then(moved(EVENT_MONEY_WITHDRAWN, ANA, 3, 100, ""), updated(ANA, 4, 0, -100));
}

static void a_withdrawal_beyond_the_balance_is_refused(void **state)
{
    (void)state;
    given(opened(ANA, EUR, 100), deposited(ANA, 20));
    when_withdrawn(ANA, 121);
    then_refused(STATUS_insufficient_funds, .balance = 120, .amount = 121);
}

static void the_highest_amount_is_refused_on_an_empty_account(void **state)
{
    (void)state;
    given(opened(ANA, EUR, 0));
    when_withdrawn(ANA, MONEY_MAX);
    then_refused(STATUS_insufficient_funds, .balance = 0, .amount = MONEY_MAX);
}

static void the_highest_balance_may_leave_at_once(void **state)
{
    (void)state;
    given(opened(ANA, EUR, MONEY_MAX));
    when_withdrawn(ANA, MONEY_MAX);
    then(moved(EVENT_MONEY_WITHDRAWN, ANA, 3, MONEY_MAX, ""), updated(ANA, 4, 0, -MONEY_MAX));
}

static void a_withdrawal_from_nobody_is_refused(void **state)
{
    (void)state;
    given_nothing();
    when_withdrawn(ANA, 1);
    then_refused(STATUS_account_not_found);
}

static void the_debits_of_a_life_may_reach_int64_and_not_pass_it(void **state)
{
    struct fact round[2] = {withdrawn(ANA, MONEY_MAX), deposited(ANA, MONEY_MAX)};

    (void)state;
    given(opened(ANA, EUR, MONEY_MAX));
    /* 1023 times out and in, then out: debits 2^63 - 1024, credits the same. */
    for (unsigned i = 0; i < 2047; i++) {
        struct record record = record_of(round[i % 2]);

        happened(&record);
    }
    struct record last = record_of(deposited(ANA, 1023));
    happened(&last);
    assert_int_equal(account_named(ANA)->debits, INT64_MAX - 1023);
    assert_int_equal(account_named(ANA)->credits, INT64_MAX);
    when_withdrawn(ANA, 1023);
    then(moved(EVENT_MONEY_WITHDRAWN, ANA, account_named(ANA)->version + 1, 1023, ""),
         updated(ANA, account_named(ANA)->version + 2, 0, -1023));
    assert_int_equal(account_named(ANA)->debits, INT64_MAX);
}

/* A life's debits cannot pass its credits, so a state beyond is made by hand. */
static void debits_that_would_pass_int64_are_refused(void **state)
{
    struct account_state rich = {.account = ANA,
                                 .balance = {10},
                                 .credits = INT64_MAX,
                                 .debits = INT64_MAX - 9,
                                 .version = 4,
                                 .last_record = 2,
                                 .currency = EUR};
    struct loaded loaded = {.account = {&rich}};
    struct move_money command = {.account = ANA, .amount = {10}};
    struct record record = {0};

    (void)state;
    assert_int_equal(decide_withdraw_money(&command, &loaded, &record),
                     STATUS_balance_limit_exceeded);
    assert_int_equal(record.leg_count, 0);
    command.amount = money(9);
    assert_int_equal(decide_withdraw_money(&command, &loaded, &record), STATUS_ok);
}

/* Every set of faults at once: the refusal is the first of CONTRACT 4's order. */
static void of_several_faults_the_first_of_the_order_decides(void **state)
{
    enum { NOBODY = 1, CURRENCY = 2, VERSION = 4, FUNDS = 8, ALL = 15 };

    (void)state;
    for (unsigned faults = 1; faults <= ALL; faults++) {
        given(opened(ANA, EUR, 10));
        when_withdrawn((faults & NOBODY) ? BEN : ANA, (faults & FUNDS) ? 11 : 10,
                       .currency = (faults & CURRENCY) ? USD : EUR,
                       .expected_version = (faults & VERSION) ? 1 : 2);
        if (faults & NOBODY)
            then_refused(STATUS_account_not_found);
        else if (faults & CURRENCY)
            then_refused(STATUS_currency_mismatch);
        else if (faults & VERSION)
            then_refused(STATUS_version_conflict, .version = 2);
        else
            then_refused(STATUS_insufficient_funds, .balance = 10, .amount = 11);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_withdrawal_lowers_the_balance),
        cmocka_unit_test(a_balance_may_be_emptied),
        cmocka_unit_test(a_withdrawal_beyond_the_balance_is_refused),
        cmocka_unit_test(the_highest_amount_is_refused_on_an_empty_account),
        cmocka_unit_test(the_highest_balance_may_leave_at_once),
        cmocka_unit_test(a_withdrawal_from_nobody_is_refused),
        cmocka_unit_test(the_debits_of_a_life_may_reach_int64_and_not_pass_it),
        cmocka_unit_test(debits_that_would_pass_int64_are_refused),
        cmocka_unit_test(of_several_faults_the_first_of_the_order_decides),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
