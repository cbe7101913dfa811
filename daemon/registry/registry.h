/* The registry: API keys and PINs, in registry.db, its only writer, and sessions, in memory.
 *
 * A key is "tk_" and 43 characters of base64url: 256 random bits. Only its SHA-256 is stored.
 * Look-ups are from memory; writes go to disk first. Several keys may bear one name (rotation)
 * and must then bear one role: a name keeps its role for ever, revoked or not, because it is the
 * principal of what was done under it. Any thread. PINs are pins.h, sessions sessions.h. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/text.h"
#include "contract/messages.h"
#include "contract/problem.h"
#include "contract/results.h"
#include "host/clock.h"
#include "host/entropy.h"

#define REGISTRY_NAME_MAX 64 /* [A-Za-z0-9._-] */
#define REGISTRY_KEY_TEXT_MAX 48
#define REGISTRY_KEYS_MAX 65536 /* ever made, revoked ones included */

struct registry;

#define REGISTRY_CUSTOMER_PREFIX "customer:" /* no key's name has a colon */
#define SESSIONS_SILENCE_S 120               /* ends a session */

struct principal {
    char name[REGISTRY_NAME_MAX + 1]; /* of a customer: "customer:ACCOUNT" */
    enum role role;
    uint64_t account;               /* of a customer: the only one; else 0 */
    char by[REGISTRY_NAME_MAX + 1]; /* of a customer: the name of the key that opened the session */
};

struct registry *registry_open(const char *path, struct clock *clock,
                               struct entropy *entropy) MUST_USE; /* NULL: logged */
void registry_close(struct registry **registry);

/* By a key, or by the token of a session, which that renews. */
bool registry_authenticate(struct registry *registry, struct text key,
                           struct principal *out) MUST_USE;
bool registry_is_token(struct text key); /* looks like a session's, living or not */
/* Ends the session of a token. */
enum status registry_close_session(struct registry *registry, struct text token,
                                   struct problem *problem) MUST_USE;
/* Makes a key for admin, teller, atm or auditor. Names of principals that are no key's (`open`,
 * `import`) are refused. `key` gets the text, NUL-terminated; the texts of `out`, `key` among
 * them, live in the arena. */
enum status registry_create_key(struct registry *registry, const struct create_key *args,
                                char key[REGISTRY_KEY_TEXT_MAX], struct key_result *out,
                                struct arena *arena, struct problem *problem) MUST_USE;
/* Every key there ever was, oldest first, without its text. */
enum status registry_list_keys(struct registry *registry, struct list_result *out,
                               struct arena *arena, struct problem *problem) MUST_USE;
/* Revokes every key of the name; once more is no error. not_found: no key ever bore the name. */
enum status registry_revoke_key(struct registry *registry, struct text name,
                                struct problem *problem) MUST_USE;
/* Whether anybody could still come in with that role: a key that is not revoked. */
bool registry_has_key(struct registry *registry, enum role role);
