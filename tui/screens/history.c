/* The history of an account: every event or some of them, newest first, without end in either
 * direction. A page under a filter may come back short or empty while there is more: it goes on
 * by itself for a while, and then waits for a key. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/currency.h"
#include "model/show.h"
#include "model/trail.h"
#include "screens/pane.h"
#include "screens/screens.h"

#define AHEAD 30     /* rows before an end at which the next page is asked for */
#define TRIES_MAX 50 /* short pages in a row that go on without a key */
#define RETRY_MS 1000
#define NEWS_ROWS_MAX (TRAIL_ROWS_MAX / 2) /* more at once are read when somebody goes there */

struct history_screen {
    struct account_row account;
    struct trail_filter filter;
    bool filter_changed; /* set by the filter's form */
    struct trail trail;
    struct trail newer; /* what was read of the rows above, until all of them are there */
    struct table table;
    bool known;     /* the first page came */
    bool news;      /* something newer than the first row has happened */
    bool resting;   /* nothing is asked for behind the last row until a key wants it */
    bool refused;   /* the bank does not answer this question */
    uint64_t start; /* the first page is before this position; 0: from the newest */
    uint64_t asked_older, asked_newer;
    uint64_t newer_before, newer_after; /* bounds of the rows above that are being read */
    uint64_t head, head_asked;          /* everything up to here has been looked at */
    size_t tries;
    size_t fresh; /* rows above the window that nobody has seen */
    int64_t retry_ms;
};

static void start_anew(struct history_screen *history, uint64_t before)
{
    trail_clear(&history->trail);
    trail_clear(&history->newer);
    if (before != 0) {
        trail_detach(&history->trail);
    }
    history->table = (struct table){.shown = history->table.shown};
    history->known = history->news = history->resting = history->refused = false;
    history->start = before;
    history->asked_older = history->asked_newer = 0; /* replies that still come are not for this */
    history->head = 0;
    history->tries = history->fresh = 0;
    history->retry_ms = 0;
}

static void enter(struct console *console, struct screen *screen, const void *args)
{
    struct history_screen *history = screen->state;
    const struct history_args *wish = args;
    (void)console;
    history->account = *wish->account;
    start_anew(history, wish->position != 0 ? wish->position + 1 : 0);
}

static void leave(struct console *console, struct screen *screen)
{
    struct history_screen *history = screen->state;
    (void)console;
    trail_close(&history->trail);
    trail_close(&history->newer);
}

static void refresh(struct console *console, struct screen *screen)
{
    struct history_screen *history = screen->state;
    (void)console;
    history->news = true;
    history->resting = history->refused = false;
    history->tries = 0;
    history->retry_ms = 0;
    history->trail.older = history->trail.older || history->trail.stuck;
    history->trail.stuck = false;
}

static struct history_query question(const struct history_screen *history, uint64_t before,
                                     uint64_t after)
{
    struct history_query query = trail_filter_query(&history->filter, history->account.account);
    query.given |= 1u << HISTORY_LIMIT;
    query.limit = TRAIL_PAGE;
    query.before = before;
    query.after = after;
    query.given |= before != 0 ? 1u << HISTORY_BEFORE : 0;
    query.given |= after != 0 ? 1u << HISTORY_AFTER : 0;
    return query;
}

static void ask_older(struct console *console, struct screen *screen)
{
    struct history_screen *history = screen->state;
    const struct table *table = &history->table;
    bool near_end = table->selected + table->shown + AHEAD >= history->trail.count;
    bool wanted = !history->known || (history->trail.older && near_end);
    if (!wanted || history->resting || history->asked_older != 0) {
        return;
    }
    uint64_t before = history->known ? history->trail.cursor : history->start;
    struct history_query query = question(history, before, 0);
    if (!history->known && history->start == 0) {
        history->head_asked = console->feed.after;
    }
    history->asked_older = call_history_query(console_caller(console, screen, 0), &query);
}

static bool is_attached(const struct history_screen *history)
{
    return history->trail.above_count == 0;
}

