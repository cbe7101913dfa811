#include "service/command.h"

#include <inttypes.h>
#include <string.h>

#include "base/account_number.h"
#include "host/log.h"
#include "host/metrics.h"

static void fail_memory(struct call *call)
{
    problem_set(&call->problem, STATUS_unavailable, "This request needs more memory than it may.");
}

/* ---- to the engine */

static void fill_batch(struct engine_command *commands, const struct batch *batch)
{
    const struct batch_command *asked = batch->commands.items;
    for (size_t i = 0; i < batch->commands.count; i++) {
        commands[i].op = batch_op(asked[i].op);
        commands[i].args = asked[i].args.value;
        commands[i].key = asked[i].key;
    }
}

/* Who asks, and in whose key space. A machine that asks for a customer's key leaves the mark that
 * the customer at it would. */
static bool name_asker(struct call *call, struct text *principal, struct text *actor)
{
    const struct principal *who = &call->who;
    const struct outcome_key *lookup = call->message->kind == MESSAGE_LOOKUP ? call->args : NULL;
    char number[ACCOUNT_TEXT_MAX];
    *principal = *actor = text_of(who->name);
    call->for_customer = who->role == ROLE_CUSTOMER;
    const char *by = who->by;
    if (lookup != NULL && ARG_GIVEN(lookup, OUTCOME_KEY_ACCOUNT)) {
        call->for_customer = true;
        by = who->name;
        *principal = arena_print(call->arena, REGISTRY_CUSTOMER_PREFIX "%s",
                                 account_print(lookup->account, number));
    }
    if (call->for_customer && principal->data != NULL)
        *actor = arena_print(call->arena, "%.*s@%s", TEXT_ARGS(*principal), by);
    return principal->data != NULL && actor->data != NULL;
}

bool command_prepare(struct call *call, struct engine_port *port)
{
    const struct batch *batch = call->message->op == OP_BATCH ? call->args : NULL;
    size_t count = batch == NULL ? 1 : batch->commands.count;
    struct engine_command *commands = arena_zero(call->arena, count, sizeof *commands);
    struct text principal, actor;
    if (commands == NULL || !name_asker(call, &principal, &actor)) {
        fail_memory(call);
        return false;
    }
    if (batch != NULL) {
        fill_batch(commands, batch);
    } else if (call->message->kind == MESSAGE_LOOKUP) {
        commands->op = call->message->op;
        commands->key = ((const struct outcome_key *)call->args)->key;
    } else {
        commands->op = call->message->op;
        commands->args = call->args;
        commands->key = call->key;
    }
    for (size_t i = 0; i < count; i++)
        engine_seal(&commands[i]);
    call->request = (struct engine_request){.owner = call,
                                            .actor = actor,
                                            .principal = principal,
                                            .channel = (uint8_t)call->channel,
                                            .atomic = batch != NULL && batch->atomic,
                                            .count = count,
                                            .commands = commands,
                                            .port = port};
    return true;
}

/* ---- and back */

/* What a verdict amounts to. `record` is what happened or what explains the refusal; NULL when
 * the status says it all. */
struct finding {
    enum status status;
    bool replayed;
    const struct record *record;
};

static struct finding find_record(const struct record *record, bool replayed)
{
    bool refused = record->kind == RECORD_REFUSED;
    return (struct finding){.status = refused ? (enum status)record->refusal : STATUS_ok,
                            .replayed = replayed,
                            .record = record};
}

/* The record a known key points at, if it is really this principal's and this key's: the engine
 * goes by a fingerprint. NULL: it cannot be told. */
static const struct record *read_known(const struct call *call, struct reading *reading,
                                       const struct engine_command *command)
{
    struct record *record = arena_get(call->arena, sizeof *record);
    if (record == NULL || !reading_record(reading, command->known, call->arena, record))
        return NULL;
    if (text_equal(record->key, command->key) &&
        text_equal(record_principal(record), call->request.principal))
        return record;
    log_error("service", "a key's fingerprint belongs to another key record=%" PRIu64,
              command->known);
    return NULL;
}

static struct finding find_known(const struct call *call, struct reading *reading,
                                 const struct engine_command *command)
{
    const struct record *record = read_known(call, reading, command);
    if (record == NULL)
        return (struct finding){.status = STATUS_unavailable};
    if (record->op == RECORD_OP_ABANDON_KEY)
        return (struct finding){.status = STATUS_key_abandoned};
    if (!engine_seal_is(command, record->digest))
        return (struct finding){.status = STATUS_idempotency_key_reused};
    metric_add(METRIC_commands_replayed_total, 1);
    return find_record(record, true);
}

static struct finding find(const struct call *call, struct reading *reading,
                           const struct engine_command *command)
{
    switch (command->verdict) {
    case VERDICT_ACCEPTED:
    case VERDICT_REFUSED:
        return find_record(&command->record, false);
    case VERDICT_KNOWN:
        return find_known(call, reading, command);
    case VERDICT_FAILED:
    case VERDICT_NONE:
        break;
    case VERDICT_UNKNOWN_KEY:
        CHECK(!"a command is no lookup");
    }
    return (struct finding){.status = command->status == STATUS_ok ? STATUS_unavailable
                                                                   : command->status};
}

