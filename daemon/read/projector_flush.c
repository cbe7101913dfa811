/* Flushing: memory's dirty rows into views.db, in rounds of slices.
 *
 * A round takes the accounts that are dirty when it begins, in the order of their numbers, so that
 * each page of the file is written once, and with each of them all that stand in its chunk. An
 * account's row and all that waits beside it go in one transaction: whatever the file holds of an
 * account is complete up to the version in its row, and folding again from the checkpoint skips
 * exactly that. Folding goes on between the slices, so a row may be newer than the round's
 * checkpoint; `reached` in the file says how new at most. */
#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#include "host/log.h"
#include "host/metrics.h"
#include "read/projector_state.h"
#include "read/views_rows.h"

/* Bounds of a slice beside its time: accounts that were there before, and new ones. The search
 * does most of its work at the commit, past the clock: 256 openings take it a few milliseconds,
 * and some 12 when it merges. Nobody waits for the slices of a bulk load: large ones halve that
 * work. */
#define SLICE_ACCOUNTS_MAX 8192 /* also for a clock that stands still */
#define SLICE_OPENINGS_MAX 256
#define BULK_OPENINGS_MAX 65536
#define ROUND_LARGE 65536 /* putting that many accounts in order is a slice's work by itself */
#define GIVE_BACK_AFTER 65536

void projector_drop_round(struct projector *projector)
{
    free(projector->round.order);
    free(projector->round.entries);
    projector->round = (struct flush_round){0};
}

static bool begin_round(struct projector *projector)
{
    struct flush_round *round = &projector->round;

    if (projector->folded.record == projector->flushed.record)
        return false;
    round->count = pending_take(&projector->memory.pending, &round->order);
    round->written = 0;
    round->target = projector->folded;
    round->under_way = true;
    return true;
}

/* What waits beside the row. */
static bool write_entry(struct views_db *db, const struct pending_entry *entry)
{
    uint64_t account = account_row_number(entry->row);

    if (entry->opening != NULL && !views_rows_put_opening(db, entry->opening))
        return false;
    for (uint32_t i = 0; i < entry->step_count; i++) {
        if (!views_rows_put_step(db, account, &entry->steps[i]))
            return false;
    }
    return views_rows_put_months(db, account, entry->months, entry->month_count);
}

static void note_entry(struct flush_round *round, uint32_t index)
{
    if (round->entry_count == round->entry_room) {
        round->entry_room = round->entry_room == 0 ? 1024 : 2 * round->entry_room;
        round->entries = realloc(round->entries, round->entry_room * sizeof(*round->entries));
        CHECK(round->entries != NULL);
    }
    round->entries[round->entry_count++] = index;
}

/* Those that became dirty since the round began go along: their rows do, so what waits beside them
 * must. An account can have gone with another already; then nothing of its chunk may be dirty. */
static bool write_chunk(struct projector *projector, uint32_t number, size_t *openings)
{
    const struct pending *pending = &projector->memory.pending;
    struct flush_round *round = &projector->round;
    struct account_row *rows[ACCOUNT_RANGE_MAX];
    struct views_chunk chunk;
    size_t written = round->entry_count;

    chunk.number = number;
    chunk.count =
        account_table_range(&projector->memory.accounts, number * VIEWS_CHUNK, VIEWS_CHUNK, rows);
    for (unsigned i = 0; i < chunk.count; i++)
        __builtin_prefetch(pending_look(pending, rows[i]));
    for (unsigned i = 0; i < chunk.count; i++) {
        const struct pending_entry *entry = pending_look(pending, rows[i]);

        memcpy(&chunk.rows[i], rows[i], sizeof(chunk.rows[i]));
        chunk.rows[i].pending = 0;
        if (entry == NULL)
            continue;
        if (!write_entry(&projector->db, entry))
            return false;
        *openings += entry->opening != NULL;
        note_entry(round, rows[i]->pending - 1);
    }
    return round->entry_count == written || views_rows_put_chunk(&projector->db, &chunk);
}

static uint32_t chunk_at(const struct flush_round *round, size_t index)
{
    return (uint32_t)(round->order[index] >> 32) / VIEWS_CHUNK;
}

/* Writes chunks from the round's place on until the time is over; *end is where it stopped. */
static bool write_slice(struct projector *projector, int64_t budget_us, size_t *end)
{
    struct flush_round *round = &projector->round;
    size_t openings_max = budget_us < INT64_MAX ? SLICE_OPENINGS_MAX : BULK_OPENINGS_MAX;
    int64_t start = projector->clock->steady(projector->clock);
    struct views_meta meta = {.whole = projector->flushed, .reached = projector->replayed};
    size_t at = round->written, openings = 0;

    if (projector->folded.record >= meta.reached.record)
        meta.reached = projector->folded;
    round->entry_count = 0;
    if (!views_rows_begin(&projector->db))
        return false;
    while (at < round->count && round->entry_count - openings < SLICE_ACCOUNTS_MAX &&
           openings < openings_max) {
        uint32_t number = chunk_at(round, at);

        if (!write_chunk(projector, number, &openings))
            return false;
        while (at < round->count && chunk_at(round, at) == number)
            at++;
        if (projector->clock->steady(projector->clock) - start >= budget_us)
            break;
    }
    if (at == round->count)
        meta.whole = round->target;
    *end = at;
    return views_rows_put_meta(&projector->db, &meta) && views_rows_commit(&projector->db);
}

/* What was allocated piece by piece for rows that are written by now lies free between what is in
 * use: glibc keeps such memory until it is asked, which takes some 40 ms in a bank of a million
 * accounts. So it is asked when nothing is dirty, because then it is quiet, and once for so many
 * accounts, in however many rounds they went. */
static void give_back(struct projector *projector, size_t written)
{
    projector->written_since += written;
    if (projector->written_since < GIVE_BACK_AFTER || pending_count(&projector->memory.pending) > 0)
        return;
    projector->written_since = 0;
    (void)malloc_trim(0);
}

bool projector_flush(struct projector *projector, int64_t budget_us)
{
    struct flush_round *round = &projector->round;
    size_t end = 0;

    if (views_db_tidy_log(&projector->db))
        return projector->folded.record != projector->flushed.record;
    if (!round->under_way) {
        if (!begin_round(projector))
            return false;
        if (round->count >= ROUND_LARGE)
            return true;
    }
    if (!write_slice(projector, budget_us, &end)) {
        views_rows_rollback(&projector->db);
        log_error("read", "flushing the views failed; trying again later");
        return false;
    }
    memory_lock(&projector->memory);
    for (size_t i = 0; i < round->entry_count; i++)
        pending_done(&projector->memory.pending, round->entries[i]);
    memory_unlock(&projector->memory);
    round->written = end;
    metric_set(METRIC_projector_dirty_rows, pending_count(&projector->memory.pending));
    if (end < round->count)
        return true;
    size_t written = round->count;
    projector->flushed = round->target;
    projector_drop_round(projector);
    give_back(projector, written); /* before anybody hears of it */
    atomic_store(&projector->flushed_record, projector->flushed.record);
    metric_set(METRIC_projector_flushed_record, projector->flushed.record);
    return false;
}

bool projector_flush_all(struct projector *projector)
{
    while (projector->flushed.record != projector->folded.record) {
        uint64_t before = projector->flushed.record;
        bool under_way;

        do
            under_way = projector_flush(projector, INT64_MAX);
        while (under_way);
        if (projector->flushed.record == before)
            return false;
    }
    return true;
}
