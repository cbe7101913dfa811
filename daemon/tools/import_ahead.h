/* The lines of an import in batches, read and checked ahead on a thread of its own while the taker
 * works on the batch before: reading JSON costs as much as carrying it out. */
#pragma once

#include "base/arena.h"
#include "tools/import_file.h"

#define IMPORT_BATCH 2048 /* lines decided and committed together */

struct import_batch {
    struct arena arena; /* of the lines */
    struct import_line lines[IMPORT_BATCH];
    size_t count;
    /* What comes behind them: IMPORT_LINE when another batch does. */
    enum import_read then;
    uint64_t then_number;   /* the line that is malformed or cannot be read, */
    struct problem problem; /* and why */
};

struct import_ahead;

/* The file is the thread's alone until the close. NULL: there is no room for a thread. */
struct import_ahead *import_ahead_open(struct import_file *file) MUST_USE;
void import_ahead_close(struct import_ahead **ahead);
/* The next batch, good until the next call; not to be called behind the last one. */
const struct import_batch *import_ahead_take(struct import_ahead *ahead);
