#include "webhooks/schedule.h"

#include <string.h>

#define SECOND INT64_C(1000000)

struct schedule schedule_default(void)
{
    return (struct schedule){
        .pauses_us = {0, 5 * SECOND, 300 * SECOND, 1800 * SECOND, 7200 * SECOND, 18000 * SECOND,
                      36000 * SECOND, 50400 * SECOND, 72000 * SECOND, 86400 * SECOND},
        .count = 10,
    };
}

static int64_t unit_of(struct text text)
{
    static const struct {
        const char *name;
        int64_t us;
    } units[] = {{"ms", 1000},
                 {"s", SECOND},
                 {"m", 60 * SECOND},
                 {"h", 3600 * SECOND},
                 {"d", 86400 * SECOND}};

    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        if (text_is(text, units[i].name))
            return units[i].us;
    }
    return 0;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* "0.5s": digits, perhaps a point and up to six more, and a unit. */
static bool parse_pause(struct text text, int64_t *out)
{
    int64_t whole = 0, part = 0, scale = 1;
    size_t at = 0, start;

    for (; at < text.size && at < 9 && is_digit(text.data[at]); at++)
        whole = whole * 10 + (text.data[at] - '0');
    if (at == 0)
        return false;
    if (at < text.size && text.data[at] == '.') {
        start = ++at;
        for (; at < text.size && at < start + 6 && is_digit(text.data[at]); at++) {
            part = part * 10 + (text.data[at] - '0');
            scale *= 10;
        }
        if (at == start)
            return false;
    }
    int64_t unit = unit_of((struct text){text.data + at, text.size - at});
    if (unit == 0 || whole > SCHEDULE_PAUSE_MAX_US / unit)
        return false;
    *out = whole * unit + part * unit / scale; /* part < 10^6, unit < 10^11 */
    return *out <= SCHEDULE_PAUSE_MAX_US;
}

bool schedule_parse(struct text text, struct schedule *out)
{
    *out = (struct schedule){0};
    while (text.size > 0 && out->count < SCHEDULE_MAX) {
        const char *comma = memchr(text.data, ',', text.size);
        size_t size = comma == NULL ? text.size : (size_t)(comma - text.data);

        if (!parse_pause((struct text){text.data, size}, &out->pauses_us[out->count++]))
            return false;
        if (comma == NULL)
            return true;
        text = (struct text){comma + 1, text.size - size - 1};
    }
    return false;
}

int64_t schedule_pause(const struct schedule *schedule, size_t attempt, uint32_t random)
{
    if (attempt >= schedule->count)
        attempt = schedule->count - 1;
    int64_t tenth = schedule->pauses_us[attempt] / 10; /* below 2^39: the product fits */
    return schedule->pauses_us[attempt] + (int64_t)((uint64_t)tenth * (random >> 8) >> 24);
}
