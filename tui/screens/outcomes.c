/* What was posted in this run, what was left open by an earlier one, and what became of it: what
 * is still open on top, then every outcome, the newest first; and the totals of each currency. */
#include <stdio.h>

#include "base/currency.h"
#include "model/show.h"
#include "screens/print.h"
#include "screens/screens.h"
#include "widgets/table.h"

struct outcomes {
    struct table table;
    bool totals; /* shown instead of the outcomes */
    struct table totals_table;
};

#define HEAD_ROWS 2

static bool selected(const struct console *console, const struct screen *screen,
                     struct posting *out)
{
    const struct outcomes *outcomes = screen->state;
    return !outcomes->totals && poster_row(&console->poster, outcomes->table.selected, out);
}

static void key(struct console *console, struct screen *screen, const struct term_key *key)
{
    struct outcomes *outcomes = screen->state;
    (void)console;
    if (!key->pasted) {
        (void)table_key(outcomes->totals ? &outcomes->totals_table : &outcomes->table, key->code,
                        true);
    }
}

static struct table *table(struct screen *screen)
{
    struct outcomes *outcomes = screen->state;
    return outcomes->totals ? &outcomes->totals_table : &outcomes->table;
}

static void copy(struct console *console, struct screen *screen)
{
    struct posting posting;
    char line[POSTING_TELL_MAX];
    if (!selected(console, screen, &posting)) {
        console_say(console, STYLE_WARN, "There is nothing to copy");
        return;
    }
    (void)posting_tell(&posting, console->now_ms, line);
    console_copy(console, "the selected outcome", "%s", line);
}

static bool is_posted(const struct console *console, const struct screen *screen)
{
    struct posting posting;
    return selected(console, screen, &posting) && posting.intent.state == INTENT_DONE;
}

static void receipt(struct console *console, struct screen *screen)
{
    struct posting posting;
    if (selected(console, screen, &posting)) {
        (void)print_receipt(console, &posting.intent);
    }
}

static bool shows_rows(const struct console *console, const struct screen *screen)
{
    (void)console;
    return !((const struct outcomes *)screen->state)->totals;
}

static bool shows_totals(const struct console *console, const struct screen *screen)
{
    return !shows_rows(console, screen);
}

static void turn_over(struct console *console, struct screen *screen)
{
    struct outcomes *outcomes = screen->state;
    (void)console;
    outcomes->totals = !outcomes->totals;
}

static const struct action actions[] = {
    {TERM_ESCAPE, TERM_ENTER, "Back", "Back", console_pop_action, NULL},
    {TERM_F0 + 3, 'q', NULL, "Back", console_pop_action, NULL},
    {'t', 0, "Totals", "What this run posted, in and out of each currency", turn_over, shows_rows},
    {'t', 0, "Outcomes", "What was posted, and what is still open", turn_over, shows_totals},
    {'p', 0, "Receipt", "Print the selected posting's receipt, or write it into a file", receipt,
     is_posted},
    {'y', 0, "Copy", "Copy the selected outcome (OSC 52)", copy, shows_rows},
    {TERM_UP, TERM_DOWN, NULL, "A row up or down; PgUp, PgDn, Home, End go further", NULL, NULL},
};

static void draw_row(struct console *console, struct area area, int row, int each, size_t index,
                     bool selected_row)
{
    struct posting posting;
    char clock[SHOW_CLOCK_MAX];
    char line[POSTING_TELL_MAX];
    char text[POSTING_TELL_MAX + 24];
    if (!poster_row(&console->poster, index, &posting)) {
        return;
    }
    enum style style = posting_tell(&posting, console->now_ms, line);
    (void)snprintf(text, sizeof text, "%s%s", posting.intent.recovered ? "of an earlier run: " : "",
                   line);
    int at = area_print(area, row, 1, STYLE_DIM, "%s %s ", selected_row ? ">" : " ",
                        show_clock(posting.intent.at, clock));
    (void)area_wrap(area_part(area, row, at, each, area.columns - at), 0, style, text_of(text));
    if (selected_row) {
        area_cursor(area, row, 1);
    }
}

