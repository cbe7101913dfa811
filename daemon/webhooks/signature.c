#include "webhooks/signature.h"

#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#define PREFIX "whsec_"

bool signature_secret_decode(struct text text, struct signature_secret *out)
{
    size_t prefix = sizeof PREFIX - 1;
    const char *end;

    *out = (struct signature_secret){0};
    if (text.size <= prefix || text.size >= SIGNATURE_SECRET_TEXT_MAX ||
        memcmp(text.data, PREFIX, prefix) != 0)
        return false;
    if (sodium_base642bin(out->bytes, sizeof out->bytes, text.data + prefix, text.size - prefix,
                          NULL, &out->size, &end, sodium_base64_VARIANT_ORIGINAL) != 0 ||
        end != text.data + text.size)
        return false;
    return out->size > 0;
}

bool signature_secret_parse(struct text text, struct signature_secret *out)
{
    return signature_secret_decode(text, out) && out->size >= SIGNATURE_SECRET_MIN;
}

void signature_secret_make(struct entropy *entropy, struct signature_secret *out)
{
    *out = (struct signature_secret){.size = SIGNATURE_SECRET_NEW};
    entropy->fill(entropy, out->bytes, out->size);
}

void signature_secret_print(const struct signature_secret *secret,
                            char out[SIGNATURE_SECRET_TEXT_MAX])
{
    size_t prefix = sizeof PREFIX - 1;

    memcpy(out, PREFIX, prefix);
    CHECK(sodium_bin2base64(out + prefix, SIGNATURE_SECRET_TEXT_MAX - prefix, secret->bytes,
                            secret->size, sodium_base64_VARIANT_ORIGINAL) != NULL);
}

void signature_write(const struct signature_secret *secrets, size_t count, const char *id,
                     int64_t timestamp, struct text body, char out[SIGNATURE_TEXT_MAX])
{
    char head[128];
    size_t used = 0;
    int size = snprintf(head, sizeof head, "%s.%" PRId64 ".", id, timestamp);

    CHECK(size > 0 && (size_t)size < sizeof head);
    for (size_t i = 0; i < count; i++) {
        crypto_auth_hmacsha256_state state;
        uint8_t mac[crypto_auth_hmacsha256_BYTES];
        char text[64];

        CHECK(crypto_auth_hmacsha256_init(&state, secrets[i].bytes, secrets[i].size) == 0 &&
              crypto_auth_hmacsha256_update(&state, (const uint8_t *)head,
                                            (unsigned long long)size) == 0 &&
              crypto_auth_hmacsha256_update(&state, (const uint8_t *)body.data, body.size) == 0 &&
              crypto_auth_hmacsha256_final(&state, mac) == 0);
        CHECK(sodium_bin2base64(text, sizeof text, mac, sizeof mac,
                                sodium_base64_VARIANT_ORIGINAL) != NULL);
        int more =
            snprintf(out + used, SIGNATURE_TEXT_MAX - used, "%sv1,%s", i == 0 ? "" : " ", text);
        CHECK(more > 0 && (size_t)more < SIGNATURE_TEXT_MAX - used);
        used += (size_t)more;
    }
}
