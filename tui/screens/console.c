#include "screens/console.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/paper.h"
#include "model/show.h"
#include "screens/frame.h"
#include "screens/pin.h"
#include "screens/print.h"
#include "widgets/table.h"

static void quit(struct console *console, struct screen *screen)
{
    (void)screen;
    console->quit = true;
}

static void help(struct console *console, struct screen *screen)
{
    if (screen->ops != screens_all[SCREEN_HELP]) {
        console_push(console, SCREEN_HELP, screen);
    }
}

static void refresh(struct console *console, struct screen *screen)
{
    (void)screen;
    client_retry_now(console->client, console->now_ms);
    poster_check_now(console);
    console_refresh(console);
}

static void redraw(struct console *console, struct screen *screen)
{
    (void)screen;
    term_redraw(console->term);
}

static void palette(struct console *console, struct screen *screen)
{
    if (screen->ops != screens_all[SCREEN_PALETTE]) {
        console_push(console, SCREEN_PALETTE, NULL);
    }
}

static void hide(struct console *console, struct screen *screen)
{
    (void)screen;
    console->hides = !console->hides;
}

static bool is_hidden(const struct console *console, const struct screen *screen)
{
    (void)screen;
    return console->hides;
}

static bool is_shown(const struct console *console, const struct screen *screen)
{
    return !is_hidden(console, screen);
}

static void mouse(struct console *console, struct screen *screen)
{
    (void)screen;
    console->mouse = !console->mouse;
    term_mouse(console->term, console->mouse);
    console_say(console, STYLE_PLAIN,
                console->mouse ? "The mouse selects rows and its wheel moves (M: off again)"
                               : "The mouse is the terminal's again");
}

const struct action console_actions[] = {
    {TERM_F0 + 2, TERM_CONTROL('o'), "Hide amounts", "Hide every amount on the screen", hide,
     is_shown},
    {TERM_F0 + 2, TERM_CONTROL('o'), "Show amounts", "Show the amounts again", hide, is_hidden},
    {':', TERM_CONTROL('p'), "Command", "Find and do anything by its name", palette, NULL},
    {'?', TERM_F0 + 1, NULL, "What the keys of this screen do (F1 while typing)", help, NULL},
    {TERM_F0 + 5, TERM_CONTROL('r'), NULL, "Read everything again, try the bank now", refresh,
     NULL},
    {'M', TERM_F0 + 4, NULL, "Mouse on or off: clicks select, the wheel moves", mouse, NULL},
    {TERM_CONTROL('l'), 0, NULL, "Draw the screen anew", redraw, NULL},
    {TERM_CONTROL('c'), TERM_CONTROL('q'), NULL, "Leave the console", quit, NULL},
};
const size_t console_action_count = sizeof console_actions / sizeof *console_actions;

struct screen *console_top(struct console *console)
{
    CHECK(console->depth > 0);
    return &console->stack[console->depth - 1];
}

bool console_shows(const struct console *console, enum screen_id id)
{
    for (size_t i = 0; i < console->depth; i++) {
        if (console->stack[i].ops == screens_all[id]) {
            return true;
        }
    }
    return false;
}

void console_push(struct console *console, enum screen_id id, const void *args)
{
    if (console->depth == CONSOLE_DEPTH_MAX) {
        console_say(console, STYLE_WARN, "Too many screens are open: go back with Esc");
        return;
    }
    const struct screen_ops *ops = screens_all[id];
    struct screen *screen = &console->stack[console->depth++];
    *screen = (struct screen){.ops = ops, .serial = ++console->last_serial};
    screen->state = calloc(1, ops->size);
    CHECK(screen->state != NULL);
    if (ops->enter != NULL) {
        ops->enter(console, screen, args);
    }
}

void console_pop(struct console *console)
{
    struct screen *screen = console_top(console);
    client_forget_owner(console->client, screen->serial);
    if (screen->ops->leave != NULL) {
        screen->ops->leave(console, screen);
    }
    explicit_bzero(screen->state, screen->ops->size);
    free(screen->state);
    console->depth--;
}

