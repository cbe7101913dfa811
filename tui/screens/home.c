/* Home: find an account as you type, and the one that is selected beside or below it. */
#include <stdio.h>
#include <string.h>

#include "model/show.h"
#include "screens/pane.h"
#include "screens/screens.h"
#include "screens/spark.h"
#include "widgets/input.h"

#define PAGE 100
#define LIMIT_MAX 1000 /* that the bank takes */
#define BESIDE_COLUMNS 120
#define BELOW_ROWS 14
#define RETRY_MS 1000

struct home {
    struct input find;
    bool typing;
    struct account_list list;
    bool list_known;
    struct table table;
    int64_t list_as_of_us;
    struct book book;
    size_t fresh; /* movements of the selected account that came while it was looked at */
    char answered[INPUT_BYTES_MAX]; /* the search that the list answers */
    char asked_for[INPUT_BYTES_MAX];
    uint64_t asked;
    bool asked_more; /* the next page of the same search */
    uint64_t keep;   /* the account selected before the list was read again, to be found in it */
    bool stale;
    int64_t retry_ms;
    uint64_t everybody; /* accounts without a search; LIST_TOTAL_UNKNOWN: not known */
};

static const struct account_row *selected(const struct home *home)
{
    return home->table.selected < home->list.count ? &home->list.rows[home->table.selected] : NULL;
}

static void enter(struct console *console, struct screen *screen, const void *args)
{
    (void)console;
    (void)args;
    struct home *home = screen->state;
    input_init(&home->find, 100, false);
    home->typing = true;
    home->stale = true;
    home->everybody = LIST_TOTAL_UNKNOWN;
}

static void leave(struct console *console, struct screen *screen)
{
    (void)console;
    struct home *home = screen->state;
    account_list_close(&home->list);
    book_close(&home->book);
}

static void refresh(struct console *console, struct screen *screen)
{
    (void)console;
    struct home *home = screen->state;
    home->stale = true;
    home->retry_ms = 0;
    book_refresh(&home->book);
}

static void ask(struct console *console, struct screen *screen)
{
    struct home *home = screen->state;
    struct caller caller = console_caller(console, screen, 0);
    char digits[INPUT_BYTES_MAX];
    struct text search = account_search(input_text(&home->find), digits, sizeof digits);
    bool near_end = home->table.selected + home->table.shown + 1 >= home->list.count;
    bool more = !home->stale && home->list.more && (near_end || home->keep != 0);
    if (home->asked != 0 || console->now_ms < home->retry_ms || (!home->stale && !more)) {
        return;
    }
    uint64_t after = more ? home->list.rows[home->list.count - 1].account : 0;
    size_t limit = home->list.count > PAGE ? home->list.count : PAGE;
    home->asked = call_list_accounts(caller, search, limit < LIMIT_MAX ? limit : LIMIT_MAX, after);
    if (home->asked != 0) {
        home->asked_more = more;
        home->stale = false;
        (void)snprintf(home->asked_for, sizeof home->asked_for, "%.*s", TEXT_ARGS(search));
    }
}

/* The account below the list follows the selection, one at a time: while its pages are on their
 * way, others that are passed over are not asked for. */
static void follow(struct console *console, struct screen *screen)
{
    struct home *home = screen->state;
    const struct account_row *row = selected(home);
    if (row != NULL && row->account != home->book.account && !book_is_asking(&home->book)) {
        book_open(&home->book, row->account);
        home->fresh = 0;
        home->book.row = *row;
        home->book.known = true;
        home->book.as_of_us = home->list_as_of_us;
    }
    book_turn(&home->book, console_caller(console, screen, 1), console->wall_us);
    book_true_as_of(&home->book, console_as_of(console, home->book.as_of_us));
}

static void tick(struct console *console, struct screen *screen)
{
    ask(console, screen);
    follow(console, screen);
}

