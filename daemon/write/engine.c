#include "write/engine.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "host/log.h"
#include "host/metrics.h"
#include "write/desk.h"
#include "write/open_batch.h"
#include "write/rebuild.h"
#include "write/snapshot.h"
#include "write/state.h"

#define SNAPSHOT_BYTES_PER_RECORD 256           /* written at most, on an average */
#define ENGINE_RECOVER_PAUSE_US INT64_C(200000) /* between tries to get the journal back */

/* How far the state may be trusted. Only a sound engine decides anything. */
enum phase {
    PHASE_SOUND,   /* between runs the state is what the journal says */
    PHASE_UNSURE,  /* the batch of `token` may or may not be in the journal */
    PHASE_STALE,   /* that is settled, but the state is not rebuilt yet */
    PHASE_STOPPED, /* somebody else writes this journal: for good */
};

struct engine {
    struct engine_config config;
    enum phase phase;
    struct journal_head head;   /* on disk and settled */
    struct journal_token token; /* PHASE_UNSURE */
    int64_t recover_at;         /* steady: the next try */
    struct state state;         /* not initialised while PHASE_STALE */
    enum rebuilt rebuilt;       /* how the state came about */
    struct open_batch *batch;   /* empty between runs */
    struct desk desk;
    struct snapshot *snapshot;  /* under way; or NULL */
    uint64_t snapshot_record;   /* where the newest one, or the last try, began; 0: none */
    uint64_t snapshot_slices;   /* that it has copied */
    uint64_t snapshot_placed;   /* where the one that is in place began; 0: none known */
    struct account_state shown; /* of engine_account */
};

struct engine *engine_open(const struct engine_config *config)
{
    struct engine *engine = calloc(1, sizeof *engine);
    CHECK(engine != NULL);
    engine->config = *config;
    engine->rebuilt = rebuild_state(&engine->state, config->journal, config->entropy,
                                    config->snapshot_path, &engine->snapshot_record);
    engine->snapshot_placed = engine->snapshot_record;
    if (engine->rebuilt == REBUILT_NOT) {
        free(engine);
        return NULL;
    }
    engine->batch = malloc(sizeof *engine->batch);
    CHECK(engine->batch != NULL);
    open_batch_init(engine->batch);
    desk_init(&engine->desk, &engine->state, engine->batch, config->clock);
    journal_head(config->journal, &engine->head);
    log_info("write", "the state is built record=%" PRIu64 " accounts=%zu keys=%zu snapshot=%s",
             engine->head.record, engine->state.accounts.count, engine->state.keys.count,
             engine->rebuilt == REBUILT_SNAPSHOT ? "yes" : "no");
    metric_set(METRIC_journal_record, engine->head.record);
    metric_set(METRIC_journal_position, engine->head.position);
    return engine;
}

static void begin_snapshot(struct engine *engine)
{
    engine->snapshot_record = engine->head.record;
    engine->snapshot_slices = 0;
    engine->snapshot = snapshot_begin(engine->config.snapshot_path, &engine->state, &engine->head);
}

static void last_snapshot(struct engine *engine)
{
    if (engine->config.snapshot_path == NULL || engine->phase != PHASE_SOUND) {
        return;
    }
    if (engine->head.record > 0 && engine->snapshot_placed == engine->head.record) {
        return; /* nothing came since */
    }
    if (engine->snapshot == NULL) {
        begin_snapshot(engine);
    }
    if (engine->snapshot != NULL &&
        snapshot_finish(engine->snapshot, &engine->state, &engine->head) == SNAPSHOT_DONE) {
        metric_add(METRIC_snapshots_total, 1);
    }
}

void engine_close(struct engine **address, bool clean)
{
    struct engine *engine = *address;
    if (engine == NULL) {
        return;
    }
    if (clean) {
        last_snapshot(engine);
    }
    snapshot_free(&engine->snapshot);
    if (engine->phase != PHASE_STALE) {
        state_close(&engine->state);
    }
    desk_close(&engine->desk);
    open_batch_close(engine->batch);
    free(engine->batch);
    free(engine);
    *address = NULL;
}

/* --- After a commit that failed ----------------------------------------------------------- */

static void stop_accepting(struct engine *engine, const char *reason)
{
    log_error("write", "no more commands: %s", reason);
    snapshot_free(&engine->snapshot);
    engine->phase = PHASE_STOPPED;
}

/* Asks the journal what became of the batch: OK there, CONFLICT not there, UNKNOWN not to tell. */
static enum journal_result settle(struct engine *engine)
{
    if (!journal_reopen(engine->config.journal)) {
        return JOURNAL_UNKNOWN;
    }
    enum journal_result found = journal_find(engine->config.journal, &engine->token);
    struct journal_token told = {.record = engine->head.record};
    memcpy(told.hash, engine->head.hash, sizeof told.hash);
    enum journal_result kept = told.record == 0 || found == JOURNAL_UNKNOWN
                                   ? JOURNAL_OK
                                   : journal_find(engine->config.journal, &told);
    if (found == JOURNAL_UNKNOWN || kept == JOURNAL_UNKNOWN) {
        return JOURNAL_UNKNOWN;
    }
    if (kept != JOURNAL_OK) {
        stop_accepting(engine, "the journal has lost records that were acknowledged");
        return JOURNAL_CONFLICT;
    }
    log_warning("write", "the journal is back, the batch is %s record=%" PRIu64,
                found == JOURNAL_OK ? "there" : "not there", engine->token.record);
    journal_head(engine->config.journal, &engine->head);
    /* The state ran ahead of the journal; whichever it was, it is built again from what is on
     * disk rather than mended. A snapshot under way shows the old one. */
    snapshot_free(&engine->snapshot);
    state_close(&engine->state);
    engine->phase = PHASE_STALE;
    return found;
}

