/* Extendible hashing's directory: the top bits of a hash lead to a segment. Shared by slot_index.h
 * and the engine's table of keys, which own what stands in their segments.
 *
 * A segment that is full is replaced by a larger one or by two; never is the whole table copied,
 * so an insertion costs at most one segment's move. The first eight bits choose one of 256 small
 * directories, so that doubling one of them is short as well. What is to be known of a segment
 * stands in the directory, which the processor's cache holds when it holds nothing of the
 * segments. One thread. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DIRECTORY_SHARD_BITS 8
#define DIRECTORY_SHARDS (1u << DIRECTORY_SHARD_BITS)

#define DIRECTORY_DEPTH_MAX 20u /* 2^20 segments a shard are beyond what memory holds */

#define SEGMENT_CAPACITY_MIN 16u
#define SEGMENT_CAPACITY_MAX 1280u

/* It holds the hashes whose first 8 + depth bits are those of its prefix. Open addressing: at most
 * SEGMENT_LOAD of its places are taken. */
struct segment {
    void *entries; /* NULL: no segment */
    uint16_t capacity;
    uint16_t count; /* right in the slot that directory_first gives, elsewhere stale */
    uint8_t depth;
};

#define SEGMENT_LOAD(capacity) ((capacity) - (capacity) / 5)

struct directory_shard {
    struct segment *slots; /* 1 << depth of them, a segment in one or several side by side */
    uint32_t depth;
};

struct directory {
    struct directory_shard shards[DIRECTORY_SHARDS];
    uint32_t entry_size;
    size_t bytes; /* taken from the machine, segments included */
};

void directory_init(struct directory *directory, uint32_t entry_size);
void directory_close(struct directory *directory); /* frees the segments too */

static inline size_t directory_slot(const struct directory_shard *shard, uint64_t hash)
{
    return shard->depth == 0 ? 0 : (size_t)((hash << DIRECTORY_SHARD_BITS) >> (64 - shard->depth));
}

/* The segment a hash belongs to, for reading, without its count; NULL when there is none.
 * Good until the next directory_put. */
static inline const struct segment *directory_find(const struct directory *directory, uint64_t hash)
{
    const struct directory_shard *shard = &directory->shards[hash >> (64 - DIRECTORY_SHARD_BITS)];
    if (shard->slots == NULL) {
        return NULL;
    }
    const struct segment *segment = &shard->slots[directory_slot(shard, hash)];
    return segment->entries == NULL ? NULL : segment;
}

/* What directory_find will read, ahead of time. */
static inline void directory_fetch(const struct directory *directory, uint64_t hash)
{
    const struct directory_shard *shard = &directory->shards[hash >> (64 - DIRECTORY_SHARD_BITS)];
    if (shard->slots != NULL) {
        __builtin_prefetch(&shard->slots[directory_slot(shard, hash)]);
    }
}

/* The same, for whoever changes it; likewise good until the next directory_put. */
struct segment *directory_first(struct directory *directory, uint64_t hash);
/* The first segment that holds hashes at or behind *hash, which becomes its prefix; NULL at the
 * end. Its count is right. */
const struct segment *directory_next(const struct directory *directory, uint64_t *hash);

/* True when no shard that has segments has a gap between them. */
bool directory_is_whole(const struct directory *directory);

/* A cleared segment with room for `count` entries and at least one more. */
struct segment segment_new(struct directory *directory, uint32_t depth, uint32_t count);
/* One of that very capacity whose entries the caller fills all; without entries when none has it.
 */
struct segment segment_copy(struct directory *directory, uint32_t depth, uint32_t capacity);
void segment_free(struct directory *directory, struct segment segment);
/* Puts a segment in charge of its range. What was there is the caller's to free. */
void directory_put(struct directory *directory, uint64_t prefix, struct segment segment);

/* The first hash of the segment that holds this one. */
static inline uint64_t segment_prefix(uint64_t hash, uint32_t depth)
{
    return hash & (UINT64_MAX << (64 - DIRECTORY_SHARD_BITS - depth));
}
/* The bit of a hash that tells the two halves of a segment apart. */
static inline uint64_t segment_split_bit(uint32_t depth)
{
    return (uint64_t)1 << (64 - DIRECTORY_SHARD_BITS - 1 - depth);
}
/* The first hash behind the segment's range; 0 when there is none. */
static inline uint64_t segment_end(uint64_t prefix, uint32_t depth)
{
    return prefix + 2 * segment_split_bit(depth);
}

/* Where a hash's probing starts: its low 32 bits, scaled. */
static inline uint32_t segment_home(const struct segment *segment, uint64_t hash)
{
    return (uint32_t)(((hash & UINT32_MAX) * segment->capacity) >> 32);
}
