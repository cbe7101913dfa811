/* The menu: letters choose. */
#include "screens/atm_page.h"

#include <stdio.h>

#define ASK_AGAIN_MS 3000

static void enter(struct atm *atm)
{
    struct atm_visit *visit = &atm->visit;
    atm_poster_handed(atm, visit->posting);
    visit->posting = 0;
    visit->printed = false;
    visit->balance_shown = false;
    input_clear(&visit->amount);
    input_clear(&visit->to);
    visit->to_known = false;
    atm_ask_account(atm);
}

/* Everything but Finish needs to know the account's currency. */
static void choose(struct atm *atm, char letter)
{
    struct atm_visit *visit = &atm->visit;
    struct money amount;
    const struct atm_notes *notes = atm_notes_of(visit->row.currency);
    switch (letter) {
    case 'A':
        atm_go(atm, ATM_PAGE_WITHDRAW);
        break;
    case 'B':
        if (atm_notes_money(notes->fast, visit->row.currency, &amount)) {
            atm_confirm(atm, OP_WITHDRAW_MONEY, amount, ATM_PAGE_WITHDRAW);
        }
        break;
    case 'C':
        atm_go(atm, ATM_PAGE_DEPOSIT);
        break;
    case 'D':
        atm_go(atm, ATM_PAGE_BALANCE);
        break;
    case 'E':
        atm_go(atm, ATM_PAGE_TRANSFER);
        break;
    case 'F':
        atm_go(atm, ATM_PAGE_LAST_TEN);
        break;
    case 'G':
        atm_go(atm, ATM_PAGE_STATEMENT);
        break;
    default:
        break;
    }
}

static void key(struct atm *atm, const struct term_key *key)
{
    char letter = atm_letter(key);
    if (letter == 'H') {
        atm_end(atm, "GOODBYE", "Thank you.");
    } else if (atm->visit.row.account != 0) {
        choose(atm, letter);
    }
}

static void tick(struct atm *atm)
{
    const struct atm_visit *visit = &atm->visit;
    if (visit->row.account == 0 && atm_online(atm) &&
        atm->now_ms - visit->last_request_ms >= ASK_AGAIN_MS) {
        atm_ask_account(atm);
    }
}

static void draw(struct atm *atm, struct area area)
{
    const struct atm_visit *visit = &atm->visit;
    char fast[24];
    (void)snprintf(fast, sizeof fast, "Fast cash %d", atm_notes_of(visit->row.currency)->fast);
    const struct atm_choice choices[] = {
        {'A', "Withdraw cash"}, {'B', fast},       {'C', "Deposit"},   {'D', "Balance"},
        {'E', "Transfer"},      {'F', "Last ten"}, {'G', "Statement"}, {'H', "Finish"},
    };
    if (visit->row.account == 0) {
        (void)atm_text(area, atm_title(area, "WELCOME"), STYLE_DIM, "One moment…  (H  Finish)");
        return;
    }
    int at = area_text(area, 0, 0, STYLE_STRONG, TEXT("WELCOME "));
    (void)area_fit(area, 0, at, area.columns - at, STYLE_STRONG, text_of(visit->row.owner));
    int row = atm_text(area, atm_gap(area), STYLE_PLAIN, "What would you like? Press a letter.");
    (void)atm_choices(area, row + atm_gap(area) - 1, choices, 8);
}

const struct atm_page atm_page_menu = {.enter = enter, .draw = draw, .key = key, .tick = tick};
