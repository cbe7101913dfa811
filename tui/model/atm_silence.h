/* How long nobody has pressed a key: first a warning with a countdown, then it is over. The time
 * is handed in. */
#pragma once

#include <stdint.h>

#define ATM_SILENCE_WARN_MS 30000
#define ATM_SILENCE_OVER_MS (ATM_SILENCE_WARN_MS + 20000)

enum atm_silence_state { ATM_SILENCE_FINE, ATM_SILENCE_WARNED, ATM_SILENCE_OVER };

struct atm_silence {
    int64_t since_ms;
};

void atm_silence_touch(struct atm_silence *silence, int64_t now_ms);
enum atm_silence_state atm_silence_at(const struct atm_silence *silence, int64_t now_ms);
/* Whole seconds until it is over, for the countdown. */
int atm_silence_left_s(const struct atm_silence *silence, int64_t now_ms);
