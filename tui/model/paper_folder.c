#include "model/paper_folder.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define NUMBER_MAX 10000
#define COMPLAINT_MAX 200

struct folder {
    struct paper paper; /* first */
    const char *printer, *path;
    pid_t child;   /* 0: nothing is being printed */
    int complaint; /* what the child says on its standard error */
    int64_t started_ms;
};

static bool write_whole(int fd, struct text text)
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

/* The first free name: NAME.txt, NAME-2.txt, NAME-3.txt ... */
static int create_file(const char *folder, const char *name, const char *ending,
                       char where[PAPER_WHERE_MAX])
{
    for (int number = 1; number < NUMBER_MAX; number++) {
        char suffix[16] = "";
        if (number > 1) {
            (void)snprintf(suffix, sizeof suffix, "-%d", number);
        }
        int size = snprintf(where, PAPER_WHERE_MAX, "%s/%s%s.%s", folder, name, suffix, ending);
        if (size >= PAPER_WHERE_MAX) {
            errno = ENAMETOOLONG;
            return -1;
        }
        int fd = open(where, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
        if (fd >= 0 || errno != EEXIST) {
            return fd;
        }
    }
    return -1;
}

static bool save_in(const char *folder, const char *name, const char *ending, struct text text,
                    char where[PAPER_WHERE_MAX])
{
    int fd = create_file(folder, name, ending, where);
    if (fd < 0) {
        return false;
    }
    bool whole = write_whole(fd, text);
    int failed = errno;
    bool closed = close(fd) == 0;
    if (!whole || !closed) {
        (void)unlink(where);
        errno = whole ? errno : failed;
    }
    return whole && closed;
}

static bool folder_save(struct paper *paper, const char *name, const char *ending, struct text text,
                        char where[PAPER_WHERE_MAX])
{
    const struct folder *folder = (const struct folder *)paper;
    char here[4000];
    const char *home = getenv("HOME");
    const char *path = folder->path != NULL ? folder->path : getcwd(here, sizeof here);
    if (path != NULL && save_in(path, name, ending, text, where)) {
        return true;
    }
    int failed = errno;
    if (folder->path == NULL && home != NULL && home[0] == '/' &&
        save_in(home, name, ending, text, where)) {
        return true;
    }
    (void)snprintf(where, PAPER_WHERE_MAX, "cannot write into %s: %s",
                   path != NULL ? path : "the folder", strerror(failed));
    return false;
}

/* The text is in memory as a file, so that nobody has to wait for the command to read it. */
static int text_file(struct text text)
{
    int fd = memfd_create("teller-paper", MFD_CLOEXEC);
    if (fd >= 0 && (!write_whole(fd, text) || lseek(fd, 0, SEEK_SET) != 0)) {
        (void)close(fd);
        return -1;
    }
    return fd;
}

/* The console ignores SIGPIPE and catches others; the command starts as if from a shell. */
static bool set_attributes(posix_spawnattr_t *attributes)
{
    sigset_t normal;
    sigset_t none;
    (void)sigfillset(&normal);
    (void)sigemptyset(&none);
    return posix_spawnattr_setsigdefault(attributes, &normal) == 0 &&
           posix_spawnattr_setsigmask(attributes, &none) == 0 &&
           posix_spawnattr_setpgroup(attributes, 0) == 0 &&
           posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK |
                                                    POSIX_SPAWN_SETPGROUP) == 0;
}

static int spawn(const char *command, int input, int complaint, pid_t *child)
{
    extern char **environ;
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    char *const arguments[] = {"sh", "-c", (char *)command, NULL};
    int failed = posix_spawn_file_actions_init(&actions);
    if (failed != 0) {
        return failed;
    }
    failed = posix_spawnattr_init(&attributes);
    if (failed == 0) {
        bool ready = set_attributes(&attributes) &&
                     posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO) == 0 &&
                     posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null",
                                                      O_WRONLY, 0) == 0 &&
                     posix_spawn_file_actions_adddup2(&actions, complaint, STDERR_FILENO) == 0;
        failed = ready ? posix_spawn(child, "/bin/sh", &actions, &attributes, arguments, environ)
                       : ENOMEM;
        (void)posix_spawnattr_destroy(&attributes);
    }
    (void)posix_spawn_file_actions_destroy(&actions);
    return failed;
}

