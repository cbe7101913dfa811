#include "sim/audit.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/money.h"

static struct {
    uint64_t seed;
    unsigned step, steps;
} where;

void audit_at(uint64_t seed, unsigned step, unsigned steps)
{
    where.steps = steps;
    where.seed = seed;
    where.step = step;
}

void audit_say_where(void)
{
    char line[128];
    int size = snprintf(line, sizeof line,
                        "tellersim: repeat it with: tellersim --seed %" PRIu64 " --steps %u\n",
                        where.seed, where.steps);
    (void)!write(STDERR_FILENO, line, (size_t)size);
}

_Noreturn void audit_failed(const char *condition, const char *file, int line, const char *format,
                            ...)
{
    va_list arguments;
    va_start(arguments, format);
    (void)fprintf(stderr, "\ntellersim: seed %" PRIu64 " step %u: ", where.seed, where.step);
    (void)vfprintf(stderr, format, arguments);
    (void)fprintf(stderr, "\n  %s:%d: not so: %s\n", file, line, condition);
    va_end(arguments);
    abort(); /* whose handler says how to repeat it */
}

/* --- Verdicts ----------------------------------------------------------------------------- */

static void audit_accepted(const struct model *model, const struct record *record, uint64_t number)
{
    const struct model_record *expected = &model->records[number - 1];
    AUDIT(record->number == number, "an accepted command has another record");
    AUDIT(record->kind == expected->kind, "record %" PRIu64 " is of another kind", number);
    AUDIT(record->position == expected->position, "record %" PRIu64 " is elsewhere", number);
    AUDIT(record->at == expected->at, "record %" PRIu64 " has another time", number);
    struct event events[EVENTS_PER_RECORD_MAX];
    AUDIT(record_events(record, events) == expected->events, "record %" PRIu64 ": events", number);
    for (unsigned i = 0; i < expected->events; i++) {
        const struct event *ours = &model->events[expected->position - 1 + i].event;
        AUDIT(events[i].type == ours->type && events[i].balance.minor == ours->balance.minor &&
                  events[i].account == ours->account && events[i].version == ours->version,
              "event %" PRIu64 " is another one", expected->position + i);
    }
}

static void audit_refused(const struct record *record, const struct model_answer *answer)
{
    AUDIT(record->kind == RECORD_REFUSED && record->refusal == answer->status,
          "a refusal gives another reason");
    AUDIT(record->number == answer->record, "a refusal is stored or not, wrongly");
    AUDIT(answer->status != STATUS_insufficient_funds ||
              record->refusal_balance.minor == answer->refusal_balance,
          "a refusal shows another balance");
    AUDIT(answer->status != STATUS_version_conflict ||
              record->refusal_version == answer->refusal_version,
          "a refusal shows another version");
}

/* A known key: the record that answers is there already, and tells the same command from another.
 */
static void audit_known(const struct world *world, const struct engine_command *command,
                        const struct model_answer *answer)
{
    struct journal_reader *reader = journal_reader_open(world->journal);
    struct record record;
    AUDIT(command->known == answer->record,
          "a key is answered by record %" PRIu64 " instead of %" PRIu64, command->known,
          answer->record);
    AUDIT(journal_read_record(reader, command->known, &record) == JOURNAL_READ_OK,
          "a known record cannot be read");
    AUDIT(text_equal(record.key, command->key), "a known record has another key");
    if (command->args != NULL && record.op != RECORD_OP_ABANDON_KEY) {
        bool same = engine_seal_is(command, record.digest);
        AUDIT(same == answer->same, "same and other arguments are mixed up");
    }
    journal_reader_close(&reader);
}

static void audit_verdict(const struct world *world, const struct model *model,
                          const struct engine_command *command, const struct model_answer *answer)
{
    AUDIT(command->verdict == answer->verdict, "op %d: verdict %d instead of %d, status %d, %d",
          command->op, command->verdict, answer->verdict, command->status, answer->status);
    AUDIT(command->status == answer->status, "op %d: status %d instead of %d", command->op,
          command->status, answer->status);
    switch (answer->verdict) {
    case VERDICT_ACCEPTED:
        audit_accepted(model, &command->record, answer->record);
        break;
    case VERDICT_REFUSED:
        audit_refused(&command->record, answer);
        break;
    case VERDICT_KNOWN:
        audit_known(world, command, answer);
        break;
    default:
        break;
    }
}

void audit_verdicts(const struct world *world, const struct model *model,
                    const struct commands *commands, const struct model_answer *answers, bool lost)
{
    for (size_t i = 0; i < commands->count; i++) {
        const struct engine_command *command = &commands->commands[i];
        if (lost) {
            AUDIT(command->verdict == VERDICT_FAILED && command->status == STATUS_unavailable,
                  "a lost commit answers verdict %d, status %d", command->verdict, command->status);
        } else {
            audit_verdict(world, model, command, &answers[i]);
        }
    }
}

/* --- The engine's state ------------------------------------------------------------------- */

