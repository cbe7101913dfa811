#include "client/calls.h"

#include <string.h>

#define GIVEN(bit) (1u << (bit))
#define SCRUB_KEY_SIZE 250

static uint64_t ask(struct caller caller, enum op op, struct text key, const void *args,
                    int64_t deadline_ms)
{
    struct client_ask wish = {.owner = caller.owner,
                              .tag = caller.tag,
                              .lane = op == OP_GET_CHANGES ? CLIENT_FEED : CLIENT_REQUESTS,
                              .op = op,
                              .key = key,
                              .args = args,
                              .deadline_ms = deadline_ms};
    return client_send(caller.client, &wish, caller.now_ms);
}

static uint64_t query(struct caller caller, enum op op, const void *args)
{
    return ask(caller, op, (struct text){NULL, 0}, args, 0);
}

uint64_t call_list_accounts(struct caller caller, struct text search, uint64_t limit,
                            uint64_t after)
{
    struct list_accounts args = {
        .given = GIVEN(LIST_ACCOUNTS_LIMIT), .search = search, .limit = limit, .after = after};
    args.given |= search.size > 0 ? GIVEN(LIST_ACCOUNTS_SEARCH) : 0;
    args.given |= after > 0 ? GIVEN(LIST_ACCOUNTS_AFTER) : 0;
    return query(caller, OP_LIST_ACCOUNTS, &args);
}

uint64_t call_get_account(struct caller caller, uint64_t account)
{
    struct account_query args = {.given = 1, .account = account};
    return query(caller, OP_GET_ACCOUNT, &args);
}

uint64_t call_history(struct caller caller, uint64_t account, uint32_t types, uint64_t limit,
                      uint64_t before, uint64_t after)
{
    struct history_query args = {.given = GIVEN(HISTORY_ACCOUNT) | GIVEN(HISTORY_LIMIT) |
                                          GIVEN(HISTORY_TYPES),
                                 .account = account,
                                 .limit = limit,
                                 .before = before,
                                 .after = after,
                                 .types = types};
    args.given |= before > 0 ? GIVEN(HISTORY_BEFORE) : 0;
    args.given |= after > 0 ? GIVEN(HISTORY_AFTER) : 0;
    return query(caller, OP_GET_TRANSACTION_HISTORY, &args);
}

uint64_t call_list_statements(struct caller caller, uint64_t account, uint64_t limit)
{
    struct list_statements args = {.given = GIVEN(LIST_STATEMENTS_ACCOUNT) |
                                            GIVEN(LIST_STATEMENTS_LIMIT),
                                   .account = account,
                                   .limit = limit};
    return query(caller, OP_LIST_STATEMENTS, &args);
}

uint64_t call_get_statement(struct caller caller, uint64_t account, int32_t month)
{
    struct statement_query args = {.given = GIVEN(STATEMENT_ACCOUNT) | GIVEN(STATEMENT_MONTH),
                                   .account = account,
                                   .month = month};
    return query(caller, OP_GET_STATEMENT, &args);
}

uint64_t call_changes(struct caller caller, uint64_t after, uint64_t limit, uint64_t wait_ms)
{
    struct changes_query args = {.given = GIVEN(CHANGES_AFTER) | GIVEN(CHANGES_LIMIT) |
                                          GIVEN(CHANGES_WAIT_MS),
                                 .after = after,
                                 .limit = limit,
                                 .wait_ms = wait_ms};
    return ask(caller, OP_GET_CHANGES, (struct text){NULL, 0}, &args,
               (int64_t)wait_ms + CLIENT_DEADLINE_MS);
}

uint64_t call_create_account(struct caller caller, struct text key, struct text owner,
                             uint16_t currency, struct money initial_balance)
{
    struct create_account args = {.given = GIVEN(CREATE_ACCOUNT_OWNER) |
                                           GIVEN(CREATE_ACCOUNT_CURRENCY) |
                                           GIVEN(CREATE_ACCOUNT_INITIAL_BALANCE),
                                  .owner = owner,
                                  .currency = currency,
                                  .initial_balance = initial_balance};
    return ask(caller, OP_CREATE_ACCOUNT, key, &args, CALL_COMMAND_DEADLINE_MS);
}

uint64_t call_move(struct caller caller, enum op op, struct text key, uint64_t account,
                   struct money amount, uint16_t currency, struct text reference)
{
    struct move_money args = {.given = GIVEN(MOVE_MONEY_ACCOUNT) | GIVEN(MOVE_MONEY_AMOUNT) |
                                       GIVEN(MOVE_MONEY_CURRENCY) | GIVEN(MOVE_MONEY_REFERENCE),
                              .account = account,
                              .amount = amount,
                              .currency = currency,
                              .reference = reference};
    return ask(caller, op, key, &args, CALL_COMMAND_DEADLINE_MS);
}

uint64_t call_transfer(struct caller caller, struct text key, uint64_t from, uint64_t to,
                       struct money amount, uint16_t currency, struct text reference)
{
    struct transfer_money args = {.given = GIVEN(TRANSFER_MONEY_FROM) | GIVEN(TRANSFER_MONEY_TO) |
                                           GIVEN(TRANSFER_MONEY_AMOUNT) |
                                           GIVEN(TRANSFER_MONEY_CURRENCY) |
                                           GIVEN(TRANSFER_MONEY_REFERENCE),
                                  .from = from,
                                  .to = to,
                                  .amount = amount,
                                  .currency = currency,
                                  .reference = reference};
    return ask(caller, OP_TRANSFER_MONEY, key, &args, CALL_COMMAND_DEADLINE_MS);
}

