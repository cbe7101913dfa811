/* What was sent to one webhook, the newest first: all, or those of a state; with the attempts of
 * each, and a retry. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/time.h"
#include "model/show.h"
#include "model/webhook_row.h"
#include "screens/screens.h"
#include "widgets/table.h"

#define PAGE 100
#define ROWS_MAX 2000
#define AGAIN_MS 5000
#define AHEAD 20
#define ALL (-1)
#define POSITION_COLUMNS 11
#define TYPE_COLUMNS 16
#define STATE_COLUMNS 9

struct deliveries {
    struct webhook_row hook;
    int state; /* DELIVERY_..., or ALL */
    struct delivery_row *rows;
    size_t count;
    bool known, more, refused;
    bool asked_more;
    bool attempts; /* those of the selected one are shown instead of the rows */
    struct table table, lines;
    uint64_t asked, asked_retry;
    int64_t next_ms;
};

static void enter(struct console *console, struct screen *screen, const void *args)
{
    struct deliveries *page = screen->state;
    (void)console;
    page->hook = *(const struct webhook_row *)args;
    page->state = ALL;
}

static void leave(struct console *console, struct screen *screen)
{
    (void)console;
    free(((struct deliveries *)screen->state)->rows);
}

static void refresh(struct console *console, struct screen *screen)
{
    struct deliveries *page = screen->state;
    (void)console;
    page->next_ms = 0;
    page->refused = false;
}

/* Read again from the top while nobody has gone down; behind the last row when somebody nears it.
 */
static void tick(struct console *console, struct screen *screen)
{
    struct deliveries *page = screen->state;
    bool near_end = page->table.selected + page->table.shown + AHEAD >= page->count;
    bool more = page->known && page->more && near_end && page->count < ROWS_MAX;
    bool again =
        console->now_ms >= page->next_ms && console_top(console) == screen && page->count <= PAGE;
    if (page->asked != 0 || page->refused || !(more || again)) {
        return;
    }
    uint64_t before = more && !again ? page->rows[page->count - 1].position : 0;
    page->asked_more = before != 0;
    page->asked = call_list_deliveries(console_caller(console, screen, 0), text_of(page->hook.id),
                                       page->state, PAGE, before);
}

static void take(struct console *console, struct deliveries *page, const struct list_result *list)
{
    const struct delivery_result *rows = list->data.items;
    char selected[WEBHOOK_ID_BYTES] = "";
    if (page->table.selected < page->count) {
        memcpy(selected, page->rows[page->table.selected].id, sizeof selected);
    }
    page->count = page->asked_more ? page->count : 0;
    page->rows = realloc(page->rows, (page->count + list->data.count + 1) * sizeof *page->rows);
    CHECK(page->rows != NULL);
    for (size_t i = 0; i < list->data.count; i++) {
        delivery_row_from(&page->rows[page->count++], &rows[i]);
    }
    page->more = list->has_more && list->data.count > 0;
    page->known = true;
    page->next_ms = console->now_ms + AGAIN_MS;
    table_resize(&page->table, page->count);
    for (size_t i = 0; i < page->count; i++) {
        if (strcmp(page->rows[i].id, selected) == 0) {
            page->table.selected = i;
        }
    }
}

static void take_retry(struct console *console, struct deliveries *page,
                       const struct client_reply *reply)
{
    char count[SHOW_MONEY_MAX];
    page->next_ms = 0;
    if (reply->result == CLIENT_OK) {
        const struct retried_result *result = reply->value;
        console_say(console, STYLE_GOOD, "In line again: %s", show_count(result->retried, count));
    } else if (reply->result == CLIENT_LOST) {
        console_say(console, STYLE_WARN,
                    "Whether it is in line again is not known: no answer came");
    } else {
        console_say(console, STYLE_BAD, "Not retried: %s",
                    reply->problem.detail[0] != '\0' ? reply->problem.detail
                                                     : status_row(reply->problem.status)->detail);
    }
}

static void reply(struct console *console, struct screen *screen, const struct client_reply *reply)
{
    struct deliveries *page = screen->state;
    if (reply->id == page->asked_retry) {
        page->asked_retry = 0;
        take_retry(console, page, reply);
    } else if (reply->id == page->asked) {
        page->asked = 0;
        page->next_ms = console->now_ms + AGAIN_MS;
        if (reply->result == CLIENT_OK) {
            take(console, page, reply->value);
        } else if (reply->result == CLIENT_PROBLEM) {
            page->refused = reply->problem.status != STATUS_unavailable &&
                            reply->problem.status != STATUS_too_many_requests;
            console_say(console, STYLE_BAD, "%s", status_row(reply->problem.status)->detail);
        }
    }
}

