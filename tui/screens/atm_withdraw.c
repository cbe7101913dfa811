/* Withdraw: eight round amounts by letter, or whole units typed. */
#include <inttypes.h>
#include <stdio.h>

#include "base/currency.h"
#include "screens/atm_page.h"

static void enter(struct atm *atm)
{
    atm->visit.back = ATM_PAGE_MENU;
}

/* A wrong amount stays on its page, with what to do about it. */
static void try_units(struct atm *atm, int64_t units)
{
    struct atm_visit *visit = &atm->visit;
    struct atm_bundle bundle;
    struct money amount;
    char why[ATM_COUNTED_MAX];
    const char *refusal = atm_notes_count(atm_notes_of(visit->row.currency), units, &bundle, why);
    if (refusal == NULL && !atm_notes_money(units, visit->row.currency, &amount)) {
        refusal = "That is more than an account can hold.";
    }
    if (refusal != NULL) {
        atm_say(atm, STYLE_WARN, "%s", refusal);
        return;
    }
    atm_confirm(atm, OP_WITHDRAW_MONEY, amount, ATM_PAGE_WITHDRAW);
}

static void key(struct atm *atm, const struct term_key *key)
{
    struct atm_visit *visit = &atm->visit;
    char letter = atm_letter(key);
    int64_t units = 0;
    if (letter >= 'A' && letter < 'A' + ATM_PRESETS) {
        input_clear(&visit->amount);
        try_units(atm, atm_notes_of(visit->row.currency)->presets[letter - 'A']);
    } else if (letter == 'X') {
        atm_go(atm, ATM_PAGE_MENU);
    } else if (key->code != TERM_ENTER) {
        if (key->code != '0' || visit->amount.size > 0) {
            (void)atm_type(&visit->amount, key, "");
        }
    } else if (text_to_int64(input_text(&visit->amount), &units) == TEXT_NUMBER_OK) {
        try_units(atm, units);
    } else {
        atm_say(atm, STYLE_WARN, "Press a letter, or type an amount and then Enter.");
    }
}

static void draw(struct atm *atm, struct area area)
{
    struct atm_visit *visit = &atm->visit;
    const struct atm_notes *notes = atm_notes_of(visit->row.currency);
    struct atm_choice choices[ATM_PRESETS];
    char labels[ATM_PRESETS][16];
    char title[32];
    (void)snprintf(title, sizeof title, "WITHDRAW · %s", currency_code(visit->row.currency));
    for (int i = 0; i < ATM_PRESETS; i++) {
        (void)snprintf(labels[i], sizeof labels[i], "%d", notes->presets[i]);
        choices[i] = (struct atm_choice){(char)('A' + i), labels[i]};
    }
    int row = atm_choices(area, atm_title(area, title), choices, ATM_PRESETS);
    int at = area_text(area, row, 0, STYLE_PLAIN, TEXT("or type whole units "));
    input_draw(&visit->amount, area, row, at, 14, true);
    (void)atm_text(area, row + atm_gap(area), STYLE_DIM,
                   area.columns >= 60 ? "Enter: go on    X: back to the menu"
                                      : "Enter on   X back");
}

const struct atm_page atm_page_withdraw = {.enter = enter, .draw = draw, .key = key};