/* The selection stays on its account; in the answer to another search it begins at the top. */
static void take_list(struct home *home, const struct list_result *result)
{
    bool same = home->list_known && strcmp(home->asked_for, home->answered) == 0;
    if (!home->asked_more && same && home->keep == 0 && selected(home) != NULL) {
        home->keep = selected(home)->account;
    }
    if (home->asked_more && same) {
        account_list_append(&home->list, result);
    } else {
        account_list_replace(&home->list, result);
    }
    table_resize(&home->table, home->list.count);
    size_t index = 0;
    if (!same) {
        home->table.selected = 0;
        home->table.top = 0;
        home->keep = 0;
    } else if (account_list_find(&home->list, home->keep, &index) != NULL) {
        home->table.selected = index;
        home->keep = 0;
    } else if (!home->list.more) {
        home->keep = 0;
    }
    memcpy(home->answered, home->asked_for, sizeof home->answered);
    home->list_known = true;
    if (home->answered[0] == '\0') {
        home->everybody = result->total;
    }
}

static void reply(struct console *console, struct screen *screen, const struct client_reply *reply)
{
    struct home *home = screen->state;
    if (book_reply(&home->book, reply, console->now_ms, console->wall_us)) {
        home->fresh += console_top(console) == screen ? home->book.fresh : 0;
        home->book.fresh = 0;
        return;
    }
    if (reply->id != home->asked) {
        return;
    }
    home->asked = 0;
    if (reply->result == CLIENT_OK) {
        take_list(home, reply->value);
        home->list_as_of_us = console->wall_us;
        return;
    }
    home->stale = true;
    home->retry_ms = console->now_ms + RETRY_MS;
    if (reply->result == CLIENT_PROBLEM && reply->problem.status != STATUS_unauthenticated) {
        console_say(console, STYLE_BAD, "%s", status_row(reply->problem.status)->detail);
    }
}

static void change(struct console *console, struct screen *screen, const struct event *event)
{
    struct home *home = screen->state;
    (void)account_list_apply(&home->list, event);
    book_change(&home->book, event, console->wall_us);
    home->stale = home->stale || event->type == EVENT_ACCOUNT_CREATED;
}

static bool typing(const struct screen *screen)
{
    return ((const struct home *)screen->state)->typing;
}

/* What is typed stays; the list is what keys go to. */
static void to_list(struct console *console, struct screen *screen)
{
    struct home *home = screen->state;
    (void)console;
    home->typing = false;
}

static void to_find(struct console *console, struct screen *screen)
{
    struct home *home = screen->state;
    (void)console;
    if (home->find.size > 0) {
        input_clear(&home->find);
        home->stale = true;
    }
    home->typing = true;
}

void screens_find(struct console *console)
{
    while (console->depth > 1) {
        console_pop(console);
    }
    to_find(console, console_top(console));
}

static void listen(struct screen *screen, bool typing)
{
    ((struct home *)screen->state)->typing = typing;
}

static struct table *table(struct screen *screen)
{
    return &((struct home *)screen->state)->table;
}

static bool is_typing(const struct console *console, const struct screen *screen)
{
    (void)console;
    return typing(screen);
}

static bool in_list(const struct console *console, const struct screen *screen)
{
    (void)console;
    return !typing(screen);
}

/* The list must be the answer to what is typed, or a quick hand would pick a row of the search
 * before it. */
static bool is_answered(const struct home *home)
{
    char digits[INPUT_BYTES_MAX];
    struct text search = account_search(input_text(&home->find), digits, sizeof digits);
    return home->list_known &&
           text_equal((struct text){search.size > 0 ? search.data : "", search.size},
                      text_of(home->answered));
}

static void key(struct console *console, struct screen *screen, const struct term_key *key)
{
    struct home *home = screen->state;
    bool changed = false;
    if (!key->pasted && table_key(&home->table, key->code, !home->typing) &&
        !(home->typing && (key->code == TERM_HOME || key->code == TERM_END))) {
        return;
    }
    if (home->typing && input_key(&home->find, key, &changed) && changed) {
        home->stale = true;
        home->retry_ms = 0;
    }
    if (!home->typing && !key->pasted && console->message[0] == '\0') {
        console_say(console, STYLE_WARN,
                    !is_answered(home) ? "The search is not answered yet: once more"
                                       : "That key does nothing here: ? shows what do");
    }
}

