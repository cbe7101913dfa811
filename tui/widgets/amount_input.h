/* A field for an amount: says at every key how it is understood. */
#pragma once

#include "model/amount.h"
#include "widgets/input.h"

struct amount_input {
    struct input input;
    uint16_t currency;
    enum amount_least least;
};

#define AMOUNT_INPUT_WIDTH 20

void amount_input_init(struct amount_input *input, uint16_t currency, enum amount_least least);
struct amount amount_input_value(const struct amount_input *input);
/* Field and echo; the echo goes into the next row where the area is narrow, and a refusal is
 * always there. Uses two rows. */
void amount_input_draw(const struct amount_input *input, struct area area, int row, int column,
                       bool focused);
