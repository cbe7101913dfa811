/* The balance over the days of a statement's month, drawn beside its figures. */
#pragma once

#include "model/history.h"
#include "term/surface.h"

struct statement_chart {
    int32_t month;
    struct money opening;
    int64_t opened_at, last_at; /* the days before and after these are left out */
    const struct movement *lines;
    size_t line_count;
};

#define STATEMENT_CHART_DAYS_MAX 31
/* The balance at the end of each day; returns how many. */
size_t statement_chart_days(const struct statement_chart *chart,
                            int64_t out[STATEMENT_CHART_DAYS_MAX]);
/* Into the figures' area: beside all their rows where there is room behind the totals, else
 * behind the sum in the last row. */
void statement_chart_draw(struct area area, const struct statement_chart *chart, unsigned exponent,
                          int totals_end, int sum_end);
