/* The console: what all screens share, and the stack of screens. A screen is an ops struct and
 * its own state; it never waits: it asks through the client, draws what it has, and is told the
 * replies. One thread, one loop (app/app.c), time is handed in.
 *
 * A new screen is one file, one row in screens.c, one script test. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "client/calls.h"
#include "client/feed.h"
#include "model/paper.h"
#include "screens/may.h"
#include "screens/poster.h"
#include "term/term.h"

enum screen_id {
    SCREEN_HOME,
    SCREEN_ACCOUNT,
    SCREEN_MONEY,
    SCREEN_OPEN,
    SCREEN_REVIEW,
    SCREEN_STATEMENT,
    SCREEN_OUTCOMES,
    SCREEN_HISTORY,
    SCREEN_FILTER,
    SCREEN_EVENT,
    SCREEN_AS_OF,
    SCREEN_SET_PIN,
    SCREEN_WEBHOOKS,
    SCREEN_DELIVERIES,
    SCREEN_SIGN_IN,
    SCREEN_HELP,
    SCREEN_PALETTE,
    SCREEN_PLAIN,
    SCREEN_COUNT
};

struct console;
struct table;

struct screen {
    const struct screen_ops *ops;
    uint32_t serial; /* owner of its requests */
    void *state;
};

/* One thing a screen can do. Keys are dispatched, hints drawn and help written from these rows.
 * A row without `run` is only there to be read: a widget of the screen takes the key. */
struct action {
    int32_t key, alias; /* alias 0: none */
    const char *label;  /* in the hint lines; NULL: only in the help */
    const char *help;
    void (*run)(struct console *console, struct screen *screen);
    bool (*when)(const struct console *console, const struct screen *screen); /* NULL: always */
};

struct screen_ops {
    const char *name;
    size_t size;  /* of the state, zeroed before enter */
    bool over;    /* a dialog: what is below stays visible */
    bool by_hand; /* its actions are taken by their own keys only, never from the palette */
    const struct action *actions;
    size_t action_count;
    /* Everything may be NULL but draw. `key` gets what no action took; characters come to it
     * first while `typing` says so, pasted keys come to nobody else. */
    void (*enter)(struct console *console, struct screen *screen, const void *args);
    void (*draw)(struct console *console, struct screen *screen, struct area area);
    bool (*typing)(const struct screen *screen);
    void (*key)(struct console *console, struct screen *screen, const struct term_key *key);
    /* Where characters are typed or keys are pressed, both in turn: goes to the one or the other,
     * so that the palette can offer the keys. NULL: it has only one way. */
    void (*listen)(struct screen *screen, bool typing);
    /* The rows that a click selects and the wheel moves through; NULL: none now. */
    struct table *(*table)(struct screen *screen);
    /* True: what this key means hangs on an answer that is on its way. It is held back for a blink
     * (CONSOLE_HOLD_MS), so that a quick hand is not told to press again. */
    bool (*waits)(const struct screen *screen, const struct term_key *key);
    void (*tick)(struct console *console, struct screen *screen); /* every turn of the loop */
    void (*reply)(struct console *console, struct screen *screen, const struct client_reply *reply);
    void (*change)(struct console *console, struct screen *screen, const struct event *event);
    void (*refresh)(struct console *console, struct screen *screen); /* read everything again */
    void (*leave)(struct console *console, struct screen *screen);
};

extern const struct screen_ops *const screens_all[SCREEN_COUNT];
extern const struct action console_actions[]; /* of every screen */
extern const size_t console_action_count;

#define CONSOLE_DEPTH_MAX 16
#define CONSOLE_MESSAGE_MAX 512
#define CONSOLE_KEYS_MAX 256 /* typed ahead; more stay in the terminal */
#define CONSOLE_HOLD_MS 80   /* every key is answered within 100 ms */

struct console {
    struct term *term;
    struct client *client;
    struct feed feed;
    struct poster poster;
    struct paper *paper;     /* NULL: nothing can be printed or exported */
    enum paper_news printed; /* how the last that went to the printer ended */
    enum may webhooks;       /* whether this key may see them */
    uint64_t may_asked;
    int64_t may_retry_ms;
    struct screen stack[CONSOLE_DEPTH_MAX];
    size_t depth;
    uint32_t last_serial;
    int64_t now_ms;  /* steady */
    int64_t wall_us; /* the machine's clock */
    enum client_state seen_state;
    char message[CONSOLE_MESSAGE_MAX];
    enum style message_style;
    struct term_key typed[CONSOLE_KEYS_MAX]; /* read and not taken yet: a ring */
    size_t typed_first, typed_count;
    int64_t held_ms; /* since when keys wait for the same answer; 0: none does */
    uint64_t keys;   /* taken so far, those thrown away included */
    bool hides;      /* the amounts */
    bool mouse;
    bool quit;
};

struct console_config {
    struct term *term;
    struct client *client;
    struct intent_store *store; /* NULL: nothing can be posted; `why_no_store` says why */
    const char *why_no_store;
    struct paper *paper; /* may be NULL */
    void (*random)(void *data, size_t size);
    const void *plain; /* lines instead of screens: the argument of SCREEN_PLAIN; NULL: screens */
};

void console_open(struct console *console, const struct console_config *config, int64_t now_ms,
                  int64_t wall_us);
/* Frees the screens; term, client and store stay the caller's. */
void console_close(struct console *console);
/* One turn: keys, replies, timers. Draw after it. */
void console_turn(struct console *console, int64_t now_ms, int64_t wall_us);
void console_draw(struct console *console);
int console_timeout_ms(const struct console *console);
/* Nothing is on its way but the feed's wait and signs of life. */
bool console_is_idle(const struct console *console);

/* For screens. Pushing and popping may free the screen that asks: return at once behind it. */
void console_push(struct console *console, enum screen_id id, const void *args);
void console_pop(struct console *console);
struct screen *console_top(struct console *console);
bool console_shows(const struct console *console, enum screen_id id);
/* Throws away all that was typed and not taken yet. */
void console_discard_keys(struct console *console);
void console_say(struct console *console, enum style style, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
struct caller console_caller(const struct console *console, const struct screen *screen,
                             uint32_t tag);
/* While the feed tells every change, what was read and then kept up is true as of the last sign of
 * life: that time; else `read_us`, when it was read. */
int64_t console_as_of(const struct console *console, int64_t read_us);
bool console_online(const struct console *console);
/* Puts what the format says into the terminal's clipboard and says so: `what` was copied. */
void console_copy(struct console *console, const char *what, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* The action as its key would do it; false: it cannot be done now. */
bool console_can(const struct console *console, const struct screen *screen,
                 const struct action *action);
/* A key was accepted: everything is read anew. */
void console_signed_in(struct console *console);
void console_refresh(struct console *console);
void console_pop_action(struct console *console, struct screen *screen); /* Esc */
