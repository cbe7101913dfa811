#include "base/money.h"

#include <stddef.h>

bool money_add(struct money a, struct money b, struct money *out)
{
    int64_t sum;
    if (__builtin_add_overflow(a.minor, b.minor, &sum)) {
        return false;
    }
    out->minor = sum;
    return true;
}

bool money_subtract(struct money a, struct money b, struct money *out)
{
    int64_t rest;
    if (__builtin_sub_overflow(a.minor, b.minor, &rest)) {
        return false;
    }
    out->minor = rest;
    return true;
}

bool money_is_amount(struct money money)
{
    return money.minor >= 1 && money.minor <= MONEY_MAX;
}

bool money_is_balance(struct money money)
{
    return money.minor >= 0 && money.minor <= MONEY_MAX;
}

/* Written from its end, so that the zeros in front of a small fraction come by themselves. */
const char *money_print(struct money money, unsigned exponent, char out[MONEY_TEXT_MAX])
{
    CHECK(exponent <= 9);
    bool negative = money.minor < 0;
    uint64_t rest = negative ? 0 - (uint64_t)money.minor : (uint64_t)money.minor;
    char reversed[MONEY_TEXT_MAX];
    size_t size = 0;
    for (unsigned digits = 0; digits <= exponent || rest > 0; digits++) {
        if (digits == exponent && exponent > 0) {
            reversed[size++] = '.';
        }
        reversed[size++] = (char)('0' + rest % 10);
        rest /= 10;
    }
    if (negative) {
        reversed[size++] = '-';
    }
    for (size_t i = 0; i < size; i++) {
        out[i] = reversed[size - 1 - i];
    }
    out[size] = '\0';
    return out;
}
