#include "contract/results.h"

#include "contract/fields.h"
#include "contract/messages.h"

const char *const account_status_names[] = {"open", NULL};
const char *const outcome_state_names[] = {"unknown", "done", "refused", NULL};
static const char *const list_names[] = {"list", NULL};

static const struct field account_fields[] = {
    FIELD(account_result, account, ACCOUNT),
    FIELD(account_result, owner, TEXT),
    FIELD(account_result, currency, CURRENCY),
    FIELD(account_result, balance, MONEY),
    FIELD(account_result, status, ENUM, .names = account_status_names),
    FIELD(account_result, version, UINT),
    FIELD(account_result, opened_at, TIME),
    FIELD(account_result, position, UINT),
};
const struct shape account_result_shape = SHAPE("Account", account_result, account_fields);

static const struct field moved_fields[] = {
    FIELD(moved_result, type, ENUM, .names = event_type_names),
    FIELD(moved_result, position, UINT),
    FIELD(moved_result, at, TIME),
    FIELD(moved_result, account, ACCOUNT),
    FIELD(moved_result, amount, MONEY),
    FIELD(moved_result, currency, CURRENCY),
    FIELD(moved_result, balance, MONEY),
    FIELD(moved_result, version, UINT),
    FIELD(moved_result, reference, TEXT),
};
const struct shape moved_result_shape = SHAPE("Moved", moved_result, moved_fields);

static const struct field side_fields[] = {
    FIELD(transfer_side, account, ACCOUNT),
    FIELD(transfer_side, balance, MONEY),
    FIELD(transfer_side, version, UINT),
};
static const struct shape side_shape = SHAPE("TransferSide", transfer_side, side_fields);

static const struct field number_fields[] = {
    FIELD(transfer_side, account, ACCOUNT),
};
static const struct shape number_shape = SHAPE("TransferNumber", transfer_side, number_fields);

/* clang-format off */
#define TRANSFERRED_FIELDS(shape_of_to)                               \
    FIELD(transferred_result, type, ENUM, .names = event_type_names), \
    FIELD(transferred_result, position, UINT),                        \
    FIELD(transferred_result, at, TIME),                              \
    FIELD(transferred_result, from, OBJECT, .shape = &side_shape),    \
    FIELD(transferred_result, to, OBJECT, .shape = (shape_of_to)),    \
    FIELD(transferred_result, amount, MONEY),                         \
    FIELD(transferred_result, currency, CURRENCY),                    \
    FIELD(transferred_result, reference, TEXT)
/* clang-format on */

static const struct field transferred_fields[] = {TRANSFERRED_FIELDS(&side_shape)};
const struct shape transferred_result_shape =
    SHAPE("Transferred", transferred_result, transferred_fields);

static const struct field transferred_customer_fields[] = {TRANSFERRED_FIELDS(&number_shape)};
const struct shape transferred_customer_shape =
    SHAPE("TransferredForCustomer", transferred_result, transferred_customer_fields);

static const struct field batch_item_fields[] = {
    FIELD(batch_item, ok, BOOL, .flags = FIELD_DISCRIMINATOR),
    FIELD(batch_item, replayed, BOOL),
    FIELD(batch_item, result, ANY, .only_for = 1u << true),
    FIELD(batch_item, error, PROBLEM, .only_for = 1u << false),
};
static const struct shape batch_item_shape = SHAPE("BatchItem", batch_item, batch_item_fields);

static const struct field batch_result_fields[] = {
    FIELD(batch_result, results, LIST, .shape = &batch_item_shape),
};
const struct shape batch_result_shape = SHAPE("BatchResult", batch_result, batch_result_fields);

static const struct field balance_fields[] = {
    FIELD(balance_result, account, ACCOUNT),   FIELD(balance_result, balance, MONEY),
    FIELD(balance_result, currency, CURRENCY), FIELD(balance_result, version, UINT),
    FIELD(balance_result, as_of, TIME),        FIELD(balance_result, position, UINT),
};
const struct shape balance_result_shape = SHAPE("Balance", balance_result, balance_fields);

static const struct field series_day_fields[] = {
    FIELD(series_day, day, DAY),
    FIELD(series_day, balance, MONEY),
};
static const struct shape series_day_shape = SHAPE("SeriesDay", series_day, series_day_fields);

static const struct field series_fields[] = {
    FIELD(series_result, account, ACCOUNT),
    FIELD(series_result, currency, CURRENCY),
    FIELD(series_result, days, LIST, .shape = &series_day_shape),
};
const struct shape series_result_shape = SHAPE("BalanceSeries", series_result, series_fields);