static void rebuild(struct engine *engine)
{
    const struct engine_config *config = &engine->config;
    engine->rebuilt = rebuild_state(&engine->state, config->journal, config->entropy,
                                    config->snapshot_path, &engine->snapshot_record);
    engine->snapshot_placed = engine->snapshot_record;
    if (engine->rebuilt != REBUILT_NOT) {
        engine->phase = PHASE_SOUND;
    }
}

/* Tries to get from PHASE_UNSURE or PHASE_STALE back to PHASE_SOUND. What became of the batch is
 * returned; UNKNOWN when that was settled before, or is not settled yet. */
static enum journal_result recover(struct engine *engine)
{
    enum journal_result found = JOURNAL_UNKNOWN;
    if (engine->phase == PHASE_UNSURE) {
        found = settle(engine);
    }
    if (engine->phase == PHASE_STALE) {
        rebuild(engine);
    }
    struct clock *clock = engine->config.clock;
    engine->recover_at = clock->steady(clock) + ENGINE_RECOVER_PAUSE_US;
    return found;
}

static void recover_when_due(struct engine *engine)
{
    struct clock *clock = engine->config.clock;
    bool waits = engine->phase == PHASE_UNSURE || engine->phase == PHASE_STALE;
    if (waits && clock->steady(clock) >= engine->recover_at) {
        (void)recover(engine);
    }
}

/* --- Committing --------------------------------------------------------------------------- */

static enum journal_result submit(struct engine *engine)
{
    const struct open_batch *open = engine->batch;
    struct journal *journal = engine->config.journal;
    struct journal_batch batch = {
        .first = engine->head.record + 1,
        .count = open->count,
        .bytes = open->bytes.data,
        .ends = open->ends,
        .last_position = engine->state.now.position,
        .last_at = engine->state.now.at,
    };
    CHECK(engine->head.record + open->count == engine->state.now.record);
    enum journal_result result =
        journal_submit(journal, &batch, &engine->head, journal_epoch(journal), &engine->token);
    if (result == JOURNAL_UNKNOWN) {
        log_error("write", "commit failed, its outcome is unknown record=%" PRIu64,
                  engine->token.record);
        engine->phase = PHASE_UNSURE;
        desk_expect(&engine->desk, NULL);
        result = recover(engine);
        metric_add(METRIC_commit_failures_total, 1);
    } else if (result != JOURNAL_OK) {
        stop_accepting(engine, result == JOURNAL_FENCED ? "another writer has opened the journal"
                                                        : "another writer appended to the journal");
        metric_add(METRIC_commit_failures_total, 1);
    }
    return result;
}

static void count_verdicts(const struct open_batch *batch)
{
    uint64_t counts[VERDICT_FAILED + 1] = {0};
    for (size_t i = 0; i < batch->command_count; i++) {
        counts[batch->commands[i]->verdict]++;
    }
    metric_add(METRIC_commands_accepted_total, counts[VERDICT_ACCEPTED]);
    metric_add(METRIC_commands_refused_total, counts[VERDICT_REFUSED]);
    metric_add(METRIC_commands_replayed_total, counts[VERDICT_KNOWN]);
}

/* From here on the verdicts of the open batch are final, one way or the other. Everything that
 * was decided on a state ahead of the disk is in this batch: the state is ahead only while the
 * batch is open, and a batch that is not on disk takes all its verdicts with it. */
void engine_commit(struct engine *engine)
{
    struct open_batch *batch = engine->batch;
    enum journal_result result = batch->count > 0 ? submit(engine) : JOURNAL_OK;
    if (result == JOURNAL_OK) {
        if (batch->count > 0) {
            journal_head(engine->config.journal, &engine->head);
            metric_add(METRIC_commits_total, 1);
            metric_set(METRIC_journal_record, engine->head.record);
            metric_set(METRIC_journal_position, engine->head.position);
        }
        count_verdicts(batch);
    } else {
        for (size_t i = 0; i < batch->command_count; i++) {
            desk_fail(batch->commands[i], STATUS_unavailable);
        }
    }
    open_batch_clear(batch);
}

bool engine_has_uncommitted(const struct engine *engine)
{
    return engine->batch->count > 0;
}

/* --- Running ------------------------------------------------------------------------------ */