static bool has_row(const struct console *console, const struct screen *screen)
{
    const struct home *home = screen->state;
    (void)console;
    return !home->typing && selected(home) != NULL && is_answered(home);
}

static bool waits(const struct screen *screen, const struct term_key *key)
{
    const struct home *home = screen->state;
    bool takes = key->code == '.' || key->code == 'y' || key->code == '+' || key->code == '-' ||
                 key->code == '*' || key->code == 's' || key->code == TERM_ENTER;
    return !home->typing && !is_answered(home) && takes && !key->pasted;
}

static void open_account(struct console *console, struct screen *screen)
{
    const struct home *home = screen->state;
    struct account_args args = {.row = selected(home),
                                .as_of_us = console_as_of(console, home->list_as_of_us)};
    console_push(console, SCREEN_ACCOUNT, &args);
}

/* The account's page opens at its newest row. */
static void to_new(struct console *console, struct screen *screen)
{
    ((struct home *)screen->state)->fresh = 0;
    open_account(console, screen);
}

static void deposit(struct console *console, struct screen *screen)
{
    screens_open_money(console, OP_DEPOSIT_MONEY, selected(screen->state));
}

static void withdraw(struct console *console, struct screen *screen)
{
    screens_open_money(console, OP_WITHDRAW_MONEY, selected(screen->state));
}

static void transfer(struct console *console, struct screen *screen)
{
    screens_open_money(console, OP_TRANSFER_MONEY, selected(screen->state));
}

static void statement(struct console *console, struct screen *screen)
{
    console_push(console, SCREEN_STATEMENT, selected(screen->state));
}

static void copy(struct console *console, struct screen *screen)
{
    char number[SHOW_ACCOUNT_MAX];
    (void)show_account(selected(screen->state)->account, number);
    console_copy(console, number, "%s", number);
}

static void new_account(struct console *console, struct screen *screen)
{
    (void)screen;
    console_push(console, SCREEN_OPEN, NULL);
}

static void outcomes(struct console *console, struct screen *screen)
{
    (void)screen;
    console_push(console, SCREEN_OUTCOMES, NULL);
}

static bool may_see_webhooks(const struct console *console, const struct screen *screen)
{
    return in_list(console, screen) && console->webhooks == MAY_YES;
}

static void webhooks(struct console *console, struct screen *screen)
{
    (void)screen;
    console_push(console, SCREEN_WEBHOOKS, NULL);
}

static void quit(struct console *console, struct screen *screen)
{
    (void)screen;
    console->quit = true;
}

static const struct action actions[] = {
    {TERM_ENTER, TERM_TAB, "To the list", "From the search into the list", to_list, is_typing},
    {TERM_ESCAPE, TERM_F0 + 3, "Clear", "Clear the search", to_find, is_typing},
    {'+', 0, "Deposit", "Deposit into the selected account", deposit, has_row},
    {'-', 0, "Withdraw", "Withdraw from the selected account", withdraw, has_row},
    {'*', 0, "Transfer", "Transfer from the selected account", transfer, has_row},
    {TERM_ENTER, 0, "History", "The selected account's page", open_account, has_row},
    {'s', 0, "Statement", "The selected account's statement", statement, has_row},
    {'.', 0, NULL, "To the newest movements of the selected account", to_new, has_row},
    {'y', 0, "Copy", "Copy the selected account's number (OSC 52)", copy, has_row},
    {'n', 0, "Open account", "Open a new account", new_account, in_list},
    {'/', 0, "Find", "Search anew: by words of the name, or by number", to_find, in_list},
    {'o', 0, "Outcomes", "What was posted in this run, and what is still open", outcomes, in_list},
    {'w', 0, "Webhooks", "Endpoints, their health and deliveries", webhooks, may_see_webhooks},
    {TERM_ESCAPE, TERM_F0 + 3, NULL, "Back to the search", to_find, in_list},
    {'q', 0, "Quit", "Leave the console", quit, in_list},
    {TERM_UP, TERM_DOWN, NULL, "A row up or down; PgUp, PgDn, Home, End go further", NULL, NULL},
};