static void explain(const struct finding *finding, struct problem *problem)
{
    problem_clear(problem);
    if (finding->record != NULL)
        record_problem(finding->record, problem);
    else
        problem_set(problem, finding->status, "%s", "");
    if (finding->status == STATUS_unavailable)
        problem->retry_after_s = SERVICE_RETRY_AFTER_S;
}

/* The reply of an accepted record. False: no room. */
static bool reply(struct call *call, const struct record *record, struct any *out)
{
    struct record_reply *made = arena_zero(call->arena, 1, sizeof *made);
    if (made == NULL)
        return false;
    record_reply(record, call->for_customer, made);
    *out = made->any;
    return true;
}

static void finish_one(struct call *call, struct reading *reading)
{
    struct finding finding = find(call, reading, call->request.commands);
    call->replayed = finding.replayed;
    if (finding.status != STATUS_ok) {
        explain(&finding, &call->problem);
        return;
    }
    if (!reply(call, finding.record, &call->result)) {
        fail_memory(call);
        return;
    }
    if (call->message->op == OP_CREATE_ACCOUNT) {
        struct account_query made = {.given = 1, .account = finding.record->legs[0].account};
        call->location = message_path(message_of(OP_GET_ACCOUNT), &made, call->arena);
    }
}

static bool finish_item(struct call *call, struct reading *reading,
                        const struct engine_command *command, struct batch_item *item)
{
    struct finding finding = find(call, reading, command);
    item->replayed = finding.replayed;
    item->ok = finding.status == STATUS_ok;
    if (item->ok)
        return reply(call, finding.record, &item->result);
    struct problem *problem = arena_get(call->arena, sizeof *problem);
    if (problem == NULL)
        return false;
    explain(&finding, problem);
    item->error = problem;
    return true;
}

/* One status for all: nothing of the batch ran, and that is better said once and as a failure of
 * the request than as a page of equal items. */
static bool all_failed(const struct call *call, enum status status)
{
    for (size_t i = 0; i < call->request.count; i++) {
        const struct engine_command *command = &call->request.commands[i];
        if (command->verdict != VERDICT_FAILED || command->status != status)
            return false;
    }
    return true;
}

static void finish_batch(struct call *call, struct reading *reading)
{
    if (all_failed(call, STATUS_unavailable)) {
        problem_set(&call->problem, STATUS_unavailable, "%s", "");
        return;
    }
    if (call->request.atomic && all_failed(call, STATUS_idempotency_key_reused)) {
        problem_set(&call->problem, STATUS_idempotency_key_reused,
                    "Some keys of this atomic batch are known and others are new: nothing ran.");
        return;
    }
    size_t count = call->request.count;
    struct batch_result *result = arena_zero(call->arena, 1, sizeof *result);
    struct batch_item *items = arena_zero(call->arena, count, sizeof *items);
    bool sound = result != NULL && items != NULL;
    for (size_t i = 0; sound && i < count; i++)
        sound = finish_item(call, reading, &call->request.commands[i], &items[i]);
    if (!sound) {
        fail_memory(call);
        return;
    }
    result->results = (struct list){.items = items, .count = count};
    call->result = (struct any){.shape = &batch_result_shape, .value = result};
}

static struct finding find_lookup(const struct call *call, struct reading *reading,
                                  const struct engine_command *command)
{
    switch (command->verdict) {
    case VERDICT_ACCEPTED:
    case VERDICT_REFUSED: /* AbandonKey burned it just now */
        return (struct finding){.status = STATUS_key_abandoned};
    case VERDICT_KNOWN: {
        const struct record *record = read_known(call, reading, command);
        if (record == NULL)
            return (struct finding){.status = STATUS_unavailable};
        if (record->op == RECORD_OP_ABANDON_KEY)
            return (struct finding){.status = STATUS_key_abandoned};
        return find_record(record, false);
    }
    default:
        return (struct finding){.status = command->status == STATUS_ok ? STATUS_unavailable
                                                                       : command->status};
    }
}

static void finish_lookup(struct call *call, struct reading *reading)
{
    const struct engine_command *command = call->request.commands;
    struct outcome_result *out = arena_zero(call->arena, 1, sizeof *out);
    struct problem *problem = arena_get(call->arena, sizeof *problem);
    if (out == NULL || problem == NULL) {
        fail_memory(call);
        return;
    }
    if (command->verdict == VERDICT_UNKNOWN_KEY) {
        out->state = OUTCOME_UNKNOWN;
    } else {
        struct finding finding = find_lookup(call, reading, command);
        if (finding.status == STATUS_unavailable) {
            explain(&finding, &call->problem);
            return;
        }
        out->state = finding.status == STATUS_ok ? OUTCOME_DONE : OUTCOME_REFUSED;
        if (finding.status != STATUS_ok) {
            explain(&finding, problem);
            out->error = problem;
        } else if (!reply(call, finding.record, &out->outcome)) {
            fail_memory(call);
            return;
        }
    }
    call->result = (struct any){.shape = &outcome_result_shape, .value = out};
}

void command_finish(struct call *call, struct reading *reading)
{
    if (call->message->kind == MESSAGE_LOOKUP)
        finish_lookup(call, reading);
    else if (call->message->op == OP_BATCH)
        finish_batch(call, reading);
    else
        finish_one(call, reading);
}
