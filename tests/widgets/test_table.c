#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "widgets/form.h"
#include "widgets/table.h"

static void the_selection_stays_inside_and_in_the_window(void **state)
{
    (void)state;
    static const int32_t keys[] = {
        TERM_UP, TERM_DOWN, TERM_PAGE_UP, TERM_PAGE_DOWN, TERM_HOME, TERM_END, 'j', 'k', 'G'};
    uint64_t random = 7;
    struct table table = {0};
    for (int round = 0; round < 20000; round++) {
        random = random * 6364136223846793005u + 1442695040888963407u;
        unsigned what = (unsigned)(random >> 40);
        switch (what % 5) {
        case 0:
            table_resize(&table, what / 5 % 40);
            break;
        case 1:
            table_shift(&table, what / 5 % 4);
            break;
        case 2:
            table_fit(&table, what / 5 % 12);
            break;
        default:
            assert_true(table_key(&table, keys[what / 5 % 9], true));
        }
        assert_true(table.selected < table.count || (table.count == 0 && table.selected == 0));
        table_fit(&table, table.shown);
        assert_true(table.selected >= table.top);
        assert_true(table.selected < table.top + table.shown);
    }
}

static void new_rows_above_leave_the_selected_row_selected(void **state)
{
    (void)state;
    struct table table = {.count = 10, .selected = 4, .top = 2, .shown = 5};
    table_shift(&table, 3);
    assert_int_equal(table.selected, 7);
    assert_int_equal(table.top, 5);
    struct table top = {.count = 10, .shown = 5};
    table_shift(&top, 3); /* at the very top one wants to see what is new */
    assert_int_equal(top.selected, 0);
    assert_int_equal(top.count, 13);
}

static void letters_are_keys_only_where_nobody_types(void **state)
{
    (void)state;
    struct table table = {.count = 10, .shown = 5};
    assert_false(table_key(&table, 'j', false));
    assert_false(table_key(&table, '+', true));
    assert_int_equal(table.selected, 0);
}

static void a_form_goes_round_and_enter_ends_it(void **state)
{
    (void)state;
    struct form form = {.count = 3};
    assert_int_equal(form_key(&form, &(struct term_key){.code = TERM_ENTER}), FORM_MOVED);
    assert_int_equal(form_key(&form, &(struct term_key){.code = TERM_TAB}), FORM_MOVED);
    assert_int_equal(form.focus, 2);
    assert_int_equal(form_key(&form, &(struct term_key){.code = TERM_ENTER}), FORM_DONE);
    assert_int_equal(form.focus, 2);
    assert_int_equal(form_key(&form, &(struct term_key){.code = TERM_TAB}), FORM_MOVED);
    assert_int_equal(form.focus, 0);
    assert_int_equal(form_key(&form, &(struct term_key){.code = TERM_BACKTAB}), FORM_MOVED);
    assert_int_equal(form.focus, 2);
    assert_int_equal(form_key(&form, &(struct term_key){.code = TERM_ENTER, .pasted = true}),
                     FORM_STAYS);
}

static void a_click_selects_the_row_it_is_on_and_no_other(void **state)
{
    struct surface surface;
    struct table table = {.count = 10, .selected = 5};
    (void)state;
    surface_init(&surface, 20, 40, false);
    table_fit(&table, 4);                    /* rows 2 to 5 are shown */
    assert_false(table_click(&table, 3, 3)); /* not drawn yet */
    table_place(&table, area_part(area_whole(&surface), 3, 2, 8, 30), 2);
    assert_true(table_click(&table, 3, 2));
    assert_int_equal(table.selected, 2);
    assert_true(table_click(&table, 6, 31));
    assert_int_equal(table.selected, 3);
    assert_false(table_click(&table, 2, 5));
    assert_false(table_click(&table, 11, 5));
    assert_false(table_click(&table, 5, 1));
    assert_false(table_click(&table, 5, 32));
    assert_int_equal(table.selected, 3);
    table_resize(&table, 3);
    assert_false(table_click(&table, 9, 5)); /* no row is there any more */
    surface_close(&surface);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_click_selects_the_row_it_is_on_and_no_other),
        cmocka_unit_test(the_selection_stays_inside_and_in_the_window),
        cmocka_unit_test(new_rows_above_leave_the_selected_row_selected),
        cmocka_unit_test(letters_are_keys_only_where_nobody_types),
        cmocka_unit_test(a_form_goes_round_and_enter_ends_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
