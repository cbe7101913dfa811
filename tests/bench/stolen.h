/* What the host took of the processors of a virtual machine, as the kernel counts it in /proc/stat
 * (proc(5), "steal"). Latencies and rates of a time in which much was taken say little about the
 * daemon. */
#pragma once

#include <stdint.h>

struct stolen {
    uint64_t taken, all; /* ticks of all processors since the machine started */
};

struct stolen stolen_now(void); /* nothing taken where the kernel does not tell */
/* Of the time since then, in percent. */
double stolen_percent(const struct stolen *since);
