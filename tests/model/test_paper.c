/* What is written for keeping, and the folder and the printer it goes to. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/time.h"
#include "model/paper_folder.h"

static char folder[64];

static int make_folder(void **state)
{
    (void)state;
    (void)snprintf(folder, sizeof folder, "/tmp/teller-paper-XXXXXX");
    return mkdtemp(folder) == NULL;
}

static int remove_folder(void **state)
{
    char command[128];
    (void)state;
    (void)snprintf(command, sizeof command, "rm -rf '%s'", folder);
    return system(command);
}

static const struct movement lines[] = {
    {.position = 3,
     .at = INT64_C(1770021000000000),
     .type = EVENT_MONEY_WITHDRAWN,
     .change = {-90000},
     .balance = {238456},
     .reference = "=Rent \"March\"\n\033[31m"},
    {.position = 9,
     .at = INT64_C(1770107400000000),
     .type = EVENT_MONEY_TRANSFERRED,
     .counterparty = 1000000495,
     .change = {100},
     .balance = {238556},
     .reference = "Café 日本"},
};

static const struct paper_statement statement = {.account = 1000000420,
                                                 .owner = "González, \"Zoë\"",
                                                 .currency = 978,
                                                 .month = 2026 * 12 + 1,
                                                 .opening = {328456},
                                                 .credits = {100},
                                                 .debits = {90000},
                                                 .closing = {238556},
                                                 .credit_count = 1,
                                                 .debit_count = 1,
                                                 .final = true,
                                                 .lines = lines,
                                                 .line_count = 2};

static void assert_has(const struct bytes *text, const char *part)
{
    if (memmem(text->data, text->size, part, strlen(part)) == NULL) {
        fail_msg("no %s in:\n%.*s", part, (int)text->size, (const char *)text->data);
    }
}

static void a_statement_as_text_adds_up_and_drives_no_terminal(void **state)
{
    struct bytes out;
    (void)state;
    bytes_init(&out, PAPER_TEXT_MAX);
    paper_statement_text(&statement, &out);
    assert_has(&out, "STATEMENT  10000 00420  February 2026  EUR");
    assert_has(&out, "FINAL");
    assert_has(&out, "3 284.56");
    assert_has(&out, "−900.00");
    assert_has(&out, "+1.00");
    assert_has(&out, "10000 00495");
    assert_has(&out, "=Rent \"March\"??[31m");
    assert_null(memchr(out.data, '\033', out.size));
    bytes_close(&out);
}

static void a_statement_as_csv_is_the_banks_own_and_starts_no_formula(void **state)
{
    struct bytes out;
    (void)state;
    bytes_init(&out, PAPER_TEXT_MAX);
    paper_statement_csv(&statement, &out);
    assert_has(&out, "account,owner,currency,month,position,at,type,reference,counterparty,"
                     "change,balance\r\n");
    assert_has(&out,
               "1000000420,\"González, \"\"Zoë\"\"\",EUR,2026-02,,,OpeningBalance,,,,3284.56\r\n");
    assert_has(&out, ",3,2026-02-02T08:30:00.000000Z,MoneyWithdrawn,\"'=Rent \"\"March\"\"\n");
    assert_has(&out, ",MoneyTransferred,\"Café 日本\",1000000495,1.00,2385.56\r\n");
    assert_has(&out, "ClosingBalance,,,,2385.56\r\n");
    bytes_close(&out);
}

static void a_receipt_names_both_sides_and_the_balance(void **state)
{
    struct bytes out;
    char name[PAPER_NAME_MAX];
    struct intent intent = {.key = "teller-1",
                            .op = OP_TRANSFER_MONEY,
                            .account = 1000000420,
                            .to = 1000000495,
                            .amount = {25000},
                            .currency = 978,
                            .owner = "González, Zoë",
                            .to_owner = "Li\a",
                            .reference = "Rent",
                            .position = 18234,
                            .balance = {202206}};
    (void)state;
    bytes_init(&out, PAPER_TEXT_MAX);
    paper_receipt(&intent, &out);
    assert_has(&out, "RECEIPT #18 234");
    assert_has(&out, "250.00 EUR");
    assert_has(&out, "10000 00420  González, Zoë");
    assert_has(&out, "10000 00495  Li?");
    assert_has(&out, "2 022.06 EUR");
    assert_string_equal(paper_receipt_name(&intent, name), "receipt-18234");
    bytes_close(&out);
}

static void files_are_never_written_over(void **state)
{
    char where[3][PAPER_WHERE_MAX];
    char text[16] = "";
    struct stat status;
    struct paper *paper = paper_folder_open(NULL, folder);
    (void)state;
    for (int i = 0; i < 3; i++) {
        struct text one = {"123" + i, 1};
        assert_true(paper->save(paper, "receipt-1", "txt", one, where[i]));
    }
    assert_string_equal(where[0] + strlen(folder), "/receipt-1.txt");
    assert_string_equal(where[1] + strlen(folder), "/receipt-1-2.txt");
    assert_string_equal(where[2] + strlen(folder), "/receipt-1-3.txt");
    FILE *file = fopen(where[0], "r");
    assert_non_null(file);
    assert_non_null(fgets(text, sizeof text, file));
    assert_int_equal(fclose(file), 0);
    assert_string_equal(text, "1");
    assert_int_equal(stat(where[0], &status), 0);
    assert_int_equal(status.st_mode & 0777, 0600);
    paper->close(paper);
}

static void a_link_in_the_way_is_not_followed(void **state)
{
    char link[128];
    char where[PAPER_WHERE_MAX];
    struct paper *paper = paper_folder_open(NULL, folder);
    (void)state;
    (void)snprintf(link, sizeof link, "%s/receipt-2.txt", folder);
    assert_int_equal(symlink("/nonexistent/elsewhere", link), 0);
    assert_true(paper->save(paper, "receipt-2", "txt", TEXT("x"), where));
    assert_string_equal(where + strlen(folder), "/receipt-2-2.txt");
    paper->close(paper);
}

static void a_folder_that_is_not_there_is_told(void **state)
{
    char where[PAPER_WHERE_MAX];
    struct paper *paper = paper_folder_open(NULL, "/nonexistent/folder");
    (void)state;
    assert_false(paper->save(paper, "receipt-1", "txt", TEXT("x"), where));
    assert_non_null(strstr(where, "cannot write into /nonexistent/folder"));
    paper->close(paper);
}

static enum paper_news wait_for_printer(struct paper *paper, char why[PAPER_WHERE_MAX])
{
    enum paper_news news = PAPER_NOTHING;
    for (int i = 0; i < 3000 && news == PAPER_NOTHING; i++) {
        (void)poll(NULL, 0, 10);
        news = paper->turn(paper, 0, why);
    }
    return news;
}

static void the_printer_gets_the_whole_text_however_slowly_it_reads(void **state)
{
    char command[256];
    char why[PAPER_WHERE_MAX] = "";
    char path[128];
    struct stat status;
    size_t size = 1 << 20;
    char *text = malloc(size);
    (void)state;
    assert_non_null(text);
    memset(text, 'x', size);
    (void)snprintf(path, sizeof path, "%s/printed", folder);
    (void)snprintf(command, sizeof command, "cat > '%s'", path);
    struct paper *paper = paper_folder_open(command, folder);
    assert_true(paper->prints);
    assert_true(paper->print(paper, (struct text){text, size}, 0, why));
    assert_true(paper->is_busy(paper));
    assert_false(paper->print(paper, TEXT("second"), 0, why));
    assert_int_equal(wait_for_printer(paper, why), PAPER_PRINTED);
    assert_false(paper->is_busy(paper));
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_size, size);
    paper->close(paper);
    free(text);
}

static void a_printer_that_fails_says_why(void **state)
{
    char why[PAPER_WHERE_MAX] = "";
    struct paper *paper = paper_folder_open("echo no ink >&2; echo more >&2; exit 3", folder);
    (void)state;
    assert_true(paper->print(paper, TEXT("x"), 0, why));
    assert_int_equal(wait_for_printer(paper, why), PAPER_FAILED);
    assert_string_equal(why, "the printer failed (3): no ink");
    assert_int_equal(paper->turn(paper, 0, why), PAPER_NOTHING);
    paper->close(paper);
}

static void a_printer_that_hangs_is_ended(void **state)
{
    char why[PAPER_WHERE_MAX] = "";
    struct paper *paper = paper_folder_open("sleep 1000 & sleep 1000", folder);
    (void)state;
    assert_true(paper->print(paper, TEXT("x"), 5, why));
    assert_int_equal(paper->turn(paper, PAPER_PRINT_MS + 4, why), PAPER_NOTHING);
    assert_int_equal(paper->turn(paper, PAPER_PRINT_MS + 5, why), PAPER_FAILED);
    assert_string_equal(why, "the printer took too long and was ended");
    paper->close(paper);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_statement_as_text_adds_up_and_drives_no_terminal),
        cmocka_unit_test(a_statement_as_csv_is_the_banks_own_and_starts_no_formula),
        cmocka_unit_test(a_receipt_names_both_sides_and_the_balance),
        cmocka_unit_test(files_are_never_written_over),
        cmocka_unit_test(a_link_in_the_way_is_not_followed),
        cmocka_unit_test(a_folder_that_is_not_there_is_told),
        cmocka_unit_test(the_printer_gets_the_whole_text_however_slowly_it_reads),
        cmocka_unit_test(a_printer_that_fails_says_why),
        cmocka_unit_test(a_printer_that_hangs_is_ended),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
