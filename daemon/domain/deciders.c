#include "contract/messages.h"
#include "domain/decide.h"
#include "domain/decision.h"

/* The commands have arguments of their own types; the table knows them as const void. */

static enum status run_create_account(const void *command, const struct loaded *loaded,
                                      struct record *out)
{
    const struct create_account *typed = command;

    return decide_create_account(typed, loaded, out);
}

static void canonical_create_account(const void *command, struct bytes *out)
{
    const struct create_account *typed = command;

    decide_create_account_canonical(typed, out);
}

static enum status run_deposit_money(const void *command, const struct loaded *loaded,
                                     struct record *out)
{
    const struct move_money *typed = command;

    return decide_deposit_money(typed, loaded, out);
}

static void canonical_deposit_money(const void *command, struct bytes *out)
{
    const struct move_money *typed = command;

    decide_deposit_money_canonical(typed, out);
}

static enum status run_withdraw_money(const void *command, const struct loaded *loaded,
                                      struct record *out)
{
    const struct move_money *typed = command;

    return decide_withdraw_money(typed, loaded, out);
}

static void canonical_withdraw_money(const void *command, struct bytes *out)
{
    const struct move_money *typed = command;

    decide_withdraw_money_canonical(typed, out);
}

static enum status run_transfer_money(const void *command, const struct loaded *loaded,
                                      struct record *out)
{
    const struct transfer_money *typed = command;

    return decide_transfer_money(typed, loaded, out);
}

static void canonical_transfer_money(const void *command, struct bytes *out)
{
    const struct transfer_money *typed = command;

    decide_transfer_money_canonical(typed, out);
}

static const struct decider deciders[] = {
    [OP_CREATE_ACCOUNT] = {RECORD_OP_CREATE_ACCOUNT, run_create_account, canonical_create_account},
    [OP_DEPOSIT_MONEY] = {RECORD_OP_DEPOSIT_MONEY, run_deposit_money, canonical_deposit_money},
    [OP_WITHDRAW_MONEY] = {RECORD_OP_WITHDRAW_MONEY, run_withdraw_money, canonical_withdraw_money},
    [OP_TRANSFER_MONEY] = {RECORD_OP_TRANSFER_MONEY, run_transfer_money, canonical_transfer_money},
};

const struct decider *decider_of(unsigned op)
{
    if (op >= sizeof(deciders) / sizeof(deciders[0]) || deciders[op].decide == NULL)
        return NULL;
    return &deciders[op];
}
