#include "screens/statement_chart.h"

#include <stdio.h>

#include "base/time.h"
#include "model/show.h"
#include "widgets/plot.h"

#define FIGURE_ROWS 5
#define TALL_COLUMNS_MIN 40
#define FLAT_COLUMNS_MIN 10

size_t statement_chart_days(const struct statement_chart *chart,
                            int64_t out[STATEMENT_CHART_DAYS_MAX])
{
    int32_t first = day_of(month_start(chart->month));
    int32_t next = day_of(month_start(chart->month + 1));
    int32_t last = day_of(chart->last_at) < next - 1 ? day_of(chart->last_at) : next - 1;
    int32_t opened = day_of(chart->opened_at);
    int64_t balance = chart->opening.minor;
    size_t line = 0;
    size_t count = 0;
    for (int32_t day = first; day <= last && count < STATEMENT_CHART_DAYS_MAX; day++) {
        while (line < chart->line_count && day_of(chart->lines[line].at) <= day) {
            balance = chart->lines[line++].balance.minor;
        }
        if (day >= opened) {
            out[count++] = balance;
        }
    }
    return count;
}

static void draw_tall(struct area area, const int64_t *days, size_t count, const char *range)
{
    int most = (int)count * 2;
    int columns = area.columns < most ? area.columns : most;
    plot_draw(area_part(area, 0, 0, area.rows - 1, columns), STYLE_PLAIN, days, count);
    (void)area_amount(area, area.rows - 1, 0, area_columns(area, text_of(range)), STYLE_DIM, range);
}

void statement_chart_draw(struct area area, const struct statement_chart *chart, unsigned exponent,
                          int totals_end, int sum_end)
{
    int64_t days[STATEMENT_CHART_DAYS_MAX];
    size_t count = statement_chart_days(chart, days);
    char low[SHOW_MONEY_MAX];
    char high[SHOW_MONEY_MAX];
    char range[2 * SHOW_MONEY_MAX + 32];
    if (count == 0) {
        return;
    }
    int64_t least = days[0];
    int64_t most = days[0];
    for (size_t i = 1; i < count; i++) {
        least = days[i] < least ? days[i] : least;
        most = days[i] > most ? days[i] : most;
    }
    (void)snprintf(range, sizeof range, "low %s   high %s",
                   show_money(money(least), exponent, SHOW_PLAIN, low),
                   show_money(money(most), exponent, SHOW_PLAIN, high));
    int start = (totals_end > sum_end ? totals_end : sum_end) + 3;
    if (area.columns - start >= TALL_COLUMNS_MIN) {
        draw_tall(area_part(area, 0, start, FIGURE_ROWS, area.columns - start - 1), days, count,
                  range);
        return;
    }
    start = sum_end + 3;
    int room = area.columns - start - 1;
    if (room >= FLAT_COLUMNS_MIN) {
        int columns = room < (int)count ? room : (int)count;
        plot_draw(area_part(area, FIGURE_ROWS - 1, area.columns - 1 - columns, 1, columns),
                  STYLE_PLAIN, days, count);
    }
    for (int row = 0; row < 2; row++) { /* beside the first totals, where the numbers fit */
        char *text = row == 0 ? high : low;
        char line[SHOW_MONEY_MAX + 8];
        (void)snprintf(line, sizeof line, "%s %s", row == 0 ? "high" : "low", text);
        if (area.columns - totals_end - 2 >= area_columns(area, text_of(line))) {
            (void)area_right(area_part(area, row, totals_end, 1, area.columns - totals_end - 1), 0,
                             STYLE_DIM, text_of(line));
        }
    }
}