static const struct field totals_fields[] = {
    FIELD(statement_totals, count, UINT),
    FIELD(statement_totals, total, MONEY),
};
static const struct shape totals_shape = SHAPE("StatementTotals", statement_totals, totals_fields);

static const struct field line_fields[] = {
    FIELD(statement_line, position, UINT),
    FIELD(statement_line, at, TIME),
    FIELD(statement_line, type, ENUM, .names = event_type_names),
    FIELD(statement_line, reference, TEXT),
    FIELD(statement_line, counterparty, ACCOUNT),
    FIELD(statement_line, change, MONEY),
    FIELD(statement_line, balance, MONEY),
};
static const struct shape line_shape = SHAPE("StatementLine", statement_line, line_fields);

/* clang-format off */
#define SUMMARY_FIELDS                                                          \
    FIELD(statement_result, account, ACCOUNT),                                  \
    FIELD(statement_result, owner, TEXT),                                       \
    FIELD(statement_result, currency, CURRENCY),                                \
    FIELD(statement_result, month, MONTH),                                      \
    FIELD(statement_result, opening_balance, MONEY),                            \
    FIELD(statement_result, credits, OBJECT, .shape = &totals_shape),           \
    FIELD(statement_result, debits, OBJECT, .shape = &totals_shape),            \
    FIELD(statement_result, closing_balance, MONEY),                            \
    FIELD(statement_result, first_position, UINT, .flags = FIELD_NULL_IF_ZERO), \
    FIELD(statement_result, last_position, UINT, .flags = FIELD_NULL_IF_ZERO),  \
    FIELD(statement_result, final, BOOL)
/* clang-format on */

static const struct field summary_fields[] = {SUMMARY_FIELDS};
const struct shape statement_summary_shape =
    SHAPE("StatementSummary", statement_result, summary_fields);

static const struct field statement_fields[] = {
    SUMMARY_FIELDS,
    FIELD(statement_result, lines, LIST, .shape = &line_shape),
};
const struct shape statement_result_shape = SHAPE("Statement", statement_result, statement_fields);

static const struct field key_fields[] = {
    FIELD(key_result, name, TEXT),
    FIELD(key_result, role, ENUM, .names = role_names),
    FIELD(key_result, created_at, TIME),
    FIELD(key_result, revoked_at, TIME),
};
const struct shape key_shape = SHAPE("Key", key_result, key_fields);

static const struct field new_key_fields[] = {
    FIELD(key_result, name, TEXT),       FIELD(key_result, role, ENUM, .names = role_names),
    FIELD(key_result, key, SECRET),      FIELD(key_result, created_at, TIME),
    FIELD(key_result, revoked_at, TIME),
};
const struct shape key_result_shape = SHAPE("NewKey", key_result, new_key_fields);

static const struct field session_fields[] = {
    FIELD(session_result, token, SECRET),
    FIELD(session_result, account, ACCOUNT),
    FIELD(session_result, expires_at, TIME),
};
const struct shape session_result_shape = SHAPE("Session", session_result, session_fields);

/* clang-format off */
#define LIST_FIELDS(item_shape)                                      \
    {.name = FIELD_NAME("object"), .type = FIELD_CONSTANT, .names = list_names}, \
    FIELD(list_result, data, LIST, .shape = (item_shape)),           \
    FIELD(list_result, has_more, BOOL),                              \
    FIELD(list_result, next, TEXT, .flags = FIELD_NULL_IF_ZERO)
/* clang-format on */

static const struct field account_list_fields[] = {
    LIST_FIELDS(&account_result_shape),
    FIELD(list_result, total, UINT, .flags = FIELD_NULL_IF_MAX),
};
static const struct field history_list_fields[] = {LIST_FIELDS(&history_event_shape)};
static const struct field statement_list_fields[] = {LIST_FIELDS(&statement_summary_shape)};
static const struct field change_list_fields[] = {LIST_FIELDS(&event_shape)};
static const struct field key_list_fields[] = {LIST_FIELDS(&key_shape)};

const struct shape account_list_shape = SHAPE("AccountList", list_result, account_list_fields);
const struct shape history_list_shape = SHAPE("HistoryList", list_result, history_list_fields);
const struct shape statement_list_shape =
    SHAPE("StatementList", list_result, statement_list_fields);
const struct shape change_list_shape = SHAPE("ChangeList", list_result, change_list_fields);
const struct shape key_list_shape = SHAPE("KeyList", list_result, key_list_fields);

