#include "sim/commands.h"

#include <stdio.h>
#include <string.h>

#include "base/account_number.h"
#include "base/currency.h"
#include "base/money.h"

static const struct {
    struct text actor, principal;
} people[] = {
    {{"front-desk", 10}, {"front-desk", 10}},
    {{"till-2", 6}, {"till-2", 6}},
    {{"customer:1000000017@lobby", 25}, {"customer:1000000017", 19}},
    {{"customer:1000000017@airport", 27}, {"customer:1000000017", 19}},
};
static const char *const owners[] = {"Zoë Ångström", "Anna Novák", "Ben", "李小龍",
                                     "O'Brien & Sons"};
static const char *const references[] = {"", "rent", "salary May", "Überweisung", "x"};

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

struct roll {
    struct commands *out;
    struct dice *dice;
    const struct model *model;
    int64_t wall;
    unsigned *next_key;
    bool calm; /* mostly what the bank will carry out: long atomic batches need it */
};

static uint16_t roll_currency(struct dice *dice)
{
    const char *code = dice_percent(dice, 90) ? "EUR" : "JPY";
    return currency_by_code(text_of(code))->number;
}

static uint64_t roll_account(const struct roll *roll)
{
    const struct model_counts *now = &roll->model->now;
    if (now->account_count > 0 && (roll->calm || !dice_percent(roll->dice, 4))) {
        /* A few accounts see most of the work, so that some histories are long. */
        size_t among =
            dice_percent(roll->dice, 60) && now->account_count > 4 ? 4 : now->account_count;
        return now->accounts[dice_below(roll->dice, among)].number;
    }
    return account_from_sequence((uint32_t)dice_between(roll->dice, 1, 400));
}

static struct money roll_amount(const struct roll *roll)
{
    struct dice *dice = roll->dice;
    if (roll->calm) {
        return money(dice_between(dice, 1, 15));
    }
    switch (dice_below(dice, 30)) {
    case 0:
        return money(MONEY_MAX);
    case 1:
        return money(MONEY_MAX - dice_between(dice, 0, 3000));
    default:
        return money(dice_between(dice, 1, 400));
    }
}

static uint32_t roll_version(const struct roll *roll, uint64_t account, unsigned bit, uint64_t *out)
{
    const struct model_account *at = model_find(roll->model, account);
    if (roll->calm || !dice_percent(roll->dice, 12)) {
        return 0;
    }
    *out = (at == NULL ? 1 : at->version) + (dice_percent(roll->dice, 30) ? 1 : 0);
    return 1u << bit;
}

static uint16_t roll_given_currency(const struct roll *roll)
{
    return !roll->calm && dice_percent(roll->dice, 15) ? roll_currency(roll->dice) : 0;
}

static struct text roll_text(struct dice *dice, const char *const *list, size_t count)
{
    return text_of(list[dice_below(dice, count)]);
}

static void roll_opening(const struct roll *roll, struct model_command *command)
{
    struct create_account *args = &command->args.create;
    command->op = OP_CREATE_ACCOUNT;
    args->owner = roll_text(roll->dice, owners, COUNT(owners));
    args->currency = roll_currency(roll->dice);
    args->initial_balance =
        dice_percent(roll->dice, 30) ? money(0) : money(dice_between(roll->dice, 1, 2000));
    if (dice_percent(roll->dice, 30)) {
        /* Around where the bank's own numbers are given, to be skipped; or one that exists. */
        uint32_t near = ACCOUNT_SEQUENCE_FIRST + (uint32_t)dice_below(roll->dice, 30);
        args->account = account_from_sequence(near);
    }
}

static void roll_movement(const struct roll *roll, struct model_command *command)
{
    struct move_money *args = &command->args.move;
    command->op = dice_percent(roll->dice, 50) ? OP_DEPOSIT_MONEY : OP_WITHDRAW_MONEY;
    args->account = roll_account(roll);
    args->amount = roll_amount(roll);
    args->reference = roll_text(roll->dice, references, COUNT(references));
    args->currency = roll_given_currency(roll);
    args->given |=
        roll_version(roll, args->account, MOVE_MONEY_EXPECTED_VERSION, &args->expected_version);
}

static void roll_transfer(const struct roll *roll, struct model_command *command)
{
    struct transfer_money *args = &command->args.transfer;
    command->op = OP_TRANSFER_MONEY;
    args->from = roll_account(roll);
    args->to = roll_account(roll);
    args->amount = roll_amount(roll);
    args->reference = roll_text(roll->dice, references, COUNT(references));
    args->currency = roll_given_currency(roll);
    args->given |=
        roll_version(roll, args->from, TRANSFER_MONEY_EXPECTED_VERSION, &args->expected_version);
}

