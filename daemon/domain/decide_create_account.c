#include "domain/decide.h"
#include "domain/decision.h"

enum status decide_create_account(const struct create_account *command, const struct loaded *loaded,
                                  struct record *out)
{
    uint64_t account = command->account != 0 ? command->account : loaded->free_account;
    struct money initial = command->initial_balance;

    decision_begin(out, RECORD_OP_CREATE_ACCOUNT, initial);
    if (command->account != 0 && loaded->account[0] != NULL)
        return decision_refuse(out, STATUS_account_exists);
    if (account == 0)
        return decision_refuse(out, STATUS_unavailable);
    if (!money_is_balance(initial))
        return decision_refuse(out, STATUS_balance_limit_exceeded);

    out->kind = RECORD_ACCOUNT_CREATED;
    out->currency = command->currency;
    out->amount = money(0); /* nothing moved: the initial balance is the leg's */
    out->owner = command->owner;
    out->legs[0] = (struct leg){
        .account = account,
        .version = initial.minor == 0 ? 1 : 2,
        .balance = initial,
        .change = initial,
    };
    out->leg_count = 1;
    return STATUS_ok;
}

void decide_create_account_canonical(const struct create_account *command, struct bytes *out)
{
    bytes_put_u8(out, RECORD_OP_CREATE_ACCOUNT);
    decision_put_text(out, command->owner);
    bytes_put_u16(out, command->currency);
    bytes_put_u64(out, (uint64_t)command->initial_balance.minor);
    bytes_put_u64(out, command->account);
}
