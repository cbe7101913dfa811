/* One event of an account's history, with everything the journal knows of it; from a transfer it
 * goes on to the other account. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/currency.h"
#include "base/time.h"
#include "model/show.h"
#include "screens/pane.h"
#include "screens/screens.h"

#define LABEL_WIDTH 13
#define RETRY_MS 1000
#define LINES_MAX 16
#define LINE_MAX 640

struct fact {
    const char *label;
    char text[LINE_MAX];
    bool amount; /* shown whole or not at all */
};

struct event_screen {
    struct account_row account;
    struct history_event seen;
    char actor[256], reference[REFERENCE_BYTES_MAX], owner[OWNER_BYTES_MAX];
    struct account_row other; /* the counterparty, when known */
    bool other_known, other_missing;
    uint64_t asked;
    int64_t retry_ms;
    struct table table;
};

static struct text kept(char *out, size_t size, struct text text)
{
    (void)snprintf(out, size, "%.*s", TEXT_ARGS(text));
    return text_of(out);
}

static void enter(struct console *console, struct screen *screen, const void *args)
{
    struct event_screen *page = screen->state;
    const struct event_args *wish = args;
    (void)console;
    page->account = *wish->account;
    page->seen = *wish->event;
    struct event *event = &page->seen.event;
    event->actor = kept(page->actor, sizeof page->actor, event->actor);
    event->reference = kept(page->reference, sizeof page->reference, event->reference);
    event->owner = kept(page->owner, sizeof page->owner, event->owner);
}

static void tick(struct console *console, struct screen *screen)
{
    struct event_screen *page = screen->state;
    if (page->seen.counterparty != 0 && !page->other_known && !page->other_missing &&
        page->asked == 0 && console->now_ms >= page->retry_ms) {
        page->asked = call_get_account(console_caller(console, screen, 0), page->seen.counterparty);
    }
}

static void reply(struct console *console, struct screen *screen, const struct client_reply *reply)
{
    struct event_screen *page = screen->state;
    if (reply->id != page->asked) {
        return;
    }
    page->asked = 0;
    if (reply->result == CLIENT_OK) {
        account_row_from(&page->other, reply->value);
        page->other_known = true;
    } else {
        page->other_missing =
            reply->result == CLIENT_PROBLEM && (reply->problem.status == STATUS_account_not_found ||
                                                reply->problem.status == STATUS_forbidden);
        page->retry_ms = console->now_ms + RETRY_MS;
    }
}

static void change(struct console *console, struct screen *screen, const struct event *event)
{
    struct event_screen *page = screen->state;
    (void)console;
    if (page->other_known) {
        (void)account_row_apply(&page->other, event);
    }
}

static void key(struct console *console, struct screen *screen, const struct term_key *key)
{
    struct event_screen *page = screen->state;
    (void)console;
    if (!key->pasted) {
        (void)table_key(&page->table, key->code, true);
    }
}

static bool has_other(const struct console *console, const struct screen *screen)
{
    (void)console;
    return ((const struct event_screen *)screen->state)->other_known;
}

static void open_other(struct console *console, struct screen *screen)
{
    const struct event_screen *page = screen->state;
    struct account_args args = {.row = &page->other, .as_of_us = console->wall_us};
    console_push(console, SCREEN_ACCOUNT, &args);
}

static void find(struct console *console, struct screen *screen)
{
    (void)screen;
    screens_find(console);
}

static const struct action actions[] = {
    {TERM_ENTER, 'c', "Other account", "The page of the transfer's other account", open_other,
     has_other},
    {'/', 0, "Find", "Find another account", find, NULL},
    {TERM_ESCAPE, TERM_F0 + 3, "Back", "Back", console_pop_action, NULL},
    {TERM_LEFT, 'q', NULL, "Back", console_pop_action, NULL},
    {TERM_UP, TERM_DOWN, NULL, "A line up or down; PgUp, PgDn, Home, End go further", NULL, NULL},
};

struct facts {
    struct fact lines[LINES_MAX];
    size_t count;
};

static char *next_line(struct facts *lines, const char *label, bool amount)
{
    CHECK(lines->count < LINES_MAX);
    struct fact *line = &lines->lines[lines->count++];
    line->label = label;
    line->amount = amount;
    return line->text;
}

static void put_money(struct facts *lines, const char *label, struct money money,
                      enum show_sign sign, uint16_t currency)
{
    char text[SHOW_MONEY_MAX];
    (void)snprintf(next_line(lines, label, true), LINE_MAX, "%s %s",
                   show_money(money, currency_exponent(currency), sign, text),
                   currency_code(currency));
}

static void put_number(struct facts *lines, const char *label, uint64_t number)
{
    char text[SHOW_MONEY_MAX];
    (void)snprintf(next_line(lines, label, false), LINE_MAX, "%s", show_count(number, text));
}

static void put_other(struct facts *lines, const struct event_screen *page)
{
    char number[SHOW_ACCOUNT_MAX];
    const char *label = page->seen.seen_change.minor < 0 ? "To" : "From";
    const char *owner = page->other_known     ? page->other.owner
                        : page->other_missing ? "the bank has no such account"
                                              : "…";
    (void)snprintf(next_line(lines, label, false), LINE_MAX, "%s  %s",
                   show_account(page->seen.counterparty, number), owner);
}

