#include "load.h"

double load_rate(const struct load_result *result)
{
    return result->seconds > 0 ? (double)result->done / result->seconds : 0;
}

void load_clock_start(struct load_clock *clock, const struct load *load)
{
    clock->begin_ns = now_ns() + (load->count > 0 ? 0 : (int64_t)(load->warm_s * 1e9));
    clock->end_ns = load->count > 0 ? INT64_MAX : clock->begin_ns + (int64_t)(load->seconds * 1e9);
    clock->left = load->count;
}

bool load_clock_more(struct load_clock *clock, const struct load *load, int64_t now)
{
    if (load->count > 0)
        return clock->left > 0 && clock->left-- > 0;
    return now < clock->end_ns;
}

void load_clock_count(const struct load_clock *clock, struct load_result *result, int64_t sent,
                      int64_t now, bool well)
{
    if (now < clock->begin_ns || now >= clock->end_ns)
        return;
    result->done += well;
    result->refused += !well;
    result->seconds = (double)(now - clock->begin_ns) / 1e9;
    histogram_add(&result->latency, now - sent);
}
