/* The statement of this month, and of the months before. */
#include <stdio.h>
#include <string.h>

#include "base/currency.h"
#include "base/time.h"
#include "model/show.h"
#include "screens/atm_page.h"

static void ask(struct atm *atm, int32_t month)
{
    struct atm_visit *visit = &atm->visit;
    struct caller caller = atm_begin(atm, ATM_WHO_CUSTOMER, atm->visits);
    visit->month = month;
    visit->asked = call_get_statement(caller, visit->account, month);
    atm_end_ask(atm);
}

static void enter(struct atm *atm)
{
    atm->visit.statement_known = false;
    ask(atm, month_of(atm->wall_us));
}

static void reply(struct atm *atm, const struct client_reply *reply)
{
    struct atm_visit *visit = &atm->visit;
    if (reply->result == CLIENT_OK && reply->value != NULL) {
        atm_statement_from(&visit->statement, reply->value);
        visit->statement_known = true;
        visit->top = 0;
        return;
    }
    bool none =
        reply->result == CLIENT_PROBLEM && reply->problem.status == STATUS_statement_not_found;
    if (visit->statement_known) {
        visit->month = visit->statement.month;
    }
    atm_say(atm, STYLE_WARN, "%s",
            none ? "There is no statement of that month." : atm_problem_text(reply));
}

static void print(struct atm *atm)
{
    struct atm_visit *visit = &atm->visit;
    struct bytes text;
    char name[ATM_PAPER_NAME_MAX];
    bytes_init(&text, 1 << 20);
    atm_receipt_write_statement(&visit->statement, visit->account, visit->row.currency,
                                atm->wall_us, &text);
    bool printed =
        !text.overflow && atm_print(atm, atm_paper_name(atm->wall_us, 0, name), bytes_text(&text));
    atm_say(atm, printed ? STYLE_GOOD : STYLE_BAD,
            printed ? "Please take your statement." : "There is no paper: it was not printed.");
    bytes_close(&text);
}

static void key(struct atm *atm, const struct term_key *key)
{
    struct atm_visit *visit = &atm->visit;
    char letter = atm_letter(key);
    if (letter == 'X') {
        atm_go(atm, ATM_PAGE_MENU);
    } else if (letter == 'H') {
        atm_end(atm, "GOODBYE", "Thank you.");
    } else if (visit->asked != 0 || !visit->statement_known) {
        return;
    } else if (letter == 'A') {
        ask(atm, visit->month - 1);
    } else if (letter == 'B') {
        ask(atm, visit->month + 1);
    } else if (letter == 'C' && visit->top + visit->fit < visit->statement.line_count) {
        visit->top += visit->fit;
    } else if (letter == 'D') {
        visit->top = visit->top > visit->fit ? visit->top - visit->fit : 0;
    } else if (letter == 'E') {
        print(atm);
    }
}

static void draw_figure(struct area area, int row, const char *label, struct money money,
                        enum show_sign sign, uint16_t currency)
{
    char text[SHOW_MONEY_MAX];
    int at = area_text(area, row, 0, STYLE_PLAIN, text_of(label));
    (void)area_amount(area, row, at, area.columns - at, STYLE_STRONG,
                      show_money(money, currency_exponent(currency), sign, text));
}

static int draw_figures(const struct atm_visit *visit, struct area area, int row)
{
    const struct atm_statement *statement = &visit->statement;
    uint16_t currency = visit->row.currency;
    bool roomy = area.rows >= 12;
    if (roomy) {
        draw_figure(area, row++, "Opening balance", statement->opening, SHOW_PLAIN, currency);
        draw_figure(area, row++, "In", statement->credits, SHOW_SIGNED, currency);
        draw_figure(area, row++, "Out", (struct money){-statement->debits.minor}, SHOW_SIGNED,
                    currency);
    }
    draw_figure(area, row++, statement->final ? "Closing balance" : "Balance so far",
                statement->closing, SHOW_PLAIN, currency);
    return row + (roomy ? 1 : 0);
}

static void draw(struct atm *atm, struct area area)
{
    struct atm_visit *visit = &atm->visit;
    char month[SHOW_MONTH_MAX];
    char title[64];
    (void)snprintf(title, sizeof title, "STATEMENT · %s · %s", show_month(visit->month, month),
                   currency_code(visit->row.currency));
    int row = atm_title(area, title);
    bool known = visit->statement_known && visit->statement.month == visit->month;
    if (!known) {
        (void)atm_text(area, row, STYLE_DIM, visit->asked != 0 ? "One moment…" : "Not known now");
        (void)area_text(area, area.rows - 1, 0, STYLE_DIM, TEXT("X back"));
        return;
    }
    row = draw_figures(visit, area, row);
    struct area list = area_part(area, row, 0, area.rows - row - 2, area.columns);
    if (visit->statement.line_count == 0) {
        (void)atm_text(list, 0, STYLE_DIM, "Nothing happened in this month.");
    }
    (void)atm_draw_movements(atm, list, visit->statement.lines, visit->statement.line_count);
    bool more = visit->top + visit->fit < visit->statement.line_count;
    (void)area_print(area, area.rows - 2, 0, STYLE_DIM, "A month before   B month after");
    (void)area_print(area, area.rows - 1, 0, STYLE_DIM, "%s%sE print   X back   H finish",
                     more ? "C more   " : "", visit->top > 0 ? "D before   " : "");
}

const struct atm_page atm_page_statement = {
    .enter = enter, .draw = draw, .key = key, .reply = reply};
