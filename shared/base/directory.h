/* Extendible hashing's directory: the top bits of a hash lead to a segment. Shared by slot_index.h
 * and the engine's table of keys, which own what stands in their segments.
 *
 * A segment that is full is replaced by a larger one or by two; never is the whole table copied,
 * so an insertion costs at most one segment's move. The first eight bits choose one of 256 small
 * directories, so that doubling one of them is short as well. One thread. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DIRECTORY_SHARD_BITS 8
#define DIRECTORY_SHARDS (1u << DIRECTORY_SHARD_BITS)

#define DIRECTORY_DEPTH_MAX 20u /* 2^20 segments a shard are beyond what memory holds */

#define SEGMENT_CAPACITY_MIN 16u
#define SEGMENT_CAPACITY_MAX 1280u

/* Head of a segment; its entries follow. It holds the hashes whose first 8 + depth bits are those
 * of `prefix`. Open addressing: at most SEGMENT_LOAD of its places are taken. */
struct segment {
    uint64_t prefix;
    uint32_t capacity;
    uint32_t count;
    uint32_t depth;
    uint32_t entry_size;
};

#define SEGMENT_LOAD(capacity) ((capacity) - (capacity) / 5)

struct directory_shard {
    struct segment **slots; /* 1 << depth of them; NULL: the shard is empty */
    uint32_t depth;
};

struct directory {
    struct directory_shard shards[DIRECTORY_SHARDS];
    size_t bytes; /* taken from the machine, segments included */
};

void directory_init(struct directory *directory);
void directory_close(struct directory *directory); /* frees the segments too */

/* The segment a hash belongs to; NULL while its shard is empty. */
struct segment *directory_find(const struct directory *directory, uint64_t hash);
/* The first segment that holds hashes at or behind `hash`; NULL at the end. */
struct segment *directory_next(const struct directory *directory, uint64_t hash);

/* True when no shard that has segments has a gap between them. */
bool directory_is_whole(const struct directory *directory);

/* A cleared segment with room for `count` entries and at least one more. */
struct segment *segment_new(struct directory *directory, uint64_t prefix, uint32_t depth,
                            uint32_t count, uint32_t entry_size);
/* One of that very capacity whose entries the caller fills all; NULL when none has it. */
struct segment *segment_copy(struct directory *directory, uint64_t prefix, uint32_t depth,
                             uint32_t capacity, uint32_t entry_size);
void segment_free(struct directory *directory, struct segment *segment);
/* Puts a segment in charge of its range. What was there is the caller's to free. */
void directory_put(struct directory *directory, struct segment *segment);
/* The bit of a hash that tells the two halves of a segment apart. */
uint64_t segment_split_bit(const struct segment *segment);
/* The first hash behind the segment's range; 0 when there is none. */
uint64_t segment_end(const struct segment *segment);

/* Where a hash's probing starts: its low 32 bits, scaled. */
static inline uint32_t segment_home(const struct segment *segment, uint64_t hash)
{
    return (uint32_t)(((hash & UINT32_MAX) * segment->capacity) >> 32);
}
