#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/money.h"

static void sums_and_differences_are_exact(void **state)
{
    (void)state;
    struct money out;
    assert_true(money_add(money(MONEY_MAX), money(1), &out));
    assert_true(out.minor == INT64_C(9007199254740992));
    assert_true(money_subtract(money(0), money(MONEY_MAX), &out));
    assert_true(out.minor == -MONEY_MAX);
    assert_true(money_add(money(INT64_MAX), money(INT64_MIN), &out));
    assert_true(out.minor == -1);
}

static void what_does_not_fit_is_refused_and_leaves_the_result_alone(void **state)
{
    (void)state;
    struct money out = money(42);
    assert_false(money_add(money(INT64_MAX), money(1), &out));
    assert_false(money_add(money(INT64_MIN), money(-1), &out));
    assert_false(money_subtract(money(INT64_MIN), money(1), &out));
    assert_false(money_subtract(money(0), money(INT64_MIN), &out));
    assert_true(out.minor == 42);
}

static void the_result_may_be_one_of_the_operands(void **state)
{
    (void)state;
    struct money sum = money(5);
    assert_true(money_add(sum, sum, &sum));
    assert_true(sum.minor == 10);
    assert_true(money_subtract(sum, sum, &sum));
    assert_true(sum.minor == 0);
}

static void amounts_start_at_one_and_balances_at_zero(void **state)
{
    (void)state;
    static const struct {
        int64_t minor;
        bool amount, balance;
    } rows[] = {
        {INT64_MIN, false, false}, {-1, false, false},      {0, false, true},
        {1, true, true},           {MONEY_MAX, true, true}, {MONEY_MAX + 1, false, false},
        {INT64_MAX, false, false},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_int_equal(money_is_amount(money(rows[i].minor)), rows[i].amount);
        assert_int_equal(money_is_balance(money(rows[i].minor)), rows[i].balance);
    }
}

static void money_prints_with_the_decimals_of_its_currency(void **state)
{
    (void)state;
    static const struct {
        int64_t minor;
        unsigned exponent;
        const char *text;
    } rows[] = {
        {0, 2, "0.00"},
        {5, 2, "0.05"},
        {-5, 2, "-0.05"},
        {-100, 2, "-1.00"},
        {123456, 2, "1234.56"},
        {0, 0, "0"},
        {-7, 0, "-7"},
        {1500, 0, "1500"},
        {1, 3, "0.001"},
        {12345, 3, "12.345"},
        {10000, 4, "1.0000"},
        {9, 4, "0.0009"},
        {MONEY_MAX, 2, "90071992547409.91"},
        {INT64_MAX, 0, "9223372036854775807"},
        {INT64_MIN, 0, "-9223372036854775808"},
        {INT64_MIN, 2, "-92233720368547758.08"},
        {INT64_MIN, 9, "-9223372036.854775808"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char text[MONEY_TEXT_MAX];
        assert_string_equal(money_print(money(rows[i].minor), rows[i].exponent, text),
                            rows[i].text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sums_and_differences_are_exact),
        cmocka_unit_test(what_does_not_fit_is_refused_and_leaves_the_result_alone),
        cmocka_unit_test(the_result_may_be_one_of_the_operands),
        cmocka_unit_test(amounts_start_at_one_and_balances_at_zero),
        cmocka_unit_test(money_prints_with_the_decimals_of_its_currency),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
