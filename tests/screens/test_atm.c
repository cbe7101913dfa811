/* The cash machine from key scripts to text screens, at 80x24 and at 40x12, with a clock that only
 * moves when told. With TELLER_UPDATE=1 the expected screens (expected/atm-*.txt) are written. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <libgen.h>

#include "fake_atm.h"

#define ZOE "10000 00420"
#define SIGN_IN "1000000420<Enter>" FAKE_PIN "<Enter>"

static struct atm_stage play;

static int open_small(void **state)
{
    (void)state;
    atm_stage_open(&play);
    atm_start(&play, 12, 40, false);
    return 0;
}

static int open_home(void **state)
{
    (void)state;
    atm_stage_open(&play);
    atm_start(&play, 24, 80, false);
    return 0;
}

static int open_ascii(void **state)
{
    (void)state;
    atm_stage_open(&play);
    atm_start(&play, 24, 80, true);
    return 0;
}

static int end(void **state)
{
    (void)state;
    atm_stage_close(&play);
    return 0;
}

static void fail_screen(const char *what, const char *text)
{
    struct bytes screen;
    bytes_init(&screen, 1 << 20);
    atm_screen(&play, &screen);
    print_error("%.*s", (int)screen.size, (const char *)screen.data);
    bytes_close(&screen);
    fail_msg("%s: %s", what, text);
}

static void shows(const char *text)
{
    if (!atm_shows(&play, text)) {
        fail_screen("does not show", text);
    }
}

static void hides(const char *text)
{
    if (atm_shows(&play, text)) {
        fail_screen("shows", text);
    }
}

static void keys(const char *script)
{
    atm_keys(&play, script);
}

static void press(const char *script, const char *then_shows)
{
    keys(script);
    shows(then_shows);
}

static int64_t balance(void)
{
    return bank_find(play.stage.bank, 1000000420)->result.balance.minor;
}

static size_t commands(void)
{
    return play.stage.bank->commands;
}

static size_t to_settle(void)
{
    size_t count = 0;
    for (size_t i = 0; i < STAGE_INTENTS_MAX; i++) {
        count += play.settle.files[i].size > 0;
    }
    return count;
}

static void compare(const char *label)
{
    char folder[1024];
    char path[2048];
    char expected[16384];
    struct bytes screen;
    bytes_init(&screen, 1 << 20);
    (void)snprintf(folder, sizeof folder, "%s", __FILE__);
    (void)snprintf(path, sizeof path, "%s/expected/atm-%s-%dx%d.txt", dirname(folder), label,
                   term_surface(play.stage.term)->columns, term_surface(play.stage.term)->rows);
    atm_screen(&play, &screen);
    bool update = getenv("TELLER_UPDATE") != NULL;
    FILE *file = fopen(path, update ? "w" : "r");
    assert_non_null(file);
    if (update) {
        assert_int_equal(fwrite(screen.data, 1, screen.size, file), screen.size);
    } else {
        size_t size = fread(expected, 1, sizeof expected, file);
        if (size != screen.size || memcmp(expected, screen.data, size) != 0) {
            fail_screen("differs", path);
        }
    }
    assert_int_equal(fclose(file), 0);
    bytes_close(&screen);
}

static void every_page_is_as_drawn(void **state)
{
    (void)state;
    compare("start");
    keys("1000000421");
    compare("wrong-number");
    keys("<BSpace>0");
    compare("right-number");
    keys("<Enter>24");
    compare("pin");
    keys("68<Enter>");
    compare("menu");
    keys("a120");
    compare("withdraw");
    keys("<Enter>");
    compare("confirm");
    keys("0xc"
         "bbd");
    compare("deposit");
    keys("xe"
         "1000000495<Enter>12,50");
    compare("transfer");
    keys("xxd");
    compare("balance");
    keys("xf");
    compare("last-ten");
    keys("xg");
    compare("statement");
    keys("x");
    atm_wait(&play, 31000);
    compare("silence");
    keys("z");
    keys("a"
         "a"
         "1<Enter>");
    compare("card");
    keys("<Enter>");
    compare("cash");
    keys("<Enter>");
    compare("receipt");
    keys("1");
    compare("end");
    keys("<Enter><^C>tk_x");
    compare("operator");
    bank_set_dead(play.stage.bank, true);
    press("<Enter>", "cannot be tried now");
    keys("<Enter>");
    compare("out-of-service");
}

static void cash_is_given_out_card_first_and_a_receipt_on_demand(void **state)
{
    (void)state;
    int64_t before = balance();
    press(SIGN_IN "b", "Withdraw 60.00 EUR");
    shows("(3 × 20)");
    assert_int_equal(commands(), 0);
    assert_int_equal(play.stage.disk.puts, 0);
    press("1<Enter>", "TAKE YOUR CARD");
    assert_int_equal(fake.closed, 1);
    hides("60.00");
    assert_int_equal(stage_on_disk(&play.stage), 1); /* until the cash is out */
    atm_wait(&play, ATM_TAKE_CARD_MS);
    shows("TAKE YOUR CASH");
    shows("60.00 EUR");
    assert_int_equal(stage_on_disk(&play.stage), 0);
    atm_wait(&play, ATM_TAKE_CASH_MS);
    shows("Would you like a receipt?");
    press("1", "TAKE YOUR RECEIPT");
    assert_non_null(strstr(play.paper.last, "WITHDRAWAL"));
    assert_non_null(strstr(play.paper.last, "***** 00420"));
    assert_non_null(strstr(play.paper.last, "60.00 EUR"));
    assert_non_null(strstr(play.paper.last, "3 × 20"));
    atm_wait(&play, ATM_END_MS);
    shows("INSERT YOUR CARD");
    hides("00420");
    assert_int_equal(balance(), before - 6000);
    assert_int_equal(commands(), 1);
    assert_int_equal(to_settle(), 0);
}

