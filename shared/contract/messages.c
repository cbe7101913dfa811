#include "contract/messages.h"

#include <stddef.h>

const char *const role_names[ROLE_COUNT + 1] = {
    "admin", "teller", "atm", "customer", "auditor", NULL,
};

const char *const batch_op_names[] = {
    "CreateAccount", "DepositMoney", "WithdrawMoney", "TransferMoney", NULL,
};

enum op batch_op(uint8_t index)
{
    static const enum op ops[] = {OP_CREATE_ACCOUNT, OP_DEPOSIT_MONEY, OP_WITHDRAW_MONEY,
                                  OP_TRANSFER_MONEY};
    CHECK(index < sizeof ops / sizeof ops[0]);
    return ops[index];
}

#define ADMIN ROLE_BIT(ROLE_ADMIN)
#define STAFF (ADMIN | ROLE_BIT(ROLE_TELLER))
#define ATM ROLE_BIT(ROLE_ATM)
#define CUSTOMER ROLE_BIT(ROLE_CUSTOMER)
#define AUDITOR ROLE_BIT(ROLE_AUDITOR)
#define READERS (STAFF | AUDITOR)

#define ACCOUNT_IN(structure, member)                                                              \
    {                                                                                              \
        .kind = ENTITY_ACCOUNT, .offset = offsetof(struct structure, member)                       \
    }

/* One row an operation; OP_TABLE gives each its number and name. */

#define ROW_CREATE_ACCOUNT                                                                         \
    .kind = MESSAGE_COMMAND, .roles = STAFF, .method = "POST", .path = "/accounts", .created = 1,  \
    .args = &create_account_shape, .result = &account_result_shape,                                \
    .loads = {ACCOUNT_IN(create_account, account)}

#define ROW_DEPOSIT_MONEY                                                                          \
    .kind = MESSAGE_COMMAND, .roles = STAFF | CUSTOMER, .method = "POST",                          \
    .path = "/accounts/deposit", .args = &move_money_shape, .result = &moved_result_shape,         \
    .loads = {ACCOUNT_IN(move_money, account)}

#define ROW_WITHDRAW_MONEY                                                                         \
    .kind = MESSAGE_COMMAND, .roles = STAFF | CUSTOMER, .method = "POST",                          \
    .path = "/accounts/withdraw", .args = &move_money_shape, .result = &moved_result_shape,        \
    .loads = {ACCOUNT_IN(move_money, account)}

#define ROW_TRANSFER_MONEY                                                                         \
    .kind = MESSAGE_COMMAND, .roles = STAFF | CUSTOMER, .method = "POST",                          \
    .path = "/accounts/transfer", .args = &transfer_money_shape,                                   \
    .result = &transferred_result_shape,                                                           \
    .loads = {ACCOUNT_IN(transfer_money, from), ACCOUNT_IN(transfer_money, to)}

#define ROW_BATCH                                                                                  \
    .kind = MESSAGE_COMMAND, .roles = STAFF, .method = "POST", .path = "/batch",                   \
    .args = &batch_shape, .result = &batch_result_shape

#define ROW_GET_OUTCOME                                                                            \
    .kind = MESSAGE_LOOKUP, .roles = STAFF | ATM | AUDITOR, .method = "GET",                       \
    .path = "/outcomes/{key}", .args = &get_outcome_shape, .result = &outcome_result_shape

#define ROW_ABANDON_KEY                                                                            \
    .kind = MESSAGE_LOOKUP, .roles = STAFF | ATM, .method = "POST",                                \
    .path = "/outcomes/{key}/abandon", .args = &abandon_key_shape, .result = &outcome_result_shape

#define ROW_GET_ACCOUNT                                                                            \
    .kind = MESSAGE_QUERY, .roles = READERS | CUSTOMER, .method = "GET",                           \
    .path = "/accounts/{account}", .args = &account_query_shape, .result = &account_result_shape

#define ROW_LIST_ACCOUNTS                                                                          \
    .kind = MESSAGE_SEARCH, .roles = READERS, .method = "GET", .path = "/accounts",                \
    .args = &list_accounts_shape, .result = &account_list_shape

#define ROW_GET_BALANCE                                                                            \
    .kind = MESSAGE_QUERY, .roles = READERS | CUSTOMER, .method = "GET",                           \
    .path = "/accounts/{account}/balance", .args = &balance_query_shape,                           \
    .result = &balance_result_shape

#define ROW_GET_BALANCE_SERIES                                                                     \
    .kind = MESSAGE_SEARCH, .roles = READERS | CUSTOMER, .method = "GET",                          \
    .path = "/accounts/{account}/balance/series", .args = &series_query_shape,                     \
    .result = &series_result_shape

#define ROW_GET_TRANSACTION_HISTORY                                                                \
    .kind = MESSAGE_SEARCH, .roles = READERS | CUSTOMER, .method = "GET",                          \
    .path = "/accounts/{account}/history", .args = &history_query_shape,                           \
    .result = &history_list_shape

