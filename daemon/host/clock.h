/* The clock behind an interface, so that engine, projector and webhooks run in a simulation.
 * wall: microseconds since 1970, may step either way. steady: microseconds that only grow. */
#pragma once

#include <stdint.h>

struct clock {
    int64_t (*wall)(struct clock *clock);
    int64_t (*steady)(struct clock *clock);
};

struct clock *clock_system(void); /* the machine's; any thread */