static void only_one_and_then_enter_post(void **state)
{
    (void)state;
    keys(SIGN_IN "b");
    keys("<Enter><Enter>2<Enter>11a<Enter>1x<Enter><Space><Enter><Esc><Enter>");
    assert_int_equal(commands(), 0);
    shows("CONFIRM");
    press("0", "Nothing was done");
    assert_int_equal(commands(), 0);
    /* what is typed ahead of the confirmation is thrown away */
    const char *ahead = "60<Enter>1<Enter>";
    int32_t code;
    for (size_t at = 0; term_key_script(text_of(ahead), &at, &code);) {
        term_grid_key(play.stage.term, (struct term_key){.code = code});
    }
    atm_settle(&play);
    shows("CONFIRM");
    assert_int_equal(commands(), 0);
    /* and pasted text posts nothing */
    term_grid_key(play.stage.term, (struct term_key){.code = '1', .pasted = true});
    term_grid_key(play.stage.term, (struct term_key){.code = TERM_ENTER, .pasted = true});
    atm_settle(&play);
    assert_int_equal(commands(), 0);
}

static void a_wrong_amount_stays_on_its_page(void **state)
{
    (void)state;
    press(SIGN_IN "a125<Enter>", "type 120");
    shows("WITHDRAW");
    shows("125");
    press("<BSpace><BSpace><BSpace>9000<Enter>", "At most 2000 at once");
    press("<BSpace><BSpace><BSpace><BSpace><Enter>", "Press a letter, or type an amount");
    press("5<Enter>", "type 10");
    press("<BSpace>0<Enter>", "type an amount"); /* 0 alone is no amount */
    assert_int_equal(commands(), 0);
}

