/* The statement of a month, and the months before and after. */
#include <stdio.h>
#include <stdlib.h>

#include "base/currency.h"
#include "base/time.h"
#include "model/paper.h"
#include "model/show.h"
#include "screens/pane.h"
#include "screens/print.h"
#include "screens/screens.h"
#include "screens/statement_chart.h"
#include "widgets/input.h"

#define RETRY_MS 1000
#define TOTALS_END 64 /* the column behind the totals, where they have one */

struct statement {
    struct account_row account;
    int32_t wanted; /* month */
    uint64_t asked;
    bool stale;
    int64_t retry_ms;
    bool known; /* what follows is the statement of `shown` */
    int32_t shown;
    struct money opening, credits, debits, closing;
    uint64_t credit_count, debit_count;
    bool final;
    int64_t as_of_us;
    struct movement *lines;
    size_t line_count;
    struct table table;
    bool going; /* `g`: the month is being typed */
    struct input month;
};

static void enter(struct console *console, struct screen *screen, const void *args)
{
    struct statement *statement = screen->state;
    statement->account = *(const struct account_row *)args;
    statement->wanted = month_of(console->wall_us);
    statement->stale = true;
    input_init(&statement->month, 7, false);
}

static void leave(struct console *console, struct screen *screen)
{
    (void)console;
    struct statement *statement = screen->state;
    free(statement->lines);
}

static void refresh(struct console *console, struct screen *screen)
{
    (void)console;
    struct statement *statement = screen->state;
    statement->stale = true;
    statement->retry_ms = 0;
}

static void tick(struct console *console, struct screen *screen)
{
    struct statement *statement = screen->state;
    if (statement->stale && statement->asked == 0 && console->now_ms >= statement->retry_ms) {
        statement->asked = call_get_statement(console_caller(console, screen, 0),
                                              statement->account.account, statement->wanted);
        statement->stale = statement->asked == 0;
    }
}

static void take(struct statement *statement, const struct statement_result *result,
                 int64_t wall_us)
{
    bool same = statement->known && statement->shown == result->month;
    free(statement->lines);
    statement->line_count = movement_from_lines(result, &statement->lines);
    statement->known = true;
    statement->shown = result->month;
    statement->opening = result->opening_balance;
    statement->closing = result->closing_balance;
    statement->credits = result->credits.total;
    statement->debits = result->debits.total;
    statement->credit_count = result->credits.count;
    statement->debit_count = result->debits.count;
    statement->final = result->final;
    statement->as_of_us = wall_us;
    if (!same) {
        statement->table = (struct table){0};
    }
    table_resize(&statement->table, statement->line_count);
}

static void reply(struct console *console, struct screen *screen, const struct client_reply *reply)
{
    struct statement *statement = screen->state;
    if (reply->id != statement->asked) {
        return;
    }
    statement->asked = 0;
    if (reply->result == CLIENT_OK) {
        const struct statement_result *result = reply->value;
        if (result->month == statement->wanted) {
            take(statement, result, console->wall_us);
        }
        return;
    }
    if (reply->result == CLIENT_PROBLEM && (reply->problem.status == STATUS_statement_not_found ||
                                            reply->problem.status == STATUS_invalid_parameter)) {
        char month[SHOW_MONTH_MAX];
        console_say(console, STYLE_WARN, "The account has no statement of %s",
                    show_month(statement->wanted, month));
        statement->wanted = statement->known ? statement->shown : statement->wanted;
        return;
    }
    statement->stale = true;
    statement->retry_ms = console->now_ms + RETRY_MS;
}

static void change(struct console *console, struct screen *screen, const struct event *event)
{
    struct statement *statement = screen->state;
    (void)console;
    if (event->type == EVENT_BALANCE_UPDATED && event->account == statement->account.account &&
        month_of(event->at) == statement->wanted) {
        statement->stale = true;
    }
}

static void go(struct statement *statement, int32_t month)
{
    statement->wanted = month;
    statement->stale = true;
    statement->asked = 0; /* a reply that still comes is not for this month */
}

