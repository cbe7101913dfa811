#include "host/digest.h"

#include <assert.h>
#include <nettle/sha2.h>
#include <sodium.h>

#include "base/check.h"

static_assert(sizeof(struct digest) >= sizeof(crypto_generichash_state), "libsodium's state fits");

static crypto_generichash_state *state_of(struct digest *digest)
{
    return (crypto_generichash_state *)(void *)digest->state;
}

void digest_begin(struct digest *digest, size_t size)
{
    CHECK(size >= crypto_generichash_BYTES_MIN && size <= DIGEST_SIZE_MAX);
    CHECK(crypto_generichash_init(state_of(digest), NULL, 0, size) == 0);
}

void digest_add(struct digest *digest, const void *data, size_t size)
{
    CHECK(crypto_generichash_update(state_of(digest), data, size) == 0);
}

void digest_end(struct digest *digest, uint8_t *out, size_t size)
{
    CHECK(crypto_generichash_final(state_of(digest), out, size) == 0);
}

void digest_once(const void *data, size_t data_size, uint8_t *out, size_t size)
{
    CHECK(crypto_generichash(out, size, data, data_size, NULL, 0) == 0);
}

void digest_sha256(const struct text pieces[], size_t count, uint8_t out[DIGEST_SHA256_SIZE])
{
    struct sha256_ctx state;

    sha256_init(&state);
    for (size_t i = 0; i < count; i++)
        sha256_update(&state, pieces[i].size, (const uint8_t *)pieces[i].data);
    sha256_digest(&state, DIGEST_SHA256_SIZE, out);
}
