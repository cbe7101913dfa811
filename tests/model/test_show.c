#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>

#include "base/time.h"
#include "model/show.h"
#include "model/words.h"

static void money_is_grouped_and_signed(void **state)
{
    (void)state;
    static const struct {
        int64_t minor;
        unsigned exponent;
        enum show_sign sign;
        const char *text;
    } rows[] = {
        {0, 2, SHOW_PLAIN, "0.00"},
        {0, 2, SHOW_SIGNED, "+0.00"},
        {5, 2, SHOW_PLAIN, "0.05"},
        {100000, 2, SHOW_PLAIN, "1 000.00"},
        {227206, 2, SHOW_PLAIN, "2 272.06"},
        {-10000, 2, SHOW_SIGNED, "−100.00"},
        {-227206, 2, SHOW_PLAIN, "−2 272.06"},
        {1234567, 0, SHOW_SIGNED, "+1 234 567"},
        {1234567, 3, SHOW_PLAIN, "1 234.567"},
        {INT64_MAX, 2, SHOW_SIGNED, "+92 233 720 368 547 758.07"},
        {INT64_MIN, 2, SHOW_PLAIN, "−92 233 720 368 547 758.08"},
        {INT64_MIN, 0, SHOW_PLAIN, "−9 223 372 036 854 775 808"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char text[SHOW_MONEY_MAX];
        assert_string_equal(
            show_money((struct money){rows[i].minor}, rows[i].exponent, rows[i].sign, text),
            rows[i].text);
    }
}

static void accounts_months_and_counts_are_written_for_people(void **state)
{
    (void)state;
    char text[SHOW_MONEY_MAX];
    assert_string_equal(show_account(1000000420, text), "10000 00420");
    assert_string_equal(show_month(2026 * 12 + 1, text), "February 2026");
    assert_string_equal(show_month_short(2026 * 12 + 1, text), "Feb 2026");
    assert_string_equal(show_count(1204, text), "1 204");
    assert_string_equal(show_count(0, text), "0");
    assert_string_equal(show_count(UINT64_MAX, text), "18 446 744 073 709 551 615");
    assert_string_equal(show_clock(0, text), "00:00:00");
    assert_string_equal(show_movement(EVENT_MONEY_TRANSFERRED, (struct money){-1}), "Transfer to");
    assert_string_equal(show_movement(EVENT_MONEY_TRANSFERRED, (struct money){1}), "Transfer from");
}

static void amounts_are_said_in_words(void **state)
{
    (void)state;
    static const struct {
        int64_t minor;
        uint16_t currency;
        const char *words;
    } rows[] = {
        {25000, 978, "two hundred fifty EUR"},
        {1, 978, "zero and 01/100 EUR"},
        {100, 978, "one EUR"},
        {119, 978, "one and 19/100 EUR"},
        {1500000, 978, "fifteen thousand EUR"},
        {4200000042, 978, "forty-two million and 42/100 EUR"},
        {100000101, 392, "one hundred million one hundred one JPY"},
        {1005, 48, "one and 005/1000 BHD"},
    };
    char words[WORDS_MAX];
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_string_equal(words_money((struct money){rows[i].minor}, rows[i].currency, words),
                            rows[i].words);
    }
    (void)words_money((struct money){7777777777777777}, 392, words);
    assert_string_equal(words, "seven quadrillion seven hundred seventy-seven trillion seven "
                               "hundred seventy-seven billion seven hundred seventy-seven million "
                               "seven hundred seventy-seven thousand seven hundred seventy-seven "
                               "JPY");
}

static void hidden_amounts_look_all_the_same(void **state)
{
    char out[SHOW_MONEY_MAX];
    char words[WORDS_MAX];
    (void)state;
    show_hide(true);
    for (int64_t minor = -100000; minor <= 100000; minor += 33333) {
        assert_string_equal(show_money((struct money){minor}, 2, SHOW_SIGNED, out), SHOW_HIDDEN);
        assert_string_equal(show_money_in((struct money){minor}, 978, out), SHOW_HIDDEN " EUR");
        assert_string_equal(words_money((struct money){minor}, 978, words), SHOW_HIDDEN);
    }
    show_hide(false);
    assert_string_equal(show_money((struct money){100}, 2, SHOW_PLAIN, out), "1.00");
}

int main(void)
{
    (void)setenv("TZ", "UTC", 1);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hidden_amounts_look_all_the_same),
        cmocka_unit_test(money_is_grouped_and_signed),
        cmocka_unit_test(accounts_months_and_counts_are_written_for_people),
        cmocka_unit_test(amounts_are_said_in_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
