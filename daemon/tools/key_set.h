/* Which keys a batch of an import holds: a set of at most KEY_SET_MAX texts, which stay the
 * caller's. Its places depend on a secret, so that no file can be written that makes it slow. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/hash.h"
#include "base/text.h"

#define KEY_SET_MAX 2048
#define KEY_SET_SLOTS 4096 /* a power of two; half of them stay free */

struct key_set {
    struct hash_key secret;
    size_t count;
    struct text keys[KEY_SET_MAX];
    uint16_t slots[KEY_SET_SLOTS]; /* index + 1, open addressing; 0: free */
};

void key_set_init(struct key_set *set, struct hash_key secret);
void key_set_clear(struct key_set *set);
/* False: it is there already. Not to be called with KEY_SET_MAX keys in it. */
bool key_set_add(struct key_set *set, struct text key);