void console_pop_action(struct console *console, struct screen *screen)
{
    (void)screen;
    console_pop(console);
}

void console_say(struct console *console, enum style style, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(console->message, sizeof console->message, format, arguments);
    va_end(arguments);
    console->message_style = style;
}

void console_copy(struct console *console, const char *what, const char *format, ...)
{
    char text[TERM_COPY_MAX + 1];
    va_list arguments;
    va_start(arguments, format);
    int size = vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    CHECK(size >= 0);
    if (term_copy(console->term, (struct text){text, (size_t)size})) {
        console_say(console, STYLE_PLAIN, "Copied: %s", what);
    } else {
        console_say(console, STYLE_WARN, "Too long to be copied: %s", what);
    }
}

struct caller console_caller(const struct console *console, const struct screen *screen,
                             uint32_t tag)
{
    return (struct caller){
        .client = console->client, .owner = screen->serial, .tag = tag, .now_ms = console->now_ms};
}

bool console_online(const struct console *console)
{
    return client_state(console->client) == CLIENT_UP;
}

int64_t console_as_of(const struct console *console, int64_t read_us)
{
    int64_t heard_us =
        console->wall_us - (console->now_ms - client_heard_ms(console->client)) * 1000;
    bool live = console_online(console) && feed_is_quiet(&console->feed) && !console->feed.refused;
    return live && heard_us > read_us ? heard_us : read_us;
}

void console_refresh(struct console *console)
{
    for (size_t i = 0; i < console->depth; i++) {
        struct screen *screen = &console->stack[i];
        if (screen->ops->refresh != NULL) {
            screen->ops->refresh(console, screen);
        }
    }
}

void console_signed_in(struct console *console)
{
    client_forget_owner(console->client, FEED_OWNER);
    feed_restart(&console->feed);
    may_restart(console);
    poster_check_now(console);
    console_refresh(console);
}

void console_open(struct console *console, const struct console_config *config, int64_t now_ms,
                  int64_t wall_us)
{
    *console = (struct console){.term = config->term,
                                .client = config->client,
                                .paper = config->paper,
                                .now_ms = now_ms,
                                .wall_us = wall_us,
                                .seen_state = CLIENT_CONNECTING};
    feed_restart(&console->feed);
    poster_init(&console->poster, config->store, config->why_no_store, config->random);
    console_push(console, config->plain != NULL ? SCREEN_PLAIN : SCREEN_HOME, config->plain);
    if (poster_recover(console) > 0 && config->plain == NULL) {
        console_push(console, SCREEN_OUTCOMES, NULL);
    }
}

void console_close(struct console *console)
{
    while (console->depth > 0) {
        console_pop(console);
    }
    session_close(&console->poster.session);
}

bool console_can(const struct console *console, const struct screen *screen,
                 const struct action *action)
{
    return action->run != NULL && (action->when == NULL || action->when(console, screen));
}

/* The action of that key in a table, if it can be done now. */
static const struct action *find_action(struct console *console, struct screen *screen,
                                        const struct action *actions, size_t count, int32_t code)
{
    for (size_t i = 0; i < count; i++) {
        const struct action *action = &actions[i];
        if ((action->key == code || (action->alias != 0 && action->alias == code)) &&
            console_can(console, screen, action)) {
            return action;
        }
    }
    return NULL;
}

static void give_key(struct console *console, struct screen *screen, const struct term_key *key)
{
    if (screen->ops->key != NULL) {
        screen->ops->key(console, screen, key);
    }
}

static bool too_small(const struct console *console)
{
    const struct surface *surface = term_surface(console->term);
    return surface->rows < TERM_ROWS_MIN || surface->columns < TERM_COLUMNS_MIN;
}

#define WHEEL_ROWS 3

