#include "model/amount.h"

#include <stdio.h>
#include <string.h>

#include "base/currency.h"
#include "base/utf8.h"

#define GROUPS_MAX 12
#define DIGITS_MAX 20

/* The typed text taken apart: groups of digits, and the sign between each two. */
struct parts {
    char digits[GROUPS_MAX][DIGITS_MAX + 1];
    size_t count;
    char between[GROUPS_MAX]; /* between[i] stands behind digits[i]: ' ', '\'', '.' or ',' */
};

/* One kind of sign for every blank and apostrophe that people group digits with. */
static char separator(int32_t code)
{
    switch (code) {
    case ' ':
    case 0xa0:
    case 0x2009:
    case 0x202f:
        return ' ';
    case '\'':
    case 0x2019:
        return '\'';
    case '.':
    case ',':
        return (char)code;
    default:
        return '\0';
    }
}

static struct text trimmed(struct text text)
{
    while (text.size > 0 && text.data[0] == ' ') {
        text.data++;
        text.size--;
    }
    while (text.size > 0 && text.data[text.size - 1] == ' ') {
        text.size--;
    }
    return text;
}

static const char *take_apart(struct text typed, struct parts *parts)
{
    *parts = (struct parts){.count = 1};
    size_t size = 0;
    for (size_t at = 0; at < typed.size;) {
        int32_t code = utf8_next(typed, &at);
        if (code >= '0' && code <= '9') {
            if (size == DIGITS_MAX) {
                return "Too many digits.";
            }
            parts->digits[parts->count - 1][size++] = (char)code;
            continue;
        }
        char sign = code < 0 ? '\0' : separator(code);
        if (sign == '\0') {
            return "Type digits, and a point or comma before the decimals.";
        }
        if (parts->count == GROUPS_MAX) {
            return "Too many digits.";
        }
        parts->between[parts->count - 1] = sign;
        parts->count++;
        size = 0;
    }
    return NULL;
}

/* Groups 0 ... last of a grouped whole number: three digits each, one to three in the first. */
static bool well_grouped(const struct parts *parts, size_t last)
{
    size_t first = strlen(parts->digits[0]);
    if (last == 0) {
        return true;
    }
    if (first < 1 || first > 3 || parts->digits[0][0] == '0') {
        return false;
    }
    for (size_t i = 1; i <= last; i++) {
        if (strlen(parts->digits[i]) != 3 || parts->between[i - 1] != parts->between[0]) {
            return false;
        }
    }
    return true;
}

static bool add_digits(const char *digits, int64_t *value)
{
    for (; *digits != '\0'; digits++) {
        if (__builtin_mul_overflow(*value, 10, value) ||
            __builtin_add_overflow(*value, *digits - '0', value)) {
            return false;
        }
    }
    return true;
}

static struct amount refuse(const char *why)
{
    struct amount amount = {.verdict = AMOUNT_REFUSED};
    (void)snprintf(amount.why, sizeof amount.why, "%s", why);
    return amount;
}

/* Groups before `decimals` are the whole part; `decimals` is the text behind the decimal sign. */
static struct amount assemble(const struct parts *parts, size_t whole, const char *decimals,
                              unsigned exponent, enum amount_least least)
{
    int64_t value = 0;
    bool fits = true;
    for (size_t i = 0; i < whole && fits; i++) {
        fits = add_digits(parts->digits[i], &value);
    }
    fits = fits && add_digits(decimals, &value);
    for (size_t i = strlen(decimals); i < exponent && fits; i++) {
        fits = add_digits("0", &value);
    }
    if (!fits || !money_is_balance(money(value))) {
        return refuse("That is more than an account can hold.");
    }
    if (value == 0 && least == AMOUNT_LEAST_ONE) {
        return refuse("The amount must be more than zero.");
    }
    return (struct amount){.verdict = AMOUNT_OK, .value = money(value)};
}

static struct amount refuse_decimals(uint16_t currency, unsigned exponent)
{
    char why[AMOUNT_WHY_MAX];
    if (exponent == 0) {
        (void)snprintf(why, sizeof why, "%s has no decimals.", currency_code(currency));
    } else {
        (void)snprintf(why, sizeof why, "%s has %u decimals.", currency_code(currency), exponent);
    }
    return refuse(why);
}

/* One point or comma with three digits behind it: thousands, or decimals? Says both readings, and
 * how to type either so that it can only mean one. */
static struct amount refuse_ambiguous(const struct parts *parts, unsigned exponent)
{
    const char *before = parts->digits[0];
    const char *behind = parts->digits[1];
    char sign = parts->between[0];
    char decimals[32];
    if (exponent == 3) {
        (void)snprintf(decimals, sizeof decimals, "0%.3s%c%.3s", before, sign, behind);
    } else {
        (void)snprintf(decimals, sizeof decimals, "%.3s%c%.*s%.*s", before, sign,
                       exponent < 3 ? (int)exponent : 3, behind, exponent > 3 ? 1 : 0, "0");
    }
    char why[AMOUNT_WHY_MAX];
    (void)snprintf(why, sizeof why, "%.3s %.3s or %.3s.%.3s? Type %.3s%.3s or %s", before, behind,
                   before, behind, before, behind, decimals);
    return refuse(why);
}

static bool is_point(char sign)
{
    return sign == '.' || sign == ',';
}

static struct amount understand(const struct parts *parts, uint16_t currency,
                                enum amount_least least)
{
    unsigned exponent = currency_exponent(currency);
    size_t last = parts->count - 1;
    char sign = last > 0 ? parts->between[last - 1] : '\0';
    const char *behind = parts->digits[last];
    bool alone = last > 0 && is_point(sign);
    for (size_t i = 0; i + 1 < last && alone; i++) {
        alone = parts->between[i] != sign;
    }
    if (!alone) { /* no sign that could begin decimals: a whole number, grouped or not */
        return well_grouped(parts, last) && strlen(parts->digits[0]) > 0
                   ? assemble(parts, parts->count, "", exponent, least)
                   : refuse("The groups of digits are not thousands.");
    }
    if (!well_grouped(parts, last - 1)) {
        return refuse("The groups of digits are not thousands.");
    }
    if (strlen(behind) == 0) {
        return refuse("Type the decimals, or leave the point out.");
    }
    bool could_group = last == 1 && strlen(behind) == 3 && well_grouped(parts, 1);
    if (could_group && exponent == 0) {
        return assemble(parts, 2, "", exponent, least);
    }
    if (could_group) {
        return refuse_ambiguous(parts, exponent);
    }
    if (strlen(behind) > exponent) {
        return refuse_decimals(currency, exponent);
    }
    return assemble(parts, last, behind, exponent, least);
}

struct amount amount_parse(struct text typed, uint16_t currency, enum amount_least least)
{
    struct parts parts;
    typed = trimmed(typed);
    if (typed.size == 0) {
        return (struct amount){.verdict = AMOUNT_EMPTY};
    }
    const char *why = take_apart(typed, &parts);
    return why != NULL ? refuse(why) : understand(&parts, currency, least);
}
