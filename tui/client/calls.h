/* One function a message. Each returns the request's id, or 0 when the client takes none now. */
#pragma once

#include "client/client.h"

struct caller {
    struct client *client;
    uint32_t owner, tag; /* come back with the reply */
    int64_t now_ms;
};

uint64_t call_list_accounts(struct caller caller, struct text search, uint64_t limit,
                            uint64_t after);
uint64_t call_get_account(struct caller caller, uint64_t account);
/* `before` and `after` are positions; 0: none. */
uint64_t call_history(struct caller caller, uint64_t account, uint32_t types, uint64_t limit,
                      uint64_t before, uint64_t after);
uint64_t call_list_statements(struct caller caller, uint64_t account, uint64_t limit);
uint64_t call_get_statement(struct caller caller, uint64_t account, int32_t month);
/* On the feed's line. */
uint64_t call_changes(struct caller caller, uint64_t after, uint64_t limit, uint64_t wait_ms);

#define CALL_COMMAND_DEADLINE_MS 6000
uint64_t call_create_account(struct caller caller, struct text key, struct text owner,
                             uint16_t currency, struct money initial_balance);
/* OP_DEPOSIT_MONEY or OP_WITHDRAW_MONEY. */
uint64_t call_move(struct caller caller, enum op op, struct text key, uint64_t account,
                   struct money amount, uint16_t currency, struct text reference);
uint64_t call_transfer(struct caller caller, struct text key, uint64_t from, uint64_t to,
                       struct money amount, uint16_t currency, struct text reference);
uint64_t call_get_outcome(struct caller caller, struct text key);
uint64_t call_abandon_key(struct caller caller, struct text key);
/* A customer's key, asked for by the machine the customer stood at. */
uint64_t call_get_outcome_of(struct caller caller, struct text key, uint64_t account);
uint64_t call_abandon_key_of(struct caller caller, struct text key, uint64_t account);
/* The PIN is in no buffer of ours any more when this returns. */
uint64_t call_open_session(struct caller caller, uint64_t account, struct text pin);
uint64_t call_close_session(struct caller caller);

/* As the caller filled it in, with `given`. */
uint64_t call_history_query(struct caller caller, const struct history_query *query);
/* `at` 0: now. */
uint64_t call_get_balance(struct caller caller, uint64_t account, int64_t at);
/* Days, both inclusive. */
uint64_t call_get_balance_series(struct caller caller, uint64_t account, int32_t from, int32_t to);
/* The PIN is in no buffer of ours any more when this returns. */
uint64_t call_set_pin(struct caller caller, uint64_t account, struct text pin);
/* The transport's send buffer keeps the bytes of the last message until a longer one is sent: asks
 * for the outcome of a long key that no one uses (`account`: at a machine, any; else 0), so that a
 * PIN or a key stays in no buffer. To be called when the answer is there, for what is sent together
 * stands one behind the other. Nobody waits for what it asks. */
uint64_t call_scrub(struct caller caller, uint64_t account);
uint64_t call_list_webhooks(struct caller caller, uint64_t limit, struct text after);
/* `before` is a position; 0: from the newest. `state` DELIVERY_...; -1: all. */
uint64_t call_list_deliveries(struct caller caller, struct text webhook, int state, uint64_t limit,
                              uint64_t before);
uint64_t call_retry_delivery(struct caller caller, struct text webhook, struct text delivery);
#define CALL_TEST_DEADLINE_MS 40000 /* the bank waits for the receiver */
uint64_t call_test_webhook(struct caller caller, struct text webhook);
