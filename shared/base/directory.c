#include "base/directory.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"

static_assert(sizeof(struct segment) == 16, "four to a line of the processor's cache");
static_assert(SEGMENT_CAPACITY_MAX <= UINT16_MAX && DIRECTORY_DEPTH_MAX <= UINT8_MAX, "fits");

static size_t slot_count(const struct directory_shard *shard)
{
    return shard->slots == NULL ? 0 : (size_t)1 << shard->depth;
}

/* Slots the segment has, side by side, in its shard. */
static size_t slots_of(const struct directory_shard *shard, const struct segment *segment)
{
    return (size_t)1 << (shard->depth - segment->depth);
}

void directory_init(struct directory *directory, uint32_t entry_size)
{
    memset(directory, 0, sizeof *directory);
    directory->entry_size = entry_size;
}

void directory_close(struct directory *directory)
{
    for (size_t i = 0; i < DIRECTORY_SHARDS; i++) {
        struct directory_shard *shard = &directory->shards[i];
        const void *last = NULL;
        for (size_t slot = 0; slot < slot_count(shard); slot++) {
            void *entries = shard->slots[slot].entries;
            if (entries != last) {
                last = entries;
                free(entries);
            }
        }
        free(shard->slots);
    }
    directory_init(directory, directory->entry_size);
}

struct segment *directory_first(struct directory *directory, uint64_t hash)
{
    struct directory_shard *shard = &directory->shards[hash >> (64 - DIRECTORY_SHARD_BITS)];
    if (shard->slots == NULL) {
        return NULL;
    }
    size_t slot = directory_slot(shard, hash);
    const struct segment *segment = &shard->slots[slot];
    return segment->entries == NULL ? NULL : &shard->slots[slot & ~(slots_of(shard, segment) - 1)];
}

const struct segment *directory_next(const struct directory *directory, uint64_t *hash)
{
    uint64_t shards = UINT64_MAX << (64 - DIRECTORY_SHARD_BITS);
    const struct segment *found = directory_find(directory, *hash);
    while (found == NULL && (*hash & shards) != shards) {
        *hash = segment_end(*hash & shards, 0);
        found = directory_find(directory, *hash);
    }
    if (found == NULL) {
        return NULL;
    }
    *hash = segment_prefix(*hash, found->depth);
    return directory_find(directory, *hash);
}

bool directory_is_whole(const struct directory *directory)
{
    for (size_t i = 0; i < DIRECTORY_SHARDS; i++) {
        const struct directory_shard *shard = &directory->shards[i];
        for (size_t slot = 0; slot < slot_count(shard); slot++) {
            if (shard->slots[slot].entries == NULL) {
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

static struct segment segment_around(struct directory *directory, void *entries, uint32_t depth,
                                     uint32_t capacity)
{
    CHECK(entries != NULL);
    directory->bytes += (size_t)capacity * directory->entry_size;
    return (struct segment){
        .entries = entries, .capacity = (uint16_t)capacity, .depth = (uint8_t)depth};
}

struct segment segment_new(struct directory *directory, uint32_t depth, uint32_t count)
{
    CHECK(count <= SEGMENT_LOAD(SEGMENT_CAPACITY_MAX));
    uint32_t capacity = capacity_for(count);
    size_t size = (size_t)capacity * directory->entry_size;
    void *entries = malloc(size);
    CHECK(entries != NULL);
    /* Not calloc: its fresh pages would be looked at first, when a place is searched, and written
     * to then, which costs two faults a page and a word to every other processor. Nor memset: with
     * malloc before it the compiler would make it calloc. */
    explicit_bzero(entries, size);
    return segment_around(directory, entries, depth, capacity);
}

struct segment segment_copy(struct directory *directory, uint32_t depth, uint32_t capacity)
{
    if (capacity < SEGMENT_CAPACITY_MIN || capacity > SEGMENT_CAPACITY_MAX ||
        depth > DIRECTORY_DEPTH_MAX) {
        return (struct segment){0};
    }
    return segment_around(directory, malloc((size_t)capacity * directory->entry_size), depth,
                          capacity);
}

void segment_free(struct directory *directory, struct segment segment)
{
    directory->bytes -= (size_t)segment.capacity * directory->entry_size;
    free(segment.entries);
}

static void deepen(struct directory *directory, struct directory_shard *shard)
{
    size_t slots = slot_count(shard);
    size_t wanted = slots == 0 ? 1 : slots * 2;
    struct segment *grown = calloc(wanted, sizeof *grown);
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

void directory_put(struct directory *directory, uint64_t prefix, struct segment segment)
{
    struct directory_shard *shard = &directory->shards[prefix >> (64 - DIRECTORY_SHARD_BITS)];
    CHECK(segment.depth <= DIRECTORY_DEPTH_MAX);
    while (shard->slots == NULL || shard->depth < segment.depth) {
        deepen(directory, shard);
    }
    size_t first = directory_slot(shard, prefix);
    for (size_t i = 0; i < slots_of(shard, &segment); i++) {
        shard->slots[first + i] = segment;
    }
}
