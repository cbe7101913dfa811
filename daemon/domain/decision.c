#include "domain/decision.h"

#include <string.h>

void decision_begin(struct record *out, enum record_op op, struct money amount)
{
    out->kind = 0;
    out->op = (uint8_t)op;
    out->currency = 0;
    out->amount = amount;
    out->owner = (struct text){0};
    out->reference = (struct text){0};
    memset(out->legs, 0, sizeof(out->legs));
    out->leg_count = 0;
    out->refusal = 0;
    out->refusal_balance = money(0);
    out->refusal_version = 0;
}

enum status decision_refuse(struct record *out, enum status status)
{
    decision_begin(out, (enum record_op)out->op, out->amount);
    out->kind = RECORD_REFUSED;
    out->refusal = (uint16_t)status;
    return status;
}

enum status decision_refuse_version(struct record *out, uint64_t version)
{
    enum status status = decision_refuse(out, STATUS_version_conflict);

    out->refusal_version = version;
    return status;
}

enum status decision_refuse_funds(struct record *out, struct money balance)
{
    enum status status = decision_refuse(out, STATUS_insufficient_funds);

    out->refusal_balance = balance;
    return status;
}

enum status decision_accept(struct record *out, enum record_kind kind, uint16_t currency,
                            struct text reference, uint8_t leg_count)
{
    out->kind = (uint8_t)kind;
    out->currency = currency;
    out->reference = reference.data != NULL ? reference : TEXT("");
    out->leg_count = leg_count;
    return STATUS_ok;
}

bool decision_currency_differs(uint16_t given, const struct account_state *account)
{
    return given != 0 && given != account->currency;
}

static struct leg next_leg(const struct account_state *account)
{
    return (struct leg){
        .account = account->account,
        .version = account->version + 2, /* the movement, and the balance it leaves */
        .previous_record = account->last_record,
    };
}

bool decision_credit(const struct account_state *account, struct money amount, struct leg *out)
{
    struct money balance, credits;

    CHECK(money_is_amount(amount));
    if (!money_add(account->balance, amount, &balance) || !money_is_balance(balance))
        return false;
    if (!money_add(money(account->credits), amount, &credits))
        return false;
    *out = next_leg(account);
    out->balance = balance;
    out->change = amount;
    return true;
}

bool decision_debit(const struct account_state *account, struct money amount, struct leg *out)
{
    struct money balance, debits;

    CHECK(money_is_amount(amount));
    if (!money_subtract(account->balance, amount, &balance) || !money_is_balance(balance))
        return false;
    if (!money_add(money(account->debits), amount, &debits))
        return false;
    *out = next_leg(account);
    out->balance = balance;
    out->change = money(-amount.minor);
    return true;
}

void decision_put_text(struct bytes *out, struct text text)
{
    bytes_put_u32(out, (uint32_t)text.size);
    bytes_put_text(out, text);
}

void decision_put_expected(struct bytes *out, bool given, uint64_t version)
{
    bytes_put_u8(out, given);
    bytes_put_u64(out, given ? version : 0);
}

void decision_put_move(struct bytes *out, enum record_op op, const struct move_money *command)
{
    bytes_put_u8(out, (uint8_t)op);
    bytes_put_u64(out, command->account);
    bytes_put_u64(out, (uint64_t)command->amount.minor);
    bytes_put_u16(out, command->currency);
    decision_put_text(out, command->reference);
    decision_put_expected(out, ARG_GIVEN(command, MOVE_MONEY_EXPECTED_VERSION),
                          command->expected_version);
}
