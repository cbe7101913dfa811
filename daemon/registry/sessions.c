#include "registry/sessions.h"

#include <inttypes.h>
#include <pthread.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/account_number.h"
#include "base/time.h"
#include "host/digest.h"
#include "host/metrics.h"
#include "registry/registry_store.h"

#define SESSIONS_BUCKETS (2 * SESSIONS_MAX)
#define SESSIONS_NONE UINT32_MAX
#define TOKEN_SECRET_SIZE 32
#define TOKEN_TEXT_SIZE (sizeof SESSIONS_TOKEN_PREFIX - 1 + 43) /* 43 characters carry 256 bits */

struct session {
    uint8_t hash[REGISTRY_HASH_SIZE];
    uint64_t account;
    char by[REGISTRY_NAME_MAX + 1];
    int64_t used_at;       /* steady */
    uint32_t older, newer; /* by last use; free ones are linked by `newer` */
    uint32_t next_in_bucket;
};

struct sessions {
    pthread_mutex_t lock;
    struct clock *clock;
    struct entropy *entropy;
    struct session *all; /* SESSIONS_MAX of them, taken as they are needed */
    uint32_t made, free;
    uint32_t oldest, newest; /* all are silent for the same time, so the oldest ends first */
    uint32_t buckets[SESSIONS_BUCKETS];
};

struct sessions *sessions_new(struct clock *clock, struct entropy *entropy)
{
    struct sessions *sessions = calloc(1, sizeof *sessions);
    CHECK(sessions != NULL);
    CHECK(pthread_mutex_init(&sessions->lock, NULL) == 0);
    sessions->clock = clock;
    sessions->entropy = entropy;
    sessions->all = calloc(SESSIONS_MAX, sizeof *sessions->all);
    CHECK(sessions->all != NULL);
    sessions->free = sessions->oldest = sessions->newest = SESSIONS_NONE;
    memset(sessions->buckets, 0xff, sizeof sessions->buckets);
    return sessions;
}

void sessions_free(struct sessions **sessions)
{
    if (*sessions == NULL)
        return;
    CHECK(pthread_mutex_destroy(&(*sessions)->lock) == 0);
    free((*sessions)->all);
    free(*sessions);
    *sessions = NULL;
}

static void lock(struct sessions *sessions)
{
    CHECK(pthread_mutex_lock(&sessions->lock) == 0);
}

static void unlock(struct sessions *sessions)
{
    CHECK(pthread_mutex_unlock(&sessions->lock) == 0);
}

/* ---- the table; all of it locked */

/* A SHA-256 of random bits is as good as random already. */
static uint32_t *bucket_of(struct sessions *sessions, const uint8_t hash[REGISTRY_HASH_SIZE])
{
    uint64_t first;
    memcpy(&first, hash, sizeof first);
    return &sessions->buckets[first % SESSIONS_BUCKETS];
}

static void unlink_from_line(struct sessions *sessions, const struct session *session)
{
    if (session->older != SESSIONS_NONE)
        sessions->all[session->older].newer = session->newer;
    else
        sessions->oldest = session->newer;
    if (session->newer != SESSIONS_NONE)
        sessions->all[session->newer].older = session->older;
    else
        sessions->newest = session->older;
}

static void link_as_newest(struct sessions *sessions, uint32_t index)
{
    struct session *session = &sessions->all[index];
    session->older = sessions->newest;
    session->newer = SESSIONS_NONE;
    if (session->older != SESSIONS_NONE)
        sessions->all[session->older].newer = index;
    else
        sessions->oldest = index;
    sessions->newest = index;
}

static void drop(struct sessions *sessions, uint32_t index)
{
    struct session *session = &sessions->all[index];
    uint32_t *at = bucket_of(sessions, session->hash);
    while (*at != index)
        at = &sessions->all[*at].next_in_bucket;
    *at = session->next_in_bucket;
    unlink_from_line(sessions, session);
    *session = (struct session){.newer = sessions->free};
    sessions->free = index;
    metric_sub(METRIC_sessions, 1);
}

static void drop_silent(struct sessions *sessions, int64_t now)
{
    int64_t silence = SESSIONS_SILENCE_S * TIME_SECOND;
    while (sessions->oldest != SESSIONS_NONE &&
           now - sessions->all[sessions->oldest].used_at >= silence)
        drop(sessions, sessions->oldest);
}

static bool hash_token(struct text token, uint8_t hash[REGISTRY_HASH_SIZE])
{
    if (token.data == NULL || token.size != TOKEN_TEXT_SIZE ||
        memcmp(token.data, SESSIONS_TOKEN_PREFIX, sizeof SESSIONS_TOKEN_PREFIX - 1) != 0)
        return false;
    digest_sha256(&token, 1, hash);
    return true;
}

