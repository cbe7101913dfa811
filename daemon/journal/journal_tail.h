/* The tail: the journal's last records in memory, for readers of this process that follow it.
 *
 * Only what is committed is here, so a reader that finds a record in the tail has what it would
 * have found in the file; what is older it reads there. The writer adds whole batches, the
 * oldest go when there is no room. Any thread; a reader copies what it wants, at most
 * JOURNAL_TAIL_COPY records at a time, so that the writer never waits long. Private to this room.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "journal/journal.h"

#define JOURNAL_TAIL_BYTES ((size_t)4 << 20) /* of bodies */
#define JOURNAL_TAIL_RECORDS ((size_t)32768)
#define JOURNAL_TAIL_COPY ((size_t)128)

struct journal_tail;

struct journal_tail *journal_tail_new(void);
void journal_tail_free(struct journal_tail **tail);

/* After its commit. */
void journal_tail_add(struct journal_tail *tail, const struct journal_batch *batch,
                      const uint8_t (*hashes)[JOURNAL_HASH_SIZE]);
void journal_tail_clear(struct journal_tail *tail); /* nobody knows any more what is committed */

/* Wraps a reader, which becomes the new one's; it is closed before the tail is freed. */
struct journal_reader *journal_tail_reader(struct journal_tail *tail,
                                           struct journal_reader *file) MUST_USE;
