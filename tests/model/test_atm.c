/* The cash machine's plain data: notes, silence, paper. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/currency.h"
#include "base/time.h"
#include "model/atm_notes.h"
#include "model/atm_receipt.h"
#include "model/atm_silence.h"

static uint16_t number_of(const char *code)
{
    return currency_by_code(text_of(code))->number;
}

static void amounts_are_counted_in_notes(void **state)
{
    (void)state;
    static const struct {
        const char *currency;
        int64_t units;
        const char *shown; /* NULL: refused */
    } cases[] = {
        {"EUR", 120, "6 × 20"},
        {"EUR", 60, "3 × 20"},
        {"EUR", 50, "1 × 50"},
        {"EUR", 70, "1 × 50, 1 × 20"},
        {"EUR", 400, "8 × 50"},
        {"EUR", 2000, "40 × 50"},
        {"EUR", 2010, NULL},
        {"EUR", 15, NULL},
        {"EUR", 1, NULL},
        {"EUR", 0, NULL},
        {"EUR", -20, NULL},
        {"EUR", INT64_MAX, NULL},
        {"CZK", 3800, "1 × 2000, 1 × 1000, 1 × 500, 1 × 200, 1 × 100"},
        {"CZK", 150, NULL},
        {"JPY", 11000, "1 × 10000, 1 × 1000"},
        {"BHD", 7, ""},
        {"BHD", 0, NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct atm_notes *notes = atm_notes_of(number_of(cases[i].currency));
        struct atm_bundle bundle;
        char why[ATM_COUNTED_MAX];
        char shown[ATM_COUNTED_MAX];
        const char *refused = atm_notes_count(notes, cases[i].units, &bundle, why);
        assert_true((refused != NULL) == (cases[i].shown == NULL));
        if (refused == NULL) {
            assert_string_equal(atm_notes_show(notes->out, bundle.count, ATM_NOTES_OUT_MAX, shown),
                                cases[i].shown);
        }
    }
}

/* Whatever the machine offers it can also hand out; and what it counts is what was asked for. */
static void every_offer_can_be_handed_out_and_every_count_adds_up(void **state)
{
    (void)state;
    size_t count = 0;
    const struct currency *all = currency_all(&count);
    for (size_t i = 0; i < count; i++) {
        const struct atm_notes *notes = atm_notes_of(all[i].number);
        struct atm_bundle bundle;
        char why[ATM_COUNTED_MAX];
        for (int preset = 0; preset < ATM_PRESETS; preset++) {
            assert_true(notes->presets[preset] > 0);
            assert_null(atm_notes_count(notes, notes->presets[preset], &bundle, why));
        }
        assert_null(atm_notes_count(notes, notes->fast, &bundle, why));
        for (int64_t units = 1; units < 3000 && notes->out[0] > 0; units++) {
            if (atm_notes_count(notes, units, &bundle, why) != NULL) {
                continue;
            }
            int64_t sum = 0;
            int pieces = 0;
            for (int kind = 0; kind < ATM_NOTES_OUT_MAX; kind++) {
                sum += (int64_t)bundle.count[kind] * notes->out[kind];
                pieces += bundle.count[kind];
            }
            assert_int_equal(sum, units);
            assert_true(pieces <= ATM_BUNDLE_MAX);
        }
    }
}

static void units_become_money_by_the_exponent(void **state)
{
    (void)state;
    struct money out;
    assert_true(atm_notes_money(120, number_of("EUR"), &out));
    assert_int_equal(out.minor, 12000);
    assert_true(atm_notes_money(120, number_of("JPY"), &out));
    assert_int_equal(out.minor, 120);
    assert_true(atm_notes_money(120, number_of("BHD"), &out));
    assert_int_equal(out.minor, 120000);
    assert_false(atm_notes_money(0, number_of("EUR"), &out));
    assert_false(atm_notes_money(INT64_MAX / 10, number_of("EUR"), &out));
    assert_false(atm_notes_money(MONEY_MAX, number_of("EUR"), &out));
}

static void silence_is_fine_then_warned_then_over(void **state)
{
    (void)state;
    static const struct {
        int64_t ms;
        enum atm_silence_state state;
        int left;
    } cases[] = {
        {0, ATM_SILENCE_FINE, 50},       {29999, ATM_SILENCE_FINE, 21},
        {30000, ATM_SILENCE_WARNED, 20}, {49001, ATM_SILENCE_WARNED, 1},
        {50000, ATM_SILENCE_OVER, 0},    {900000, ATM_SILENCE_OVER, 0},
    };
    struct atm_silence silence;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        atm_silence_touch(&silence, 7000);
        assert_int_equal(atm_silence_at(&silence, 7000 + cases[i].ms), cases[i].state);
        assert_int_equal(atm_silence_left_s(&silence, 7000 + cases[i].ms), cases[i].left);
    }
}

static void a_receipt_says_what_was_done_and_hides_the_account(void **state)
{
    (void)state;
    struct intent intent = {.op = OP_WITHDRAW_MONEY,
                            .account = 1000000420,
                            .amount = {12000},
                            .currency = 978,
                            .position = 18234,
                            .balance = {215206}};
    struct bytes text;
    int64_t at = 0;
    assert_true(time_parse(TEXT("2026-03-04T14:02:11.5Z"), &at));
    bytes_init(&text, 4096);
    atm_receipt_write(&intent, "6 × 20", at, &text);
    bytes_put_u8(&text, 0);
    assert_string_equal((const char *)text.data, "TELLER\n"
                                                 "WITHDRAWAL\n"
                                                 "\n"
                                                 "2026-03-04 14:02:11 UTC\n"
                                                 "Account       ***** 00420\n"
                                                 "Amount        120.00 EUR\n"
                                                 "Notes         6 × 20\n"
                                                 "Balance       2 152.06 EUR\n"
                                                 "Number        18 234\n");
    char name[ATM_PAPER_NAME_MAX];
    assert_string_equal(atm_paper_name(at, 18234, name), "2026-03-04-140211-500000-18234");
    bytes_close(&text);
}

static void paper_is_a_file_that_is_never_overwritten(void **state)
{
    (void)state;
    char folder[] = "/tmp/teller-paper-XXXXXX";
    char path[256];
    char why[256];
    char read[16] = "";
    assert_non_null(mkdtemp(folder));
    (void)snprintf(path, sizeof path, "%s/receipts", folder);
    struct atm_printer *printer = atm_paper_folder(path, why);
    assert_non_null(printer);
    assert_true(printer->print(printer, "one", TEXT("first\n")));
    assert_false(printer->print(printer, "one", TEXT("second\n")));
    printer->close(printer);
    (void)snprintf(path, sizeof path, "%s/receipts/one.txt", folder);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    assert_non_null(fgets(read, sizeof read, file));
    assert_string_equal(read, "first\n");
    assert_int_equal(fclose(file), 0);
    struct stat status;
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0600);
    assert_null(atm_paper_folder(path, why)); /* a file is no folder */
    assert_int_equal(unlink(path), 0);
    (void)snprintf(path, sizeof path, "%s/receipts", folder);
    assert_int_equal(rmdir(path), 0);
    assert_int_equal(rmdir(folder), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(amounts_are_counted_in_notes),
        cmocka_unit_test(every_offer_can_be_handed_out_and_every_count_adds_up),
        cmocka_unit_test(units_become_money_by_the_exponent),
        cmocka_unit_test(silence_is_fine_then_warned_then_over),
        cmocka_unit_test(a_receipt_says_what_was_done_and_hides_the_account),
        cmocka_unit_test(paper_is_a_file_that_is_never_overwritten),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
