/* Decisions: pure functions from what was loaded and a command to a record or a refusal.
 *
 * They see only what is handed to them: no I/O, clock, randomness or allocation. On success the
 * record's kind, op, money, texts and legs are filled; number, position, at, actor, channel, key
 * and digest are the caller's and left alone. On refusal the same record becomes RECORD_REFUSED
 * with what the refusal explains. Order of refusals as in CONTRACT 4. Money moves only by these.
 *
 * Arguments were bound before: amounts are 1 ... MONEY_MAX, account numbers are sound. Texts of
 * the record are the command's. Every refusal is one that is stored, except STATUS_unavailable
 * when the bank has no free account number left: that one must not become a record. */
#pragma once

#include <stdint.h>

#include "base/bytes.h"
#include "base/status.h"
#include "contract/args.h"
#include "domain/account.h"
#include "domain/record.h"

/* loaded[i] is the account that load i of the message table names: NULL when it does not exist. */
struct loaded {
    const struct account_state *account[RECORD_LEGS_MAX];
    uint64_t free_account; /* CreateAccount without a number: the next free one; 0: none left */
};

enum status decide_create_account(const struct create_account *command, const struct loaded *loaded,
                                  struct record *out) MUST_USE;
enum status decide_deposit_money(const struct move_money *command, const struct loaded *loaded,
                                 struct record *out) MUST_USE;
enum status decide_withdraw_money(const struct move_money *command, const struct loaded *loaded,
                                  struct record *out) MUST_USE;
enum status decide_transfer_money(const struct transfer_money *command, const struct loaded *loaded,
                                  struct record *out) MUST_USE;

/* One row a command: what the engine needs to run it without knowing it. `op` is enum op. */
struct decider {
    uint8_t record_op;
    enum status (*decide)(const void *command, const struct loaded *loaded, struct record *out);
    /* Appends the canonical bytes of command and arguments, defaults filled in: two commands are
     * the same for idempotency exactly when these bytes are. Digests of them are stored: frozen. */
    void (*canonical)(const void *command, struct bytes *out);
};
const struct decider *decider_of(unsigned op); /* NULL when the op is no command of the bank */
