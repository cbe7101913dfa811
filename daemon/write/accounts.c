#include "write/accounts.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/hash.h"

/* A segment of the index holds its slots first, then a byte of hash for each: nearly every
 * place that is not the one looked for is passed without touching its state. Tag 0 is free. */
#define INDEX_ENTRY_SIZE 5u
#define LOAD_WINDOW ((size_t)1 << 20) /* accounts indexed together at a bulk load */

static uint32_t *slots_of(const struct segment *segment)
{
    return (uint32_t *)(uintptr_t)(segment + 1);
}

static uint8_t *tags_of(const struct segment *segment)
{
    return (uint8_t *)(slots_of(segment) + segment->capacity);
}

static uint8_t tag_of(uint64_t hash)
{
    return (uint8_t)((hash >> 32) % 255 + 1);
}

static struct account_state *state_at(const struct accounts *accounts, size_t slot)
{
    return &accounts->pages[slot / ACCOUNTS_PAGE][slot % ACCOUNTS_PAGE];
}

static uint32_t next_place(const struct segment *segment, uint32_t at)
{
    return at + 1 == segment->capacity ? 0 : at + 1;
}

void accounts_init(struct accounts *accounts)
{
    memset(accounts, 0, sizeof *accounts);
}

void accounts_close(struct accounts *accounts)
{
    for (size_t i = 0; i < accounts->page_count; i++) {
        free(accounts->pages[i]);
    }
    free(accounts->pages);
    directory_close(&accounts->index);
    accounts_init(accounts);
}

struct account_state *accounts_find(const struct accounts *accounts, uint64_t account)
{
    uint64_t hash = hash_mix64(account);
    const struct segment *segment = directory_find(&accounts->index, hash);
    if (segment == NULL) {
        return NULL;
    }
    const uint8_t *tags = tags_of(segment);
    const uint32_t *slots = slots_of(segment);
    uint8_t tag = tag_of(hash);
    for (uint32_t at = segment_home(segment, hash); tags[at] != 0; at = next_place(segment, at)) {
        if (tags[at] == tag && state_at(accounts, slots[at])->account == account) {
            return state_at(accounts, slots[at]);
        }
    }
    return NULL;
}

static void index_put(struct segment *segment, uint64_t hash, uint32_t slot)
{
    uint8_t *tags = tags_of(segment);
    uint32_t at = segment_home(segment, hash);
    while (tags[at] != 0) {
        at = next_place(segment, at);
    }
    tags[at] = tag_of(hash);
    slots_of(segment)[at] = slot;
    segment->count++;
}

/* The hashes of a segment's entries are computed from their states, which are anywhere: asking
 * for all of them first lets the machine fetch many at a time. */
static void fetch_states(const struct accounts *accounts, const struct segment *segment)
{
    const uint8_t *tags = tags_of(segment);
    const uint32_t *slots = slots_of(segment);
    for (uint32_t i = 0; i < segment->capacity; i++) {
        if (tags[i] != 0) {
            __builtin_prefetch(&state_at(accounts, slots[i])->account);
        }
    }
}

/* Makes room: a larger segment in its place or, at full size, two. */
static void make_room(struct accounts *accounts, struct segment *old)
{
    struct directory *index = &accounts->index;
    const uint8_t *tags = tags_of(old);
    const uint32_t *slots = slots_of(old);
    bool splits = old->capacity == SEGMENT_CAPACITY_MAX;
    uint64_t bit = splits ? segment_split_bit(old) : 0;
    struct segment *halves[2] = {NULL, NULL};
    fetch_states(accounts, old);
    if (splits) {
        uint32_t ones = 0;
        for (uint32_t i = 0; i < old->capacity; i++) {
            ones += tags[i] != 0 && (hash_mix64(state_at(accounts, slots[i])->account) & bit) != 0;
        }
        halves[0] =
            segment_new(index, old->prefix, old->depth + 1, old->count - ones, INDEX_ENTRY_SIZE);
        halves[1] = segment_new(index, old->prefix | bit, old->depth + 1, ones, INDEX_ENTRY_SIZE);
    } else {
        halves[0] = segment_new(index, old->prefix, old->depth, old->count, INDEX_ENTRY_SIZE);
    }
    for (uint32_t i = 0; i < old->capacity; i++) {
        if (tags[i] != 0) {
            uint64_t hash = hash_mix64(state_at(accounts, slots[i])->account);
            index_put(halves[(hash & bit) != 0], hash, slots[i]);
        }
    }
    directory_put(index, halves[0]);
    if (splits) {
        directory_put(index, halves[1]);
    }
    segment_free(index, old);
}

static struct segment *segment_for(struct accounts *accounts, uint64_t hash)
{
    struct segment *segment = directory_find(&accounts->index, hash);
    if (segment == NULL) {
        uint64_t shard = hash >> (64 - DIRECTORY_SHARD_BITS);
        segment = segment_new(&accounts->index, shard << (64 - DIRECTORY_SHARD_BITS), 0, 0,
                              INDEX_ENTRY_SIZE);
        directory_put(&accounts->index, segment);
    }
    while (segment->count >= SEGMENT_LOAD(segment->capacity)) {
        make_room(accounts, segment);
        segment = directory_find(&accounts->index, hash);
    }
    return segment;
}

static void add_page(struct accounts *accounts)
{
    if (accounts->page_count == accounts->page_slots) {
        size_t slots = accounts->page_slots == 0 ? 64 : accounts->page_slots * 2;
        struct account_state **pages = realloc(accounts->pages, slots * sizeof(*pages));
        CHECK(pages != NULL);
        accounts->pages = pages;
        accounts->page_slots = slots;
    }
    struct account_state *page = calloc(ACCOUNTS_PAGE, sizeof *page);
    CHECK(page != NULL);
    accounts->pages[accounts->page_count++] = page;
}

