#include "model/atm_notes.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/currency.h"

#define USUAL_MAX 10 /* of the everyday note; beyond that fewer, larger ones */

static const struct atm_notes others = {.presets = {20, 40, 60, 80, 100, 200, 300, 400},
                                        .fast = 60};

static const struct atm_notes all[] = {
    {"CHF",
     {100, 50, 20, 10},
     20,
     {10, 20, 50, 100, 200},
     {20, 40, 60, 80, 100, 200, 300, 400},
     60},
    {"CZK",
     {2000, 1000, 500, 200, 100},
     0,
     {100, 200, 500, 1000, 2000, 5000},
     {200, 500, 1000, 2000, 3000, 4000, 5000, 10000},
     1000},
    {"EUR", {50, 20, 10}, 20, {5, 10, 20, 50, 100, 200}, {20, 40, 60, 80, 100, 200, 300, 400}, 60},
    {"GBP", {50, 20, 10}, 20, {5, 10, 20, 50}, {20, 40, 60, 80, 100, 200, 300, 400}, 60},
    {"JPY",
     {10000, 1000},
     0,
     {1000, 2000, 5000, 10000},
     {1000, 2000, 3000, 5000, 10000, 20000, 30000, 50000},
     10000},
    {"PLN",
     {100, 50, 20, 10},
     0,
     {10, 20, 50, 100, 200},
     {20, 50, 100, 150, 200, 300, 400, 500},
     100},
    {"SEK",
     {500, 200, 100},
     0,
     {20, 50, 100, 200, 500, 1000},
     {100, 200, 300, 400, 500, 1000, 1500, 2000},
     500},
    {"USD",
     {100, 50, 20, 10},
     20,
     {1, 2, 5, 10, 20, 50, 100},
     {20, 40, 60, 80, 100, 200, 300, 400},
     60},
};

const struct atm_notes *atm_notes_of(uint16_t currency)
{
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        if (strcmp(all[i].code, currency_code(currency)) == 0) {
            return &all[i];
        }
    }
    return &others;
}

static int smallest(const struct atm_notes *notes)
{
    int least = 0;
    for (int i = 0; i < ATM_NOTES_OUT_MAX && notes->out[i] > 0; i++) {
        least = notes->out[i];
    }
    return least;
}

/* Every row's kinds are such that taking the largest first is the smallest number of notes. */
static int count_largest_first(const struct atm_notes *notes, int64_t units,
                               struct atm_bundle *bundle)
{
    int64_t total = 0;
    *bundle = (struct atm_bundle){0};
    for (int i = 0; i < ATM_NOTES_OUT_MAX && notes->out[i] > 0; i++) {
        int64_t count = units / notes->out[i];
        bundle->count[i] = (int)(count < ATM_UNITS_MAX ? count : ATM_UNITS_MAX);
        total += count;
        units -= count * notes->out[i];
    }
    return total > ATM_BUNDLE_MAX || units != 0 ? ATM_BUNDLE_MAX + 1 : (int)total;
}

static bool count_usual(const struct atm_notes *notes, int64_t units, struct atm_bundle *bundle)
{
    if (notes->usual == 0 || units % notes->usual != 0 || units / notes->usual > USUAL_MAX) {
        return false;
    }
    *bundle = (struct atm_bundle){0};
    for (int i = 0; i < ATM_NOTES_OUT_MAX; i++) {
        if (notes->out[i] == notes->usual) {
            bundle->count[i] = (int)(units / notes->usual);
        }
    }
    return true;
}

const char *atm_notes_count(const struct atm_notes *notes, int64_t units, struct atm_bundle *bundle,
                            char why[ATM_COUNTED_MAX])
{
    int least = smallest(notes);
    *bundle = (struct atm_bundle){0};
    if (units < 1) {
        return "Type an amount of more than zero.";
    }
    if (units > ATM_UNITS_MAX) {
        (void)snprintf(why, ATM_COUNTED_MAX, "That is more than the machine gives at once.");
        return why;
    }
    if (least == 0) {
        return NULL;
    }
    if (units % least != 0) {
        int64_t below = units / least * least;
        (void)snprintf(why, ATM_COUNTED_MAX, "The smallest note is %d: type %" PRId64 ".", least,
                       below > 0 ? below : least);
        return why;
    }
    if (count_usual(notes, units, bundle) ||
        count_largest_first(notes, units, bundle) <= ATM_BUNDLE_MAX) {
        return NULL;
    }
    (void)snprintf(why, ATM_COUNTED_MAX, "At most %d at once: type less.",
                   notes->out[0] * ATM_BUNDLE_MAX);
    return why;
}

const char *atm_notes_show(const int *kinds, const int *counts, int kinds_max,
                           char out[ATM_COUNTED_MAX])
{
    size_t size = 0;
    out[0] = '\0';
    for (int i = 0; i < kinds_max && size < ATM_COUNTED_MAX; i++) {
        if (counts[i] > 0) {
            size += (size_t)snprintf(out + size, ATM_COUNTED_MAX - size, "%s%d × %d",
                                     size > 0 ? ", " : "", counts[i], kinds[i]);
        }
    }
    return out;
}

bool atm_notes_money(int64_t units, uint16_t currency, struct money *out)
{
    int64_t minor = units;
    for (unsigned i = 0; i < currency_exponent(currency); i++) {
        if (__builtin_mul_overflow(minor, 10, &minor)) {
            return false;
        }
    }
    *out = money(minor);
    return money_is_amount(*out);
}