static const struct delivery_row *selected(const struct screen *screen)
{
    const struct deliveries *page = screen->state;
    return page->table.selected < page->count ? &page->rows[page->table.selected] : NULL;
}

static void key(struct console *console, struct screen *screen, const struct term_key *key)
{
    struct deliveries *page = screen->state;
    (void)console;
    if (!key->pasted) {
        (void)table_key(page->attempts ? &page->lines : &page->table, key->code, true);
    }
}

static struct table *table(struct screen *screen)
{
    struct deliveries *page = screen->state;
    return page->attempts ? &page->lines : &page->table;
}

static bool in_rows(const struct console *console, const struct screen *screen)
{
    (void)console;
    return !((const struct deliveries *)screen->state)->attempts;
}

static bool in_attempts(const struct console *console, const struct screen *screen)
{
    return !in_rows(console, screen);
}

static bool has_row(const struct console *console, const struct screen *screen)
{
    return in_rows(console, screen) && selected(screen) != NULL;
}

static bool can_retry(const struct console *console, const struct screen *screen)
{
    (void)console;
    return selected(screen) != NULL && selected(screen)->state != DELIVERY_DELIVERED;
}

static void turn_over(struct console *console, struct screen *screen)
{
    struct deliveries *page = screen->state;
    (void)console;
    page->attempts = !page->attempts;
    page->lines = (struct table){0};
}

static void ask_retry(struct console *console, struct screen *screen, const char *delivery)
{
    struct deliveries *page = screen->state;
    if (page->asked_retry == 0) {
        page->asked_retry = call_retry_delivery(console_caller(console, screen, 1),
                                                text_of(page->hook.id), text_of(delivery));
    }
}

static void retry(struct console *console, struct screen *screen)
{
    ask_retry(console, screen, selected(screen)->id);
}

static void retry_dead(struct console *console, struct screen *screen)
{
    ask_retry(console, screen, "dead");
}

static void next_state(struct console *console, struct screen *screen)
{
    struct deliveries *page = screen->state;
    (void)console;
    page->state = page->state == DELIVERY_DEAD ? ALL : page->state + 1;
    page->asked = 0; /* what still comes is of another state */
    page->known = page->more = page->refused = false;
    page->count = 0;
    page->table = (struct table){0};
    page->next_ms = 0;
}

static const struct action actions[] = {
    {TERM_ENTER, TERM_RIGHT, "Attempts", "The last attempts of the selected delivery", turn_over,
     has_row},
    {TERM_ESCAPE, TERM_LEFT, "Deliveries", "Back to the deliveries", turn_over, in_attempts},
    {TERM_F0 + 3, 'q', NULL, "Back to the deliveries", turn_over, in_attempts},
    {'f', TERM_TAB, "State", "Only the waiting, delivered or dead ones, or all", next_state,
     in_rows},
    {'r', 0, "Retry", "Put the selected delivery in line again", retry, can_retry},
    {'R', 0, "Retry dead", "Put all dead deliveries of the endpoint in line again", retry_dead,
     NULL},
    {TERM_ESCAPE, TERM_F0 + 3, "Back", "Back", console_pop_action, in_rows},
    {TERM_UP, TERM_DOWN, NULL, "A row up or down; PgUp, PgDn, Home, End go further", NULL, NULL},
};

static enum style state_style(uint8_t state)
{
    return state == DELIVERY_DELIVERED ? STYLE_GOOD
           : state == DELIVERY_DEAD    ? STYLE_BAD
                                       : STYLE_WARN;
}

static void draw_row(const struct delivery_row *delivery, struct area area, int row,
                     bool is_selected)
{
    enum style style = is_selected ? STYLE_SELECTED : STYLE_PLAIN;
    char position[SHOW_MONEY_MAX];
    char status[WEBHOOK_STATUS_MAX];
    char clock[SHOW_CLOCK_MAX];
    char line[WEBHOOK_STATUS_MAX + 48];
    area_fill(area, row, 0, area.columns, style);
    (void)area_amount(area, row, 2, POSITION_COLUMNS, style,
                      show_count(delivery->position, position));
    int at = 2 + POSITION_COLUMNS + 1;
    (void)area_fit(area, row, at, STATE_COLUMNS, is_selected ? style : state_style(delivery->state),
                   text_of(delivery_state_names[delivery->state]));
    at += STATE_COLUMNS + 1;
    if (area.columns >= 60) {
        (void)area_fit(area, row, at, TYPE_COLUMNS, style,
                       text_of(event_type_names[delivery->type]));
        at += TYPE_COLUMNS + 1;
    }
    (void)webhook_status(delivery->status, delivery->error, status);
    bool next = delivery->state == DELIVERY_WAITING && delivery->next_attempt_at != 0;
    (void)snprintf(line, sizeof line, "%s%s%s", status, next ? ", again at " : "",
                   next ? show_clock(delivery->next_attempt_at, clock) : "");
    (void)area_fit(area, row, at, area.columns - at, style, text_of(line));
    if (is_selected) {
        (void)area_text(area, row, 0, style, TEXT(">"));
        area_cursor(area, row, 0);
    }
}

