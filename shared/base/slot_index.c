#include "base/slot_index.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"

/* A slot and a byte of hash stand together, so that a lookup nearly always touches one line of the
 * processor's cache, and nearly every place that is not the one looked for is passed without asking
 * the table for its key. Tag 0 is free. */
struct __attribute__((packed)) place {
    uint32_t slot;
    uint8_t tag;
};
#define LOAD_WINDOW ((size_t)1 << 20) /* slots indexed together at a bulk load */

static struct place *places_of(const struct segment *segment)
{
    return segment->entries;
}

static uint8_t tag_of(uint64_t hash)
{
    return (uint8_t)((hash >> 32) % 255 + 1);
}

static uint64_t hash_at(const struct slot_index *index, const void *table, uint32_t slot)
{
    return hash_mix64(index->key_at(table, slot));
}

static uint32_t next_place(const struct segment *segment, uint32_t at)
{
    return at + 1 == segment->capacity ? 0 : at + 1;
}

void slot_index_init(struct slot_index *index, uint64_t (*key_at)(const void *table, uint32_t slot))
{
    directory_init(&index->directory, sizeof(struct place));
    index->key_at = key_at;
}

void slot_index_close(struct slot_index *index)
{
    directory_close(&index->directory);
}

bool slot_index_find(const struct slot_index *index, const void *table, uint64_t key,
                     uint32_t *slot)
{
    uint64_t hash = hash_mix64(key);
    const struct segment *segment = directory_find(&index->directory, hash);
    if (segment == NULL) {
        return false;
    }
    const struct place *places = places_of(segment);
    uint8_t tag = tag_of(hash);
    for (uint32_t at = segment_home(segment, hash); places[at].tag != 0;
         at = next_place(segment, at)) {
        if (places[at].tag == tag && index->key_at(table, places[at].slot) == key) {
            *slot = places[at].slot;
            return true;
        }
    }
    return false;
}

void slot_index_fetch_segment(const struct slot_index *index, uint64_t key)
{
    directory_fetch(&index->directory, hash_mix64(key));
}

void slot_index_fetch_place(const struct slot_index *index, uint64_t key)
{
    uint64_t hash = hash_mix64(key);
    const struct segment *segment = directory_find(&index->directory, hash);
    if (segment != NULL) {
        __builtin_prefetch(&places_of(segment)[segment_home(segment, hash)]);
    }
}

bool slot_index_guess(const struct slot_index *index, uint64_t key, uint32_t *slot)
{
    uint64_t hash = hash_mix64(key);
    const struct segment *segment = directory_find(&index->directory, hash);
    if (segment == NULL) {
        return false;
    }
    const struct place *places = places_of(segment);
    uint8_t tag = tag_of(hash);
    uint32_t at = segment_home(segment, hash);
    while (places[at].tag != 0 && places[at].tag != tag) {
        at = next_place(segment, at);
    }
    *slot = places[at].slot;
    return places[at].tag == tag;
}

static void index_put(struct segment *segment, uint64_t hash, uint32_t slot)
{
    struct place *places = places_of(segment);
    uint32_t at = segment_home(segment, hash);
    while (places[at].tag != 0) {
        at = next_place(segment, at);
    }
    places[at] = (struct place){slot, tag_of(hash)};
    segment->count++;
}

/* False: the key has a slot already. */
static bool index_put_once(const struct slot_index *index, const void *table,
                           struct segment *segment, uint64_t hash, uint32_t slot)
{
    const struct place *places = places_of(segment);
    for (uint32_t at = segment_home(segment, hash); places[at].tag != 0;
         at = next_place(segment, at)) {
        if (places[at].tag == tag_of(hash) &&
            index->key_at(table, places[at].slot) == index->key_at(table, slot)) {
            return false;
        }
    }
    index_put(segment, hash, slot);
    return true;
}

/* Makes room: a larger segment in its place or, at full size, two. The keys are anywhere in the
 * table, so their hashes are gathered first, which lets the machine fetch many at a time. */
static void make_room(struct slot_index *index, const void *table, uint64_t prefix,
                      struct segment old)
{
    uint64_t hashes[SEGMENT_CAPACITY_MAX];
    struct directory *directory = &index->directory;
    const struct place *places = places_of(&old);
    bool splits = old.capacity == SEGMENT_CAPACITY_MAX;
    uint64_t bit = splits ? segment_split_bit(old.depth) : 0;
    uint32_t ones = 0;
    for (uint32_t i = 0; i < old.capacity; i++) {
        if (places[i].tag != 0) {
            hashes[i] = hash_at(index, table, places[i].slot);
            ones += (hashes[i] & bit) != 0;
        }
    }
    struct segment halves[2] = {segment_new(directory, old.depth + splits, old.count - ones), {0}};
    if (splits) {
        halves[1] = segment_new(directory, old.depth + 1u, ones);
    }
    for (uint32_t i = 0; i < old.capacity; i++) {
        if (places[i].tag != 0) {
            index_put(&halves[(hashes[i] & bit) != 0], hashes[i], places[i].slot);
        }
    }
    directory_put(directory, prefix, halves[0]);
    if (splits) {
        directory_put(directory, prefix | bit, halves[1]);
    }
    segment_free(directory, old);
}

