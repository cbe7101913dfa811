#include "read/projector.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/log.h"
#include "host/metrics.h"
#include "read/fold.h"
#include "read/projector_state.h"

#define FETCH_STRIDE 8 /* records between two steps of fetching what is looked up */

static bool checkpoint_is_of(struct projector *projector, const struct checkpoint *point)
{
    uint8_t hash[JOURNAL_HASH_SIZE];
    struct text body;

    if (point->record == 0)
        return true;
    return journal_read(projector->journal, point->record, &body, hash) == JOURNAL_READ_OK &&
           memcmp(hash, point->hash, sizeof(hash)) == 0;
}

static void set_folded(struct projector *projector, const struct checkpoint *point)
{
    projector->folded = *point;
    atomic_store(&projector->seen, point->record);
    metric_set(METRIC_projector_record, point->record);
}

/* Takes over what the file says; false: *why says why it cannot be believed. */
static bool adopt(struct projector *projector, const char **why)
{
    struct record record = {0};
    struct views_meta meta;

    if (!views_db_open(&projector->db, why))
        return false;
    if (!views_db_meta(projector->db.handle, &meta))
        *why = "the checkpoint cannot be read";
    else if (!checkpoint_is_of(projector, &meta.whole) ||
             !checkpoint_is_of(projector, &meta.reached))
        *why = "they belong to another journal";
    else if (meta.whole.record != 0 &&
             journal_read_record(projector->journal, meta.whole.record, &record) != JOURNAL_READ_OK)
        *why = "the journal's record at the checkpoint cannot be read";
    else if (!views_db_load(&projector->db, meta.reached.record, &projector->memory.accounts))
        *why = "a row is damaged";
    else {
        projector->memory.seen_at = record.at;
        set_folded(projector, &meta.whole);
        projector->flushed = meta.whole;
        projector->replayed = meta.reached;
        atomic_store(&projector->flushed_record, meta.whole.record);
        return true;
    }
    memory_clear(&projector->memory);
    views_db_close(&projector->db);
    return false;
}

enum projector_open_result projector_open(const char *path, struct journal_reader *journal,
                                          struct projector **out)
{
    struct projector *projector = calloc(1, sizeof(*projector));
    enum projector_open_result result = PROJECTOR_OK;
    const char *why = "";

    CHECK(projector != NULL);
    gather_init(&projector->chunk);
    projector->journal = journal;
    projector->clock = clock_system();
    memory_init(&projector->memory);
    views_db_init(&projector->db, path);
    if (!adopt(projector, &why)) {
        if (path != NULL)
            log_info("read", "building the views from the journal: %s", why);
        result = views_db_create(&projector->db) ? PROJECTOR_REBUILT : PROJECTOR_FAILED;
    }
    metric_set(METRIC_projector_flushed_record, projector->flushed.record);
    *out = projector;
    if (result == PROJECTOR_FAILED)
        projector_close(out, false);
    return result;
}

/* What comes now is read as it comes: at the journal's end, or from another place on. */
static void stop_reading_ahead(struct projector *projector)
{
    projector->reads_ahead = false;
    gather_ahead_stop(&projector->ahead);
}

void projector_close(struct projector **out, bool clean)
{
    struct projector *projector = *out;

    if (projector == NULL)
        return;
    stop_reading_ahead(projector);
    if (clean && !projector_flush_all(projector))
        log_warning("read", "the views are behind: the next start folds the rest");
    projector_drop_round(projector);
    views_db_free(&projector->db);
    memory_close(&projector->memory);
    journal_reader_close(&projector->journal);
    gather_close(&projector->chunk);
    free(projector);
    *out = NULL;
}

void projector_set_clock(struct projector *projector, struct clock *clock)
{
    projector->clock = clock;
}

void projector_leave_out_search(struct projector *projector)
{
    projector->db.unsearched = true;
}

void projector_read_ahead(struct projector *projector)
{
    projector->reads_ahead = true;
}

/* The next records, by whichever way: at most `max`, or what a chunk read ahead has. */
static struct gather *next_chunk(struct projector *projector, size_t max)
{
    uint64_t next = projector->folded.record + 1;

