/* Account numbers: ten decimal digits, nine of sequence and a Luhn check digit
 * (ISO/IEC 7812-1, annex B). Kept as a uint64_t below 10^10; 0 means "none" (its text,
 * 0000000000, is refused like any other wrong number). */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/check.h"
#include "base/text.h"

#define ACCOUNT_TEXT_MAX 11 /* ten digits and a NUL */
#define ACCOUNT_SEQUENCE_MAX 999999999u
#define ACCOUNT_SEQUENCE_FIRST 100000001u /* where the bank's own numbering starts */

uint64_t account_from_sequence(uint32_t sequence);
uint32_t account_sequence(uint64_t account);
bool account_is_valid(uint64_t account);
bool account_parse(struct text text, uint64_t *out) MUST_USE; /* exactly ten digits, Luhn right */
/* For people: spaces and dashes are ignored. */
bool account_parse_typed(struct text text, uint64_t *out) MUST_USE;
const char *account_print(uint64_t account, char out[ACCOUNT_TEXT_MAX]);
