/* Where a snapshot's bytes go: a file beside its place, written by a thread of its own, which also
 * sums them up, waits for the disk and puts the file in place.
 *
 * Bytes go past the page cache where the file system lets them (open(2), O_DIRECT): nobody reads a
 * snapshot while the daemon runs, and copying a large one into fresh pages of the cache took more
 * of the processor than everything else about it. One that is written at the end is kept in the
 * cache, for the start that follows.
 *
 * The caller's thread fills slices; one that was handed over is the writer's until it is written.
 * All calls from that one thread. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/bytes.h"
#include "base/check.h"

#define SNAPSHOT_SLICES 16u /* on their way to the disk at most: some 4 MB */

struct snapshot_writer;

/* Slices hold up to `slice_max` bytes. NULL, and logged: there is no file or no thread. */
struct snapshot_writer *snapshot_writer_open(const char *path, size_t slice_max) MUST_USE;
/* From here on what is written stays in the page cache too. */
void snapshot_writer_keep_cached(struct snapshot_writer *writer);
/* An empty slice to fill; NULL while all are on their way. */
struct bytes *snapshot_writer_slice(struct snapshot_writer *writer) MUST_USE;
void snapshot_writer_hand_over(struct snapshot_writer *writer); /* the slice given last */
/* Nothing more comes: the sum goes behind it, and the file into place. */
void snapshot_writer_end(struct snapshot_writer *writer);

enum snapshot_written { SNAPSHOT_WRITING, SNAPSHOT_IN_PLACE, SNAPSHOT_NOT_WRITTEN };
enum snapshot_written snapshot_writer_state(struct snapshot_writer *writer) MUST_USE;
/* Waits for a slice to be free or, after the end, for the end. */
void snapshot_writer_wait(struct snapshot_writer *writer);

/* Gives up what is not in place. */
void snapshot_writer_free(struct snapshot_writer **writer);
