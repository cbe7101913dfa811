#include "webhooks/account_set.h"

#include <stdlib.h>

#include "base/check.h"
#include "base/hash.h"

#define ROOM_FIRST 64

/* Where the account is, or would be. */
static size_t slot_of(const struct account_set *set, uint64_t account)
{
    size_t slot = (size_t)hash_mix64(account) & (set->room - 1);

    while (set->slots[slot] != 0 && set->slots[slot] != account)
        slot = (slot + 1) & (set->room - 1);
    return slot;
}

bool account_set_has(const struct account_set *set, uint64_t account)
{
    return set->count > 0 && set->slots[slot_of(set, account)] == account;
}

static void grow(struct account_set *set)
{
    struct account_set larger = {.room = set->room == 0 ? ROOM_FIRST : set->room * 2,
                                 .count = set->count};

    larger.slots = calloc(larger.room, sizeof *larger.slots);
    CHECK(larger.slots != NULL);
    for (size_t i = 0; i < set->room; i++) {
        if (set->slots[i] != 0)
            larger.slots[slot_of(&larger, set->slots[i])] = set->slots[i];
    }
    free(set->slots);
    *set = larger;
}

void account_set_add(struct account_set *set, uint64_t account)
{
    CHECK(account != 0);
    if (account_set_has(set, account))
        return;
    if (set->count + 1 > set->room / 4 * 3)
        grow(set);
    set->slots[slot_of(set, account)] = account;
    set->count++;
}

void account_set_clear(struct account_set *set)
{
    free(set->slots);
    *set = (struct account_set){0};
}
