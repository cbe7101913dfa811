#include "tools/key_set.h"

#include <string.h>

#include "base/check.h"

void key_set_init(struct key_set *set, struct hash_key secret)
{
    set->secret = secret;
    key_set_clear(set);
}

void key_set_clear(struct key_set *set)
{
    set->count = 0;
    memset(set->slots, 0, sizeof set->slots);
}

bool key_set_add(struct key_set *set, struct text key)
{
    CHECK(set->count < KEY_SET_MAX);
    size_t slot = hash_sip128(set->secret, key.data, key.size).a % KEY_SET_SLOTS;
    for (; set->slots[slot] != 0; slot = (slot + 1) % KEY_SET_SLOTS)
        if (text_equal(set->keys[set->slots[slot] - 1], key))
            return false;
    set->keys[set->count++] = key;
    set->slots[slot] = (uint16_t)set->count;
    return true;
}
