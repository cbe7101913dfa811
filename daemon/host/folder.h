/* The data folder: its paths, its lock, its small files.
 *
 * The lock is an flock on DIR/teller.lock, held for the life of the process and gone with it;
 * the file says who holds it: "PID ENDPOINT\n", the endpoint being where the holder answers
 * ZeroMQ ("" when it is a tool). Main thread only. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/check.h"
#include "base/text.h"

#define FOLDER_PATH_MAX 1024
#define FOLDER_NAME_MAX 64 /* of a file in it */

struct folder {
    char path[FOLDER_PATH_MAX];
    int lock_fd; /* -1: not locked */
};

/* /var/lib/teller for root; $XDG_DATA_HOME/teller or ~/.local/share/teller for others. False
 * when there is no home. */
bool folder_default(char out[FOLDER_PATH_MAX]) MUST_USE;
/* Makes the folder (mode 0700, its parents too) when `create`; prints why to standard error when it
 * cannot. */
bool folder_open(struct folder *folder, const char *path, bool create) MUST_USE;
void folder_close(struct folder *folder);
enum folder_lock { FOLDER_LOCKED, FOLDER_BUSY, FOLDER_LOCK_FAILED };
enum folder_lock folder_lock(struct folder *folder) MUST_USE;
bool folder_announce(struct folder *folder, const char *endpoint) MUST_USE; /* holder only */
/* The endpoint of the daemon that holds the lock; false when nobody does. */
bool folder_holder(const struct folder *folder, char *endpoint, size_t size) MUST_USE;
/* DIR/name into out; CHECKs that it fits. */
void folder_file(const struct folder *folder, const char *name, char out[FOLDER_PATH_MAX]);

/* Whole small files; errno tells why not (EFBIG: larger than max). Writing goes to a temporary
 * name, is fsynced, renamed, and the folder fsynced, so that a crash leaves the old or the new. */
bool file_write_atomic(const char *path, const void *data, size_t size, unsigned mode) MUST_USE;
bool file_read_small(const char *path, void *out, size_t max, size_t *size) MUST_USE;
bool folder_fsync(const char *path) MUST_USE; /* of a directory */
