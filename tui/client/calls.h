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
