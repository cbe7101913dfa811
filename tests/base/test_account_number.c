#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/account_number.h"

/* Luhn as the standard words it, from the right over all ten digits: an independent reading. */
static bool luhn_holds(const char *digits)
{
    int sum = 0;
    for (size_t i = 0; i < 10; i++) {
        int digit = digits[9 - i] - '0';
        if (i % 2 == 1) {
            digit *= 2;
        }
        sum += digit / 10 + digit % 10;
    }
    return sum % 10 == 0;
}

static void sequences_get_the_check_digit_of_the_standard(void **state)
{
    (void)state;
    /* The number of the textbooks, 7992739871 and 3, without its first digit, which counts 7. */
    assert_true(account_from_sequence(992739871) == UINT64_C(9927398710));
    for (uint32_t sequence = 1; sequence < ACCOUNT_SEQUENCE_MAX - 99991; sequence += 99991) {
        char text[ACCOUNT_TEXT_MAX];
        uint64_t account = account_from_sequence(sequence);
        assert_true(account_is_valid(account));
        assert_int_equal(account_sequence(account), sequence);
        assert_true(luhn_holds(account_print(account, text)));
    }
    assert_true(account_is_valid(account_from_sequence(ACCOUNT_SEQUENCE_MAX)));
}

static void printed_numbers_are_parsed_back(void **state)
{
    (void)state;
    static const uint32_t rows[] = {1, 42, ACCOUNT_SEQUENCE_FIRST, ACCOUNT_SEQUENCE_MAX};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char text[ACCOUNT_TEXT_MAX];
        uint64_t account = account_from_sequence(rows[i]);
        uint64_t parsed = 0;
        assert_int_equal(strlen(account_print(account, text)), 10);
        assert_true(account_parse(text_of(text), &parsed));
        assert_true(parsed == account);
    }
}

static void every_single_wrong_digit_and_most_swaps_are_noticed(void **state)
{
    (void)state;
    char text[ACCOUNT_TEXT_MAX];
    account_print(account_from_sequence(ACCOUNT_SEQUENCE_FIRST + 4711), text);
    uint64_t out;
    for (size_t i = 0; i < 10; i++) {
        for (char digit = '0'; digit <= '9'; digit++) {
            char wrong[ACCOUNT_TEXT_MAX];
            memcpy(wrong, text, sizeof(wrong));
            wrong[i] = digit;
            assert_int_equal(account_parse(text_of(wrong), &out), digit == text[i]);
        }
    }
}

static void programs_must_write_exactly_ten_digits(void **state)
{
    (void)state;
    static const char *rows[] = {
        "",
        "1",
        "0000000000",
        "992739871",
        "99273987100",
        " 9927398710",
        "9927398710 ",
        "99273 98710",
        "99273-98710",
        "+992739871",
        "992739871x",
        "9927398717",
        "９９２７",
        "-927398716",
        "9927398710\n",
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        uint64_t out = 77;
        assert_false(account_parse(text_of(rows[i]), &out));
        assert_true(out == 77);
    }
    uint64_t out;
    assert_false(account_parse(text_of(NULL), &out));
}

static void people_may_type_spaces_and_dashes(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool right;
    } rows[] = {
        {"9927398710", true},
        {"99273 98710", true},
        {" 99273-98710 ", true},
        {"9-9-2-7-3-9-8-7-1-0", true},
        {"99273 98717", false},
        {"99273 9871", false},
        {"99273 98710 0", false},
        {"99273.98710", false},
        {"", false},
        {" - ", false},
        {"00000 00000", false},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        uint64_t out = 0;
        assert_int_equal(account_parse_typed(text_of(rows[i].text), &out), rows[i].right);
        assert_true(out == (rows[i].right ? UINT64_C(9927398710) : 0));
    }
}

static void numbers_out_of_range_are_not_valid(void **state)
{
    (void)state;
    assert_false(account_is_valid(0));
    assert_false(account_is_valid(UINT64_C(10000000000)));
    assert_false(account_is_valid(UINT64_MAX));
    assert_false(account_is_valid((UINT64_C(1) << 32) * 10));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sequences_get_the_check_digit_of_the_standard),
        cmocka_unit_test(printed_numbers_are_parsed_back),
        cmocka_unit_test(every_single_wrong_digit_and_most_swaps_are_noticed),
        cmocka_unit_test(programs_must_write_exactly_ten_digits),
        cmocka_unit_test(people_may_type_spaces_and_dashes),
        cmocka_unit_test(numbers_out_of_range_are_not_valid),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
