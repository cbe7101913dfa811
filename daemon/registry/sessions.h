/* Sessions: customers at a machine, in memory only; a restart ends them all.
 *
 * A token is "ts_" and 43 characters of base64url: 256 random bits. Only its SHA-256 is kept.
 * Whatever a session asks renews it; SESSIONS_SILENCE_S without a request end it. Any thread: a
 * lock of its own, under which nobody waits. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/check.h"
#include "base/text.h"
#include "host/clock.h"
#include "host/entropy.h"
#include "registry/registry.h"

#define SESSIONS_MAX 16384 /* at once */
#define SESSIONS_TOKEN_PREFIX "ts_"

struct sessions;

struct sessions *sessions_new(struct clock *clock, struct entropy *entropy) MUST_USE;
void sessions_free(struct sessions **sessions);

/* Begins a session of the account at the machine whose key is called `by`. `token` gets the text,
 * NUL-terminated; `expires_at` the time when silence will have ended it. False: SESSIONS_MAX. */
bool sessions_begin(struct sessions *sessions, uint64_t account, const char *by,
                    char token[REGISTRY_KEY_TEXT_MAX], int64_t *expires_at) MUST_USE;
/* Whose token it is; renews it. False: no session has it, or not any more. */
bool sessions_find(struct sessions *sessions, struct text token, struct principal *out) MUST_USE;
bool sessions_end(struct sessions *sessions, struct text token) MUST_USE; /* false: none has it */
void sessions_end_account(struct sessions *sessions, uint64_t account);
void sessions_end_by(struct sessions *sessions, const char *by);