/* Begins to read the rows above: the page that was pushed out last, or the news. */
static bool begin_newer(struct console *console, struct history_screen *history)
{
    struct trail *trail = &history->trail;
    uint64_t first = trail->count > 0 ? trail->rows[0].seen.event.position : 0;
    if (is_attached(history) ? !history->news : history->table.selected > AHEAD) {
        return false;
    }
    history->newer_before = is_attached(history) ? 0 : trail->above[trail->above_count - 1];
    history->newer_after = is_attached(history) && history->head > first ? history->head : first;
    history->head_asked = console->feed.after;
    history->news = false;
    trail_clear(&history->newer);
    return true;
}

static void ask_newer(struct console *console, struct screen *screen)
{
    struct history_screen *history = screen->state;
    bool going = history->newer.older;
    if (!history->known || history->asked_newer != 0 ||
        (!going && !begin_newer(console, history))) {
        return;
    }
    uint64_t before = going ? history->newer.cursor : history->newer_before;
    struct history_query query = question(history, before, history->newer_after);
    history->asked_newer = call_history_query(console_caller(console, screen, 1), &query);
    history->news = history->news || (history->asked_newer == 0 && !going);
}

static void tick(struct console *console, struct screen *screen)
{
    struct history_screen *history = screen->state;
    if (history->filter_changed) {
        history->filter_changed = false;
        start_anew(history, 0);
    }
    if (console->now_ms < history->retry_ms || history->refused) {
        return;
    }
    ask_older(console, screen);
    ask_newer(console, screen);
    if (history->table.top == 0 && history->table.selected < history->table.shown &&
        is_attached(history)) {
        history->fresh = 0;
    }
}

static void take_older(struct history_screen *history, const struct list_result *page)
{
    struct table *table = &history->table;
    if (!history->known && history->start == 0) {
        history->head = history->head_asked;
    }
    size_t dropped = trail_append(&history->trail, page);
    table->selected -= dropped < table->selected ? dropped : table->selected;
    table->top -= dropped < table->top ? dropped : table->top;
    history->known = true;
    history->tries = page->data.count < TRAIL_PAGE ? history->tries + 1 : 0;
    history->resting = history->tries >= TRIES_MAX;
}

/* The same row stays selected; what is new comes into sight above it where there is room. */
static void shift(struct history_screen *history, size_t rows)
{
    struct table *table = &history->table;
    if (history->trail.count > rows) {
        table->selected += rows;
        table->top += table->top > 0 ? rows : 0;
    }
    history->fresh += rows;
}

static void take_newer(struct history_screen *history, const struct list_result *page)
{
    struct trail *trail = &history->trail;
    (void)trail_append(&history->newer, page);
    size_t staged = history->newer.count;
    if (is_attached(history) &&
        (staged > NEWS_ROWS_MAX || history->table.selected + staged + 1 >= TRAIL_ROWS_MAX)) {
        trail_clear(&history->newer);
        trail_detach(trail);
        history->news = true;
        return;
    }
    if (history->newer.older) {
        return; /* there is more between these and the first row */
    }
    if (is_attached(history) || trail->above_count == 1) {
        history->head = history->head_asked;
    }
    bool news = is_attached(history);
    trail->above_count -= news ? 0 : 1;
    shift(history, trail_prepend(trail, &history->newer));
    history->fresh = news ? history->fresh : 0;
}

static void reply(struct console *console, struct screen *screen, const struct client_reply *reply)
{
    struct history_screen *history = screen->state;
    bool older = reply->id == history->asked_older;
    if (!older && reply->id != history->asked_newer) {
        return;
    }
    *(older ? &history->asked_older : &history->asked_newer) = 0;
    if (reply->result == CLIENT_OK && older) {
        take_older(history, reply->value);
    } else if (reply->result == CLIENT_OK) {
        take_newer(history, reply->value);
    } else {
        history->news = history->news || !older;
        history->retry_ms = console->now_ms + RETRY_MS;
        if (reply->result == CLIENT_PROBLEM && reply->problem.status != STATUS_unavailable &&
            reply->problem.status != STATUS_too_many_requests) {
            history->refused = true;
            console_say(console, STYLE_BAD, "%s",
                        reply->problem.detail[0] != '\0'
                            ? reply->problem.detail
                            : status_row(reply->problem.status)->detail);
        }
    }
    table_resize(&history->table, history->trail.count);
}

