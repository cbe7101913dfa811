/* An account's page: its balance, and its history, live. */
#include <stdio.h>

#include "base/currency.h"
#include "base/time.h"
#include "model/show.h"
#include "screens/pane.h"
#include "screens/screens.h"
#include "screens/spark.h"

#define OLDER_AHEAD 20 /* rows before the end at which the next page is asked for */

struct account {
    struct book book;
    struct table table;
    size_t fresh; /* new rows above the window that nobody has seen */
};

static void enter(struct console *console, struct screen *screen, const void *args)
{
    struct account *account = screen->state;
    const struct account_args *wish = args;
    (void)console;
    book_open(&account->book, wish->row->account);
    account->book.row = *wish->row;
    account->book.known = true;
    account->book.as_of_us = wish->as_of_us;
}

static void leave(struct console *console, struct screen *screen)
{
    (void)console;
    struct account *account = screen->state;
    book_close(&account->book);
}

static void refresh(struct console *console, struct screen *screen)
{
    (void)console;
    struct account *account = screen->state;
    book_refresh(&account->book);
}

static void tick(struct console *console, struct screen *screen)
{
    struct account *account = screen->state;
    if (account->table.selected + account->table.shown + OLDER_AHEAD >=
        account->book.history.count) {
        book_want_older(&account->book);
    }
    book_turn(&account->book, console_caller(console, screen, 0), console->wall_us);
    book_true_as_of(&account->book, console_as_of(console, account->book.as_of_us));
    if (account->table.top == 0) {
        account->fresh = 0;
    }
}

static void reply(struct console *console, struct screen *screen, const struct client_reply *reply)
{
    struct account *account = screen->state;
    if (!book_reply(&account->book, reply, console->now_ms, console->wall_us)) {
        return;
    }
    size_t fresh = account->book.fresh;
    account->book.fresh = 0;
    if (fresh > 0) {
        table_shift(&account->table, fresh);
        account->fresh += account->table.top > 0 ? fresh : 0;
    }
    table_resize(&account->table, account->book.history.count);
}

static void change(struct console *console, struct screen *screen, const struct event *event)
{
    struct account *account = screen->state;
    book_change(&account->book, event, console->wall_us);
}

static void key(struct console *console, struct screen *screen, const struct term_key *key)
{
    struct account *account = screen->state;
    (void)console;
    if (!key->pasted) {
        (void)table_key(&account->table, key->code, true);
    }
}

static void deposit(struct console *console, struct screen *screen)
{
    screens_open_money(console, OP_DEPOSIT_MONEY, &((struct account *)screen->state)->book.row);
}

static void withdraw(struct console *console, struct screen *screen)
{
    screens_open_money(console, OP_WITHDRAW_MONEY, &((struct account *)screen->state)->book.row);
}

static void transfer(struct console *console, struct screen *screen)
{
    screens_open_money(console, OP_TRANSFER_MONEY, &((struct account *)screen->state)->book.row);
}

static void statement(struct console *console, struct screen *screen)
{
    console_push(console, SCREEN_STATEMENT, &((struct account *)screen->state)->book.row);
}

static void to_new(struct console *console, struct screen *screen)
{
    struct account *account = screen->state;
    (void)console;
    account->table.selected = 0;
}

/* As in a spreadsheet: tabs between, whole amounts. */
static void copy(struct console *console, struct screen *screen)
{
    const struct account *account = screen->state;
    const struct history *history = &account->book.history;
    if (account->table.selected >= history->count) {
        console_say(console, STYLE_WARN, "There is no row to copy yet");
        return;
    }
    const struct movement *row = &history->rows[account->table.selected];
    unsigned exponent = currency_exponent(account->book.row.currency);
    char day[DAY_TEXT_MAX];
    char other[SHOW_ACCOUNT_MAX] = "";
    char change[SHOW_MONEY_MAX];
    char balance[SHOW_MONEY_MAX];
    if (row->counterparty != 0) {
        (void)show_account(row->counterparty, other);
    }
    console_copy(console, "the selected row", "%s\t%s\t%s\t%s\t%s\t%s",
                 day_print(day_of(row->at), day), show_movement(row->type, row->change), other,
                 row->reference, show_money(row->change, exponent, SHOW_SIGNED, change),
                 show_money(row->balance, exponent, SHOW_PLAIN, balance));
}