static void draw_rows(struct console *console, struct outcomes *outcomes, struct area area)
{
    struct table *rows = &outcomes->table;
    int each = area.columns >= 100 ? 1 : area.columns >= 60 ? 2 : 5;
    table_resize(rows, poster_row_count(&console->poster));
    if (rows->count == 0) {
        (void)area_text(area, 0, 2, STYLE_DIM, TEXT("Nothing was posted in this run"));
        return;
    }
    table_fit(rows, (size_t)(area.rows / each > 0 ? area.rows / each : 1));
    table_place(rows, area, each);
    for (size_t i = 0; i < rows->shown && rows->top + i < rows->count; i++) {
        draw_row(console, area, (int)i * each, each, rows->top + i,
                 rows->top + i == rows->selected);
    }
}

static void draw_sum(const struct session_total *total, struct area area, int row, int column,
                     int width, const char *label, struct money sum, enum show_sign sign)
{
    char text[SHOW_MONEY_MAX];
    int at = area_text(area, row, column, STYLE_DIM, text_of(label));
    (void)area_amount(
        area, row, at, width - (at - column), STYLE_STRONG,
        total->beyond ? "####" : show_money(sum, currency_exponent(total->currency), sign, text));
}

/* A currency in a row where there is room, else the three sums below each other. */
static void draw_total(const struct session_total *total, struct area area, int row, int each,
                       bool selected_row)
{
    char count[SHOW_MONEY_MAX];
    (void)area_print(area, row, 1, selected_row ? STYLE_SELECTED : STYLE_PLAIN, "%s %s  %s posted",
                     selected_row ? ">" : " ", currency_code(total->currency),
                     show_count(total->count, count));
    int width = each == 1 ? (area.columns - 22) / 3 - 2 : area.columns - 6;
    const struct money sums[] = {total->in, total->out, total->moved};
    static const char *const labels[] = {"in", "out", "moved"};
    static const enum show_sign signs[] = {SHOW_SIGNED, SHOW_DEBIT, SHOW_PLAIN};
    for (int i = 0; i < 3; i++) {
        int column = each == 1 ? 22 + i * (width + 2) : 5;
        draw_sum(total, area, each == 1 ? row : row + 1 + i, column, width, labels[i], sums[i],
                 signs[i]);
    }
    if (selected_row) {
        area_cursor(area, row, 1);
    }
}

static void draw_totals(const struct console *console, struct outcomes *outcomes, struct area area)
{
    const struct session *session = &console->poster.session;
    struct table *rows = &outcomes->totals_table;
    int each = area.columns >= 70 ? 1 : 4;
    table_resize(rows, session->total_count);
    table_fit(rows, (size_t)(area.rows / each > 0 ? area.rows / each : 1));
    table_place(rows, area, each);
    for (size_t i = 0; i < rows->shown && rows->top + i < rows->count; i++) {
        draw_total(&session->totals[rows->top + i], area, (int)i * each, each,
                   rows->top + i == rows->selected);
    }
}

static void draw(struct console *console, struct screen *screen, struct area area)
{
    struct outcomes *outcomes = screen->state;
    const struct session *session = &console->poster.session;
    char posted[SHOW_MONEY_MAX];
    char refused[SHOW_MONEY_MAX];
    char text[128];
    struct text title = outcomes->totals ? TEXT("TOTALS of this run")
                                         : TEXT("OUTCOMES · of this run, and what was open");
    (void)area_fit(area, 0, 1, area.columns - 1, STYLE_STRONG, title);
    (void)snprintf(text, sizeof text, "%s posted, %s refused ", show_count(session->posted, posted),
                   show_count(session->refused, refused));
    int right = area.columns - area_columns(area, text_of(text));
    bool beside = right > area_columns(area, title) + 3;
    (void)area_text(area, beside ? 0 : 1, beside ? right : 1, STYLE_DIM, text_of(text));
    struct area rows = area_part(area, HEAD_ROWS, 0, area.rows - HEAD_ROWS, area.columns);
    if (outcomes->totals) {
        draw_totals(console, outcomes, rows);
    } else {
        draw_rows(console, outcomes, rows);
    }
}

const struct screen_ops screen_outcomes = {
    .name = "Outcomes",
    .size = sizeof(struct outcomes),
    .actions = actions,
    .action_count = sizeof actions / sizeof *actions,
    .draw = draw,
    .key = key,
    .table = table,
};
