/* What plain reads: accounts, balances, histories, statements. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "base/account_number.h"
#include "base/currency.h"
#include "base/time.h"
#include "base/utf8.h"
#include "model/as_of.h"
#include "model/history.h"
#include "model/show.h"
#include "model/trail.h"
#include "screens/plain_talk.h"

#define FOUND_MAX 20
#define HISTORY_MAX 20
#define EMPTY_PAGES_MAX 50 /* under a filter; then it is told, and `more` goes on */

void plain_tell_account(struct plain *plain, const struct account_row *row)
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
        plain_tell_account(plain, &row);
    }
    if (list->data.count == 0) {
        plain_say(plain, "No account matches\n");
    } else if (list->total != LIST_TOTAL_UNKNOWN && list->total > list->data.count) {
        plain_say(plain, "%llu accounts match: type more of the name\n",
                  (unsigned long long)list->total);
    } else if (list->has_more) {
        plain_say(plain, "More accounts match: type more of the name\n");
    }
}

bool plain_find(struct plain *plain, const char *rest)
{
    char answer[PLAIN_LINE_MAX];
    char digits[PLAIN_LINE_MAX];
    (void)snprintf(answer, sizeof answer, "%s", rest);
    if (answer[0] == '\0' && !plain_ask(plain, "Find: ", answer)) {
        return false;
    }
    struct text search = account_search(text_of(answer), digits, sizeof digits);
    if (!utf8_is_valid(search) || utf8_count(search) > ARG_OWNER_MAX) {
        return plain_wrong(plain, "At most 140 characters of text");
    }
    return plain_online(plain) &&
           plain_reply(plain, call_list_accounts(plain_caller(plain), search, FOUND_MAX, 0),
                       take_list, NULL);
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
            return plain_wrong(plain, "An account number is wanted");
        }
    }
    if (!account_parse_typed(text_of(answer), &number)) {
        return plain_wrong(plain,
                           "That is no account number: ten digits, the last one checks them");
    }
    return plain_online(plain) &&
           plain_reply(plain, call_get_account(plain_caller(plain), number), take_account, out);
}

/* The last word of `typed`, or NULL when it is its only one. */
static char *last_word(char *typed)
{
    char *blank = strrchr(typed, ' ');
    return blank != NULL ? blank + 1 : NULL;
}

static void cut_last_word(char *typed)
{
    size_t size = (size_t)(strrchr(typed, ' ') - typed);
    while (size > 0 && typed[size - 1] == ' ') {
        size--;
    }
    typed[size] = '\0';
}

static void take_history(struct plain *plain, const struct client_reply *reply, void *context)
{
    const struct list_result *page = reply->value;
    const struct history_event *events = page->data.items;
    bool *told = context;
    uint64_t cursor = trail_cursor(page);
    for (size_t i = 0; i < page->data.count; i++) {
        struct trail_row seen = {.seen = events[i]};
        struct movement row;
        trail_movement(&seen, &row);
        tell_movement(plain, &row, currency_exponent(plain->older.account.currency));
    }
    *told = page->data.count > 0;
    bool moves = cursor > 0 && (plain->older.before == 0 || cursor < plain->older.before);
    if (page->has_more && !moves) {
        plain_say(plain, "! " SHOW_LIST_STUCK "\n");
        plain->code = EX_DATAERR;
    }
    plain->older.before = page->has_more && moves ? cursor : 0;
}

/* The page before plain->older.before; pages without a row are passed over. */
static bool tell_page(struct plain *plain, bool first)
{
    bool told = false;
    bool asked = first;
    for (int i = 0; !told && (asked || plain->older.before > 0) && i < EMPTY_PAGES_MAX; i++) {
        struct history_query query =
            trail_filter_query(&plain->older.filter, plain->older.account.account);
        query.given |= 1u << HISTORY_LIMIT;
        query.limit = HISTORY_MAX;
        if (plain->older.before > 0) {
            query.given |= 1u << HISTORY_BEFORE;
            query.before = plain->older.before;
        }
        asked = false;
        if (!plain_online(plain) ||
            !plain_reply(plain, call_history_query(plain_caller(plain), &query), take_history,
                         &told)) {
            return false;
        }
    }
    if (plain->older.before > 0) {
        plain_say(plain, "There are older ones: more\n");
    } else if (!told) {
        plain_say(plain, first ? "No movement\n" : "No more movements\n");
    }
    return plain->code != EX_DATAERR;
}

