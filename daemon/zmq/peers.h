/* How many requests of each peer are in flight. A peer is known only while it has some, and by a
 * keyed hash of its identity, which a hostile peer may make as long as it likes. One thread. */
#pragma once

#include <stddef.h>

#include "base/check.h"
#include "base/hash.h"

#define PEERS_CALLS_MAX 1024 /* in flight, a peer */
#define PEERS_BUCKETS 1024

struct peer;

struct peers {
    struct hash_key key;
    struct peer *buckets[PEERS_BUCKETS];
};

void peers_init(struct peers *peers, struct hash_key key);
/* NULL: the peer has too many already. */
struct peer *peers_enter(struct peers *peers, const void *identity, size_t size) MUST_USE;
void peers_leave(struct peers *peers, struct peer *peer);