static void change(struct console *console, struct screen *screen, const struct event *event)
{
    struct history_screen *history = screen->state;
    (void)console;
    uint64_t account = history->account.account;
    bool ours = event->type == EVENT_MONEY_TRANSFERRED
                    ? event->from == account || event->to == account
                    : event->account == account;
    history->news = history->news || ours;
}

static void key(struct console *console, struct screen *screen, const struct term_key *key)
{
    struct history_screen *history = screen->state;
    (void)console;
    if (!key->pasted && table_key(&history->table, key->code, true)) {
        history->resting = false;
        history->tries = 0;
    }
}

static const struct trail_row *selected(const struct screen *screen)
{
    const struct history_screen *history = screen->state;
    return history->table.selected < history->trail.count
               ? &history->trail.rows[history->table.selected]
               : NULL;
}

static bool has_row(const struct console *console, const struct screen *screen)
{
    (void)console;
    return selected(screen) != NULL;
}

static void open_event(struct console *console, struct screen *screen)
{
    const struct history_screen *history = screen->state;
    struct event_args args = {.account = &history->account, .event = &selected(screen)->seen};
    console_push(console, SCREEN_EVENT, &args);
}

static void open_filter(struct console *console, struct screen *screen)
{
    struct history_screen *history = screen->state;
    struct filter_args args = {.filter = &history->filter,
                               .changed = &history->filter_changed,
                               .currency = history->account.currency};
    console_push(console, SCREEN_FILTER, &args);
}

static void toggle_all(struct console *console, struct screen *screen)
{
    struct history_screen *history = screen->state;
    (void)console;
    history->filter.kind = history->filter.kind == TRAIL_ALL ? TRAIL_MOVEMENTS : TRAIL_ALL;
    start_anew(history, 0);
}

static bool is_filtered(const struct console *console, const struct screen *screen)
{
    const struct history_screen *history = screen->state;
    (void)console;
    return history->filter.kind != TRAIL_MOVEMENTS || !trail_filter_is_open(&history->filter);
}

static void clear_filter(struct console *console, struct screen *screen)
{
    struct history_screen *history = screen->state;
    (void)console;
    history->filter = (struct trail_filter){0};
    start_anew(history, 0);
}

static void to_newest(struct console *console, struct screen *screen)
{
    struct history_screen *history = screen->state;
    (void)console;
    if (is_attached(history)) {
        history->table.selected = 0;
    } else {
        start_anew(history, 0);
    }
}

static void statement(struct console *console, struct screen *screen)
{
    console_push(console, SCREEN_STATEMENT, &((struct history_screen *)screen->state)->account);
}

static void find(struct console *console, struct screen *screen)
{
    (void)screen;
    screens_find(console);
}

static struct table *table_of(struct screen *screen)
{
    return &((struct history_screen *)screen->state)->table;
}

static const struct action actions[] = {
    {TERM_ENTER, TERM_RIGHT, "Details", "Everything the bank knows of the selected event",
     open_event, has_row},
    {'f', 0, "Filter", "Only some: by kind, dates, amounts, text", open_filter, NULL},
    {'u', TERM_CONTROL('u'), "Unfilter", "All movements again", clear_filter, is_filtered},
    {'a', 0, "All or movements", "All events, or the movements only", toggle_all, NULL},
    {'.', 0, "Newest", "To the newest row", to_newest, NULL},
    {'s', 0, "Statement", "Its statement, month by month", statement, NULL},
    {'/', 0, "Find", "Find another account", find, NULL},
    {TERM_ESCAPE, TERM_F0 + 3, "Back", "Back", console_pop_action, NULL},
    {TERM_UP, TERM_DOWN, NULL, "A row up or down; PgUp, PgDn, Home, End go further", NULL, NULL},
};

static void draw_filter(const struct history_screen *history, struct area row)
{
    struct bytes text;
    bytes_init(&text, 1024);
    trail_filter_show(&history->filter, history->account.currency, &text);
    int at = area_text(row, 0, 1, STYLE_DIM, TEXT("Showing "));
    (void)area_fit(row, 0, at, row.columns - at,
                   trail_filter_is_open(&history->filter) ? STYLE_DIM : STYLE_WARN,
                   bytes_text(&text));
    bytes_close(&text);
}

