#include "write/desk.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"

void desk_init(struct desk *desk, struct state *state, struct open_batch *batch,
               struct clock *clock)
{
    *desk = (struct desk){.state = state, .batch = batch, .clock = clock};
    desk->prints = calloc(BATCH_COMMANDS_MAX, sizeof *desk->prints);
    desk->sorted = calloc(BATCH_COMMANDS_MAX, sizeof *desk->sorted);
    CHECK(desk->prints != NULL && desk->sorted != NULL);
}

void desk_close(struct desk *desk)
{
    undo_close(&desk->undo);
    free(desk->prints);
    free(desk->sorted);
}

void desk_expect(struct desk *desk, const struct engine_request *requests)
{
    ahead_begin(&desk->ahead, desk->state, requests);
}

static void conclude(struct engine_command *command, enum verdict verdict, enum status status)
{
    command->verdict = verdict;
    command->status = status;
}

void desk_fail(struct engine_command *command, enum status status)
{
    conclude(command, VERDICT_FAILED, status);
    command->known = 0;
    memset(&command->record, 0, sizeof command->record);
}

static bool has_key(const struct engine_command *command)
{
    return command->key.data != NULL;
}

/* Takes the command into the open batch, so that it shares the batch's fate. */
static void begin(struct desk *desk, struct engine_command *command)
{
    conclude(command, VERDICT_NONE, STATUS_ok);
    desk->loaded.count = 0;
    command->known = 0;
    memset(&command->record, 0, sizeof command->record);
    engine_seal(command);
    open_batch_add_command(desk->batch, command);
}

/* Loads what the message table says the command needs, and lets it be decided on that alone. */
static enum status load_and_decide(struct desk *desk, struct engine_command *command)
{
    const struct decider *decider = decider_of(command->op);
    const struct message *message = message_of(command->op);
    struct account_state states[RECORD_LEGS_MAX];
    struct loaded loaded = {0};
    desk->loaded.count = 0;
    CHECK(decider != NULL);
    for (size_t i = 0; i < MESSAGE_LOADS_MAX && message->loads[i].kind != ENTITY_NONE; i++) {
        uint64_t account;
        CHECK(i < RECORD_LEGS_MAX && message->loads[i].kind == ENTITY_ACCOUNT);
        memcpy(&account, (const char *)command->args + message->loads[i].offset, sizeof account);
        if (account == 0) {
            loaded.free_account = state_free_account(desk->state);
        } else {
            struct account_cell *cell = accounts_find(&desk->state->accounts, account);
            if (cell != NULL) {
                desk->loaded.cells[desk->loaded.count++] = cell;
                account_cell_get(cell, &states[i]);
                loaded.account[i] = &states[i];
            }
        }
    }
    return decider->decide(command->args, &loaded, &command->record);
}

/* Time only moves forward, whatever the clock does. */
static int64_t time_for(const struct desk *desk, const struct engine_command *command)
{
    int64_t at = command->at != 0 ? command->at : desk->clock->wall(desk->clock);
    int64_t after = desk->state->now.at + 1;
    return at > after ? at : after;
}

static void sign(const struct engine_request *request, struct engine_command *command)
{
    struct record *record = &command->record;
    record->actor = request->actor;
    record->channel = request->channel;
    record->key = command->key;
    memcpy(record->digest, command->digest, sizeof record->digest);
}

/* Appends the command's record to the open batch and moves the state on. */
static void append(struct desk *desk, struct engine_command *command, struct undo *undo)
{
    struct record *record = &command->record;
    record->number = desk->state->now.record + 1;
    record->position = desk->state->now.position + 1;
    record->at = time_for(desk, command);
    state_apply(desk->state, record, &desk->loaded, undo);
    open_batch_add_record(desk->batch, record);
}

static void remember_key(struct desk *desk, const struct engine_request *request,
                         const struct engine_command *command, struct fingerprint print)
{
    /* A replay finds the principal in the record: it must be the one that is looked up. */
    CHECK(text_equal(record_principal(&command->record), request->principal));
    CHECK(keys_add(&desk->state->keys, print, command->record.number));
}

/* AbandonKey of a key that nobody used: a refusal that holds its place. */
static enum status abandon(struct engine_command *command)
{
    command->record.kind = RECORD_REFUSED;
    command->record.op = RECORD_OP_ABANDON_KEY;
    command->record.refusal = STATUS_key_abandoned;
    return STATUS_key_abandoned;
}

