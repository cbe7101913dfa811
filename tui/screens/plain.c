#include "screens/plain.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "base/currency.h"
#include "base/time.h"
#include "model/history.h"
#include "model/show.h"
#include "screens/plain_talk.h"

#define FOUND_MAX 20
#define HISTORY_MAX 20

struct command {
    const char *name, *help;
    bool (*run)(struct plain *plain, const char *rest); /* false: it failed */
};

static void tell_account(struct plain *plain, const struct account_row *row)
{
    char number[SHOW_ACCOUNT_MAX];
    char money[SHOW_MONEY_MAX];
    plain_cell(plain, 11, false, show_account(row->account, number));
    plain_cell(plain, 30, false, row->owner);
    plain_cell(plain, 20, true, show_money_in(row->balance, row->currency, money));
    plain_say(plain, "%s\n", account_status_names[row->status]);
}

static void tell_movement(struct plain *plain, const struct movement *row, unsigned exponent)
{
    char text[SHOW_MONEY_MAX];
    char day[DAY_TEXT_MAX];
    plain_cell(plain, 10, false, day_print(day_of(row->at), day));
    plain_cell(plain, 13, false, show_movement(row->type, row->change));
    plain_cell(plain, 16, true, show_money(row->change, exponent, SHOW_SIGNED, text));
    plain_cell(plain, 16, true, show_money(row->balance, exponent, SHOW_PLAIN, text));
    if (row->counterparty != 0) {
        plain_say(plain, "%s  ", show_account(row->counterparty, text));
    }
    plain_say(plain, "%s\n", row->reference);
}

static void take_list(struct plain *plain, const struct client_reply *reply, void *context)
{
    const struct list_result *list = reply->value;
    const struct account_result *rows = list->data.items;
    (void)context;
    for (size_t i = 0; i < list->data.count; i++) {
        struct account_row row;
        account_row_from(&row, &rows[i]);
        tell_account(plain, &row);
    }
    if (list->data.count == 0) {
        plain_say(plain, "No account matches\n");
    } else if (list->total != LIST_TOTAL_UNKNOWN && list->total > list->data.count) {
        plain_say(plain, "%llu accounts match: type more of the name\n",
                  (unsigned long long)list->total);
    }
}

static bool find(struct plain *plain, const char *rest)
{
    char answer[PLAIN_LINE_MAX];
    char digits[PLAIN_LINE_MAX];
    (void)snprintf(answer, sizeof answer, "%s", rest);
    if (answer[0] == '\0' && !plain_ask(plain, "Find: ", answer)) {
        return false;
    }
    struct text search = account_search(text_of(answer), digits, sizeof digits);
    return plain_online(plain) &&
           plain_reply(plain, call_list_accounts(plain_caller(plain), search, FOUND_MAX, 0),
                       take_list, NULL);
}

static void take_history(struct plain *plain, const struct client_reply *reply, void *context)
{
    const struct account_row *account = context;
    struct history history = {0};
    history_append(&history, reply->value);
    for (size_t i = 0; i < history.count; i++) {
        tell_movement(plain, &history.rows[i], currency_exponent(account->currency));
    }
    history_close(&history);
}

static bool account(struct plain *plain, const char *rest)
{
    struct account_row row;
    if (!plain_account(plain, rest, "Account: ", &row)) {
        return false;
    }
    tell_account(plain, &row);
    return plain_reply(
        plain, call_history(plain_caller(plain), row.account, HISTORY_MOVEMENTS, HISTORY_MAX, 0, 0),
        take_history, &row);
}

static void take_statement(struct plain *plain, const struct client_reply *reply, void *context)
{
    const struct account_row *account = context;
    const struct statement_result *result = reply->value;
    unsigned exponent = currency_exponent(account->currency);
    char text[SHOW_MONEY_MAX];
    char month[SHOW_MONTH_MAX];
    struct movement *lines = NULL;
    size_t count = movement_from_lines(result, &lines);
    plain_say(plain, "STATEMENT %s  %s  %s\n", show_month(result->month, month), account->owner,
              result->final ? "FINAL" : "so far");
    for (size_t i = 0; i < count; i++) {
        tell_movement(plain, &lines[i], exponent);
    }
    free(lines);
    plain_say(plain, "Opening balance ");
    plain_cell(plain, 20, true, show_money(result->opening_balance, exponent, SHOW_PLAIN, text));
    plain_say(plain, "\nCredits (%llu)     ", (unsigned long long)result->credits.count);
    plain_cell(plain, 20, true, show_money(result->credits.total, exponent, SHOW_SIGNED, text));
    plain_say(plain, "\nDebits (%llu)      ", (unsigned long long)result->debits.count);
    plain_cell(plain, 20, true, show_money(result->debits.total, exponent, SHOW_DEBIT, text));
    plain_say(plain, "\nClosing balance ");
    plain_cell(plain, 20, true, show_money(result->closing_balance, exponent, SHOW_PLAIN, text));
    plain_say(plain, "%s\n", currency_code(account->currency));
}

