#include "write/rebuild.h"

#include <inttypes.h>

#include "host/log.h"
#include "write/snapshot.h"

#define REBUILD_SCAN 65536u /* records asked of the journal at once */

#define STRIDE 4 /* records between two steps of fetching what one needs */
#define RING (4 * STRIDE)

/* Records take effect in their order, but three strides after they were read: meanwhile what each
 * will look up comes out of memory, as in ahead.h. */
struct replay {
    struct state *state;
    uint64_t snapshot_end;
    struct replayed ring[RING];
    size_t noted, placed, celled, taken;
    bool joins;
};

static void fetch_segments(struct replay *replay, const struct replayed *next)
{
    for (unsigned i = 0; i < next->record.leg_count; i++) {
        accounts_fetch_segment(&replay->state->accounts, next->record.legs[i].account);
    }
    if (next->has_key) {
        keys_fetch_segment(&replay->state->keys, next->print);
    }
}

static void fetch_places(struct replay *replay)
{
    const struct replayed *next = &replay->ring[replay->placed++ % RING];
    for (unsigned i = 0; i < next->record.leg_count; i++) {
        accounts_fetch_place(&replay->state->accounts, next->record.legs[i].account);
    }
    if (next->has_key) {
        keys_fetch_place(&replay->state->keys, next->print);
    }
}

static void fetch_cells(struct replay *replay)
{
    const struct replayed *next = &replay->ring[replay->celled++ % RING];
    for (unsigned i = 0; i < next->record.leg_count; i++) {
        accounts_fetch_cell(&replay->state->accounts, next->record.legs[i].account);
    }
}

static bool take(struct replay *replay)
{
    const struct replayed *next = &replay->ring[replay->taken++ % RING];
    replay->joins = state_replay(replay->state, next, replay->snapshot_end);
    return replay->joins;
}

static bool replay_record(void *context, const struct record *record,
                          const uint8_t hash[JOURNAL_HASH_SIZE], struct text body)
{
    struct replay *replay = context;
    struct replayed *newest = &replay->ring[replay->noted % RING];
    (void)hash;
    (void)body;
    replay->joins = state_replay_note(replay->state, record, newest);
    if (!replay->joins) {
        return false;
    }
    replay->noted++;
    fetch_segments(replay, newest);
    if (replay->noted - replay->placed > STRIDE) {
        fetch_places(replay);
    }
    if (replay->noted - replay->celled > 2 * STRIDE) {
        fetch_cells(replay);
    }
    return replay->noted - replay->taken <= 3 * STRIDE || take(replay);
}

/* What was read and has not taken effect. */
static bool take_rest(struct replay *replay)
{
    while (replay->joins && replay->taken < replay->noted) {
        replay->joins = take(replay);
    }
    replay->noted = replay->placed = replay->celled = replay->taken = 0;
    return replay->joins;
}

/* Replays what is behind the state; true when it ends exactly where the journal does. */
static bool replay_rest(struct state *state, struct journal_reader *reader,
                        const struct journal_head *head, uint64_t snapshot_end)
{
    struct replay replay = {.state = state, .snapshot_end = snapshot_end, .joins = true};
    enum journal_read read = JOURNAL_READ_OK;
    size_t count = 1;
    while (replay.joins && read == JOURNAL_READ_OK && count > 0 &&
           state->now.record < head->record) {
        read = journal_scan(reader, state->now.record + 1, REBUILD_SCAN, replay_record, &replay,
                            &count);
        if (!take_rest(&replay)) {
            return false;
        }
    }
    if (state->now.record != head->record || state->now.position != head->position ||
        state->now.at != head->at) {
        log_error("write", "journal does not replay to its head record=%" PRIu64 " head=%" PRIu64,
                  state->now.record, head->record);
        return false;
    }
    return true;
}

static bool replay_all(struct state *state, struct journal_reader *reader,
                       const struct journal_head *head, struct entropy *entropy)
{
    struct hash_key secret;
    entropy->fill(entropy, &secret, sizeof secret);
    state_init(state, secret);
    if (replay_rest(state, reader, head, 0)) {
        return true;
    }
    state_close(state);
    return false;
}

enum rebuilt rebuild_state(struct state *state, struct journal *journal, struct entropy *entropy,
                           const char *snapshot_path, uint64_t *snapshot_record)
{
    struct journal_head head;
    struct journal_reader *reader = journal_reader_open(journal);
    uint64_t snapshot_end = 0;
    enum rebuilt rebuilt = REBUILT_NOT;
    if (reader == NULL) {
        log_error("write", "journal cannot be read");
        return REBUILT_NOT;
    }
    journal_head(journal, &head);
    *snapshot_record = 0;
    if (snapshot_path != NULL && snapshot_load(snapshot_path, reader, state, &snapshot_end)) {
        *snapshot_record = state->now.record;
        if (replay_rest(state, reader, &head, snapshot_end)) {
            rebuilt = REBUILT_SNAPSHOT;
        } else {
            log_warning("write", "snapshot does not fit the journal, replaying all of it");
            state_close(state);
            *snapshot_record = 0;
        }
    }
    if (rebuilt == REBUILT_NOT && replay_all(state, reader, &head, entropy)) {
        rebuilt = REBUILT_REPLAYED;
    }
    journal_reader_close(&reader);
    return rebuilt;
}