static void more_than_the_balance_is_refused_and_stays(void **state)
{
    (void)state;
    stage_move(&play.stage, OP_WITHDRAW_MONEY, 1000000420, balance() - 1000, "", NULL);
    size_t before = commands();
    press(SIGN_IN "a20<Enter>1<Enter>", "Your account holds less than that");
    shows("WITHDRAW");
    shows("20");
    hides("10.00"); /* the balance is not told unasked */
    assert_int_equal(commands(), before);
    assert_int_equal(stage_on_disk(&play.stage), 0);
    keys("<BSpace><BSpace>10<Enter>1<Enter>");
    shows("TAKE YOUR CARD");
    assert_int_equal(balance(), 0);
}

static void notes_are_counted_and_deposited(void **state)
{
    (void)state;
    int64_t before = balance();
    press(SIGN_IN "c"
                  "ddb",
          "2 × 50");
    shows("1 × 10");
    press("<Enter>", "Deposit 110.00 EUR");
    press("1<Enter>", "DONE");
    assert_int_equal(balance(), before + 11000);
    assert_int_equal(stage_on_disk(&play.stage), 0);
    press("a", "Please take your receipt");
    assert_non_null(strstr(play.paper.last, "DEPOSIT"));
    keys("a");
    assert_int_equal(play.paper.count, 1);
    press("b", "What would you like?");
    press("h", "Please take your card");
    assert_int_equal(fake.closed, 1);
}

static void a_transfer_checks_the_other_number(void **state)
{
    (void)state;
    uint64_t li = play.stage.bank->accounts[1].result.account;
    char typed[64];
    int64_t before = balance();
    press(SIGN_IN "e"
                  "1000000421",
          "cannot be right");
    press("<Enter>", "no account number");
    press("<BSpace>0<Enter>", "your own account");
    keys("xe");
    (void)snprintf(typed, sizeof typed, "%05llu-%05llu", (unsigned long long)(li / 100000),
                   (unsigned long long)(li % 100000));
    press(typed, "The number is complete");
    press("<Enter>1,200<Enter>", "1 200 or 1.200?");
    keys("<BSpace><BSpace><BSpace><BSpace><BSpace>");
    press("12,5", "= 12.50 EUR");
    press("<Enter>", "Transfer 12.50 EUR");
    hides("Gonzaga"); /* whose account it is is not told */
    press("1<Enter>", "DONE");
    assert_int_equal(balance(), before - 1250);
    keys("b");
    press("e"
          "1000009990<Enter>",
          "no account number");
}

static void the_balance_is_hidden_until_asked(void **state)
{
    (void)state;
    press(SIGN_IN, "D Balance");
    hides("2 272.06");
    press("a", "WITHDRAW");
    hides("2 272.06");
    press("xd", "2 272.06 EUR");
    press("x", "D Balance");
    hides("2 272.06");
}

static void the_last_ten_are_the_newest_with_more_behind(void **state)
{
    (void)state;
    press(SIGN_IN "f", "Transfer to");
    shows("Opened");
    for (int i = 0; i < 12; i++) {
        stage_move(&play.stage, OP_DEPOSIT_MONEY, 1000000420, 100 + i, "", NULL);
    }
    press("xf", "+1.11");
    while (atm_shows(&play, "C more")) {
        keys("c");
    }
    shows("+1.02");
    hides("+1.01");
    hides("Transfer to");
    if (term_surface(play.stage.term)->rows < 24) {
        press("dd", "+1.11");
    }
}

static void months_before_and_paper(void **state)
{
    (void)state;
    press(SIGN_IN "g", "March 2026");
    shows("2 272.06");
    press("a", "February 2026");
    press("a", "January 2026");
    shows("Nothing happened in this month");
    press("aa", "There is no statement of that month");
    shows("December 2025");
    press("e", "Please take your statement");
    assert_non_null(strstr(play.paper.last, "December 2025"));
    play.paper.empty = true;
    press("e", "There is no paper");
    press("bb", "February 2026");
}

static void wrong_pins_lock_as_the_bank_says(void **state)
{
    (void)state;
    press("1000000420<Enter>12<Enter>", "at least 4 digits");
    press("34<Enter>", "Wrong PIN");
    shows("YOUR PIN");
    press("1111<Enter>", "Wrong PIN");
    keys("1111<Enter>");
    press("2468<Enter>", "PIN LOCKED");
    shows("see a teller");
    atm_wait(&play, ATM_END_MS);
    shows("INSERT YOUR CARD");
    assert_int_equal(fake.opened, 0);
}

