/* The projector: the read side's only writer. Folds records into memory, flushes to views.db.
 *
 * `struct projector` is the machine itself, driven step by step (simulation, rebuild, tests);
 * projector_thread.h puts it on a thread. "Seen" is the folded record: queries (queries.h) read
 * memory over views.db. The checkpoint in views.db is (record, hash), so that views of another
 * journal are known and rebuilt. Fold and flush run on one thread; queries on any. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/check.h"
#include "host/clock.h"
#include "journal/journal.h"

#define PROJECTOR_STEP_EVENTS 64  /* every 64th event of an account is a step */
#define PROJECTOR_LAG_MAX 1000000 /* records; beyond it commands are paused */
/* Records folded and not yet in views.db, which bounds what waits in memory and what a start has
 * to fold again. Beyond it commands are paused too, and the thread flushes instead of folding. */
#define PROJECTOR_UNFLUSHED_MAX 6000000

struct projector;

enum projector_open_result {
    PROJECTOR_OK,
    PROJECTOR_REBUILT, /* the old views were missing, old, damaged or another journal's: emptied */
    PROJECTOR_FAILED,
};

/* `path` of views.db, or NULL for views in memory. The reader becomes the projector's, which
 * closes it, in every case. */
enum projector_open_result projector_open(const char *path, struct journal_reader *journal,
                                          struct projector **out) MUST_USE;
/* Flushes everything when `clean`. Queries (views_close) go first. */
void projector_close(struct projector **projector, bool clean);
/* The clock that measures a slice; the machine's unless set. */
void projector_set_clock(struct projector *projector, struct clock *clock);
/* Before the first fold, for views in memory that are compared and never searched. */
void projector_leave_out_search(struct projector *projector);

/* Before the first fold, where a whole journal is to be folded and a processor is free: up to its
 * end the records are read ahead by another thread. The journal's reader is that thread's then. */
void projector_read_ahead(struct projector *projector);

/* Folds up to `max` further records, or a chunk more when it reads ahead; returns how many there
 * were (0: caught up), -1 on error. Records that do not join what the views say: the views are
 * emptied and folded anew, once; when that does not help it is an error, and seen stays before the
 * record. */
long projector_fold(struct projector *projector, size_t max) MUST_USE;
/* Writes one slice of dirty rows, for about `budget_us` (at least one row, or the order in which a
 * large round will write them); INT64_MAX: a large slice,
 * for bulk loads that nobody waits for. True when a flush is still under way. A round begins by
 * itself when none is under way and something is dirty: it takes what is dirty and the folded
 * record as the coming checkpoint. False also when writing failed (logged): nothing is lost, the
 * next call tries the same slice again. */
bool projector_flush(struct projector *projector, int64_t budget_us);
/* Flushes until views.db has all that is folded; false when writing fails. */
bool projector_flush_all(struct projector *projector) MUST_USE;

uint64_t projector_seen(const struct projector *projector);    /* any thread: last record folded */
uint64_t projector_flushed(const struct projector *projector); /* any thread: the checkpoint */
/* The projector's thread, for pacing: a round is under way; accounts views.db has not heard of. */
bool projector_is_flushing(const struct projector *projector);
size_t projector_openings(const struct projector *projector);
/* BLAKE2b over all accounts and rows, the same for the same journal however it was folded:
 * verify and the simulation compare it. Flushes first; false when that, or reading, fails. */
bool projector_digest(struct projector *projector, uint8_t out[JOURNAL_HASH_SIZE]) MUST_USE;
