/* What plain posted, what became of it, and what is kept of it: outcomes, totals, papers. */
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "base/currency.h"
#include "model/show.h"
#include "screens/plain_talk.h"
#include "screens/print.h"

bool plain_outcomes(struct plain *plain, const char *rest)
{
    const struct poster *poster = &plain->console.poster;
    struct posting posting;
    char line[POSTING_TELL_MAX];
    char clock[SHOW_CLOCK_MAX];
    (void)rest;
    for (size_t i = 0; poster_row(poster, i, &posting); i++) {
        (void)posting_tell(&posting, plain->console.now_ms, line);
        plain_say(plain, "%s  %s%s\n", show_clock(posting.intent.at, clock),
                  posting.intent.recovered ? "of an earlier run: " : "", line);
    }
    if (poster_row_count(poster) == 0) {
        plain_say(plain, "Nothing was posted in this run\n");
    }
    return true;
}

static void tell_sum(struct plain *plain, const struct session_total *total, const char *label,
                     struct money sum, enum show_sign sign)
{
    char text[SHOW_MONEY_MAX];
    plain_say(plain, "  %s ", label);
    plain_cell(plain, 16, true,
               total->beyond ? "####"
                             : show_money(sum, currency_exponent(total->currency), sign, text));
}

bool plain_totals(struct plain *plain, const char *rest)
{
    const struct session *session = &plain->console.poster.session;
    char posted[SHOW_MONEY_MAX];
    char refused[SHOW_MONEY_MAX];
    (void)rest;
    plain_say(plain, "%s posted, %s refused\n", show_count(session->posted, posted),
              show_count(session->refused, refused));
    for (size_t i = 0; i < session->total_count; i++) {
        const struct session_total *total = &session->totals[i];
        plain_say(plain, "%s  %s posted", currency_code(total->currency),
                  show_count(total->count, posted));
        tell_sum(plain, total, "in", total->in, SHOW_SIGNED);
        tell_sum(plain, total, "out", total->out, SHOW_DEBIT);
        tell_sum(plain, total, "moved", total->moved, SHOW_PLAIN);
        plain_say(plain, "\n");
    }
    return true;
}

/* As F5 on the screens: whatever is open is asked for now. */
bool plain_check(struct plain *plain, const char *rest)
{
    struct console *console = &plain->console;
    client_retry_now(console->client, console->now_ms);
    poster_check_now(console);
    if (!plain_online(plain)) {
        return false;
    }
    int64_t start = console->now_ms;
    while (client_in_flight(console->client) > 0 && console->now_ms - start < CLIENT_DEADLINE_MS) {
        if (!plain_turn(plain, false)) {
            return false;
        }
    }
    plain_news(plain);
    return plain_outcomes(plain, rest);
}

/* A command that prints takes a while; a failure is the command's. */
static bool finish_paper(struct plain *plain, bool begun)
{
    struct console *console = &plain->console;
    if (begun && console->paper->prints) {
        /* "Printing…" is no news; a command that was quick has left other words there. */
        if (console->paper->is_busy(console->paper)) {
            console->message[0] = '\0';
        }
        while (console->paper->is_busy(console->paper)) {
            if (!plain_turn(plain, false)) {
                return false;
            }
        }
        begun = console->printed == PAPER_PRINTED;
    }
    plain_news(plain);
    if (!begun && !plain->io->interactive) {
        plain->code = EX_IOERR;
    }
    return begun;
}

struct wanted {
    struct account_row account;
    bool files, begun;
};

static void take_statement(struct plain *plain, const struct client_reply *reply, void *context)
{
    struct wanted *wanted = context;
    const struct statement_result *result = reply->value;
    struct movement *lines = NULL;
    size_t count = movement_from_lines(result, &lines);
    struct paper_statement paper = {.account = wanted->account.account,
                                    .owner = wanted->account.owner,
                                    .currency = wanted->account.currency,
                                    .month = result->month,
                                    .opening = result->opening_balance,
                                    .credits = result->credits.total,
                                    .debits = result->debits.total,
                                    .closing = result->closing_balance,
                                    .credit_count = result->credits.count,
                                    .debit_count = result->debits.count,
                                    .final = result->final,
                                    .as_of = plain->console.wall_us,
                                    .lines = lines,
                                    .line_count = count};
    wanted->begun = print_statement(&plain->console, &paper, wanted->files);
    free(lines);
}

static bool statement_on_paper(struct plain *plain, const char *rest, bool files)
{
    struct wanted wanted = {.files = files};
    int32_t month = 0;
    return plain_month(plain, rest, &wanted.account, &month) &&
           plain_reply(plain,
                       call_get_statement(plain_caller(plain), wanted.account.account, month),
                       take_statement, &wanted) &&
           finish_paper(plain, wanted.begun);
}

bool plain_print(struct plain *plain, const char *rest)
{
    return statement_on_paper(plain, rest, false);
}

bool plain_export(struct plain *plain, const char *rest)
{
    return statement_on_paper(plain, rest, true);
}

/* "#18 234" as it is told, or nothing: the newest. */
static bool parse_position(const char *typed, uint64_t *out)
{
    *out = 0;
    for (const char *at = typed; *at != '\0'; at++) {
        if (strchr("# ", *at) != NULL) {
            continue;
        }
        if (*at < '0' || *at > '9' || *out > INT64_MAX / 10 - 1) {
            return false;
        }
        *out = *out * 10 + (uint64_t)(*at - '0');
    }
    return true;
}

bool plain_receipt(struct plain *plain, const char *rest)
{
    const struct poster *poster = &plain->console.poster;
    struct posting posting;
    uint64_t position = 0;
    if (!parse_position(rest, &position)) {
        return plain_wrong(plain, "That is no number of a posting: #18234");
    }
    for (size_t i = 0; poster_row(poster, i, &posting); i++) {
        if (posting.intent.state == INTENT_DONE &&
            (position == 0 || posting.intent.position == position)) {
            return finish_paper(plain, print_receipt(&plain->console, &posting.intent));
        }
    }
    return plain_wrong(plain, position == 0 ? "Nothing was posted in this run"
                                            : "This run posted nothing of that number");
}
