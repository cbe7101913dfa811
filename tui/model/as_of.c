#include "model/as_of.h"

#include <stdio.h>
#include <string.h>

#include "base/time.h"

#define DAY_SIZE 10

/* "2026-02-28 14:30" as RFC 3339 wants it: T between, seconds, Z. */
static bool parse_time(struct text typed, int64_t *out)
{
    char full[AS_OF_TYPED_MAX + 8];
    if (typed.size <= DAY_SIZE + 1 || typed.size > AS_OF_TYPED_MAX ||
        strchr(" tT", typed.data[DAY_SIZE]) == NULL || typed.data[DAY_SIZE] == '\0') {
        return false;
    }
    struct text rest = {typed.data + DAY_SIZE + 1, typed.size - DAY_SIZE - 1};
    bool zulu = rest.data[rest.size - 1] == 'Z' || rest.data[rest.size - 1] == 'z';
    rest.size -= zulu ? 1 : 0;
    (void)snprintf(full, sizeof full, "%.*sT%.*s%sZ", DAY_SIZE, typed.data, TEXT_ARGS(rest),
                   rest.size == strlen("14:30") ? ":00" : "");
    return time_parse(text_of(full), out);
}

const char *as_of_parse(struct text typed, int64_t now, int64_t *out)
{
    int32_t day = 0;
    while (typed.size > 0 && typed.data[typed.size - 1] == ' ') {
        typed.size--;
    }
    while (typed.size > 0 && typed.data[0] == ' ') {
        typed = (struct text){typed.data + 1, typed.size - 1};
    }
    if (day_parse(typed, &day)) {
        if (day > day_of(now)) {
            return "This day has not come yet";
        }
        *out = day == day_of(now) ? 0 : day_start(day) + TIME_DAY - 1;
        return NULL;
    }
    if (!parse_time(typed, out)) {
        return "Type a day as 2026-02-28, or a day and a time as 2026-02-28 14:30";
    }
    return *out > now ? "This time has not come yet" : NULL;
}
