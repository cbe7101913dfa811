/* The window on an account's history: one row a movement, newest first. New rows come in at the
 * top, older pages at the bottom. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/money.h"
#include "contract/results.h"

#define REFERENCE_BYTES_MAX (140 * 4 + 1)
#define HISTORY_ROWS_MAX 10000

/* The kinds of events that are rows; their balances come with them. */
#define HISTORY_MOVEMENTS                                                                          \
    (1u << EVENT_ACCOUNT_CREATED | 1u << EVENT_MONEY_DEPOSITED | 1u << EVENT_MONEY_WITHDRAWN |     \
     1u << EVENT_MONEY_TRANSFERRED)

struct movement {
    uint64_t position;
    int64_t at;
    uint8_t type; /* enum event_type */
    uint64_t counterparty;
    struct money change, balance;
    char reference[REFERENCE_BYTES_MAX];
};

struct history {
    struct movement *rows;
    size_t count;
    bool more;       /* there are older ones */
    bool stuck;      /* there are, and the bank does not say where */
    uint64_t cursor; /* they are before this position */
};

void history_close(struct history *history);
void history_clear(struct history *history);
/* A person asks again for what the bank did not say. */
void history_try_again(struct history *history);
/* `data` of the results: struct history_event, newest first. */
void history_append(struct history *history, const struct list_result *older);
/* A page of what came after the newest row; returns how many rows stand above the old ones now.
 * When the page could not hold all that is new there is a gap: the old rows are dropped. */
size_t history_prepend(struct history *history, const struct list_result *newer);
/* A statement's lines, oldest first. */
size_t movement_from_lines(const struct statement_result *statement, struct movement **out);
