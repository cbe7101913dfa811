/* Plain's postings: amount, reference, review, `1`, Enter, and what became of it. */
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "base/account_number.h"
#include "base/currency.h"
#include "base/utf8.h"
#include "model/amount.h"
#include "model/show.h"
#include "model/words.h"
#include "screens/plain_talk.h"

#define OUTCOME_MS 60000 /* then it is told as unknown; it is looked up again at every start */

static bool wrong(struct plain *plain, const char *why)
{
    plain_say(plain, "! %s\n", why);
    if (!plain->io->interactive) {
        plain->code = EX_DATAERR;
    }
    return false;
}

static void take_account(struct plain *plain, const struct client_reply *reply, void *context)
{
    (void)plain;
    account_row_from(context, reply->value);
}

bool plain_account(struct plain *plain, const char *typed, const char *question,
                   struct account_row *out)
{
    char answer[PLAIN_LINE_MAX];
    uint64_t number = 0;
    (void)snprintf(answer, sizeof answer, "%s", typed);
    while (answer[0] == '\0') {
        if (!plain_ask(plain, question, answer)) {
            return false;
        }
        if (answer[0] == '\0' && !plain->io->interactive) {
            return wrong(plain, "An account number is wanted");
        }
    }
    if (!account_parse_typed(text_of(answer), &number)) {
        return wrong(plain, "That is no account number: ten digits, the last one checks them");
    }
    return plain_online(plain) &&
           plain_reply(plain, call_get_account(plain_caller(plain), number), take_account, out);
}

static bool ask_amount(struct plain *plain, uint16_t currency, struct money *out)
{
    char answer[PLAIN_LINE_MAX];
    char echo[SHOW_MONEY_MAX];
    while (plain_ask(plain, "Amount: ", answer)) {
        struct amount amount = amount_parse(text_of(answer), currency, AMOUNT_LEAST_ONE);
        if (amount.verdict == AMOUNT_OK) {
            *out = amount.value;
            plain_say(plain, "= %s\n", show_money_in(amount.value, currency, echo));
            return true;
        }
        (void)wrong(plain, amount.verdict == AMOUNT_EMPTY ? "Type the amount" : amount.why);
        if (!plain->io->interactive || amount.verdict == AMOUNT_EMPTY) {
            return false;
        }
    }
    return false;
}

static bool ask_reference(struct plain *plain, struct intent *intent)
{
    char answer[PLAIN_LINE_MAX];
    while (plain_ask(plain, "Reference (optional): ", answer)) {
        struct text text = text_of(answer);
        if (utf8_is_valid(text) && !utf8_has_control(text) && utf8_count(text) <= 140) {
            (void)snprintf(intent->reference, sizeof intent->reference, "%.560s", answer);
            return true;
        }
        if (!wrong(plain, "At most 140 characters of text") && !plain->io->interactive) {
            return false;
        }
    }
    return false;
}

static void tell_review(struct plain *plain, const struct intent *intent,
                        const struct account_row *account)
{
    char amount[SHOW_MONEY_MAX];
    char after[SHOW_MONEY_MAX];
    char number[SHOW_ACCOUNT_MAX];
    char words[WORDS_MAX];
    unsigned exponent = currency_exponent(intent->currency);
    bool in = intent->op == OP_DEPOSIT_MONEY;
    struct money sum = account->balance;
    plain_say(plain, "\nREVIEW - nothing has been posted yet\n  %-10s%s (%s)\n",
              intent_verb(intent->op), show_money_in(intent->amount, intent->currency, amount),
              words_money(intent->amount, intent->currency, words));
    plain_say(plain, "  %-10s%s  %s\n", in ? "To" : "From", show_account(intent->account, number),
              intent->owner);
    if (money_add(sum, in ? intent->amount : (struct money){-intent->amount.minor}, &sum)) {
        plain_say(plain, "  %-10s%s → %s\n", "Balance",
                  show_money(account->balance, exponent, SHOW_PLAIN, amount),
                  show_money(sum, exponent, SHOW_PLAIN, after));
    }
    if (intent->op == OP_TRANSFER_MONEY) {
        plain_say(plain, "  %-10s%s  %s\n", "To", show_account(intent->to, number),
                  intent->to_owner);
    }
    if (intent->reference[0] != '\0') {
        plain_say(plain, "  %-10s%s\n", "Reference", intent->reference);
    }
}

