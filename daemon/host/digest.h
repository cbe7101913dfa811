/* BLAKE2b, in one go or piece by piece: names of webhooks' events, digests of views, and what
 * records carry from before SHA-256. SHA-256, over pieces that are there: the journal's chain and
 * the digests of commands. A struct digest belongs to one thread. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/text.h"

#define DIGEST_SIZE_MAX 64
#define DIGEST_SHA256_SIZE 32

struct digest {
    _Alignas(64) uint8_t state[384]; /* libsodium's */
};

/* `size` of the result, 16 ... DIGEST_SIZE_MAX; the same at begin and end. */
void digest_begin(struct digest *digest, size_t size);
void digest_add(struct digest *digest, const void *data, size_t size);
void digest_end(struct digest *digest, uint8_t *out, size_t size);
void digest_once(const void *data, size_t data_size, uint8_t *out, size_t size);

/* FIPS 180-4, of the pieces as if they were one; by the processor's own instructions where it has
 * them, which makes it three times as fast as BLAKE2b for the few bytes of a record. */
void digest_sha256(const struct text pieces[], size_t count, uint8_t out[DIGEST_SHA256_SIZE]);
