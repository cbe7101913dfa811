/* Statements for people and spreadsheets. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/bytes.h"
#include "base/time.h"
#include "rest/statement.h"

#define AT INT64_C(1770022800000000) /* 2026-02-02T09:00:00Z */

static struct statement_line lines[] = {
    {.position = 5,
     .at = AT,
     .type = EVENT_MONEY_TRANSFERRED,
     .reference = {"Rent", 4},
     .counterparty = UINT64_C(1000000024),
     .change = {-90000},
     .balance = {238456}},
    {.position = 7,
     .at = AT + 1,
     .type = EVENT_MONEY_DEPOSITED,
     .reference = {"", 0},
     .change = {5},
     .balance = {238461}},
};

static struct statement_result statement(void)
{
    struct statement_result result = {
        .account = UINT64_C(1000000016),
        .owner = {"Zo\xc3\xab \"Z\" Gonz\xc3\xa1lez", 18},
        .currency = 978,
        .month = 2026 * 12 + 1,
        .opening_balance = {328456},
        .credits = {1, {5}},
        .debits = {1, {90000}},
        .closing_balance = {238461},
        .first_position = 5,
        .last_position = 7,
        .final = true,
        .lines = {lines, 2},
    };
    return result;
}

static void expect_text(void (*print)(struct bytes *, const struct statement_result *),
                        const struct statement_result *result, const char *want)
{
    struct bytes out;
    bytes_init(&out, 65536);
    print(&out, result);
    bytes_put_u8(&out, '\0');
    assert_string_equal((const char *)out.data, want);
    bytes_close(&out);
}

static void expect_part(void (*print)(struct bytes *, const struct statement_result *),
                        const struct statement_result *result, const char *part)
{
    struct bytes out;
    bytes_init(&out, 65536);
    print(&out, result);
    bytes_put_u8(&out, '\0');
    if (strstr((const char *)out.data, part) == NULL) {
        fail_msg("no %s in %s", part, (const char *)out.data);
    }
    bytes_close(&out);
}

static void a_statement_becomes_a_table(void **state)
{
    (void)state;
    struct statement_result result = statement();
    expect_text(
        statement_csv, &result,
        "account,owner,currency,month,position,at,type,reference,counterparty,change,"
        "balance\r\n"
        "1000000016,\"Zo\xc3\xab \"\"Z\"\" Gonz\xc3\xa1lez\",EUR,2026-02,,,OpeningBalance,,,,"
        "3284.56\r\n"
        "1000000016,\"Zo\xc3\xab \"\"Z\"\" Gonz\xc3\xa1lez\",EUR,2026-02,5,"
        "2026-02-02T09:00:00.000000Z,MoneyTransferred,\"Rent\",1000000024,-900.00,"
        "2384.56\r\n"
        "1000000016,\"Zo\xc3\xab \"\"Z\"\" Gonz\xc3\xa1lez\",EUR,2026-02,7,"
        "2026-02-02T09:00:00.000001Z,MoneyDeposited,\"\",,0.05,2384.61\r\n"
        "1000000016,\"Zo\xc3\xab \"\"Z\"\" Gonz\xc3\xa1lez\",EUR,2026-02,,,ClosingBalance,,,,"
        "2384.61\r\n");
}

