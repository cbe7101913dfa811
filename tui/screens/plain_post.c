/* Plain's postings: amount, reference, review, `1`, Enter, and what became of it. */
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "base/currency.h"
#include "model/show.h"
#include "model/wish.h"
#include "model/words.h"
#include "screens/plain_talk.h"

#define OUTCOME_MS 60000 /* then it is told as unknown; it is looked up again at every start */

/* Asked for until it is clear, or empty; `least`: an empty one may stand for nothing. */
static bool ask_amount(struct plain *plain, const char *question, uint16_t currency,
                       enum amount_least least, struct amount *out)
{
    char answer[PLAIN_LINE_MAX];
    char echo[SHOW_MONEY_MAX];
    while (plain_ask(plain, question, answer)) {
        *out = amount_parse(text_of(answer), currency, least);
        if (out->verdict == AMOUNT_OK) {
            plain_say(plain, "= %s\n", show_money_in(out->value, currency, echo));
            return true;
        }
        if (out->verdict == AMOUNT_EMPTY && least == AMOUNT_LEAST_ZERO) {
            return true;
        }
        (void)plain_wrong(plain, out->verdict == AMOUNT_EMPTY ? "Type the amount" : out->why);
        if (!plain->io->interactive || out->verdict == AMOUNT_EMPTY) {
            return false;
        }
    }
    return false;
}

/* A text of the bank's: an owner or a reference. */
static bool ask_text(struct plain *plain, const char *question, size_t size, char *out)
{
    char answer[PLAIN_LINE_MAX];
    while (plain_ask(plain, question, answer)) {
        if (wish_text_is_sound(text_of(answer))) {
            (void)snprintf(out, size, "%s", answer);
            return true;
        }
        (void)plain_wrong(plain, "At most 140 characters of text");
        if (!plain->io->interactive) {
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

static void tell_opening(struct plain *plain, const struct intent *intent)
{
    char amount[SHOW_MONEY_MAX];
    char words[WORDS_MAX];
    const struct currency *currency = currency_by_number(intent->currency);
    plain_say(plain, "\nREVIEW - nothing has been opened yet\n  Open an account\n");
    plain_say(plain, "  %-10s%s\n", "Owner", intent->owner);
    plain_say(plain, "  %-10s%s (%s)\n", "Currency", currency->code, currency->name);
    plain_say(plain, "  %-10s%s (%s)\n", "Initial",
              show_money_in(intent->amount, intent->currency, amount),
              words_money(intent->amount, intent->currency, words));
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
        (void)plain_wrong(plain, "Nothing was posted");
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

static bool post(struct plain *plain, const struct intent *intent)
{
    char why[256];
    if (!is_confirmed(plain) || !plain_online(plain)) {
        return false;
    }
    uint32_t serial = poster_post(&plain->console, intent, why);
    return serial != 0 ? watch(plain, serial) : plain_wrong(plain, why);
}

static bool move(struct plain *plain, enum op op, const char *rest)
{
    struct account_row account;
    struct account_row other = {0};
    struct amount amount;
    if (!plain_account(plain, rest, "Account: ", &account)) {
        return false;
    }
    plain_tell_account(plain, &account);
    struct intent intent = {.op = op, .account = account.account, .currency = account.currency};
    (void)snprintf(intent.owner, sizeof intent.owner, "%s", account.owner);
    if (op == OP_TRANSFER_MONEY && !plain_account(plain, "", "To account: ", &other)) {
        return false;
    }
    intent.to = other.account;
    (void)snprintf(intent.to_owner, sizeof intent.to_owner, "%s", other.owner);
    if (!ask_amount(plain, "Amount: ", account.currency, AMOUNT_LEAST_ONE, &amount) ||
        !ask_text(plain, "Reference (optional): ", sizeof intent.reference, intent.reference)) {
        return false;
    }
    struct wish_fault fault = wish_move_fault(op, &account, &other, &amount);
    if (fault.why != NULL) {
        return plain_wrong(plain, fault.why);
    }
    intent.amount = amount.value;
    tell_review(plain, &intent, &account);
    return post(plain, &intent);
}

bool plain_deposit(struct plain *plain, const char *rest)
{
    return move(plain, OP_DEPOSIT_MONEY, rest);
}

bool plain_withdraw(struct plain *plain, const char *rest)
{
    return move(plain, OP_WITHDRAW_MONEY, rest);
}

bool plain_transfer(struct plain *plain, const char *rest)
{
    return move(plain, OP_TRANSFER_MONEY, rest);
}

bool plain_open(struct plain *plain, const char *rest)
{
    struct intent intent = {.op = OP_CREATE_ACCOUNT};
    struct amount initial = {.verdict = AMOUNT_EMPTY};
    char code[PLAIN_LINE_MAX];
    if (!wish_text_is_sound(text_of(rest))) {
        return plain_wrong(plain, "At most 140 characters of text");
    }
    (void)snprintf(intent.owner, sizeof intent.owner, "%s", rest);
    if (intent.owner[0] == '\0' && !ask_text(plain, "Owner: ", sizeof intent.owner, intent.owner)) {
        return false;
    }
    if (intent.owner[0] == '\0') {
        return plain_wrong(plain, "Type the owner's name");
    }
    if (!plain_ask(plain, "Currency: ", code)) {
        return false;
    }
    const struct currency *currency = wish_currency(text_of(code));
    if (currency != NULL) {
        intent.currency = currency->number;
        if (!ask_amount(plain, "Initial balance (optional): ", intent.currency, AMOUNT_LEAST_ZERO,
                        &initial)) {
            return false;
        }
    }
    struct wish_fault fault = wish_open_fault(text_of(intent.owner), text_of(code), &initial);
    if (fault.why != NULL) {
        return plain_wrong(plain, fault.why);
    }
    intent.amount = initial.value;
    tell_opening(plain, &intent);
    return post(plain, &intent);
}