static void a_pin_is_on_no_screen_and_in_no_memory_of_the_machine(void **state)
{
    (void)state;
    keys("1000000420<Enter>");
    press("2468", "••••");
    hides("2468");
    bank_set_silent(play.stage.bank, true);
    keys("<Enter>");
    hides("••••");
    assert_null(memmem(play.atm, sizeof *play.atm, "2468", 4));
    bank_set_silent(play.stage.bank, false);
    atm_settle(&play);
    shows("What would you like?");
    assert_string_equal(fake.pins, "2468 ");
    assert_null(memmem(play.atm, sizeof *play.atm, "2468", 4));
    keys("h");
    assert_null(memmem(play.atm, sizeof *play.atm, fake.token, strlen(fake.token)));
    assert_null(memmem(play.atm, sizeof *play.atm, "González", strlen("González")));
    for (size_t i = 0; i < STAGE_INTENTS_MAX; i++) {
        assert_null(memmem(play.stage.disk.files[i].text, INTENT_TEXT_MAX, "2468", 4));
    }
}

static void silence_warns_offers_time_and_ends_without_posting(void **state)
{
    (void)state;
    keys(SIGN_IN "b1"); /* one key before it would post */
    atm_wait(&play, 29900);
    hides("ARE YOU STILL THERE");
    atm_wait(&play, 200);
    shows("ARE YOU STILL THERE");
    shows("20 seconds");
    press("<Enter>", "CONFIRM"); /* the key that asks for time does nothing else */
    hides("ARE YOU STILL THERE");
    assert_int_equal(commands(), 0);
    atm_wait(&play, 45000);
    shows("ends in 5 seconds");
    atm_wait(&play, 5100);
    shows("TIME IS UP");
    assert_int_equal(fake.closed, 1);
    atm_wait(&play, ATM_END_MS);
    shows("INSERT YOUR CARD");
    assert_int_equal(commands(), 0);
    assert_int_equal(play.stage.disk.puts, 0);
}

static void silence_empties_a_half_typed_number_and_leaves_the_start_alone(void **state)
{
    (void)state;
    keys("10000");
    atm_wait(&play, 50100);
    shows("INSERT YOUR CARD");
    hides("10000");
    atm_wait(&play, 120000);
    hides("ARE YOU STILL THERE");
    keys("1000000420<Enter>");
    atm_wait(&play, 50100);
    shows("TIME IS UP");
}

static void whoever_is_busy_keeps_the_session(void **state)
{
    (void)state;
    keys(SIGN_IN "a");
    for (int i = 0; i < 8; i++) {
        size_t before = play.stage.bank->requests;
        atm_wait(&play, 25000);
        keys("1");
        atm_wait(&play, 25000);
        keys("<BSpace>");
        assert_true(play.stage.bank->requests > before);
        assert_true(play.stage.now_ms - play.atm->visit.last_request_ms < 60000);
    }
    shows("WITHDRAW");
}

static void a_lost_reply_is_found_out_and_pays_once(void **state)
{
    (void)state;
    int64_t before = balance();
    keys(SIGN_IN "b");
    play.stage.bank->lose_replies = true;
    press("1<Enter>", "ONE MOMENT");
    assert_int_equal(stage_on_disk(&play.stage), 1);
    atm_wait(&play, 9000);
    shows("TAKE YOUR CARD");
    assert_int_equal(commands(), 1);
    assert_int_equal(balance(), before - 6000);
    assert_int_equal(fake.abandoned, 0);
}