struct account_state *accounts_add(struct accounts *accounts, const struct account_state *state)
{
    CHECK(state->account != 0 && accounts->count < UINT32_MAX);
    uint64_t hash = hash_mix64(state->account);
    size_t slot = accounts->count;
    if (slot == accounts->page_count * ACCOUNTS_PAGE) {
        add_page(accounts);
    }
    index_put(segment_for(accounts, hash), hash, (uint32_t)slot);
    *state_at(accounts, slot) = *state;
    accounts->count++;
    return state_at(accounts, slot);
}

/* Frees place `hole` and moves back what was pushed behind it, so that probing needs no marks. */
static void index_remove(struct accounts *accounts, struct segment *segment, uint32_t hole)
{
    uint8_t *tags = tags_of(segment);
    uint32_t *slots = slots_of(segment);
    for (uint32_t at = next_place(segment, hole); tags[at] != 0; at = next_place(segment, at)) {
        uint64_t hash = hash_mix64(state_at(accounts, slots[at])->account);
        uint32_t home = segment_home(segment, hash);
        /* It may fill the hole unless its home lies behind the hole and at or before itself. */
        bool stays = hole <= at ? (hole < home && home <= at) : (hole < home || home <= at);
        if (!stays) {
            tags[hole] = tags[at];
            slots[hole] = slots[at];
            hole = at;
        }
    }
    tags[hole] = 0;
    segment->count--;
}

void accounts_remove_last(struct accounts *accounts)
{
    CHECK(accounts->count > 0);
    size_t slot = accounts->count - 1;
    uint64_t hash = hash_mix64(state_at(accounts, slot)->account);
    struct segment *segment = directory_find(&accounts->index, hash);
    const uint8_t *tags = tags_of(segment);
    const uint32_t *slots = slots_of(segment);
    uint32_t at = segment_home(segment, hash);
    while (tags[at] != 0 && slots[at] != slot) {
        at = next_place(segment, at);
    }
    CHECK(tags[at] != 0);
    index_remove(accounts, segment, at);
    accounts->count--;
}

const struct account_state *accounts_at(const struct accounts *accounts, size_t slot)
{
    CHECK(slot < accounts->count);
    return state_at(accounts, slot);
}

void accounts_load(struct accounts *accounts, const struct account_state *states, size_t count)
{
    while (count > 0) {
        size_t at = accounts->count % ACCOUNTS_PAGE;
        size_t here = count < ACCOUNTS_PAGE - at ? count : ACCOUNTS_PAGE - at;
        if (accounts->count == accounts->page_count * ACCOUNTS_PAGE) {
            add_page(accounts);
        }
        memcpy(state_at(accounts, accounts->count), states, here * sizeof *states);
        accounts->count += here;
        states += here;
        count -= here;
    }
}

/* Segments for as many accounts as there are, so that none has to grow. */
static void lay_out_index(struct accounts *accounts)
{
    uint32_t depth = 0;
    size_t share = accounts->count / DIRECTORY_SHARDS + 1;
    while (share > SEGMENT_CAPACITY_MAX / 2 && depth < DIRECTORY_DEPTH_MAX) {
        share = share / 2 + 1;
        depth++;
    }
    unsigned bits = DIRECTORY_SHARD_BITS + depth;
    for (uint64_t i = 0; i < (uint64_t)1 << bits; i++) {
        directory_put(&accounts->index, segment_new(&accounts->index, i << (64 - bits), depth,
                                                    (uint32_t)share, INDEX_ENTRY_SIZE));
    }
}

struct unindexed {
    uint64_t hash;
    uint32_t slot;
};

/* Indexes slots first ... first + count - 1, shard by shard: a shard's segments stay in the
 * processor's cache while all that belongs to it goes in. */
static void index_window(struct accounts *accounts, struct unindexed *sorted, size_t first,
                         size_t count)
{
    size_t ends[DIRECTORY_SHARDS] = {0};
    for (size_t slot = first; slot < first + count; slot++) {
        ends[hash_mix64(state_at(accounts, slot)->account) >> (64 - DIRECTORY_SHARD_BITS)]++;
    }
    for (size_t i = 0, start = 0; i < DIRECTORY_SHARDS; i++) {
        size_t size = ends[i];
        ends[i] = start;
        start += size;
    }
    for (size_t slot = first; slot < first + count; slot++) {
        uint64_t hash = hash_mix64(state_at(accounts, slot)->account);
        sorted[ends[hash >> (64 - DIRECTORY_SHARD_BITS)]++] =
            (struct unindexed){hash, (uint32_t)slot};
    }
    for (size_t i = 0; i < count; i++) {
        index_put(segment_for(accounts, sorted[i].hash), sorted[i].hash, sorted[i].slot);
    }
}

void accounts_load_end(struct accounts *accounts)
{
    struct unindexed *sorted = malloc(LOAD_WINDOW * sizeof *sorted);
    CHECK(sorted != NULL && accounts->count < UINT32_MAX);
    lay_out_index(accounts);
    for (size_t first = 0; first < accounts->count; first += LOAD_WINDOW) {
        size_t left = accounts->count - first;
        index_window(accounts, sorted, first, left < LOAD_WINDOW ? left : LOAD_WINDOW);
    }
    free(sorted);
}

size_t accounts_memory(const struct accounts *accounts)
{
    return sizeof *accounts + accounts->index.bytes +
           accounts->page_slots * sizeof *accounts->pages +
           accounts->page_count * ACCOUNTS_PAGE * sizeof **accounts->pages;
}
