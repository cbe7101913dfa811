/* Webhooks: the endpoints and how they are, with a test of each and a retry of what is dead. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/time.h"
#include "model/show.h"
#include "model/webhook_row.h"
#include "screens/screens.h"
#include "widgets/table.h"

#define PAGE 100
#define ROWS_MAX 1000
#define AGAIN_MS 5000 /* health changes by itself */
#define DETAIL_ROWS 6
#define STATE_COLUMNS 9
#define COUNT_COLUMNS 8

struct webhooks {
    struct webhook_row *rows;
    size_t count;
    bool known, more; /* more: the page that is read now goes on behind the last row */
    bool refused;
    struct webhook_row *reading; /* rows of the pages that came so far */
    size_t read;
    struct table table;
    uint64_t asked, asked_test, asked_retry;
    int64_t next_ms;
};

static void leave(struct console *console, struct screen *screen)
{
    struct webhooks *hooks = screen->state;
    (void)console;
    free(hooks->rows);
    free(hooks->reading);
}

static void refresh(struct console *console, struct screen *screen)
{
    struct webhooks *hooks = screen->state;
    (void)console;
    hooks->next_ms = 0;
    hooks->refused = false;
}

static void tick(struct console *console, struct screen *screen)
{
    struct webhooks *hooks = screen->state;
    bool due = console->now_ms >= hooks->next_ms && console_top(console) == screen;
    if (hooks->asked != 0 || hooks->refused || !(hooks->more || due)) {
        return;
    }
    struct text after =
        hooks->more ? text_of(hooks->reading[hooks->read - 1].id) : (struct text){NULL, 0};
    hooks->asked = call_list_webhooks(console_caller(console, screen, 0), PAGE, after);
}

/* The selection stays on its endpoint. */
static void take_over(struct webhooks *hooks)
{
    char selected[WEBHOOK_ID_BYTES] = "";
    if (hooks->table.selected < hooks->count) {
        memcpy(selected, hooks->rows[hooks->table.selected].id, sizeof selected);
    }
    free(hooks->rows);
    hooks->rows = hooks->reading;
    hooks->count = hooks->read;
    hooks->reading = NULL;
    hooks->read = 0;
    hooks->known = true;
    table_resize(&hooks->table, hooks->count);
    for (size_t i = 0; i < hooks->count; i++) {
        if (strcmp(hooks->rows[i].id, selected) == 0) {
            hooks->table.selected = i;
        }
    }
}

static void take_list(struct console *console, struct webhooks *hooks,
                      const struct list_result *page)
{
    const struct webhook_result *rows = page->data.items;
    size_t room = ROWS_MAX - hooks->read;
    size_t count = page->data.count < room ? page->data.count : room;
    if (!hooks->more) {
        hooks->read = 0;
    }
    hooks->reading = realloc(hooks->reading, (hooks->read + count + 1) * sizeof *hooks->reading);
    CHECK(hooks->reading != NULL);
    for (size_t i = 0; i < count; i++) {
        webhook_row_from(&hooks->reading[hooks->read++], &rows[i]);
    }
    hooks->more = page->has_more && count > 0 && hooks->read < ROWS_MAX;
    if (!hooks->more) {
        take_over(hooks);
        hooks->next_ms = console->now_ms + AGAIN_MS;
    }
}

static void tell_problem(struct console *console, const struct client_reply *reply,
                         const char *what)
{
    if (reply->result == CLIENT_LOST) {
        console_say(console, STYLE_WARN, "%s: no answer came", what);
    } else if (reply->problem.status == STATUS_forbidden) {
        console_say(console, STYLE_BAD, "%s: only an admin's key may do that", what);
    } else {
        console_say(console, STYLE_BAD, "%s: %s", what,
                    reply->problem.detail[0] != '\0' ? reply->problem.detail
                                                     : status_row(reply->problem.status)->detail);
    }
}

static void take_test(struct console *console, const struct client_reply *reply)
{
    char status[WEBHOOK_STATUS_MAX];
    char error[WEBHOOK_ERROR_BYTES];
    if (reply->result != CLIENT_OK) {
        tell_problem(console, reply, "Not tested");
        return;
    }
    const struct webhook_test_result *result = reply->value;
    (void)snprintf(error, sizeof error, "%.*s", TEXT_ARGS(result->error));
    bool delivered = result->state == DELIVERY_DELIVERED;
    console_say(console, delivered ? STYLE_GOOD : STYLE_BAD, "Test: %s, the receiver said: %s",
                delivered ? "delivered" : "NOT delivered",
                webhook_status(result->status, error, status));
}

