#include "contract/args.h"

#include "contract/fields.h"
#include "contract/messages.h"

#define REQUIRED .flags = FIELD_REQUIRED
#define IN_PATH .flags = FIELD_REQUIRED | FIELD_IN_PATH
#define ZMQ_ONLY .flags = FIELD_ZMQ_ONLY
#define AMOUNT .min = 1, .max = MONEY_MAX
#define PARAMETER .code = FIELD_PARAMETER
#define POSITION(lowest) .min = (lowest), .max = INT64_MAX, PARAMETER
#define LIMIT .min = 1, .max = ARG_LIMIT_MAX, PARAMETER

static const struct field create_account_fields[] = {
    FIELD(create_account, owner, TEXT, REQUIRED, .min = 1, .max = ARG_OWNER_MAX),
    FIELD(create_account, currency, CURRENCY, REQUIRED),
    FIELD(create_account, initial_balance, MONEY, .min = 0, .max = MONEY_MAX),
    FIELD(create_account, account, ACCOUNT),
};
const struct shape create_account_shape =
    SHAPE("CreateAccount", create_account, create_account_fields);

static const struct field move_money_fields[] = {
    FIELD(move_money, account, ACCOUNT, REQUIRED),
    FIELD(move_money, amount, MONEY, REQUIRED, AMOUNT),
    FIELD(move_money, currency, CURRENCY),
    FIELD(move_money, reference, TEXT, .max = ARG_REFERENCE_MAX),
    FIELD(move_money, expected_version, UINT, .max = INT64_MAX),
};
const struct shape move_money_shape = SHAPE("MoveMoney", move_money, move_money_fields);

static const struct field transfer_money_fields[] = {
    FIELD(transfer_money, from, ACCOUNT, REQUIRED),
    FIELD(transfer_money, to, ACCOUNT, REQUIRED),
    FIELD(transfer_money, amount, MONEY, REQUIRED, AMOUNT),
    FIELD(transfer_money, currency, CURRENCY),
    FIELD(transfer_money, reference, TEXT, .max = ARG_REFERENCE_MAX),
    FIELD(transfer_money, expected_version, UINT, .max = INT64_MAX),
};
const struct shape transfer_money_shape =
    SHAPE("TransferMoney", transfer_money, transfer_money_fields);

static const struct field batch_command_fields[] = {
    FIELD(batch_command, op, ENUM, REQUIRED, .names = batch_op_names),
    FIELD(batch_command, key, KEY),
    FIELD(batch_command, args, ARGS, REQUIRED),
};
const struct shape batch_command_shape = SHAPE("BatchCommand", batch_command, batch_command_fields);

static const struct field batch_fields[] = {
    FIELD(batch, commands, LIST, REQUIRED, .shape = &batch_command_shape, .min = 1,
          .max = BATCH_COMMANDS_MAX),
    FIELD(batch, atomic, BOOL),
};
const struct shape batch_shape = SHAPE("Batch", batch, batch_fields);

static const struct field outcome_key_fields[] = {
    FIELD(outcome_key, key, KEY, IN_PATH),
    FIELD(outcome_key, account, ACCOUNT),
};
const struct shape get_outcome_shape =
    SHAPE("GetOutcome", outcome_key, outcome_key_fields, PARAMETER);
const struct shape abandon_key_shape = SHAPE("AbandonKey", outcome_key, outcome_key_fields);

static const struct field account_query_fields[] = {
    FIELD(account_query, account, ACCOUNT, IN_PATH),
};
const struct shape account_query_shape =
    SHAPE("GetAccount", account_query, account_query_fields, PARAMETER);

static const struct field list_accounts_fields[] = {
    FIELD(list_accounts, search, TEXT, .max = ARG_OWNER_MAX, PARAMETER),
    FIELD(list_accounts, limit, UINT, LIMIT),
    FIELD(list_accounts, after, ACCOUNT, PARAMETER),
};
const struct shape list_accounts_shape =
    SHAPE("ListAccounts", list_accounts, list_accounts_fields, PARAMETER);

