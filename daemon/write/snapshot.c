#include "write/snapshot.h"

#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "write/snapshot_file.h"
#include "write/snapshot_writer.h"

enum part { PART_ACCOUNTS, PART_KEYS, PART_END, PART_DISK };

struct snapshot {
    struct snapshot_writer *writer;
    enum part part;
    size_t slot, slots; /* accounts written, accounts to write */
    struct keys_cursor cursor;
};

static void put_header(struct bytes *slice, const struct state *state,
                       const struct journal_head *head)
{
    struct snapshot_header header = {
        .magic = SNAPSHOT_MAGIC,
        .format = SNAPSHOT_FORMAT,
        .cell_size = sizeof(struct account_cell),
        .record = state->now.record,
        .position = state->now.position,
        .at = state->now.at,
        .secret = state->keys.secret,
        .account_count = state->accounts.count,
        .free_sequence = state->now.free_sequence,
        .only_imports = state->now.only_imports,
    };
    memcpy(header.hash, head->hash, sizeof header.hash);
    bytes_put(slice, &header, sizeof header);
}

struct snapshot *snapshot_begin(const char *path, const struct state *state,
                                const struct journal_head *head)
{
    CHECK(head->record == state->now.record);
    struct snapshot_writer *writer =
        snapshot_writer_open(path, SNAPSHOT_SLICE_MAX + KEYS_EXPORT_MAX);
    if (writer == NULL) {
        return NULL;
    }
    struct bytes *slice = snapshot_writer_slice(writer);
    CHECK(slice != NULL);
    put_header(slice, state, head);
    snapshot_writer_hand_over(writer);
    struct snapshot *snapshot = calloc(1, sizeof *snapshot);
    CHECK(snapshot != NULL);
    snapshot->writer = writer;
    snapshot->slots = state->accounts.count;
    return snapshot;
}

static void step_accounts(struct snapshot *snapshot, const struct state *state, struct bytes *slice)
{
    while (snapshot->slot < snapshot->slots &&
           slice->size + sizeof(struct account_cell) <= SNAPSHOT_SLICE_MAX) {
        bytes_put(slice, accounts_at(&state->accounts, snapshot->slot++),
                  sizeof(struct account_cell));
    }
    if (snapshot->slot == snapshot->slots) {
        snapshot->part = PART_KEYS;
    }
}

static void step_keys(struct snapshot *snapshot, const struct state *state, struct bytes *slice)
{
    bool more = true;
    while (more && slice->size < SNAPSHOT_SLICE_MAX) {
        more = keys_export(&state->keys, &snapshot->cursor, slice);
    }
    if (!more) {
        struct keys_segment end = {.depth = SNAPSHOT_KEYS_END};
        bytes_put(slice, &end, sizeof end);
        snapshot->part = PART_END;
    }
}

static void step_end(struct snapshot *snapshot, const struct journal_head *head,
                     struct bytes *slice)
{
    struct snapshot_trailer trailer = {.record = head->record};
    memcpy(trailer.hash, head->hash, sizeof trailer.hash);
    bytes_put(slice, &trailer, sizeof trailer);
    snapshot->part = PART_DISK;
}

static void fill(struct snapshot *snapshot, const struct state *state,
                 const struct journal_head *head, struct bytes *slice)
{
    switch (snapshot->part) {
    case PART_ACCOUNTS:
        step_accounts(snapshot, state, slice);
        break;
    case PART_KEYS:
        step_keys(snapshot, state, slice);
        break;
    case PART_END:
        step_end(snapshot, head, slice);
        break;
    case PART_DISK:
        break;
    }
}

enum snapshot_result snapshot_step(struct snapshot *snapshot, const struct state *state,
                                   const struct journal_head *head)
{
    CHECK(head->record == state->now.record);
    switch (snapshot_writer_state(snapshot->writer)) {
    case SNAPSHOT_WRITING:
        break;
    case SNAPSHOT_IN_PLACE:
        return SNAPSHOT_DONE;
    case SNAPSHOT_NOT_WRITTEN:
        return SNAPSHOT_FAILED;
    }
    struct bytes *slice =
        snapshot->part == PART_DISK ? NULL : snapshot_writer_slice(snapshot->writer);
    if (slice == NULL) {
        return SNAPSHOT_WAITING;
    }
    fill(snapshot, state, head, slice);
    snapshot_writer_hand_over(snapshot->writer);
    if (snapshot->part == PART_DISK) {
        snapshot_writer_end(snapshot->writer);
    }
    return SNAPSHOT_MORE;
}

enum snapshot_result snapshot_finish(struct snapshot *snapshot, const struct state *state,
                                     const struct journal_head *head)
{
    enum snapshot_result result;
    snapshot_writer_keep_cached(snapshot->writer);
    while ((result = snapshot_step(snapshot, state, head)) == SNAPSHOT_MORE ||
           result == SNAPSHOT_WAITING) {
        snapshot_writer_wait(snapshot->writer);
    }
    return result;
}

size_t snapshot_size(const struct state *state)
{
    return state->accounts.count * sizeof(struct account_cell) + keys_memory(&state->keys);
}

void snapshot_free(struct snapshot **address)
{
    struct snapshot *snapshot = *address;
    if (snapshot == NULL) {
        return;
    }
    snapshot_writer_free(&snapshot->writer);
    free(snapshot);
    *address = NULL;
}