/* Everything opened with and deposited minus everything withdrawn, by currency. */
static void audit_sum(const struct model *model, const struct world *world, uint16_t currency)
{
    __extension__ __int128 in = 0, held = 0;
    for (size_t i = 0; i < model->now.event_count; i++) {
        const struct event *event = &model->events[i].event;
        if (event->currency != currency) {
            continue;
        }
        if (event->type == EVENT_ACCOUNT_CREATED) {
            in += event->initial_balance.minor;
        } else if (event->type == EVENT_MONEY_DEPOSITED) {
            in += event->amount.minor;
        } else if (event->type == EVENT_MONEY_WITHDRAWN) {
            in -= event->amount.minor;
        }
    }
    for (size_t i = 0; i < model->now.account_count; i++) {
        const struct account_state *state =
            engine_account(world->engine, model->now.accounts[i].number);
        held += state->currency == currency ? state->balance.minor : 0;
    }
    AUDIT(in == held, "money appeared or vanished in currency %u", currency);
}

void audit_engine(const struct world *world, const struct model *model)
{
    struct journal_head head;
    journal_head(world->journal, &head);
    AUDIT(head.record == model->now.record_count, "the journal has %" PRIu64 " records, not %zu",
          head.record, model->now.record_count);
    AUDIT(head.position == model->now.event_count, "the journal has %" PRIu64 " events, not %zu",
          head.position, model->now.event_count);
    AUDIT(head.at == model->now.at && engine_last_at(world->engine) == head.at, "last time");
    AUDIT(engine_committed(world->engine) == head.record, "the engine is not at the head");
    AUDIT(engine_only_imports(world->engine) == model->now.only_imports, "only imports");
    for (size_t i = 0; i < model->now.account_count; i++) {
        const struct model_account *ours = &model->now.accounts[i];
        const struct account_state *theirs = engine_account(world->engine, ours->number);
        AUDIT(theirs != NULL, "account %" PRIu64 " is missing", ours->number);
        AUDIT(theirs->balance.minor == ours->balance && theirs->version == ours->version &&
                  theirs->currency == ours->currency && theirs->credits == ours->credits &&
                  theirs->debits == ours->debits,
              "account %" PRIu64 " has %" PRId64 " at version %" PRIu64 ", not %" PRId64
              " at %" PRIu64,
              ours->number, theirs->balance.minor, theirs->version, ours->balance, ours->version);
        AUDIT(money_is_balance(theirs->balance), "a balance below nothing or beyond the limit");
        audit_sum(model, world, ours->currency);
    }
}

/* --- The journal -------------------------------------------------------------------------- */

struct reading {
    const struct model *model;
    uint64_t number, position;
    int64_t at;
    uint8_t hash[JOURNAL_HASH_SIZE];
};

static bool audit_record(void *context, const struct record *record,
                         const uint8_t hash[JOURNAL_HASH_SIZE], struct text body)
{
    struct reading *reading = context;
    const struct model_record *expected = &reading->model->records[reading->number++];
    uint8_t ours[JOURNAL_HASH_SIZE];
    AUDIT(record->number == reading->number, "the journal has a gap");
    AUDIT(record->position == reading->position + 1, "positions have a gap");
    AUDIT(record->at > reading->at, "time does not increase");
    AUDIT(record->op == expected->op, "record %" PRIu64 " is of another command", record->number);
    if (expected->refusal == STATUS_ok) {
        audit_accepted(reading->model, record, record->number);
    } else {
        struct model_answer answer = {.status = expected->refusal,
                                      .record = record->number,
                                      .refusal_balance = expected->refusal_balance,
                                      .refusal_version = expected->refusal_version};
        audit_refused(record, &answer);
    }
    journal_hash(0, reading->hash, record->number, body, ours);
    AUDIT(memcmp(ours, hash, sizeof ours) == 0, "the chain is broken");
    memcpy(reading->hash, ours, sizeof ours);
    reading->position += expected->events;
    reading->at = record->at;
    return true;
}

void audit_journal(const struct world *world, const struct model *model)
{
    struct journal_reader *reader = journal_reader_open(world->journal);
    struct reading reading = {.model = model};
    size_t count;
    enum journal_read read = journal_scan(reader, 1, SIZE_MAX, audit_record, &reading, &count);
    AUDIT(read != JOURNAL_READ_ERROR && count == model->now.record_count, "the journal's length");
    AUDIT(reading.position == model->now.event_count, "the journal's events");
    journal_reader_close(&reader);
    for (size_t i = 0; i < model->now.key_count; i++) {
        struct engine_command look = {.op = OP_GET_OUTCOME, .key = text_of(model->keys[i].key)};
        struct engine_request request = {.actor = model->keys[i].principal,
                                         .principal = model->keys[i].principal,
                                         .count = 1,
                                         .commands = &look};
        engine_run(world->engine, &request);
        AUDIT(look.verdict == VERDICT_KNOWN && look.known == model->keys[i].record,
              "key %s has lost its outcome", model->keys[i].key);
    }
}