static void amounts_have_the_decimals_of_their_currency(void **state)
{
    (void)state;
    static const struct {
        uint16_t currency;
        const char *csv, *plain;
    } cases[] = {
        {392, "JPY,2026-02,,,OpeningBalance,,,,328456\r\n", "                328456\n"},
        {48, "BHD,2026-02,,,OpeningBalance,,,,328.456\r\n", "               328.456\n"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct statement_result result = statement();
        result.currency = cases[i].currency;
        expect_part(statement_csv, &result, cases[i].csv);
        expect_part(statement_plain, &result, cases[i].plain);
    }
}

static void a_reference_is_no_formula_in_a_spreadsheet(void **state)
{
    (void)state;
    static const struct {
        const char *reference, *cell;
    } cases[] = {
        {"=1+1", ",\"'=1+1\","},
        {"+1", ",\"'+1\","},
        {"-1", ",\"'-1\","},
        {"@SUM(A1)", ",\"'@SUM(A1)\","},
        {"\t=1", ",\"'\t=1\","},
        {"\r\n=1", ",\"'\r\n=1\","},
        {"\xef\xbc\x9d"
         "1",
         ",\"'\xef\xbc\x9d"
         "1\","},
        {"=\"a\",\"b\"", ",\"'=\"\"a\"\",\"\"b\"\"\","},
        {"a=1", ",\"a=1\","},
        {"a,b", ",\"a,b\","},
        {"a\r\nb", ",\"a\r\nb\","},
    };
    struct statement_result result = statement();
    struct text before = lines[0].reference;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        lines[0].reference = text_of(cases[i].reference);
        expect_part(statement_csv, &result, cases[i].cell);
    }
    lines[0].reference = before;
    result.owner = text_of("=cmd");
    expect_part(statement_csv, &result, "\"'=cmd\"");
}

static void a_statement_becomes_a_page(void **state)
{
    (void)state;
    struct statement_result result = statement();
    expect_text(statement_plain, &result,
                "STATEMENT 2026-02  1000000016  EUR  FINAL\n"
                "Zo\xc3\xab \"Z\" Gonz\xc3\xa1lez\n\n"
                "Opening balance                        3284.56\n"
                "Credits (1)                               0.05\n"
                "Debits (1)                              900.00\n"
                "Closing balance                        2384.61\n\n"
                "TIME                        WHAT          ACCOUNT                   CHANGE"
                "               BALANCE  REFERENCE\n"
                "2026-02-02T09:00:00.000000Z Transfer to   1000000024               -900.00"
                "               2384.56  Rent\n"
                "2026-02-02T09:00:00.000001Z Deposit                                   0.05"
                "               2384.61\n");
}

static void a_month_without_movement_has_no_table(void **state)
{
    (void)state;
    struct statement_result result = statement();
    result.lines = (struct list){NULL, 0};
    result.credits = result.debits = (struct statement_totals){0};
    result.closing_balance = result.opening_balance;
    result.final = false;
    expect_text(statement_plain, &result,
                "STATEMENT 2026-02  1000000016  EUR  NOT FINAL\n"
                "Zo\xc3\xab \"Z\" Gonz\xc3\xa1lez\n\n"
                "Opening balance                        3284.56\n"
                "Credits (0)                               0.00\n"
                "Debits (0)                                0.00\n"
                "Closing balance                        3284.56\n");
    expect_part(statement_csv, &result, ",ClosingBalance,,,,3284.56\r\n");
}

static void control_characters_do_not_reach_a_terminal(void **state)
{
    (void)state;
    struct statement_result result = statement();
    struct text before = lines[0].reference;
    lines[0].reference = text_of("a\x1b[2Jb\nc\x7f"
                                 "d\xc2\x9b"
                                 "e\xc3\xab");
    expect_part(statement_plain, &result, "  a?[2Jb?c?d?e\xc3\xab\n");
    lines[0].reference = before;
}

static void the_largest_amounts_fit_their_columns(void **state)
{
    (void)state;
    struct statement_result result = statement();
    result.credits.total = money(INT64_MAX);
    expect_part(statement_plain, &result, "   92233720368547758.07\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_statement_becomes_a_table),
        cmocka_unit_test(amounts_have_the_decimals_of_their_currency),
        cmocka_unit_test(a_reference_is_no_formula_in_a_spreadsheet),
        cmocka_unit_test(a_statement_becomes_a_page),
        cmocka_unit_test(a_month_without_movement_has_no_table),
        cmocka_unit_test(control_characters_do_not_reach_a_terminal),
        cmocka_unit_test(the_largest_amounts_fit_their_columns),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
