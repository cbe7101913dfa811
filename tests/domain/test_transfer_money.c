#include "domain/scenario.h"

static void a_transfer_moves_money_from_one_to_the_other(void **state)
{
    (void)state;
    given(opened(ANA, EUR, 100), opened(BEN, EUR, 0));
    when_transferred(ANA, BEN, 30, .reference = TEXT("Rent"));
    then(sent(ANA, 3, BEN, 2, 30, "Rent"), updated(ANA, 4, 70, -30), updated(BEN, 3, 30, 30));
}

static void both_sides_go_on_from_their_own_last_records(void **state)
{
    (void)state;
    given(opened(ANA, EUR, 100), opened(BEN, EUR, 50), deposited(ANA, 1), deposited(ANA, 1));
    when_transferred(BEN, ANA, 50);
    then(sent(BEN, 3, ANA, 7, 50, ""), updated(BEN, 4, 0, -50), updated(ANA, 8, 152, 50));
    assert_int_equal(scenario.record.legs[0].previous_record, 2);
    assert_int_equal(scenario.record.legs[1].previous_record, 4);
}

static void a_transfer_to_oneself_is_refused(void **state)
{
    (void)state;
    given(opened(ANA, EUR, 100));
    when_transferred(ANA, ANA, 30);
    then_refused(STATUS_same_account);
}

static void a_transfer_between_two_that_are_nobody_is_refused(void **state)
{
    (void)state;
    given(opened(EVA, EUR, 100));
    when_transferred(ANA, BEN, 30);
    then_refused(STATUS_account_not_found);
}

static void two_currencies_do_not_meet(void **state)
{
    static const uint16_t given_currency[] = {0, EUR, USD, JPY};

    (void)state;
    for (size_t i = 0; i < sizeof(given_currency) / sizeof(given_currency[0]); i++) {
        given(opened(ANA, EUR, 100), opened(BEN, USD, 100));
        when_transferred(ANA, BEN, 30, .currency = given_currency[i]);
        then_refused(STATUS_currency_mismatch);
    }
}

static void a_currency_that_is_neither_sides_is_refused(void **state)
{
    (void)state;
    given(opened(ANA, EUR, 100), opened(BEN, EUR, 0));
    when_transferred(ANA, BEN, 30, .currency = USD);
    then_refused(STATUS_currency_mismatch);
}

static void the_expected_version_is_that_of_from(void **state)
{
    (void)state;
    given(opened(ANA, EUR, 100), opened(BEN, EUR, 0), deposited(BEN, 5));
    when_transferred(ANA, BEN, 30, .expected_version = 3);
    then_refused(STATUS_version_conflict, .version = 2);
    when_transferred(ANA, BEN, 30, .expected_version = 2, .currency = EUR);
    then(sent(ANA, 3, BEN, 4, 30, ""), updated(ANA, 4, 70, -30), updated(BEN, 5, 35, 30));
}

static void a_transfer_beyond_the_balance_is_refused(void **state)
{
    (void)state;
    given(opened(ANA, EUR, 100), opened(BEN, EUR, 5000));
    when_transferred(ANA, BEN, 101);
    then_refused(STATUS_insufficient_funds, .balance = 100, .amount = 101);
}

static void a_transfer_may_fill_the_other_side_and_not_overfill_it(void **state)
{
    (void)state;
    given(opened(ANA, EUR, 100), opened(BEN, EUR, MONEY_MAX - 100));
    when_transferred(ANA, BEN, 100);
    then(sent(ANA, 3, BEN, 3, 100, ""), updated(ANA, 4, 0, -100), updated(BEN, 4, MONEY_MAX, 100));
    given(opened(ANA, EUR, 100), opened(BEN, EUR, MONEY_MAX - 99));
    when_transferred(ANA, BEN, 100);
    then_refused(STATUS_balance_limit_exceeded);
}

static void the_highest_balance_may_change_sides(void **state)
{
    (void)state;
    given(opened(ANA, EUR, MONEY_MAX), opened(BEN, EUR, 0));
    when_transferred(ANA, BEN, MONEY_MAX);
    then(sent(ANA, 3, BEN, 2, MONEY_MAX, ""), updated(ANA, 4, 0, -MONEY_MAX),
         updated(BEN, 3, MONEY_MAX, MONEY_MAX));
}

