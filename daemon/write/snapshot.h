/* Snapshots of the engine's state: a cache that makes the next start quick, nothing more. One
 * that is missing, damaged, old or of another journal is thrown away and everything is replayed.
 *
 * A snapshot is written in slices while the engine goes on, so its parts are of different
 * moments, from its start record to its end record. Every account's entry has its version and
 * keys are added only once: replaying from the start makes it exact. The engine's thread copies its
 * state into slices; everything else is snapshot_writer.h's.
 *
 * File: header, account cells and key segments as they are in memory, so that loading is little
 * more than reading, end record and its hash, checksum of all that. It is read by the machine that
 * wrote it: native byte order. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/check.h"
#include "journal/journal.h"
#include "write/state.h"

#define SNAPSHOT_FORMAT 3u
#define SNAPSHOT_SLICE_MAX (256u * 1024) /* bytes copied in one step */

struct snapshot;

/* Begins beside `path`; NULL, and logged, when the file cannot be made. */
struct snapshot *snapshot_begin(const char *path, const struct state *state,
                                const struct journal_head *head) MUST_USE;

enum snapshot_result {
    SNAPSHOT_MORE,    /* call again at once */
    SNAPSHOT_WAITING, /* the disk is behind: call again some time */
    SNAPSHOT_DONE,    /* in place; snapshot_free it */
    SNAPSHOT_FAILED,  /* logged; snapshot_free it */
};
/* One slice. Between batches only: state and head are on disk. */
enum snapshot_result snapshot_step(struct snapshot *snapshot, const struct state *state,
                                   const struct journal_head *head) MUST_USE;
/* The rest at once, waiting for the disk. */
enum snapshot_result snapshot_finish(struct snapshot *snapshot, const struct state *state,
                                     const struct journal_head *head) MUST_USE;
/* About how many bytes a snapshot of this state has: what to pace and space them by. */
size_t snapshot_size(const struct state *state);
/* Gives up what is not in place. */
void snapshot_free(struct snapshot **snapshot);

/* Loads `path` into a state that was not initialised. `end` is the newest record any part can
 * show. False: no use; the state is then closed. */
bool snapshot_load(const char *path, struct journal_reader *reader, struct state *state,
                   uint64_t *end) MUST_USE;
