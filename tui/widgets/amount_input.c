#include "widgets/amount_input.h"

#include <stdio.h>
#include <string.h>

#include "model/show.h"

void amount_input_init(struct amount_input *input, uint16_t currency, enum amount_least least)
{
    input_init(&input->input, 32, false);
    input->currency = currency;
    input->least = least;
}

struct amount amount_input_value(const struct amount_input *input)
{
    return amount_parse(input_text(&input->input), input->currency, input->least);
}

void amount_input_draw(const struct amount_input *input, struct area area, int row, int column,
                       bool focused)
{
    struct amount amount = amount_input_value(input);
    struct input shown = input->input;
    shown.hidden = show_is_hidden();
    input_draw(&shown, area, row, column, AMOUNT_INPUT_WIDTH, focused);
    if (amount.verdict == AMOUNT_REFUSED) {
        struct area below = area_part(area, row + 1, 0, 1, area.columns);
        int at = area_columns(area, text_of(amount.why)) + 2 > area.columns - column ? 0 : column;
        at = area_text(below, 0, at, STYLE_WARN, TEXT("! "));
        (void)area_fit(below, 0, at, area.columns - at, STYLE_WARN, text_of(amount.why));
    } else if (amount.verdict == AMOUNT_OK) {
        char money[SHOW_MONEY_MAX];
        char echo[SHOW_MONEY_MAX + 4];
        (void)snprintf(echo, sizeof echo, "= %s",
                       show_money_in(amount.value, input->currency, money));
        int beside = column + AMOUNT_INPUT_WIDTH + 3;
        if (area_columns(area, text_of(echo)) <= area.columns - beside) {
            (void)area_text(area, row, beside, STYLE_STRONG, text_of(echo));
        } else {
            (void)area_amount(area, row + 1, column, area_columns(area, text_of(echo)),
                              STYLE_STRONG, echo);
        }
    }
}