static void draw_rows(struct deliveries *page, struct area area)
{
    struct table *rows = &page->table;
    if (page->count == 0) {
        (void)area_text(area, 0, 2, STYLE_DIM, page->known ? TEXT("None") : TEXT("reading…"));
        return;
    }
    table_resize(rows, page->count);
    table_fit(rows, area.rows > 0 ? (size_t)area.rows : 1);
    table_place(rows, area, 1);
    for (size_t i = 0; i < rows->shown && rows->top + i < rows->count; i++) {
        draw_row(&page->rows[rows->top + i], area, (int)i, rows->top + i == rows->selected);
    }
}

#define ATTEMPT_ROWS 3

static void draw_attempt(const struct attempt_row *attempt, struct area area, int row,
                         bool is_selected)
{
    char time[TIME_TEXT_MAX];
    char status[WEBHOOK_STATUS_MAX];
    (void)area_print(area, row, 0, is_selected ? STYLE_SELECTED : STYLE_PLAIN, "%s %s",
                     is_selected ? ">" : " ", time_print(attempt->at, time));
    (void)area_print(area, row + 1, 4, STYLE_PLAIN, "%s after %" PRIu64 " ms",
                     webhook_status(attempt->status, attempt->error, status), attempt->duration_ms);
    (void)area_fit(area, row + 2, 4, area.columns - 4, STYLE_DIM, text_of(attempt->answer));
    if (is_selected) {
        area_cursor(area, row, 0);
    }
}

/* The newest first. */
static void draw_attempts(struct deliveries *page, const struct delivery_row *delivery,
                          struct area area)
{
    struct table *lines = &page->lines;
    if (delivery->attempt_count == 0) {
        (void)area_text(area, 0, 2, STYLE_DIM, TEXT("No attempt yet"));
    }
    table_resize(lines, delivery->attempt_count);
    table_fit(lines, area.rows >= ATTEMPT_ROWS ? (size_t)(area.rows / ATTEMPT_ROWS) : 1);
    table_place(lines, area, ATTEMPT_ROWS);
    for (size_t i = 0; i < lines->shown && lines->top + i < lines->count; i++) {
        size_t index = delivery->attempt_count - 1 - (lines->top + i);
        draw_attempt(&delivery->attempts[index], area, (int)i * ATTEMPT_ROWS,
                     lines->top + i == lines->selected);
    }
}

static void draw(struct console *console, struct screen *screen, struct area area)
{
    struct deliveries *page = screen->state;
    const struct delivery_row *delivery = selected(screen);
    char position[SHOW_MONEY_MAX];
    (void)console;
    struct area rows = area_part(area, 2, 0, area.rows - 2, area.columns);
    int at = area_text(area, 0, 1, STYLE_STRONG, TEXT("DELIVERIES · "));
    (void)area_fit(area, 0, at, area.columns - at, STYLE_STRONG, text_of(page->hook.url));
    if (page->attempts && delivery != NULL) {
        at = area_print(area, 1, 1, STYLE_PLAIN, "#%s · %s · ",
                        show_count(delivery->position, position),
                        delivery_state_names[delivery->state]);
        (void)area_fit(area, 1, at, area.columns - at, STYLE_DIM, text_of(delivery->id));
        draw_attempts(page, delivery, rows);
        return;
    }
    (void)area_print(area, 1, 1, STYLE_DIM, "Showing %s · %zu%s",
                     page->state == ALL ? "all" : delivery_state_names[page->state], page->count,
                     page->more ? "+" : "");
    draw_rows(page, rows);
}

const struct screen_ops screen_deliveries = {
    .name = "Deliveries",
    .size = sizeof(struct deliveries),
    .actions = actions,
    .action_count = sizeof actions / sizeof *actions,
    .enter = enter,
    .draw = draw,
    .key = key,
    .table = table,
    .tick = tick,
    .reply = reply,
    .refresh = refresh,
    .leave = leave,
};