static void take_retry(struct console *console, const struct client_reply *reply)
{
    char count[SHOW_MONEY_MAX];
    if (reply->result != CLIENT_OK) {
        tell_problem(console, reply, "Not retried");
        return;
    }
    const struct retried_result *result = reply->value;
    console_say(console, STYLE_GOOD, "In line again: %s", show_count(result->retried, count));
}

static void reply(struct console *console, struct screen *screen, const struct client_reply *reply)
{
    struct webhooks *hooks = screen->state;
    if (reply->id == hooks->asked_test) {
        hooks->asked_test = 0;
        hooks->next_ms = 0;
        take_test(console, reply);
    } else if (reply->id == hooks->asked_retry) {
        hooks->asked_retry = 0;
        hooks->next_ms = 0;
        take_retry(console, reply);
    } else if (reply->id == hooks->asked) {
        hooks->asked = 0;
        if (reply->result == CLIENT_OK) {
            take_list(console, hooks, reply->value);
            return;
        }
        hooks->more = false;
        hooks->next_ms = console->now_ms + AGAIN_MS;
        hooks->refused =
            reply->result == CLIENT_PROBLEM && reply->problem.status == STATUS_forbidden;
    }
}

static const struct webhook_row *selected(const struct screen *screen)
{
    const struct webhooks *hooks = screen->state;
    return hooks->table.selected < hooks->count ? &hooks->rows[hooks->table.selected] : NULL;
}

static bool has_row(const struct console *console, const struct screen *screen)
{
    (void)console;
    return selected(screen) != NULL;
}

static bool has_dead(const struct console *console, const struct screen *screen)
{
    return has_row(console, screen) && selected(screen)->dead > 0;
}

static void deliveries(struct console *console, struct screen *screen)
{
    console_push(console, SCREEN_DELIVERIES, selected(screen));
}

static void test(struct console *console, struct screen *screen)
{
    struct webhooks *hooks = screen->state;
    if (hooks->asked_test != 0) {
        console_say(console, STYLE_WARN, "The last test is still under way");
        return;
    }
    hooks->asked_test =
        call_test_webhook(console_caller(console, screen, 1), text_of(selected(screen)->id));
    console_say(console, STYLE_PLAIN,
                hooks->asked_test != 0 ? "Testing…" : "Not tested: the bank does not answer");
}

static void retry_dead(struct console *console, struct screen *screen)
{
    struct webhooks *hooks = screen->state;
    if (hooks->asked_retry == 0) {
        hooks->asked_retry = call_retry_delivery(console_caller(console, screen, 2),
                                                 text_of(selected(screen)->id), TEXT("dead"));
    }
}

static void key(struct console *console, struct screen *screen, const struct term_key *key)
{
    struct webhooks *hooks = screen->state;
    (void)console;
    if (!key->pasted) {
        (void)table_key(&hooks->table, key->code, true);
    }
}

static struct table *table(struct screen *screen)
{
    return &((struct webhooks *)screen->state)->table;
}

static const struct action actions[] = {
    {TERM_ENTER, 'd', "Deliveries", "What was sent to the selected endpoint", deliveries, has_row},
    {'t', 0, "Test", "Send the selected endpoint a test, at once", test, has_row},
    {'R', 0, "Retry dead", "Put all dead deliveries of the endpoint in line again", retry_dead,
     has_dead},
    {TERM_ESCAPE, TERM_F0 + 3, "Back", "Back", console_pop_action, NULL},
    {TERM_UP, TERM_DOWN, NULL, "A row up or down; PgUp, PgDn, Home, End go further", NULL, NULL},
};

static enum style state_style(uint8_t state)
{
    return state == WEBHOOK_ACTIVE ? STYLE_GOOD : state == WEBHOOK_FAILING ? STYLE_BAD : STYLE_WARN;
}

static void draw_row(const struct webhook_row *hook, struct area area, int row, bool is_selected)
{
    enum style style = is_selected ? STYLE_SELECTED : STYLE_PLAIN;
    char count[SHOW_MONEY_MAX];
    bool counts = area.columns >= 60;
    area_fill(area, row, 0, area.columns, style);
    (void)area_fit(area, row, 2, STATE_COLUMNS, is_selected ? style : state_style(hook->state),
                   text_of(webhook_state_names[hook->state]));
    int at = 2 + STATE_COLUMNS + 1;
    if (counts) {
        (void)area_amount(area, row, at, COUNT_COLUMNS, style, show_count(hook->waiting, count));
        (void)area_amount(area, row, at + COUNT_COLUMNS + 1, COUNT_COLUMNS, style,
                          show_count(hook->dead, count));
        at += 2 * COUNT_COLUMNS + 3;
    }
    (void)area_fit(area, row, at, area.columns - at, style, text_of(hook->url));
    if (is_selected) {
        (void)area_text(area, row, 0, style, TEXT(">"));
        area_cursor(area, row, 0);
    }
}