static const struct field balance_query_fields[] = {
    FIELD(balance_query, account, ACCOUNT, IN_PATH),
    FIELD(balance_query, at, TIME, PARAMETER),
};
const struct shape balance_query_shape =
    SHAPE("GetBalance", balance_query, balance_query_fields, PARAMETER);

static const struct field series_query_fields[] = {
    FIELD(series_query, account, ACCOUNT, IN_PATH),
    FIELD(series_query, from, DAY, REQUIRED, PARAMETER),
    FIELD(series_query, to, DAY, REQUIRED, PARAMETER),
};
const struct shape series_query_shape =
    SHAPE("GetBalanceSeries", series_query, series_query_fields, PARAMETER);

static const struct field history_query_fields[] = {
    FIELD(history_query, account, ACCOUNT, IN_PATH),
    FIELD(history_query, limit, UINT, LIMIT),
    FIELD(history_query, before, UINT, POSITION(1)),
    FIELD(history_query, after, UINT, POSITION(0)),
    FIELD(history_query, from, TIME, PARAMETER),
    FIELD(history_query, to, TIME, PARAMETER),
    FIELD(history_query, types, SET, .names = event_type_names, PARAMETER),
    FIELD(history_query, min, UINT, .max = MONEY_MAX, PARAMETER),
    FIELD(history_query, max, UINT, .max = MONEY_MAX, PARAMETER),
    FIELD(history_query, text, TEXT, .max = ARG_REFERENCE_MAX, PARAMETER),
};
const struct shape history_query_shape =
    SHAPE("GetTransactionHistory", history_query, history_query_fields, PARAMETER);

static const struct field list_statements_fields[] = {
    FIELD(list_statements, account, ACCOUNT, IN_PATH),
    FIELD(list_statements, limit, UINT, LIMIT),
    FIELD(list_statements, before, MONTH, PARAMETER),
};
const struct shape list_statements_shape =
    SHAPE("ListStatements", list_statements, list_statements_fields, PARAMETER);

static const struct field statement_query_fields[] = {
    FIELD(statement_query, account, ACCOUNT, IN_PATH),
    FIELD(statement_query, month, MONTH, IN_PATH, PARAMETER),
};
const struct shape statement_query_shape =
    SHAPE("GetStatement", statement_query, statement_query_fields, PARAMETER);

static const struct field changes_query_fields[] = {
    FIELD(changes_query, after, UINT, POSITION(0)),
    FIELD(changes_query, limit, UINT, ZMQ_ONLY, LIMIT),
    FIELD(changes_query, wait_ms, UINT, ZMQ_ONLY, .max = ARG_WAIT_MAX_MS, PARAMETER),
};
const struct shape changes_query_shape =
    SHAPE("GetChanges", changes_query, changes_query_fields, PARAMETER);

#define KEY_NAME .min = 1, .max = ARG_KEY_NAME_MAX

/* enum role without customers: they have sessions, not keys. */
static const char *const key_role_names[ROLE_COUNT + 1] = {
    [ROLE_ADMIN] = "admin", [ROLE_TELLER] = "teller",   [ROLE_ATM] = "atm",
    [ROLE_CUSTOMER] = "",   [ROLE_AUDITOR] = "auditor",
};

static const struct field create_key_fields[] = {
    FIELD(create_key, role, ENUM, REQUIRED, .names = key_role_names),
    FIELD(create_key, name, TEXT, REQUIRED, KEY_NAME),
};
const struct shape create_key_shape = SHAPE("CreateKey", create_key, create_key_fields);

static const struct field key_name_fields[] = {
    FIELD(key_name, name, TEXT, IN_PATH, KEY_NAME),
};
const struct shape key_name_shape = SHAPE("RevokeKey", key_name, key_name_fields, PARAMETER);

const struct shape no_args_shape = {
    .name = "NoArguments", .size = sizeof(struct no_args), .code = FIELD_PARAMETER};