static void draw_find(struct console *console, struct home *home, struct area area)
{
    char found[SHOW_MONEY_MAX] = "";
    char all[SHOW_MONEY_MAX] = "";
    char right[2 * SHOW_MONEY_MAX + 40] = "name or number";
    (void)console;
    if (home->list_known && home->list.total != LIST_TOTAL_UNKNOWN) {
        (void)show_count(home->list.total, found);
        (void)snprintf(right, sizeof right, "%s%s%s · name or number", found,
                       home->everybody != LIST_TOTAL_UNKNOWN ? " of " : "",
                       home->everybody != LIST_TOTAL_UNKNOWN ? show_count(home->everybody, all)
                                                             : "");
    }
    if (home->list.stuck) {
        (void)snprintf(right, sizeof right, "! %s (F5)",
                       area.columns >= 80 ? SHOW_LIST_STUCK : "the list goes on");
    }
    int at = area_text(area, 0, 1, STYLE_PLAIN, TEXT("Find: "));
    int end = area.columns - 1;
    int hint = area_columns(area, text_of(right));
    if (end - hint - 2 >= at + 16) {
        (void)area_text(area, 0, end - hint, STYLE_DIM, text_of(right));
        end -= hint + 2;
    }
    input_draw_open(&home->find, area, 0, at, end - at, home->typing);
}

static void draw_list(struct home *home, struct area area)
{
    if (home->list_known && home->list.count == 0) {
        (void)area_text(area, 1, 2, STYLE_DIM,
                        home->answered[0] != '\0'
                            ? TEXT("No account matches. Esc clears the search.")
                            : TEXT("No accounts yet: n opens one."));
        return;
    }
    if (!home->list_known) {
        (void)area_text(area, 1, 2, STYLE_DIM, TEXT("reading…"));
        return;
    }
    pane_accounts(area, &home->list, &home->table, !home->typing);
}

static void draw_book(struct home *home, struct area area)
{
    const struct account_row *row_selected = selected(home);
    if (row_selected == NULL) {
        return;
    }
    if (row_selected->account != home->book.account) { /* its pages are not asked for yet */
        pane_title(area, 0, row_selected);
        return;
    }
    pane_title(area, 0, &home->book.row);
    if (home->fresh > 0) {
        char fresh[48];
        (void)snprintf(fresh, sizeof fresh, " ▲ %zu new (.) ", home->fresh);
        (void)area_right(area_part(area, 0, 0, 1, area.columns - 2), 0, STYLE_WARN, text_of(fresh));
    }
    int row = 1 + pane_balance(area, 1, &home->book);
    row += spark_draw(area, row, &home->book);
    pane_history(area_part(area, row, 0, area.rows - row, area.columns), &home->book, NULL);
}

static void draw(struct console *console, struct screen *screen, struct area area)
{
    struct home *home = screen->state;
    draw_find(console, home, area_part(area, 0, 0, 1, area.columns));
    struct area rest = area_part(area, 1, 0, area.rows - 1, area.columns);
    if (area.columns >= BESIDE_COLUMNS) {
        int left = area.columns * 46 / 100;
        draw_list(home, area_part(rest, 0, 0, rest.rows, left));
        area_wall(area_part(rest, 0, left, rest.rows, 1), 0, STYLE_DIM);
        draw_book(home, area_part(rest, 0, left + 1, rest.rows, rest.columns - left - 1));
    } else if (rest.rows >= BELOW_ROWS) {
        int above = rest.rows * 2 / 5;
        draw_list(home, area_part(rest, 0, 0, above, rest.columns));
        draw_book(home, area_part(rest, above, 0, rest.rows - above, rest.columns));
    } else {
        draw_list(home, rest);
    }
}

const struct screen_ops screen_home = {
    .name = "Home",
    .size = sizeof(struct home),
    .actions = actions,
    .action_count = sizeof actions / sizeof *actions,
    .enter = enter,
    .draw = draw,
    .typing = typing,
    .listen = listen,
    .table = table,
    .key = key,
    .waits = waits,
    .tick = tick,
    .reply = reply,
    .change = change,
    .refresh = refresh,
    .leave = leave,
};
