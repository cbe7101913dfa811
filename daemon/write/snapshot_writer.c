#include "write/snapshot_writer.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host/folder.h"
#include "host/log.h"
#include "host/thread.h"
#include "write/snapshot_file.h"

#define BLOCK_SIZE (256u * 1024)
#define BLOCK_ALIGNMENT 4096u /* what disks ask of memory, length and place that pass the cache */

struct snapshot_writer {
    char path[PATH_MAX], temporary[PATH_MAX];
    pthread_t thread;
    bool threaded;

    /* The thread's own. */
    int fd;
    XXH64_state_t sum;
    uint8_t *block; /* filled, then written: all but the last one whole */
    size_t block_size;

    pthread_mutex_t mutex;
    pthread_cond_t changed;
    /* Under the mutex; both counts go on. The slices between them are the thread's. */
    size_t filled, written;
    bool ended, given_up, cached;
    enum snapshot_written state;

    struct bytes slices[SNAPSHOT_SLICES];
};

static void lock(struct snapshot_writer *writer)
{
    CHECK(pthread_mutex_lock(&writer->mutex) == 0);
}

static void unlock(struct snapshot_writer *writer)
{
    CHECK(pthread_mutex_unlock(&writer->mutex) == 0);
}

static void wait_for_change(struct snapshot_writer *writer)
{
    CHECK(pthread_cond_wait(&writer->changed, &writer->mutex) == 0);
}

static bool complain(const char *doing)
{
    log_warning("write", "snapshot given up doing=%s error=\"%s\"", doing, strerror(errno));
    return false;
}

/* --- The file ----------------------------------------------------------------------------- */

static bool open_file(struct snapshot_writer *writer)
{
    const int flags = O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW;
    writer->fd = open(writer->temporary, flags | O_DIRECT, 0600);
    if (writer->fd < 0 && errno == EINVAL) { /* a file system in memory, for one */
        writer->fd = open(writer->temporary, flags, 0600);
    }
    return writer->fd >= 0 || complain("open");
}

static bool is_direct(const struct snapshot_writer *writer)
{
    int flags = fcntl(writer->fd, F_GETFL);
    return flags >= 0 && (flags & O_DIRECT) != 0;
}

static bool use_cache(const struct snapshot_writer *writer)
{
    int flags = fcntl(writer->fd, F_GETFL);
    return flags >= 0 && fcntl(writer->fd, F_SETFL, flags & ~O_DIRECT) == 0;
}

static bool write_block(struct snapshot_writer *writer)
{
    size_t done = 0;
    if (writer->block_size % BLOCK_ALIGNMENT != 0 && !use_cache(writer)) {
        return complain("write");
    }
    while (done < writer->block_size) {
        ssize_t written = write(writer->fd, writer->block + done, writer->block_size - done);
        if (written > 0) {
            done += (size_t)written;
        } else if (written < 0 && errno == EINVAL && is_direct(writer)) {
            /* This disk asks for more than we know, or took an odd part of it. */
            if (!use_cache(writer)) {
                return complain("write");
            }
        } else if (written == 0 || errno != EINTR) {
            return complain("write");
        }
    }
    writer->block_size = 0;
    return true;
}

static bool put(struct snapshot_writer *writer, const uint8_t *data, size_t size)
{
    while (size > 0) {
        size_t room = BLOCK_SIZE - writer->block_size;
        size_t part = size < room ? size : room;
        memcpy(writer->block + writer->block_size, data, part);
        writer->block_size += part;
        data += part;
        size -= part;
        if (writer->block_size == BLOCK_SIZE && !write_block(writer)) {
            return false;
        }
    }
    return true;
}

/* Everything but the sum itself goes into the sum. */
static bool put_slice(struct snapshot_writer *writer, const struct bytes *slice)
{
    CHECK(!slice->overflow);
    CHECK(XXH64_update(&writer->sum, slice->data, slice->size) == XXH_OK);
    return put(writer, slice->data, slice->size);
}

static bool put_in_place(struct snapshot_writer *writer)
{
    uint64_t sum = XXH64_digest(&writer->sum);
    uint8_t bytes[sizeof sum];
    char path[PATH_MAX];
    memcpy(bytes, &sum, sizeof sum);
    memcpy(path, writer->path, sizeof path);
    if (!put(writer, bytes, sizeof bytes) || !write_block(writer)) {
        return false;
    }
    return (fsync(writer->fd) == 0 && rename(writer->temporary, writer->path) == 0 &&
            folder_fsync(dirname(path))) ||
           complain("sync");
}

/* --- Its thread --------------------------------------------------------------------------- */

/* The next slice to write; NULL when there is none any more. */
static const struct bytes *next_slice(struct snapshot_writer *writer, bool *cached)
{
    lock(writer);
    while (writer->filled == writer->written && !writer->ended && !writer->given_up) {
        wait_for_change(writer);
    }
    bool goes_on = writer->filled > writer->written && !writer->given_up;
    *cached = writer->cached;
    unlock(writer);
    return goes_on ? &writer->slices[writer->written % SNAPSHOT_SLICES] : NULL;
}

