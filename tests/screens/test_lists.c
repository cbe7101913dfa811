/* A bank that says there is more and sends empty pages, without end: nobody asks it for ever, and
 * the screen says so. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "stage.h"

#define STUCK "does not say where this list goes on"

static struct stage stage;

static int open_stage(void **state)
{
    (void)state;
    stage_open(&stage);
    stage.bank->stuck = true;
    stage_start(&stage, 24, 80, false);
    return 0;
}

static int close_stage(void **state)
{
    (void)state;
    stage_close(&stage);
    return 0;
}

static void quiet(void)
{
    size_t before = stage.bank->requests;
    stage_advance(&stage, 1900); /* less than a sign of life needs */
    assert_true(stage.bank->requests - before < 5);
}

static void the_accounts_page_asks_once_and_says_so(void **state)
{
    (void)state;
    stage_keys(&stage, "gonz<Enter><Enter>", false);
    stage_advance(&stage, 2000);
    quiet();
    assert_true(stage_shows(&stage, STUCK));
    stage.bank->stuck = false;
    stage_keys(&stage, "<F5>", false);
    stage_advance(&stage, 2000);
    assert_false(stage_shows(&stage, STUCK));
    assert_true(stage_shows(&stage, "4 of 4"));
}

static void the_whole_history_asks_once_and_says_so(void **state)
{
    (void)state;
    stage_keys(&stage, "gonz<Enter><Enter><Enter>", false);
    stage_keys(&stage, "a", false);
    stage_advance(&stage, 2000);
    quiet();
    assert_true(stage_shows(&stage, STUCK));
}

static void the_list_of_accounts_asks_once_and_says_so(void **state)
{
    (void)state;
    stage_keys(&stage, "<Enter><End>", false);
    assert_true(stage_shows(&stage, STUCK));
    stage_keys(&stage, "nobody of that name", false);
    quiet();
}

static void the_payees_of_a_transfer_are_not_asked_for_again(void **state)
{
    (void)state;
    stage_keys(&stage, "gonz<Enter>*gon<Down><Down><Down>", false);
    quiet();
    stage_keys(&stage, "<Up><Enter>1<F10>", false);
    assert_true(stage_shows(&stage, "REVIEW"));
}

int main(void)
{
    (void)setenv("TZ", "UTC", 1);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_accounts_page_asks_once_and_says_so, open_stage,
                                        close_stage),
        cmocka_unit_test_setup_teardown(the_whole_history_asks_once_and_says_so, open_stage,
                                        close_stage),
        cmocka_unit_test_setup_teardown(the_list_of_accounts_asks_once_and_says_so, open_stage,
                                        close_stage),
        cmocka_unit_test_setup_teardown(the_payees_of_a_transfer_are_not_asked_for_again,
                                        open_stage, close_stage),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
