/* An account's page: its balance, and its history, live. */
#include <stdio.h>

#include "screens/pane.h"
#include "screens/screens.h"

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
    book_turn(&account->book, console_caller(console, screen, 0));
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

static void find(struct console *console, struct screen *screen)
{
    (void)screen;
    screens_find(console);
}

static const struct action actions[] = {
    {'+', 0, "Deposit", "Deposit into this account", deposit, NULL},
    {'-', 0, "Withdraw", "Withdraw from this account", withdraw, NULL},
    {'*', 0, "Transfer", "Transfer from this account", transfer, NULL},
    {'s', 0, "Statement", "Its statement, month by month", statement, NULL},
    {'.', 0, "Newest", "To the newest row", to_new, NULL},
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
                   history->count, history->more ? "+" : "");
    int at = area_right(row, 0, STYLE_DIM, text_of(text));
    if (account->fresh > 0) {
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
    .tick = tick,
    .reply = reply,
    .change = change,
    .refresh = refresh,
    .leave = leave,
};
