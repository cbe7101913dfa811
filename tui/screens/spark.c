#include "screens/spark.h"

#include <stdio.h>

#include "base/currency.h"
#include "model/show.h"
#include "widgets/plot.h"

#define BELOW_ROWS_MIN 4 /* heading and movements that must have room below it */
#define BARS_MIN 8
#define BARS_MAX BOOK_DAYS

int spark_draw(struct area area, int row, const struct book *book)
{
    char low[SHOW_MONEY_MAX];
    char high[SHOW_MONEY_MAX];
    char text[2 * SHOW_MONEY_MAX + 32];
    char label[24];
    int64_t least = book->day_count > 0 ? book->days[0] : 0;
    int64_t most = least;
    if (book->day_count == 0 || area.rows - row < BELOW_ROWS_MIN) {
        return 0;
    }
    for (size_t i = 1; i < book->day_count; i++) {
        least = book->days[i] < least ? book->days[i] : least;
        most = book->days[i] > most ? book->days[i] : most;
    }
    unsigned exponent = currency_exponent(book->row.currency);
    (void)snprintf(text, sizeof text, "low %s   high %s",
                   show_money(money(least), exponent, SHOW_PLAIN, low),
                   show_money(money(most), exponent, SHOW_PLAIN, high));
    (void)snprintf(label, sizeof label, "%zu day%s ", book->day_count,
                   book->day_count == 1 ? "" : "s");
    int text_columns = area_columns(area, text_of(text));
    if (1 + area_columns(area, text_of(label)) + text_columns > area.columns) {
        return 0; /* amounts are whole, or not there */
    }
    int at = area_text(area, row, 1, STYLE_DIM, text_of(label));
    int room = area.columns - at - 2 - text_columns - 1;
    if (room < BARS_MIN) { /* the numbers are worth more than the bars */
        (void)area_text(area, row, at, STYLE_DIM, text_of(text));
        return 1;
    }
    int bars = room < BARS_MAX ? room : BARS_MAX;
    plot_draw(area_part(area, row, at, 1, bars), STYLE_PLAIN, book->days, book->day_count);
    (void)area_text(area, row, at + bars + 2, STYLE_DIM, text_of(text));
    return 1;
}
