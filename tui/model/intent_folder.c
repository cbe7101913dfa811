#include "model/intent_folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define FOLDER_OPEN_MAX 256
#define FOLDER_NAME_MAX 80

struct folder {
    struct intent_store store; /* first */
    int fd;
    struct {
        char key[INTENT_KEY_MAX];
        int fd; /* holds the lock; -1: free place */
    } owned[FOLDER_OPEN_MAX];
};

static struct folder *folder_of(struct intent_store *store)
{
    return (struct folder *)store;
}

static int free_place(const struct folder *folder)
{
    for (int i = 0; i < FOLDER_OPEN_MAX; i++) {
        if (folder->owned[i].fd < 0) {
            return i;
        }
    }
    return -1;
}

static void own(struct folder *folder, int place, const char *key, int fd)
{
    (void)snprintf(folder->owned[place].key, INTENT_KEY_MAX, "%s", key);
    folder->owned[place].fd = fd;
}

static bool write_all(int fd, struct text text)
{
    for (size_t done = 0; done < text.size;) {
        ssize_t size = write(fd, text.data + done, text.size - done);
        if (size < 0 && errno == EINTR) {
            continue;
        }
        if (size <= 0) {
            return false;
        }
        done += (size_t)size;
    }
    return true;
}

/* Locked before it gets its name, so that no other console can take it for an orphan. */
static bool folder_put(struct intent_store *store, const char *key, struct text text)
{
    struct folder *folder = folder_of(store);
    char name[FOLDER_NAME_MAX];
    char fresh[FOLDER_NAME_MAX];
    (void)snprintf(name, sizeof name, "%s.intent", key);
    (void)snprintf(fresh, sizeof fresh, "%s.new", key);
    int place = free_place(folder);
    int fd =
        place < 0 ? -1 : openat(folder->fd, fresh, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0) {
        return false;
    }
    if (flock(fd, LOCK_EX | LOCK_NB) != 0 || !write_all(fd, text) || fsync(fd) != 0 ||
        renameat(folder->fd, fresh, folder->fd, name) != 0) {
        (void)unlinkat(folder->fd, fresh, 0);
        (void)close(fd);
        return false;
    }
    if (fsync(folder->fd) != 0) {
        (void)unlinkat(folder->fd, name, 0);
        (void)close(fd);
        return false;
    }
    own(folder, place, key, fd);
    return true;
}

static bool folder_remove(struct intent_store *store, const char *key)
{
    struct folder *folder = folder_of(store);
    char name[FOLDER_NAME_MAX];
    (void)snprintf(name, sizeof name, "%s.intent", key);
    bool removed = unlinkat(folder->fd, name, 0) == 0 && fsync(folder->fd) == 0;
    for (int i = 0; i < FOLDER_OPEN_MAX; i++) {
        if (folder->owned[i].fd >= 0 && strcmp(folder->owned[i].key, key) == 0) {
            (void)close(folder->owned[i].fd);
            folder->owned[i].fd = -1;
        }
    }
    return removed;
}

/* The key in "KEY.intent"; false for every other name. */
static bool key_of(const char *name, char key[INTENT_KEY_MAX])
{
    const char *dot = strrchr(name, '.');
    if (dot == NULL || strcmp(dot, ".intent") != 0 || dot == name ||
        (size_t)(dot - name) >= INTENT_KEY_MAX) {
        return false;
    }
    memcpy(key, name, (size_t)(dot - name));
    key[dot - name] = '\0';
    return true;
}

static void recover_one(struct folder *folder, const char *name, const char *key,
                        void (*found)(void *context, struct text text), void *context)
{
    int place = free_place(folder);
    int fd = place < 0 ? -1 : openat(folder->fd, name, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0) {
        return;
    }
    char text[INTENT_TEXT_MAX];
    /* The link count: its owner may have finished with it between our open and our lock. */
    struct stat status;
    ssize_t size = -1;
    if (flock(fd, LOCK_EX | LOCK_NB) == 0 && fstat(fd, &status) == 0 && status.st_nlink > 0) {
        size = read(fd, text, sizeof text);
    }
    if (size <= 0) {
        (void)close(fd);
        return;
    }
    own(folder, place, key, fd);
    found(context, (struct text){text, (size_t)size});
}

static bool folder_recover(struct intent_store *store,
                           void (*found)(void *context, struct text text), void *context)
{
    struct folder *folder = folder_of(store);
    int copy = openat(folder->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *dir = copy < 0 ? NULL : fdopendir(copy);
    if (dir == NULL) {
        return false;
    }
    for (struct dirent *entry = readdir(dir); entry != NULL; entry = readdir(dir)) {
        char key[INTENT_KEY_MAX];
        if (key_of(entry->d_name, key)) {
            recover_one(folder, entry->d_name, key, found, context);
        }
    }
    (void)closedir(dir);
    return true;
}

static void folder_close(struct intent_store *store)
{
    struct folder *folder = folder_of(store);
    for (int i = 0; i < FOLDER_OPEN_MAX; i++) {
        if (folder->owned[i].fd >= 0) {
            (void)close(folder->owned[i].fd);
        }
    }
    (void)close(folder->fd);
    free(folder);
}

static bool make_folders(const char *path)
{
    char part[4096];
    size_t size = strlen(path);
    if (size == 0 || size >= sizeof part) {
        return false;
    }
    memcpy(part, path, size + 1);
    for (char *slash = strchr(part + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        if (mkdir(part, 0700) != 0 && errno != EEXIST) {
            return false;
        }
        *slash = '/';
    }
    return mkdir(part, 0700) == 0 || errno == EEXIST;
}

struct intent_store *intent_folder_open(const char *path, char why[256])
{
    int fd = make_folders(path) ? open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
    if (fd < 0) {
        (void)snprintf(why, 256, "cannot use the folder %.180s: %.40s", path, strerror(errno));
        return NULL;
    }
    struct folder *folder = calloc(1, sizeof *folder);
    CHECK(folder != NULL);
    folder->store = (struct intent_store){.put = folder_put,
                                          .remove = folder_remove,
                                          .recover = folder_recover,
                                          .close = folder_close};
    folder->fd = fd;
    for (int i = 0; i < FOLDER_OPEN_MAX; i++) {
        folder->owned[i].fd = -1;
    }
    return &folder->store;
}
