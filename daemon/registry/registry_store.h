/* registry.db: the one table behind the registry. No lock of its own: the registry's guards it. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/check.h"
#include "registry/registry.h"

#define REGISTRY_HASH_SIZE 32

struct registry_key {
    uint8_t hash[REGISTRY_HASH_SIZE];
    struct principal who;
    int64_t created_at;
    int64_t revoked_at; /* 0: lives */
};

struct registry_store;

struct registry_store *registry_store_open(const char *path) MUST_USE; /* NULL: logged */
void registry_store_close(struct registry_store **store);

/* Hands over every key, oldest first; stops and fails when `each` returns false. */
bool registry_store_load(struct registry_store *store,
                         bool (*each)(void *context, const struct registry_key *key),
                         void *context) MUST_USE;
/* On disk when true. When false it may be there or not: load again. */
bool registry_store_add(struct registry_store *store, const struct registry_key *key) MUST_USE;
bool registry_store_revoke(struct registry_store *store, const char *name, int64_t at) MUST_USE;
