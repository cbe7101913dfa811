#include "registry/registry.h"

#include <pthread.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "host/digest.h"
#include "host/log.h"
#include "registry/inside.h"

#define KEY_PREFIX "tk_"
#define KEY_SECRET_SIZE 32
#define KEY_TEXT_SIZE (sizeof KEY_PREFIX - 1 + 43) /* 43 characters carry 256 bits */

/* A SHA-256 of random bits is as good as random already: its first bytes are the hash. */
static size_t slot_of(const struct registry *registry, const uint8_t hash[REGISTRY_HASH_SIZE])
{
    uint64_t first;
    memcpy(&first, hash, sizeof first);
    return (size_t)first & (registry->slot_count - 1);
}

static void index_keys(struct registry *registry)
{
    size_t wanted = 64;
    while (wanted < 2 * registry->count)
        wanted *= 2;
    memset(registry->seen, 0, sizeof registry->seen);
    free(registry->slots);
    registry->slots = calloc(wanted, sizeof *registry->slots);
    CHECK(registry->slots != NULL);
    registry->slot_count = wanted;
    for (size_t i = 0; i < registry->count; i++) {
        if (registry->keys[i].revoked_at != 0)
            continue;
        size_t slot = slot_of(registry, registry->keys[i].hash);
        while (registry->slots[slot] != 0)
            slot = (slot + 1) & (wanted - 1);
        registry->slots[slot] = (uint32_t)i + 1;
    }
}

static bool remember(void *context, const struct registry_key *key)
{
    struct registry *registry = context;
    if (registry->count == REGISTRY_KEYS_MAX)
        return false;
    if (registry->count == registry->capacity) {
        registry->capacity = registry->capacity == 0 ? 16 : 2 * registry->capacity;
        registry->keys = realloc(registry->keys, registry->capacity * sizeof *registry->keys);
        CHECK(registry->keys != NULL);
    }
    registry->keys[registry->count++] = *key;
    return true;
}

/* What the disk says, after a start or after a write of which nobody knows how it ended. When it
 * cannot be read the memory stays as it was. */
static bool reload(struct registry *registry)
{
    struct registry fresh = {0};
    if (!registry_store_load(registry->store, remember, &fresh)) {
        free(fresh.keys);
        return false;
    }
    free(registry->keys);
    registry->keys = fresh.keys;
    registry->count = fresh.count;
    registry->capacity = fresh.capacity;
    index_keys(registry);
    return true;
}

struct registry *registry_open(const char *path, struct clock *clock, struct entropy *entropy)
{
    CHECK(sodium_init() >= 0);
    struct registry *registry = calloc(1, sizeof *registry);
    CHECK(registry != NULL);
    CHECK(pthread_mutex_init(&registry->lock, NULL) == 0);
    CHECK(pthread_mutex_init(&registry->pins, NULL) == 0);
    registry->clock = clock;
    registry->entropy = entropy;
    entropy->fill(entropy, &registry->secret, sizeof registry->secret);
    registry->sessions = sessions_new(clock, entropy);
    registry->store = registry_store_open(path);
    if (registry->store == NULL || !reload(registry))
        registry_close(&registry);
    return registry;
}

void registry_close(struct registry **registry)
{
    if (*registry == NULL)
        return;
    registry_store_close(&(*registry)->store);
    sessions_free(&(*registry)->sessions);
    free((*registry)->keys);
    free((*registry)->slots);
    CHECK(pthread_mutex_destroy(&(*registry)->pins) == 0);
    CHECK(pthread_mutex_destroy(&(*registry)->lock) == 0);
    free(*registry);
    *registry = NULL;
}

bool registry_is_token(struct text key)
{
    struct text prefix = TEXT(SESSIONS_TOKEN_PREFIX);
    return key.data != NULL && key.size >= prefix.size &&
           memcmp(key.data, prefix.data, prefix.size) == 0;
}

static struct registry_seen *place_of_seen(struct registry *registry, struct hash128 quick)
{
    return &registry->seen[quick.a % REGISTRY_SEEN];
}

/* Locked. */
static bool was_seen(struct registry *registry, struct hash128 quick, struct principal *out)
{
    const struct registry_seen *seen = place_of_seen(registry, quick);
    if (seen->key == 0 || sodium_memcmp(&seen->hash, &quick, sizeof quick) != 0)
        return false;
    *out = registry->keys[seen->key - 1].who;
    return true;
}

/* Locked. Index + 1 of the living key of this hash; 0: there is none. */
static uint32_t find_living(const struct registry *registry, const uint8_t hash[REGISTRY_HASH_SIZE])
{
    uint32_t living;
    for (size_t slot = slot_of(registry, hash); (living = registry->slots[slot]) != 0;
         slot = (slot + 1) & (registry->slot_count - 1)) {
        if (sodium_memcmp(registry->keys[living - 1].hash, hash, REGISTRY_HASH_SIZE) == 0)
            return living;
    }
    return 0;
}

