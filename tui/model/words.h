/* An amount in English words, so that a wrong zero is heard: "two hundred fifty and 30/100 EUR". */
#pragma once

#include <stdint.h>

#include "base/money.h"

#define WORDS_MAX 320

const char *words_money(struct money money, uint16_t currency, char out[WORDS_MAX]);