/* Two answers, both different from every one before them. */
static bool is_confirmed(struct plain *plain)
{
    char answer[PLAIN_LINE_MAX];
    plain->io->discard(plain->io->context);
    bool confirmed =
        plain_ask(plain, "Type 1 to post it, 0 to go back: ", answer) && strcmp(answer, "1") == 0;
    if (confirmed) {
        plain->io->discard(plain->io->context);
        confirmed = plain_ask(plain, "Press Enter to post it now, 0 to go back: ", answer) &&
                    answer[0] == '\0';
    }
    if (!confirmed) {
        (void)wrong(plain, "Nothing was posted");
    }
    return confirmed;
}

static bool watch(struct plain *plain, uint32_t serial)
{
    struct console *console = &plain->console;
    int64_t start = console->now_ms;
    char line[POSTING_TELL_MAX];
    bool told = false;
    for (;;) {
        const struct posting *posting = poster_find(&console->poster, serial);
        CHECK(posting != NULL);
        enum intent_state state = posting->intent.state;
        bool settled = state == INTENT_DONE || state == INTENT_REFUSED;
        if (settled || (state == INTENT_UNKNOWN && !told)) {
            (void)posting_tell(posting, console->now_ms, line);
            console->message[0] = '\0'; /* the same, from the poster */
            plain_say(plain, "%s\n", line);
            told = true;
        }
        if (settled) {
            plain->code = state == INTENT_REFUSED ? EX_DATAERR : plain->code;
            return state == INTENT_DONE;
        }
        if (console->now_ms - start > OUTCOME_MS || !plain_turn(plain, false)) {
            plain_say(plain, "OUTCOME UNKNOWN. Do not enter it again: it is looked up, now and at "
                             "every start.\n");
            plain->code = EX_TEMPFAIL;
            return false;
        }
    }
}

static const char *fault(const struct intent *intent, const struct account_row *account,
                         const struct account_row *other)
{
    if (intent->op == OP_TRANSFER_MONEY && other->account == account->account) {
        return "That is the same account";
    }
    if (intent->op == OP_TRANSFER_MONEY && other->currency != account->currency) {
        return "The two accounts have different currencies";
    }
    if (intent->op != OP_DEPOSIT_MONEY && intent->amount.minor > account->balance.minor) {
        return "That is more than the balance";
    }
    return NULL;
}

bool plain_move(struct plain *plain, enum op op, const struct account_row *account)
{
    struct account_row other = {0};
    struct intent intent = {.op = op, .account = account->account, .currency = account->currency};
    char why[256];
    (void)snprintf(intent.owner, sizeof intent.owner, "%s", account->owner);
    if (op == OP_TRANSFER_MONEY && !plain_account(plain, "", "To account: ", &other)) {
        return false;
    }
    intent.to = other.account;
    (void)snprintf(intent.to_owner, sizeof intent.to_owner, "%s", other.owner);
    if (!ask_amount(plain, account->currency, &intent.amount) || !ask_reference(plain, &intent)) {
        return false;
    }
    const char *problem = fault(&intent, account, &other);
    if (problem != NULL) {
        return wrong(plain, problem);
    }
    tell_review(plain, &intent, account);
    if (!is_confirmed(plain) || !plain_online(plain)) {
        return false;
    }
    uint32_t serial = poster_post(&plain->console, &intent, why);
    return serial != 0 ? watch(plain, serial) : wrong(plain, why);
}