void desk_decide(struct desk *desk, const struct engine_request *request,
                 struct engine_command *command)
{
    struct fingerprint print = ahead_take(&desk->ahead, desk->state, request, command);
    begin(desk, command);
    if (has_key(command)) {
        command->known = keys_find(&desk->state->keys, print);
    }
    if (command->known != 0) {
        conclude(command, VERDICT_KNOWN, STATUS_ok);
        return;
    }
    if (command->op == OP_GET_OUTCOME) {
        conclude(command, VERDICT_UNKNOWN_KEY, STATUS_ok);
        return;
    }
    CHECK(command->op != OP_ABANDON_KEY || has_key(command));
    enum status status =
        command->op == OP_ABANDON_KEY ? abandon(command) : load_and_decide(desk, command);
    sign(request, command);
    if (status == STATUS_ok) {
        conclude(command, VERDICT_ACCEPTED, status);
    } else if (status_is_stored(status)) {
        conclude(command, VERDICT_REFUSED, status);
    } else {
        desk_fail(command, status);
        return;
    }
    if (status == STATUS_ok || has_key(command)) {
        append(desk, command, NULL);
    }
    if (has_key(command)) {
        remember_key(desk, request, command, print);
    }
}

/* --- Atomic batches ----------------------------------------------------------------------- */

static int compare_prints(const void *a, const void *b)
{
    const struct fingerprint *left = a, *right = b;
    if (left->high != right->high) {
        return left->high < right->high ? -1 : 1;
    }
    return left->low < right->low ? -1 : left->low > right->low;
}

/* How many of the batch's keys are known, and whether one of the others stands in it twice. */
static size_t look_up_keys(struct desk *desk, const struct engine_request *request, bool *repeats)
{
    size_t known = 0, fresh = 0;
    for (size_t i = 0; i < request->count; i++) {
        struct engine_command *command = &request->commands[i];
        desk->prints[i] = ahead_take(&desk->ahead, desk->state, request, command);
        if (!has_key(command)) {
            continue;
        }
        command->known = keys_find(&desk->state->keys, desk->prints[i]);
        if (command->known != 0) {
            known++;
        } else {
            desk->sorted[fresh++] = desk->prints[i];
        }
    }
    qsort(desk->sorted, fresh, sizeof *desk->sorted, compare_prints);
    *repeats = false;
    for (size_t i = 1; i < fresh; i++) {
        *repeats = *repeats || compare_prints(&desk->sorted[i - 1], &desk->sorted[i]) == 0;
    }
    return known;
}

static void fail_all(const struct engine_request *request, enum status status)
{
    for (size_t i = 0; i < request->count; i++) {
        desk_fail(&request->commands[i], status);
    }
}

/* Takes back what commands 0 ... culprit - 1 did. The culprit keeps its own refusal. */
static void abort_all(struct desk *desk, const struct engine_request *request, size_t records,
                      size_t culprit, enum status status)
{
    undo_all(&desk->undo, desk->state);
    open_batch_take_back(desk->batch, records);
    for (size_t i = 0; i < request->count; i++) {
        if (i != culprit) {
            desk_fail(&request->commands[i], STATUS_batch_aborted);
        }
    }
    if (status_is_stored(status)) {
        conclude(&request->commands[culprit], VERDICT_REFUSED, status);
    } else {
        desk_fail(&request->commands[culprit], status);
    }
}

static void run_all(struct desk *desk, const struct engine_request *request)
{
    size_t records = desk->batch->count;
    undo_begin(&desk->undo, desk->state);
    for (size_t i = 0; i < request->count; i++) {
        struct engine_command *command = &request->commands[i];
        enum status status = load_and_decide(desk, command);
        sign(request, command);
        if (status != STATUS_ok) {
            abort_all(desk, request, records, i, status);
            return;
        }
        conclude(command, VERDICT_ACCEPTED, STATUS_ok);
        append(desk, command, &desk->undo);
    }
    for (size_t i = 0; i < request->count; i++) {
        if (has_key(&request->commands[i])) {
            remember_key(desk, request, &request->commands[i], desk->prints[i]);
        }
    }
}

void desk_decide_atomic(struct desk *desk, const struct engine_request *request)
{
    bool repeats;
    for (size_t i = 0; i < request->count; i++) {
        begin(desk, &request->commands[i]);
    }
    size_t known = look_up_keys(desk, request, &repeats);
    if (known == request->count) {
        for (size_t i = 0; i < request->count; i++) {
            conclude(&request->commands[i], VERDICT_KNOWN, STATUS_ok);
        }
    } else if (known > 0 || repeats) {
        fail_all(request, STATUS_idempotency_key_reused);
    } else {
        run_all(desk, request);
    }
}
