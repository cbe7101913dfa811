/* The results of every operation, as structs with shapes. Texts and lists live in the arena of
 * the request. Names on the wire are the members' unless results.c says otherwise. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/money.h"
#include "base/text.h"
#include "contract/events.h"
#include "contract/problem.h"
#include "contract/shape.h"

struct account_result {
    uint64_t account;
    struct text owner;
    uint16_t currency;
    struct money balance;
    uint8_t status; /* account_status_names: "open" */
    uint64_t version;
    int64_t opened_at;
    uint64_t position;
};
extern const char *const account_status_names[];
extern const struct shape account_result_shape;

struct moved_result { /* DepositMoney, WithdrawMoney */
    uint8_t type;     /* enum event_type */
    uint64_t position;
    int64_t at;
    uint64_t account;
    struct money amount;
    uint16_t currency;
    struct money balance;
    uint64_t version;
    struct text reference;
};
extern const struct shape moved_result_shape;

struct transfer_side {
    uint64_t account;
    struct money balance;
    uint64_t version;
};

struct transferred_result {
    uint8_t type;
    uint64_t position;
    int64_t at;
    struct transfer_side from, to;
    struct money amount;
    uint16_t currency;
    struct text reference;
};
extern const struct shape transferred_result_shape;
extern const struct shape transferred_customer_shape; /* the same struct; `to` is its number only */

struct batch_item {
    bool ok;
    bool replayed;
    struct any result;           /* when ok */
    const struct problem *error; /* when not */
};

struct batch_result {
    struct list results; /* of struct batch_item */
};
extern const struct shape batch_result_shape; /* an item has `result` or `error`, by `ok` */

struct balance_result {
    uint64_t account;
    struct money balance;
    uint16_t currency;
    uint64_t version;
    int64_t as_of;
    uint64_t position;
};
extern const struct shape balance_result_shape;

struct series_day {
    int32_t day;
    struct money balance;
};

struct series_result {
    uint64_t account;
    uint16_t currency;
    struct list days; /* of struct series_day */
};
extern const struct shape series_result_shape;

struct statement_totals {
    uint64_t count;
    struct money total;
};

struct statement_line {
    uint64_t position;
    int64_t at;
    uint8_t type; /* enum event_type of the cause */
    struct text reference;
    uint64_t counterparty;
    struct money change, balance;
};

struct statement_result {
    uint64_t account;
    struct text owner;
    uint16_t currency;
    int32_t month;
    struct money opening_balance;
    struct statement_totals credits, debits;
    struct money closing_balance;
    uint64_t first_position, last_position; /* of all its events; 0 (null): none that month */
    bool final;
    struct list lines; /* of struct statement_line; not written by the summary shape */
};
extern const struct shape statement_result_shape;
extern const struct shape statement_summary_shape; /* the same struct without lines */

/* One shape for every list: object, data, has_more, next, and total for ListAccounts. */
struct list_result {
    struct list data;
    bool has_more;
    struct text next; /* absent: null */
    uint64_t total;   /* list_total_shape only; LIST_TOTAL_UNKNOWN: null */
};
#define LIST_TOTAL_UNKNOWN UINT64_MAX
extern const struct shape account_list_shape; /* with total */
extern const struct shape history_list_shape;
extern const struct shape statement_list_shape;
extern const struct shape change_list_shape; /* of struct event */
extern const struct shape key_list_shape;

enum outcome_state { OUTCOME_UNKNOWN, OUTCOME_DONE, OUTCOME_REFUSED };
struct outcome_result { /* GetOutcome, AbandonKey */
    uint8_t state;
    struct any outcome;          /* done: the command's result */
    const struct problem *error; /* refused */
};
extern const char *const outcome_state_names[];
extern const struct shape outcome_result_shape; /* the one or the other is `outcome`, or null */

struct key_result {
    struct text name;
    uint8_t role;
    struct text key; /* CreateKey only; shown once */
    int64_t created_at;
    int64_t revoked_at; /* 0: null */
};
extern const struct shape key_result_shape; /* with key */
extern const struct shape key_shape;        /* without */

struct session_result { /* OpenSession */
    struct text token;  /* shown this once */
    uint64_t account;
    int64_t expires_at; /* when it ends unless it is used before */
};
extern const struct shape session_result_shape;

enum delivery_state { DELIVERY_WAITING, DELIVERY_DELIVERED, DELIVERY_DEAD };
extern const char *const delivery_state_names[];
enum webhook_state { WEBHOOK_ACTIVE, WEBHOOK_FAILING, WEBHOOK_DISABLED };
extern const char *const webhook_state_names[];

struct webhook_result {
    struct text id, url;
    uint32_t types;
    struct list accounts; /* of uint64_t; none (null): all */
    bool enabled;
    uint8_t state;               /* enum webhook_state */
    struct text disabled_reason; /* absent unless disabled: request, gone, failing */
    int64_t created_at;
    uint64_t position; /* all events up to it are delivered, or stand in the list of deliveries */
    uint64_t waiting, dead;
    int64_t failing_since; /* 0 (null): the last attempt succeeded, or there was none */
    int64_t last_attempt_at;
    uint64_t last_status;
    struct text last_error;
    struct text secret; /* CreateWebhook, RotateWebhook only */
};
extern const struct shape webhook_shape;        /* without secret */
extern const struct shape webhook_result_shape; /* with secret */
extern const struct shape webhook_list_shape;

struct webhook_test_result {
    struct text id;
    uint8_t state;     /* enum delivery_state: delivered or dead */
    uint64_t status;   /* 0 (null): no answer came */
    struct text error; /* absent (null): an answer came */
};
extern const struct shape webhook_test_shape;

struct delivery_attempt {
    int64_t at;
    uint64_t status;
    struct text error;
    uint64_t duration_ms;
    struct text answer; /* the beginning of the body */
};

struct delivery_result {
    struct text id; /* the webhook-id receivers see */
    uint64_t position;
    uint8_t type; /* enum event_type */
    uint8_t state;
    int64_t next_attempt_at;
    uint64_t status;
    struct text error;
    struct list attempts; /* of struct delivery_attempt, oldest first */
};
extern const struct shape delivery_list_shape;

struct retried_result {
    uint64_t retried; /* deliveries that were put in line again */
};
extern const struct shape retried_result_shape;
