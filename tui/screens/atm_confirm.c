/* The confirmation: two different keys post, `1` and then Enter; and the waiting for what the bank
 * says. Nothing else of the machine posts. */
#include <stdio.h>
#include <string.h>

#include "base/currency.h"
#include "model/show.h"
#include "screens/atm_page.h"

static void count_notes(struct atm_visit *visit)
{
    const struct atm_notes *notes = atm_notes_of(visit->row.currency);
    struct atm_bundle bundle;
    char why[ATM_COUNTED_MAX];
    int64_t units = visit->wish.amount.minor;
    visit->counted[0] = '\0';
    for (unsigned i = 0; i < currency_exponent(visit->row.currency); i++) {
        units /= 10;
    }
    if (visit->wish.op == OP_WITHDRAW_MONEY &&
        atm_notes_count(notes, units, &bundle, why) == NULL) {
        (void)atm_notes_show(notes->out, bundle.count, ATM_NOTES_OUT_MAX, visit->counted);
    } else if (visit->wish.op == OP_DEPOSIT_MONEY) {
        (void)atm_notes_show(notes->in, visit->taken, ATM_NOTES_IN_MAX, visit->counted);
    }
}

void atm_confirm(struct atm *atm, enum op op, struct money amount, enum atm_page_id back)
{
    struct atm_visit *visit = &atm->visit;
    visit->wish = (struct intent){.op = op,
                                  .account = visit->account,
                                  .to = op == OP_TRANSFER_MONEY ? visit->to_account : 0,
                                  .amount = amount,
                                  .currency = visit->row.currency};
    (void)snprintf(visit->wish.owner, sizeof visit->wish.owner, "%s", visit->row.owner);
    count_notes(visit);
    visit->back = back;
    atm_go(atm, ATM_PAGE_CONFIRM);
}

static void enter_confirm(struct atm *atm)
{
    atm->visit.armed = false;
    atm_discard_keys(atm);
}

/* Back to the amount, which stays. */
static void go_back(struct atm *atm)
{
    struct atm_visit *visit = &atm->visit;
    int taken[ATM_NOTES_IN_MAX];
    struct input amount = visit->amount;
    memcpy(taken, visit->taken, sizeof taken);
    atm_go(atm, visit->back);
    visit->amount = amount;
    memcpy(visit->taken, taken, sizeof taken);
}

static void post(struct atm *atm)
{
    struct atm_visit *visit = &atm->visit;
    char why[128];
    visit->posting = atm_poster_post(atm, &visit->wish, why);
    if (visit->posting == 0) {
        go_back(atm);
        atm_say(atm, STYLE_BAD, "%s", why);
        return;
    }
    atm_go(atm, ATM_PAGE_POSTING);
}

static void key_confirm(struct atm *atm, const struct term_key *key)
{
    struct atm_visit *visit = &atm->visit;
    bool armed = visit->armed;
    visit->armed = key->code == '1';
    if (key->code == TERM_ENTER && armed) {
        post(atm);
    } else if (key->code == '0') {
        go_back(atm);
        atm_say(atm, STYLE_PLAIN, "Nothing was done.");
    } else if (!visit->armed) {
        atm_say(atm, STYLE_WARN, "Press 1 and then Enter for yes, or 0 for no.");
    }
}

static void draw_confirm(struct atm *atm, struct area area)
{
    struct atm_visit *visit = &atm->visit;
    char money[SHOW_MONEY_MAX];
    char number[SHOW_ACCOUNT_MAX];
    int row = atm_title(area, "CONFIRM · nothing has been done yet");
    (void)area_print(area, row, 0, STYLE_STRONG, "%s %s", intent_verb(visit->wish.op),
                     show_money_in(visit->wish.amount, visit->wish.currency, money));
    row += atm_gap(area);
    if (visit->wish.op == OP_TRANSFER_MONEY) {
        row = atm_text_print(area, row, STYLE_PLAIN, "to account %s",
                             show_account(visit->wish.to, number));
    } else if (visit->counted[0] != '\0') {
        row = atm_text_print(area, row, STYLE_PLAIN, "(%s)", visit->counted);
    }
    row += atm_gap(area) - 1;
    row = atm_text(area, row, STYLE_PLAIN, "1 Enter = yes      0 = no");
    int at = area_text(area, row, 0, STYLE_STRONG, visit->armed ? TEXT("> 1") : TEXT("> "));
    area_cursor(area, row, at);
}

