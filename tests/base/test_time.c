#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include <cmocka.h>

#include "base/time.h"

static void times_of_rfc_3339_are_read(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t time;
    } rows[] = {
        {"1970-01-01T00:00:00Z", 0},
        {"1970-01-01T00:00:00.000001Z", 1},
        {"1969-12-31T23:59:59.999999Z", -1},
        {"2026-11-22T10:24:06.000001Z", INT64_C(1795343046000001)},
        {"2026-11-22T10:24:06.5Z", INT64_C(1795343046500000)},
        {"2026-11-22T10:24:06.120Z", INT64_C(1795343046120000)},
        {"2026-11-22t10:24:06z", INT64_C(1795343046000000)},
        {"2026-11-22T10:24:06+00:00", INT64_C(1795343046000000)},
        {"2000-02-29T23:59:59Z", INT64_C(951868799000000)},
        {"0001-01-01T00:00:00Z", INT64_C(-62135596800000000)},
        {"9999-12-31T23:59:59.999999Z", INT64_C(253402300799999999)},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        int64_t time = 5;
        assert_true(time_parse(text_of(rows[i].text), &time));
        assert_true(time == rows[i].time);
    }
}

static void anything_looser_is_refused(void **state)
{
    (void)state;
    static const char *rows[] = {
        "",
        "2026-11-22",
        "2026-11-22T10:24Z",
        "2026-11-22T10:24:06",
        "2026-11-22 10:24:06Z",
        "2026-11-22T10:24:06.Z",
        "2026-11-22T10:24:06.1234567Z",
        "2026-11-22T10:24:06,5Z",
        "2026-11-22T10:24:06+01:00",
        "2026-11-22T10:24:06-00:00",
        "2026-11-22T10:24:06+0000",
        "2026-11-22T10:24:06Z ",
        " 2026-11-22T10:24:06Z",
        "2026-11-22T10:24:06ZZ",
        "2026-11-22T24:00:00Z",
        "2026-11-22T23:60:00Z",
        "2016-12-31T23:59:60Z",
        "2026-02-29T00:00:00Z",
        "1900-02-29T00:00:00Z",
        "2026-04-31T00:00:00Z",
        "2026-13-01T00:00:00Z",
        "2026-00-01T00:00:00Z",
        "2026-01-00T00:00:00Z",
        "0000-01-01T00:00:00Z",
        "10000-01-01T00:00:00Z",
        "-001-01-01T00:00:00Z",
        "2026-1-22T10:24:06Z",
        "2026-11-22T1:24:06Z",
        "2026/11/22T10:24:06Z",
        "２026-11-22T10:24:06Z",
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        int64_t time = 5;
        assert_false(time_parse(text_of(rows[i]), &time));
        assert_true(time == 5);
    }
    int64_t time;
    assert_false(time_parse(text_of(NULL), &time));
}

static void printed_times_have_six_decimals_and_are_read_back(void **state)
{
    (void)state;
    char text[TIME_TEXT_MAX];
    assert_string_equal(time_print(INT64_C(1795343046000001), text), "2026-11-22T10:24:06.000001Z");
    assert_string_equal(time_print(-1, text), "1969-12-31T23:59:59.999999Z");
    int64_t first, last;
    assert_true(time_parse(TEXT("0001-01-01T00:00:00Z"), &first));
    assert_true(time_parse(TEXT("9999-12-31T23:59:59.999999Z"), &last));
    for (int64_t time = first; time <= last; time += INT64_C(7919) * 86399 * TIME_SECOND + 13) {
        int64_t back;
        assert_true(time_parse(text_of(time_print(time, text)), &back));
        assert_true(back == time);
    }
}

static void days_and_months_agree_with_the_c_library(void **state)
{
    (void)state;
    for (int32_t day = -719162; day <= 2932896; day += 17) {
        time_t seconds = (time_t)day * 86400;
        struct tm tm;
        assert_non_null(gmtime_r(&seconds, &tm));
        int64_t time = (int64_t)seconds * TIME_SECOND;
        assert_int_equal(day_of(time), day);
        assert_int_equal(day_of(time + TIME_DAY - 1), day);
        assert_int_equal(month_of(time), (tm.tm_year + 1900) * 12 + tm.tm_mon);
        char expected[32], text[DAY_TEXT_MAX];
        assert_int_equal(strftime(expected, sizeof(expected), "%Y-%m-%d", &tm) > 0, 1);
        day_print(day, text);
        if (tm.tm_year + 1900 >= 1000) { /* strftime does not pad years */
            assert_string_equal(text, expected);
        }
        int32_t parsed;
        assert_true(day_parse(text_of(text), &parsed));
        assert_int_equal(parsed, day);
    }
}

static void a_month_ends_where_the_next_begins(void **state)
{
    (void)state;
    for (int32_t month = 12; month < 10000 * 12; month++) {
        int64_t start = month_start(month);
        int64_t end = month_start(month + 1);
        int64_t days = (end - start) / TIME_DAY;
        assert_true(days >= 28 && days <= 31);
        assert_int_equal(month_of(start), month);
        assert_int_equal(month_of(end - 1), month);
        assert_int_equal(month_of(start - 1), month - 1);
    }
}

static void months_are_read_and_printed(void **state)
{
    (void)state;
    int32_t month;
    char text[MONTH_TEXT_MAX];
    assert_true(month_parse(TEXT("2026-02"), &month));
    assert_int_equal(month, 2026 * 12 + 1);
    assert_string_equal(month_print(month, text), "2026-02");
    assert_true(month_parse(TEXT("0001-01"), &month));
    assert_string_equal(month_print(month, text), "0001-01");
    assert_true(month_parse(TEXT("9999-12"), &month));
    assert_string_equal(month_print(month, text), "9999-12");
    static const char *rows[] = {
        "",        "2026",    "2026-00", "2026-13", "2026-1",     "2026-011", "0000-01",
        "2026/01", "2026-1 ", " 026-01", "-026-01", "2026-02-01", "jan 2026",
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_false(month_parse(text_of(rows[i]), &month));
    }
}

static void days_that_do_not_exist_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool right;
    } rows[] = {
        {"2024-02-29", true},  {"2000-02-29", true},  {"2023-02-29", false}, {"2100-02-29", false},
        {"2026-02-30", false}, {"2026-04-30", true},  {"2026-04-31", false}, {"2026-12-31", true},
        {"2026-12-32", false}, {"2026-12-00", false}, {"2026-12-1", false},  {"2026-12-011", false},
        {"2026-12-0x", false}, {"", false},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        int32_t day;
        assert_int_equal(day_parse(text_of(rows[i].text), &day), rows[i].right);
    }
}

static void days_start_at_midnight(void **state)
{
    (void)state;
    assert_true(day_start(0) == 0);
    assert_true(day_start(-1) == -TIME_DAY);
    assert_int_equal(day_of(-1), -1);
    assert_int_equal(day_of(0), 0);
    assert_int_equal(day_of(TIME_DAY), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(times_of_rfc_3339_are_read),
        cmocka_unit_test(anything_looser_is_refused),
        cmocka_unit_test(printed_times_have_six_decimals_and_are_read_back),
        cmocka_unit_test(days_and_months_agree_with_the_c_library),
        cmocka_unit_test(a_month_ends_where_the_next_begins),
        cmocka_unit_test(months_are_read_and_printed),
        cmocka_unit_test(days_that_do_not_exist_are_refused),
        cmocka_unit_test(days_start_at_midnight),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