/* A place in the open batch for that many commands, with a sound state under it. */
static bool make_room(struct engine *engine, size_t commands)
{
    CHECK(commands <= OPEN_BATCH_COMMANDS_MAX);
    if (engine->phase == PHASE_SOUND && !open_batch_has_room(engine->batch, commands)) {
        engine_commit(engine);
    }
    return engine->phase == PHASE_SOUND;
}

static void run_atomic(struct engine *engine, struct engine_request *request)
{
    if (make_room(engine, request->count)) {
        desk_decide_atomic(&engine->desk, request);
        return;
    }
    for (size_t i = 0; i < request->count; i++) {
        desk_fail(&request->commands[i], STATUS_unavailable);
    }
}

static void run_each(struct engine *engine, struct engine_request *request)
{
    for (size_t i = 0; i < request->count; i++) {
        if (make_room(engine, 1)) {
            desk_decide(&engine->desk, request, &request->commands[i]);
        } else {
            desk_fail(&request->commands[i], STATUS_unavailable);
        }
    }
}

void engine_decide(struct engine *engine, struct engine_request *requests)
{
    recover_when_due(engine);
    desk_expect(&engine->desk, engine->phase == PHASE_SOUND ? requests : NULL);
    for (struct engine_request *request = requests; request != NULL; request = request->next) {
        if (request->atomic) {
            run_atomic(engine, request);
        } else {
            run_each(engine, request);
        }
    }
}

void engine_run(struct engine *engine, struct engine_request *requests)
{
    engine_decide(engine, requests);
    engine_commit(engine);
}

/* --- Between runs ------------------------------------------------------------------------- */

/* Large snapshots are spaced, or they would cost more than the journal. */
static uint64_t snapshot_every(const struct engine *engine)
{
    uint64_t spaced = snapshot_size(&engine->state) / SNAPSHOT_BYTES_PER_RECORD;
    return spaced > engine->config.snapshot_every ? spaced : engine->config.snapshot_every;
}

static bool snapshot_due(const struct engine *engine)
{
    const struct engine_config *config = &engine->config;
    return config->snapshot_path != NULL && config->snapshot_every > 0 &&
           engine->head.record - engine->snapshot_record >= snapshot_every(engine);
}

/* What a start has to replay is what came since the newest one began: under load it must not take
 * long, so it is written at the pace of the records, in half of what lies between two. */
static uint64_t slices_due(const struct engine *engine)
{
    uint64_t records = engine->head.record - engine->snapshot_record;
    uint64_t slices = snapshot_size(&engine->state) / SNAPSHOT_SLICE_MAX;
    return 2 * slices * records / snapshot_every(engine);
}

static enum snapshot_result copy_slices(struct engine *engine)
{
    uint64_t due = slices_due(engine);
    enum snapshot_result result;
    do {
        result = snapshot_step(engine->snapshot, &engine->state, &engine->head);
        engine->snapshot_slices += result == SNAPSHOT_MORE;
    } while (result == SNAPSHOT_MORE && engine->snapshot_slices < due);
    return result;
}

static enum engine_rest step_snapshot(struct engine *engine)
{
    if (engine->snapshot == NULL) {
        if (!snapshot_due(engine)) {
            return ENGINE_REST;
        }
        begin_snapshot(engine);
        return engine->snapshot != NULL ? ENGINE_REST_MORE : ENGINE_REST;
    }
    switch (copy_slices(engine)) {
    case SNAPSHOT_MORE:
        return ENGINE_REST_MORE;
    case SNAPSHOT_WAITING:
        return ENGINE_REST_SOON;
    case SNAPSHOT_DONE:
        engine->snapshot_placed = engine->snapshot_record;
        metric_add(METRIC_snapshots_total, 1);
        break;
    case SNAPSHOT_FAILED:
        break;
    }
    snapshot_free(&engine->snapshot);
    return ENGINE_REST;
}

enum engine_rest engine_idle(struct engine *engine)
{
    struct clock *clock = engine->config.clock;
    recover_when_due(engine);
    if (engine->phase != PHASE_SOUND) {
        return ENGINE_REST;
    }
    journal_witness(engine->config.journal, clock->steady(clock));
    return step_snapshot(engine);
}

uint64_t engine_committed(const struct engine *engine)
{
    return engine->head.record;
}

int64_t engine_last_at(const struct engine *engine)
{
    return engine->head.at;
}

const struct account_state *engine_account(struct engine *engine, uint64_t account)
{
    const struct account_cell *cell =
        engine->phase == PHASE_STALE ? NULL : accounts_find(&engine->state.accounts, account);
    if (cell == NULL) {
        return NULL;
    }
    account_cell_get(cell, &engine->shown);
    return &engine->shown;
}

bool engine_only_imports(const struct engine *engine)
{
    return engine->phase != PHASE_STALE && engine->state.now.only_imports;
}

uint64_t engine_known(const struct engine *engine, struct text principal, struct text key)
{
    if (engine->phase == PHASE_STALE)
        return 0;
    const struct keys *keys = &engine->state.keys;
    return keys_find(keys, keys_fingerprint(keys, principal, key));
}

bool engine_used_snapshot(const struct engine *engine)
{
    return engine->rebuilt == REBUILT_SNAPSHOT;
}