static void roll_command(const struct roll *roll, struct model_command *command)
{
    bool may_open = roll->out->opened < COMMANDS_ACCOUNTS_MAX;
    bool must_open = roll->model->now.account_count < 3;
    if (may_open && (must_open || dice_percent(roll->dice, 5))) {
        roll_opening(roll, command);
        roll->out->opened++;
    } else if (dice_percent(roll->dice, 50)) {
        roll_transfer(roll, command);
    } else {
        roll_movement(roll, command);
    }
}

static const struct model_key *roll_known(const struct roll *roll)
{
    size_t count = roll->model->now.key_count;
    if (count == 0) {
        return NULL;
    }
    /* Mostly a late repeat of something recent. */
    size_t among = dice_percent(roll->dice, 70) && count > 20 ? 20 : count;
    return &roll->model->keys[count - 1 - dice_below(roll->dice, among)];
}

/* Gives command `at` a key: a new one, an old one, or one from this very list. */
static void roll_key(const struct roll *roll, size_t at, unsigned percent_old)
{
    struct commands *out = roll->out;
    const struct model_key *known = roll_known(roll);
    if (known != NULL && dice_percent(roll->dice, percent_old)) {
        (void)snprintf(out->keys[at], MODEL_KEY_MAX, "%s", known->key);
        if (dice_percent(roll->dice, 60) && out->args[at].op <= OP_TRANSFER_MONEY &&
            known->first.op <= OP_TRANSFER_MONEY) {
            out->args[at] = known->first;
        }
    } else if (at > 0 && out->keys[at - 1][0] != '\0' && dice_percent(roll->dice, 10)) {
        memcpy(out->keys[at], out->keys[at - 1], MODEL_KEY_MAX);
    } else {
        (void)snprintf(out->keys[at], MODEL_KEY_MAX, "key-%u", ++*roll->next_key);
    }
}

static void roll_one(const struct roll *roll, size_t at, bool atomic, unsigned percent_old)
{
    struct commands *out = roll->out;
    out->keys[at][0] = '\0';
    memset(&out->args[at], 0, sizeof out->args[at]);
    if (!atomic && dice_percent(roll->dice, 6)) {
        out->args[at].op = dice_percent(roll->dice, 50) ? OP_GET_OUTCOME : OP_ABANDON_KEY;
        roll_key(roll, at, 60);
    } else {
        roll_command(roll, &out->args[at]);
        if (dice_percent(roll->dice, 65)) {
            roll_key(roll, at, percent_old);
        }
    }
    out->commands[at] = (struct engine_command){
        .op = out->args[at].op,
        .args = out->args[at].op <= OP_TRANSFER_MONEY ? &out->args[at].args : NULL,
        .key = text_of(out->keys[at][0] == '\0' ? NULL : out->keys[at]),
    };
}

static void roll_request(struct roll *roll, struct engine_request *request)
{
    struct commands *out = roll->out;
    size_t who = dice_below(roll->dice, COUNT(people));
    size_t count = dice_percent(roll->dice, 50) ? 1 : 1 + dice_below(roll->dice, COMMANDS_EACH_MAX);
    bool atomic = count > 1 && dice_percent(roll->dice, 45);
    /* Atomic batches are mostly all new or all known, or they would hardly ever run. */
    unsigned percent_old = !atomic ? 20 : dice_percent(roll->dice, 20) ? 95 : 2;
    bool import = dice_percent(roll->dice, 5);
    roll->calm = dice_percent(roll->dice, atomic ? 75 : 40);
    *request = (struct engine_request){
        .actor = people[who].actor,
        .principal = people[who].principal,
        .channel = import ? CHANNEL_IMPORT : (uint8_t)dice_below(roll->dice, CHANNEL_IMPORT),
        .atomic = atomic,
        .count = count,
        .commands = &out->commands[out->count],
    };
    for (size_t i = 0; i < count; i++) {
        roll_one(roll, out->count + i, atomic, percent_old);
        if (import) {
            out->commands[out->count + i].at = roll->wall - dice_between(roll->dice, 0, 100);
        }
    }
    out->count += count;
}

void commands_roll(struct commands *out, struct dice *dice, const struct model *model, int64_t wall,
                   unsigned *next_key)
{
    struct roll roll = {out, dice, model, wall, next_key, false};
    out->request_count = 1 + dice_below(dice, COMMANDS_REQUESTS_MAX);
    out->count = 0;
    out->opened = model->now.account_count;
    for (size_t i = 0; i < out->request_count; i++) {
        roll_request(&roll, &out->requests[i]);
        out->requests[i].next = i + 1 < out->request_count ? &out->requests[i + 1] : NULL;
    }
}