/* True: the key was the mouse's. It selects rows, and never does more than that. */
static bool take_mouse(const struct console *console, struct screen *screen,
                       const struct term_key *key)
{
    if (key->code != TERM_CLICK && key->code != TERM_WHEEL_UP && key->code != TERM_WHEEL_DOWN) {
        return false;
    }
    struct table *table =
        console->mouse && screen->ops->table != NULL ? screen->ops->table(screen) : NULL;
    if (table == NULL) {
        return true;
    }
    if (key->code == TERM_CLICK) {
        (void)table_click(table, key->row, key->column);
        return true;
    }
    for (int i = 0; i < WHEEL_ROWS; i++) {
        (void)table_key(table, key->code == TERM_WHEEL_UP ? TERM_UP : TERM_DOWN, false);
    }
    return true;
}

static void take_key(struct console *console, const struct term_key *key)
{
    struct screen *screen = console_top(console);
    if (key->code == TERM_RESIZE) {
        return;
    }
    if (too_small(console) && key->code != TERM_CONTROL('c') && key->code != TERM_CONTROL('q')) {
        return; /* nobody types into what cannot be seen */
    }
    if (take_mouse(console, screen, key)) {
        return;
    }
    console->message[0] = '\0';
    bool typing = screen->ops->typing != NULL && screen->ops->typing(screen);
    if (key->pasted || (typing && term_key_is_character(key->code))) {
        give_key(console, screen, key);
        return;
    }
    const struct action *action =
        find_action(console, screen, screen->ops->actions, screen->ops->action_count, key->code);
    if (action == NULL) {
        action = find_action(console, screen, console_actions, console_action_count, key->code);
        if (action != NULL && screen->ops->by_hand) { /* it was another key than the awaited one */
            give_key(console, screen, &(struct term_key){.code = TERM_NONE});
        }
    }
    if (action != NULL) {
        action->run(console, screen);
    } else {
        give_key(console, screen, key);
    }
}

static void give_change(struct console *console, const struct event *event)
{
    for (size_t i = 0; i < console->depth; i++) {
        struct screen *screen = &console->stack[i];
        if (screen->ops->change != NULL) {
            screen->ops->change(console, screen, event);
        }
    }
}

static void take_feed(struct console *console, const struct client_reply *reply)
{
    switch (feed_reply(&console->feed, reply, console->now_ms)) {
    case FEED_CAUGHT:
        console_refresh(console);
        break;
    case FEED_EVENTS: {
        const struct list_result *page = reply->value;
        const struct event *events = page->data.items;
        for (size_t i = 0; i < page->data.count; i++) {
            give_change(console, &events[i]);
        }
        break;
    }
    case FEED_REFUSED:
    case FEED_NOTHING:
        break;
    }
}

static void take_reply(struct console *console, const struct client_reply *reply)
{
    if (reply->result == CLIENT_PROBLEM && reply->problem.status == STATUS_unauthenticated &&
        !console_shows(console, SCREEN_SIGN_IN) && !console_shows(console, SCREEN_PLAIN)) {
        console_push(console, SCREEN_SIGN_IN, NULL);
    }
    if (reply->owner == FEED_OWNER) {
        take_feed(console, reply);
        return;
    }
    if (reply->owner == MAY_OWNER) {
        may_reply(console, reply);
        return;
    }
    if (reply->owner == PIN_OWNER) {
        pin_reply(console, reply);
        return;
    }
    if (reply->owner == POSTER_OWNER) {
        poster_reply(console, reply);
        return;
    }
    for (size_t i = 0; i < console->depth; i++) {
        struct screen *screen = &console->stack[i];
        if (screen->serial == reply->owner && screen->ops->reply != NULL) {
            screen->ops->reply(console, screen, reply);
            return;
        }
    }
}

static void watch_state(struct console *console)
{
    enum client_state state = client_state(console->client);
    if (state == console->seen_state) {
        return;
    }
    if (state == CLIENT_UP) {
        if (console->seen_state == CLIENT_DOWN) {
            console_say(console, STYLE_GOOD, "The bank is back");
        }
        client_forget_owner(console->client, FEED_OWNER);
        feed_restart(&console->feed);
        may_restart(console);
        poster_check_now(console);
        console_refresh(console);
    }
    console->seen_state = state;
}

static void take_replies(struct console *console)
{
    struct client_reply reply;
    /* What came while the console itself stood still is read before anybody is called silent. */
    while (client_next(console->client, console->now_ms, &reply)) {
        take_reply(console, &reply);
    }
    client_turn(console->client, console->now_ms);
    watch_state(console);
}

