/* What the tools of the command line share: finding the bank's folder, taking its lock when they
 * write, telling how far long work has come. Main thread only. Exit codes are sysexits.h's. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/check.h"
#include "host/folder.h"

/* Finds --data (NULL: $TELLER_DATA, else the default folder) and opens it. `create` makes it.
 * Returns EX_OK, or the code to exit with after saying why on standard error. */
int tool_open(struct folder *folder, const char *data, bool create) MUST_USE;
/* The same, and takes the lock: EX_TEMPFAIL (75) when a daemon or another tool has it. */
int tool_open_locked(struct folder *folder, const char *data, bool create) MUST_USE;
/* Reads --data DIR and `operands` words behind it (from optind on); anything else is EX_USAGE,
 * after showing `usage` on standard error. */
int tool_options(int argc, char **argv, int operands, const char *usage,
                 const char **data) MUST_USE;
/* Says what went wrong, prefixed with the tool's name, on standard error; returns `code`. */
int tool_fail(const char *tool, int code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Progress on a terminal, a few times a second; silent elsewhere. */
struct progress {
    const char *what;
    uint64_t total; /* 0: unknown */
    int64_t shown_at;
    bool terminal;
};
void progress_begin(struct progress *progress, const char *what, uint64_t total);
void progress_show(struct progress *progress, uint64_t done);
void progress_end(struct progress *progress);
