/* What the engine has decided and not committed yet: encoded records, and the commands whose
 * verdicts wait for the disk. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "contract/args.h"
#include "journal/journal.h"
#include "write/engine.h"

/* An atomic batch commits as one, so a commit takes at least as many commands. */
#define OPEN_BATCH_COMMANDS_MAX BATCH_COMMANDS_MAX
#define OPEN_BATCH_BYTES_FULL (1024u * 1024) /* then commit; an atomic batch may pass it */
#define OPEN_BATCH_BYTES_MAX (OPEN_BATCH_BYTES_FULL + (size_t)BATCH_COMMANDS_MAX * JOURNAL_BODY_MAX)

struct open_batch {
    struct bytes bytes;
    size_t count; /* records */
    size_t ends[OPEN_BATCH_COMMANDS_MAX];
    size_t command_count;
    struct engine_command *commands[OPEN_BATCH_COMMANDS_MAX];
};

void open_batch_init(struct open_batch *batch);
void open_batch_close(struct open_batch *batch);
void open_batch_clear(struct open_batch *batch);
/* Whether `commands` further commands fit before the next commit. */
bool open_batch_has_room(const struct open_batch *batch, size_t commands);
void open_batch_add_command(struct open_batch *batch, struct engine_command *command);
void open_batch_add_record(struct open_batch *batch, const struct record *record);
void open_batch_take_back(struct open_batch *batch,
                          size_t count); /* keeps the first `count` records */
