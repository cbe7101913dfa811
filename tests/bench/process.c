#include "process.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define EXIT_NOT_STARTED 127

static bool become(const char *user)
{
    const struct passwd *entry = getpwnam(user);
    return entry != NULL && setgroups(0, NULL) == 0 && setgid(entry->pw_gid) == 0 &&
           setuid(entry->pw_uid) == 0;
}

static _Noreturn void run_program(const char *const *argv, const char *log, const char *user)
{
    int null = open("/dev/null", O_RDONLY);
    if (null >= 0)
        (void)dup2(null, STDIN_FILENO);
    int file = log == NULL ? -1 : open(log, O_WRONLY | O_CREAT | O_APPEND, 0600);
    if (file >= 0)
        (void)dup2(file, STDERR_FILENO);
    if (user != NULL && geteuid() == 0 && !become(user))
        _exit(EXIT_NOT_STARTED);
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL); /* changing the user would have undone it */
    (void)execvp(argv[0], (char *const *)(size_t)argv);
    fprintf(stderr, "%s: %s\n", argv[0], strerror(errno));
    _exit(EXIT_NOT_STARTED);
}

static bool start(struct process *process, int pipe_fds[2])
{
    *process = PROCESS_NONE;
    if (pipe2(pipe_fds, O_CLOEXEC) != 0)
        return false;
    (void)fflush(NULL); /* or a child would print it again */
    process->pid = fork();
    if (process->pid > 0) {
        (void)close(pipe_fds[1]);
        process->out = pipe_fds[0];
    }
    return process->pid >= 0;
}

bool process_start(struct process *process, const char *const *argv, const char *log,
                   const char *user)
{
    int fds[2];
    if (!start(process, fds))
        return false;
    if (process->pid == 0) {
        (void)dup2(fds[1], STDOUT_FILENO);
        run_program(argv, log, user);
    }
    return true;
}

bool process_fork(struct process *process, void (*serve)(int ready_fd))
{
    int fds[2];
    if (!start(process, fds))
        return false;
    if (process->pid == 0) {
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
        serve(fds[1]);
        for (;;)
            (void)pause();
    }
    return true;
}

bool process_line(struct process *process, char *line, size_t size)
{
    size_t have = 0;
    for (char c; process->out >= 0;) {
        ssize_t got = read(process->out, &c, 1);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return false;
        if (c == '\n')
            break;
        if (have + 1 < size)
            line[have++] = c;
    }
    line[have] = '\0';
    return process->out >= 0;
}

/* Keeps the last half and more of what is printed, so that a last line is whole. */
static void read_rest(int fd, char *out, size_t size)
{
    char scratch[4096];
    size_t have = 0;
    for (;;) {
        ssize_t got = read(fd, scratch, sizeof scratch);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            break;
        for (ssize_t i = 0; i < got && out != NULL && size > 1; i++) {
            if (have + 1 == size) {
                memmove(out, out + size / 2, have - size / 2);
                have -= size / 2;
            }
            out[have++] = scratch[i];
        }
    }
    if (out != NULL && size > 0)
        out[have] = '\0';
}

int process_end(struct process *process, char *out, size_t size)
{
    int status = -1;
    if (process->pid <= 0)
        return -1;
    if (process->out >= 0) {
        read_rest(process->out, out, size);
        (void)close(process->out);
    }
    pid_t ended;
    do
        ended = waitpid(process->pid, &status, 0);
    while (ended < 0 && errno == EINTR);
    *process = PROCESS_NONE;
    return ended > 0 && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

int process_stop(struct process *process, int signal)
{
    if (process->pid <= 0)
        return -1;
    (void)kill(process->pid, signal);
    return process_end(process, NULL, 0);
}

int process_run(const char *const *argv, const char *log, const char *user, char *out, size_t size)
{
    struct process process;
    if (!process_start(&process, argv, log, user))
        return -1;
    return process_end(&process, out, size);
}

long process_status_kib(pid_t pid, const char *field)
{
    char path[64], line[256];
    long value = 0;
    (void)snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
    FILE *file = fopen(path, "r");
    size_t length = strlen(field);
    while (file != NULL && fgets(line, sizeof line, file) != NULL) {
        if (strncmp(line, field, length) == 0 && line[length] == ':')
            value = strtol(line + length + 1, NULL, 10);
    }
    if (file != NULL)
        (void)fclose(file);
    return value;
}