uint64_t call_get_outcome(struct caller caller, struct text key)
{
    struct outcome_key args = {.given = 1, .key = key};
    return ask(caller, OP_GET_OUTCOME, (struct text){NULL, 0}, &args, CALL_COMMAND_DEADLINE_MS);
}

uint64_t call_abandon_key(struct caller caller, struct text key)
{
    struct outcome_key args = {.given = 1, .key = key};
    return ask(caller, OP_ABANDON_KEY, (struct text){NULL, 0}, &args, CALL_COMMAND_DEADLINE_MS);
}

uint64_t call_get_outcome_of(struct caller caller, struct text key, uint64_t account)
{
    struct outcome_key args = {.given = GIVEN(OUTCOME_KEY_KEY) | GIVEN(OUTCOME_KEY_ACCOUNT),
                               .key = key,
                               .account = account};
    return ask(caller, OP_GET_OUTCOME, (struct text){NULL, 0}, &args, CALL_COMMAND_DEADLINE_MS);
}

uint64_t call_abandon_key_of(struct caller caller, struct text key, uint64_t account)
{
    struct outcome_key args = {.given = GIVEN(OUTCOME_KEY_KEY) | GIVEN(OUTCOME_KEY_ACCOUNT),
                               .key = key,
                               .account = account};
    return ask(caller, OP_ABANDON_KEY, (struct text){NULL, 0}, &args, CALL_COMMAND_DEADLINE_MS);
}

uint64_t call_open_session(struct caller caller, uint64_t account, struct text pin)
{
    struct account_pin args = {.given = 3, .account = account, .pin = pin};
    return ask(caller, OP_OPEN_SESSION, (struct text){NULL, 0}, &args, 0);
}

uint64_t call_close_session(struct caller caller)
{
    struct no_args args = {0};
    return query(caller, OP_CLOSE_SESSION, &args);
}

uint64_t call_history_query(struct caller caller, const struct history_query *wish)
{
    return query(caller, OP_GET_TRANSACTION_HISTORY, wish);
}

uint64_t call_get_balance(struct caller caller, uint64_t account, int64_t at)
{
    struct balance_query args = {.given = GIVEN(BALANCE_ACCOUNT), .account = account, .at = at};
    args.given |= at != 0 ? GIVEN(BALANCE_AT) : 0;
    return query(caller, OP_GET_BALANCE, &args);
}

uint64_t call_get_balance_series(struct caller caller, uint64_t account, int32_t from, int32_t to)
{
    struct series_query args = {.given =
                                    GIVEN(SERIES_ACCOUNT) | GIVEN(SERIES_FROM) | GIVEN(SERIES_TO),
                                .account = account,
                                .from = from,
                                .to = to};
    return query(caller, OP_GET_BALANCE_SERIES, &args);
}

uint64_t call_set_pin(struct caller caller, uint64_t account, struct text pin)
{
    struct account_pin args = {.given = 3, .account = account, .pin = pin};
    return ask(caller, OP_SET_PIN, (struct text){NULL, 0}, &args, CALL_COMMAND_DEADLINE_MS);
}

uint64_t call_scrub(struct caller caller, uint64_t account)
{
    char key[SCRUB_KEY_SIZE];
    memset(key, '0', sizeof key);
    struct text text = {key, sizeof key};
    return account != 0 ? call_get_outcome_of(caller, text, account)
                        : call_get_outcome(caller, text);
}

uint64_t call_list_webhooks(struct caller caller, uint64_t limit, struct text after)
{
    struct list_webhooks args = {
        .given = GIVEN(LIST_WEBHOOKS_LIMIT), .limit = limit, .after = after};
    args.given |= after.size > 0 ? GIVEN(LIST_WEBHOOKS_AFTER) : 0;
    return query(caller, OP_LIST_WEBHOOKS, &args);
}

uint64_t call_list_deliveries(struct caller caller, struct text webhook, int state, uint64_t limit,
                              uint64_t before)
{
    struct list_deliveries args = {.given =
                                       GIVEN(LIST_DELIVERIES_ID) | GIVEN(LIST_DELIVERIES_LIMIT),
                                   .id = webhook,
                                   .limit = limit,
                                   .before = before};
    if (state >= 0) {
        args.given |= GIVEN(LIST_DELIVERIES_STATE);
        args.state = (uint8_t)state;
    }
    args.given |= before > 0 ? GIVEN(LIST_DELIVERIES_BEFORE) : 0;
    return query(caller, OP_LIST_DELIVERIES, &args);
}

uint64_t call_retry_delivery(struct caller caller, struct text webhook, struct text delivery)
{
    struct retry_delivery args = {.given = 3, .id = webhook, .delivery = delivery};
    return query(caller, OP_RETRY_DELIVERY, &args);
}

uint64_t call_test_webhook(struct caller caller, struct text webhook)
{
    struct webhook_id args = {.given = 1, .id = webhook};
    return ask(caller, OP_TEST_WEBHOOK, (struct text){NULL, 0}, &args, CALL_TEST_DEADLINE_MS);
}
