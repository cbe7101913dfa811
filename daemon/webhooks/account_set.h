/* A set of accounts in memory: open addressing, grows by doubling, at most three quarters full.
 * Account numbers are never 0. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct account_set {
    uint64_t *slots; /* NULL: empty */
    size_t room;     /* a power of two, or 0 */
    size_t count;
};

bool account_set_has(const struct account_set *set, uint64_t account);
void account_set_add(struct account_set *set, uint64_t account); /* there already: nothing */
void account_set_clear(struct account_set *set);                 /* frees it */
