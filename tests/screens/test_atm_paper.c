/* Paper at the cash machine: a printer that takes its time, and fails. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "fake_atm.h"

#define SIGN_IN "1000000420<Enter>" FAKE_PIN "<Enter>"

static struct atm_stage play;

static int open_at(int rows, int columns)
{
    atm_stage_open(&play);
    play.paper.printer.turn = fake_turn;
    atm_start(&play, rows, columns, false);
    return 0;
}

static int open_home(void **state)
{
    (void)state;
    return open_at(24, 80);
}

static int open_small(void **state)
{
    (void)state;
    return open_at(10, 40);
}

static int end(void **state)
{
    (void)state;
    atm_stage_close(&play);
    return 0;
}

static void shows(const char *text)
{
    if (!atm_shows(&play, text)) {
        struct bytes screen;
        bytes_init(&screen, 1 << 20);
        atm_screen(&play, &screen);
        fail_msg("does not show '%s':\n%.*s", text, (int)screen.size, (const char *)screen.data);
    }
}

static void hides(const char *text)
{
    assert_false(atm_shows(&play, text));
}

static void press(const char *script, const char *then_shows)
{
    atm_keys(&play, script);
    shows(then_shows);
}

/* After this, whoever comes next stands at the start. */
static void take_cash(void)
{
    press(SIGN_IN, "Withdraw cash");
    press("b", "CONFIRM");
    press("1<Enter>", "TAKE YOUR CARD");
    press("<Enter><Enter>", "Would you like a receipt?");
}

static void a_printer_that_fails_is_told_to_the_customer_and_the_operator(void **state)
{
    (void)state;
    play.paper.printer.turn = fake_turn;
    take_cash();
    press("1", "TAKE YOUR RECEIPT");
    play.paper.jams = true;
    atm_wait(&play, 100);
    shows("NO PAPER");
    shows("What you did here is done all the same");
    atm_wait(&play, ATM_END_MS);
    press("<^C>" FAKE_TELLER "<Enter>", "1 paper not printed, kept as files");
    shows("no ink");
}

static void what_is_done_can_be_printed_again_when_the_printer_failed(void **state)
{
    (void)state;
    play.paper.printer.turn = fake_turn;
    press(SIGN_IN "c5<Enter>", "CONFIRM");
    press("1<Enter>", "DONE");
    press("a", "Please take your receipt");
    play.paper.jams = true;
    atm_wait(&play, 100);
    shows("the printer has a problem");
    play.paper.jams = false;
    play.paper.works = true;
    press("a", "Please take your receipt");
    atm_wait(&play, 100);
    hides("problem");
    assert_int_equal(play.paper.count, 2);
}

static void the_next_customer_hears_nothing_of_the_last_ones_paper(void **state)
{
    (void)state;
    play.paper.printer.turn = fake_turn;
    take_cash();
    press("1", "TAKE YOUR RECEIPT");
    press("<Enter>", "INSERT YOUR CARD");
    press(SIGN_IN, "Withdraw cash");
    play.paper.jams = true;
    atm_wait(&play, 100);
    hides("printer");
    shows("Withdraw cash");
    press("g", "STATEMENT");
    press("e", "the printer has a problem"); /* this one is the own */
}

static void the_smallest_window_has_every_hint_for_every_kind_of_note(void **state)
{
    char script[64];
    (void)state;
    uint64_t account =
        bank_open_account(play.stage.bank, TEXT("Washington, G."), 840, (struct money){100000});
    bank_news(play.stage.bank);
    (void)snprintf(script, sizeof script, "%010llu<Enter>" FAKE_PIN "<Enter>c",
                   (unsigned long long)account);
    press(script, "DEPOSIT · USD");
    shows("Enter on X back");
    press("ag", "101");
    shows("1 × 1, 1 × 100");
}

#define BOTH(test)                                                                                 \
    cmocka_unit_test_setup_teardown(test, open_home, end),                                         \
        cmocka_unit_test_setup_teardown(test, open_small, end)

int main(void)
{
    (void)setenv("TZ", "UTC", 1);
    const struct CMUnitTest tests[] = {
        BOTH(a_printer_that_fails_is_told_to_the_customer_and_the_operator),
        BOTH(what_is_done_can_be_printed_again_when_the_printer_failed),
        BOTH(the_next_customer_hears_nothing_of_the_last_ones_paper),
        cmocka_unit_test_setup_teardown(the_smallest_window_has_every_hint_for_every_kind_of_note,
                                        open_small, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