/* Below the rows: how far it has looked, and where in the rows the window is. */
static void draw_progress(const struct history_screen *history, struct area row)
{
    char position[SHOW_MONEY_MAX];
    char text[128] = "";
    const struct trail *trail = &history->trail;
    (void)show_count(trail->cursor, position);
    if (history->newer.older) {
        (void)snprintf(text, sizeof text, "reading what is newer, before #%s…",
                       show_count(history->newer.cursor, position));
    } else if (history->resting) {
        (void)snprintf(text, sizeof text, "looked back to #%s: Down looks further", position);
    } else if (history->known && trail->older && history->tries > 0 && history->asked_older != 0) {
        (void)snprintf(text, sizeof text, "looking further back, before #%s…", position);
    } else if (history->known && !trail->older &&
               history->table.top + history->table.shown >= trail->count) {
        (void)snprintf(text, sizeof text, "%s",
                       trail->stuck ? "! " SHOW_LIST_STUCK " (F5)" : "that is all");
    }
    (void)area_text(row, 0, 1, STYLE_DIM, text_of(text));
    size_t last = history->table.top + history->table.shown;
    last = last < trail->count ? last : trail->count;
    if (trail->count == 0) {
        return;
    }
    (void)snprintf(text, sizeof text, "%s%zu–%zu of %zu%s ", is_attached(history) ? "" : "…+",
                   history->table.top + 1, last, trail->count, trail->older ? "+" : "");
    int at = area_right(row, 0, STYLE_DIM, text_of(text));
    if (history->fresh > 0 || (!is_attached(history) && history->news)) {
        (void)snprintf(text, sizeof text, history->fresh > 0 ? "▲ %zu new (.)" : "▲ new (.)",
                       history->fresh);
        (void)area_text(row, 0, at - area_columns(row, text_of(text)) - 3, STYLE_WARN,
                        text_of(text));
    }
}

/* Only the rows in the window are turned into what the panes draw. */
static void draw_rows(struct history_screen *history, struct area area)
{
    struct trail *trail = &history->trail;
    table_resize(&history->table, trail->count);
    table_fit(&history->table, area.rows > 1 ? (size_t)area.rows - 1 : 1);
    table_place(&history->table, area_part(area, 1, 0, area.rows - 1, area.columns), 1);
    size_t left = trail->count - history->table.top;
    size_t shown = left < history->table.shown ? left : history->table.shown;
    struct movement *rows = calloc(shown + 1, sizeof *rows);
    CHECK(rows != NULL);
    for (size_t i = 0; i < shown; i++) {
        trail_movement(&trail->rows[history->table.top + i], &rows[i]);
    }
    struct table window = {.selected = history->table.selected - history->table.top};
    struct pane_movements lines = {.rows = rows,
                                   .count = shown,
                                   .exponent = currency_exponent(history->account.currency),
                                   .table = &window};
    pane_movements(area, &lines);
    free(rows);
}

static void draw(struct console *console, struct screen *screen, struct area area)
{
    struct history_screen *history = screen->state;
    char number[SHOW_ACCOUNT_MAX];
    (void)console;
    int at = area_print(area, 0, 1, STYLE_STRONG, "HISTORY · %s · %s · ",
                        show_account(history->account.account, number),
                        currency_code(history->account.currency));
    (void)area_fit(area, 0, at, area.columns - at, STYLE_STRONG, text_of(history->account.owner));
    draw_filter(history, area_part(area, 1, 0, 1, area.columns));
    struct area rows = area_part(area, 2, 0, area.rows - 3, area.columns);
    if (history->trail.count > 0) {
        draw_rows(history, rows);
    } else if (!history->known || history->trail.older) {
        (void)area_text(rows, 1, 2, STYLE_DIM, history->refused ? TEXT("") : TEXT("reading…"));
    } else {
        (void)area_text(rows, 1, 2, STYLE_DIM, TEXT("Nothing like that"));
    }
    draw_progress(history, area_part(area, area.rows - 1, 0, 1, area.columns));
}

const struct screen_ops screen_history = {
    .name = "History",
    .size = sizeof(struct history_screen),
    .actions = actions,
    .action_count = sizeof actions / sizeof *actions,
    .enter = enter,
    .draw = draw,
    .key = key,
    .table = table_of,
    .tick = tick,
    .reply = reply,
    .change = change,
    .refresh = refresh,
    .leave = leave,
};
