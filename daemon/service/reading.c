#include "service/reading.h"

#include <inttypes.h>

#include "host/log.h"
#include "host/metrics.h"
#include "journal/record_codec.h"

bool reading_open(struct reading *reading, const struct service_config *config)
{
    *reading = (struct reading){.config = config};
    struct journal_reader *own = journal_reader_open(config->journal);
    if (own != NULL)
        reading->views = views_open(projector_thread_projector(config->projector), own);
    reading->journal = journal_reader_open(config->journal);
    if (reading->views != NULL && reading->journal != NULL)
        return true;
    log_error("service", "cannot open the journal and the views for reading");
    if (reading->views == NULL && own != NULL)
        journal_reader_close(&own);
    reading_close(reading);
    return false;
}

void reading_close(struct reading *reading)
{
    if (reading->views != NULL)
        views_close(&reading->views);
    if (reading->journal != NULL)
        journal_reader_close(&reading->journal);
}

/* Looks at the last folded record: no later command can be dated at or before it, and all up to
 * it is projected. */
static void reading_seen(struct reading *reading)
{
    uint64_t seen = projector_seen(projector_thread_projector(reading->config->projector));
    if (seen == reading->known_record)
        return;
    struct record record;
    if (journal_read_record(reading->journal, seen, &record) != JOURNAL_READ_OK) {
        log_warning("service", "cannot read record=%" PRIu64, seen);
        return;
    }
    reading->known_record = seen;
    reading->known_at = record.at;
    reading->known_position = record.position + record_event_count(&record) - 1;
}

uint64_t reading_position(struct reading *reading)
{
    reading_seen(reading);
    return reading->known_position;
}

bool reading_record(struct reading *reading, uint64_t number, struct arena *arena,
                    struct record *out)
{
    struct text body;
    uint8_t hash[JOURNAL_HASH_SIZE];
    if (journal_read(reading->journal, number, &body, hash) != JOURNAL_READ_OK) {
        log_error("service", "cannot read record=%" PRIu64, number);
        return false;
    }
    struct text copy = arena_copy(arena, body);
    if (copy.data == NULL)
        return false;
    if (record_decode(number, copy, out))
        return true;
    log_error("service", "does not decode record=%" PRIu64, number);
    return false;
}

static enum status run(struct reading *reading, struct call *call, struct query *query, void *out)
{
    struct views *views = reading->views;
    switch (call->message->op) {
    case OP_GET_ACCOUNT:
        return query_account(views, call->args, query, out);
    case OP_LIST_ACCOUNTS:
        return query_accounts(views, call->args, query, out);
    case OP_GET_BALANCE:
        return query_balance(views, call->args, query, out);
    case OP_GET_BALANCE_SERIES:
        return query_series(views, call->args, query, out);
    case OP_GET_TRANSACTION_HISTORY:
        return query_history(views, call->args, query, out);
    case OP_LIST_STATEMENTS:
        return query_statements(views, call->args, query, out);
    case OP_GET_STATEMENT:
        return query_statement(views, call->args, query, out);
    case OP_GET_CHANGES:
        return query_changes(views, call->args, query, out);
    default:
        CHECK(!"a query that nobody answers");
        return STATUS_unavailable;
    }
}

void reading_run(struct reading *reading, struct call *call)
{
    const struct message *message = call->message;
    void *out = arena_zero(call->arena, 1, message->result->size);
    if (out == NULL) {
        call->status = STATUS_unavailable;
        problem_set(&call->problem, call->status, "This request needs more memory than it may.");
        return;
    }
    reading_seen(reading);
    /* Commands may be dated ahead of a clock that was set back; what they are dated is no future
     * to whoever asks. */
    int64_t now = reading->config->clock->wall(reading->config->clock);
    struct query query = {.arena = call->arena,
                          .problem = &call->problem,
                          .now = now > reading->known_at ? now : reading->known_at,
                          .settled = reading->known_at};
    metric_add(METRIC_queries_total, 1);
    call->status = run(reading, call, &query, out);
    if (call->status != STATUS_ok) {
        if (call->problem.status != call->status)
            problem_set(&call->problem, call->status, "%s", "");
        return;
    }
    call->result = (struct any){.shape = message->result, .value = out};
    if (message->op == OP_GET_ACCOUNT)
        call->etag = ((const struct account_result *)out)->version;
}

bool reading_account_exists(struct reading *reading, struct call *call, uint64_t account)
{
    struct account_query args = {.given = 1, .account = account};
    struct query query = {.arena = call->arena, .problem = &call->problem};
    struct account_result ignored;
    enum status status = query_account(reading->views, &args, &query, &ignored);
    if (status != STATUS_ok && call->problem.status != status)
        problem_set(&call->problem, status, "%s", "");
    return status == STATUS_ok;
}
