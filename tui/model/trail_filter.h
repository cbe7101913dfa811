/* Which events of an account are wanted: what a person chose, and the question it makes. */
#pragma once

#include "base/bytes.h"
#include "contract/args.h"

#define TRAIL_TEXT_MAX 40 /* characters looked for */
#define TRAIL_TEXT_BYTES_MAX (TRAIL_TEXT_MAX * 4 + 1)

enum trail_kind {
    TRAIL_MOVEMENTS,
    TRAIL_ALL,
    TRAIL_DEPOSITS,
    TRAIL_WITHDRAWALS,
    TRAIL_TRANSFERS,
    TRAIL_BALANCES,
    TRAIL_OPENING,
    TRAIL_KIND_COUNT
};

struct trail_filter {
    enum trail_kind kind;
    int32_t from, to; /* days, both inclusive */
    bool has_from, has_to;
    struct money min, max; /* 0: none */
    char text[TRAIL_TEXT_BYTES_MAX];
};

const char *trail_kind_name(enum trail_kind kind); /* "deposits" */
/* Nothing is left out but by kind. */
bool trail_filter_is_open(const struct trail_filter *filter);
/* Without limit, before and after. `text` stays the filter's. */
struct history_query trail_filter_query(const struct trail_filter *filter, uint64_t account);
/* "deposits · 2026-01-01 to 2026-02-28 · 10.00 to 50.00 · “rent”" */
void trail_filter_show(const struct trail_filter *filter, uint16_t currency, struct bytes *out);
