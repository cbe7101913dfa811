/* What the decisions share: how one begins, refuses, and moves money on an account.
 * Private to this room; pure like everything here. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/check.h"
#include "base/status.h"
#include "base/text.h"
#include "contract/args.h"
#include "domain/account.h"
#include "domain/record.h"

/* Empties what a decision fills and leaves what is the caller's. */
void decision_begin(struct record *out, enum record_op op, struct money amount);
/* Turns the record into a refusal and returns its status. */
enum status decision_refuse(struct record *out, enum status status) MUST_USE;
enum status decision_refuse_version(struct record *out, uint64_t version) MUST_USE;
enum status decision_refuse_funds(struct record *out, struct money balance) MUST_USE;
/* Makes the record an accepted movement. */
enum status decision_accept(struct record *out, enum record_kind kind, uint16_t currency,
                            struct text reference, uint8_t leg_count) MUST_USE;

bool decision_currency_differs(uint16_t given, const struct account_state *account);
/* The leg of taking or adding an amount. False when a bound of the account would be passed:
 * its balance, or what it was credited or debited over its life. */
bool decision_credit(const struct account_state *account, struct money amount,
                     struct leg *out) MUST_USE;
bool decision_debit(const struct account_state *account, struct money amount,
                    struct leg *out) MUST_USE;

/* Pieces of canonical bytes. Their digests are stored with every key: never change one. */
void decision_put_text(struct bytes *out, struct text text);
void decision_put_expected(struct bytes *out, bool given, uint64_t version);
void decision_put_move(struct bytes *out, enum record_op op, const struct move_money *command);

void decide_create_account_canonical(const struct create_account *command, struct bytes *out);
void decide_deposit_money_canonical(const struct move_money *command, struct bytes *out);
void decide_withdraw_money_canonical(const struct move_money *command, struct bytes *out);
void decide_transfer_money_canonical(const struct transfer_money *command, struct bytes *out);
