/* What a person typed as an amount. No locale: `1200,99`, `1,200.99`, `1.200,99`, `1 200.99` all
 * mean themselves; what could mean two things (`1,200`) is refused with both readings. */
#pragma once

#include "base/money.h"
#include "base/text.h"

#define AMOUNT_WHY_MAX 128

enum amount_verdict { AMOUNT_EMPTY, AMOUNT_OK, AMOUNT_REFUSED };

struct amount {
    enum amount_verdict verdict;
    struct money value;       /* when ok */
    char why[AMOUNT_WHY_MAX]; /* when refused: a sentence */
};

enum amount_least { AMOUNT_LEAST_ONE, AMOUNT_LEAST_ZERO };

/* In the currency of that ISO number. */
struct amount amount_parse(struct text typed, uint16_t currency, enum amount_least least);
