#include "domain/scenario.h"

static void an_account_opens_with_one_event_when_nothing_is_paid_in(void **state)
{
    (void)state;
    given_nothing();
    when_created(.owner = TEXT("Zoë González"), .currency = EUR);
    then(created(NEXT_FREE, "Zoë González", EUR, 0));
}

static void an_initial_balance_is_told_by_a_second_event(void **state)
{
    (void)state;
    given_nothing();
    when_created(.owner = TEXT("Ana"), .currency = JPY, .initial_balance = {500});
    then(created(NEXT_FREE, "Ana", JPY, 500), updated(NEXT_FREE, 2, 500, 500));
}

static void an_initial_balance_is_a_credit(void **state)
{
    (void)state;
    given(opened(ANA, EUR, 70));
    assert_int_equal(account_named(ANA)->credits, 70);
    assert_int_equal(account_named(ANA)->debits, 0);
}

static void the_highest_initial_balance_is_taken(void **state)
{
    (void)state;
    given_nothing();
    when_created(.owner = TEXT("Ana"), .currency = EUR, .initial_balance = {MONEY_MAX});
    then(created(NEXT_FREE, "Ana", EUR, MONEY_MAX), updated(NEXT_FREE, 2, MONEY_MAX, MONEY_MAX));
}

static void somebody_may_bring_a_number_that_is_free(void **state)
{
    (void)state;
    given(opened(ANA, EUR, 10));
    when_created(.owner = TEXT("Ben"), .currency = EUR, .account = BEN);
    then(created(BEN, "Ben", EUR, 0));
}

static void a_number_that_exists_is_refused(void **state)
{
    (void)state;
    given(opened(ANA, EUR, 10));
    when_created(.owner = TEXT("Ana"), .currency = EUR, .account = ANA);
    then_refused(STATUS_account_exists);
}

static void a_bank_without_free_numbers_is_unavailable(void **state)
{
    struct loaded loaded = {.free_account = 0};
    struct create_account command = {.owner = TEXT("Ana"), .currency = EUR};
    struct record record = {0};

    (void)state;
    assert_int_equal(decide_create_account(&command, &loaded, &record), STATUS_unavailable);
    assert_false(status_is_stored(STATUS_unavailable));
    assert_int_equal(record.kind, RECORD_REFUSED);
}

static void a_brought_number_does_not_need_a_free_one(void **state)
{
    struct loaded loaded = {.free_account = 0};
    struct create_account command = {.owner = TEXT("Ana"), .currency = EUR, .account = ANA};
    struct record record = {0};

    (void)state;
    assert_int_equal(decide_create_account(&command, &loaded, &record), STATUS_ok);
    assert_int_equal(record.legs[0].account, ANA);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_account_opens_with_one_event_when_nothing_is_paid_in),
        cmocka_unit_test(an_initial_balance_is_told_by_a_second_event),
        cmocka_unit_test(an_initial_balance_is_a_credit),
        cmocka_unit_test(the_highest_initial_balance_is_taken),
        cmocka_unit_test(somebody_may_bring_a_number_that_is_free),
        cmocka_unit_test(a_number_that_exists_is_refused),
        cmocka_unit_test(a_bank_without_free_numbers_is_unavailable),
        cmocka_unit_test(a_brought_number_does_not_need_a_free_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
