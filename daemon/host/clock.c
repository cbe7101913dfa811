#include "host/clock.h"

#include <time.h>

#include "base/check.h"

static int64_t clock_read(clockid_t which)
{
    struct timespec now;
    CHECK(clock_gettime(which, &now) == 0);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static int64_t system_wall(struct clock *clock)
{
    (void)clock;
    return clock_read(CLOCK_REALTIME);
}

static int64_t system_steady(struct clock *clock)
{
    (void)clock;
    return clock_read(CLOCK_MONOTONIC);
}

struct clock *clock_system(void)
{
    static struct clock clock = {.wall = system_wall, .steady = system_steady};
    return &clock;
}
