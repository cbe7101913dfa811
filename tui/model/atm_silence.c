#include "model/atm_silence.h"

void atm_silence_touch(struct atm_silence *silence, int64_t now_ms)
{
    silence->since_ms = now_ms;
}

enum atm_silence_state atm_silence_at(const struct atm_silence *silence, int64_t now_ms)
{
    int64_t silent = now_ms - silence->since_ms;
    return silent >= ATM_SILENCE_OVER_MS   ? ATM_SILENCE_OVER
           : silent >= ATM_SILENCE_WARN_MS ? ATM_SILENCE_WARNED
                                           : ATM_SILENCE_FINE;
}

int atm_silence_left_s(const struct atm_silence *silence, int64_t now_ms)
{
    int64_t left = silence->since_ms + ATM_SILENCE_OVER_MS - now_ms;
    return left <= 0 ? 0 : (int)((left + 999) / 1000);
}
