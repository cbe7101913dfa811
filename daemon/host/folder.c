#include "host/folder.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define LOCK_NAME "teller.lock"
/* Whoever asks for the holder takes the lock for an instant: a start must outwait that. */
#define LOCK_TRIES 20
#define LOCK_PAUSE_MS 10

bool folder_default(char out[FOLDER_PATH_MAX])
{
    int size;
    const char *data_home = getenv("XDG_DATA_HOME");
    if (geteuid() == 0) {
        size = snprintf(out, FOLDER_PATH_MAX, "/var/lib/teller");
    } else if (data_home != NULL && data_home[0] == '/') {
        size = snprintf(out, FOLDER_PATH_MAX, "%s/teller", data_home);
    } else {
        const char *home = getenv("HOME");
        if (home == NULL || home[0] != '/') {
            const struct passwd *user = getpwuid(geteuid());
            home = user == NULL ? NULL : user->pw_dir;
        }
        if (home == NULL || home[0] != '/') {
            return false;
        }
        size = snprintf(out, FOLDER_PATH_MAX, "%s/.local/share/teller", home);
    }
    return size > 0 && size < FOLDER_PATH_MAX;
}

static bool make_folder(const char *path)
{
    char parent[FOLDER_PATH_MAX] = ".";
    const char *slash = strrchr(path, '/');
    if (slash == path) {
        memcpy(parent, "/", 2);
    } else if (slash != NULL) {
        memcpy(parent, path, (size_t)(slash - path));
        parent[slash - path] = '\0';
    }
    if (mkdir(path, 0700) == 0) {
        return folder_fsync(parent);
    }
    if (errno == EEXIST) {
        return true; /* whether it is a folder shows when it is opened */
    }
    if (errno != ENOENT || slash == NULL || slash == path || !make_folder(parent)) {
        return false;
    }
    return (mkdir(path, 0700) == 0 || errno == EEXIST) && folder_fsync(parent);
}

static bool folder_refuse(const char *path, const char *why)
{
    fprintf(stderr, "tellerd: cannot open the data folder %s: %s\n", path, why);
    return false;
}

bool folder_open(struct folder *folder, const char *path, bool create)
{
    folder->lock_fd = -1;
    size_t size = strlen(path);
    while (size > 1 && path[size - 1] == '/') {
        size--;
    }
    if (size == 0 || size >= FOLDER_PATH_MAX - FOLDER_NAME_MAX) {
        return folder_refuse(path, size == 0 ? "it has no name" : "its path is too long");
    }
    memcpy(folder->path, path, size);
    folder->path[size] = '\0';
    if (create && !make_folder(folder->path)) {
        return folder_refuse(folder->path, strerror(errno));
    }
    struct stat info;
    if (stat(folder->path, &info) != 0) {
        return folder_refuse(folder->path, strerror(errno));
    }
    if (!S_ISDIR(info.st_mode)) {
        return folder_refuse(folder->path, strerror(ENOTDIR));
    }
    if (access(folder->path, create ? R_OK | W_OK | X_OK : R_OK | X_OK) != 0) {
        return folder_refuse(folder->path, strerror(errno));
    }
    return true;
}

void folder_close(struct folder *folder)
{
    if (folder->lock_fd >= 0) {
        close(folder->lock_fd);
        folder->lock_fd = -1;
    }
}

enum folder_lock folder_lock(struct folder *folder)
{
    CHECK(folder->lock_fd == -1);
    char path[FOLDER_PATH_MAX];
    folder_file(folder, LOCK_NAME, path);
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0) {
        return FOLDER_LOCK_FAILED;
    }
    for (int tries = 0; flock(fd, LOCK_EX | LOCK_NB) != 0; tries++) {
        bool busy = errno == EWOULDBLOCK;
        if (errno != EINTR && (!busy || tries == LOCK_TRIES)) {
            close(fd);
            return busy ? FOLDER_BUSY : FOLDER_LOCK_FAILED;
        }
        (void)poll(NULL, 0, LOCK_PAUSE_MS);
    }
    folder->lock_fd = fd;
    if (!folder_announce(folder, "")) {
        folder_close(folder);
        return FOLDER_LOCK_FAILED;
    }
    return FOLDER_LOCKED;
}

