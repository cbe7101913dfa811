/* The pauses before the attempts of a delivery. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/check.h"
#include "base/text.h"

#define SCHEDULE_MAX 20
#define SCHEDULE_PAUSE_MAX_US (INT64_C(30) * 86400 * 1000000)

struct schedule {
    int64_t pauses_us[SCHEDULE_MAX];
    size_t count;
};

struct schedule schedule_default(void);
/* "0s,0.5s,5m,2h,1d": whole numbers or decimals of ms, s, m, h or d. False: not such a list. */
bool schedule_parse(struct text text, struct schedule *out) MUST_USE;
/* The pause before attempt `attempt` (0 is the first), longer by up to a tenth of itself: `random`
 * says how much. */
int64_t schedule_pause(const struct schedule *schedule, size_t attempt, uint32_t random);
