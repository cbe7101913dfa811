/* Currencies of ISO 4217, list one: every code that has a minor unit, funds included (CLF 4);
 * left out are those without one (metals, bond units, drawing rights, those for tests and for none)
 * and withdrawn ones. Alphabetic code, numeric code, exponent of the minor unit: EUR 2, JPY 0,
 * BHD 3. The numeric code is what we store; 0 is "none". */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/check.h"
#include "base/text.h"

struct currency {
    char code[4];
    uint16_t number;
    uint8_t exponent;
    const char *name; /* English, for people: "Euro" */
};

const struct currency *currency_by_code(struct text code);  /* upper case only; or NULL */
const struct currency *currency_by_number(uint16_t number); /* or NULL */
const struct currency *currency_all(size_t *count);         /* ordered by code */
const char *currency_code(uint16_t number);                 /* "EUR"; "???" when unknown */
unsigned currency_exponent(uint16_t number);                /* 2 when unknown */
