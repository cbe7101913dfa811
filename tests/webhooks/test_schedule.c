#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "webhooks/schedule.h"

static void the_schedule_of_the_contract_is_the_default(void **state)
{
    struct schedule schedule = schedule_default(), same;
    (void)state;
    assert_true(schedule_parse(TEXT("0s,5s,5m,30m,2h,5h,10h,14h,20h,24h"), &same));
    assert_memory_equal(&schedule, &same, sizeof same);
    assert_true(schedule_parse(TEXT("0s,5000ms,0.083333h,30m,2h,5h,10h,14h,20h,1d"), &same));
    assert_int_equal(same.pauses_us[1], schedule.pauses_us[1]);
    assert_int_equal(same.pauses_us[9], schedule.pauses_us[9]);
    assert_true(schedule_parse(TEXT("0.5s"), &same));
    assert_int_equal(same.count, 1);
    assert_int_equal(same.pauses_us[0], 500000);
}

static void what_is_no_schedule_is_refused(void **state)
{
    static const char *const wrong[] = {
        "",           ",",
        "1s,",        ",1s",
        "1",          "s",
        "-1s",        "1x",
        "1 s",        "1.s",
        ".5s",        "31d",
        "1e3s",       "99999999999999999999s",
        "999999999d", "1.0000001s",
        "1s,,2s",     "1s,1s,1s,1s,1s,1s,1s,1s,1s,1s,1s,1s,1s,1s,1s,1s,1s,1s,1s,1s,1s",
    };
    struct schedule schedule;
    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        if (schedule_parse(text_of(wrong[i]), &schedule))
            fail_msg("%s was taken", wrong[i]);
    }
}

static void jitter_only_lengthens_and_by_a_tenth_at_most(void **state)
{
    struct schedule schedule = schedule_default();
    (void)state;
    for (size_t i = 0; i < 10; i++) {
        assert_int_equal(schedule_pause(&schedule, i, 0), schedule.pauses_us[i]);
        int64_t longest = schedule_pause(&schedule, i, UINT32_MAX);
        assert_true(longest >= schedule.pauses_us[i]);
        assert_true(longest <= schedule.pauses_us[i] + schedule.pauses_us[i] / 10);
        if (i > 0)
            assert_true(longest > schedule.pauses_us[i] + schedule.pauses_us[i] / 11);
    }
    assert_int_equal(schedule_pause(&schedule, 99, 0), schedule.pauses_us[9]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_schedule_of_the_contract_is_the_default),
        cmocka_unit_test(what_is_no_schedule_is_refused),
        cmocka_unit_test(jitter_only_lengthens_and_by_a_tenth_at_most),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
