#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <string.h>

#include "model/wish.h"

#define EUR 978
#define JPY 392

static struct account_row account(uint64_t number, uint16_t currency, int64_t minor)
{
    return (struct account_row){
        .account = number, .currency = currency, .balance = {minor}, .owner = "Zoë"};
}

static struct amount amount(int64_t minor)
{
    return (struct amount){.verdict = AMOUNT_OK, .value = {minor}};
}

static void what_can_be_foreseen_is_told_at_its_field(void **state)
{
    struct account_row own = account(1, EUR, 1000);
    struct account_row same = account(1, EUR, 0);
    struct account_row foreign = account(2, JPY, 0);
    struct account_row other = account(3, EUR, 0);
    struct amount none = {.verdict = AMOUNT_EMPTY};
    struct amount unclear = {.verdict = AMOUNT_REFUSED};
    struct amount all = amount(1000);
    struct amount more = amount(1001);
    const struct {
        enum op op;
        const struct account_row *other;
        const struct amount *amount;
        enum wish_field field;
    } rows[] = {
        {OP_DEPOSIT_MONEY, NULL, &more, WISH_SOUND},
        {OP_DEPOSIT_MONEY, NULL, &none, WISH_AMOUNT},
        {OP_WITHDRAW_MONEY, NULL, &all, WISH_SOUND},
        {OP_WITHDRAW_MONEY, NULL, &more, WISH_AMOUNT},
        {OP_WITHDRAW_MONEY, NULL, &unclear, WISH_AMOUNT},
        {OP_TRANSFER_MONEY, &other, &all, WISH_SOUND},
        {OP_TRANSFER_MONEY, &other, &more, WISH_AMOUNT},
        {OP_TRANSFER_MONEY, NULL, &all, WISH_TO},
        {OP_TRANSFER_MONEY, &same, &all, WISH_TO},
        {OP_TRANSFER_MONEY, &foreign, &none, WISH_TO},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct wish_fault fault = wish_move_fault(rows[i].op, &own, rows[i].other, rows[i].amount);
        assert_int_equal(fault.field, rows[i].field);
        assert_int_equal(fault.why == NULL, rows[i].field == WISH_SOUND);
    }
    assert_int_equal(wish_excess(OP_WITHDRAW_MONEY, &own, &more), 1);
    assert_int_equal(wish_excess(OP_WITHDRAW_MONEY, &own, &all), 0);
    assert_int_equal(wish_excess(OP_DEPOSIT_MONEY, &own, &more), 0);
    assert_int_equal(wish_excess(OP_WITHDRAW_MONEY, &own, &unclear), 0);
}

static void an_account_is_opened_for_somebody_in_some_currency(void **state)
{
    struct amount none = {.verdict = AMOUNT_EMPTY};
    struct amount unclear = {.verdict = AMOUNT_REFUSED};
    (void)state;
    assert_null(wish_open_fault(TEXT("Zoë"), TEXT("eur"), &none).why);
    assert_int_equal(wish_open_fault(TEXT("   "), TEXT("EUR"), &none).field, WISH_OWNER);
    assert_int_equal(wish_open_fault(TEXT("Zoë"), TEXT("XXX"), &none).field, WISH_CURRENCY);
    assert_int_equal(wish_open_fault(TEXT("Zoë"), TEXT("EURO"), &none).field, WISH_CURRENCY);
    assert_int_equal(wish_open_fault(TEXT("Zoë"), TEXT(""), &none).field, WISH_CURRENCY);
    assert_int_equal(wish_open_fault(TEXT("Zoë"), TEXT("EUR"), &unclear).field, WISH_AMOUNT);
}

static void a_line_of_text_has_at_most_140_characters(void **state)
{
    char line[2 * 141 + 1] = "";
    (void)state;
    for (size_t i = 0; i < 140; i++) {
        memcpy(line + 2 * i, "é", 3);
    }
    assert_true(wish_text_is_sound(text_of(line)));
    memcpy(line + 280, "é", 3);
    assert_false(wish_text_is_sound(text_of(line)));
    assert_true(wish_text_is_sound(TEXT("")));
    assert_false(wish_text_is_sound(TEXT("a\033b")));
    assert_false(wish_text_is_sound(TEXT("\xff")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_can_be_foreseen_is_told_at_its_field),
        cmocka_unit_test(an_account_is_opened_for_somebody_in_some_currency),
        cmocka_unit_test(a_line_of_text_has_at_most_140_characters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
