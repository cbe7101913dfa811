/* Transfer: the other account, its check digit told at once; then the amount. */
#include <stdio.h>

#include "base/account_number.h"
#include "base/currency.h"
#include "model/amount.h"
#include "model/show.h"
#include "screens/atm_page.h"

#define FIELD_COLUMNS 20

static void take_account(struct atm *atm)
{
    struct atm_visit *visit = &atm->visit;
    uint64_t account = 0;
    if (!account_parse_typed(input_text(&visit->to), &account)) {
        atm_say(atm, STYLE_WARN, "That is no account number. Please check its ten digits.");
    } else if (account == visit->account) {
        atm_say(atm, STYLE_WARN, "That is your own account. Type the other one.");
    } else {
        visit->to_account = account;
        visit->to_known = true;
    }
}

static void take_amount(struct atm *atm)
{
    struct atm_visit *visit = &atm->visit;
    struct amount amount =
        amount_parse(input_text(&visit->amount), visit->row.currency, AMOUNT_LEAST_ONE);
    if (amount.verdict == AMOUNT_OK) {
        atm_confirm(atm, OP_TRANSFER_MONEY, amount.value, ATM_PAGE_TRANSFER);
    } else {
        atm_say(atm, STYLE_WARN, "%s",
                amount.verdict == AMOUNT_EMPTY ? "Type how much, then Enter." : amount.why);
    }
}

static void key(struct atm *atm, const struct term_key *key)
{
    struct atm_visit *visit = &atm->visit;
    if (atm_letter(key) == 'X') {
        if (!visit->to_known) {
            atm_go(atm, ATM_PAGE_MENU);
        }
        visit->to_known = false;
    } else if (key->code == TERM_ENTER) {
        visit->to_known ? take_amount(atm) : take_account(atm);
    } else {
        (void)atm_type(visit->to_known ? &visit->amount : &visit->to, key,
                       visit->to_known ? ".,' " : " -");
    }
}

static int draw_account(const struct atm_visit *visit, struct area area, int row)
{
    uint64_t account;
    size_t digits = 0;
    for (size_t i = 0; i < visit->to.size; i++) {
        digits += visit->to.text[i] >= '0' && visit->to.text[i] <= '9';
    }
    int at = area_text(area, row, 0, STYLE_PLAIN, TEXT("To account "));
    input_draw(&visit->to, area, row++, at, FIELD_COLUMNS, !visit->to_known);
    if (digits >= 10) {
        bool right = account_parse_typed(input_text(&visit->to), &account);
        row = atm_text(area, row, right ? STYLE_GOOD : STYLE_WARN,
                       right ? "The number is complete."
                             : "! That number cannot be right: correct it.");
    } else {
        row++;
    }
    return row;
}

static void draw(struct atm *atm, struct area area)
{
    struct atm_visit *visit = &atm->visit;
    char title[32];
    (void)snprintf(title, sizeof title, "TRANSFER · %s", currency_code(visit->row.currency));
    int row = draw_account(visit, area, atm_title(area, title)) + atm_gap(area) - 1;
    int at = area_text(area, row, 0, STYLE_PLAIN, TEXT("Amount     "));
    input_draw(&visit->amount, area, row++, at, FIELD_COLUMNS, visit->to_known);
    struct amount amount =
        amount_parse(input_text(&visit->amount), visit->row.currency, AMOUNT_LEAST_ONE);
    if (amount.verdict == AMOUNT_OK) {
        char money[SHOW_MONEY_MAX];
        (void)area_print(area, row, at, STYLE_GOOD, "= %s",
                         show_money_in(amount.value, visit->row.currency, money));
    } else if (amount.verdict == AMOUNT_REFUSED) {
        (void)area_fit(area, row, 0, area.columns, STYLE_WARN, text_of(amount.why));
    }
    (void)atm_text(area, row + atm_gap(area), STYLE_DIM, "Enter: go on    X: back");
}

const struct atm_page atm_page_transfer = {.draw = draw, .key = key};
