/* The PIN: dots on the screen, and gone from here as soon as it is sent. */
#include "screens/atm_page.h"

#include <stdio.h>
#include <string.h>

#define FIELD_COLUMNS 12

static void enter(struct atm *atm)
{
    input_clear(&atm->visit.pin);
}

static void send_pin(struct atm *atm)
{
    struct atm_visit *visit = &atm->visit;
    if (visit->pin.size < ARG_PIN_MIN) {
        atm_say(atm, STYLE_WARN, "A PIN has at least %d digits.", ARG_PIN_MIN);
        return;
    }
    struct caller caller = atm_begin(atm, ATM_WHO_MACHINE, atm->visits);
    visit->asked = call_open_session(caller, visit->account, input_text(&visit->pin));
    atm_end_ask(atm);
    input_clear(&visit->pin);
    if (visit->asked == 0) {
        atm_say(atm, STYLE_WARN, "The bank does not answer now. Please try again.");
    }
}

static void key(struct atm *atm, const struct term_key *key)
{
    if (atm->visit.asked != 0) {
        return;
    }
    if (key->code == TERM_ENTER) {
        send_pin(atm);
    } else if (atm_letter(key) == 'X') {
        atm_end(atm, "CANCELLED", "Nothing was done.");
    } else {
        (void)atm_type(&atm->visit.pin, key, "");
    }
}

static void refused(struct atm *atm, const struct client_reply *reply)
{
    switch (reply->problem.status) {
    case STATUS_wrong_pin:
        atm_say(atm, STYLE_BAD, "Wrong PIN. %s", atm_problem_text(reply));
        break;
    case STATUS_pin_locked:
        atm_end(atm, "PIN LOCKED",
                "This PIN is locked. Please see a teller, who can set a new one.");
        break;
    case STATUS_unauthenticated:
    case STATUS_forbidden:
        atm->standing = ATM_STANDING_REFUSED;
        atm_end(atm, "OUT OF SERVICE", "The bank does not know this machine's key.");
        break;
    default:
        atm_say(atm, STYLE_BAD, "%s", atm_problem_text(reply));
        break;
    }
}

static void reply(struct atm *atm, const struct client_reply *reply)
{
    struct atm_visit *visit = &atm->visit;
    atm_scrub(atm);
    if (reply->result == CLIENT_PROBLEM) {
        refused(atm, reply);
        return;
    }
    const struct session_result *session = reply->value;
    if (reply->result != CLIENT_OK || session == NULL || session->token.size == 0 ||
        session->token.size >= sizeof visit->token) {
        atm_say(atm, STYLE_WARN, "The bank did not answer. Please type your PIN again.");
        return;
    }
    memcpy(visit->token, session->token.data, session->token.size);
    visit->token[session->token.size] = '\0';
    atm_go(atm, ATM_PAGE_MENU);
}

static void draw(struct atm *atm, struct area area)
{
    struct atm_visit *visit = &atm->visit;
    int row = atm_title(area, "YOUR PIN");
    row = atm_text(area, row, STYLE_PLAIN, "Type your PIN, then Enter. Nobody should see it.");
    row += atm_gap(area) - 1;
    input_draw(&visit->pin, area, row, 0, FIELD_COLUMNS, visit->asked == 0);
    row += atm_gap(area);
    if (visit->asked != 0) {
        (void)atm_text(area, row, STYLE_DIM, "One moment…");
    } else {
        (void)atm_choices(area, row, (struct atm_choice[]){{'X', "Cancel"}}, 1);
    }
}

const struct atm_page atm_page_pin = {.enter = enter, .draw = draw, .key = key, .reply = reply};
