#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/text.h"

static void plain_integers_are_read(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t value;
    } rows[] = {
        {"0", 0},
        {"7", 7},
        {"-1", -1},
        {"9007199254740991", INT64_C(9007199254740991)},
        {"9223372036854775807", INT64_MAX},
        {"-9223372036854775808", INT64_MIN},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        int64_t value = 99;
        assert_int_equal(text_to_int64(text_of(rows[i].text), &value), TEXT_NUMBER_OK);
        assert_true(value == rows[i].value);
    }
}

static void anything_but_a_plain_integer_is_none(void **state)
{
    (void)state;
    static const char *rows[] = {
        "",    "-",   "+1",  " 1", "1 ",  "01", "00", "-0", "-01", "1.0",
        "1e3", "0x1", "1_0", "１", "--1", "1-", "a",  "٣",  "1\n", "-9223372036854775809x",
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        int64_t value = 99;
        assert_int_equal(text_to_int64(text_of(rows[i]), &value), TEXT_NUMBER_NONE);
        assert_true(value == 99);
    }
    int64_t value;
    assert_int_equal(text_to_int64((struct text){"1\0", 2}, &value), TEXT_NUMBER_NONE);
    assert_int_equal(text_to_int64((struct text){NULL, 0}, &value), TEXT_NUMBER_NONE);
}

static void integers_beyond_int64_are_out_of_range(void **state)
{
    (void)state;
    static const char *rows[] = {
        "9223372036854775808",
        "-9223372036854775809",
        "18446744073709551616",
        "99999999999999999999999999999999999999999999999999",
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        int64_t value = 99;
        assert_int_equal(text_to_int64(text_of(rows[i]), &value), TEXT_NUMBER_RANGE);
        assert_true(value == 99);
    }
}

static void an_absent_text_is_not_an_empty_one(void **state)
{
    (void)state;
    struct text absent = text_of(NULL);
    assert_null(absent.data);
    assert_false(text_equal(absent, TEXT("")));
    assert_false(text_equal(TEXT(""), absent));
    assert_true(text_equal(absent, absent));
    assert_true(text_equal(TEXT(""), text_of("")));
    assert_false(text_is(absent, ""));
}

static void texts_are_equal_byte_by_byte(void **state)
{
    (void)state;
    assert_true(text_is(TEXT("abc"), "abc"));
    assert_false(text_is(TEXT("abc"), "abd"));
    assert_false(text_is(TEXT("abc"), "ab"));
    assert_false(text_equal((struct text){"a\0b", 3}, (struct text){"a\0c", 3}));
    assert_false(text_is((struct text){"a\0b", 3}, "a"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plain_integers_are_read),
        cmocka_unit_test(anything_but_a_plain_integer_is_none),
        cmocka_unit_test(integers_beyond_int64_are_out_of_range),
        cmocka_unit_test(an_absent_text_is_not_an_empty_one),
        cmocka_unit_test(texts_are_equal_byte_by_byte),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