static void what_the_bank_never_got_is_called_off_not_sent_again(void **state)
{
    (void)state;
    int64_t before = balance();
    keys(SIGN_IN "b");
    play.stage.bank->lose_requests = true;
    keys("1<Enter>");
    atm_wait(&play, 1000);
    play.stage.bank->lose_requests = false;
    atm_wait(&play, 9000);
    shows("called off");
    assert_int_equal(fake.abandoned, 1);
    assert_int_equal(balance(), before);
    assert_int_equal(stage_on_disk(&play.stage), 0);
    assert_int_equal(to_settle(), 0);
    atm_wait(&play, 10000);
    assert_int_equal(commands(), 0);
}

static void notes_of_a_deposit_called_off_are_given_back(void **state)
{
    (void)state;
    int64_t before = balance();
    keys(SIGN_IN "c50<Enter>");
    play.stage.bank->lose_requests = true;
    keys("1<Enter>");
    play.stage.bank->lose_requests = false;
    atm_wait(&play, 9000);
    shows("Please take your notes back");
    shows("DEPOSIT");
    hides("[50"); /* what was given back is not in the machine any more */
    assert_int_equal(to_settle(), 0);
    assert_int_equal(stage_on_disk(&play.stage), 0);
    assert_int_equal(balance(), before);
    keys("xh<Enter>");
    atm_stop(&play);
    atm_start(&play, 24, 80, false);
    assert_int_equal(to_settle(), 0);
}

static void nobody_waits_for_ever(void **state)
{
    (void)state;
    keys(SIGN_IN "b");
    bank_set_silent(play.stage.bank, true);
    keys("1<Enter>");
    atm_wait(&play, ATM_WATCH_MS + 100);
    shows("WE COULD NOT CONFIRM");
    shows("No cash is given out");
    shows("show within minutes");
    atm_wait(&play, ATM_END_MS);
    shows("OUT OF SERVICE");
    assert_int_equal(stage_on_disk(&play.stage), 1);
    /* It was booked after all: the cash is owed, and the machine's people are told. */
    bank_set_silent(play.stage.bank, false);
    atm_wait(&play, 20000);
    shows("INSERT YOUR CARD");
    assert_int_equal(commands(), 1);
    assert_int_equal(stage_on_disk(&play.stage), 0);
    assert_int_equal(to_settle(), 1);
    keys("<^C>" FAKE_TELLER "<Enter>");
    shows("60.00 EUR booked, cash not given out");
    press("c", "0 to be settled");
    assert_int_equal(to_settle(), 0);
}

static void notes_of_a_deposit_that_never_arrived_are_owed(void **state)
{
    (void)state;
    int64_t before = balance();
    keys(SIGN_IN "c50<Enter>");
    bank_set_dead(play.stage.bank, false);
    play.stage.bank->lose_requests = true;
    keys("1<Enter>");
    bank_set_dead(play.stage.bank, true);
    atm_wait(&play, ATM_WATCH_MS + ATM_END_MS + 200);
    shows("OUT OF SERVICE");
    bank_set_dead(play.stage.bank, false);
    play.stage.bank->lose_requests = false;
    atm_wait(&play, 20000);
    shows("INSERT YOUR CARD");
    assert_int_equal(fake.abandoned, 1);
    assert_int_equal(balance(), before);
    assert_int_equal(to_settle(), 1);
    keys("<^C>" FAKE_TELLER "<Enter>");
    shows("50.00 EUR taken in, not booked");
}

