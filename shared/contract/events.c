#include "contract/events.h"

#include "contract/fields.h"

const char *const event_type_names[EVENT_TYPE_COUNT + 1] = {
    "AccountCreated",   "MoneyDeposited", "MoneyWithdrawn",
    "MoneyTransferred", "BalanceUpdated", NULL,
};

const char *const channel_names[CHANNEL_COUNT + 1] = {"rest", "zmq", "import", NULL};

#define ONLY(event) (1u << EVENT_##event)
#define CREATED ONLY(ACCOUNT_CREATED)
#define TRANSFERRED ONLY(MONEY_TRANSFERRED)
#define MOVEMENTS (ONLY(MONEY_DEPOSITED) | ONLY(MONEY_WITHDRAWN) | TRANSFERRED)
#define UPDATED ONLY(BALANCE_UPDATED)
#define ONE_ACCOUNT (CREATED | ONLY(MONEY_DEPOSITED) | ONLY(MONEY_WITHDRAWN) | UPDATED)

/* A history event begins with its event, so one list serves both; the order gives every type
 * its fields in the order of the contract. */
_Static_assert(offsetof(struct history_event, event) == 0, "history_event begins with its event");

/* clang-format off */
#define EVENT_FIELDS                                                                   \
    FIELD(event, position, UINT),                                                      \
    FIELD(event, type, ENUM, .names = event_type_names, .flags = FIELD_DISCRIMINATOR), \
    FIELD(event, at, TIME),                                                            \
    FIELD(event, actor, TEXT),                                                         \
    FIELD(event, channel, ENUM, .names = channel_names),                               \
    FIELD(event, account, ACCOUNT, .only_for = ONE_ACCOUNT),                           \
    FIELD(event, version, UINT, .only_for = ONE_ACCOUNT),                              \
    FIELD(event, from, ACCOUNT, .only_for = TRANSFERRED),                              \
    FIELD(event, from_version, UINT, .only_for = TRANSFERRED),                         \
    FIELD(event, to, ACCOUNT, .only_for = TRANSFERRED),                                \
    FIELD(event, to_version, UINT, .only_for = TRANSFERRED),                           \
    FIELD(event, owner, TEXT, .only_for = CREATED),                                    \
    FIELD(event, amount, MONEY, .only_for = MOVEMENTS),                                \
    FIELD(event, currency, CURRENCY),                                                  \
    FIELD(event, initial_balance, MONEY, .only_for = CREATED),                         \
    FIELD(event, reference, TEXT, .only_for = MOVEMENTS),                              \
    FIELD(event, balance, MONEY, .only_for = UPDATED),                                 \
    FIELD(event, change, MONEY, .only_for = UPDATED),                                  \
    FIELD(event, cause, UINT, .only_for = UPDATED)
/* clang-format on */

static const struct field event_fields[] = {EVENT_FIELDS};

static const struct field history_fields[] = {
    EVENT_FIELDS,
    FIELD_AS("change", history_event, seen_change, MONEY, .only_for = CREATED | MOVEMENTS),
    FIELD_AS("balance", history_event, seen_balance, MONEY, .only_for = CREATED | MOVEMENTS),
    FIELD(history_event, counterparty, ACCOUNT, .only_for = TRANSFERRED),
};

const struct shape event_shape = SHAPE("Event", event, event_fields);
const struct shape history_event_shape = SHAPE("HistoryEvent", history_event, history_fields);
