/* The arguments of every operation, as structs. Filled by bind.h from the shapes in messages.c;
 * bit i of `given` says that field i of the shape was present (ARG_GIVEN). */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/money.h"
#include "base/text.h"
#include "contract/events.h"
#include "contract/shape.h"

#define ARG_OWNER_MAX 140     /* characters */
#define ARG_REFERENCE_MAX 140 /* characters */
#define ARG_KEY_MAX 255       /* bytes, all printable ASCII */
#define ARG_KEY_NAME_MAX 64   /* the name of an API key; its characters are the registry's */
#define ARG_LIMIT_MAX 1000
#define ARG_WAIT_MAX_MS 30000

#define ARG_GIVEN(args, bit) (((args)->given >> (bit)) & 1u)

struct create_account {
    uint32_t given;
    struct text owner;
    uint16_t currency;
    struct money initial_balance;
    uint64_t account; /* 0: the bank chooses */
};
enum {
    CREATE_ACCOUNT_OWNER,
    CREATE_ACCOUNT_CURRENCY,
    CREATE_ACCOUNT_INITIAL_BALANCE,
    CREATE_ACCOUNT_ACCOUNT
};

struct move_money { /* DepositMoney and WithdrawMoney */
    uint32_t given;
    uint64_t account;
    struct money amount;
    uint16_t currency; /* 0: not given */
    struct text reference;
    uint64_t expected_version; /* meaningful when given */
};
enum {
    MOVE_MONEY_ACCOUNT,
    MOVE_MONEY_AMOUNT,
    MOVE_MONEY_CURRENCY,
    MOVE_MONEY_REFERENCE,
    MOVE_MONEY_EXPECTED_VERSION
};

struct transfer_money {
    uint32_t given;
    uint64_t from, to;
    struct money amount;
    uint16_t currency;
    struct text reference;
    uint64_t expected_version; /* of from */
};
enum {
    TRANSFER_MONEY_FROM,
    TRANSFER_MONEY_TO,
    TRANSFER_MONEY_AMOUNT,
    TRANSFER_MONEY_CURRENCY,
    TRANSFER_MONEY_REFERENCE,
    TRANSFER_MONEY_EXPECTED_VERSION
};

struct batch_command { /* one of Batch.commands */
    uint32_t given;
    uint8_t op; /* index into batch_op_names: CreateAccount, Deposit, Withdraw, Transfer */
    struct text key;
    struct any args; /* shape and struct of that op */
};
enum { BATCH_COMMAND_OP, BATCH_COMMAND_KEY, BATCH_COMMAND_ARGS };

#define BATCH_COMMANDS_MAX 4096

struct batch {
    uint32_t given;
    struct list commands; /* of struct batch_command */
    bool atomic;
};
enum { BATCH_COMMANDS, BATCH_ATOMIC };

struct outcome_key { /* GetOutcome, AbandonKey */
    uint32_t given;
    struct text key;
    uint64_t account; /* a customer's key: for an atm, which must name one, and an admin */
};
enum { OUTCOME_KEY_KEY, OUTCOME_KEY_ACCOUNT };

struct account_query { /* GetAccount */
    uint32_t given;
    uint64_t account;
};

struct list_accounts {
    uint32_t given;
    struct text search;
    uint64_t limit;
    uint64_t after; /* an account number */
};
enum { LIST_ACCOUNTS_SEARCH, LIST_ACCOUNTS_LIMIT, LIST_ACCOUNTS_AFTER };

struct balance_query {
    uint32_t given;
    uint64_t account;
    int64_t at;
};
enum { BALANCE_ACCOUNT, BALANCE_AT };

struct series_query {
    uint32_t given;
    uint64_t account;
    int32_t from, to; /* days, both inclusive */
};
enum { SERIES_ACCOUNT, SERIES_FROM, SERIES_TO };

struct history_query {
    uint32_t given;
    uint64_t account;
    uint64_t limit;
    uint64_t before, after; /* positions */
    int64_t from, to;       /* times: inclusive, exclusive */
    uint32_t types;         /* bits over event_type_names */
    uint64_t min, max;      /* amounts, minor units */
    struct text text;
};
enum {
    HISTORY_ACCOUNT,
    HISTORY_LIMIT,
    HISTORY_BEFORE,
    HISTORY_AFTER,
    HISTORY_FROM,
    HISTORY_TO,
    HISTORY_TYPES,
    HISTORY_MIN,
    HISTORY_MAX,
    HISTORY_TEXT
};

