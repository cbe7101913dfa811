/* What the screens take as arguments of console_push, and the ops of each. */
#pragma once

#include "model/intent.h"
#include "model/trail_filter.h"
#include "screens/console.h"

extern const struct screen_ops screen_home, screen_account, screen_money, screen_open,
    screen_review, screen_statement, screen_outcomes, screen_sign_in, screen_help, screen_palette,
    screen_plain;

extern const struct screen_ops screen_history, screen_filter, screen_event, screen_as_of,
    screen_set_pin, screen_webhooks, screen_deliveries;

struct account_args {              /* SCREEN_ACCOUNT */
    const struct account_row *row; /* as far as it is known already */
    int64_t as_of_us;
};

/* SCREEN_STATEMENT, SCREEN_AS_OF, SCREEN_SET_PIN: a const struct account_row. */

struct history_args { /* SCREEN_HISTORY */
    const struct account_row *account;
    uint64_t position; /* the row to begin at; 0: the newest */
};

struct filter_args { /* SCREEN_FILTER: belongs to the screen below */
    struct trail_filter *filter;
    bool *changed;
    uint16_t currency;
};

struct event_args { /* SCREEN_EVENT */
    const struct account_row *account;
    const struct history_event *event;
};

/* SCREEN_DELIVERIES: a const struct webhook_row. */

struct money_args { /* SCREEN_MONEY */
    enum op op;     /* deposit, withdraw or transfer */
    const struct account_row *account;
};

struct review_args {         /* SCREEN_REVIEW */
    struct intent intent;    /* key, time and bank are filled in when it is posted */
    struct money balance;    /* of the account now */
    struct money to_balance; /* of the other side of a transfer */
};

/* Three kinds of money on the account, for the screens that show one: opens the form. */
void screens_open_money(struct console *console, enum op op, const struct account_row *account);
/* Back home, into an empty search. */
void screens_find(struct console *console);