/* One day or two behind the number: from, or from and to, both inclusive. */
static bool take_days(struct plain *plain, char *typed)
{
    struct trail_filter *filter = &plain->older.filter;
    int32_t days[2];
    size_t count = 0;
    for (char *word = last_word(typed); word != NULL && count < 2; word = last_word(typed)) {
        if (!day_parse(text_of(word), &days[count])) {
            break;
        }
        count++;
        cut_last_word(typed);
    }
    *filter = (struct trail_filter){.kind = TRAIL_MOVEMENTS};
    if (count > 0) {
        filter->has_from = true;
        filter->from = days[count - 1];
    }
    if (count == 2) {
        filter->has_to = true;
        filter->to = days[0];
    }
    return count < 2 || filter->from <= filter->to ||
           plain_wrong(plain, "The first day is behind the last one");
}

bool plain_history(struct plain *plain, const char *rest)
{
    char typed[PLAIN_LINE_MAX];
    (void)snprintf(typed, sizeof typed, "%s", rest);
    plain->older.before = 0;
    return take_days(plain, typed) &&
           plain_account(plain, typed, "Account: ", &plain->older.account) &&
           tell_page(plain, true);
}

bool plain_more(struct plain *plain, const char *rest)
{
    (void)rest;
    if (plain->older.before == 0) {
        return plain_wrong(plain, "There is nothing more: history or account comes before");
    }
    return tell_page(plain, false);
}

bool plain_show(struct plain *plain, const char *rest)
{
    plain->older.before = 0;
    plain->older.filter = (struct trail_filter){.kind = TRAIL_MOVEMENTS};
    if (!plain_account(plain, rest, "Account: ", &plain->older.account)) {
        return false;
    }
    plain_tell_account(plain, &plain->older.account);
    return tell_page(plain, true);
}

static void take_balance(struct plain *plain, const struct client_reply *reply, void *context)
{
    const struct balance_result *result = reply->value;
    char money[SHOW_MONEY_MAX];
    char number[SHOW_ACCOUNT_MAX];
    char time[TIME_TEXT_MAX];
    (void)context;
    plain_say(plain, "%s  %s  as of %s\n", show_account(result->account, number),
              show_money_in(result->balance, result->currency, money),
              time_print(result->as_of, time));
}

/* "balance 1000000420 2026-02-28 14:30": the moment begins behind the number's digits. */
bool plain_balance(struct plain *plain, const char *rest)
{
    char typed[PLAIN_LINE_MAX];
    struct account_row row;
    int64_t at = 0;
    (void)snprintf(typed, sizeof typed, "%s", rest);
    char *dash = strchr(typed, ' ') != NULL ? strchr(strchr(typed, ' '), '-') : NULL;
    if (dash != NULL) {
        char *moment = dash;
        while (moment[-1] != ' ') {
            moment--;
        }
        const char *why = as_of_parse(text_of(moment), plain->console.wall_us, &at);
        if (why != NULL) {
            return plain_wrong(plain, why);
        }
        moment[-1] = '\0';
    }
    return plain_account(plain, typed, "Account: ", &row) &&
           plain_reply(plain, call_get_balance(plain_caller(plain), row.account, at), take_balance,
                       NULL);
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

bool plain_month(struct plain *plain, const char *rest, struct account_row *account, int32_t *month)
{
    char typed[PLAIN_LINE_MAX];
    (void)snprintf(typed, sizeof typed, "%s", rest);
    char *word = last_word(typed);
    *month = month_of(plain->console.wall_us);
    if (word != NULL && month_parse(text_of(word), month)) {
        cut_last_word(typed);
    }
    return plain_account(plain, typed, "Account: ", account);
}

bool plain_statement(struct plain *plain, const char *rest)
{
    struct account_row row;
    int32_t month = 0;
    return plain_month(plain, rest, &row, &month) &&
           plain_reply(plain, call_get_statement(plain_caller(plain), row.account, month),
                       take_statement, &row);
}