static void a_machine_that_died_finds_out_by_itself(void **state)
{
    (void)state;
    keys(SIGN_IN "b");
    play.stage.bank->lose_replies = true;
    keys("1<Enter>");
    atm_stop(&play);
    play.stage.bank->lose_replies = false;
    atm_start(&play, 24, 80, false);
    shows("INSERT YOUR CARD");
    assert_int_equal(commands(), 1);
    assert_int_equal(stage_on_disk(&play.stage), 0);
    assert_int_equal(to_settle(), 1);
    /* between the booking and the cash, too */
    keys(SIGN_IN "b1<Enter>");
    shows("TAKE YOUR CARD");
    atm_stop(&play);
    atm_start(&play, 24, 80, false);
    assert_int_equal(to_settle(), 2);
    assert_int_equal(play.atm->poster.settle_count, 2);
    /* a transfer owes nobody anything */
    keys(SIGN_IN "e");
    char typed[32];
    (void)snprintf(typed, sizeof typed, "%llu<Enter>5<Enter>",
                   (unsigned long long)play.stage.bank->accounts[1].result.account);
    keys(typed);
    play.stage.bank->lose_requests = true;
    keys("1<Enter>");
    atm_stop(&play);
    play.stage.bank->lose_requests = false;
    atm_start(&play, 24, 80, false);
    assert_int_equal(stage_on_disk(&play.stage), 0);
    assert_int_equal(to_settle(), 2);
    assert_int_equal(commands(), 2);
}

static void what_was_meant_for_another_bank_is_kept_and_not_burnt(void **state)
{
    (void)state;
    keys(SIGN_IN "b");
    play.stage.bank->lose_requests = true;
    keys("1<Enter>");
    atm_stop(&play);
    play.stage.bank->lose_requests = false;
    char *place = memmem(play.stage.disk.files[0].text, play.stage.disk.files[0].size,
                         "/run/teller.sock", strlen("/run/teller.sock"));
    assert_non_null(place);
    memcpy(place, "/run/others.sock", strlen("/run/others.sock"));
    atm_start(&play, 24, 80, false);
    atm_wait(&play, 20000);
    shows("INSERT YOUR CARD");
    assert_int_equal(fake.abandoned, 0);
    assert_int_equal(stage_on_disk(&play.stage), 1);
    keys("<^C>" FAKE_TELLER "<Enter>");
    shows("1 outcome open, 0 to be settled");
}

static void nothing_is_sent_that_is_not_on_disk(void **state)
{
    (void)state;
    keys(SIGN_IN "b");
    play.stage.disk.full = true;
    press("1<Enter>", "Nothing was done");
    assert_int_equal(commands(), 0);
    shows("WITHDRAW");
}

static void a_dead_bank_is_out_of_service(void **state)
{
    (void)state;
    bank_set_dead(play.stage.bank, true);
    atm_settle(&play);
    shows("OUT OF SERVICE");
    shows("Please take your card");
    press("1000000420<Enter>", "OUT OF SERVICE");
    bank_set_dead(play.stage.bank, false);
    atm_wait(&play, 9000);
    shows("INSERT YOUR CARD");
    hides("1000000420");
    keys(SIGN_IN "a");
    bank_set_dead(play.stage.bank, true);
    atm_settle(&play);
    shows("OUT OF SERVICE");
    shows("Nothing more was done");
}

static void a_machine_the_bank_does_not_know_is_out_of_service(void **state)
{
    (void)state;
    fake.stranger = true;
    atm_stop(&play);
    atm_start(&play, 24, 80, false);
    shows("does not know this machine");
    fake.stranger = false;
    atm_wait(&play, 6000);
    shows("INSERT YOUR CARD");
}

static void a_session_the_bank_has_ended_ends_here(void **state)
{
    (void)state;
    keys(SIGN_IN "a");
    fake.session = 0;
    press("20<Enter>1<Enter>", "YOUR SESSION HAS ENDED");
    assert_int_equal(commands(), 0);
    assert_int_equal(stage_on_disk(&play.stage), 0);
    atm_wait(&play, ATM_END_MS);
    keys(SIGN_IN);
    fake.session = 0;
    press("d", "YOUR SESSION HAS ENDED");
}

