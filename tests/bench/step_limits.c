/* The limits that stand for themselves. */
#include <stdio.h>

#include "bench.h"

bool limit_commits(struct bench *bench, size_t batch, double *rate)
{
    return limit_append(bench->folder, batch, bench->seconds / 2, rate);
}

bool step_commits(struct bench *bench)
{
    static const size_t batches[] = {8, 64, 512};
    for (size_t i = 0; i < sizeof batches / sizeof *batches; i++) {
        double rate;
        if (!limit_commits(bench, batches[i], &rate))
            return false;
        bench_add(bench, (enum figure)(FIGURE_APPEND_8 + i), rate);
    }
    return true;
}

bool limit_trips(struct bench *bench, unsigned window, enum figure figure)
{
    double rate;
    if (!limit_round_trip(window, bench->seconds / 2, &rate))
        return false;
    bench_add(bench, figure, rate);
    return true;
}

bool step_trips(struct bench *bench)
{
    return limit_trips(bench, bench->clients, FIGURE_TRIP_64) &&
           limit_trips(bench, bench->window, FIGURE_TRIP_512);
}

static unsigned whole_seconds(double seconds)
{
    return seconds < 1 ? 1 : (unsigned)seconds;
}

/* The first round looks for the number of clients that is best for it; the others take that. */
static void find_clients(struct bench *bench, double *best)
{
    static const unsigned clients[] = {1, 4, 16, 32, 64};
    for (size_t i = 0; i < sizeof clients / sizeof *clients; i++) {
        double rate =
            postgres_rate(bench->postgres, clients[i], whole_seconds(bench->seconds * 1.5));
        bench_say("postgresql, %u clients: %.0f/s", clients[i], rate);
        if (rate > *best) {
            *best = rate;
            bench->postgres_clients = clients[i];
        }
    }
}

static void make_postgres(struct bench *bench)
{
    char folder[1100];
    bench->postgres_tried = true;
    (void)snprintf(folder, sizeof folder, "%s/postgres", bench->folder);
    bench->postgres = postgres_new(folder, bench->accounts, &bench->postgres_missing);
    if (bench->postgres == NULL)
        bench_say("skipped: %s", bench->postgres_missing);
}

bool step_postgres(struct bench *bench)
{
    double rate = 0;
    if (!bench->postgres_tried)
        make_postgres(bench);
    if (bench->postgres == NULL)
        return true;
    if (!postgres_wake(bench->postgres)) {
        fprintf(stderr, "bench: postgresql did not start again\n");
        return false;
    }
    if (bench->postgres_clients == 0)
        find_clients(bench, &rate);
    else
        rate = postgres_rate(bench->postgres, bench->postgres_clients,
                             whole_seconds(bench->seconds * 2));
    postgres_sleep(bench->postgres);
    bench_add(bench, FIGURE_POSTGRES, rate);
    return rate > 0;
}
