/* Long histories at a bank that looks at little in one request. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "stage.h"

#define DEPOSITS 250

static struct stage stage;

static int setup(void **state)
{
    (void)state;
    stage_open(&stage);
    for (int i = 0; i < DEPOSITS; i++) {
        stage_move(&stage, OP_DEPOSIT_MONEY, stage.bank->accounts[0].result.account, 1 + i, "Tip",
                   NULL);
    }
    stage_start(&stage, 24, 80, false);
    stage_keys(&stage, "gonz<Enter><Enter><Enter>", false);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    stage_close(&stage);
    return 0;
}

static size_t requests_of(const char *keys)
{
    size_t before = stage.bank->requests;
    stage_keys(&stage, keys, false);
    return stage.bank->requests - before;
}

static void empty_pages_go_on_by_themselves_and_then_wait_for_a_key(void **state)
{
    (void)state;
    stage.bank->examines = 3; /* of about five hundred events */
    assert_in_range(requests_of("f<Tab><Tab><Tab><Tab><Tab>no such word<Enter>"), 40, 60);
    assert_true(stage_shows(&stage, "looked back to #"));
    assert_true(stage_shows(&stage, "Down looks further"));
    stage_advance(&stage, 1000);
    assert_in_range(requests_of("<Down>"), 40, 60);
    for (int i = 0; i < 10 && !stage_shows(&stage, "Nothing like that"); i++) {
        stage_keys(&stage, "<PgDn>", false);
    }
    assert_true(stage_shows(&stage, "Nothing like that"));
    assert_true(stage_shows(&stage, "that is all"));
}

static void short_pages_fill_the_window_and_lose_no_row(void **state)
{
    char total[32];
    (void)state;
    stage.bank->examines = 7;
    stage_keys(&stage, "u", false);
    stage_keys(&stage, "f<Tab><Tab><Tab><Tab><Tab>Tip<Enter>", false);
    for (int i = 0; i < 40 && !stage_shows(&stage, "that is all"); i++) {
        stage_keys(&stage, "<End>", false);
    }
    (void)snprintf(total, sizeof total, "of %d", DEPOSITS);
    assert_true(stage_shows(&stage, total));
    assert_true(stage_shows(&stage, "+0.01"));
}

static void keys_are_taken_while_the_bank_is_silent(void **state)
{
    (void)state;
    bank_set_silent(stage.bank, true);
    stage_keys(&stage, "<End>a", false);
    assert_true(stage_shows(&stage, "all events"));
    assert_true(stage_shows(&stage, "reading"));
    stage_keys(&stage, "?", false);
    assert_true(stage_shows(&stage, "HELP"));
    stage_keys(&stage, "<Esc><Esc>", false);
    assert_false(stage_shows(&stage, "HISTORY"));
    bank_set_silent(stage.bank, false);
    stage_settle(&stage);
}

static void a_row_reached_from_the_page_has_the_newer_ones_above_it(void **state)
{
    (void)state;
    stage_keys(&stage, "<Esc><PgDn><PgDn><PgDn><Enter>", false);
    assert_true(stage_shows(&stage, "HISTORY"));
    stage_keys(&stage, "<Home>", false);
    stage_keys(&stage, "<Home>", false);
    assert_true(stage_shows(&stage, "> 2026-03-04 Deposit Tip +2.50"));
    assert_true(stage_shows(&stage, "1–"));
}

static void news_leave_the_selection_on_its_row(void **state)
{
    (void)state;
    stage_keys(&stage, "<Down><Down><Down>", false);
    assert_true(stage_shows(&stage, "> 2026-03-04 Deposit Tip +2.47"));
    for (int i = 0; i < 60; i++) {
        stage_move(&stage, OP_DEPOSIT_MONEY, stage.bank->accounts[0].result.account, 5, "New",
                   NULL);
    }
    stage_settle(&stage);
    assert_true(stage_shows(&stage, "> 2026-03-04 Deposit Tip +2.47"));
    assert_true(stage_shows(&stage, "new (.)"));
    stage_keys(&stage, ".", false);
    assert_true(stage_shows(&stage, "> 2026-03-04 Deposit New +0.05"));
}

int main(void)
{
    (void)setenv("TZ", "UTC", 1);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(empty_pages_go_on_by_themselves_and_then_wait_for_a_key,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(short_pages_fill_the_window_and_lose_no_row, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(keys_are_taken_while_the_bank_is_silent, setup, teardown),
        cmocka_unit_test_setup_teardown(a_row_reached_from_the_page_has_the_newer_ones_above_it,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(news_leave_the_selection_on_its_row, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