static void earlier(struct console *console, struct screen *screen)
{
    struct statement *statement = screen->state;
    if (statement->wanted <= month_of(statement->account.opened_at)) {
        console_say(console, STYLE_WARN, "The account was opened in this month");
        return;
    }
    go(statement, statement->wanted - 1);
}

static void later(struct console *console, struct screen *screen)
{
    struct statement *statement = screen->state;
    if (statement->wanted >= month_of(console->wall_us)) {
        console_say(console, STYLE_WARN, "This is the current month");
        return;
    }
    go(statement, statement->wanted + 1);
}

static void ask_month(struct console *console, struct screen *screen)
{
    struct statement *statement = screen->state;
    (void)console;
    input_clear(&statement->month);
    statement->going = true;
}

static bool typing(const struct screen *screen)
{
    return ((const struct statement *)screen->state)->going;
}

static bool is_going(const struct console *console, const struct screen *screen)
{
    (void)console;
    return typing(screen);
}

static bool is_reading(const struct console *console, const struct screen *screen)
{
    (void)console;
    return !typing(screen);
}

static void go_typed(struct console *console, struct screen *screen)
{
    struct statement *statement = screen->state;
    int32_t month = 0;
    if (!month_parse(input_text(&statement->month), &month)) {
        console_say(console, STYLE_WARN, "Type the month as 2026-02");
        return;
    }
    statement->going = false;
    go(statement, month);
}

static void stop_going(struct console *console, struct screen *screen)
{
    (void)console;
    ((struct statement *)screen->state)->going = false;
}

static void key(struct console *console, struct screen *screen, const struct term_key *key)
{
    struct statement *statement = screen->state;
    bool changed = false;
    (void)console;
    if (statement->going) {
        (void)input_key(&statement->month, key, &changed);
    } else if (!key->pasted) {
        (void)table_key(&statement->table, key->code, true);
    }
}

static struct table *table(struct screen *screen)
{
    return &((struct statement *)screen->state)->table;
}

static void copy(struct console *console, struct screen *screen)
{
    const struct statement *statement = screen->state;
    if (statement->table.selected >= statement->line_count) {
        console_say(console, STYLE_WARN, "There is no row to copy");
        return;
    }
    const struct movement *row = &statement->lines[statement->table.selected];
    unsigned exponent = currency_exponent(statement->account.currency);
    char day[DAY_TEXT_MAX];
    char change[SHOW_MONEY_MAX];
    char balance[SHOW_MONEY_MAX];
    console_copy(console, "the selected row", "%s\t%s\t%s\t%s\t%s", day_print(day_of(row->at), day),
                 show_movement(row->type, row->change), row->reference,
                 show_money(row->change, exponent, SHOW_SIGNED, change),
                 show_money(row->balance, exponent, SHOW_PLAIN, balance));
}

static bool is_current(const struct console *console, const struct screen *screen)
{
    const struct statement *statement = screen->state;
    return is_reading(console, screen) && statement->known && statement->shown == statement->wanted;
}

static struct paper_statement paper_of(const struct statement *statement)
{
    return (struct paper_statement){.account = statement->account.account,
                                    .owner = statement->account.owner,
                                    .currency = statement->account.currency,
                                    .month = statement->shown,
                                    .opening = statement->opening,
                                    .credits = statement->credits,
                                    .debits = statement->debits,
                                    .closing = statement->closing,
                                    .credit_count = statement->credit_count,
                                    .debit_count = statement->debit_count,
                                    .final = statement->final,
                                    .as_of = statement->as_of_us,
                                    .lines = statement->lines,
                                    .line_count = statement->line_count};
}

static void export(struct console *console, struct screen *screen)
{
    struct paper_statement paper = paper_of(screen->state);
    (void)print_statement(console, &paper, true);
}

static void print(struct console *console, struct screen *screen)
{
    struct paper_statement paper = paper_of(screen->state);
    (void)print_statement(console, &paper, false);
}

