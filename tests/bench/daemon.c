#include "daemon.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "host/folder.h"
#include "http_conn.h"
#include "stats.h"

void daemon_init(struct daemon *daemon, const char *program, const char *data)
{
    *daemon = (struct daemon){.program = program, .process = PROCESS_NONE};
    int size = snprintf(daemon->data, sizeof daemon->data, "%s", data);
    CHECK(size > 0 && (size_t)size < sizeof daemon->data);
    (void)snprintf(daemon->log, sizeof daemon->log, "%s.log", daemon->data);
}

/* "ready http=A zmq=B data=C" */
static bool read_ready(struct daemon *daemon, const char *line)
{
    return sscanf(line, "ready http=%63s zmq=%127s data=", daemon->http, daemon->zmq) == 2;
}

static bool read_key(struct daemon *daemon)
{
    char path[DAEMON_TEXT_MAX + 16];
    size_t size;
    (void)snprintf(path, sizeof path, "%s/admin.key", daemon->data);
    if (!file_read_small(path, daemon->key, sizeof daemon->key - 1, &size))
        return false;
    daemon->key[strcspn(daemon->key, "\n")] = '\0';
    return size > 0;
}

bool daemon_start(struct daemon *daemon, double *seconds)
{
    const char *argv[] = {
        daemon->program,     "serve", "--data", daemon->data, "--http", "127.0.0.1:0", "--zmq",
        "tcp://127.0.0.1:*", NULL};
    char line[DAEMON_TEXT_MAX + 256];
    int64_t start = now_ns();
    if (!process_start(&daemon->process, argv, daemon->log, NULL))
        return false;
    bool ready = process_line(&daemon->process, line, sizeof line) && read_ready(daemon, line);
    if (seconds != NULL)
        *seconds = seconds_since(start);
    if (!ready || !read_key(daemon)) {
        fprintf(stderr, "bench: %s did not start; %s says why\n", daemon->program, daemon->log);
        daemon_kill(daemon);
        return false;
    }
    return true;
}

bool daemon_stop(struct daemon *daemon)
{
    int code = process_stop(&daemon->process, SIGTERM);
    if (code != 0)
        fprintf(stderr, "bench: the daemon ended with %d; see %s\n", code, daemon->log);
    return code == 0;
}

void daemon_kill(struct daemon *daemon)
{
    (void)process_stop(&daemon->process, SIGKILL);
}

bool daemon_tool(struct daemon *daemon, const char *tool, const char *argument, double *seconds,
                 char *out, size_t size)
{
    const char *argv[] = {daemon->program, tool, "--data", daemon->data, argument, NULL};
    int64_t start = now_ns();
    int code = process_run(argv, daemon->log, NULL, out, size);
    if (seconds != NULL)
        *seconds = seconds_since(start);
    if (code != 0)
        fprintf(stderr, "bench: tellerd %s ended with %d; see %s\n", tool, code, daemon->log);
    return code == 0;
}

static double figure(const char *text, const char *name)
{
    size_t length = strlen(name);
    for (const char *line = text; line != NULL; line = strchr(line, '\n')) {
        line += *line == '\n';
        if (strncmp(line, name, length) == 0 && line[length] == ' ')
            return strtod(line + length, NULL);
    }
    return -1;
}

bool daemon_metrics(const struct daemon *daemon, struct daemon_metrics *out)
{
    static const char request[] = "GET /metrics HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n";
    struct http_conn conn;
    if (!http_conn_open(&conn, daemon->http))
        return false;
    bool got = http_conn_ask(&conn, request, sizeof request - 1) && conn.status == 200;
    if (got) {
        *out = (struct daemon_metrics){
            .record = figure(conn.body, "teller_journal_record"),
            .folded = figure(conn.body, "teller_projector_record"),
            .flushed = figure(conn.body, "teller_projector_flushed_record"),
            .dirty = figure(conn.body, "teller_projector_dirty_rows"),
            .queue = figure(conn.body, "teller_queue_commands"),
            .snapshots = figure(conn.body, "teller_snapshots_total"),
            .dropped = figure(conn.body, "teller_zmq_replies_dropped_total"),
        };
        got = out->record >= 0 && out->folded >= 0 && out->flushed >= 0;
    }
    http_conn_close(&conn);
    return got;
}

uint64_t daemon_file_size(const struct daemon *daemon, const char *name)
{
    char path[DAEMON_TEXT_MAX + 64];
    struct stat status;
    (void)snprintf(path, sizeof path, "%s/%s", daemon->data, name);
    return stat(path, &status) == 0 ? (uint64_t)status.st_size : 0;
}
