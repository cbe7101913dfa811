/* The contract's events (CONTRACT 2) as clients see them, in the change feed, the history and
 * the export. One struct for the five types; `type` decides which fields are written. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/money.h"
#include "base/text.h"
#include "contract/shape.h"

enum event_type {
    EVENT_ACCOUNT_CREATED,
    EVENT_MONEY_DEPOSITED,
    EVENT_MONEY_WITHDRAWN,
    EVENT_MONEY_TRANSFERRED,
    EVENT_BALANCE_UPDATED,
    EVENT_TYPE_COUNT
};
extern const char *const event_type_names[EVENT_TYPE_COUNT + 1];

enum channel { CHANNEL_REST, CHANNEL_ZMQ, CHANNEL_IMPORT, CHANNEL_COUNT };
extern const char *const channel_names[CHANNEL_COUNT + 1];

/* Events of one record at most: transfer, and a balance for either side. */
#define EVENTS_PER_RECORD_MAX 3

struct event {
    uint8_t type; /* enum event_type */
    uint8_t channel;
    uint16_t currency;
    uint64_t position;
    int64_t at;
    struct text actor;
    uint64_t account, version;                   /* all but MoneyTransferred */
    uint64_t from, from_version, to, to_version; /* MoneyTransferred */
    struct text owner;                           /* AccountCreated */
    struct money initial_balance;                /* AccountCreated */
    struct money amount;                         /* the three movements */
    struct text reference;                       /* the three movements */
    struct money balance, change;                /* BalanceUpdated */
    uint64_t cause;                              /* BalanceUpdated: position */
};

/* An event in one account's history: the same and what this account saw of it. */
struct history_event {
    struct event event;
    struct money seen_change, seen_balance;
    uint64_t counterparty; /* MoneyTransferred */
};

extern const struct shape event_shape;         /* of struct event */
extern const struct shape history_event_shape; /* of struct history_event */