bool folder_announce(struct folder *folder, const char *endpoint)
{
    CHECK(folder->lock_fd >= 0);
    char line[FOLDER_PATH_MAX];
    int size = snprintf(line, sizeof(line), "%ld %s\n", (long)getpid(), endpoint);
    if (size < 0 || (size_t)size >= sizeof(line)) {
        return false;
    }
    return pwrite(folder->lock_fd, line, (size_t)size, 0) == size &&
           ftruncate(folder->lock_fd, size) == 0;
}

bool folder_holder(const struct folder *folder, char *endpoint, size_t size)
{
    CHECK(size > 0);
    endpoint[0] = '\0';
    char path[FOLDER_PATH_MAX];
    folder_file(folder, LOCK_NAME, path);
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0) {
        return false;
    }
    bool held = flock(fd, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
    if (held) {
        char line[FOLDER_PATH_MAX];
        ssize_t got = pread(fd, line, sizeof(line) - 1, 0);
        line[got < 0 ? 0 : got] = '\0';
        const char *space = strchr(line, ' ');
        const char *end = space == NULL ? NULL : strchr(space, '\n');
        if (end != NULL && (size_t)(end - space) <= size) {
            memcpy(endpoint, space + 1, (size_t)(end - space) - 1);
            endpoint[end - space - 1] = '\0';
        }
    }
    close(fd); /* gives the lock back when nobody held it */
    return held;
}

void folder_file(const struct folder *folder, const char *name, char out[FOLDER_PATH_MAX])
{
    int size = snprintf(out, FOLDER_PATH_MAX, "%s/%s", folder->path, name);
    CHECK(size > 0 && size < FOLDER_PATH_MAX);
}

static bool write_all(int fd, const void *data, size_t size)
{
    const char *bytes = data;
    while (size > 0) {
        ssize_t written = write(fd, bytes, size);
        if (written < 0 && errno == EINTR) {
            continue;
        }
        if (written <= 0) {
            return false;
        }
        bytes += written;
        size -= (size_t)written;
    }
    return true;
}

static bool write_new(const char *path, const void *data, size_t size, unsigned mode)
{
    if (unlink(path) != 0 && errno != ENOENT) {
        return false;
    }
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0) {
        return false;
    }
    /* fchmod, because the process's umask has no say in what the caller asked for. */
    bool written = write_all(fd, data, size) && fchmod(fd, (mode_t)mode) == 0 && fsync(fd) == 0;
    return close(fd) == 0 && written;
}

bool file_write_atomic(const char *path, const void *data, size_t size, unsigned mode)
{
    char temporary[FOLDER_PATH_MAX + 8];
    char parent[FOLDER_PATH_MAX] = ".";
    const char *slash = strrchr(path, '/');
    if (strlen(path) >= FOLDER_PATH_MAX) {
        errno = ENAMETOOLONG;
        return false;
    }
    snprintf(temporary, sizeof(temporary), "%s.new", path);
    if (slash != NULL) {
        size_t length = slash == path ? 1 : (size_t)(slash - path);
        memcpy(parent, path, length);
        parent[length] = '\0';
    }
    if (!write_new(temporary, data, size, mode) || rename(temporary, path) != 0) {
        int saved_errno = errno;
        (void)unlink(temporary);
        errno = saved_errno;
        return false;
    }
    return folder_fsync(parent);
}

bool file_read_small(const char *path, void *out, size_t max, size_t *size)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return false;
    }
    char *bytes = out;
    size_t got = 0;
    bool whole = false;
    for (;;) {
        char beyond;
        ssize_t n = got < max ? read(fd, bytes + got, max - got) : read(fd, &beyond, 1);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n > 0 && got == max) {
            errno = EFBIG;
        } else if (n > 0) {
            got += (size_t)n;
            continue;
        }
        whole = n == 0;
        break;
    }
    int saved_errno = errno;
    close(fd);
    errno = saved_errno;
    if (whole) {
        *size = got;
    }
    return whole;
}

bool folder_fsync(const char *path)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) {
        return false;
    }
    bool synced = fsync(fd) == 0;
    int saved_errno = errno;
    close(fd);
    errno = saved_errno;
    return synced;
}
