#include "domain/decide.h"
#include "domain/decision.h"

enum status decide_withdraw_money(const struct move_money *command, const struct loaded *loaded,
                                  struct record *out)
{
    const struct account_state *account = loaded->account[0];

    decision_begin(out, RECORD_OP_WITHDRAW_MONEY, command->amount);
    if (account == NULL)
        return decision_refuse(out, STATUS_account_not_found);
    if (decision_currency_differs(command->currency, account))
        return decision_refuse(out, STATUS_currency_mismatch);
    if (ARG_GIVEN(command, MOVE_MONEY_EXPECTED_VERSION) &&
        command->expected_version != account->version)
        return decision_refuse_version(out, account->version);
    if (command->amount.minor > account->balance.minor)
        return decision_refuse_funds(out, account->balance);
    if (!decision_debit(account, command->amount, &out->legs[0]))
        return decision_refuse(out, STATUS_balance_limit_exceeded);
    return decision_accept(out, RECORD_MONEY_WITHDRAWN, account->currency, command->reference, 1);
}

void decide_withdraw_money_canonical(const struct move_money *command, struct bytes *out)
{
    decision_put_move(out, RECORD_OP_WITHDRAW_MONEY, command);
}
