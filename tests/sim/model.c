#include "sim/model.h"

#include <stdlib.h>
#include <string.h>

#include "base/account_number.h"
#include "base/check.h"

#define BALANCE_MAX INT64_C(9007199254740991)
#define LIFETIME_MAX INT64_C(9223372036854775807)

void model_init(struct model *model)
{
    memset(model, 0, sizeof *model);
    model->now.only_imports = true;
}

void model_close(struct model *model)
{
    free(model->events);
    free(model->records);
    free(model->keys);
}

void model_back(struct model *model, const struct model_counts *counts)
{
    model->now = *counts;
}

/* Room for one more at `count`. */
static void *grown(void *list, size_t *room, size_t count, size_t size)
{
    if (count < *room) {
        return list;
    }
    *room = *room == 0 ? 256 : *room * 2;
    list = realloc(list, *room * size);
    CHECK(list != NULL);
    return list;
}

const struct model_account *model_find(const struct model *model, uint64_t number)
{
    for (size_t i = 0; i < model->now.account_count; i++) {
        if (model->now.accounts[i].number == number) {
            return &model->now.accounts[i];
        }
    }
    return NULL;
}

static struct model_account *find(struct model *model, uint64_t number)
{
    for (size_t i = 0; i < model->now.account_count; i++) {
        if (model->now.accounts[i].number == number) {
            return &model->now.accounts[i];
        }
    }
    return NULL;
}

static uint64_t free_number(const struct model *model)
{
    for (uint32_t sequence = 100000001; sequence <= 999999999; sequence++) {
        uint64_t number = account_from_sequence(sequence);
        if (model_find(model, number) == NULL) {
            return number;
        }
    }
    return 0;
}

/* --- What a command does ------------------------------------------------------------------ */

struct run {
    struct model *model;
    const struct engine_request *request;
    const struct engine_command *command;
    int64_t wall;
    struct model_answer *answer;
};

static int64_t time_of(const struct run *run)
{
    int64_t wanted = run->command->at != 0 ? run->command->at : run->wall;
    int64_t earliest = run->model->now.at + 1;
    return wanted < earliest ? earliest : wanted;
}

static struct model_record *add_record(const struct run *run, uint8_t kind, uint8_t op)
{
    struct model *model = run->model;
    struct model_counts *now = &model->now;
    model->records =
        grown(model->records, &model->record_room, now->record_count, sizeof *model->records);
    struct model_record *record = &model->records[now->record_count++];
    *record = (struct model_record){
        .kind = kind, .op = op, .position = now->event_count + 1, .at = time_of(run)};
    now->at = record->at;
    now->only_imports = now->only_imports && run->request->channel == CHANNEL_IMPORT;
    run->answer->record = now->record_count;
    return record;
}

static struct model_event *add_event(const struct run *run, uint8_t type, uint16_t currency)
{
    struct model *model = run->model;
    struct model_record *record = &model->records[model->now.record_count - 1];
    model->events =
        grown(model->events, &model->event_room, model->now.event_count, sizeof *model->events);
    struct model_event *event = &model->events[model->now.event_count++];
    record->events++;
    *event = (struct model_event){.event = {.type = type,
                                            .channel = run->request->channel,
                                            .currency = currency,
                                            .position = model->now.event_count,
                                            .at = record->at,
                                            .actor = run->request->actor}};
    return event;
}

/* The account's next version, and the event that takes it. */
static uint64_t stamp(struct model_account *account, const struct model_event *event)
{
    account->last_position = event->event.position;
    return ++account->version;
}

static void add_balance_event(const struct run *run, struct model_account *account, int64_t change,
                              uint64_t cause)
{
    struct model_event *event = add_event(run, EVENT_BALANCE_UPDATED, account->currency);
    event->event.account = account->number;
    event->event.version = stamp(account, event);
    event->event.balance.minor = account->balance;
    event->event.change.minor = change;
    event->event.cause = cause;
    event->seen[0].account = account->number;
    event->seen[0].change = change;
    event->seen[0].balance = account->balance;
}

static void move(struct model_account *account, int64_t change)
{
    account->balance += change;
    if (change >= 0) {
        account->credits += change;
    } else {
        account->debits -= change;
    }
}

static bool too_much_in(const struct model_account *account, int64_t amount)
{
    return account->balance + amount > BALANCE_MAX || account->credits + amount > LIFETIME_MAX;
}

