#include "model/words.h"

#include <stdio.h>
#include <string.h>

#include "base/currency.h"
#include "model/show.h"

static const char *const small[20] = {"zero",    "one",     "two",       "three",    "four",
                                      "five",    "six",     "seven",     "eight",    "nine",
                                      "ten",     "eleven",  "twelve",    "thirteen", "fourteen",
                                      "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"};
static const char *const tens[10] = {"",      "",      "twenty",  "thirty", "forty",
                                     "fifty", "sixty", "seventy", "eighty", "ninety"};

static void add(char out[WORDS_MAX], const char *word)
{
    size_t size = strlen(out);
    (void)snprintf(out + size, WORDS_MAX - size, "%s%s", size > 0 ? " " : "", word);
}

static void add_below_thousand(char out[WORDS_MAX], unsigned value)
{
    if (value >= 100) {
        add(out, small[value / 100]);
        add(out, "hundred");
        value %= 100;
    }
    if (value >= 20) {
        char pair[32];
        (void)snprintf(pair, sizeof pair, "%s%s%s", tens[value / 10], value % 10 > 0 ? "-" : "",
                       value % 10 > 0 ? small[value % 10] : "");
        add(out, pair);
    } else if (value > 0) {
        add(out, small[value]);
    }
}

static void add_whole(char out[WORDS_MAX], uint64_t value)
{
    static const struct {
        uint64_t size;
        const char *name;
    } scales[] = {{1000000000000000u, "quadrillion"},
                  {1000000000000u, "trillion"},
                  {1000000000u, "billion"},
                  {1000000u, "million"},
                  {1000u, "thousand"}};
    if (value == 0) {
        add(out, small[0]);
    }
    for (size_t i = 0; i < sizeof scales / sizeof *scales; i++) {
        if (value >= scales[i].size) {
            add_below_thousand(out, (unsigned)(value / scales[i].size));
            add(out, scales[i].name);
            value %= scales[i].size;
        }
    }
    add_below_thousand(out, (unsigned)value);
}

const char *words_money(struct money money, uint16_t currency, char out[WORDS_MAX])
{
    unsigned exponent = currency_exponent(currency);
    uint64_t scale = 1;
    uint64_t value = money.minor < 0 ? 0 : (uint64_t)money.minor;
    for (unsigned i = 0; i < exponent; i++) {
        scale *= 10;
    }
    out[0] = '\0';
    if (show_is_hidden()) {
        add(out, SHOW_HIDDEN);
        return out;
    }
    add_whole(out, value / scale);
    if (value % scale > 0) {
        char part[64];
        (void)snprintf(part, sizeof part, "and %0*llu/%llu", (int)exponent,
                       (unsigned long long)(value % scale), (unsigned long long)scale);
        add(out, part);
    }
    add(out, currency_code(currency));
    return out;
}
