/* Time: microseconds since 1970-01-01T00:00:00Z as int64_t, proleptic Gregorian, no leap seconds.
 * 0 means "none" in optional places. Months count from year 0: year * 12 + month - 1. Days count
 * from 1970-01-01. Years 1 ... 9999 only.
 *
 * Text form: RFC 3339, UTC, always six decimals and Z. Parsing accepts what RFC 3339 section 5.6
 * accepts with Z or +00:00 and 0 to 6 decimals (so that people may type less), nothing looser. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/check.h"
#include "base/text.h"

#define TIME_SECOND INT64_C(1000000)
#define TIME_DAY (INT64_C(86400) * TIME_SECOND)
#define TIME_TEXT_MAX 28 /* "2026-11-22T10:24:06.000001Z" and a NUL */
#define MONTH_TEXT_MAX 8
#define DAY_TEXT_MAX 11

bool time_parse(struct text text, int64_t *out) MUST_USE;
const char *time_print(int64_t time, char out[TIME_TEXT_MAX]);

bool month_parse(struct text text, int32_t *out) MUST_USE; /* YYYY-MM */
const char *month_print(int32_t month, char out[MONTH_TEXT_MAX]);
int32_t month_of(int64_t time);
int64_t month_start(int32_t month); /* its first microsecond; that of month + 1 is its end */

bool day_parse(struct text text, int32_t *out) MUST_USE; /* YYYY-MM-DD */
const char *day_print(int32_t day, char out[DAY_TEXT_MAX]);
int32_t day_of(int64_t time);
int64_t day_start(int32_t day);
