#include "zmq/peers.h"

#include <stdint.h>
#include <stdlib.h>

struct peer {
    struct peer *next;
    size_t calls;
    struct hash128 id;
};

static struct peer **bucket_of(struct peers *peers, struct hash128 id)
{
    return &peers->buckets[id.a % PEERS_BUCKETS];
}

void peers_init(struct peers *peers, struct hash_key key)
{
    *peers = (struct peers){.key = key};
}

struct peer *peers_enter(struct peers *peers, const void *identity, size_t size)
{
    struct hash128 id = hash_sip128(peers->key, identity, size);
    struct peer **bucket = bucket_of(peers, id);
    struct peer *peer = *bucket;
    while (peer != NULL && (peer->id.a != id.a || peer->id.b != id.b))
        peer = peer->next;
    if (peer == NULL) {
        peer = malloc(sizeof *peer);
        CHECK(peer != NULL);
        *peer = (struct peer){.next = *bucket, .id = id};
        *bucket = peer;
    }
    if (peer->calls == PEERS_CALLS_MAX)
        return NULL;
    peer->calls++;
    return peer;
}

void peers_leave(struct peers *peers, struct peer *peer)
{
    CHECK(peer->calls > 0);
    if (--peer->calls > 0)
        return;
    struct peer **link = bucket_of(peers, peer->id);
    while (*link != peer)
        link = &(*link)->next;
    *link = peer->next;
    free(peer);
}
