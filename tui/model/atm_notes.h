/* Bank notes of a machine: which it hands out and takes, the round amounts it offers, and how an
 * amount is counted in notes. Amounts are whole units of the currency. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/check.h"
#include "base/money.h"

#define ATM_PRESETS 8
#define ATM_NOTES_OUT_MAX 5 /* kinds in the machine */
#define ATM_NOTES_IN_MAX 7  /* kinds it takes: letters A ... G */
#define ATM_BUNDLE_MAX 40   /* notes handed out at once */
#define ATM_UNITS_MAX 1000000
#define ATM_COUNTED_MAX 96

struct atm_notes {
    char code[4];
    int out[ATM_NOTES_OUT_MAX]; /* largest first, 0 behind the last; none: not counted in notes */
    int usual;                  /* the note for everyday amounts; 0: as few notes as can be */
    int in[ATM_NOTES_IN_MAX];   /* smallest first */
    int presets[ATM_PRESETS];
    int fast;
};

/* Of a currency without a row of its own: round amounts, and no notes. */
const struct atm_notes *atm_notes_of(uint16_t currency);

struct atm_bundle {
    int count[ATM_NOTES_OUT_MAX]; /* of each kind in `out` */
};

/* NULL: it can be handed out, in *bundle; else a sentence that says what can. */
const char *atm_notes_count(const struct atm_notes *notes, int64_t units, struct atm_bundle *bundle,
                            char why[ATM_COUNTED_MAX]) MUST_USE;
/* "6 × 20" or "2 × 50, 1 × 20"; empty without notes. */
const char *atm_notes_show(const int *kinds, const int *counts, int kinds_max,
                           char out[ATM_COUNTED_MAX]);
/* False: more than money can be. */
bool atm_notes_money(int64_t units, uint16_t currency, struct money *out) MUST_USE;
