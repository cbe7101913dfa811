/* Standard Webhooks: secrets and signatures. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/check.h"
#include "base/text.h"
#include "host/entropy.h"

#define SIGNATURE_SECRET_MIN 24 /* bytes behind the base64 */
#define SIGNATURE_SECRET_MAX 64
#define SIGNATURE_SECRET_NEW 32
#define SIGNATURE_SECRET_TEXT_MAX 96 /* whsec_, base64, NUL */
#define SIGNATURE_TEXT_MAX 128       /* two signatures */

struct signature_secret {
    uint8_t bytes[SIGNATURE_SECRET_MAX];
    size_t size;
};

/* whsec_ and base64 of SIGNATURE_SECRET_MIN to _MAX bytes; decode takes shorter ones too. */
bool signature_secret_parse(struct text text, struct signature_secret *out) MUST_USE;
bool signature_secret_decode(struct text text, struct signature_secret *out) MUST_USE;
void signature_secret_make(struct entropy *entropy, struct signature_secret *out);
void signature_secret_print(const struct signature_secret *secret,
                            char out[SIGNATURE_SECRET_TEXT_MAX]);

/* The header webhook-signature: one for each of one or two secrets, newest first. */
void signature_write(const struct signature_secret *secrets, size_t count, const char *id,
                     int64_t timestamp, struct text body, char out[SIGNATURE_TEXT_MAX]);
