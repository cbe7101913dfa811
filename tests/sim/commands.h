/* Random requests: all commands, batches atomic and not, repeats of keys with the same and with
 * other arguments, abandoned keys, look-ups, unknown accounts, amounts beyond reason. */
#pragma once

#include "sim/model.h"
#include "sim/random.h"

#define COMMANDS_REQUESTS_MAX 6
#define COMMANDS_EACH_MAX 8
#define COMMANDS_MAX (COMMANDS_REQUESTS_MAX * COMMANDS_EACH_MAX)
/* No account is opened beyond this, so that one run's openings always fit the model. */
#define COMMANDS_ACCOUNTS_MAX (MODEL_ACCOUNTS_MAX - 2)

/* A list of requests and all that its commands point to. */
struct commands {
    struct engine_request requests[COMMANDS_REQUESTS_MAX];
    struct engine_command commands[COMMANDS_MAX];
    struct model_command args[COMMANDS_MAX];
    char keys[COMMANDS_MAX][MODEL_KEY_MAX];
    size_t request_count, count;
    size_t opened; /* accounts there may be after it */
};

/* Numbers of keys go up over a run's life: `next_key` is the caller's. */
void commands_roll(struct commands *out, struct dice *dice, const struct model *model, int64_t wall,
                   unsigned *next_key);
