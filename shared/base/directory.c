#include "base/directory.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"

static uint32_t shard_of(uint64_t hash)
{
    return (uint32_t)(hash >> (64 - DIRECTORY_SHARD_BITS));
}

static size_t slot_of(uint64_t hash, uint32_t depth)
{
    return depth == 0 ? 0 : (size_t)((hash << DIRECTORY_SHARD_BITS) >> (64 - depth));
}

void directory_init(struct directory *directory)
{
    memset(directory, 0, sizeof *directory);
}

void directory_close(struct directory *directory)
{
    for (size_t i = 0; i < DIRECTORY_SHARDS; i++) {
        struct directory_shard *shard = &directory->shards[i];
        size_t slots = shard->slots == NULL ? 0 : (size_t)1 << shard->depth;
        struct segment *last = NULL; /* a segment's slots stand side by side */
        for (size_t slot = 0; slot < slots; slot++) {
            if (shard->slots[slot] != last) {
                last = shard->slots[slot];
                free(last);
            }
        }
        free(shard->slots);
    }
    directory_init(directory);
}

struct segment *directory_find(const struct directory *directory, uint64_t hash)
{
    const struct directory_shard *shard = &directory->shards[shard_of(hash)];
    return shard->slots == NULL ? NULL : shard->slots[slot_of(hash, shard->depth)];
}

struct segment *directory_next(const struct directory *directory, uint64_t hash)
{
    struct segment *found = directory_find(directory, hash);
    for (uint32_t i = shard_of(hash) + 1; found == NULL && i < DIRECTORY_SHARDS; i++) {
        found = directory_find(directory, (uint64_t)i << (64 - DIRECTORY_SHARD_BITS));
    }
    return found;
}

bool directory_is_whole(const struct directory *directory)
{
    for (size_t i = 0; i < DIRECTORY_SHARDS; i++) {
        const struct directory_shard *shard = &directory->shards[i];
        size_t slots = shard->slots == NULL ? 0 : (size_t)1 << shard->depth;
        for (size_t slot = 0; slot < slots; slot++) {
            if (shard->slots[slot] == NULL) {
                return false;
            }
        }
    }
    return true;
}

/* Grows by a quarter, so that memory follows the count closely instead of doubling. */
static uint32_t capacity_for(uint32_t count)
{
    uint32_t capacity = SEGMENT_CAPACITY_MIN;
    while (SEGMENT_LOAD(capacity) <= count && capacity < SEGMENT_CAPACITY_MAX) {
        capacity += capacity / 4;
    }
    return capacity < SEGMENT_CAPACITY_MAX ? capacity : SEGMENT_CAPACITY_MAX;
}

struct segment *segment_new(struct directory *directory, uint64_t prefix, uint32_t depth,
                            uint32_t count, uint32_t entry_size)
{
    CHECK(count <= SEGMENT_LOAD(SEGMENT_CAPACITY_MAX));
    uint32_t capacity = capacity_for(count);
    size_t size = sizeof(struct segment) + (size_t)capacity * entry_size;
    struct segment *segment = calloc(1, size);
    CHECK(segment != NULL);
    segment->prefix = prefix;
    segment->depth = depth;
    segment->capacity = capacity;
    segment->entry_size = entry_size;
    directory->bytes += size;
    return segment;
}

struct segment *segment_copy(struct directory *directory, uint64_t prefix, uint32_t depth,
                             uint32_t capacity, uint32_t entry_size)
{
    if (capacity < SEGMENT_CAPACITY_MIN || capacity > SEGMENT_CAPACITY_MAX ||
        depth > DIRECTORY_DEPTH_MAX) {
        return NULL;
    }
    size_t size = sizeof(struct segment) + (size_t)capacity * entry_size;
    struct segment *segment = malloc(size);
    CHECK(segment != NULL);
    *segment = (struct segment){
        .prefix = prefix, .depth = depth, .capacity = capacity, .entry_size = entry_size};
    directory->bytes += size;
    return segment;
}

void segment_free(struct directory *directory, struct segment *segment)
{
    directory->bytes -= sizeof *segment + (size_t)segment->capacity * segment->entry_size;
    free(segment);
}

static void deepen(struct directory *directory, struct directory_shard *shard)
{
    size_t slots = shard->slots == NULL ? 0 : (size_t)1 << shard->depth;
    size_t wanted = slots == 0 ? 1 : slots * 2;
    struct segment **grown = calloc(wanted, sizeof *grown);
    CHECK(grown != NULL);
    for (size_t i = 0; i < slots; i++) {
        grown[2 * i] = shard->slots[i];
        grown[2 * i + 1] = shard->slots[i];
    }
    free(shard->slots);
    shard->slots = grown;
    shard->depth += slots == 0 ? 0 : 1;
    directory->bytes += (wanted - slots) * sizeof *grown;
}

void directory_put(struct directory *directory, struct segment *segment)
{
    struct directory_shard *shard = &directory->shards[shard_of(segment->prefix)];
    CHECK(segment->depth <= DIRECTORY_DEPTH_MAX);
    while (shard->slots == NULL || shard->depth < segment->depth) {
        deepen(directory, shard);
    }
    size_t first = slot_of(segment->prefix, shard->depth);
    size_t count = (size_t)1 << (shard->depth - segment->depth);
    for (size_t i = 0; i < count; i++) {
        shard->slots[first + i] = segment;
    }
}

uint64_t segment_split_bit(const struct segment *segment)
{
    return (uint64_t)1 << (64 - DIRECTORY_SHARD_BITS - 1 - segment->depth);
}

uint64_t segment_end(const struct segment *segment)
{
    return segment->prefix + 2 * segment_split_bit(segment);
}