static const struct field outcome_fields[] = {
    FIELD(outcome_result, state, ENUM, .names = outcome_state_names, .flags = FIELD_DISCRIMINATOR),
    FIELD(outcome_result, outcome, ANY, .only_for = 1u << OUTCOME_DONE | 1u << OUTCOME_UNKNOWN),
    FIELD_AS("outcome", outcome_result, error, PROBLEM, .only_for = 1u << OUTCOME_REFUSED),
};
const struct shape outcome_result_shape = SHAPE("Outcome", outcome_result, outcome_fields);

const char *const delivery_state_names[] = {"waiting", "delivered", "dead", NULL};
const char *const webhook_state_names[] = {"active", "failing", "disabled", NULL};

#define OR_NULL .flags = FIELD_NULL_IF_ZERO

/* clang-format off */
#define WEBHOOK_FIELDS                                                     \
    FIELD(webhook_result, id, TEXT),                                       \
    FIELD(webhook_result, url, TEXT),                                      \
    FIELD(webhook_result, types, SET, .names = event_type_names),          \
    FIELD(webhook_result, accounts, ACCOUNTS, OR_NULL),                    \
    FIELD(webhook_result, enabled, BOOL),                                  \
    FIELD(webhook_result, state, ENUM, .names = webhook_state_names),      \
    FIELD(webhook_result, disabled_reason, TEXT, OR_NULL),                 \
    FIELD(webhook_result, created_at, TIME),                               \
    FIELD(webhook_result, position, UINT),                                 \
    FIELD(webhook_result, waiting, UINT),                                  \
    FIELD(webhook_result, dead, UINT),                                     \
    FIELD(webhook_result, failing_since, TIME),                            \
    FIELD(webhook_result, last_attempt_at, TIME),                          \
    FIELD(webhook_result, last_status, UINT, OR_NULL),                     \
    FIELD(webhook_result, last_error, TEXT, OR_NULL)
/* clang-format on */

static const struct field webhook_fields[] = {WEBHOOK_FIELDS};
static const struct field new_webhook_fields[] = {
    WEBHOOK_FIELDS,
    FIELD(webhook_result, secret, SECRET),
};
const struct shape webhook_shape = SHAPE("Webhook", webhook_result, webhook_fields);
const struct shape webhook_result_shape = SHAPE("NewWebhook", webhook_result, new_webhook_fields);

static const struct field webhook_test_fields[] = {
    FIELD(webhook_test_result, id, TEXT),
    FIELD(webhook_test_result, state, ENUM, .names = delivery_state_names),
    FIELD(webhook_test_result, status, UINT, OR_NULL),
    FIELD(webhook_test_result, error, TEXT, OR_NULL),
};
const struct shape webhook_test_shape =
    SHAPE("WebhookTest", webhook_test_result, webhook_test_fields);

static const struct field attempt_fields[] = {
    FIELD(delivery_attempt, at, TIME),
    FIELD(delivery_attempt, status, UINT, OR_NULL),
    FIELD(delivery_attempt, error, TEXT, OR_NULL),
    FIELD(delivery_attempt, duration_ms, UINT),
    FIELD(delivery_attempt, answer, TEXT),
};
static const struct shape attempt_shape =
    SHAPE("DeliveryAttempt", delivery_attempt, attempt_fields);

static const struct field delivery_fields[] = {
    FIELD(delivery_result, id, TEXT),
    FIELD(delivery_result, position, UINT),
    FIELD(delivery_result, type, ENUM, .names = event_type_names),
    FIELD(delivery_result, state, ENUM, .names = delivery_state_names),
    FIELD(delivery_result, next_attempt_at, TIME),
    FIELD(delivery_result, status, UINT, OR_NULL),
    FIELD(delivery_result, error, TEXT, OR_NULL),
    FIELD(delivery_result, attempts, LIST, .shape = &attempt_shape),
};
static const struct shape delivery_shape = SHAPE("Delivery", delivery_result, delivery_fields);

static const struct field webhook_list_fields[] = {LIST_FIELDS(&webhook_shape)};
static const struct field delivery_list_fields[] = {LIST_FIELDS(&delivery_shape)};
const struct shape webhook_list_shape = SHAPE("WebhookList", list_result, webhook_list_fields);
const struct shape delivery_list_shape = SHAPE("DeliveryList", list_result, delivery_list_fields);

static const struct field retried_fields[] = {
    FIELD(retried_result, retried, UINT),
};
const struct shape retried_result_shape = SHAPE("Retried", retried_result, retried_fields);