bool registry_authenticate(struct registry *registry, struct text key, struct principal *out)
{
    if (registry_is_token(key))
        return sessions_find(registry->sessions, key, out);
    if (key.data == NULL || key.size != KEY_TEXT_SIZE ||
        memcmp(key.data, KEY_PREFIX, sizeof KEY_PREFIX - 1) != 0)
        return false;

    struct hash128 quick = hash_sip128(registry->secret, key.data, key.size);
    CHECK(pthread_mutex_lock(&registry->lock) == 0);
    bool found = was_seen(registry, quick, out);
    CHECK(pthread_mutex_unlock(&registry->lock) == 0);
    if (found)
        return true;

    uint8_t hash[REGISTRY_HASH_SIZE];
    digest_sha256(&key, 1, hash);
    CHECK(pthread_mutex_lock(&registry->lock) == 0);
    uint32_t living = find_living(registry, hash);
    if (living != 0) {
        *out = registry->keys[living - 1].who;
        *place_of_seen(registry, quick) = (struct registry_seen){quick, living};
    }
    CHECK(pthread_mutex_unlock(&registry->lock) == 0);
    return living != 0;
}

static bool name_is_sound(struct text name)
{
    static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                  "0123456789._-";
    if (name.data == NULL || name.size == 0 || name.size > REGISTRY_NAME_MAX)
        return false;
    for (size_t i = 0; i < name.size; i++) {
        if (name.data[i] == '\0' || strchr(allowed, name.data[i]) == NULL)
            return false;
    }
    return true;
}

/* `open` and `import` are principals without a key: a key of that name would share their
 * idempotency keys. */
static bool name_is_reserved(struct text name)
{
    return text_is(name, "open") || text_is(name, "import");
}

static bool check_new_key(const struct create_key *args, struct problem *problem)
{
    if (!name_is_sound(args->name))
        problem_at(problem, STATUS_malformed_request, "#/name",
                   "Give 1 to 64 letters, digits, dots, underscores and dashes.");
    else if (name_is_reserved(args->name))
        problem_at(problem, STATUS_malformed_request, "#/name",
                   "This name is the daemon's own: choose another.");
    else if (args->role != ROLE_ADMIN && args->role != ROLE_TELLER && args->role != ROLE_ATM &&
             args->role != ROLE_AUDITOR)
        problem_at(problem, STATUS_malformed_request, "#/role",
                   "Give one of admin, teller, atm and auditor.");
    else
        return true;
    return false;
}

/* Locked. */
static enum status add_key(struct registry *registry, const struct registry_key *key,
                           struct problem *problem)
{
    for (size_t i = 0; i < registry->count; i++) {
        const struct principal *who = &registry->keys[i].who;
        if (strcmp(who->name, key->who.name) != 0 || who->role == key->who.role)
            continue;
        problem_at(problem, STATUS_malformed_request, "#/role",
                   "The name %s bears the role %s: keep it, or choose another name.", who->name,
                   role_names[who->role]);
        return STATUS_malformed_request;
    }
    if (registry->count == REGISTRY_KEYS_MAX) {
        problem_set(problem, STATUS_unavailable, "The registry is full: %d keys were made.",
                    REGISTRY_KEYS_MAX);
        return STATUS_unavailable;
    }
    if (!registry_store_add(registry->store, key)) {
        if (!reload(registry))
            log_error("registry", "the keys in memory may differ from those on disk");
        problem_set(problem, STATUS_unavailable, "The key could not be stored: see the log.");
        return STATUS_unavailable;
    }
    CHECK(remember(registry, key));
    index_keys(registry);
    return STATUS_ok;
}

enum status registry_create_key(struct registry *registry, const struct create_key *args,
                                char key[REGISTRY_KEY_TEXT_MAX], struct key_result *out,
                                struct arena *arena, struct problem *problem)
{
    key[0] = '\0';
    if (!check_new_key(args, problem))
        return STATUS_malformed_request;

    uint8_t secret[KEY_SECRET_SIZE];
    registry->entropy->fill(registry->entropy, secret, sizeof secret);
    char text[REGISTRY_KEY_TEXT_MAX] = KEY_PREFIX;
    CHECK(sodium_bin2base64(text + sizeof KEY_PREFIX - 1, sizeof text - (sizeof KEY_PREFIX - 1),
                            secret, sizeof secret,
                            sodium_base64_VARIANT_URLSAFE_NO_PADDING) != NULL);
    sodium_memzero(secret, sizeof secret);

    struct registry_key made = {.who.role = (enum role)args->role,
                                .created_at = registry->clock->wall(registry->clock)};
    memcpy(made.who.name, args->name.data, args->name.size);
    digest_sha256(&(struct text){text, KEY_TEXT_SIZE}, 1, made.hash);