/* "statement 1000000420 2026-02"; without a month, the current one. */
static bool statement(struct plain *plain, const char *rest)
{
    char number[PLAIN_LINE_MAX];
    struct account_row row;
    int32_t month = month_of(plain->console.wall_us);
    (void)snprintf(number, sizeof number, "%s", rest);
    char *blank = strrchr(number, ' ');
    if (blank != NULL && month_parse(text_of(blank + 1), &month)) {
        *blank = '\0';
    }
    return plain_account(plain, number, "Account: ", &row) &&
           plain_reply(plain, call_get_statement(plain_caller(plain), row.account, month),
                       take_statement, &row);
}

static bool move(struct plain *plain, enum op op, const char *rest)
{
    struct account_row row;
    if (!plain_account(plain, rest, "Account: ", &row)) {
        return false;
    }
    tell_account(plain, &row);
    return plain_move(plain, op, &row);
}

static bool deposit(struct plain *plain, const char *rest)
{
    return move(plain, OP_DEPOSIT_MONEY, rest);
}

static bool withdraw(struct plain *plain, const char *rest)
{
    return move(plain, OP_WITHDRAW_MONEY, rest);
}

static bool transfer(struct plain *plain, const char *rest)
{
    return move(plain, OP_TRANSFER_MONEY, rest);
}

static bool outcomes(struct plain *plain, const char *rest)
{
    const struct posting *postings[POSTINGS_MAX];
    size_t count = poster_list(&plain->console.poster, postings);
    char line[POSTING_TELL_MAX];
    (void)rest;
    for (size_t i = 0; i < count; i++) {
        (void)posting_tell(postings[i], plain->console.now_ms, line);
        plain_say(plain, "%s\n", line);
    }
    if (count == 0) {
        plain_say(plain, "Nothing was posted in this run\n");
    }
    return true;
}

static bool help(struct plain *plain, const char *rest);

static bool quit(struct plain *plain, const char *rest)
{
    (void)rest;
    plain->over = true;
    return true;
}

static const struct command commands[] = {
    {"find", "find NAME-OR-NUMBER       accounts by words of the name, or by number", find},
    {"account", "account NUMBER            an account and its newest movements", account},
    {"statement", "statement NUMBER [MONTH]  a month's statement: 2026-02", statement},
    {"deposit", "deposit NUMBER            asks for amount and reference, then for review",
     deposit},
    {"withdraw", "withdraw NUMBER", withdraw},
    {"transfer", "transfer NUMBER           from that account; asks for the other one", transfer},
    {"outcomes", "outcomes                  what was posted in this run, and what is open",
     outcomes},
    {"help", "help", help},
    {"quit", "quit                      or the end of the input", quit},
};

static bool help(struct plain *plain, const char *rest)
{
    (void)rest;
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
        plain_say(plain, "  %s\n", commands[i].help);
    }
    return true;
}

static bool obey(struct plain *plain, const char *line)
{
    size_t size = strcspn(line, " \t");
    const char *rest = line + size + strspn(line + size, " \t");
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
        if (text_is((struct text){line, size}, commands[i].name)) {
            return commands[i].run(plain, rest);
        }
    }
    plain_say(plain, "! There is no such command: help shows what there is\n");
    plain->code = EX_DATAERR;
    return false;
}

static void serve(struct plain *plain)
{
    char line[PLAIN_LINE_MAX];
    while (!plain->over && plain_ask(plain, "> ", line)) {
        if (line[0] == '\0' || line[0] == '#') {
            continue;
        }
        plain->code = EX_OK;
        if (!obey(plain, line) && !plain->io->interactive) {
            plain->code = plain->code == EX_OK ? EX_DATAERR : plain->code;
            return;
        }
    }
}

int plain_run(const struct console_config *config, const struct plain_io *io)
{
    struct plain *plain = calloc(1, sizeof *plain);
    int64_t now_ms = 0;
    int64_t wall_us = 0;
    CHECK(plain != NULL);
    plain->io = io;
    io->now(io->context, &now_ms, &wall_us);
    struct console_config own = *config;
    own.plain = plain;
    console_open(&plain->console, &own, now_ms, wall_us);
    if (plain_online(plain)) {
        plain_say(plain, "TELLER %s\n", client_endpoint(plain->console.client));
        serve(plain);
    }
    plain_news(plain);
    size_t open = poster_open_count(&plain->console.poster);
    if (open > 0) {
        plain_say(plain, "%zu outcome%s still open: looked up at the next start\n", open,
                  open == 1 ? "" : "s");
        plain->code = EX_TEMPFAIL;
    }
    int code = io->interactive && open == 0 && !plain->signalled ? EX_OK : plain->code;
    console_close(&plain->console);
    free(plain);
    return code;
}
