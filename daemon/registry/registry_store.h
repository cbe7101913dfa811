/* registry.db: what the registry keeps. Any thread: a lock of its own makes the one connection
 * serve keys and PINs side by side, so that a PIN on its way to the disk holds up no key. */
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

/* ---- PINs, as argon2id's own text of hash and parameters */

#define REGISTRY_PIN_HASH_MAX 128
#define REGISTRY_PIN_TRIES_MAX 3

enum registry_try {
    REGISTRY_TRY_COUNTED, /* on disk, before anybody may look whether the guess was right */
    REGISTRY_TRY_NO_PIN,  /* none was ever set; something was written all the same */
    REGISTRY_TRY_LOCKED,
    REGISTRY_TRY_FAILED, /* logged */
};

/* Sets a PIN, with all its tries. On disk when true; when false it may be there or not. */
bool registry_store_set_pin(struct registry_store *store, uint64_t account, const char *hash,
                            int64_t at) MUST_USE;
/* Counts a try. COUNTED: `hash` is what to hold the guess against. */
enum registry_try registry_store_try_pin(struct registry_store *store, uint64_t account,
                                         char hash[REGISTRY_PIN_HASH_MAX]) MUST_USE;
/* Takes back one try whose guess could not be looked at, if the PIN is still the one of `hash`.
 * False: logged. */
bool registry_store_return_try(struct registry_store *store, uint64_t account,
                               const char *hash) MUST_USE;
/* Gives the tries back if the PIN is still the one of `hash`; `*same` says so. False: logged. */
bool registry_store_clear_tries(struct registry_store *store, uint64_t account, const char *hash,
                                bool *same) MUST_USE;
