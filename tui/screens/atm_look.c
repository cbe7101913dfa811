/* What a customer may look at: the balance when asked for it, the last ten movements. */
#include <stdio.h>

#include "base/currency.h"
#include "base/time.h"
#include "model/show.h"
#include "screens/atm_page.h"

static void leave_by_letter(struct atm *atm, const struct term_key *key)
{
    switch (atm_letter(key)) {
    case 'X':
        atm_go(atm, ATM_PAGE_MENU);
        break;
    case 'H':
        atm_end(atm, "GOODBYE", "Thank you.");
        break;
    default:
        break;
    }
}

static void enter_balance(struct atm *atm)
{
    atm->visit.balance_shown = false;
    struct caller caller = atm_begin(atm, ATM_WHO_CUSTOMER, atm->visits);
    atm->visit.asked = call_get_account(caller, atm->visit.account);
    atm_end_ask(atm);
}

static void reply_balance(struct atm *atm, const struct client_reply *reply)
{
    if (reply->result == CLIENT_OK && reply->value != NULL) {
        atm_take_row(atm, reply);
        atm->visit.balance_shown = true;
    } else {
        atm_say(atm, STYLE_WARN, "%s", atm_problem_text(reply));
    }
}

static void draw_balance(struct atm *atm, struct area area)
{
    const struct atm_visit *visit = &atm->visit;
    char money[SHOW_MONEY_MAX];
    char clock[SHOW_CLOCK_MAX];
    int row = atm_title(area, "BALANCE");
    if (visit->balance_shown) {
        (void)area_amount(area, row, 0,
                          area_columns(area, text_of(show_money_in(visit->row.balance,
                                                                   visit->row.currency, money))),
                          STYLE_STRONG, money);
        row += atm_gap(area);
        (void)area_print(area, row, 0, STYLE_DIM, "as of %s", show_clock(visit->row_us, clock));
    } else {
        (void)atm_text(area, row, STYLE_DIM, visit->asked != 0 ? "One moment…" : "Not known now");
    }
    (void)atm_choices(area, row + atm_gap(area),
                      (struct atm_choice[]){{'X', "Back to the menu"}, {'H', "Finish"}}, 2);
}

const struct atm_page atm_page_balance = {
    .enter = enter_balance, .draw = draw_balance, .key = leave_by_letter, .reply = reply_balance};

#define LAST_TEN 10

static void enter_last(struct atm *atm)
{
    struct atm_visit *visit = &atm->visit;
    history_clear(&visit->history);
    visit->history_known = false;
    struct caller caller = atm_begin(atm, ATM_WHO_CUSTOMER, atm->visits);
    visit->asked = call_history(caller, visit->account, HISTORY_MOVEMENTS, LAST_TEN, 0, 0);
    atm_end_ask(atm);
}

static void reply_last(struct atm *atm, const struct client_reply *reply)
{
    struct atm_visit *visit = &atm->visit;
    if (reply->result == CLIENT_OK && reply->value != NULL) {
        history_clear(&visit->history);
        history_append(&visit->history, reply->value);
        visit->history_known = true;
    } else {
        atm_say(atm, STYLE_WARN, "%s", atm_problem_text(reply));
    }
}

static void key_last(struct atm *atm, const struct term_key *key)
{
    struct atm_visit *visit = &atm->visit;
    char letter = atm_letter(key);
    if (letter == 'C' && visit->top + visit->fit < visit->history.count) {
        visit->top += visit->fit;
    } else if (letter == 'D') {
        visit->top = visit->top > visit->fit ? visit->top - visit->fit : 0;
    } else {
        leave_by_letter(atm, key);
    }
}

int atm_draw_movements(struct atm *atm, struct area area, const struct movement *rows, size_t count)
{
    struct atm_visit *visit = &atm->visit;
    unsigned exponent = currency_exponent(visit->row.currency);
    visit->fit = area.rows > 0 ? (size_t)area.rows : 1;
    if (visit->top >= count) {
        visit->top = 0;
    }
    int row = 0;
    for (size_t i = visit->top; i < count && row < area.rows; i++, row++) {
        char day[DAY_TEXT_MAX];
        char money[SHOW_MONEY_MAX];
        bool wide = area.columns >= 60;
        int amount = wide ? 20 : 14;
        (void)day_print(day_of(rows[i].at), day);
        int at = area_print(area, row, 0, STYLE_PLAIN, "%s  ", wide ? day : day + 5);
        char what[48];
        char number[SHOW_ACCOUNT_MAX];
        bool named = wide && rows[i].counterparty != 0;
        (void)snprintf(what, sizeof what, "%s %s", show_movement(rows[i].type, rows[i].change),
                       named ? show_account(rows[i].counterparty, number) : "");
        (void)area_fit(area, row, at, area.columns - at - amount, STYLE_PLAIN, text_of(what));
        (void)area_amount(area, row, area.columns - amount, amount, STYLE_STRONG,
                          show_money(rows[i].change, exponent, SHOW_SIGNED, money));
    }
    return row;
}

static void draw_last(struct atm *atm, struct area area)
{
    struct atm_visit *visit = &atm->visit;
    char title[48];
    (void)snprintf(title, sizeof title, "LAST TEN · %s", currency_code(visit->row.currency));
    int row = atm_title(area, title);
    if (!visit->history_known) {
        (void)atm_text(area, row, STYLE_DIM, visit->asked != 0 ? "One moment…" : "Not known now");
    } else if (visit->history.count == 0) {
        (void)atm_text(area, row, STYLE_DIM, "Nothing has happened on this account yet.");
    }
    struct area list = area_part(area, row, 0, area.rows - row - 2, area.columns);
    (void)atm_draw_movements(atm, list, visit->history.rows,
                             visit->history_known ? visit->history.count : 0);
    bool more = visit->top + visit->fit < visit->history.count;
    (void)area_print(area, area.rows - 1, 0, STYLE_DIM, "%s%sX back   H finish",
                     more ? "C more   " : "", visit->top > 0 ? "D before   " : "");
}

const struct atm_page atm_page_last_ten = {
    .enter = enter_last, .draw = draw_last, .key = key_last, .reply = reply_last};