static void put_versions(struct facts *lines, const struct event *event)
{
    if (event->type != EVENT_MONEY_TRANSFERRED) {
        put_number(lines, "Version", event->version);
        return;
    }
    char from[SHOW_MONEY_MAX];
    char to[SHOW_MONEY_MAX];
    (void)snprintf(next_line(lines, "Versions", false), LINE_MAX,
                   "%s of the payer, %s of the payee", show_count(event->from_version, from),
                   show_count(event->to_version, to));
}

static void put_what(struct facts *lines, const struct event_screen *page)
{
    const struct event *event = &page->seen.event;
    uint16_t currency = page->account.currency;
    put_money(lines, "Change", page->seen.seen_change, SHOW_SIGNED, currency);
    put_money(lines, "Balance", page->seen.seen_balance, SHOW_PLAIN, currency);
    if (page->seen.counterparty != 0) {
        put_other(lines, page);
    }
    if (event->type == EVENT_ACCOUNT_CREATED) {
        (void)snprintf(next_line(lines, "Owner", false), LINE_MAX, "%s", page->owner);
    } else if (event->type == EVENT_BALANCE_UPDATED) {
        char text[SHOW_MONEY_MAX];
        (void)snprintf(next_line(lines, "Cause", false), LINE_MAX, "#%s",
                       show_count(event->cause, text));
    } else {
        (void)snprintf(next_line(lines, "Reference", false), LINE_MAX, "%s",
                       page->reference[0] != '\0' ? page->reference : "none");
    }
}

static void put_lines(struct facts *lines, const struct event_screen *page)
{
    const struct event *event = &page->seen.event;
    char text[TIME_TEXT_MAX];
    *lines = (struct facts){0};
    put_what(lines, page);
    (void)snprintf(next_line(lines, "At", false), LINE_MAX, "%s", time_print(event->at, text));
    (void)snprintf(next_line(lines, "Actor", false), LINE_MAX, "%s",
                   page->actor[0] != '\0' ? page->actor : "nobody");
    (void)snprintf(next_line(lines, "Channel", false), LINE_MAX, "%s",
                   event->channel < CHANNEL_COUNT ? channel_names[event->channel] : "?");
    put_number(lines, "Position", event->position);
    put_versions(lines, event);
    (void)snprintf(next_line(lines, "Type", false), LINE_MAX, "%s", event_type_names[event->type]);
}

static int line_rows(struct area area, const struct fact *line)
{
    struct area value = area_part(area, 0, LABEL_WIDTH, area.rows, area.columns - LABEL_WIDTH);
    int rows = line->amount ? 1 : area_wrap_rows(value, text_of(line->text));
    return rows > 0 ? rows : 1;
}

static int draw_line(struct area area, int row, const struct fact *line, bool selected)
{
    int rows = line_rows(area, line);
    struct area value = area_part(area, row, LABEL_WIDTH, rows, area.columns - LABEL_WIDTH);
    (void)area_text(area, row, 2, selected ? STYLE_SELECTED : STYLE_DIM, text_of(line->label));
    if (line->amount) {
        (void)area_amount(value, 0, 0, area_columns(value, text_of(line->text)), STYLE_STRONG,
                          line->text);
    } else {
        (void)area_wrap(value, 0, STYLE_PLAIN, text_of(line->text));
    }
    if (selected) {
        (void)area_text(area, row, 0, STYLE_SELECTED, TEXT(">"));
        area_cursor(area, row, 0);
    }
    return rows;
}

/* Lines differ in height: the window begins where the selected one still has room. */
static void draw_lines(struct event_screen *page, struct area area, const struct facts *lines)
{
    struct table *table = &page->table;
    int used = 0;
    table_resize(table, lines->count);
    for (size_t i = table->selected + 1; i-- > 0;) {
        used += line_rows(area, &lines->lines[i]);
        if (used > area.rows && i < table->selected) {
            table->top = table->top > i ? table->top : i + 1;
            break;
        }
    }
    table->top = table->top > table->selected ? table->selected : table->top;
    table->shown = 0;
    for (int row = 0; row < area.rows && table->top + table->shown < lines->count; table->shown++) {
        size_t index = table->top + table->shown;
        row += draw_line(area, row, &lines->lines[index], index == table->selected);
    }
}

static void draw(struct console *console, struct screen *screen, struct area area)
{
    struct event_screen *page = screen->state;
    char number[SHOW_ACCOUNT_MAX];
    char position[SHOW_MONEY_MAX];
    (void)console;
    int at = area_print(area, 0, 1, STYLE_STRONG, "%s #%s · %s · ",
                        show_movement(page->seen.event.type, page->seen.seen_change),
                        show_count(page->seen.event.position, position),
                        show_account(page->account.account, number));
    (void)area_fit(area, 0, at, area.columns - at, STYLE_STRONG, text_of(page->account.owner));
    struct facts *lines = calloc(1, sizeof *lines);
    CHECK(lines != NULL);
    put_lines(lines, page);
    int row = area.rows >= 14 ? 2 : 1;
    draw_lines(page, area_part(area, row, 0, area.rows - row, area.columns), lines);
    free(lines);
}

const struct screen_ops screen_event = {
    .name = "Event",
    .size = sizeof(struct event_screen),
    .actions = actions,
    .action_count = sizeof actions / sizeof *actions,
    .enter = enter,
    .draw = draw,
    .key = key,
    .tick = tick,
    .reply = reply,
    .change = change,
};
