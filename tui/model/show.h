/* How things are written for people: grouped amounts with their sign, account numbers in two
 * halves, the bank's days in UTC. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/money.h"
#include "contract/events.h"

#define SHOW_MONEY_MAX 48
#define SHOW_ACCOUNT_MAX 16
#define SHOW_MONTH_MAX 24
#define SHOW_CLOCK_MAX 12

/* Signed: a plus before what is not negative. Debit: a minus before a total of debits, 0 too. */
enum show_sign { SHOW_PLAIN, SHOW_SIGNED, SHOW_DEBIT };

const char *show_money(struct money money, unsigned exponent, enum show_sign sign,
                       char out[SHOW_MONEY_MAX]); /* "2 272.06", "−100.00" */
const char *show_money_in(struct money money, uint16_t currency,
                          char out[SHOW_MONEY_MAX]);                    /* "2 272.06 EUR" */
const char *show_account(uint64_t account, char out[SHOW_ACCOUNT_MAX]); /* "10000 00420" */
const char *show_month(int32_t month, char out[SHOW_MONTH_MAX]);        /* "February 2026" */
const char *show_month_short(int32_t month, char out[SHOW_MONTH_MAX]);  /* "Feb 2026" */
const char *show_clock(int64_t time, char out[SHOW_CLOCK_MAX]);         /* local: "14:02:11" */
const char *show_movement(enum event_type type, struct money change);   /* "Transfer to" */
const char *show_count(uint64_t count, char out[SHOW_MONEY_MAX]);       /* "1 204" */

/* A list that has more rows and names no place to go on from: it is not asked for again by itself.
 */
#define SHOW_LIST_STUCK "The bank does not say where this list goes on"

/* While amounts are hidden show_money and show_money_in write SHOW_HIDDEN in their place, whatever
 * the amount. Hidden is what is drawn: who writes to paper or to a file asks while nothing is. */
#define SHOW_HIDDEN "••••"
void show_hide(bool hidden);
bool show_is_hidden(void);