static bool folder_print(struct paper *paper, struct text text, int64_t now_ms,
                         char why[PAPER_WHERE_MAX])
{
    struct folder *folder = (struct folder *)paper;
    if (folder->child != 0) {
        (void)snprintf(why, PAPER_WHERE_MAX, "the printer is still busy with the last one");
        return false;
    }
    int input = text_file(text);
    int complaint = memfd_create("teller-printer", MFD_CLOEXEC);
    int failed = input < 0 || complaint < 0 ? errno : 0;
    if (failed == 0) {
        failed = spawn(folder->printer, input, complaint, &folder->child);
    }
    if (input >= 0) {
        (void)close(input);
    }
    if (failed != 0) {
        folder->child = 0;
        if (complaint >= 0) {
            (void)close(complaint);
        }
        (void)snprintf(why, PAPER_WHERE_MAX, "the printer cannot be started: %s", strerror(failed));
        return false;
    }
    folder->complaint = complaint;
    folder->started_ms = now_ms;
    return true;
}

/* The first line the command said; it is shown, never sent to the terminal as it is. */
static void read_complaint(int fd, char out[COMPLAINT_MAX])
{
    ssize_t size = pread(fd, out, COMPLAINT_MAX - 1, 0);
    out[size > 0 ? size : 0] = '\0';
    out[strcspn(out, "\r\n")] = '\0';
}

static enum paper_news end_child(struct folder *folder, const char *what, int status,
                                 char why[PAPER_WHERE_MAX])
{
    char complaint[COMPLAINT_MAX];
    read_complaint(folder->complaint, complaint);
    (void)close(folder->complaint);
    folder->child = 0;
    if (what == NULL && WIFEXITED(status) && WEXITSTATUS(status) == 0) {
        return PAPER_PRINTED;
    }
    if (what != NULL) {
        (void)snprintf(why, PAPER_WHERE_MAX, "%s", what);
    } else if (WIFEXITED(status)) {
        (void)snprintf(why, PAPER_WHERE_MAX, "the printer failed (%d)%s%s", WEXITSTATUS(status),
                       complaint[0] != '\0' ? ": " : "", complaint);
    } else {
        (void)snprintf(why, PAPER_WHERE_MAX, "the printer was ended by signal %d",
                       WTERMSIG(status));
    }
    return PAPER_FAILED;
}

static void kill_child(const struct folder *folder)
{
    int status = 0;
    (void)kill(-folder->child, SIGKILL);
    while (waitpid(folder->child, &status, 0) < 0 && errno == EINTR) {
    }
}

static enum paper_news folder_turn(struct paper *paper, int64_t now_ms, char why[PAPER_WHERE_MAX])
{
    struct folder *folder = (struct folder *)paper;
    int status = 0;
    if (folder->child == 0) {
        return PAPER_NOTHING;
    }
    pid_t ended = waitpid(folder->child, &status, WNOHANG);
    if (ended == folder->child) {
        return end_child(folder, NULL, status, why);
    }
    if (ended < 0 && errno != EINTR) {
        return end_child(folder, "what became of the printer is not known", 0, why);
    }
    if (now_ms - folder->started_ms >= PAPER_PRINT_MS) {
        kill_child(folder);
        return end_child(folder, "the printer took too long and was ended", 0, why);
    }
    return PAPER_NOTHING;
}

static bool folder_is_busy(const struct paper *paper)
{
    return ((const struct folder *)paper)->child != 0;
}

/* A command that still prints goes on: its text is in its own hands. */
static void folder_close(struct paper *paper)
{
    struct folder *folder = (struct folder *)paper;
    if (folder->child != 0) {
        (void)close(folder->complaint);
    }
    free(folder);
}

struct paper *paper_folder_open(const char *printer, const char *folder)
{
    struct folder *out = calloc(1, sizeof *out);
    CHECK(out != NULL);
    out->paper = (struct paper){.prints = printer != NULL,
                                .save = folder_save,
                                .print = folder_print,
                                .turn = folder_turn,
                                .is_busy = folder_is_busy,
                                .close = folder_close};
    out->printer = printer;
    out->path = folder;
    return &out->paper;
}
