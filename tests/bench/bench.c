#include "bench.h"

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "options.h"
#include "rows.h"

void bench_say(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fprintf(stderr, "  ");
    (void)vfprintf(stderr, format, args);
    fprintf(stderr, "\n");
    va_end(args);
}

void bench_add(struct bench *bench, enum figure figure, double value)
{
    series_add(&bench->figures[figure], value);
    bench_say("%-22s %12.6g %s", figure_name(figure), value, figure_unit(figure));
}

double bench_last(const struct bench *bench, enum figure figure)
{
    const struct series *series = &bench->figures[figure];
    return series->count == 0 ? 0 : series->values[series->count - 1];
}

/* ---- running */

static uint32_t wanted_steps(const struct bench *bench, const struct options *options)
{
    uint32_t wanted = 0;
    for (size_t i = 0; i < row_count; i++)
        wanted |= options->wanted[i] ? rows[i].steps : 0;
    for (size_t i = STEP_COUNT; i > 0; i--) /* what a step needs stands before it */
        wanted |= wanted & 1u << (i - 1) ? steps[i - 1].needs : 0;
    return bench->smoke ? wanted & ~BIT(POSTGRES) : wanted;
}

static bool run_steps(struct bench *bench, uint32_t wanted, bool once)
{
    for (size_t i = 0; i < STEP_COUNT; i++) {
        if ((wanted & 1u << i) == 0 || steps[i].once != once)
            continue;
        bench_say("-- %s", steps[i].name);
        if (!steps[i].run(bench)) {
            fprintf(stderr, "bench: failed at: %s\n", steps[i].name);
            return false;
        }
    }
    return true;
}

static bool run_round(struct bench *bench, uint32_t wanted)
{
    bool empty = false;
    for (size_t i = 0; i < STEP_COUNT; i++)
        empty = empty || ((wanted & 1u << i) != 0 && !steps[i].once && steps[i].needs_empty);
    bool done = (!empty || bank_open(bench)) && run_steps(bench, wanted, false);
    if (empty)
        bank_close(bench);
    return done;
}

static bool run_all(struct bench *bench, uint32_t wanted)
{
    for (unsigned round = 1; round <= bench->rounds; round++) {
        fprintf(stderr, "round %u of %u\n", round, bench->rounds);
        if (!run_round(bench, wanted))
            return false;
    }
    return run_steps(bench, wanted, true);
}

static bool make_folder(struct bench *bench, const struct options *options)
{
    (void)snprintf(bench->folder, sizeof bench->folder, "%s/bench-XXXXXX", options->folder);
    if (mkdtemp(bench->folder) == NULL || chmod(bench->folder, 0711) != 0) {
        fprintf(stderr, "bench: %s: %m\n", bench->folder);
        return false;
    }
    return true;
}

static void clean_up(struct bench *bench)
{
    bank_close(bench);
    if (bench->grown.process.pid > 0)
        daemon_kill(&bench->grown);
    postgres_free(&bench->postgres);
    crowd_close(&bench->crowd);
    crowd_close(&bench->grown_crowd);
}

static bool report(const struct bench *bench, const struct options *options)
{
    report_table(bench, rows, options->wanted, row_count);
    bool written = options->json == NULL ||
                   report_json(bench, rows, options->wanted, row_count, options->json);
    if (!written)
        fprintf(stderr, "bench: %s could not be written\n", options->json);
    return written;
}

/* Measures in a process of its own, so that however it ends somebody is left to clean up. */
static int run_apart(struct bench *bench, const struct options *options)
{
    int status = -1;
    (void)fflush(NULL);
    pid_t pid = fork();
    if (pid == 0) {
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
        bool done = run_all(bench, wanted_steps(bench, options));
        done = report(bench, options) && done;
        clean_up(bench);
        exit(done ? 0 : 1);
    }
    (void)signal(SIGINT, SIG_IGN); /* it gets it too, and ends */
    (void)signal(SIGTERM, SIG_IGN);
    while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
        continue;
    return pid > 0 && WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

int main(int argc, char **argv)
{
    static struct bench bench = {
        .rounds = 5,
        .keyed = true,
        .seconds = 2,
        .lasting_s = 180,
        .accounts = 10000,
        .clients = 64,
        .window = 512,
        .batch = 1000,
        .queries = 5000,
        .scale = {.accounts = 100000, .transfers = 1000000, .busy_deposits = 50000},
        .empty.process = {.out = -1},
        .other.process = {.out = -1},
        .grown.process = {.out = -1},
    };
    static struct options options;
    (void)signal(SIGPIPE, SIG_IGN);
    int code = options_read(argc, argv, &bench, &options);
    if (code != 0 || options.done)
        return code;
    bench.daemon_program = options.daemon;
    if (getloadavg(&bench.load_before, 1) == 1 && bench.load_before > 0.5)
        fprintf(stderr, "the machine is busy with something else: these figures will be low\n");
    if (!make_folder(&bench, &options))
        return 1;
    code = run_apart(&bench, &options);
    if (bench.keep)
        fprintf(stderr, "left: %s\n", bench.folder);
    else
        folder_remove(bench.folder);
    return code;
}