static struct segment *segment_for(struct slot_index *index, const void *table, uint64_t hash)
{
    struct directory *directory = &index->directory;
    if (directory_find(directory, hash) == NULL) {
        directory_put(directory, segment_prefix(hash, 0), segment_new(directory, 0, 0));
    }
    struct segment *segment = directory_first(directory, hash);
    while (segment->count >= SEGMENT_LOAD(segment->capacity)) {
        make_room(index, table, segment_prefix(hash, segment->depth), *segment);
        segment = directory_first(directory, hash);
    }
    return segment;
}

/* Frees place `hole` and moves back what was pushed behind it, so that probing needs no marks. */
static void index_remove(const struct slot_index *index, const void *table, struct segment *segment,
                         uint32_t hole)
{
    struct place *places = places_of(segment);
    for (uint32_t at = next_place(segment, hole); places[at].tag != 0;
         at = next_place(segment, at)) {
        uint64_t hash = hash_at(index, table, places[at].slot);
        uint32_t home = segment_home(segment, hash);
        /* It may fill the hole unless its home lies behind the hole and at or before itself. */
        bool stays = hole <= at ? (hole < home && home <= at) : (hole < home || home <= at);
        if (!stays) {
            places[hole] = places[at];
            hole = at;
        }
    }
    places[hole].tag = 0;
    segment->count--;
}

/* Segments for as many slots as there are, so that none has to grow. */
static void lay_out(struct slot_index *index, size_t count)
{
    uint32_t depth = 0;
    size_t share = count / DIRECTORY_SHARDS + 1;
    while (share > SEGMENT_CAPACITY_MAX / 2 && depth < DIRECTORY_DEPTH_MAX) {
        share = share / 2 + 1;
        depth++;
    }
    unsigned bits = DIRECTORY_SHARD_BITS + depth;
    for (uint64_t i = 0; i < (uint64_t)1 << bits; i++) {
        directory_put(&index->directory, i << (64 - bits),
                      segment_new(&index->directory, depth, (uint32_t)share));
    }
}

struct unindexed {
    uint64_t hash;
    uint32_t slot;
};

/* Indexes slots first ... first + count - 1, shard by shard: a shard's segments stay in the
 * processor's cache while all that belongs to it goes in. False: a key stands twice. */
static bool load_window(struct slot_index *index, const void *table, struct unindexed *sorted,
                        size_t first, size_t count)
{
    size_t ends[DIRECTORY_SHARDS] = {0};
    for (size_t slot = first; slot < first + count; slot++) {
        ends[hash_at(index, table, (uint32_t)slot) >> (64 - DIRECTORY_SHARD_BITS)]++;
    }
    for (size_t i = 0, start = 0; i < DIRECTORY_SHARDS; i++) {
        size_t size = ends[i];
        ends[i] = start;
        start += size;
    }
    for (size_t slot = first; slot < first + count; slot++) {
        uint64_t hash = hash_at(index, table, (uint32_t)slot);
        sorted[ends[hash >> (64 - DIRECTORY_SHARD_BITS)]++] =
            (struct unindexed){hash, (uint32_t)slot};
    }
    bool once = true;
    for (size_t i = 0; once && i < count; i++) {
        struct segment *segment = segment_for(index, table, sorted[i].hash);
        once = index_put_once(index, table, segment, sorted[i].hash, sorted[i].slot);
    }
    return once;
}

bool slot_index_load(struct slot_index *index, const void *table, size_t count)
{
    struct unindexed *sorted = malloc(LOAD_WINDOW * sizeof *sorted);
    CHECK(sorted != NULL && count < UINT32_MAX);
    lay_out(index, count);
    bool once = true;
    for (size_t first = 0; once && first < count; first += LOAD_WINDOW) {
        size_t left = count - first;
        once = load_window(index, table, sorted, first, left < LOAD_WINDOW ? left : LOAD_WINDOW);
    }
    free(sorted);
    return once;
}

void slot_index_add(struct slot_index *index, const void *table, uint64_t key, uint32_t slot)
{
    uint64_t hash = hash_mix64(key);
    index_put(segment_for(index, table, hash), hash, slot);
}

void slot_index_remove(struct slot_index *index, const void *table, uint64_t key, uint32_t slot)
{
    uint64_t hash = hash_mix64(key);
    struct segment *segment = directory_first(&index->directory, hash);
    CHECK(segment != NULL);
    const struct place *places = places_of(segment);
    uint32_t at = segment_home(segment, hash);
    while (places[at].tag != 0 && places[at].slot != slot) {
        at = next_place(segment, at);
    }
    CHECK(places[at].tag != 0);
    index_remove(index, table, segment, at);
}

size_t slot_index_memory(const struct slot_index *index)
{
    return sizeof *index + index->directory.bytes;
}
