#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include <cmocka.h>

#include "host/clock.h"

static void the_wall_clock_is_the_machine_s_in_microseconds(void **state)
{
    (void)state;
    struct clock *clock = clock_system();
    time_t before = time(NULL);
    int64_t wall = clock->wall(clock);
    time_t after = time(NULL);
    /* time() may lag behind the exact clock by one tick. */
    assert_true(wall / 1000000 >= before - 1);
    assert_true(wall / 1000000 <= after + 1);
}

static void the_steady_clock_never_goes_back(void **state)
{
    (void)state;
    struct clock *clock = clock_system();
    int64_t last = clock->steady(clock);
    for (int i = 0; i < 100000; i++) {
        int64_t now = clock->steady(clock);
        assert_true(now >= last);
        last = now;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_wall_clock_is_the_machine_s_in_microseconds),
        cmocka_unit_test(the_steady_clock_never_goes_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