#define PIN .flags = FIELD_REQUIRED | FIELD_DIGITS, .min = ARG_PIN_MIN, .max = ARG_PIN_MAX

static const struct field set_pin_fields[] = {
    FIELD(account_pin, account, ACCOUNT, IN_PATH),
    FIELD(account_pin, pin, SECRET, PIN),
};
const struct shape set_pin_shape = SHAPE("SetPin", account_pin, set_pin_fields);

static const struct field open_session_fields[] = {
    FIELD(account_pin, account, ACCOUNT, REQUIRED),
    FIELD(account_pin, pin, SECRET, PIN),
};
const struct shape open_session_shape = SHAPE("OpenSession", account_pin, open_session_fields);

#define ID_BOUNDS .min = 1, .max = ARG_ID_MAX
#define WEBHOOK_FILTER(structure, fewest)                                                          \
    FIELD(structure, types, SET, .names = event_type_names),                                       \
        FIELD(structure, accounts, ACCOUNTS, .min = (fewest), .max = ARG_ACCOUNTS_MAX)

static const struct field create_webhook_fields[] = {
    FIELD(create_webhook, url, TEXT, REQUIRED, .min = 1, .max = ARG_URL_MAX),
    WEBHOOK_FILTER(create_webhook, 1),
    FIELD(create_webhook, secret, SECRET, .min = 1, .max = ARG_SECRET_MAX),
};
const struct shape create_webhook_shape =
    SHAPE("CreateWebhook", create_webhook, create_webhook_fields);

static const struct field webhook_id_fields[] = {
    FIELD(webhook_id, id, TEXT, IN_PATH, ID_BOUNDS),
};
const struct shape get_webhook_shape =
    SHAPE("GetWebhook", webhook_id, webhook_id_fields, PARAMETER);
const struct shape webhook_action_shape = SHAPE("WebhookAction", webhook_id, webhook_id_fields);

static const struct field list_webhooks_fields[] = {
    FIELD(list_webhooks, limit, UINT, LIMIT),
    FIELD(list_webhooks, after, TEXT, ID_BOUNDS, PARAMETER),
};
const struct shape list_webhooks_shape =
    SHAPE("ListWebhooks", list_webhooks, list_webhooks_fields, PARAMETER);

static const struct field update_webhook_fields[] = {
    FIELD(update_webhook, id, TEXT, IN_PATH, ID_BOUNDS),
    FIELD(update_webhook, url, TEXT, .min = 1, .max = ARG_URL_MAX),
    WEBHOOK_FILTER(update_webhook, 0),
    FIELD(update_webhook, enabled, BOOL),
};
const struct shape update_webhook_shape =
    SHAPE("UpdateWebhook", update_webhook, update_webhook_fields);

static const struct field list_deliveries_fields[] = {
    FIELD(list_deliveries, id, TEXT, IN_PATH, ID_BOUNDS),
    FIELD(list_deliveries, state, ENUM, .names = delivery_state_names, PARAMETER),
    FIELD(list_deliveries, limit, UINT, LIMIT),
    FIELD(list_deliveries, before, UINT, POSITION(1)),
};
const struct shape list_deliveries_shape =
    SHAPE("ListDeliveries", list_deliveries, list_deliveries_fields, PARAMETER);

static const struct field retry_delivery_fields[] = {
    FIELD(retry_delivery, id, TEXT, IN_PATH, ID_BOUNDS),
    FIELD(retry_delivery, delivery, TEXT, IN_PATH, ID_BOUNDS),
};
const struct shape retry_delivery_shape =
    SHAPE("RetryDelivery", retry_delivery, retry_delivery_fields);

static const struct field replay_webhook_fields[] = {
    FIELD(replay_webhook, id, TEXT, IN_PATH, ID_BOUNDS),
    FIELD(replay_webhook, after, UINT, .flags = FIELD_REQUIRED, .max = INT64_MAX),
};
const struct shape replay_webhook_shape =
    SHAPE("ReplayWebhook", replay_webhook, replay_webhook_fields);