    *out = (struct key_result){.name = arena_copy(arena, text_of(made.who.name)),
                               .role = args->role,
                               .key = arena_copy(arena, text_of(text)),
                               .created_at = made.created_at};
    enum status status = STATUS_unavailable;
    if (out->name.data == NULL || out->key.data == NULL) {
        problem_set(problem, status, "%s", "");
    } else {
        CHECK(pthread_mutex_lock(&registry->lock) == 0);
        status = add_key(registry, &made, problem);
        CHECK(pthread_mutex_unlock(&registry->lock) == 0);
    }
    if (status == STATUS_ok)
        memcpy(key, text, sizeof text);
    sodium_memzero(text, sizeof text);
    return status;
}

/* Locked. */
static bool copy_keys(const struct registry *registry, struct list_result *out, struct arena *arena)
{
    struct key_result *rows = arena_zero(arena, registry->count, sizeof *rows);
    for (size_t i = 0; rows != NULL && i < registry->count; i++) {
        const struct registry_key *key = &registry->keys[i];
        rows[i] = (struct key_result){.name = arena_copy(arena, text_of(key->who.name)),
                                      .role = (uint8_t)key->who.role,
                                      .created_at = key->created_at,
                                      .revoked_at = key->revoked_at};
        if (rows[i].name.data == NULL)
            rows = NULL;
    }
    *out = (struct list_result){.data = {rows, rows == NULL ? 0 : registry->count},
                                .total = LIST_TOTAL_UNKNOWN};
    return rows != NULL;
}

enum status registry_list_keys(struct registry *registry, struct list_result *out,
                               struct arena *arena, struct problem *problem)
{
    CHECK(pthread_mutex_lock(&registry->lock) == 0);
    bool copied = copy_keys(registry, out, arena);
    CHECK(pthread_mutex_unlock(&registry->lock) == 0);
    if (copied)
        return STATUS_ok;
    problem_set(problem, STATUS_unavailable, "There are too many keys to list at once.");
    return STATUS_unavailable;
}

/* Locked. */
static enum status revoke_name(struct registry *registry, const char *name, struct problem *problem)
{
    bool known = false;
    for (size_t i = 0; i < registry->count; i++)
        known = known || strcmp(registry->keys[i].who.name, name) == 0;
    if (!known) {
        problem_set(problem, STATUS_not_found, "No key bears the name %s.", name);
        return STATUS_not_found;
    }
    int64_t now = registry->clock->wall(registry->clock);
    if (!registry_store_revoke(registry->store, name, now)) {
        if (!reload(registry))
            log_error("registry", "the keys in memory may differ from those on disk");
        problem_set(problem, STATUS_unavailable, "The key could not be revoked: see the log.");
        return STATUS_unavailable;
    }
    for (size_t i = 0; i < registry->count; i++) {
        struct registry_key *key = &registry->keys[i];
        if (key->revoked_at == 0 && strcmp(key->who.name, name) == 0)
            key->revoked_at = now;
    }
    index_keys(registry);
    sessions_end_by(registry->sessions, name);
    return STATUS_ok;
}

enum status registry_revoke_key(struct registry *registry, struct text name,
                                struct problem *problem)
{
    if (!name_is_sound(name)) {
        problem_set(problem, STATUS_not_found, "No key bears this name.");
        return STATUS_not_found;
    }
    char copy[REGISTRY_NAME_MAX + 1] = "";
    memcpy(copy, name.data, name.size);
    CHECK(pthread_mutex_lock(&registry->lock) == 0);
    enum status status = revoke_name(registry, copy, problem);
    CHECK(pthread_mutex_unlock(&registry->lock) == 0);
    return status;
}

bool registry_name_is_revoked(const struct registry *registry, const char *name)
{
    bool known = false;
    for (size_t i = 0; i < registry->count; i++) {
        if (strcmp(registry->keys[i].who.name, name) != 0)
            continue;
        if (registry->keys[i].revoked_at == 0)
            return false;
        known = true;
    }
    return known; /* a name that is no key's is the daemon's own */
}

enum status registry_close_session(struct registry *registry, struct text token,
                                   struct problem *problem)
{
    if (sessions_end(registry->sessions, token))
        return STATUS_ok;
    problem_set(problem, STATUS_unauthenticated, "This session has ended already.");
    return STATUS_unauthenticated;
}

bool registry_has_key(struct registry *registry, enum role role)
{
    bool lives = false;
    CHECK(pthread_mutex_lock(&registry->lock) == 0);
    for (size_t i = 0; i < registry->count; i++)
        lives = lives || (registry->keys[i].who.role == role && registry->keys[i].revoked_at == 0);
    CHECK(pthread_mutex_unlock(&registry->lock) == 0);
    return lives;
}