    if (projector->reads_ahead && projector->ahead == NULL)
        projector->ahead = gather_ahead_start(projector->journal, next);
    if (projector->ahead != NULL)
        return gather_ahead_take(projector->ahead);
    gather_read(&projector->chunk, projector->journal, next, max);
    return &projector->chunk;
}

/* Starts over with nothing, when the views turn out to say other things than the journal. */
static bool heal(struct projector *projector, uint64_t record)
{
    struct checkpoint nothing = {0};

    if (projector->healed) {
        log_error("read", "record %" PRIu64 " does not join the ones before it", record);
        return false;
    }
    log_warning("read", "the views do not join record %" PRIu64 ": folding all of it anew", record);
    if (!views_db_empty(&projector->db))
        return false; /* all stays as it is, and the next fold tries again */
    projector->healed = true;
    projector_drop_round(projector);
    memory_lock(&projector->memory);
    memory_clear(&projector->memory);
    memory_unlock(&projector->memory);
    projector->replayed = nothing;
    projector->flushed = nothing;
    atomic_store(&projector->flushed_record, 0);
    set_folded(projector, &nothing);
    return true;
}

/* Asks memory for what the records further down the chunk will look up. */
static void look_ahead(const struct projector *projector, const struct gather *gather, size_t item)
{
    const struct account_table *accounts = &projector->memory.accounts;

    if (item + 2 * FETCH_STRIDE < gather->count) {
        const struct record *record = &gather->items[item + 2 * FETCH_STRIDE].record;

        for (unsigned i = 0; i < record->leg_count; i++)
            account_table_fetch_place(accounts, record->legs[i].account);
    }
    if (item + FETCH_STRIDE < gather->count) {
        const struct record *record = &gather->items[item + FETCH_STRIDE].record;

        for (unsigned i = 0; i < record->leg_count; i++)
            account_table_fetch_row(accounts, record->legs[i].account);
    }
}

/* True: all of the chunk is folded. False: it stopped at items[*done]. */
static bool fold_chunk(struct projector *projector, struct gather *gather, size_t *done)
{
    bool joins = true;

    *done = 0;
    memory_lock(&projector->memory);
    while (joins && *done < gather->count) {
        struct gathered *item = &gather->items[*done];

        look_ahead(projector, gather, *done);
        joins = item->record.number == projector->folded.record + *done + 1 &&
                fold_record(&projector->memory, &item->record, projector->replayed.record,
                            item->opening);
        item->opening = NULL;
        *done += joins;
    }
    if (*done > 0)
        projector->memory.seen_at = gather->items[*done - 1].record.at;
    memory_unlock(&projector->memory);
    if (!joins)
        gather_drop(gather, *done);
    return joins;
}

static void fold_reached(struct projector *projector, const struct gathered *last)
{
    struct checkpoint point = {.record = last->record.number};

    memcpy(point.hash, last->hash, sizeof(point.hash));
    set_folded(projector, &point);
}

long projector_fold(struct projector *projector, size_t max)
{
    size_t folded = 0;

    while (folded < max) {
        struct gather *gather = next_chunk(projector, max - folded);
        enum journal_read read = gather->read;
        bool ends = gather->ends;
        size_t done;
        bool joins = fold_chunk(projector, gather, &done);

        if (done > 0)
            fold_reached(projector, &gather->items[done - 1]);
        folded += done;
        if (ends || !joins)
            stop_reading_ahead(projector);
        metric_set(METRIC_projector_dirty_rows, pending_count(&projector->memory.pending));
        if (!joins && !heal(projector, projector->folded.record + 1))
            return -1;
        if (read == JOURNAL_READ_ERROR) {
            log_error("read", "record %" PRIu64 " cannot be read", projector->folded.record + 1);
            return folded > 0 ? (long)folded : -1;
        }
        if (joins && ends)
            break;
    }
    return (long)folded;
}

uint64_t projector_seen(const struct projector *projector)
{
    return atomic_load(&projector->seen);
}

uint64_t projector_flushed(const struct projector *projector)
{
    return atomic_load(&projector->flushed_record);
}

bool projector_is_flushing(const struct projector *projector)
{
    return projector->round.under_way;
}

size_t projector_openings(const struct projector *projector)
{
    return projector->memory.pending.opening_count;
}
