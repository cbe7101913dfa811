/* SipHash-2-4 with a secret key (Aumasson, Bernstein): fingerprints of hostile input for tables
 * in memory. Not for the journal's chain and not for secrets. */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct hash_key {
    uint64_t a, b;
};

struct hash128 {
    uint64_t a, b;
};

struct hash128 hash_sip128(struct hash_key key, const void *data, size_t size);
uint64_t hash_mix64(uint64_t value); /* a permutation; for table indices of trusted integers */
