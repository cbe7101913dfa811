/* The account as the write side knows it: what the events say, nothing else. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/money.h"
#include "domain/record.h"

struct account_state {
    uint64_t account;
    struct money balance;
    int64_t credits, debits; /* over its life: their difference is the balance */
    uint64_t version;        /* of its last event; 0: not opened */
    uint64_t last_record;
    uint16_t currency;
};

/* Whether leg `index` of a record continues this state (a zeroed one for an opening): the account,
 * its currency, its last record, the version, the balance, and totals that fit. For those who read
 * records that nobody has vouched for yet. */
bool account_joins(const struct account_state *state, const struct record *record, unsigned index);

/* Applies leg `index` of a record to the account's state. Total: a record is a fact, and nothing
 * is refused here; CHECKs account_joins. An opening starts from a zeroed state. */
void evolve_account(struct account_state *state, const struct record *record, unsigned index);