static bool too_much_out(const struct model_account *account, int64_t amount)
{
    return account->debits + amount > LIFETIME_MAX;
}

static enum status open_account(const struct run *run, const struct create_account *args)
{
    struct model_counts *now = &run->model->now;
    uint64_t number = args->account;
    if (number != 0 && model_find(run->model, number) != NULL) {
        return STATUS_account_exists;
    }
    if (number == 0) {
        number = free_number(run->model);
    }
    int64_t initial = args->initial_balance.minor;
    CHECK(now->account_count < MODEL_ACCOUNTS_MAX);
    struct model_account *account = &now->accounts[now->account_count++];
    const struct model_record *record =
        add_record(run, RECORD_ACCOUNT_CREATED, RECORD_OP_CREATE_ACCOUNT);
    *account = (struct model_account){.number = number,
                                      .owner = args->owner,
                                      .currency = args->currency,
                                      .balance = initial,
                                      .credits = initial,
                                      .opened_at = record->at};
    struct model_event *event = add_event(run, EVENT_ACCOUNT_CREATED, args->currency);
    event->event.account = number;
    event->event.version = stamp(account, event);
    event->event.owner = args->owner;
    event->event.initial_balance.minor = initial;
    event->seen[0].account = number;
    event->seen[0].change = initial;
    event->seen[0].balance = initial;
    if (initial != 0) {
        add_balance_event(run, account, initial, event->event.position);
    }
    return STATUS_ok;
}

static enum status deposit_or_withdraw(const struct run *run, const struct move_money *args,
                                       bool in)
{
    struct model_account *account = find(run->model, args->account);
    int64_t amount = args->amount.minor;
    if (account == NULL) {
        return STATUS_account_not_found;
    }
    if (args->currency != 0 && args->currency != account->currency) {
        return STATUS_currency_mismatch;
    }
    if ((args->given >> MOVE_MONEY_EXPECTED_VERSION & 1) != 0 &&
        args->expected_version != account->version) {
        run->answer->refusal_version = account->version;
        return STATUS_version_conflict;
    }
    if (!in && account->balance < amount) {
        run->answer->refusal_balance = account->balance;
        return STATUS_insufficient_funds;
    }
    if (in ? too_much_in(account, amount) : too_much_out(account, amount)) {
        return STATUS_balance_limit_exceeded;
    }
    int64_t change = in ? amount : -amount;
    move(account, change);
    (void)add_record(run, in ? RECORD_MONEY_DEPOSITED : RECORD_MONEY_WITHDRAWN,
                     in ? RECORD_OP_DEPOSIT_MONEY : RECORD_OP_WITHDRAW_MONEY);
    struct model_event *event =
        add_event(run, in ? EVENT_MONEY_DEPOSITED : EVENT_MONEY_WITHDRAWN, account->currency);
    event->event.account = account->number;
    event->event.version = stamp(account, event);
    event->event.amount = args->amount;
    event->event.reference = args->reference;
    event->seen[0].account = account->number;
    event->seen[0].change = change;
    event->seen[0].balance = account->balance;
    add_balance_event(run, account, change, event->event.position);
    return STATUS_ok;
}

static enum status refuse_transfer(const struct run *run, const struct transfer_money *args,
                                   const struct model_account *from, const struct model_account *to)
{
    if (args->from == args->to) {
        return STATUS_same_account;
    }
    if (from == NULL || to == NULL) {
        return STATUS_account_not_found;
    }
    if (from->currency != to->currency ||
        (args->currency != 0 && args->currency != from->currency)) {
        return STATUS_currency_mismatch;
    }
    if ((args->given >> TRANSFER_MONEY_EXPECTED_VERSION & 1) != 0 &&
        args->expected_version != from->version) {
        run->answer->refusal_version = from->version;
        return STATUS_version_conflict;
    }
    if (from->balance < args->amount.minor) {
        run->answer->refusal_balance = from->balance;
        return STATUS_insufficient_funds;
    }
    if (too_much_out(from, args->amount.minor) || too_much_in(to, args->amount.minor)) {
        return STATUS_balance_limit_exceeded;
    }
    return STATUS_ok;
}