const struct atm_page atm_page_confirm = {
    .enter = enter_confirm, .draw = draw_confirm, .key = key_confirm};

static const char *refusal(const struct intent *intent, char out[ATM_MESSAGE_MAX])
{
    switch (intent->status) {
    case STATUS_insufficient_funds:
        return "Your account holds less than that. Nothing was done. Choose a smaller amount.";
    case STATUS_account_not_found:
        return "There is no such account. Nothing was done. Please check its number.";
    case STATUS_currency_mismatch:
        return "That account has another currency. Nothing was done.";
    case STATUS_key_abandoned:
        return "The bank did not get it, and it was called off. Nothing was done. Try again.";
    default:
        (void)snprintf(out, ATM_MESSAGE_MAX, "The bank refused. Nothing was done. %.150s",
                       intent->detail);
        return out;
    }
}

static void refused(struct atm *atm, const struct intent *intent)
{
    struct atm_visit *visit = &atm->visit;
    char text[ATM_MESSAGE_MAX];
    const char *why = refusal(intent, text);
    bool over = intent->status == STATUS_unauthenticated;
    bool notes = intent->op == OP_DEPOSIT_MONEY;
    char said[ATM_MESSAGE_MAX + 40];
    (void)snprintf(said, sizeof said, "%s%s", notes ? "Please take your notes back. " : "", why);
    atm_poster_handed(atm, visit->posting);
    visit->posting = 0;
    if (over) {
        atm_end(atm, "YOUR SESSION HAS ENDED",
                notes ? "Please take your notes back. Nothing was done." : "Nothing was done.");
        return;
    }
    if (visit->back == ATM_PAGE_TRANSFER && intent->status == STATUS_account_not_found) {
        visit->to_known = false;
    }
    go_back(atm);
    if (notes) {
        input_clear(&visit->amount);
        memset(visit->taken, 0, sizeof visit->taken);
    }
    atm_say(atm, STYLE_BAD, "%s", said);
}

static void tick_posting(struct atm *atm)
{
    struct atm_visit *visit = &atm->visit;
    const struct atm_posting *posting = atm_poster_find(atm, visit->posting);
    CHECK(posting != NULL);
    if (posting->intent.state == INTENT_REFUSED) {
        struct intent intent = posting->intent;
        refused(atm, &intent);
    } else if (posting->intent.state == INTENT_DONE) {
        visit->wish = posting->intent;
        atm->message[0] = '\0';
        atm_go(atm, visit->wish.op == OP_WITHDRAW_MONEY ? ATM_PAGE_CARD : ATM_PAGE_DONE);
    } else if (atm->now_ms - atm->page_ms >= ATM_WATCH_MS) {
        atm_end(atm, "WE COULD NOT CONFIRM",
                visit->wish.op == OP_WITHDRAW_MONEY
                    ? "No cash is given out. Your account will show within minutes what "
                      "happened. Please do not try again now."
                    : "Your account will show it within minutes. Please do not try again now.");
    }
}

static void draw_posting(struct atm *atm, struct area area)
{
    const struct atm_posting *posting = atm_poster_find(atm, atm->visit.posting);
    bool unknown = posting != NULL && posting->intent.state == INTENT_UNKNOWN;
    int row = atm_title(area, "ONE MOMENT, PLEASE");
    row = atm_text(area, row, STYLE_PLAIN,
                   unknown ? "The bank has not answered yet. We are asking what became of it."
                           : "The bank is asked. Your card stays in until it answers.");
    int64_t seconds = (atm->now_ms - atm->page_ms) / 1000;
    if (seconds >= 2) {
        (void)atm_text_print(area, row, STYLE_DIM, "%lld s", (long long)seconds);
    }
}

const struct atm_page atm_page_posting = {
    .silent = true, .draw = draw_posting, .tick = tick_posting};