static uint32_t look_up(struct sessions *sessions, const uint8_t hash[REGISTRY_HASH_SIZE])
{
    uint32_t index = *bucket_of(sessions, hash);
    while (index != SESSIONS_NONE &&
           sodium_memcmp(sessions->all[index].hash, hash, REGISTRY_HASH_SIZE) != 0)
        index = sessions->all[index].next_in_bucket;
    return index;
}

static uint32_t take_free(struct sessions *sessions)
{
    uint32_t index = sessions->free;
    if (index != SESSIONS_NONE)
        sessions->free = sessions->all[index].newer;
    else if (sessions->made < SESSIONS_MAX)
        index = sessions->made++;
    return index;
}

static void add(struct sessions *sessions, uint32_t index, const struct session *made)
{
    sessions->all[index] = *made;
    uint32_t *bucket = bucket_of(sessions, made->hash);
    sessions->all[index].next_in_bucket = *bucket;
    *bucket = index;
    link_as_newest(sessions, index);
    metric_add(METRIC_sessions, 1);
}

/* ---- what others ask */

static void make_token(struct sessions *sessions, char token[REGISTRY_KEY_TEXT_MAX])
{
    static const char prefix[] = SESSIONS_TOKEN_PREFIX;
    uint8_t secret[TOKEN_SECRET_SIZE];
    sessions->entropy->fill(sessions->entropy, secret, sizeof secret);
    memcpy(token, prefix, sizeof prefix);
    CHECK(sodium_bin2base64(token + sizeof prefix - 1, REGISTRY_KEY_TEXT_MAX - (sizeof prefix - 1),
                            secret, sizeof secret,
                            sodium_base64_VARIANT_URLSAFE_NO_PADDING) != NULL);
    sodium_memzero(secret, sizeof secret);
}

bool sessions_begin(struct sessions *sessions, uint64_t account, const char *by,
                    char token[REGISTRY_KEY_TEXT_MAX], int64_t *expires_at)
{
    struct session made = {.account = account};
    CHECK(strlen(by) <= REGISTRY_NAME_MAX);
    memcpy(made.by, by, strlen(by) + 1);
    make_token(sessions, token);
    CHECK(hash_token(text_of(token), made.hash));

    lock(sessions);
    made.used_at = sessions->clock->steady(sessions->clock);
    drop_silent(sessions, made.used_at);
    uint32_t index = take_free(sessions);
    if (index != SESSIONS_NONE)
        add(sessions, index, &made);
    unlock(sessions);
    if (index == SESSIONS_NONE)
        sodium_memzero(token, REGISTRY_KEY_TEXT_MAX);
    *expires_at = sessions->clock->wall(sessions->clock) + SESSIONS_SILENCE_S * TIME_SECOND;
    return index != SESSIONS_NONE;
}

static void fill_principal(const struct session *session, struct principal *out)
{
    char number[ACCOUNT_TEXT_MAX];
    *out = (struct principal){.role = ROLE_CUSTOMER, .account = session->account};
    snprintf(out->name, sizeof out->name, "%s%s", REGISTRY_CUSTOMER_PREFIX,
             account_print(session->account, number));
    memcpy(out->by, session->by, sizeof out->by);
}

bool sessions_find(struct sessions *sessions, struct text token, struct principal *out)
{
    uint8_t hash[REGISTRY_HASH_SIZE];
    if (!hash_token(token, hash))
        return false;
    lock(sessions);
    int64_t now = sessions->clock->steady(sessions->clock);
    drop_silent(sessions, now);
    uint32_t index = look_up(sessions, hash);
    if (index != SESSIONS_NONE) {
        struct session *session = &sessions->all[index];
        session->used_at = now;
        unlink_from_line(sessions, session);
        link_as_newest(sessions, index);
        fill_principal(session, out);
    }
    unlock(sessions);
    return index != SESSIONS_NONE;
}

bool sessions_end(struct sessions *sessions, struct text token)
{
    uint8_t hash[REGISTRY_HASH_SIZE];
    if (!hash_token(token, hash))
        return false;
    lock(sessions);
    uint32_t index = look_up(sessions, hash);
    if (index != SESSIONS_NONE)
        drop(sessions, index);
    unlock(sessions);
    return index != SESSIONS_NONE;
}

void sessions_end_account(struct sessions *sessions, uint64_t account)
{
    lock(sessions);
    for (uint32_t i = sessions->oldest, next; i != SESSIONS_NONE; i = next) {
        next = sessions->all[i].newer;
        if (sessions->all[i].account == account)
            drop(sessions, i);
    }
    unlock(sessions);
}

void sessions_end_by(struct sessions *sessions, const char *by)
{
    lock(sessions);
    for (uint32_t i = sessions->oldest, next; i != SESSIONS_NONE; i = next) {
        next = sessions->all[i].newer;
        if (strcmp(sessions->all[i].by, by) == 0)
            drop(sessions, i);
    }
    unlock(sessions);
}