static void find(struct console *console, struct screen *screen)
{
    (void)screen;
    screens_find(console);
}

static struct table *table(struct screen *screen)
{
    return &((struct account *)screen->state)->table;
}

static void history(struct console *console, struct screen *screen)
{
    const struct account *account = screen->state;
    const struct history *rows = &account->book.history;
    size_t selected = account->table.selected;
    struct history_args args = {.account = &account->book.row};
    if (selected > 0 && selected < rows->count) {
        args.position = rows->rows[selected].position;
    }
    console_push(console, SCREEN_HISTORY, &args);
}

static void as_of(struct console *console, struct screen *screen)
{
    console_push(console, SCREEN_AS_OF, &((struct account *)screen->state)->book.row);
}

static void set_pin(struct console *console, struct screen *screen)
{
    console_push(console, SCREEN_SET_PIN, &((struct account *)screen->state)->book.row);
}

static const struct action actions[] = {
    {'+', 0, "Deposit", "Deposit into this account", deposit, NULL},
    {'-', 0, "Withdraw", "Withdraw from this account", withdraw, NULL},
    {'*', 0, "Transfer", "Transfer from this account", transfer, NULL},
    {TERM_ENTER, 'h', "History", "Its whole history, with filters and every detail", history, NULL},
    {'s', 0, "Statement", "Its statement, month by month", statement, NULL},
    {'b', 0, "Balance as of", "The balance as it stood on a day or at a time", as_of, NULL},
    {'P', 0, NULL, "Set the PIN of this account for cash machines", set_pin, NULL},
    {'.', 0, "Newest", "To the newest row", to_new, NULL},
    {'y', 0, "Copy", "Copy the selected row (OSC 52)", copy, NULL},
    {'/', 0, "Find", "Find another account", find, NULL},
    {TERM_ESCAPE, TERM_F0 + 3, "Back", "Back", console_pop_action, NULL},
    {TERM_UP, TERM_DOWN, NULL, "A row up or down; PgUp, PgDn, Home, End go further", NULL, NULL},
};

static void draw_position(const struct account *account, struct area row)
{
    const struct history *history = &account->book.history;
    char text[96];
    if (!account->book.history_known || history->count == 0) {
        return;
    }
    size_t last = account->table.top + account->table.shown;
    last = last < history->count ? last : history->count;
    (void)snprintf(text, sizeof text, "%zu–%zu of %zu%s ", account->table.top + 1, last,
                   history->count, history->more || history->stuck ? "+" : "");
    int at = area_right(row, 0, STYLE_DIM, text_of(text));
    if (history->stuck && last == history->count) {
        (void)area_fit(row, 0, 1, at - 2, STYLE_WARN, TEXT(SHOW_LIST_STUCK " (F5)"));
    } else if (account->fresh > 0) {
        (void)snprintf(text, sizeof text, "▲ %zu new (.)", account->fresh);
        (void)area_text(row, 0, at - area_columns(row, text_of(text)) - 3, STYLE_WARN,
                        text_of(text));
    }
}

static void draw(struct console *console, struct screen *screen, struct area area)
{
    struct account *account = screen->state;
    (void)console;
    pane_title(area, 0, &account->book.row);
    int row = 1 + pane_balance(area, 1, &account->book);
    row += spark_draw(area, row, &account->book);
    int rows = area.rows - row - 1;
    pane_history(area_part(area, row, 0, rows, area.columns), &account->book, &account->table);
    draw_position(account, area_part(area, area.rows - 1, 0, 1, area.columns));
}

const struct screen_ops screen_account = {
    .name = "Account",
    .size = sizeof(struct account),
    .actions = actions,
    .action_count = sizeof actions / sizeof *actions,
    .enter = enter,
    .draw = draw,
    .key = key,
    .table = table,
    .tick = tick,
    .reply = reply,
    .change = change,
    .refresh = refresh,
    .leave = leave,
};