static void read_keys(struct console *console)
{
    struct term_key key;
    while (console->typed_count < CONSOLE_KEYS_MAX && term_read(console->term, &key)) {
        console->typed[(console->typed_first + console->typed_count++) % CONSOLE_KEYS_MAX] = key;
    }
}

void console_discard_keys(struct console *console)
{
    struct term_key key;
    while (term_read(console->term, &key)) {
        console->keys++;
    }
    console->keys += console->typed_count;
    console->typed_count = 0;
}

/* True while the next key is better held back: one blink for all keys that wait for one answer. */
static bool is_held(struct console *console)
{
    const struct screen *screen = console_top(console);
    const struct term_key *next = &console->typed[console->typed_first];
    if (screen->ops->waits == NULL || !screen->ops->waits(screen, next) ||
        !console_online(console)) {
        console->held_ms = 0;
        return false;
    }
    if (console->held_ms == 0) {
        console->held_ms = console->now_ms;
    }
    return console->now_ms - console->held_ms < CONSOLE_HOLD_MS;
}

static void take_keys(struct console *console)
{
    read_keys(console);
    while (!console->quit && console->typed_count > 0 && !is_held(console)) {
        struct term_key key = console->typed[console->typed_first];
        console->typed[console->typed_first] = (struct term_key){0}; /* it may be of a PIN */
        console->typed_first = (console->typed_first + 1) % CONSOLE_KEYS_MAX;
        console->typed_count--;
        console->keys++;
        take_key(console, &key);
        read_keys(console);
    }
}

/* Replies before keys: a key is pressed at what the newest screen shows. */
void console_turn(struct console *console, int64_t now_ms, int64_t wall_us)
{
    console->now_ms = now_ms;
    console->wall_us = wall_us;
    take_replies(console);
    take_keys(console);
    feed_turn(&console->feed, console->client, now_ms);
    poster_turn(console);
    print_turn(console);
    may_turn(console);
    for (size_t i = 0; i < console->depth; i++) {
        struct screen *screen = &console->stack[i];
        if (screen->ops->tick != NULL) {
            screen->ops->tick(console, screen);
        }
    }
}

static void draw_stack(struct console *console, struct area body)
{
    size_t first = console->depth - 1;
    while (first > 0 && console->stack[first].ops->over) {
        first--;
    }
    for (size_t i = first; i < console->depth; i++) {
        struct screen *screen = &console->stack[i];
        body.surface->cursor_on = false;
        screen->ops->draw(console, screen, body);
    }
}

void console_draw(struct console *console)
{
    struct surface *surface = term_surface(console->term);
    surface_clear(surface);
    struct area whole = area_whole(surface);
    if (too_small(console)) {
        (void)area_wrap(whole, 0, STYLE_WARN,
                        TEXT("Make the window at least 40 x 10: nothing is lost."));
    } else {
        show_hide(console->hides);
        draw_stack(console, frame_draw(console, whole));
        frame_message(console, whole);
        show_hide(false);
    }
    term_flush(console->term);
}

bool console_is_idle(const struct console *console)
{
    return client_in_flight(console->client) == 0 && console->typed_count == 0 &&
           (client_state(console->client) != CLIENT_UP || feed_is_quiet(&console->feed));
}

/* The clock needs a second; a spinner less. */
int console_timeout_ms(const struct console *console)
{
    int timeout = client_timeout_ms(console->client, console->now_ms);
    int until_second = 1000 - (int)(console->wall_us / 1000 % 1000);
    bool spins =
        client_in_flight(console->client) > 0 || client_state(console->client) == CLIENT_CONNECTING;
    int draw = spins && until_second > 75 ? 75 : until_second;
    draw = console->typed_count > 0 && draw > 20 ? 20 : draw;
    bool prints = console->paper != NULL && console->paper->is_busy(console->paper);
    draw = prints && draw > 50 ? 50 : draw;
    return timeout < draw ? timeout : draw;
}
