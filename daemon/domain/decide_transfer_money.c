#include "domain/decide.h"
#include "domain/decision.h"

enum status decide_transfer_money(const struct transfer_money *command, const struct loaded *loaded,
                                  struct record *out)
{
    const struct account_state *from = loaded->account[0];
    const struct account_state *to = loaded->account[1];

    decision_begin(out, RECORD_OP_TRANSFER_MONEY, command->amount);
    if (command->from == command->to)
        return decision_refuse(out, STATUS_same_account);
    if (from == NULL || to == NULL)
        return decision_refuse(out, STATUS_account_not_found);
    if (from->currency != to->currency || decision_currency_differs(command->currency, from))
        return decision_refuse(out, STATUS_currency_mismatch);
    if (ARG_GIVEN(command, TRANSFER_MONEY_EXPECTED_VERSION) &&
        command->expected_version != from->version)
        return decision_refuse_version(out, from->version);
    if (command->amount.minor > from->balance.minor)
        return decision_refuse_funds(out, from->balance);
    if (!decision_debit(from, command->amount, &out->legs[0]) ||
        !decision_credit(to, command->amount, &out->legs[1]))
        return decision_refuse(out, STATUS_balance_limit_exceeded);
    return decision_accept(out, RECORD_MONEY_TRANSFERRED, from->currency, command->reference, 2);
}

void decide_transfer_money_canonical(const struct transfer_money *command, struct bytes *out)
{
    bytes_put_u8(out, RECORD_OP_TRANSFER_MONEY);
    bytes_put_u64(out, command->from);
    bytes_put_u64(out, command->to);
    bytes_put_u64(out, (uint64_t)command->amount.minor);
    bytes_put_u16(out, command->currency);
    decision_put_text(out, command->reference);
    decision_put_expected(out, ARG_GIVEN(command, TRANSFER_MONEY_EXPECTED_VERSION),
                          command->expected_version);
}