static void slice_done(struct snapshot_writer *writer)
{
    lock(writer);
    writer->written++;
    CHECK(pthread_cond_broadcast(&writer->changed) == 0);
    unlock(writer);
}

static void settle(struct snapshot_writer *writer, enum snapshot_written state)
{
    lock(writer);
    writer->state = state;
    CHECK(pthread_cond_broadcast(&writer->changed) == 0);
    unlock(writer);
}

static bool is_given_up(struct snapshot_writer *writer)
{
    lock(writer);
    bool given_up = writer->given_up;
    unlock(writer);
    return given_up;
}

static void *run(void *context)
{
    struct snapshot_writer *writer = context;
    const struct bytes *slice;
    bool whole = true, cached;
    while (whole && (slice = next_slice(writer, &cached)) != NULL) {
        if (cached && is_direct(writer) && !use_cache(writer)) {
            whole = complain("write");
        }
        whole = whole && put_slice(writer, slice);
        slice_done(writer);
    }
    bool in_place = whole && !is_given_up(writer) && put_in_place(writer);
    settle(writer, in_place ? SNAPSHOT_IN_PLACE : SNAPSHOT_NOT_WRITTEN);
    return NULL;
}

/* --- The caller's side -------------------------------------------------------------------- */

struct snapshot_writer *snapshot_writer_open(const char *path, size_t slice_max)
{
    struct snapshot_writer *writer = calloc(1, sizeof *writer);
    CHECK(writer != NULL);
    writer->fd = -1;
    CHECK(pthread_mutex_init(&writer->mutex, NULL) == 0);
    CHECK(pthread_cond_init(&writer->changed, NULL) == 0);
    CHECK(XXH64_reset(&writer->sum, 0) == XXH_OK);
    for (size_t i = 0; i < SNAPSHOT_SLICES; i++) {
        bytes_init(&writer->slices[i], slice_max);
    }
    writer->block = aligned_alloc(BLOCK_ALIGNMENT, BLOCK_SIZE);
    CHECK(writer->block != NULL);
    int size = snprintf(writer->path, sizeof writer->path, "%s", path);
    int longer = snprintf(writer->temporary, sizeof writer->temporary, "%s.new", path);
    CHECK(size > 0 && longer > 0 && (size_t)longer < sizeof writer->temporary);
    if (open_file(writer)) {
        writer->threaded = thread_start(&writer->thread, "teller-snapshot", run, writer);
        if (writer->threaded) {
            return writer;
        }
        (void)complain("thread");
    }
    snapshot_writer_free(&writer);
    return NULL;
}

void snapshot_writer_keep_cached(struct snapshot_writer *writer)
{
    lock(writer);
    writer->cached = true;
    unlock(writer);
}

struct bytes *snapshot_writer_slice(struct snapshot_writer *writer)
{
    lock(writer);
    bool has_room = writer->filled - writer->written < SNAPSHOT_SLICES;
    unlock(writer);
    struct bytes *slice = &writer->slices[writer->filled % SNAPSHOT_SLICES];
    if (!has_room) {
        return NULL;
    }
    bytes_clear(slice);
    return slice;
}

void snapshot_writer_hand_over(struct snapshot_writer *writer)
{
    lock(writer);
    CHECK(!writer->ended && writer->filled - writer->written < SNAPSHOT_SLICES);
    writer->filled++;
    CHECK(pthread_cond_broadcast(&writer->changed) == 0);
    unlock(writer);
}

void snapshot_writer_end(struct snapshot_writer *writer)
{
    lock(writer);
    writer->ended = true;
    CHECK(pthread_cond_broadcast(&writer->changed) == 0);
    unlock(writer);
}

enum snapshot_written snapshot_writer_state(struct snapshot_writer *writer)
{
    lock(writer);
    enum snapshot_written state = writer->state;
    unlock(writer);
    return state;
}

void snapshot_writer_wait(struct snapshot_writer *writer)
{
    lock(writer);
    while (writer->state == SNAPSHOT_WRITING &&
           (writer->ended || writer->filled - writer->written == SNAPSHOT_SLICES)) {
        wait_for_change(writer);
    }
    unlock(writer);
}

void snapshot_writer_free(struct snapshot_writer **address)
{
    struct snapshot_writer *writer = *address;
    if (writer == NULL) {
        return;
    }
    if (writer->threaded) {
        lock(writer);
        writer->given_up = true;
        CHECK(pthread_cond_broadcast(&writer->changed) == 0);
        unlock(writer);
        CHECK(pthread_join(writer->thread, NULL) == 0);
    }
    if (writer->fd >= 0) {
        (void)close(writer->fd);
        if (writer->state != SNAPSHOT_IN_PLACE) {
            (void)unlink(writer->temporary);
        }
    }
    for (size_t i = 0; i < SNAPSHOT_SLICES; i++) {
        bytes_close(&writer->slices[i]);
    }
    free(writer->block);
    CHECK(pthread_cond_destroy(&writer->changed) == 0);
    CHECK(pthread_mutex_destroy(&writer->mutex) == 0);
    free(writer);
    *address = NULL;
}
