#include "tools/tool.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/time.h"
#include "host/clock.h"

int tool_fail(const char *tool, int code, const char *format, ...)
{
    va_list args;
    fprintf(stderr, "tellerd %s: ", tool);
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fputc('\n', stderr);
    return code;
}

int tool_options(int argc, char **argv, int operands, const char *usage, const char **data)
{
    static const struct option options[] = {{"data", required_argument, NULL, 'd'},
                                            {NULL, 0, NULL, 0}};
    bool known = true;
    *data = NULL;
    for (int c; (c = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        known = known && c == 'd';
        *data = optarg;
    }
    if (known && argc - optind == operands)
        return EX_OK;
    fprintf(stderr, "usage: tellerd %s\n", usage);
    return EX_USAGE;
}

int tool_open(struct folder *folder, const char *data, bool create)
{
    char path[FOLDER_PATH_MAX];
    if (data == NULL)
        data = getenv("TELLER_DATA");
    if (data == NULL || data[0] == '\0') {
        if (!folder_default(path)) {
            fprintf(stderr, "tellerd: no data folder: set HOME or give --data DIR\n");
            return EX_USAGE;
        }
        data = path;
    }
    return folder_open(folder, data, create) ? EX_OK : EX_NOINPUT;
}

int tool_open_locked(struct folder *folder, const char *data, bool create)
{
    int code = tool_open(folder, data, create);
    if (code != EX_OK)
        return code;
    switch (folder_lock(folder)) {
    case FOLDER_LOCKED:
        return EX_OK;
    case FOLDER_BUSY:
        fprintf(stderr, "tellerd: %s is in use by a running daemon or tool; stop it first\n",
                folder->path);
        code = EX_TEMPFAIL;
        break;
    case FOLDER_LOCK_FAILED:
        fprintf(stderr, "tellerd: cannot lock %s\n", folder->path);
        code = EX_CANTCREAT;
        break;
    }
    folder_close(folder);
    return code;
}

void progress_begin(struct progress *progress, const char *what, uint64_t total)
{
    *progress =
        (struct progress){.what = what, .total = total, .terminal = isatty(STDERR_FILENO) == 1};
}

void progress_show(struct progress *progress, uint64_t done)
{
    if (!progress->terminal)
        return;
    struct clock *clock = clock_system();
    int64_t now = clock->steady(clock);
    if (progress->shown_at != 0 && now - progress->shown_at < TIME_SECOND / 5)
        return;
    progress->shown_at = now;
    if (progress->total > 0)
        fprintf(stderr, "\r%s %" PRIu64 " of %" PRIu64 " (%u %%)\x1b[K", progress->what, done,
                progress->total, (unsigned)(done * 100 / progress->total));
    else
        fprintf(stderr, "\r%s %" PRIu64 "\x1b[K", progress->what, done);
}

void progress_end(struct progress *progress)
{
    if (progress->terminal && progress->shown_at != 0)
        fprintf(stderr, "\r\x1b[K");
}
