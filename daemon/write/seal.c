#include <string.h>

#include "base/check.h"
#include "domain/decide.h"
#include "host/digest.h"
#include "write/engine.h"

/* The longest text is an owner or a reference of 140 characters. */
#define CANONICAL_MAX 2048u

/* The canonical bytes of a command with a key, in `room`; empty for one that needs no digest. */
static struct text canonical_of(const struct engine_command *command, uint8_t room[CANONICAL_MAX])
{
    const struct decider *decider = decider_of(command->op);
    struct bytes canonical = {.data = room, .capacity = CANONICAL_MAX, .max = CANONICAL_MAX};
    if (decider == NULL || command->key.data == NULL)
        return (struct text){0};
    decider->canonical(command->args, &canonical);
    CHECK(!canonical.overflow);
    return bytes_text(&canonical);
}

void engine_seal(struct engine_command *command)
{
    uint8_t room[CANONICAL_MAX], digest[DIGEST_SHA256_SIZE];
    if (command->sealed)
        return;
    command->sealed = true;
    memset(command->digest, 0, sizeof command->digest);
    struct text canonical = canonical_of(command, room);
    if (canonical.size == 0)
        return;
    digest_sha256(&canonical, 1, digest);
    memcpy(command->digest, digest, sizeof command->digest);
}

bool engine_seal_is(const struct engine_command *command, const uint8_t digest[RECORD_DIGEST_SIZE])
{
    uint8_t room[CANONICAL_MAX], old[RECORD_DIGEST_SIZE];
    CHECK(command->sealed);
    if (memcmp(command->digest, digest, RECORD_DIGEST_SIZE) == 0)
        return true;
    struct text canonical = canonical_of(command, room);
    if (canonical.size == 0)
        return false;
    digest_once(canonical.data, canonical.size, old, sizeof old);
    return memcmp(old, digest, sizeof old) == 0;
}
