#include "base/time.h"

#include <stddef.h>

#define YEAR_MAX 9999
#define DAY_FIRST (-719162) /* 0001-01-01 */
#define DAY_LAST 2932896    /* 9999-12-31 */

static int64_t floor_divide(int64_t value, int64_t by)
{
    return value / by - (value % by < 0 ? 1 : 0);
}

/* Days since 1970-01-01 of the first of a month. The year is taken to start in March, so that the
 * leap day is its last; 400 years, an era, have 146097 days, and 719468 lie between 0000-03-01
 * and 1970-01-01. */
static int64_t days_of_month_start(int64_t month_number)
{
    int64_t shifted = month_number - 2;
    int64_t year = floor_divide(shifted, 12);
    int64_t month = shifted - year * 12;
    int64_t era = floor_divide(year, 400);
    int64_t year_of_era = year - era * 400;
    int64_t day_of_year = (153 * month + 2) / 5;
    int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * 146097 + day_of_era - 719468;
}

static int64_t month_of_days(int64_t days)
{
    int64_t shifted = days + 719468;
    int64_t era = floor_divide(shifted, 146097);
    int64_t day_of_era = shifted - era * 146097;
    int64_t year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t month = (5 * day_of_year + 2) / 153;
    return (era * 400 + year_of_era) * 12 + month + 2;
}

static bool digits_parse(struct text text, size_t at, size_t count, int *out)
{
    if (text.size < at + count) {
        return false;
    }
    int value = 0;
    for (size_t i = at; i < at + count; i++) {
        if (text.data[i] < '0' || text.data[i] > '9') {
            return false;
        }
        value = value * 10 + (text.data[i] - '0');
    }
    *out = value;
    return true;
}

static void digits_print(char *out, int64_t value, size_t count)
{
    for (size_t i = count; i > 0; i--) {
        out[i - 1] = (char)('0' + value % 10);
        value /= 10;
    }
}

static bool char_is(struct text text, size_t at, char expected)
{
    return at < text.size && text.data[at] == expected;
}

bool month_parse(struct text text, int32_t *out)
{
    int year, month;
    if (text.size != MONTH_TEXT_MAX - 1 || !digits_parse(text, 0, 4, &year) ||
        !char_is(text, 4, '-') || !digits_parse(text, 5, 2, &month)) {
        return false;
    }
    if (year < 1 || month < 1 || month > 12) {
        return false;
    }
    *out = (int32_t)(year * 12 + month - 1);
    return true;
}

const char *month_print(int32_t month, char out[MONTH_TEXT_MAX])
{
    CHECK(month >= 12 && month < (YEAR_MAX + 1) * 12);
    digits_print(out, month / 12, 4);
    out[4] = '-';
    digits_print(out + 5, month % 12 + 1, 2);
    out[7] = '\0';
    return out;
}

int32_t month_of(int64_t time)
{
    return (int32_t)month_of_days(floor_divide(time, TIME_DAY));
}

int64_t month_start(int32_t month)
{
    CHECK(month >= 0 && month <= (YEAR_MAX + 1) * 12);
    return days_of_month_start(month) * TIME_DAY;
}

bool day_parse(struct text text, int32_t *out)
{
    int32_t month;
    int day;
    if (text.size != DAY_TEXT_MAX - 1 ||
        !month_parse((struct text){text.data, MONTH_TEXT_MAX - 1}, &month) ||
        !char_is(text, 7, '-') || !digits_parse(text, 8, 2, &day)) {
        return false;
    }
    int64_t start = days_of_month_start(month);
    if (day < 1 || day > days_of_month_start(month + 1) - start) {
        return false;
    }
    *out = (int32_t)(start + day - 1);
    return true;
}

const char *day_print(int32_t day, char out[DAY_TEXT_MAX])
{
    CHECK(day >= DAY_FIRST && day <= DAY_LAST);
    int32_t month = (int32_t)month_of_days(day);
    month_print(month, out);
    out[7] = '-';
    digits_print(out + 8, day - days_of_month_start(month) + 1, 2);
    out[10] = '\0';
    return out;
}

int32_t day_of(int64_t time)
{
    return (int32_t)floor_divide(time, TIME_DAY);
}

int64_t day_start(int32_t day)
{
    CHECK(day >= DAY_FIRST && day <= DAY_LAST + 1);
    return day * TIME_DAY;
}

/* "10:24:06" at `at`, within one day. */
static bool clock_parse(struct text text, size_t at, int64_t *out)
{
    int hour, minute, second;
    if (!digits_parse(text, at, 2, &hour) || !char_is(text, at + 2, ':') ||
        !digits_parse(text, at + 3, 2, &minute) || !char_is(text, at + 5, ':') ||
        !digits_parse(text, at + 6, 2, &second)) {
        return false;
    }
    if (hour > 23 || minute > 59 || second > 59) {
        return false;
    }
    *out = ((hour * 60 + minute) * 60 + second) * TIME_SECOND;
    return true;
}

/* ".000001" at *at, if there is a dot at all; moves *at behind it. */
static bool fraction_parse(struct text text, size_t *at, int64_t *out)
{
    *out = 0;
    if (!char_is(text, *at, '.')) {
        return true;
    }
    size_t start = ++*at;
    int64_t unit = TIME_SECOND;
    for (; *at < text.size && text.data[*at] >= '0' && text.data[*at] <= '9'; ++*at) {
        if (unit == 1) {
            return false;
        }
        unit /= 10;
        *out += (text.data[*at] - '0') * unit;
    }
    return *at > start;
}

bool time_parse(struct text text, int64_t *out)
{
    size_t at = DAY_TEXT_MAX - 1;
    int32_t day;
    int64_t clock, fraction;
    if (text.size < at || !day_parse((struct text){text.data, at}, &day) ||
        !(char_is(text, at, 'T') || char_is(text, at, 't')) || !clock_parse(text, at + 1, &clock)) {
        return false;
    }
    at += 9;
    if (!fraction_parse(text, &at, &fraction)) {
        return false;
    }
    struct text zone = {text.data + at, text.size - at};
    if (!text_is(zone, "Z") && !text_is(zone, "z") && !text_is(zone, "+00:00")) {
        return false;
    }
    *out = day * TIME_DAY + clock + fraction;
    return true;
}

const char *time_print(int64_t time, char out[TIME_TEXT_MAX])
{
    int32_t day = day_of(time);
    int64_t rest = time - day * TIME_DAY;
    int64_t seconds = rest / TIME_SECOND;
    day_print(day, out);
    out[10] = 'T';
    digits_print(out + 11, seconds / 3600, 2);
    out[13] = ':';
    digits_print(out + 14, seconds / 60 % 60, 2);
    out[16] = ':';
    digits_print(out + 17, seconds % 60, 2);
    out[19] = '.';
    digits_print(out + 20, rest % TIME_SECOND, 6);
    out[26] = 'Z';
    out[27] = '\0';
    return out;
}