static enum status transfer(const struct run *run, const struct transfer_money *args)
{
    struct model_account *from = find(run->model, args->from);
    struct model_account *to = find(run->model, args->to);
    int64_t amount = args->amount.minor;
    enum status status = refuse_transfer(run, args, from, to);
    if (status != STATUS_ok) {
        return status;
    }
    move(from, -amount);
    move(to, amount);
    (void)add_record(run, RECORD_MONEY_TRANSFERRED, RECORD_OP_TRANSFER_MONEY);
    struct model_event *event = add_event(run, EVENT_MONEY_TRANSFERRED, from->currency);
    event->event.from = from->number;
    event->event.from_version = stamp(from, event);
    event->event.to = to->number;
    event->event.to_version = stamp(to, event);
    event->event.amount = args->amount;
    event->event.reference = args->reference;
    event->seen[0].account = from->number;
    event->seen[0].change = -amount;
    event->seen[0].balance = from->balance;
    event->seen[1].account = to->number;
    event->seen[1].change = amount;
    event->seen[1].balance = to->balance;
    uint64_t cause = event->event.position;
    add_balance_event(run, from, -amount, cause);
    add_balance_event(run, to, amount, cause);
    return STATUS_ok;
}

static enum status carry_out(const struct run *run)
{
    switch (run->command->op) {
    case OP_CREATE_ACCOUNT:
        return open_account(run, run->command->args);
    case OP_DEPOSIT_MONEY:
        return deposit_or_withdraw(run, run->command->args, true);
    case OP_WITHDRAW_MONEY:
        return deposit_or_withdraw(run, run->command->args, false);
    case OP_TRANSFER_MONEY:
        return transfer(run, run->command->args);
    default:
        CHECK(run->command->op == OP_ABANDON_KEY);
        return STATUS_key_abandoned;
    }
}

static uint8_t record_op_of(enum op op)
{
    switch (op) {
    case OP_CREATE_ACCOUNT:
        return RECORD_OP_CREATE_ACCOUNT;
    case OP_DEPOSIT_MONEY:
        return RECORD_OP_DEPOSIT_MONEY;
    case OP_WITHDRAW_MONEY:
        return RECORD_OP_WITHDRAW_MONEY;
    case OP_TRANSFER_MONEY:
        return RECORD_OP_TRANSFER_MONEY;
    default:
        return RECORD_OP_ABANDON_KEY;
    }
}

/* --- Keys --------------------------------------------------------------------------------- */

static const struct model_key *find_key(const struct run *run)
{
    const struct model *model = run->model;
    for (size_t i = 0; i < model->now.key_count; i++) {
        if (text_equal(model->keys[i].principal, run->request->principal) &&
            text_is(run->command->key, model->keys[i].key)) {
            return &model->keys[i];
        }
    }
    return NULL;
}

static struct model_command copy_of(const struct engine_command *command)
{
    struct model_command copy = {.op = command->op};
    switch (command->op) {
    case OP_CREATE_ACCOUNT:
        copy.args.create = *(const struct create_account *)command->args;
        break;
    case OP_DEPOSIT_MONEY:
    case OP_WITHDRAW_MONEY:
        copy.args.move = *(const struct move_money *)command->args;
        break;
    case OP_TRANSFER_MONEY:
        copy.args.transfer = *(const struct transfer_money *)command->args;
        break;
    default:
        break;
    }
    return copy;
}

static bool same_version(uint32_t given_a, uint64_t a, uint32_t given_b, uint64_t b, unsigned bit)
{
    bool has_a = (given_a >> bit & 1) != 0, has_b = (given_b >> bit & 1) != 0;
    return has_a == has_b && (!has_a || a == b);
}

static bool is_same(const struct model_command *a, const struct model_command *b)
{
    if (a->op != b->op) {
        return false;
    }
    if (a->op == OP_CREATE_ACCOUNT) {
        const struct create_account *x = &a->args.create, *y = &b->args.create;
        return text_equal(x->owner, y->owner) && x->currency == y->currency &&
               x->initial_balance.minor == y->initial_balance.minor && x->account == y->account;
    }
    if (a->op == OP_TRANSFER_MONEY) {
        const struct transfer_money *x = &a->args.transfer, *y = &b->args.transfer;
        return x->from == y->from && x->to == y->to && x->amount.minor == y->amount.minor &&
               x->currency == y->currency && text_equal(x->reference, y->reference) &&
               same_version(x->given, x->expected_version, y->given, y->expected_version,
                            TRANSFER_MONEY_EXPECTED_VERSION);
    }
    const struct move_money *x = &a->args.move, *y = &b->args.move;
    return x->account == y->account && x->amount.minor == y->amount.minor &&
           x->currency == y->currency && text_equal(x->reference, y->reference) &&
           same_version(x->given, x->expected_version, y->given, y->expected_version,
                        MOVE_MONEY_EXPECTED_VERSION);
}

