/* Deposit: every note that goes in is counted by its letter, or whole units are typed. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/currency.h"
#include "screens/atm_page.h"

static void enter(struct atm *atm)
{
    input_clear(&atm->visit.amount);
    memset(atm->visit.taken, 0, sizeof atm->visit.taken);
}

static int64_t units_of(const struct atm_visit *visit)
{
    int64_t units = 0;
    if (text_to_int64(input_text(&visit->amount), &units) != TEXT_NUMBER_OK) {
        return 0;
    }
    return units;
}

static void take_note(struct atm *atm, int kind)
{
    struct atm_visit *visit = &atm->visit;
    char typed[24];
    int64_t units = units_of(visit);
    int64_t counted = 0;
    int note = atm_notes_of(visit->row.currency)->in[kind];
    for (int i = 0; i < ATM_NOTES_IN_MAX; i++) {
        counted += (int64_t)visit->taken[i] * atm_notes_of(visit->row.currency)->in[i];
    }
    if (counted != units) { /* was typed: the count begins anew */
        memset(visit->taken, 0, sizeof visit->taken);
        units = 0;
    }
    if (units + note > ATM_UNITS_MAX) {
        atm_say(atm, STYLE_WARN, "The machine takes no more notes at once.");
        return;
    }
    visit->taken[kind]++;
    (void)snprintf(typed, sizeof typed, "%" PRId64, units + note);
    input_set(&visit->amount, text_of(typed));
}

static void go_on(struct atm *atm)
{
    struct atm_visit *visit = &atm->visit;
    struct money amount;
    int64_t units = units_of(visit);
    if (units < 1) {
        atm_say(atm, STYLE_WARN, "Put notes in with the letters, or type how much it is.");
    } else if (units > ATM_UNITS_MAX || !atm_notes_money(units, visit->row.currency, &amount)) {
        atm_say(atm, STYLE_WARN, "At most %d at once: type less.", ATM_UNITS_MAX);
    } else {
        atm_confirm(atm, OP_DEPOSIT_MONEY, amount, ATM_PAGE_DEPOSIT);
    }
}

static void key(struct atm *atm, const struct term_key *key)
{
    struct atm_visit *visit = &atm->visit;
    char letter = atm_letter(key);
    int kind = letter - 'A';
    if (letter == 'X') {
        atm_go(atm, ATM_PAGE_MENU);
    } else if (letter != '\0') {
        if (kind < ATM_NOTES_IN_MAX && atm_notes_of(visit->row.currency)->in[kind] > 0) {
            take_note(atm, kind);
        }
    } else if (key->code == TERM_ENTER) {
        go_on(atm);
    } else if (key->code != '0' || visit->amount.size > 0) {
        if (atm_type(&visit->amount, key, "")) {
            memset(visit->taken, 0, sizeof visit->taken);
        }
    }
}

static void draw(struct atm *atm, struct area area)
{
    struct atm_visit *visit = &atm->visit;
    const struct atm_notes *notes = atm_notes_of(visit->row.currency);
    struct atm_choice choices[ATM_NOTES_IN_MAX];
    char labels[ATM_NOTES_IN_MAX][24];
    char title[32];
    int count = 0;
    (void)snprintf(title, sizeof title, "DEPOSIT · %s", currency_code(visit->row.currency));
    for (; count < ATM_NOTES_IN_MAX && notes->in[count] > 0; count++) {
        (void)snprintf(labels[count], sizeof labels[count], "one note of %d", notes->in[count]);
        choices[count] = (struct atm_choice){(char)('A' + count), labels[count]};
    }
    int row = atm_title(area, title);
    row = count > 0 ? atm_choices(area, row, choices, count) : row;
    int at = area_text(area, row, 0, STYLE_PLAIN, TEXT("or type whole units "));
    input_draw(&visit->amount, area, row, at, 14, true);
    char counted[ATM_COUNTED_MAX];
    (void)atm_notes_show(notes->in, visit->taken, ATM_NOTES_IN_MAX, counted);
    (void)area_fit(area, row + 1, 0, area.columns, STYLE_GOOD, text_of(counted));
    const char *hint =
        area.columns >= 60 ? "Enter: go on    X: back to the menu" : "Enter on   X back";
    if (row + 2 < area.rows) {
        (void)atm_text(area, row + 2, STYLE_DIM, hint);
    } else { /* many kinds of notes: beside the title there is room */
        (void)area_right(area, 0, STYLE_DIM, text_of(hint));
    }
}

const struct atm_page atm_page_deposit = {.enter = enter, .draw = draw, .key = key};
