/* The balance over the days of a month. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/time.h"
#include "screens/statement_chart.h"

#define FEBRUARY (2026 * 12 + 1)

static int64_t day(int32_t number)
{
    return month_start(FEBRUARY) + (number - 1) * TIME_DAY;
}

static struct statement_chart chart_of(const struct movement *lines, size_t count)
{
    return (struct statement_chart){.month = FEBRUARY,
                                    .opening = {100},
                                    .last_at = month_start(FEBRUARY + 1) - 1,
                                    .lines = lines,
                                    .line_count = count};
}

static void a_month_without_movement_is_its_opening_every_day(void **state)
{
    int64_t days[STATEMENT_CHART_DAYS_MAX];
    struct statement_chart chart = chart_of(NULL, 0);
    (void)state;
    assert_int_equal(statement_chart_days(&chart, days), 28);
    assert_int_equal(days[0], 100);
    assert_int_equal(days[27], 100);
}

static void a_day_ends_with_its_last_movement(void **state)
{
    int64_t days[STATEMENT_CHART_DAYS_MAX];
    struct movement lines[] = {{.at = day(3), .balance = {50}},
                               {.at = day(3) + TIME_DAY - 1, .balance = {70}},
                               {.at = day(28), .balance = {10}}};
    struct statement_chart chart = chart_of(lines, 3);
    (void)state;
    assert_int_equal(statement_chart_days(&chart, days), 28);
    assert_int_equal(days[1], 100);
    assert_int_equal(days[2], 70);
    assert_int_equal(days[26], 70);
    assert_int_equal(days[27], 10);
}

static void days_to_come_and_days_before_the_opening_are_left_out(void **state)
{
    int64_t days[STATEMENT_CHART_DAYS_MAX];
    struct movement lines[] = {{.at = day(10), .balance = {50}}};
    struct statement_chart chart = chart_of(lines, 1);
    (void)state;
    chart.opening.minor = 0;
    chart.opened_at = day(10);
    chart.last_at = day(12) + 5;
    assert_int_equal(statement_chart_days(&chart, days), 3);
    assert_int_equal(days[0], 50);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_month_without_movement_is_its_opening_every_day),
        cmocka_unit_test(a_day_ends_with_its_last_movement),
        cmocka_unit_test(days_to_come_and_days_before_the_opening_are_left_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
