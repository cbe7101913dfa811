#include "write/snapshot.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <libgen.h>
#include <limits.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/bytes.h"
#include "host/folder.h"
#include "host/log.h"
#include "host/thread.h"
#include "write/snapshot_file.h"

enum part { PART_ACCOUNTS, PART_KEYS, PART_END, PART_SYNC };

struct snapshot {
    char path[PATH_MAX], temporary[PATH_MAX];
    int fd;
    enum part part;
    size_t slot, slots; /* accounts written, accounts to write */
    struct keys_cursor cursor;
    XXH64_state_t sum;
    struct bytes slice;
    bool failed;

    bool threaded;
    pthread_t thread;
    atomic_int synced; /* 0: not yet, 1: in place, -1: failed */
};

static void complain(struct snapshot *snapshot, const char *doing)
{
    log_warning("write", "snapshot given up doing=%s error=\"%s\"", doing, strerror(errno));
    snapshot->failed = true;
}

static void put(struct snapshot *snapshot, const void *data, size_t size)
{
    bytes_put(&snapshot->slice, data, size);
}

static void write_slice(struct snapshot *snapshot)
{
    const uint8_t *data = snapshot->slice.data;
    size_t left = snapshot->slice.size;
    CHECK(!snapshot->slice.overflow);
    while (left > 0 && !snapshot->failed) {
        ssize_t written = write(snapshot->fd, data, left);
        if (written > 0) {
            data += written;
            left -= (size_t)written;
        } else if (errno != EINTR) {
            complain(snapshot, "write");
        }
    }
    bytes_clear(&snapshot->slice);
}

/* Everything but the checksum itself goes into the checksum. */
static void write_summed(struct snapshot *snapshot)
{
    CHECK(XXH64_update(&snapshot->sum, snapshot->slice.data, snapshot->slice.size) == XXH_OK);
    write_slice(snapshot);
}

static void put_header(struct snapshot *snapshot, const struct state *state,
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
    put(snapshot, &header, sizeof header);
}

struct snapshot *snapshot_begin(const char *path, const struct state *state,
                                const struct journal_head *head)
{
    CHECK(head->record == state->now.record);
    struct snapshot *snapshot = calloc(1, sizeof *snapshot);
    CHECK(snapshot != NULL);
    bytes_init(&snapshot->slice, SNAPSHOT_SLICE_MAX + KEYS_EXPORT_MAX);
    CHECK(XXH64_reset(&snapshot->sum, 0) == XXH_OK);
    int size = snprintf(snapshot->path, sizeof snapshot->path, "%s", path);
    int longer = snprintf(snapshot->temporary, sizeof snapshot->temporary, "%s.new", path);
    CHECK(size > 0 && longer > 0 && (size_t)longer < sizeof snapshot->temporary);
    snapshot->slots = state->accounts.count;
    snapshot->fd =
        open(snapshot->temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (snapshot->fd < 0) {
        complain(snapshot, "open");
        snapshot_free(&snapshot);
        return NULL;
    }
    put_header(snapshot, state, head);
    return snapshot;
}

static void step_accounts(struct snapshot *snapshot, const struct state *state)
{
    while (snapshot->slot < snapshot->slots &&
           snapshot->slice.size + sizeof(struct account_cell) <= SNAPSHOT_SLICE_MAX) {
        put(snapshot, accounts_at(&state->accounts, snapshot->slot++), sizeof(struct account_cell));
    }
    if (snapshot->slot == snapshot->slots) {
        snapshot->part = PART_KEYS;
    }
}

static void step_keys(struct snapshot *snapshot, const struct state *state)
{
    bool more = true;
    while (more && snapshot->slice.size < SNAPSHOT_SLICE_MAX) {
        more = keys_export(&state->keys, &snapshot->cursor, &snapshot->slice);
    }
    if (!more) {
        struct keys_segment end = {.depth = SNAPSHOT_KEYS_END};
        put(snapshot, &end, sizeof end);
        snapshot->part = PART_END;
    }
}

static void step_end(struct snapshot *snapshot, const struct journal_head *head)
{
    struct snapshot_trailer trailer = {.record = head->record};
    memcpy(trailer.hash, head->hash, sizeof trailer.hash);
    put(snapshot, &trailer, sizeof trailer);
    write_summed(snapshot);
    uint64_t checksum = XXH64_digest(&snapshot->sum);
    put(snapshot, &checksum, sizeof checksum);
    write_slice(snapshot);
    snapshot->part = PART_SYNC;
}

/* Nothing of the state is touched here, so it may take as long as the disk likes. */
static void *sync_file(void *context)
{
    struct snapshot *snapshot = context;
    char path[PATH_MAX];
    memcpy(path, snapshot->path, sizeof path);
    bool done = fsync(snapshot->fd) == 0 && rename(snapshot->temporary, snapshot->path) == 0 &&
                folder_fsync(dirname(path));
    if (!done) {
        log_warning("write", "snapshot given up doing=sync error=\"%s\"", strerror(errno));
    }
    atomic_store(&snapshot->synced, done ? 1 : -1);
    return NULL;
}

static void start_sync(struct snapshot *snapshot)
{
    snapshot->threaded = thread_start(&snapshot->thread, "teller-sync", sync_file, snapshot);
    if (!snapshot->threaded) {
        (void)sync_file(snapshot);
    }
}

static enum snapshot_result synced(const struct snapshot *snapshot)
{
    switch (atomic_load(&snapshot->synced)) {
    case 0:
        return SNAPSHOT_SYNCING;
    case 1:
        return SNAPSHOT_DONE;
    default:
        return SNAPSHOT_FAILED;
    }
}

static void write_step(struct snapshot *snapshot, const struct state *state,
                       const struct journal_head *head)
{
    switch (snapshot->part) {
    case PART_ACCOUNTS:
        step_accounts(snapshot, state);
        write_summed(snapshot);
        break;
    case PART_KEYS:
        step_keys(snapshot, state);
        write_summed(snapshot);
        break;
    case PART_END:
        step_end(snapshot, head);
        break;
    case PART_SYNC:
        break;
    }
}

enum snapshot_result snapshot_step(struct snapshot *snapshot, const struct state *state,
                                   const struct journal_head *head)
{
    CHECK(head->record == state->now.record);
    if (snapshot->part == PART_SYNC) {
        return synced(snapshot);
    }
    write_step(snapshot, state, head);
    if (snapshot->failed) {
        return SNAPSHOT_FAILED;
    }
    if (snapshot->part != PART_SYNC) {
        return SNAPSHOT_MORE;
    }
    start_sync(snapshot);
    return SNAPSHOT_SYNCING;
}

enum snapshot_result snapshot_finish(struct snapshot *snapshot, const struct state *state,
                                     const struct journal_head *head)
{
    enum snapshot_result result;
    do {
        result = snapshot_step(snapshot, state, head);
    } while (result == SNAPSHOT_MORE);
    if (result == SNAPSHOT_SYNCING && snapshot->threaded) {
        CHECK(pthread_join(snapshot->thread, NULL) == 0);
        snapshot->threaded = false;
    }
    return result == SNAPSHOT_SYNCING ? synced(snapshot) : result;
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
    if (snapshot->threaded) {
        CHECK(pthread_join(snapshot->thread, NULL) == 0);
    }
    if (snapshot->fd >= 0) {
        (void)close(snapshot->fd);
        if (atomic_load(&snapshot->synced) != 1) {
            (void)unlink(snapshot->temporary);
        }
    }
    bytes_close(&snapshot->slice);
    free(snapshot);
    *address = NULL;
}
