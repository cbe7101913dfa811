/* What the machine hands out at the end: the outcome, the card, the cash, the receipt. Card before
 * cash, so that nobody walks away without it; each page goes on by itself. */
#include <stdio.h>
#include <string.h>

#include "model/show.h"
#include "screens/atm_page.h"

static void print_receipt(struct atm *atm)
{
    struct atm_visit *visit = &atm->visit;
    struct bytes text;
    char name[ATM_PAPER_NAME_MAX];
    bytes_init(&text, 4096);
    atm_receipt_write(&visit->wish, visit->counted, atm->wall_us, &text);
    visit->printed =
        atm_print(atm, atm_paper_name(atm->wall_us, visit->wish.position, name), bytes_text(&text));
    bytes_close(&text);
}

/* A deposit or a transfer is done; more may follow. */
static void enter_done(struct atm *atm)
{
    atm_discard_keys(atm);
}

static void key_done(struct atm *atm, const struct term_key *key)
{
    switch (atm_letter(key)) {
    case 'A':
        if (!atm->visit.printed) {
            print_receipt(atm);
            atm_say(atm, atm->visit.printed ? STYLE_GOOD : STYLE_BAD,
                    atm->visit.printed ? "Please take your receipt."
                                       : "There is no paper: the receipt could not be printed.");
        }
        break;
    case 'B':
        atm_go(atm, ATM_PAGE_MENU);
        break;
    case 'H':
        atm_end(atm, "GOODBYE", "Thank you.");
        break;
    default:
        break;
    }
}

static void draw_done(struct atm *atm, struct area area)
{
    const struct intent *done = &atm->visit.wish;
    char money[SHOW_MONEY_MAX];
    char number[SHOW_MONEY_MAX];
    int row = atm_title(area, "DONE");
    (void)area_print(area, row, 0, STYLE_GOOD, "%s %s", intent_verb(done->op),
                     show_money_in(done->amount, done->currency, money));
    row++;
    if (done->op == OP_TRANSFER_MONEY) {
        (void)area_print(area, row++, 0, STYLE_PLAIN, "to account %s",
                         show_account(done->to, number));
    }
    (void)area_print(area, row++, 0, STYLE_DIM, "Number %s", show_count(done->position, number));
    (void)atm_choices(
        area, row + atm_gap(area) - 1,
        (struct atm_choice[]){{'A', "Receipt"}, {'B', "Something else"}, {'H', "Finish"}}, 3);
}

const struct atm_page atm_page_done = {.enter = enter_done, .draw = draw_done, .key = key_done};

static bool waited(const struct atm *atm, int64_t ms)
{
    return atm->now_ms - atm->page_ms >= ms;
}

static void enter_card(struct atm *atm)
{
    atm_close_session(atm);
    atm_discard_keys(atm);
}

static void tick_card(struct atm *atm)
{
    if (waited(atm, ATM_TAKE_CARD_MS)) {
        atm_go(atm, ATM_PAGE_CASH);
    }
}

static void key_card(struct atm *atm, const struct term_key *key)
{
    if (key->code == TERM_ENTER) {
        atm_go(atm, ATM_PAGE_CASH);
    }
}

static void draw_card(struct atm *atm, struct area area)
{
    (void)atm;
    int row = atm_title(area, "TAKE YOUR CARD");
    row = atm_text(area, row, STYLE_STRONG, "Please take your card first.");
    (void)atm_text(area, row, STYLE_PLAIN, "Your cash follows. (Enter: it is taken)");
}

const struct atm_page atm_page_card = {
    .silent = true, .enter = enter_card, .draw = draw_card, .key = key_card, .tick = tick_card};

/* Only here is cash given out, and only a posting that the bank has confirmed leads here. */
static void enter_cash(struct atm *atm)
{
    CHECK(atm->visit.wish.state == INTENT_DONE && atm->visit.wish.op == OP_WITHDRAW_MONEY);
    atm_poster_handed(atm, atm->visit.posting);
    atm->visit.posting = 0;
}

static void tick_cash(struct atm *atm)
{
    if (waited(atm, ATM_TAKE_CASH_MS)) {
        atm_go(atm, ATM_PAGE_RECEIPT);
    }
}

static void key_cash(struct atm *atm, const struct term_key *key)
{
    if (key->code == TERM_ENTER) {
        atm_go(atm, ATM_PAGE_RECEIPT);
    }
}

static void draw_cash(struct atm *atm, struct area area)
{
    const struct atm_visit *visit = &atm->visit;
    char money[SHOW_MONEY_MAX];
    int row = atm_title(area, "TAKE YOUR CASH");
    (void)area_print(area, row, 0, STYLE_GOOD, "%s",
                     show_money_in(visit->wish.amount, visit->wish.currency, money));
    row += atm_gap(area);
    if (visit->counted[0] != '\0') {
        row = atm_text(area, row, STYLE_PLAIN, visit->counted) + atm_gap(area) - 1;
    }
    (void)atm_text(area, row, STYLE_PLAIN, "Please take your cash. (Enter: it is taken)");
}

const struct atm_page atm_page_cash = {
    .silent = true, .enter = enter_cash, .draw = draw_cash, .key = key_cash, .tick = tick_cash};

static void key_receipt(struct atm *atm, const struct term_key *key)
{
    if (key->code == '1') {
        print_receipt(atm);
        atm_end(atm, atm->visit.printed ? "TAKE YOUR RECEIPT" : "NO RECEIPT",
                atm->visit.printed ? "Thank you. Goodbye."
                                   : "There is no paper: it could not be printed. Goodbye.");
    } else if (key->code == '0') {
        atm_restart(atm);
    }
}

static void tick_receipt(struct atm *atm)
{
    if (waited(atm, ATM_RECEIPT_MS)) {
        atm_restart(atm);
    }
}

static void draw_receipt(struct atm *atm, struct area area)
{
    (void)atm;
    int row = atm_title(area, "RECEIPT");
    row = atm_text(area, row, STYLE_PLAIN, "Would you like a receipt?");
    (void)atm_text(area, row + atm_gap(area) - 1, STYLE_STRONG, "1 = yes      0 = no");
}

const struct atm_page atm_page_receipt = {
    .silent = true, .draw = draw_receipt, .key = key_receipt, .tick = tick_receipt};

static void key_end(struct atm *atm, const struct term_key *key)
{
    if (key->code == TERM_ENTER) {
        atm_restart(atm);
    }
}

static void tick_end(struct atm *atm)
{
    if (waited(atm, ATM_END_MS)) {
        atm_restart(atm);
    }
}

static void draw_end(struct atm *atm, struct area area)
{
    int row = atm_title(area, atm->end_title);
    row = atm_text(area, row, STYLE_PLAIN, atm->end_text);
    (void)atm_text(area, row + atm_gap(area) - 1, STYLE_STRONG, "Please take your card.");
}

const struct atm_page atm_page_end = {
    .silent = true, .draw = draw_end, .key = key_end, .tick = tick_end};
