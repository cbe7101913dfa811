/* The only way out: an operator's key, typed hidden and tried at the bank. */
#include <stdio.h>

#include "base/account_number.h"
#include "base/currency.h"
#include "model/show.h"
#include "screens/atm_page.h"

static void enter(struct atm *atm)
{
    input_clear(&atm->operator_key);
}

/* No query tells a teller from an auditor, so that a command is asked for that can never be carried
 * out: a transfer of an account to itself, for which there need be none. Who may not post at all is
 * refused before the bank looks at it; and what is refused without a key leaves no record. */
static void try_key(struct atm *atm)
{
    if (atm->operator_key.size == 0) {
        atm_restart(atm);
        return;
    }
    if (!atm_online(atm)) {
        input_clear(&atm->operator_key);
        atm_say(atm, STYLE_WARN, "The bank does not answer: the key cannot be tried now.");
        return;
    }
    struct caller caller = atm_begin(atm, ATM_WHO_OPERATOR, atm->visits);
    uint16_t currency = currency_by_code(TEXT("EUR"))->number;
    uint64_t account = account_from_sequence(ACCOUNT_SEQUENCE_FIRST);
    atm->visit.asked = call_transfer(caller, (struct text){NULL, 0}, account, account, money(1),
                                     currency, TEXT("who may open this machine"));
    atm_end_ask(atm);
    input_clear(&atm->operator_key);
}

static void key(struct atm *atm, const struct term_key *key)
{
    bool changed = false;
    if (atm->visit.asked != 0) {
        return;
    }
    if (key->code == TERM_ENTER && !key->pasted) {
        try_key(atm);
    } else if ((key->code > ' ' && key->code < 0x7f) || key->code == TERM_BACKSPACE) {
        (void)input_key(&atm->operator_key, key, &changed);
    }
}

static bool may_post(const struct client_reply *reply)
{
    return reply->result == CLIENT_PROBLEM && (reply->problem.status == STATUS_same_account ||
                                               reply->problem.status == STATUS_key_required);
}

static void reply(struct atm *atm, const struct client_reply *reply)
{
    atm_scrub(atm);
    if (may_post(reply)) {
        atm_go(atm, ATM_PAGE_SERVICE);
        return;
    }
    atm_say(atm, STYLE_BAD, "%s",
            reply->result == CLIENT_PROBLEM ? "That is not the key of a teller or an admin."
                                            : atm_problem_text(reply));
}

static void draw(struct atm *atm, struct area area)
{
    int row = atm_title(area, "OPERATOR");
    row = atm_text(area, row, STYLE_PLAIN, "The key of a teller or an admin, then Enter.");
    row = atm_text(area, row, STYLE_DIM, "Enter alone goes back.");
    input_draw(&atm->operator_key, area, row + atm_gap(area) - 1, 0,
               area.columns < 60 ? area.columns : 60, atm->visit.asked == 0);
    if (atm->visit.asked != 0) {
        (void)atm_text(area, row + 2 * atm_gap(area), STYLE_DIM, "One moment…");
    }
}

const struct atm_page atm_page_operator = {
    .pastes = true, .enter = enter, .draw = draw, .key = key, .reply = reply};

static void key_service(struct atm *atm, const struct term_key *key)
{
    switch (atm_letter(key)) {
    case 'A':
        atm_restart(atm);
        break;
    case 'C':
        atm_poster_settled(atm);
        break;
    case 'Q':
        atm->quit = true;
        break;
    default:
        break;
    }
}

static void draw_settles(const struct atm *atm, struct area area, int row)
{
    const struct atm_poster *poster = &atm->poster;
    for (size_t i = 0; i < poster->settle_count && row < area.rows; i++) {
        const struct intent *intent = &poster->settles[i];
        char money[SHOW_MONEY_MAX];
        char number[SHOW_ACCOUNT_MAX];
        (void)show_money_in(intent->amount, intent->currency, money);
        (void)show_account(intent->account, number);
        row = atm_text_print(area, row, i == 0 ? STYLE_STRONG : STYLE_PLAIN,
                             intent->op == OP_WITHDRAW_MONEY
                                 ? "%s · %s booked, cash not given out: credit it"
                                 : "%s · %s taken in, not booked: credit it",
                             number, money);
    }
}

/* Since the start; the system's journal knows all of them. */
static int draw_printer(const struct atm *atm, struct area area, int row)
{
    const struct atm_papers *papers = &atm->papers;
    char clock[SHOW_CLOCK_MAX];
    if (papers->failed == 0) {
        return row;
    }
    return atm_text_print(area, row, STYLE_WARN,
                          "%llu paper%s not printed, kept as files. The last at %s: %s",
                          (unsigned long long)papers->failed, papers->failed == 1 ? "" : "s",
                          show_clock(papers->failed_us, clock), papers->failed_why);
}

static void draw_service(struct atm *atm, struct area area)
{
    static const struct atm_choice choices[] = {
        {'A', "Back to service"}, {'C', "The first one below is settled"}, {'Q', "Leave"}};
    size_t open = atm_poster_open_count(atm);
    int row = atm_title(area, "OPERATOR · this machine");
    bool settles = atm->poster.settle_count > 0;
    const struct atm_choice few[] = {choices[0], choices[2]};
    row = settles ? atm_choices(area, row, choices, 3) : atm_choices(area, row, few, 2);
    row = atm_text_print(area, row, STYLE_DIM, "%zu outcome%s open, %zu to be settled", open,
                         open == 1 ? "" : "s", atm->poster.settle_count);
    row = draw_printer(atm, area, row);
    draw_settles(atm, area, row);
}

const struct atm_page atm_page_service = {.draw = draw_service, .key = key_service};
