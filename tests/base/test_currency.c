#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/currency.h"

static void known_currencies_have_their_number_and_exponent(void **state)
{
    (void)state;
    static const struct {
        const char *code;
        unsigned number, exponent;
    } rows[] = {
        {"EUR", 978, 2}, {"USD", 840, 2}, {"CZK", 203, 2}, {"JPY", 392, 0}, {"BHD", 48, 3},
        {"CLF", 990, 4}, {"CLP", 152, 0}, {"KWD", 414, 3}, {"ALL", 8, 2},   {"ISK", 352, 0},
        {"HUF", 348, 2}, {"TND", 788, 3}, {"UYW", 927, 4}, {"ZMW", 967, 2}, {"AED", 784, 2},
        {"XOF", 952, 0}, {"MGA", 969, 2}, {"XCG", 532, 2}, {"SLE", 925, 2}, {"ZWG", 924, 2},
        {"KRW", 410, 0}, {"VND", 704, 0}, {"IQD", 368, 3}, {"MRU", 929, 2}, {"UGX", 800, 0},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct currency *currency = currency_by_code(text_of(rows[i].code));
        assert_non_null(currency);
        assert_string_equal(currency->code, rows[i].code);
        assert_int_equal(currency->number, rows[i].number);
        assert_int_equal(currency->exponent, rows[i].exponent);
        assert_ptr_equal(currency_by_number(currency->number), currency);
    }
}

static void what_is_no_currency_is_not_found(void **state)
{
    (void)state;
    static const char *rows[] = {
        "",    "EU",  "EURO", "eur", "Eur", "XXX",       "XTS",
        "XAU", "XDR", "AAA",  "ZZZ", "HRK", "E\xc3\xbc",
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_null(currency_by_code(text_of(rows[i])));
    }
    assert_null(currency_by_code(text_of(NULL)));
    assert_null(currency_by_number(0));
    assert_null(currency_by_number(999));
    assert_null(currency_by_number(1000));
    assert_null(currency_by_number(UINT16_MAX));
}

static void the_whole_table_is_in_order_and_found_by_both_names(void **state)
{
    (void)state;
    size_t count;
    const struct currency *all = currency_all(&count);
    assert_true(count > 150);
    for (size_t i = 0; i < count; i++) {
        assert_true(i == 0 || strcmp(all[i - 1].code, all[i].code) < 0);
        assert_ptr_equal(currency_by_code(text_of(all[i].code)), &all[i]);
        assert_ptr_equal(currency_by_number(all[i].number), &all[i]);
        assert_true(all[i].exponent <= 4);
        assert_true(strlen(all[i].name) > 2);
    }
}

static void unknown_numbers_still_print(void **state)
{
    (void)state;
    assert_string_equal(currency_code(978), "EUR");
    assert_string_equal(currency_code(0), "???");
    assert_string_equal(currency_code(65535), "???");
    assert_int_equal(currency_exponent(392), 0);
    assert_int_equal(currency_exponent(0), 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_currencies_have_their_number_and_exponent),
        cmocka_unit_test(what_is_no_currency_is_not_found),
        cmocka_unit_test(the_whole_table_is_in_order_and_found_by_both_names),
        cmocka_unit_test(unknown_numbers_still_print),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