static const struct action actions[] = {
    {'[', TERM_LEFT, "Month before", "The month before", earlier, is_reading},
    {']', TERM_RIGHT, "Month after", "The month after", later, is_reading},
    {'y', 0, "Copy", "Copy the selected row (OSC 52)", copy, is_reading},
    {'x', 0, "Export", "Write it into files, as text and as CSV", export, is_current},
    {'p', 0, "Print", "Print it, or write it into a file", print, is_current},
    {'g', 0, "Go to month", "Type the month to go to", ask_month, is_reading},
    {TERM_ENTER, 0, "Go", "Go to the month that was typed", go_typed, is_going},
    {TERM_ESCAPE, TERM_F0 + 3, "Cancel", "Stay at this month", stop_going, is_going},
    {TERM_ESCAPE, TERM_F0 + 3, "Back", "Back", console_pop_action, is_reading},
    {TERM_UP, TERM_DOWN, NULL, "A row up or down; PgUp, PgDn, Home, End go further", NULL, NULL},
};

static void draw_months(struct console *console, const struct statement *statement,
                        struct area area)
{
    char month[SHOW_MONTH_MAX];
    int at = 1;
    if (statement->going) {
        at = area_text(area, 0, at, STYLE_PLAIN, TEXT("Month (2026-02): "));
        input_draw(&statement->month, area, 0, at, 10, true);
        return;
    }
    bool narrow = area.columns < 70;
    if (statement->wanted > month_of(statement->account.opened_at)) {
        at = narrow ? area_text(area, 0, at, STYLE_DIM, TEXT("◄"))
                    : area_print(area, 0, at, STYLE_DIM, "◄ %s",
                                 show_month_short(statement->wanted - 1, month));
    }
    at = area_print(area, 0, at + (narrow ? 1 : 3), STYLE_STRONG, "[ %s ]",
                    show_month(statement->wanted, month));
    if (statement->wanted < month_of(console->wall_us)) {
        (void)(narrow ? area_text(area, 0, at + 1, STYLE_DIM, TEXT("►"))
                      : area_print(area, 0, at + 3, STYLE_DIM, "%s ►",
                                   show_month_short(statement->wanted + 1, month)));
    }
    char state[40];
    char clock[SHOW_CLOCK_MAX];
    bool current = statement->known && statement->shown == statement->wanted;
    if (!current) {
        (void)snprintf(state, sizeof state, "reading… ");
    } else if (statement->final) {
        (void)snprintf(state, sizeof state, "FINAL ");
    } else {
        (void)snprintf(state, sizeof state, narrow ? "so far " : "as of %s ",
                       show_clock(statement->as_of_us, clock));
    }
    (void)area_right(area, 0, current && statement->final ? STYLE_STRONG : STYLE_DIM,
                     text_of(state));
}

static void draw_total(struct area area, int row, const char *label, struct money money,
                       enum show_sign sign, unsigned exponent)
{
    char text[SHOW_MONEY_MAX];
    int at = area_text(area, row, 1, STYLE_PLAIN, text_of(label)) + 1;
    int width = area.columns < 70 ? area.columns - at : 24;
    (void)area_amount(area, row, area.columns < 70 ? at : 40, width, STYLE_STRONG,
                      show_money(money, exponent, sign, text));
}

/* opening + credits - debits = closing, as the bank promises: shown with the sum done here. */
/* Returns the column behind it. */
static int draw_sum(const struct statement *statement, struct area area, int row)
{
    unsigned exponent = currency_exponent(statement->account.currency);
    char opening[SHOW_MONEY_MAX];
    char credits[SHOW_MONEY_MAX];
    char debits[SHOW_MONEY_MAX];
    char closing[SHOW_MONEY_MAX];
    struct money sum = statement->opening;
    bool right = money_add(sum, statement->credits, &sum) &&
                 money_subtract(sum, statement->debits, &sum) &&
                 sum.minor == statement->closing.minor;
    char line[4 * SHOW_MONEY_MAX + 32];
    const char *tick = area.surface->ascii ? "OK" : "✓";
    (void)snprintf(line, sizeof line, "%s + %s − %s = %s  %s",
                   show_money(statement->opening, exponent, SHOW_PLAIN, opening),
                   show_money(statement->credits, exponent, SHOW_PLAIN, credits),
                   show_money(statement->debits, exponent, SHOW_PLAIN, debits),
                   show_money(statement->closing, exponent, SHOW_PLAIN, closing),
                   right ? tick : "DOES NOT ADD UP");
    bool fits = area_columns(area, text_of(line)) < area.columns - 1;
    struct text text = fits    ? text_of(line)
                       : right ? TEXT("The sum is right")
                               : TEXT("DOES NOT ADD UP");
    return area_text(area, row, 1, right ? STYLE_DIM : STYLE_ALARM, text);
}