static void no_key_leaves_but_an_operators(void **state)
{
    (void)state;
    static const char *const tries[] = {"<^C>", "<^Z>",      "<^\\>", "<Esc>", "<^Q>", "q",
                                        "Q",    ":q<Enter>", "<^D>",  "<F10>", "<^P>", "?"};
    keys(SIGN_IN);
    for (size_t i = 0; i < sizeof tries / sizeof *tries; i++) {
        keys(tries[i]);
        assert_false(play.atm->quit);
        shows("What would you like?");
    }
    press("h<Enter>", "INSERT YOUR CARD");
    for (size_t i = 1; i < sizeof tries / sizeof *tries; i++) {
        keys(tries[i]);
        assert_false(play.atm->quit);
        shows("INSERT YOUR CARD");
    }
    static const char *const wrong[] = {"tk_nobody", FAKE_MACHINE, FAKE_AUDITOR, "2468"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        press("<^C>", "OPERATOR");
        keys(wrong[i]);
        hides(wrong[i]);
        press("<Enter>", "not the key of a teller");
        assert_null(memmem(&play.atm->operator_key, sizeof play.atm->operator_key, wrong[i],
                           strlen(wrong[i])));
        assert_false(play.atm->quit);
        press("<Enter>", "INSERT YOUR CARD"); /* Enter alone goes back */
    }
    keys("<^C>" FAKE_TELLER "<Enter>");
    shows("OPERATOR · this machine");
    press("a", "INSERT YOUR CARD");
    keys("<^C>" FAKE_TELLER "<Enter>q");
    assert_true(play.atm->quit);
}

static void an_operators_page_closes_by_itself(void **state)
{
    (void)state;
    keys("<^C>" FAKE_TELLER "<Enter>");
    atm_wait(&play, 51000);
    shows("INSERT YOUR CARD");
    keys("q");
    assert_false(play.atm->quit);
}

static void garbled_and_doubled_replies_confuse_nobody(void **state)
{
    (void)state;
    keys(SIGN_IN "b");
    play.stage.bank->garble_replies = true;
    keys("1<Enter>");
    atm_wait(&play, 9000);
    shows("TAKE YOUR CARD");
    play.stage.bank->garble_replies = false;
    play.stage.bank->double_replies = true;
    atm_wait(&play, 40000);
    keys(SIGN_IN "b1<Enter>");
    shows("TAKE YOUR CARD");
    assert_int_equal(commands(), 2);
    assert_int_equal(to_settle(), 0);
}

static void every_size_keeps_what_was_typed(void **state)
{
    (void)state;
    static const int sizes[][2] = {{12, 40}, {10, 40}, {40, 120}, {5, 30}, {1, 1}, {24, 80}};
    keys(SIGN_IN "a120");
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        term_grid_resize(play.stage.term, sizes[i][0], sizes[i][1]);
        atm_settle(&play);
        if (sizes[i][0] < TERM_ROWS_MIN) {
            keys("9<Enter>"); /* nobody types into what cannot be seen */
        }
    }
    press("<Enter>", "Withdraw 120.00 EUR");
    shows("(6 × 20)");
}

static void other_currencies_have_their_own_notes(void **state)
{
    (void)state;
    char script[64];
    (void)snprintf(script, sizeof script, "%llu<Enter>" FAKE_PIN "<Enter>",
                   (unsigned long long)play.stage.bank->accounts[5].result.account);
    keys(script);
    shows("Fast cash 10000");
    press("a11000<Enter>", "Withdraw 11 000 JPY");
    shows("1 × 10000, 1 × 1000");
    keys("0xh<Enter>");
    (void)snprintf(script, sizeof script, "%llu<Enter>" FAKE_PIN "<Enter>",
                   (unsigned long long)play.stage.bank->accounts[6].result.account);
    keys(script);
    press("a21<Enter>", "Withdraw 21.000 BHD");
    hides("×");
}

/* Whatever is pressed, at whatever size: it holds, stays, and books nothing without cash, notes or
 * another account on the other side. */