static void add_key(const struct run *run)
{
    struct model *model = run->model;
    model->keys = grown(model->keys, &model->key_room, model->now.key_count, sizeof *model->keys);
    struct model_key *key = &model->keys[model->now.key_count++];
    *key = (struct model_key){.principal = run->request->principal,
                              .record = run->answer->record,
                              .first = copy_of(run->command)};
    CHECK(run->command->key.size < sizeof key->key);
    memcpy(key->key, run->command->key.data, run->command->key.size);
}

static void answer(const struct run *run, enum verdict verdict, enum status status)
{
    run->answer->verdict = verdict;
    run->answer->status = status;
}

static bool answer_known(const struct run *run)
{
    const struct model_key *key = run->command->key.data == NULL ? NULL : find_key(run);
    if (key == NULL) {
        return false;
    }
    struct model_command now = copy_of(run->command);
    answer(run, VERDICT_KNOWN, STATUS_ok);
    run->answer->record = key->record;
    run->answer->same = is_same(&now, &key->first);
    return true;
}

static void run_one(const struct run *run)
{
    bool keyed = run->command->key.data != NULL;
    if (answer_known(run)) {
        return;
    }
    if (run->command->op == OP_GET_OUTCOME) {
        answer(run, VERDICT_UNKNOWN_KEY, STATUS_ok);
        return;
    }
    enum status status = carry_out(run);
    answer(run, status == STATUS_ok ? VERDICT_ACCEPTED : VERDICT_REFUSED, status);
    if (status != STATUS_ok && keyed) {
        struct model_record *record =
            add_record(run, RECORD_REFUSED, record_op_of(run->command->op));
        record->refusal = status;
        record->refusal_balance = run->answer->refusal_balance;
        record->refusal_version = run->answer->refusal_version;
    }
    if (keyed) {
        add_key(run);
    }
}

/* --- Atomic batches ----------------------------------------------------------------------- */

static bool repeats_a_key(const struct engine_request *request)
{
    for (size_t i = 0; i < request->count; i++) {
        for (size_t j = 0; j < i; j++) {
            const struct engine_command *a = &request->commands[i], *b = &request->commands[j];
            if (a->key.data != NULL && b->key.data != NULL && text_equal(a->key, b->key)) {
                return true;
            }
        }
    }
    return false;
}

static void answer_all(const struct engine_request *request, struct model_answer *answers,
                       enum status status)
{
    for (size_t i = 0; i < request->count; i++) {
        answers[i] = (struct model_answer){.verdict = VERDICT_FAILED, .status = status};
    }
}

static void run_atomic(struct model *model, const struct engine_request *request, int64_t wall,
                       struct model_answer *answers)
{
    struct model_counts before = model->now;
    size_t known = 0;
    for (size_t i = 0; i < request->count; i++) {
        struct run run = {model, request, &request->commands[i], wall, &answers[i]};
        known += answer_known(&run);
    }
    if (known == request->count) {
        return;
    }
    if (known > 0 || repeats_a_key(request)) {
        answer_all(request, answers, STATUS_idempotency_key_reused);
        return;
    }
    for (size_t i = 0; i < request->count; i++) {
        struct run run = {model, request, &request->commands[i], wall, &answers[i]};
        enum status status = carry_out(&run);
        if (status != STATUS_ok) {
            struct model_answer culprit = answers[i];
            answer_all(request, answers, STATUS_batch_aborted);
            answers[i] = culprit;
            answers[i].verdict = VERDICT_REFUSED;
            answers[i].status = status;
            model_back(model, &before);
            return;
        }
        answer(&run, VERDICT_ACCEPTED, STATUS_ok);
        if (run.command->key.data != NULL) {
            add_key(&run);
        }
    }
}

void model_run(struct model *model, const struct engine_request *requests, int64_t wall,
               struct model_answer *answers)
{
    for (const struct engine_request *r = requests; r != NULL; r = r->next) {
        memset(answers, 0, r->count * sizeof *answers);
        if (r->atomic) {
            run_atomic(model, r, wall, answers);
        } else {
            for (size_t i = 0; i < r->count; i++) {
                struct run run = {model, r, &r->commands[i], wall, &answers[i]};
                run_one(&run);
            }
        }
        answers += r->count;
    }
}