struct list_statements {
    uint32_t given;
    uint64_t account;
    uint64_t limit;
    int32_t before; /* a month */
};
enum { LIST_STATEMENTS_ACCOUNT, LIST_STATEMENTS_LIMIT, LIST_STATEMENTS_BEFORE };

struct statement_query {
    uint32_t given;
    uint64_t account;
    int32_t month;
};
enum { STATEMENT_ACCOUNT, STATEMENT_MONTH };

struct changes_query {
    uint32_t given;
    uint64_t after;
    uint64_t limit;
    uint64_t wait_ms;
};
enum { CHANGES_AFTER, CHANGES_LIMIT, CHANGES_WAIT_MS };

struct create_key {
    uint32_t given;
    uint8_t role; /* enum role */
    struct text name;
};
enum { CREATE_KEY_ROLE, CREATE_KEY_NAME };

struct key_name { /* RevokeKey */
    uint32_t given;
    struct text name;
};

#define ARG_PIN_MIN 4
#define ARG_PIN_MAX 8

struct account_pin { /* SetPin, OpenSession */
    uint32_t given;
    uint64_t account;
    struct text pin; /* digits; wiped by whoever used it */
};

#define ARG_URL_MAX 2048
#define ARG_SECRET_MAX 128    /* of a webhook, as text; how many bytes it holds is checked there */
#define ARG_ACCOUNTS_MAX 1000 /* a webhook may be limited to */
#define ARG_ID_MAX 64

struct create_webhook {
    uint32_t given;
    struct text url;
    uint32_t types;       /* bits over event_type_names */
    struct list accounts; /* of uint64_t; none: all */
    struct text secret;
};
enum { CREATE_WEBHOOK_URL, CREATE_WEBHOOK_TYPES, CREATE_WEBHOOK_ACCOUNTS, CREATE_WEBHOOK_SECRET };

struct webhook_id { /* GetWebhook, DeleteWebhook, RotateWebhook, TestWebhook */
    uint32_t given;
    struct text id;
};

struct list_webhooks {
    uint32_t given;
    uint64_t limit;
    struct text after; /* an id */
};
enum { LIST_WEBHOOKS_LIMIT, LIST_WEBHOOKS_AFTER };

struct update_webhook {
    uint32_t given;
    struct text id;
    struct text url;
    uint32_t types;
    struct list accounts;
    bool enabled;
};
enum {
    UPDATE_WEBHOOK_ID,
    UPDATE_WEBHOOK_URL,
    UPDATE_WEBHOOK_TYPES,
    UPDATE_WEBHOOK_ACCOUNTS,
    UPDATE_WEBHOOK_ENABLED
};

struct list_deliveries {
    uint32_t given;
    struct text id;
    uint8_t state; /* enum delivery_state */
    uint64_t limit;
    uint64_t before; /* a position */
};
enum { LIST_DELIVERIES_ID, LIST_DELIVERIES_STATE, LIST_DELIVERIES_LIMIT, LIST_DELIVERIES_BEFORE };

struct retry_delivery {
    uint32_t given;
    struct text id, delivery; /* "dead": all that are */
};

struct replay_webhook {
    uint32_t given;
    struct text id;
    uint64_t after; /* a position */
};

struct no_args { /* ListKeys, CloseSession */
    uint32_t given;
};

/* The shapes of all these, in the order of the enums above. */
extern const struct shape create_account_shape;
extern const struct shape move_money_shape;
extern const struct shape transfer_money_shape;
extern const struct shape batch_command_shape;
extern const struct shape batch_shape;
extern const struct shape get_outcome_shape; /* of struct outcome_key */
extern const struct shape abandon_key_shape; /* of struct outcome_key */
extern const struct shape account_query_shape;
extern const struct shape list_accounts_shape;
extern const struct shape balance_query_shape;
extern const struct shape series_query_shape;
extern const struct shape history_query_shape;
extern const struct shape list_statements_shape;
extern const struct shape statement_query_shape;
extern const struct shape changes_query_shape;
extern const struct shape create_key_shape;
extern const struct shape key_name_shape;
extern const struct shape no_args_shape;
extern const struct shape set_pin_shape;      /* of struct account_pin */
extern const struct shape open_session_shape; /* of struct account_pin */
extern const struct shape create_webhook_shape;
extern const struct shape get_webhook_shape;    /* of struct webhook_id */
extern const struct shape webhook_action_shape; /* of struct webhook_id: the other three */
extern const struct shape list_webhooks_shape;
extern const struct shape update_webhook_shape;
extern const struct shape list_deliveries_shape;
extern const struct shape retry_delivery_shape;
extern const struct shape replay_webhook_shape;
