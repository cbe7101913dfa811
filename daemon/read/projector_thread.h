/* The projector on its thread. Woken after each commit; folds, then flushes in slices of at most
 * 20 ms between folds; tells listeners when "seen" has moved.
 *
 * Folding always goes before flushing, and slices are short while records arrive: a query that
 * waits for its own write waits for one slice at most, and while many records wait to be folded
 * (a start after a crash) no slice is written before half of PROJECTOR_UNFLUSHED_MAX. A round of
 * flushing begins when nothing has come for PROJECTOR_QUIET_MS (so that a quiet bank's views.db is
 * up to date), and under load only every PROJECTOR_ROUND_MS or PROJECTOR_ROUND_RECORDS: the more
 * changes a round takes, the fewer rows and pages it writes for each. It begins earlier for
 * PROJECTOR_ROUND_OPENINGS new accounts, which a search has to look through one by one until they
 * are in views.db. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "read/projector.h"

#define PROJECTOR_QUIET_MS 200
#define PROJECTOR_ROUND_MS 60000
#define PROJECTOR_ROUND_RECORDS 2000000
#define PROJECTOR_ROUND_OPENINGS 4096

struct projector_thread;

struct projector_thread *
projector_thread_start(struct projector *projector) MUST_USE; /* takes it */
/* Flushes everything and closes the projector; whoever has views open on it closes them before. */
void projector_thread_stop(struct projector_thread **thread);
struct projector *projector_thread_projector(struct projector_thread *thread);

void projector_wake(struct projector_thread *thread); /* any thread; cheap */
/* There are new records. Wakes it when somebody waits for them, or when it would not look by
 * itself within a millisecond. */
void projector_hint(struct projector_thread *thread); /* any thread; cheap */
/* Writes `fd` (an eventfd) once after "seen" reaches `record`; one outstanding request a fd, the
 * lowest record counts. Returns false when it is there already (nothing is written). */
bool projector_notify(struct projector_thread *thread, int fd, uint64_t record) MUST_USE;
/* On return `fd` is not written any more. */
void projector_forget(struct projector_thread *thread, int fd);
/* Another bound than PROJECTOR_LAG_MAX. */
void projector_set_lag_max(struct projector_thread *thread, uint64_t records);
void projector_set_unflushed_max(struct projector_thread *thread, uint64_t records);
/* Called on the projector's thread when the lag passes the bound, and when it is back at half of
 * it: PROJECTOR_LAG_MAX records not folded, or PROJECTOR_UNFLUSHED_MAX not flushed. Set once; when
 * it lags already the call comes with the next records. */
void projector_on_lag(struct projector_thread *thread, void (*call)(void *context, bool lagging),
                      void *context);
