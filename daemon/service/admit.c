#include "service/admit.h"

#include <stdio.h>
#include <string.h>

static bool authenticate(const struct service_config *config, struct call *call)
{
    bool token = registry_is_token(call->auth);
    /* Whoever speaks for a customer does, open or not: not as an admin when the session is over. */
    if (config->open && !token) {
        call->who = (struct principal){.name = "open", .role = ROLE_ADMIN};
        return true;
    }
    if (registry_authenticate(config->registry, call->auth, &call->who))
        return true;
    problem_set(&call->problem, STATUS_unauthenticated, "%s",
                call->auth.data == NULL ? "Send a key: this operation needs one."
                : token                 ? "This session has ended: open another."
                                        : "This key is not known, or it was revoked.");
    return false;
}

/* Bringing one's own account number is for admins; imports do not come this way. */
static bool may_choose_number(struct call *call, const struct create_account *args,
                              const char *pointer)
{
    if (!ARG_GIVEN(args, CREATE_ACCOUNT_ACCOUNT) || call->who.role == ROLE_ADMIN)
        return true;
    problem_at(&call->problem, STATUS_forbidden, pointer,
               "Only an admin may choose the number of an account: leave it out.");
    return false;
}

static bool authorise_batch(struct call *call, const struct batch *batch)
{
    const struct batch_command *commands = batch->commands.items;
    for (size_t i = 0; i < batch->commands.count; i++) {
        if (batch_op(commands[i].op) != OP_CREATE_ACCOUNT)
            continue;
        char pointer[PROBLEM_POINTER_MAX];
        snprintf(pointer, sizeof pointer, "#/commands/%zu/args/account", i);
        if (!may_choose_number(call, commands[i].args.value, pointer))
            return false;
    }
    return true;
}

/* Of a customer's request, the account it is about; 0 for one that is about none. */
static uint64_t account_asked_for(const struct call *call)
{
    switch (call->message->op) {
    case OP_DEPOSIT_MONEY:
    case OP_WITHDRAW_MONEY:
        return ((const struct move_money *)call->args)->account;
    case OP_TRANSFER_MONEY:
        return ((const struct transfer_money *)call->args)->from;
    case OP_GET_ACCOUNT:
        return ((const struct account_query *)call->args)->account;
    case OP_GET_BALANCE:
        return ((const struct balance_query *)call->args)->account;
    case OP_GET_BALANCE_SERIES:
        return ((const struct series_query *)call->args)->account;
    case OP_GET_TRANSACTION_HISTORY:
        return ((const struct history_query *)call->args)->account;
    case OP_LIST_STATEMENTS:
        return ((const struct list_statements *)call->args)->account;
    case OP_GET_STATEMENT:
        return ((const struct statement_query *)call->args)->account;
    default:
        return 0;
    }
}

/* A customer's session is for one account. Nobody looks whether another one exists. */
static bool authorise_customer(struct call *call)
{
    if (call->message->op == OP_CLOSE_SESSION || account_asked_for(call) == call->who.account)
        return true;
    problem_set(&call->problem, STATUS_forbidden,
                "This session is for its own account and no other.");
    return false;
}

/* The keys of customers are for machines, which have none of their own, and for admins. */
static bool authorise_lookup(struct call *call)
{
    const struct outcome_key *args = call->args;
    bool given = ARG_GIVEN(args, OUTCOME_KEY_ACCOUNT);
    if (call->who.role == ROLE_ATM && !given)
        problem_at(&call->problem,
                   call->message->op == OP_GET_OUTCOME ? STATUS_invalid_parameter
                                                       : STATUS_malformed_request,
                   "#/account", "Name the account of the customer whose key this is.");
    else if (call->who.role != ROLE_ATM && call->who.role != ROLE_ADMIN && given)
        problem_at(&call->problem, STATUS_forbidden, "#/account",
                   "Only an atm and an admin may ask for a customer's key: leave it out.");
    return call->problem.status == STATUS_ok;
}

static bool authorise(struct call *call)
{
    if ((call->message->roles & ROLE_BIT(call->who.role)) == 0) {
        problem_set(&call->problem, STATUS_forbidden,
                    "The role %s may not do %s: ask with a key whose role may.",
                    role_names[call->who.role], call->message->name);
        return false;
    }
    if (call->who.role == ROLE_CUSTOMER)
        return authorise_customer(call);
    if (call->message->kind == MESSAGE_LOOKUP)
        return authorise_lookup(call);
    if (call->message->op == OP_CREATE_ACCOUNT)
        return may_choose_number(call, call->args, "#/account");
    if (call->message->op == OP_BATCH)
        return authorise_batch(call, call->args);
    return true;
}

static bool check_batch_keys(const struct service_config *config, struct call *call)
{
    if (call->key.data != NULL) {
        problem_set(&call->problem, STATUS_invalid_key,
                    "A batch has no key of its own: give each of its commands one.");
        return false;
    }
    const struct batch *batch = call->args;
    const struct batch_command *commands = batch->commands.items;
    for (size_t i = 0; config->require_key && i < batch->commands.count; i++) {
        if (commands[i].key.data != NULL)
            continue;
        char pointer[PROBLEM_POINTER_MAX];
        snprintf(pointer, sizeof pointer, "#/commands/%zu/key", i);
        problem_at(&call->problem, STATUS_key_required, pointer,
                   "Give every command of the batch an idempotency key.");
    }
    return call->problem.status == STATUS_ok;
}

/* Only commands have idempotency keys; elsewhere one means nothing and is passed over. */
static bool check_keys(const struct service_config *config, struct call *call)
{
    if (call->message->kind != MESSAGE_COMMAND)
        return true;
    if (call->message->op == OP_BATCH)
        return check_batch_keys(config, call);
    if (config->require_key && call->key.data == NULL) {
        problem_set(&call->problem, STATUS_key_required, "%s", "");
        return false;
    }
    return true;
}

bool admit_call(const struct service_config *config, struct call *call)
{
    return authenticate(config, call) && authorise(call) && check_keys(config, call);
}