#define ROW_LIST_STATEMENTS                                                                        \
    .kind = MESSAGE_QUERY, .roles = READERS | CUSTOMER, .method = "GET",                           \
    .path = "/accounts/{account}/statements", .args = &list_statements_shape,                      \
    .result = &statement_list_shape

#define ROW_GET_STATEMENT                                                                          \
    .kind = MESSAGE_SEARCH, .roles = READERS | CUSTOMER, .method = "GET",                          \
    .path = "/accounts/{account}/statements/{month}", .args = &statement_query_shape,              \
    .result = &statement_result_shape

#define ROW_GET_CHANGES                                                                            \
    .kind = MESSAGE_FEED, .roles = READERS, .method = NULL, .path = "/events",                     \
    .args = &changes_query_shape, .result = &change_list_shape

#define ROW_CREATE_KEY                                                                             \
    .kind = MESSAGE_REGISTRY, .roles = ADMIN, .method = "POST", .path = "/keys", .created = 1,     \
    .secret = 1, .args = &create_key_shape, .result = &key_result_shape

#define ROW_LIST_KEYS                                                                              \
    .kind = MESSAGE_REGISTRY, .roles = ADMIN, .method = "GET", .path = "/keys",                    \
    .args = &no_args_shape, .result = &key_list_shape

#define ROW_REVOKE_KEY                                                                             \
    .kind = MESSAGE_REGISTRY, .roles = ADMIN, .method = "DELETE", .path = "/keys/{name}",          \
    .no_content = 1, .args = &key_name_shape

#define WEBHOOKS .kind = MESSAGE_WEBHOOKS, .roles = ADMIN

#define ROW_CREATE_WEBHOOK                                                                         \
    WEBHOOKS, .method = "POST", .path = "/webhooks", .created = 1, .args = &create_webhook_shape,  \
              .result = &webhook_result_shape

#define ROW_GET_WEBHOOK                                                                            \
    WEBHOOKS, .method = "GET", .path = "/webhooks/{id}", .args = &get_webhook_shape,               \
              .result = &webhook_shape

#define ROW_LIST_WEBHOOKS                                                                          \
    WEBHOOKS, .method = "GET", .path = "/webhooks", .args = &list_webhooks_shape,                  \
              .result = &webhook_list_shape

#define ROW_UPDATE_WEBHOOK                                                                         \
    WEBHOOKS, .method = "PATCH", .path = "/webhooks/{id}", .args = &update_webhook_shape,          \
              .result = &webhook_shape

#define ROW_DELETE_WEBHOOK                                                                         \
    WEBHOOKS, .method = "DELETE", .path = "/webhooks/{id}", .no_content = 1,                       \
              .args = &webhook_action_shape

#define ROW_ROTATE_WEBHOOK                                                                         \
    WEBHOOKS, .method = "POST", .path = "/webhooks/{id}/rotate", .args = &webhook_action_shape,    \
              .result = &webhook_result_shape

#define ROW_TEST_WEBHOOK                                                                           \
    WEBHOOKS, .method = "POST", .path = "/webhooks/{id}/test", .args = &webhook_action_shape,      \
              .result = &webhook_test_shape

#define ROW_LIST_DELIVERIES                                                                        \
    WEBHOOKS, .method = "GET", .path = "/webhooks/{id}/deliveries",                                \
              .args = &list_deliveries_shape, .result = &delivery_list_shape

#define ROW_RETRY_DELIVERY                                                                         \
    WEBHOOKS, .method = "POST", .path = "/webhooks/{id}/deliveries/{delivery}/retry",              \
              .args = &retry_delivery_shape, .result = &retried_result_shape

#define ROW_REPLAY_WEBHOOK                                                                         \
    WEBHOOKS, .method = "POST", .path = "/webhooks/{id}/replay", .args = &replay_webhook_shape,    \
              .result = &webhook_shape

#define ROW_SET_PIN                                                                                \
    .kind = MESSAGE_PIN, .roles = STAFF, .method = "PUT", .path = "/accounts/{account}/pin",       \
    .no_content = 1, .secret = 1, .args = &set_pin_shape

#define ROW_OPEN_SESSION                                                                           \
    .kind = MESSAGE_PIN, .roles = ADMIN | ATM, .method = "POST", .path = "/sessions",              \
    .created = 1, .secret = 1, .args = &open_session_shape, .result = &session_result_shape

#define ROW_CLOSE_SESSION                                                                          \
    .kind = MESSAGE_REGISTRY, .roles = CUSTOMER, .method = "DELETE", .path = "/sessions/current",  \
    .no_content = 1, .args = &no_args_shape

#define OP_ROW(OP, NAME) [OP_##OP] = {.op = OP_##OP, .name = (NAME), ROW_##OP},
static const struct message messages[OP_COUNT] = {OP_TABLE(OP_ROW)};

const struct message *message_of(enum op op)
{
    CHECK((unsigned)op < OP_COUNT);
    return &messages[op];
}

const struct message *message_by_name(struct text name)
{
    for (size_t i = 0; i < OP_COUNT; i++) {
        if (text_is(name, messages[i].name))
            return &messages[i];
    }
    return NULL;
}