static void draw_heading(struct area area)
{
    (void)area_text(area, 0, 2, STYLE_DIM, TEXT("STATE"));
    int at = 2 + STATE_COLUMNS + 1;
    if (area.columns >= 60) {
        (void)area_amount(area, 0, at, COUNT_COLUMNS, STYLE_DIM, "WAITING");
        (void)area_amount(area, 0, at + COUNT_COLUMNS + 1, COUNT_COLUMNS, STYLE_DIM, "DEAD");
        at += 2 * COUNT_COLUMNS + 3;
    }
    (void)area_text(area, 0, at, STYLE_DIM, TEXT("URL"));
}

static void draw_detail(const struct webhook_row *hook, struct area area)
{
    char types[WEBHOOK_TYPES_MAX];
    char status[WEBHOOK_STATUS_MAX];
    char time[TIME_TEXT_MAX];
    char waiting[SHOW_MONEY_MAX];
    char dead[SHOW_MONEY_MAX];
    char position[SHOW_MONEY_MAX];
    char line[512];
    area_rule(area, 0, 0, area.columns, STYLE_DIM);
    (void)area_print(area, 0, 3, STYLE_STRONG, " %s ", hook->id);
    (void)snprintf(line, sizeof line, "%s waiting, %s dead, all up to #%s is sent or in line",
                   show_count(hook->waiting, waiting), show_count(hook->dead, dead),
                   show_count(hook->position, position));
    (void)area_fit(area, 1, 1, area.columns - 1, STYLE_PLAIN, text_of(line));
    (void)snprintf(line, sizeof line, "Last attempt: %s%s%s",
                   webhook_status(hook->status, hook->error, status),
                   hook->last_attempt_at != 0 ? " at " : "",
                   hook->last_attempt_at != 0 ? time_print(hook->last_attempt_at, time) : "");
    (void)area_fit(area, 2, 1, area.columns - 1, STYLE_PLAIN, text_of(line));
    if (hook->state == WEBHOOK_DISABLED) {
        (void)area_print(area, 3, 1, STYLE_WARN, "Switched off: %s", hook->reason);
    } else if (hook->failing_since != 0) {
        (void)area_print(area, 3, 1, STYLE_BAD, "Failing since %s",
                         time_print(hook->failing_since, time));
    }
    (void)snprintf(line, sizeof line, "Sends %s%s", webhook_types(hook->types, types),
                   hook->accounts == 0 ? " of all accounts" : " of some accounts");
    (void)area_fit(area, 4, 1, area.columns - 1, STYLE_DIM, text_of(line));
}

static void draw(struct console *console, struct screen *screen, struct area area)
{
    struct webhooks *hooks = screen->state;
    (void)console;
    (void)area_text(area, 0, 1, STYLE_STRONG, TEXT("WEBHOOKS"));
    if (hooks->refused) {
        (void)area_wrap(area_part(area, 2, 2, area.rows - 2, area.columns - 2), 0, STYLE_BAD,
                        TEXT("Your key may not see webhooks: only an admin's may."));
        return;
    }
    if (hooks->count == 0) {
        (void)area_wrap(area_part(area, 2, 2, area.rows - 2, area.columns - 2), 0, STYLE_DIM,
                        hooks->known ? TEXT("There are none") : TEXT("reading…"));
        return;
    }
    int detail = area.rows >= 9 ? DETAIL_ROWS : 0;
    struct area rows = area_part(area, 1, 0, area.rows - 1 - detail, area.columns);
    table_resize(&hooks->table, hooks->count);
    table_fit(&hooks->table, rows.rows > 1 ? (size_t)rows.rows - 1 : 1);
    table_place(&hooks->table, area_part(rows, 1, 0, rows.rows - 1, rows.columns), 1);
    draw_heading(rows);
    for (size_t i = 0; i < hooks->table.shown && hooks->table.top + i < hooks->count; i++) {
        size_t index = hooks->table.top + i;
        draw_row(&hooks->rows[index], rows, (int)i + 1, index == hooks->table.selected);
    }
    if (detail > 0) {
        draw_detail(&hooks->rows[hooks->table.selected],
                    area_part(area, area.rows - detail, 0, detail, area.columns));
    }
}

const struct screen_ops screen_webhooks = {
    .name = "Webhooks",
    .size = sizeof(struct webhooks),
    .actions = actions,
    .action_count = sizeof actions / sizeof *actions,
    .draw = draw,
    .key = key,
    .table = table,
    .tick = tick,
    .reply = reply,
    .refresh = refresh,
    .leave = leave,
};
