/* The real daemon on a folder of its own, and the tools on the same folder. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "process.h"

#define DAEMON_TEXT_MAX 1200

struct daemon {
    const char *program;        /* tellerd */
    char data[DAEMON_TEXT_MAX]; /* its folder */
    char log[DAEMON_TEXT_MAX + 8];
    struct process process;
    char http[64], zmq[128], key[128]; /* while it runs */
};

void daemon_init(struct daemon *daemon, const char *program, const char *data);
/* Starts it and waits for its ready line. *seconds (may be NULL): how long that took. */
bool daemon_start(struct daemon *daemon, double *seconds) MUST_USE;
bool daemon_stop(struct daemon *daemon) MUST_USE; /* SIGTERM; true when it ended with 0 */
void daemon_kill(struct daemon *daemon);          /* kill -9 */
/* Runs `tellerd TOOL [ARGUMENT] --data DIR`; the end of its output goes to `out`. */
bool daemon_tool(struct daemon *daemon, const char *tool, const char *argument, double *seconds,
                 char *out, size_t size) MUST_USE;
/* One of the daemon's own figures, /metrics; -1 when it cannot be had. */
struct daemon_metrics {
    double record, folded, flushed, dirty, queue, snapshots;
    double dropped; /* replies over ZeroMQ whose peers did not read */
};
bool daemon_metrics(const struct daemon *daemon, struct daemon_metrics *out) MUST_USE;
uint64_t daemon_file_size(const struct daemon *daemon, const char *name); /* 0: not there */
