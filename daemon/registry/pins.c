#include "registry/pins.h"

#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "host/log.h"
#include "host/metrics.h"
#include "registry/inside.h"

/* libsodium's "interactive": two passes over 64 MiB. More would only help against whoever has
 * the file and tries all of ten thousand PINs, and less would help them. */
#define PIN_OPS crypto_pwhash_OPSLIMIT_INTERACTIVE
#define PIN_MEMORY crypto_pwhash_MEMLIMIT_INTERACTIVE

_Static_assert(REGISTRY_PIN_HASH_MAX >= crypto_pwhash_STRBYTES, "a hash fits");

/* Of no PIN at all, with the same parameters: what guesses at nothing are held against. */
static const char pin_of_nobody[crypto_pwhash_STRBYTES] =
    "$argon2id$v=19$m=65536,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA"
    "$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/* The one place that may write to what the caller's text points at: whoever asked has no more use
 * for it. */
static void wipe(struct text pin)
{
    sodium_memzero((void *)(uintptr_t)pin.data, pin.size);
}

static enum status fail(struct problem *problem, const char *why)
{
    problem_set(problem, STATUS_unavailable, "%s", why);
    return STATUS_unavailable;
}

enum status registry_set_pin(struct registry *registry, const struct account_pin *args,
                             struct problem *problem)
{
    char hash[crypto_pwhash_STRBYTES];
    int made = crypto_pwhash_str(hash, args->pin.data, args->pin.size, PIN_OPS, PIN_MEMORY);
    wipe(args->pin);
    if (made != 0)
        return fail(problem, "There is not enough memory to set a PIN just now.");
    CHECK(pthread_mutex_lock(&registry->pins) == 0);
    bool done = registry_store_set_pin(registry->store, args->account, hash,
                                       registry->clock->wall(registry->clock));
    sessions_end_account(registry->sessions,
                         args->account); /* perhaps it is on disk: in doubt too */
    CHECK(pthread_mutex_unlock(&registry->pins) == 0);
    return done ? STATUS_ok : fail(problem, "The PIN could not be stored: see the log.");
}

enum guess { GUESS_RIGHT, GUESS_WRONG, GUESS_FAILED };

/* libsodium says EINVAL for a wrong one; anything else means that it could not find out. */
static enum guess hold(const char *hash, struct text pin)
{
    metric_add(METRIC_pin_checks_total, 1);
    errno = 0;
    if (crypto_pwhash_str_verify(hash, pin.data, pin.size) == 0)
        return GUESS_RIGHT;
    return errno == EINVAL ? GUESS_WRONG : GUESS_FAILED;
}

static enum status refuse(struct problem *problem, enum status status)
{
    metric_add(METRIC_pin_refusals_total, 1);
    problem_set(problem, status, "%s", "");
    return status;
}

/* Begins the session unless the PIN or the machine's key has changed since they were looked at. */
static enum status begin(struct registry *registry, uint64_t account, const char *hash,
                         const char *by, char token[REGISTRY_KEY_TEXT_MAX], int64_t *expires_at,
                         struct problem *problem)
{
    bool same = false;
    if (!registry_store_clear_tries(registry->store, account, hash, &same))
        return fail(problem, "The PIN could not be checked: see the log.");
    if (!same)
        return refuse(problem, STATUS_wrong_pin);
    CHECK(pthread_mutex_lock(&registry->lock) == 0);
    bool revoked = registry_name_is_revoked(registry, by);
    bool room = !revoked && sessions_begin(registry->sessions, account, by, token, expires_at);
    CHECK(pthread_mutex_unlock(&registry->lock) == 0);
    if (revoked) {
        problem_set(problem, STATUS_unauthenticated, "This key was revoked.");
        return STATUS_unauthenticated;
    }
    return room ? STATUS_ok : fail(problem, "Too many customers have a session: try again soon.");
}

static enum status open_session(struct registry *registry, const struct account_pin *args,
                                const char *by, char token[REGISTRY_KEY_TEXT_MAX],
                                int64_t *expires_at, struct problem *problem)
{
    char hash[REGISTRY_PIN_HASH_MAX];
    enum registry_try counted = registry_store_try_pin(registry->store, args->account, hash);
    if (counted == REGISTRY_TRY_LOCKED)
        return refuse(problem, STATUS_pin_locked);
    if (counted == REGISTRY_TRY_FAILED)
        return fail(problem, "The PIN could not be checked: see the log.");
    bool known = counted == REGISTRY_TRY_COUNTED;
    enum guess guess = hold(known ? hash : pin_of_nobody, args->pin);
    if (guess == GUESS_FAILED) {
        /* Nothing was learnt, so the try is given back; when that fails it stays counted. */
        bool returned = known && registry_store_return_try(registry->store, args->account, hash);
        log_warning("registry",
                    "a PIN could not be checked: no memory, or a hash that is none returned=%s",
                    returned ? "yes" : "no");
        return fail(problem, "The PIN could not be checked: see the log.");
    }
    if (!known || guess == GUESS_WRONG)
        return refuse(problem, STATUS_wrong_pin);
    CHECK(pthread_mutex_lock(&registry->pins) == 0);
    enum status status = begin(registry, args->account, hash, by, token, expires_at, problem);
    CHECK(pthread_mutex_unlock(&registry->pins) == 0);
    return status;
}

enum status registry_open_session(struct registry *registry, const struct account_pin *args,
                                  const struct principal *by, struct session_result *out,
                                  struct arena *arena, struct problem *problem)
{
    char token[REGISTRY_KEY_TEXT_MAX] = "";
    *out = (struct session_result){.account = args->account};
    enum status status = open_session(registry, args, by->name, token, &out->expires_at, problem);
    wipe(args->pin);
    if (status == STATUS_ok) {
        out->token = arena_copy(arena, text_of(token));
        if (out->token.data == NULL) { /* the token is lost, and the session will fall silent */
            status = fail(problem, "This request needs more memory than it may.");
        }
    }
    sodium_memzero(token, sizeof token);
    return status;
}
