/* The bank with a past: how fast it is loaded, checked and started, and what room it takes. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "bench.h"
#include "past.h"

#define TIMES 3             /* a tool is run, a start is made */
#define KILLED_AFTER 2      /* this share of its transfers, and at most ... */
#define KILLED_MOST 2500000 /* ... what waits for the views at the worst, under load */

static bool import(struct bench *bench, const char *path, double *seconds)
{
    char out[256];
    if (!daemon_tool(&bench->grown, "import", path, seconds, out, sizeof out))
        return false;
    bool whole = strstr(out, " refused=0 replayed=0") != NULL;
    if (!whole)
        fprintf(stderr, "bench: an import that refuses: %s\n", out);
    return whole && unlink(path) == 0;
}

bool step_grow(struct bench *bench)
{
    char data[1100], path[1200];
    double seconds;
    (void)snprintf(data, sizeof data, "%s/grown", bench->folder);
    (void)snprintf(path, sizeof path, "%s/past.jsonl", bench->folder);
    daemon_init(&bench->grown, bench->daemon_program, data);
    crowd_init(&bench->grown_crowd, bench->scale.accounts);
    if (!past_accounts(&bench->scale, &bench->grown_crowd, path) || !import(bench, path, &seconds))
        return false;
    double before = (double)daemon_file_size(&bench->grown, "journal.db");
    double count = (double)(bench->scale.transfers + bench->scale.busy_deposits + PAST_DEPOSITS);
    if (!past_transfers(&bench->scale, &bench->grown_crowd, path) || !import(bench, path, &seconds))
        return false;
    double after = (double)daemon_file_size(&bench->grown, "journal.db");
    bench_add(bench, FIGURE_IMPORT, count / seconds);
    bench_add(bench, FIGURE_DISK, (after - before) / count);
    return true;
}

static bool time_tool(struct bench *bench, const char *tool, enum figure figure)
{
    for (unsigned i = 0; i < TIMES && i < bench->rounds; i++) {
        double seconds;
        char out[1024];
        if (!daemon_tool(&bench->grown, tool, NULL, &seconds, out, sizeof out))
            return false;
        bench_add(bench, figure, (double)bench->scale.transfers / seconds);
    }
    return true;
}

bool step_tools(struct bench *bench)
{
    return time_tool(bench, "rebuild", FIGURE_REBUILD) && time_tool(bench, "verify", FIGURE_VERIFY);
}

static bool start_clean(struct bench *bench)
{
    double seconds;
    if (!daemon_start(&bench->grown, &seconds))
        return false;
    bench_add(bench, FIGURE_START_CLEAN, seconds);
    return daemon_stop(&bench->grown);
}

/* Killed while it has much behind its last snapshot. */
static bool start_killed(struct bench *bench)
{
    uint64_t load = bench->scale.transfers / KILLED_AFTER;
    double seconds;
    load = load > KILLED_MOST ? KILLED_MOST : load;
    if (!daemon_start(&bench->grown, NULL) ||
        !rate_load(bench, &bench->grown, &bench->grown_crowd, load))
        return false;
    bench->grown_later += load;
    daemon_kill(&bench->grown);
    if (!daemon_start(&bench->grown, &seconds))
        return false;
    bench_add(bench, FIGURE_START_KILLED, seconds);
    return daemon_stop(&bench->grown);
}

bool step_start(struct bench *bench)
{
    if (!daemon_start(&bench->grown, NULL) || !bank_settle(&bench->grown) ||
        !daemon_stop(&bench->grown)) /* the first one may have views to build */
        return false;
    for (unsigned i = 0; i < TIMES && i < bench->rounds; i++) {
        if (!start_clean(bench) || !start_killed(bench))
            return false;
    }
    return true;
}

/* What is the process's own; pages of its files that it looks at are the machine's to take back.
 * Every command of the past has a key, and so 32 bytes. */
bool step_memory(struct bench *bench)
{
    double transfers = (double)bench->scale.transfers / 10;
    if (!daemon_start(&bench->grown, NULL) || !bank_settle(&bench->grown))
        return false;
    bool keyed = bench->keyed;
    bench->keyed = true; /* and it must have worked */
    bool loaded = rate_load(bench, &bench->grown, &bench->grown_crowd, (uint64_t)transfers);
    bench->keyed = keyed;
    if (!loaded || !bank_settle(&bench->grown))
        return false;
    double commands = (double)(bench->scale.transfers + bench->scale.busy_deposits) +
                      (double)bench->scale.accounts + (double)bench->grown_later + transfers;
    double allowed = 64.0 * 1024 * 1024 + 128.0 * (double)bench->scale.accounts + 32.0 * commands;
    double kib = (double)process_status_kib(bench->grown.process.pid, "RssAnon");
    bench_add(bench, FIGURE_MEMORY, kib / 1024);
    bench_add(bench, FIGURE_MEMORY_ALLOWED, allowed / 1024 / 1024);
    return daemon_stop(&bench->grown);
}