static void draw_figures(const struct statement *statement, struct area area)
{
    unsigned exponent = currency_exponent(statement->account.currency);
    char label[64];
    char count[SHOW_MONEY_MAX];
    char day[DAY_TEXT_MAX];
    int32_t first = day_of(month_start(statement->shown));
    int32_t last = day_of(month_start(statement->shown + 1)) - 1;
    last =
        statement->final || day_of(statement->as_of_us) > last ? last : day_of(statement->as_of_us);
    bool roomy = area.columns >= 70;
    (void)snprintf(label, sizeof label, "Opening balance%s%s", roomy ? "  " : "",
                   roomy ? day_print(first, day) : "");
    draw_total(area, 0, label, statement->opening, SHOW_PLAIN, exponent);
    (void)snprintf(label, sizeof label, "Credits (%s)", show_count(statement->credit_count, count));
    draw_total(area, 1, label, statement->credits, SHOW_SIGNED, exponent);
    (void)snprintf(label, sizeof label, "Debits (%s)", show_count(statement->debit_count, count));
    draw_total(area, 2, label, statement->debits, SHOW_DEBIT, exponent);
    (void)snprintf(label, sizeof label, "Closing balance%s%s", roomy ? "  " : "",
                   roomy ? day_print(last, day) : "");
    draw_total(area, 3, label, statement->closing, SHOW_PLAIN, exponent);
    int sum_end = draw_sum(statement, area, 4);
    struct statement_chart chart = {
        .month = statement->shown,
        .opening = statement->opening,
        .last_at = statement->final ? month_start(statement->shown + 1) - 1 : statement->as_of_us,
        .opened_at = statement->account.opened_at,
        .lines = statement->lines,
        .line_count = statement->line_count};
    statement_chart_draw(area, &chart, exponent, TOTALS_END, sum_end);
}

static void draw(struct console *console, struct screen *screen, struct area area)
{
    struct statement *statement = screen->state;
    char number[SHOW_ACCOUNT_MAX];
    int at = area_print(area, 0, 1, STYLE_STRONG, "STATEMENT · %s · %s · ",
                        show_account(statement->account.account, number),
                        currency_code(statement->account.currency));
    (void)area_fit(area, 0, at, area.columns - at, STYLE_STRONG, text_of(statement->account.owner));
    draw_months(console, statement, area_part(area, 1, 0, 1, area.columns));
    if (!statement->known) {
        return;
    }
    int row = 2;
    bool roomy = area.rows >= 14;
    if (roomy) {
        draw_figures(statement, area_part(area, 2, 0, 5, area.columns));
        row = 7;
    } else {
        draw_total(area_part(area, 2, 0, 1, area.columns), 0, "Closing balance", statement->closing,
                   SHOW_PLAIN, currency_exponent(statement->account.currency));
        row = 3;
    }
    struct pane_movements lines = {.rows = statement->lines,
                                   .count = statement->line_count,
                                   .exponent = currency_exponent(statement->account.currency),
                                   .split = true,
                                   .table = &statement->table};
    struct area below = area_part(area, row, 0, area.rows - row, area.columns);
    if (statement->line_count == 0) {
        (void)area_text(below, 0, 2, STYLE_DIM, TEXT("No movement in this month"));
    } else {
        pane_movements(below, &lines);
    }
}

const struct screen_ops screen_statement = {
    .name = "Statement",
    .size = sizeof(struct statement),
    .actions = actions,
    .action_count = sizeof actions / sizeof *actions,
    .enter = enter,
    .draw = draw,
    .typing = typing,
    .key = key,
    .table = table,
    .tick = tick,
    .reply = reply,
    .change = change,
    .refresh = refresh,
    .leave = leave,
};
