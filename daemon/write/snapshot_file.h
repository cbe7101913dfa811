/* The layout of a snapshot file, for its writer and its reader. Its checksum is XXH64, which finds
 * damage at the speed of reading; it is no protection against somebody who may write the folder:
 * that one may write the journal too. */
#pragma once

#define XXH_STATIC_LINKING_ONLY /* a sum stands inside what is summed up, not on the heap */
#include <assert.h>
#include <stdint.h>
#include <xxhash.h>

#include "journal/journal.h"
#include "write/keys.h"

#define SNAPSHOT_MAGIC "TLRSNAP"

struct snapshot_header {
    char magic[8];
    uint32_t format;
    uint32_t cell_size; /* of struct account_cell */
    uint64_t record, position;
    int64_t at;
    uint8_t hash[JOURNAL_HASH_SIZE]; /* of `record` */
    struct hash_key secret;
    uint64_t account_count;
    uint32_t free_sequence;
    uint32_t only_imports;
};

struct snapshot_trailer {
    uint64_t record; /* the newest one any part shows */
    uint8_t hash[JOURNAL_HASH_SIZE];
};

/* Behind the last key segment. */
#define SNAPSHOT_KEYS_END UINT32_MAX /* as its depth */

static_assert(sizeof(struct snapshot_header) == 104, "no padding in snapshots");
static_assert(sizeof(struct snapshot_trailer) == 40, "no padding in snapshots");
