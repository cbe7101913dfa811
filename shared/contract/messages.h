/* The message table: every operation of CONTRACT.md once. Doors, dispatch, clients and tests read
 * it; a new operation is a row here, its structs in args.h and results.h, and its handler.
 *
 * `loads` names the entities a command needs before it can decide, by the argument that names
 * them, so that no command is tied to exactly two accounts. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/check.h"
#include "contract/args.h"
#include "contract/results.h"
#include "contract/shape.h"

enum role { ROLE_ADMIN, ROLE_TELLER, ROLE_ATM, ROLE_CUSTOMER, ROLE_AUDITOR, ROLE_COUNT };
extern const char *const role_names[ROLE_COUNT + 1];
#define ROLE_BIT(role) (1u << (role))

/* X(op, NAME) in table order. */
#define OP_TABLE(X)                                                                                \
    X(CREATE_ACCOUNT, "CreateAccount")                                                             \
    X(DEPOSIT_MONEY, "DepositMoney")                                                               \
    X(WITHDRAW_MONEY, "WithdrawMoney")                                                             \
    X(TRANSFER_MONEY, "TransferMoney")                                                             \
    X(BATCH, "Batch")                                                                              \
    X(GET_OUTCOME, "GetOutcome")                                                                   \
    X(ABANDON_KEY, "AbandonKey")                                                                   \
    X(GET_ACCOUNT, "GetAccount")                                                                   \
    X(LIST_ACCOUNTS, "ListAccounts")                                                               \
    X(GET_BALANCE, "GetBalance")                                                                   \
    X(GET_BALANCE_SERIES, "GetBalanceSeries")                                                      \
    X(GET_TRANSACTION_HISTORY, "GetTransactionHistory")                                            \
    X(LIST_STATEMENTS, "ListStatements")                                                           \
    X(GET_STATEMENT, "GetStatement")                                                               \
    X(GET_CHANGES, "GetChanges")                                                                   \
    X(CREATE_KEY, "CreateKey")                                                                     \
    X(LIST_KEYS, "ListKeys")                                                                       \
    X(REVOKE_KEY, "RevokeKey")                                                                     \
    X(CREATE_WEBHOOK, "CreateWebhook")                                                             \
    X(GET_WEBHOOK, "GetWebhook")                                                                   \
    X(LIST_WEBHOOKS, "ListWebhooks")                                                               \
    X(UPDATE_WEBHOOK, "UpdateWebhook")                                                             \
    X(DELETE_WEBHOOK, "DeleteWebhook")                                                             \
    X(ROTATE_WEBHOOK, "RotateWebhook")                                                             \
    X(TEST_WEBHOOK, "TestWebhook")                                                                 \
    X(LIST_DELIVERIES, "ListDeliveries")                                                           \
    X(RETRY_DELIVERY, "RetryDelivery")                                                             \
    X(REPLAY_WEBHOOK, "ReplayWebhook")                                                             \
    X(SET_PIN, "SetPin")                                                                           \
    X(OPEN_SESSION, "OpenSession")                                                                 \
    X(CLOSE_SESSION, "CloseSession")

#define OP_ENUM(op, name) OP_##op,
enum op { OP_TABLE(OP_ENUM) OP_COUNT };
#undef OP_ENUM

enum message_kind {
    MESSAGE_COMMAND,  /* decided by the engine */
    MESSAGE_LOOKUP,   /* GetOutcome, AbandonKey: the engine's key table */
    MESSAGE_QUERY,    /* short: answered in the door's own thread */
    MESSAGE_SEARCH,   /* long: answered by the query pool */
    MESSAGE_FEED,     /* GetChanges: may wait */
    MESSAGE_REGISTRY, /* keys, and the end of a session */
    MESSAGE_PIN,      /* PINs: slow on purpose, answered by the registry's own threads */
    MESSAGE_WEBHOOKS  /* endpoints and deliveries: answered by the webhooks' thread */
};

enum entity_kind { ENTITY_NONE, ENTITY_ACCOUNT };

#define MESSAGE_LOADS_MAX 4

struct message_load {
    enum entity_kind kind;
    uint32_t offset; /* in the args struct, of a uint64_t id; 0 there means: none */
};

struct message {
    enum op op;
    const char *name;
    enum message_kind kind;
    uint32_t roles;     /* bits of enum role that may ask */
    const char *method; /* NULL: not on REST */
    const char *path;   /* "/accounts/{account}/balance"; for links even without a method */
    int created;        /* 201 instead of 200 */
    int no_content;     /* 204 and no body; an empty map on ZeroMQ; `result` is NULL */
    int secret;         /* the request or its answer holds a secret: doors wipe what they held */
    const struct shape *args;
    const struct shape *result; /* of a success; NULL where it depends (Batch items, outcomes) */
    struct message_load loads[MESSAGE_LOADS_MAX];
};

const struct message *message_of(enum op op);
const struct message *message_by_name(struct text name); /* or NULL */

/* Batch's four ops in the order of batch_command.op, and back. */
extern const char *const batch_op_names[];
enum op batch_op(uint8_t index);

/* Finding the operation of a REST request. `path` is the raw path, still percent-encoded and
 * without the query, so that a key with a slash in it stays one segment. A literal segment beats
 * a {name}: GET /accounts/deposit is a wrong method, not an account. HEAD is taken for GET. */
#define MESSAGE_PATH_VALUES_MAX 4
#define MESSAGE_ALLOW_MAX 64

struct message_match {
    enum {
        MESSAGE_MATCH_FOUND,
        MESSAGE_MATCH_NO_PATH,  /* not_found */
        MESSAGE_MATCH_NO_METHOD /* method_not_allowed */
    } outcome;
    const struct message *message;               /* when found */
    struct text values[MESSAGE_PATH_VALUES_MAX]; /* of the {name}s in order; slices of `path` */
    size_t value_count;
    char allow[MESSAGE_ALLOW_MAX]; /* "GET, HEAD, POST", unless there is no such path */
};
void message_match(struct text method, struct text path, struct message_match *out);

/* Undoes percent-encoding (and + for a space, in queries). False: a % without two hex digits, or
 * no room in the arena. */
struct arena;
bool message_decode(struct text encoded, bool query, struct arena *arena,
                    struct text *out) MUST_USE;

/* The path of an operation with its arguments filled in: path fields in the path, the other given
 * fields as query parameters, percent-encoded. For `next` links and Location. In the arena. */
struct text message_path(const struct message *message, const void *args, struct arena *arena);
