#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "base/currency.h"
#include "model/amount.h"

struct row {
    const char *typed;
    const char *currency;
    int64_t minor;   /* -1: refused */
    const char *why; /* part of the reason */
};

static struct amount parse(const char *typed, const char *currency, enum amount_least least)
{
    return amount_parse(text_of(typed), currency_by_code(text_of(currency))->number, least);
}

static void check_rows(const struct row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct amount amount = parse(rows[i].typed, rows[i].currency, AMOUNT_LEAST_ONE);
        if (rows[i].minor >= 0 &&
            (amount.verdict != AMOUNT_OK || amount.value.minor != rows[i].minor)) {
            fail_msg("'%s' %s: verdict %d, %lld, %s", rows[i].typed, rows[i].currency,
                     (int)amount.verdict, (long long)amount.value.minor, amount.why);
        }
        if (rows[i].minor < 0 && amount.verdict != AMOUNT_REFUSED) {
            fail_msg("'%s' %s is taken as %lld", rows[i].typed, rows[i].currency,
                     (long long)amount.value.minor);
        }
        if (rows[i].why != NULL && strstr(amount.why, rows[i].why) == NULL) {
            fail_msg("'%s' %s: '%s' lacks '%s'", rows[i].typed, rows[i].currency, amount.why,
                     rows[i].why);
        }
    }
}

static void what_people_type_means_itself(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"1", "EUR", 100, NULL},
        {"1200,99", "EUR", 120099, NULL},
        {"1200.99", "EUR", 120099, NULL},
        {"1,200.99", "EUR", 120099, NULL},
        {"1.200,99", "EUR", 120099, NULL},
        {"1 200.99", "EUR", 120099, NULL},
        {"1 200,99", "EUR", 120099, NULL},
        {"1'200.99", "EUR", 120099, NULL},
        {"1\xc2\xa0"
         "200,99",
         "EUR", 120099, NULL},
        {"1\xe2\x80\xaf"
         "200,99",
         "EUR", 120099, NULL},
        {"1.234.567,89", "EUR", 123456789, NULL},
        {"1,234,567.89", "EUR", 123456789, NULL},
        {"1,234,567", "EUR", 123456700, NULL},
        {"1.234.567", "EUR", 123456700, NULL},
        {"1 200", "EUR", 120000, NULL},
        {"12,5", "EUR", 1250, NULL},
        {"12.5", "EUR", 1250, NULL},
        {".50", "EUR", 50, NULL},
        {",5", "EUR", 50, NULL},
        {"0.01", "EUR", 1, NULL},
        {"007", "EUR", 700, NULL},
        {"  42 ", "EUR", 4200, NULL},
        {"1,200", "JPY", 1200, NULL},
        {"1.200", "JPY", 1200, NULL},
        {"1200", "JPY", 1200, NULL},
        {"1.5", "BHD", 1500, NULL},
        {"01.234", "BHD", 1234, NULL},
        {"1,200.500", "BHD", 1200500, NULL},
        {"1234.567", "BHD", 1234567, NULL},
        {"90071992547409.91", "EUR", INT64_C(9007199254740991), NULL},
        {"90,071,992,547,409.91", "EUR", INT64_C(9007199254740991), NULL},
    };
    check_rows(rows, sizeof rows / sizeof *rows);
}

static void what_could_mean_two_things_is_refused_with_both(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"1,200", "EUR", -1, "1 200 or 1.200?"},       {"1.200", "EUR", -1, "Type 1200 or 1.20"},
        {"123,456", "EUR", -1, "123 456 or 123.456?"}, {"1,200", "BHD", -1, "Type 1200 or 01,200"},
        {"1,999", "USD", -1, "1 999 or 1.999?"},
    };
    check_rows(rows, sizeof rows / sizeof *rows);
}

static void what_means_nothing_is_refused(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"0", "EUR", -1, "more than zero"},
        {"0.00", "EUR", -1, "more than zero"},
        {"-5", "EUR", -1, "digits"},
        {"+5", "EUR", -1, "digits"},
        {"5 EUR", "EUR", -1, "digits"},
        {"1e3", "EUR", -1, "digits"},
        {"0x10", "EUR", -1, "digits"},
        {"\xd9\xa1", "EUR", -1, "digits"}, /* an Arabic one */
        {"\xff", "EUR", -1, "digits"},
        {"1.", "EUR", -1, "decimals"},
        {",", "EUR", -1, NULL},
        {".", "EUR", -1, NULL},
        {"'", "EUR", -1, NULL},
        {"1.234", "JPY", 1234, NULL},
        {"1.23", "JPY", -1, "no decimals"},
        {"1.2345", "EUR", -1, "2 decimals"},
        {"1234,567", "EUR", -1, "2 decimals"},
        {"0,125", "EUR", -1, "2 decimals"},
        {"1,20.99", "EUR", -1, "thousands"},
        {"1,2,3", "EUR", -1, "thousands"},
        {"12,00,000", "EUR", -1, "thousands"},
        {"1 20", "EUR", -1, "thousands"},
        {"1.200.50", "EUR", -1, "thousands"},
        {"0,200.00", "EUR", -1, "thousands"},
        {"1.200,99.00", "EUR", -1, NULL},
        {"1 200,000.99", "EUR", -1, "thousands"},
        {"1..2", "EUR", -1, NULL},
        {"90071992547409.92", "EUR", -1, "more than an account can hold"},
        {"9223372036854775808", "EUR", -1, "more than an account can hold"},
        {"99999999999999999999", "EUR", -1, "more than an account can hold"},
        {"999999999999999999999999", "EUR", -1, "Too many"},
        {"1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1", "EUR", -1, "Too many"},
    };
    check_rows(rows, sizeof rows / sizeof *rows);
}

static void nothing_typed_is_empty_and_zero_may_be_allowed(void **state)
{
    (void)state;
    assert_int_equal(parse("", "EUR", AMOUNT_LEAST_ONE).verdict, AMOUNT_EMPTY);
    assert_int_equal(parse("   ", "EUR", AMOUNT_LEAST_ONE).verdict, AMOUNT_EMPTY);
    assert_int_equal(parse("0,00", "EUR", AMOUNT_LEAST_ZERO).verdict, AMOUNT_OK);
}

/* Whatever bytes come, the answer is a verdict, and what is taken is an amount. */
static void no_bytes_confuse_the_parser(void **state)
{
    (void)state;
    static const char alphabet[] = "0123456789..,,  ''\xc2\xa0\xe2\x80\xaf-+x\xff";
    uint64_t random = 88172645463325252u;
    for (int round = 0; round < 100000; round++) {
        char typed[24];
        size_t size = 0;
        random ^= random << 13, random ^= random >> 7, random ^= random << 17;
        for (uint64_t left = random; size < random % 23; left = left * 31 + 7) {
            typed[size++] = alphabet[left % (sizeof alphabet - 1)];
        }
        struct amount amount = amount_parse((struct text){typed, size}, 978, AMOUNT_LEAST_ONE);
        if (amount.verdict == AMOUNT_OK) {
            assert_true(money_is_amount(amount.value));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_people_type_means_itself),
        cmocka_unit_test(what_could_mean_two_things_is_refused_with_both),
        cmocka_unit_test(what_means_nothing_is_refused),
        cmocka_unit_test(nothing_typed_is_empty_and_zero_may_be_allowed),
        cmocka_unit_test(no_bytes_confuse_the_parser),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
