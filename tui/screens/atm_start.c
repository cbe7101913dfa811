/* Insert card: the account's number, typed. The check digit is told at once. Where the bank does
 * not answer this is the page that says so. */
#include "base/account_number.h"
#include "screens/atm_page.h"

#define FIELD_COLUMNS 20

static bool out_of_service(const struct atm *atm)
{
    return client_state(atm->client) == CLIENT_DOWN || atm->standing == ATM_STANDING_REFUSED ||
           atm->poster.store == NULL;
}

static size_t digits_typed(const struct input *input)
{
    size_t count = 0;
    for (size_t i = 0; i < input->size; i++) {
        count += input->text[i] >= '0' && input->text[i] <= '9';
    }
    return count;
}

static void key(struct atm *atm, const struct term_key *key)
{
    struct atm_visit *visit = &atm->visit;
    if (key->code == TERM_CONTROL('c')) {
        atm_go(atm, ATM_PAGE_OPERATOR);
        return;
    }
    if (out_of_service(atm) || atm->standing != ATM_STANDING_GOOD) {
        return;
    }
    if (key->code != TERM_ENTER) {
        (void)atm_type(&visit->account_typed, key, " -");
        return;
    }
    if (account_parse_typed(input_text(&visit->account_typed), &visit->account)) {
        atm_go(atm, ATM_PAGE_PIN);
        return;
    }
    visit->account = 0;
    if (visit->account_typed.size > 0 && digits_typed(&visit->account_typed) != 10) {
        atm_say(atm, STYLE_WARN, "An account number has ten digits. Please check it.");
    }
}

static void draw_out_of_service(struct atm *atm, struct area area)
{
    int row = atm_title(area, "OUT OF SERVICE");
    row = atm_text(area, row, STYLE_ALARM, "This machine is out of service.");
    row = atm_text(area, row, STYLE_STRONG, "Please take your card.");
    const char *why = client_state(atm->client) == CLIENT_DOWN ? "The bank does not answer."
                      : atm->poster.store == NULL ? "It has no place to write down what it does."
                                                  : "The bank does not know this machine's key.";
    (void)atm_text(area, row + atm_gap(area) - 1, STYLE_DIM, why);
}

static void draw(struct atm *atm, struct area area)
{
    struct atm_visit *visit = &atm->visit;
    uint64_t account;
    if (out_of_service(atm)) {
        draw_out_of_service(atm, area);
        return;
    }
    if (atm->standing != ATM_STANDING_GOOD) {
        (void)atm_text(area, atm_title(area, "WELCOME"), STYLE_DIM, "One moment…");
        return;
    }
    int row = atm_title(area, "WELCOME · INSERT YOUR CARD");
    row = atm_text(area, row, STYLE_PLAIN, "Type your account number, then Enter.");
    row += atm_gap(area) - 1;
    input_draw(&visit->account_typed, area, row, 0, FIELD_COLUMNS, true);
    row += atm_gap(area);
    if (digits_typed(&visit->account_typed) >= 10) {
        bool right = account_parse_typed(input_text(&visit->account_typed), &account);
        (void)atm_text(area, row, right ? STYLE_GOOD : STYLE_WARN,
                       right ? "The number is complete. Press Enter."
                             : "! That number cannot be right. Correct it with Backspace.");
    } else {
        (void)atm_text(area, row, STYLE_DIM, "Ten digits; blanks and dashes do not matter.");
    }
}

const struct atm_page atm_page_start = {.draw = draw, .key = key};
