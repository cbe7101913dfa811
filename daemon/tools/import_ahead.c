#include "tools/import_ahead.h"

#include <stdlib.h>

#include "host/lookahead.h"

#define BATCHES 4 /* one that is worked on, one that is filled, two for the disk's moods */

struct import_ahead {
    struct import_file *file;
    struct lookahead ring;
    struct import_batch batches[BATCHES];
};

static bool fill(void *context, size_t slot)
{
    struct import_ahead *ahead = context;
    struct import_batch *batch = &ahead->batches[slot];
    struct import_line line = {0};
    arena_reset(&batch->arena);
    problem_clear(&batch->problem);
    batch->count = 0;
    do {
        batch->then = import_file_read(ahead->file, &batch->arena, &line, &batch->problem);
        batch->then_number = line.number;
        if (batch->then == IMPORT_LINE)
            batch->lines[batch->count++] = line;
    } while (batch->then == IMPORT_LINE && batch->count < IMPORT_BATCH);
    return batch->then == IMPORT_LINE;
}

static void close_batches(struct import_ahead *ahead)
{
    for (size_t i = 0; i < BATCHES; i++)
        arena_close(&ahead->batches[i].arena);
    free(ahead);
}

struct import_ahead *import_ahead_open(struct import_file *file)
{
    struct import_ahead *ahead = calloc(1, sizeof *ahead);
    CHECK(ahead != NULL);
    ahead->file = file;
    for (size_t i = 0; i < BATCHES; i++)
        arena_init(&ahead->batches[i].arena, 0);
    ahead->ring = (struct lookahead){.fill = fill, .context = ahead, .slots = BATCHES};
    if (lookahead_start(&ahead->ring, "teller-lines"))
        return ahead;
    close_batches(ahead);
    return NULL;
}

void import_ahead_close(struct import_ahead **ahead)
{
    if (*ahead == NULL)
        return;
    lookahead_stop(&(*ahead)->ring);
    close_batches(*ahead);
    *ahead = NULL;
}

const struct import_batch *import_ahead_take(struct import_ahead *ahead)
{
    return &ahead->batches[lookahead_take(&ahead->ring)];
}
