#include "stolen.h"

#include <inttypes.h>
#include <stdio.h>

/* user, nice, system, idle, iowait, irq, softirq, steal; what follows is counted in these. */
#define COLUMNS 8

struct stolen stolen_now(void)
{
    struct stolen now = {0};
    uint64_t ticks[COLUMNS];
    FILE *file = fopen("/proc/stat", "r");
    if (file == NULL)
        return now;
    if (fscanf(file,
               "cpu %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64
               " %" SCNu64 " %" SCNu64,
               &ticks[0], &ticks[1], &ticks[2], &ticks[3], &ticks[4], &ticks[5], &ticks[6],
               &ticks[7]) == COLUMNS) {
        now.taken = ticks[COLUMNS - 1];
        for (int i = 0; i < COLUMNS; i++)
            now.all += ticks[i];
    }
    (void)fclose(file);
    return now;
}

double stolen_percent(const struct stolen *since)
{
    struct stolen now = stolen_now();
    if (now.all <= since->all || now.taken < since->taken)
        return 0;
    return 100.0 * (double)(now.taken - since->taken) / (double)(now.all - since->all);
}
