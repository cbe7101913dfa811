#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/time.h"
#include "model/as_of.h"

#define NOW "2026-03-04T14:02:11.000000Z"

static int64_t time_of(const char *text)
{
    int64_t time = 0;
    assert_true(time_parse(text_of(text), &time));
    return time;
}

static void a_day_means_its_end_and_a_time_means_itself(void **state)
{
    static const struct {
        const char *typed, *means; /* NULL: now */
    } cases[] = {
        {"2026-02-28", "2026-02-28T23:59:59.999999Z"},
        {"  2026-02-28 ", "2026-02-28T23:59:59.999999Z"},
        {"2026-03-04", NULL},
        {"2026-02-28 14:30", "2026-02-28T14:30:00.000000Z"},
        {"2026-02-28T14:30", "2026-02-28T14:30:00.000000Z"},
        {"2026-02-28 14:30:05", "2026-02-28T14:30:05.000000Z"},
        {"2026-02-28 14:30:05.25", "2026-02-28T14:30:05.250000Z"},
        {"2026-02-28T14:30:05.000001Z", "2026-02-28T14:30:05.000001Z"},
        {"2026-03-04 14:02:11", NOW},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int64_t at = -1;
        assert_null(as_of_parse(text_of(cases[i].typed), time_of(NOW), &at));
        assert_int_equal(at, cases[i].means != NULL ? time_of(cases[i].means) : 0);
    }
}

static void what_is_no_moment_is_refused(void **state)
{
    static const char *const cases[] = {
        "",
        " ",
        "2026",
        "yesterday",
        "2026-02-30",
        "2026-02-28x14:30",
        "2026-02-28 ",
        "2026-02-28 25:00",
        "2026-02-28 14",
        "2026-02-28 14:30:05.1234567",
        "2026-03-05",
        "2026-03-04 14:02:12",
        "2026-02-28 Z",
        "2026-02-28 14:30 and some more",
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int64_t at = 0;
        bool day = i == 6; /* a blank at its end is no fault */
        if ((as_of_parse(text_of(cases[i]), time_of(NOW), &at) == NULL) != day) {
            fail_msg("%s", cases[i]);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_day_means_its_end_and_a_time_means_itself),
        cmocka_unit_test(what_is_no_moment_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