static void random_keys_break_nothing(void **state)
{
    (void)state;
    static const char *const pieces[] = {"a",
                                         "b",
                                         "c",
                                         "d",
                                         "e",
                                         "f",
                                         "g",
                                         "x",
                                         "0",
                                         "1",
                                         "2",
                                         "5",
                                         "<Enter>",
                                         "<Enter>",
                                         "1<Enter>",
                                         "1<Enter>",
                                         "1<Enter>",
                                         "<BSpace>",
                                         "<Esc>",
                                         "<^C>",
                                         "<Tab>",
                                         "<Up>",
                                         "é",
                                         ",",
                                         "h",
                                         "1000000495<Enter>",
                                         SIGN_IN,
                                         SIGN_IN,
                                         "1000000420<Enter>"};
    static const int sizes[][2] = {{24, 80}, {12, 40}, {10, 40}, {11, 61}, {50, 200}, {3, 9}};
    uint32_t random = 20261122;
    for (int i = 0; i < 4000 && play.stage.bank->key_count < BANK_KEYS_MAX - 2; i++) {
        random = random * 1664525u + 1013904223u;
        fake.tries = 0; /* a teller is never far */
        fake.locked = false;
        uint32_t draw = random >> 8;
        keys(pieces[draw % (sizeof pieces / sizeof *pieces)]);
        if (draw % 23 == 0) {
            term_grid_resize(play.stage.term, sizes[draw / 23 % 6][0], sizes[draw / 23 % 6][1]);
        }
        if (draw % 61 == 0) {
            atm_wait(&play, (int64_t)(draw / 61 % 9) * 1000);
        }
        assert_false(play.atm->quit);
        assert_true(balance() >= 0);
    }
    assert_true(commands() > 5);
    atm_wait(&play, 60000);
    assert_int_equal(stage_on_disk(&play.stage), 0);
    assert_int_equal(to_settle(), 0);
}

int main(void)
{
    (void)setenv("TZ", "UTC", 1);
#define AT(test, open) cmocka_unit_test_setup_teardown(test, open, end)
#define BOTH(test) AT(test, open_home), AT(test, open_small)
    const struct CMUnitTest tests[] = {
        BOTH(every_page_is_as_drawn),
        BOTH(cash_is_given_out_card_first_and_a_receipt_on_demand),
        BOTH(only_one_and_then_enter_post),
        BOTH(a_wrong_amount_stays_on_its_page),
        BOTH(more_than_the_balance_is_refused_and_stays),
        BOTH(notes_are_counted_and_deposited),
        BOTH(a_transfer_checks_the_other_number),
        BOTH(the_balance_is_hidden_until_asked),
        BOTH(the_last_ten_are_the_newest_with_more_behind),
        BOTH(months_before_and_paper),
        BOTH(wrong_pins_lock_as_the_bank_says),
        BOTH(a_pin_is_on_no_screen_and_in_no_memory_of_the_machine),
        BOTH(silence_warns_offers_time_and_ends_without_posting),
        BOTH(silence_empties_a_half_typed_number_and_leaves_the_start_alone),
        BOTH(whoever_is_busy_keeps_the_session),
        BOTH(a_lost_reply_is_found_out_and_pays_once),
        BOTH(what_the_bank_never_got_is_called_off_not_sent_again),
        BOTH(notes_of_a_deposit_called_off_are_given_back),
        BOTH(nobody_waits_for_ever),
        BOTH(notes_of_a_deposit_that_never_arrived_are_owed),
        AT(a_machine_that_died_finds_out_by_itself, open_home),
        AT(what_was_meant_for_another_bank_is_kept_and_not_burnt, open_home),
        BOTH(nothing_is_sent_that_is_not_on_disk),
        BOTH(a_dead_bank_is_out_of_service),
        AT(a_machine_the_bank_does_not_know_is_out_of_service, open_home),
        BOTH(a_session_the_bank_has_ended_ends_here),
        BOTH(no_key_leaves_but_an_operators),
        BOTH(an_operators_page_closes_by_itself),
        BOTH(garbled_and_doubled_replies_confuse_nobody),
        AT(random_keys_break_nothing, open_home),
        BOTH(every_size_keeps_what_was_typed),
        BOTH(other_currencies_have_their_own_notes),
        AT(the_balance_is_hidden_until_asked, open_ascii),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
