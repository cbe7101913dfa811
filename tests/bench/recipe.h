/* Requests, encoded once and then only patched: other accounts, another id, another key. So a load
 * generator costs the machine as little as it can. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "daemon.h"

#define DIGITS 10 /* of an account number */

/* The accounts that requests are about. */
struct crowd {
    char (*digits)[DIGITS];
    size_t count;
    uint64_t random, next_key;
};

/* The first `count` accounts that a new bank numbers itself. */
void crowd_init(struct crowd *crowd, size_t count);
void crowd_close(struct crowd *crowd);
uint64_t crowd_draw(struct crowd *crowd); /* 64 random bits */
uint64_t crowd_account(const struct crowd *crowd, size_t index);

#define RECIPE_NONE SIZE_MAX

struct recipe_spot {
    size_t from, to, key; /* where they stand in the bytes; RECIPE_NONE */
};

struct recipe {
    struct bytes bytes;
    size_t id;
    struct recipe_spot *spots;
    size_t spot_count; /* transfers in it */
};

/* Each makes one that recipe_close frees. `keyed`: with an idempotency key. */
void recipe_zmq_transfer(struct recipe *recipe, const struct daemon *daemon, bool keyed);
void recipe_zmq_batch(struct recipe *recipe, const struct daemon *daemon, size_t count, bool keyed);
void recipe_zmq_balance(struct recipe *recipe, const struct daemon *daemon);
void recipe_http_transfer(struct recipe *recipe, const char *address, const char *key, bool keyed);
void recipe_http_balance(struct recipe *recipe, const char *address, const char *key);
/* One that is its own answer, of that many bytes: for a peer that sends back what it gets. */
void recipe_echo(struct recipe *recipe, size_t size);
void recipe_close(struct recipe *recipe);

/* Random accounts, new keys, and this id. Returns the index of the first `from`. */
size_t recipe_fill(struct recipe *recipe, struct crowd *crowd, uint64_t id);
/* This account wherever it says `from`. */
void recipe_about(struct recipe *recipe, const struct crowd *crowd, size_t account, uint64_t id);