static void totals_of_a_life_beyond_int64_are_refused_on_either_side(void **state)
{
    static const struct {
        int64_t debits_of_from, credits_of_to;
        enum status status;
    } cases[] = {
        {INT64_MAX - 10, 0, STATUS_ok},
        {INT64_MAX - 9, 0, STATUS_balance_limit_exceeded},
        {0, INT64_MAX - 10, STATUS_ok},
        {0, INT64_MAX - 9, STATUS_balance_limit_exceeded},
        {INT64_MAX - 10, INT64_MAX - 10, STATUS_ok},
        {INT64_MAX, INT64_MAX, STATUS_balance_limit_exceeded},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct account_state from = {.account = ANA,
                                     .balance = {50},
                                     .credits = INT64_MAX,
                                     .debits = cases[i].debits_of_from,
                                     .version = 2,
                                     .last_record = 1,
                                     .currency = EUR};
        struct account_state to = {.account = BEN,
                                   .credits = cases[i].credits_of_to,
                                   .debits = cases[i].credits_of_to,
                                   .version = 2,
                                   .last_record = 2,
                                   .currency = EUR};
        struct loaded loaded = {.account = {&from, &to}};
        struct transfer_money command = {.from = ANA, .to = BEN, .amount = {10}};
        struct record record = {0};

        assert_int_equal(decide_transfer_money(&command, &loaded, &record), cases[i].status);
        assert_int_equal(record.leg_count, cases[i].status == STATUS_ok ? 2 : 0);
    }
}

enum {
    SAME = 1,
    NO_FROM = 2,
    NO_TO = 4,
    CURRENCY = 8,
    VERSION = 16,
    FUNDS = 32,
    LIMIT = 64,
    ALL_FAULTS = 127,
};

static void when_transferred_with(unsigned faults)
{
    uint64_t from = (faults & NO_FROM) ? EVA : ANA;
    uint64_t to = (faults & SAME) ? from : (faults & NO_TO) ? NEXT_FREE : BEN;
    /* The amount takes all of the balance, or more; and what BEN has leaves room for it, or not. */
    int64_t amount = (faults & FUNDS) ? 101 : 100;

    given(opened(ANA, EUR, 100), opened(BEN, EUR, (faults & LIMIT) ? MONEY_MAX - 99 : 0));
    when_transferred(from, to, amount, .currency = (faults & CURRENCY) ? USD : EUR,
                     .expected_version = (faults & VERSION) ? 7 : 2);
}

/* Every set of faults at once: the refusal is the first of CONTRACT 4's order. */
static void of_several_faults_the_first_of_the_order_decides(void **state)
{
    (void)state;
    for (unsigned faults = 1; faults <= ALL_FAULTS; faults++) {
        when_transferred_with(faults);
        if (faults & SAME)
            then_refused(STATUS_same_account);
        else if (faults & (NO_FROM | NO_TO))
            then_refused(STATUS_account_not_found);
        else if (faults & CURRENCY)
            then_refused(STATUS_currency_mismatch);
        else if (faults & VERSION)
            then_refused(STATUS_version_conflict, .version = 2);
        else if (faults & FUNDS)
            then_refused(STATUS_insufficient_funds, .balance = 100, .amount = 101);
        else
            then_refused(STATUS_balance_limit_exceeded);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_transfer_moves_money_from_one_to_the_other),
        cmocka_unit_test(both_sides_go_on_from_their_own_last_records),
        cmocka_unit_test(a_transfer_to_oneself_is_refused),
        cmocka_unit_test(a_transfer_between_two_that_are_nobody_is_refused),
        cmocka_unit_test(two_currencies_do_not_meet),
        cmocka_unit_test(a_currency_that_is_neither_sides_is_refused),
        cmocka_unit_test(the_expected_version_is_that_of_from),
        cmocka_unit_test(a_transfer_beyond_the_balance_is_refused),
        cmocka_unit_test(a_transfer_may_fill_the_other_side_and_not_overfill_it),
        cmocka_unit_test(the_highest_balance_may_change_sides),
        cmocka_unit_test(totals_of_a_life_beyond_int64_are_refused_on_either_side),
        cmocka_unit_test(of_several_faults_the_first_of_the_order_decides),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
