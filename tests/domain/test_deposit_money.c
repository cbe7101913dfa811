#include "domain/scenario.h"

static void a_deposit_raises_the_balance(void **state)
{
    (void)state;
    given(opened(ANA, EUR, 100));
    when_deposited(ANA, 20, .reference = TEXT("Wages"));
    then(moved(EVENT_MONEY_DEPOSITED, ANA, 3, 20, "Wages"), updated(ANA, 4, 120, 20));
}

static void an_absent_reference_becomes_an_empty_one(void **state)
{
    (void)state;
    given(opened(ANA, EUR, 0));
    when_deposited(ANA, 1);
    then(moved(EVENT_MONEY_DEPOSITED, ANA, 2, 1, ""), updated(ANA, 3, 1, 1));
}

static void a_deposit_goes_on_where_the_accounts_last_record_ended(void **state)
{
    (void)state;
    given(opened(ANA, EUR, 100), opened(BEN, EUR, 5), transferred(ANA, BEN, 30), deposited(BEN, 1));
    when_deposited(ANA, 7);
    then(moved(EVENT_MONEY_DEPOSITED, ANA, 5, 7, ""), updated(ANA, 6, 77, 7));
    assert_int_equal(scenario.record.legs[0].previous_record, 3);
}

static void a_deposit_to_nobody_is_refused(void **state)
{
    (void)state;
    given(opened(ANA, EUR, 100));
    when_deposited(BEN, 20);
    then_refused(STATUS_account_not_found);
}

static void a_deposit_in_the_accounts_own_currency_is_taken(void **state)
{
    (void)state;
    given(opened(ANA, USD, 0));
    when_deposited(ANA, 20, .currency = USD);
    then(moved(EVENT_MONEY_DEPOSITED, ANA, 2, 20, ""), updated(ANA, 3, 20, 20));
    assert_int_equal(scenario.record.currency, USD);
}

static void a_deposit_in_another_currency_is_refused(void **state)
{
    (void)state;
    given(opened(ANA, USD, 0));
    when_deposited(ANA, 20, .currency = EUR);
    then_refused(STATUS_currency_mismatch);
}

static void the_expected_version_is_that_of_the_last_event(void **state)
{
    (void)state;
    given(opened(ANA, EUR, 100));
    when_deposited(ANA, 20, .expected_version = 2);
    then(moved(EVENT_MONEY_DEPOSITED, ANA, 3, 20, ""), updated(ANA, 4, 120, 20));
}

static void another_expected_version_is_refused_with_the_current_one(void **state)
{
    static const uint64_t wrong[] = {1, 3, 4, 6, UINT64_MAX};

    (void)state;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        given(opened(ANA, EUR, 0), deposited(ANA, 5), withdrawn(ANA, 5));
        when_deposited(ANA, 20, .expected_version = wrong[i]);
        then_refused(STATUS_version_conflict, .version = 5);
    }
}

static void a_version_of_zero_that_was_given_conflicts(void **state)
{
    (void)state;
    given(opened(ANA, EUR, 0));
    when_deposited(ANA, 20, .given = 1u << MOVE_MONEY_EXPECTED_VERSION);
    then_refused(STATUS_version_conflict, .version = 1);
}

static void a_balance_may_reach_its_limit_and_not_pass_it(void **state)
{
    (void)state;
    given(opened(ANA, EUR, 1));
    when_deposited(ANA, MONEY_MAX - 1);
    then(moved(EVENT_MONEY_DEPOSITED, ANA, 3, MONEY_MAX - 1, ""),
         updated(ANA, 4, MONEY_MAX, MONEY_MAX - 1));
    when_deposited(ANA, 1);
    then_refused(STATUS_balance_limit_exceeded);
}

static void the_credits_of_a_life_may_reach_int64_and_not_pass_it(void **state)
{
    struct fact round[2] = {deposited(ANA, MONEY_MAX), withdrawn(ANA, MONEY_MAX)};

    (void)state;
    given(opened(ANA, EUR, 0));
    for (unsigned i = 0; i < 2048; i++) { /* 1024 times in and out: 2^63 - 1024 */
        struct record record = record_of(round[i % 2]);

        happened(&record);
    }
    assert_int_equal(account_named(ANA)->credits, INT64_MAX - 1023);
    when_deposited(ANA, 1024);
    then_refused(STATUS_balance_limit_exceeded);
    when_deposited(ANA, 1023);
    then(moved(EVENT_MONEY_DEPOSITED, ANA, 4098, 1023, ""), updated(ANA, 4099, 1023, 1023));
    assert_int_equal(account_named(ANA)->credits, INT64_MAX);
    when_deposited(ANA, 1);
    then_refused(STATUS_balance_limit_exceeded);
}

/* Every set of faults at once: the refusal is the first of CONTRACT 4's order. */
static void of_several_faults_the_first_of_the_order_decides(void **state)
{
    enum { NOBODY = 1, CURRENCY = 2, VERSION = 4, LIMIT = 8, ALL = 15 };

    (void)state;
    for (unsigned faults = 1; faults <= ALL; faults++) {
        given(opened(ANA, EUR, 1));
        when_deposited((faults & NOBODY) ? BEN : ANA, (faults & LIMIT) ? MONEY_MAX : 1,
                       .currency = (faults & CURRENCY) ? USD : EUR,
                       .expected_version = (faults & VERSION) ? 9 : 2);
        if (faults & NOBODY)
            then_refused(STATUS_account_not_found);
        else if (faults & CURRENCY)
            then_refused(STATUS_currency_mismatch);
        else if (faults & VERSION)
            then_refused(STATUS_version_conflict, .version = 2);
        else
            then_refused(STATUS_balance_limit_exceeded);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_deposit_raises_the_balance),
        cmocka_unit_test(an_absent_reference_becomes_an_empty_one),
        cmocka_unit_test(a_deposit_goes_on_where_the_accounts_last_record_ended),
        cmocka_unit_test(a_deposit_to_nobody_is_refused),
        cmocka_unit_test(a_deposit_in_the_accounts_own_currency_is_taken),
        cmocka_unit_test(a_deposit_in_another_currency_is_refused),
        cmocka_unit_test(the_expected_version_is_that_of_the_last_event),
        cmocka_unit_test(another_expected_version_is_refused_with_the_current_one),
        cmocka_unit_test(a_version_of_zero_that_was_given_conflicts),
        cmocka_unit_test(a_balance_may_reach_its_limit_and_not_pass_it),
        cmocka_unit_test(the_credits_of_a_life_may_reach_int64_and_not_pass_it),
        cmocka_unit_test(of_several_faults_the_first_of_the_order_decides),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
