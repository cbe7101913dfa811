/* BLAKE2b, in one go or piece by piece: digests of commands, checksums of files.
 * A struct digest belongs to one thread. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define DIGEST_SIZE_MAX 64

struct digest {
    _Alignas(64) uint8_t state[384]; /* libsodium's */
};

/* `size` of the result, 16 ... DIGEST_SIZE_MAX; the same at begin and end. */
void digest_begin(struct digest *digest, size_t size);
void digest_add(struct digest *digest, const void *data, size_t size);
void digest_end(struct digest *digest, uint8_t *out, size_t size);
void digest_once(const void *data, size_t data_size, uint8_t *out, size_t size);
