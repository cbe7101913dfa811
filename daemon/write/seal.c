#include <string.h>

#include "base/check.h"
#include "domain/decide.h"
#include "host/digest.h"
#include "write/engine.h"

/* The longest text is an owner or a reference of 140 characters. */
#define CANONICAL_MAX 2048u

void engine_seal(struct engine_command *command)
{
    const struct decider *decider = decider_of(command->op);
    uint8_t room[CANONICAL_MAX];
    struct bytes canonical = {.data = room, .capacity = sizeof room, .max = sizeof room};
    if (command->sealed)
        return;
    command->sealed = true;
    memset(command->digest, 0, sizeof command->digest);
    if (decider == NULL || command->key.data == NULL)
        return;
    decider->canonical(command->args, &canonical);
    CHECK(!canonical.overflow);
    digest_once(canonical.data, canonical.size, command->digest, sizeof command->digest);
}
