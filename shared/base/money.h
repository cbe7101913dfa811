/* Money: a whole number of minor units of some currency (see currency.h for exponents).
 *
 * A struct, so that a bare + does not compile. An amount is 1 ... MONEY_MAX, a balance is
 * 0 ... MONEY_MAX; totals and changes use the whole of int64. Every operation is checked. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/check.h"

#define MONEY_MAX INT64_C(9007199254740991) /* 2^53 - 1: every JSON client reads it exactly */

struct money {
    int64_t minor;
};

static inline struct money money(int64_t minor)
{
    return (struct money){minor};
}

/* False when the result does not fit an int64; *out is then left alone. */
bool money_add(struct money a, struct money b, struct money *out) MUST_USE;
bool money_subtract(struct money a, struct money b, struct money *out) MUST_USE;
bool money_is_amount(struct money money);  /* 1 ... MONEY_MAX */
bool money_is_balance(struct money money); /* 0 ... MONEY_MAX */

/* "1234.56" with `exponent` decimals, a leading minus for negative ones, nothing else: the form
 * of statements, exports and ledgers. `out` must hold MONEY_TEXT_MAX bytes. */
#define MONEY_TEXT_MAX 32
const char *money_print(struct money money, unsigned exponent, char out[MONEY_TEXT_MAX]);
