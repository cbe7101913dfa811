/* Processes that this program starts. All of them end with it, however it ends. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/check.h"

struct process {
    pid_t pid; /* 0: none */
    int out;   /* what it prints; -1: none */
};

#define PROCESS_NONE ((struct process){.pid = 0, .out = -1})

/* Runs a program. Its standard error goes to the end of the file `log` (NULL: ours). `user`: run
 * as that user, when we are root; NULL: as ourselves. */
bool process_start(struct process *process, const char *const *argv, const char *log,
                   const char *user) MUST_USE;
/* Runs a function of ours in a child: what a limit needs as the other end. The child writes one
 * line to the given descriptor when it is ready, and then waits to be killed. */
bool process_fork(struct process *process, void (*serve)(int ready_fd)) MUST_USE;
/* One line of what it prints, without its end. False: it ended first. */
bool process_line(struct process *process, char *line, size_t size) MUST_USE;
/* Waits for its end and reads what is left of its output into `out` (may be NULL), of which the
 * end is kept. Returns the exit code, or -1. */
int process_end(struct process *process, char *out, size_t size);
int process_stop(struct process *process, int signal); /* signals, then process_end */
/* Runs a program to its end: exit code, or -1. */
int process_run(const char *const *argv, const char *log, const char *user, char *out, size_t size);

/* A figure of /proc/PID/status in KiB: "VmRSS", "RssAnon". 0 when it is not there. */
long process_status_kib(pid_t pid, const char *field);
