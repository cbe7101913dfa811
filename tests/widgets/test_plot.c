#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <string.h>

#include "widgets/plot.h"

/* What `count` values look like in rows x columns. */
static void assert_plot(const int64_t *values, size_t count, int rows, int columns, bool ascii,
                        const char *expected)
{
    struct surface surface;
    struct bytes text;
    surface_init(&surface, rows, columns, ascii);
    bytes_init(&text, 1 << 16);
    plot_draw(area_whole(&surface), STYLE_PLAIN, values, count);
    surface_text(&surface, &text);
    bytes_put_u8(&text, '\0');
    assert_string_equal((const char *)text.data, expected);
    bytes_close(&text);
    surface_close(&surface);
}

static void no_values_draw_nothing(void **state)
{
    (void)state;
    assert_plot(NULL, 0, 1, 4, false, "\n");
}

static void one_value_is_a_flat_line(void **state)
{
    (void)state;
    assert_plot((int64_t[]){5}, 1, 1, 4, false, "▄▄▄▄\n");
    assert_plot((int64_t[]){5}, 1, 1, 4, true, "----\n");
}

static void equal_values_are_a_flat_line_and_zeros_lie_on_the_ground(void **state)
{
    (void)state;
    assert_plot((int64_t[]){7, 7, 7}, 3, 1, 3, false, "▄▄▄\n");
    assert_plot((int64_t[]){0, 0, 0}, 3, 1, 3, false, "▁▁▁\n");
    assert_plot((int64_t[]){0, 0, 0}, 3, 1, 3, true, "___\n");
}

static void the_lowest_is_the_ground_and_the_highest_is_full(void **state)
{
    (void)state;
    assert_plot((int64_t[]){0, 1, 2, 3, 4, 5, 6, 7}, 8, 1, 8, false, "▁▂▃▄▅▆▇█\n");
    assert_plot((int64_t[]){100, 140, 120, 180, 160}, 5, 1, 5, true, "_-.#=\n");
    assert_plot((int64_t[]){-10, 0, 10}, 3, 1, 3, true, "_-#\n");
}

static void several_rows_make_higher_bars(void **state)
{
    (void)state;
    assert_plot((int64_t[]){0, 15}, 2, 2, 2, false, " █\n▁█\n");
    assert_plot((int64_t[]){0, 5, 9}, 3, 2, 3, true, " _#\n_##\n");
}

static void huge_values_do_not_overflow(void **state)
{
    (void)state;
    assert_plot((int64_t[]){INT64_MIN, 0, INT64_MAX}, 3, 1, 3, true, "_-#\n");
    assert_plot((int64_t[]){INT64_MAX, INT64_MAX}, 2, 1, 2, true, "--\n");
    assert_plot((int64_t[]){0, INT64_MAX}, 2, 1, 2, false, "▁█\n");
}

static void values_are_stretched_and_thinned_and_the_last_one_stays(void **state)
{
    (void)state;
    assert_plot((int64_t[]){0, 7}, 2, 1, 6, false, "▁▁▁▁▁█\n");
    int64_t many[1000] = {0};
    many[999] = 1;
    assert_plot(many, 1000, 1, 5, true, "____#\n");
    assert_plot((int64_t[]){1, 2, 3}, 3, 1, 1, false, "█\n");
}

static void an_area_without_room_draws_nothing(void **state)
{
    struct surface surface;
    (void)state;
    surface_init(&surface, 1, 4, false);
    plot_draw(area_part(area_whole(&surface), 0, 4, 1, 4), STYLE_PLAIN, (int64_t[]){1}, 1);
    plot_draw(area_part(area_whole(&surface), 1, 0, 1, 4), STYLE_PLAIN, (int64_t[]){1}, 1);
    assert_string_equal(surface_cell(&surface, 0, 3)->text, " ");
    surface_close(&surface);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_values_draw_nothing),
        cmocka_unit_test(one_value_is_a_flat_line),
        cmocka_unit_test(equal_values_are_a_flat_line_and_zeros_lie_on_the_ground),
        cmocka_unit_test(the_lowest_is_the_ground_and_the_highest_is_full),
        cmocka_unit_test(several_rows_make_higher_bars),
        cmocka_unit_test(huge_values_do_not_overflow),
        cmocka_unit_test(values_are_stretched_and_thinned_and_the_last_one_stays),
        cmocka_unit_test(an_area_without_room_draws_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
