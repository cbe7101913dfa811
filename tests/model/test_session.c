#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "model/session.h"

static struct session session;

static int setup(void **state)
{
    (void)state;
    session = (struct session){0};
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    session_close(&session);
    return 0;
}

static void add(enum op op, uint16_t currency, int64_t amount, enum intent_state outcome)
{
    static uint64_t position;
    struct intent intent = {.op = op,
                            .currency = currency,
                            .amount = {amount},
                            .state = outcome,
                            .position = ++position};
    session_add(&session, &intent);
}

static void totals_are_kept_apart_by_currency_and_direction(void **state)
{
    (void)state;
    add(OP_DEPOSIT_MONEY, 978, 500, INTENT_DONE);
    add(OP_CREATE_ACCOUNT, 978, 100, INTENT_DONE);
    add(OP_WITHDRAW_MONEY, 978, 30, INTENT_DONE);
    add(OP_TRANSFER_MONEY, 978, 7, INTENT_DONE);
    add(OP_DEPOSIT_MONEY, 392, 1, INTENT_DONE);
    assert_int_equal(session.total_count, 2);
    assert_int_equal(session.totals[0].count, 4);
    assert_int_equal(session.totals[0].in.minor, 600);
    assert_int_equal(session.totals[0].out.minor, 30);
    assert_int_equal(session.totals[0].moved.minor, 7);
    assert_int_equal(session.totals[1].in.minor, 1);
    assert_int_equal(session.posted, 5);
}

static void refusals_and_what_an_earlier_console_left_are_listed_and_not_counted(void **state)
{
    struct intent left = {.op = OP_DEPOSIT_MONEY,
                          .currency = 978,
                          .amount = {9},
                          .state = INTENT_DONE,
                          .recovered = true};
    (void)state;
    add(OP_WITHDRAW_MONEY, 978, 30, INTENT_REFUSED);
    session_add(&session, &left);
    assert_int_equal(session.total_count, 0);
    assert_int_equal(session.posted, 0);
    assert_int_equal(session.refused, 1);
    assert_int_equal(session.count, 2);
    assert_true(session_row(&session, 0)->recovered);
}

static void a_total_beyond_the_numbers_is_not_told_any_more(void **state)
{
    (void)state;
    add(OP_DEPOSIT_MONEY, 978, INT64_MAX, INTENT_DONE);
    assert_false(session.totals[0].beyond);
    add(OP_DEPOSIT_MONEY, 978, 1, INTENT_DONE);
    assert_true(session.totals[0].beyond);
    add(OP_DEPOSIT_MONEY, 978, 0, INTENT_DONE);
    assert_true(session.totals[0].beyond);
}

static void the_newest_outcomes_stay_and_the_totals_forget_nothing(void **state)
{
    (void)state;
    for (int64_t i = 1; i <= SESSION_ROWS_MAX + 7; i++) {
        add(OP_DEPOSIT_MONEY, 978, i, INTENT_DONE);
    }
    assert_int_equal(session.count, SESSION_ROWS_MAX);
    assert_int_equal(session_row(&session, 0)->amount.minor, SESSION_ROWS_MAX + 7);
    assert_int_equal(session_row(&session, SESSION_ROWS_MAX - 1)->amount.minor, 8);
    assert_int_equal(session.totals[0].count, SESSION_ROWS_MAX + 7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(totals_are_kept_apart_by_currency_and_direction, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(
            refusals_and_what_an_earlier_console_left_are_listed_and_not_counted, setup, teardown),
        cmocka_unit_test_setup_teardown(a_total_beyond_the_numbers_is_not_told_any_more, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(the_newest_outcomes_stay_and_the_totals_forget_nothing,
                                        setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
