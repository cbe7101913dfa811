/* What the registry's own files know of each other. */
#pragma once

#include <pthread.h>

#include "base/hash.h"
#include "registry/registry.h"
#include "registry/registry_store.h"
#include "registry/sessions.h"

#define REGISTRY_SEEN 64

/* Locks are taken in this order: pins, registry, and last those of the store or the sessions. */
struct registry {
    pthread_mutex_t lock; /* of the keys, and of whether somebody may still open a session */
    struct registry_store *store;
    struct sessions *sessions;
    struct clock *clock;
    struct entropy *entropy;
    struct registry_key *keys; /* all of them, oldest first */
    size_t count, capacity;
    uint32_t *slots; /* living keys by hash: index + 1, open addressing; 0: free */
    size_t slot_count;
    /* Keys that came in lately, by a keyed hash that costs a sixth of SHA-256: the secret is this
     * process's, so nobody outside can know or steer it. Empty whenever `slots` changes. */
    struct hash_key secret;
    struct registry_seen {
        struct hash128 hash;
        uint32_t key; /* index + 1; 0: free */
    } seen[REGISTRY_SEEN];

    pthread_mutex_t pins; /* a PIN and the sessions opened with it change together */
};

/* Locked (registry->lock): whether a key ever bore the name, and none does any more. */
bool registry_name_is_revoked(const struct registry *registry, const char *name);
