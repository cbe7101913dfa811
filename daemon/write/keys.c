#include "write/keys.h"

#include <assert.h>
#include <string.h>

#include "domain/record.h"

struct entry {
    uint64_t high;
    uint64_t low_and_record; /* 16 bits of fingerprint over 48 of record; 0: a free place */
};

static_assert(sizeof(struct entry) == KEYS_ENTRY_SIZE, "no padding in snapshots");
static_assert(sizeof(struct keys_segment) == KEYS_SEGMENT_SIZE, "no padding in snapshots");

static struct entry *entries_of(const struct segment *segment)
{
    return (struct entry *)(uintptr_t)(segment + 1);
}

void keys_init(struct keys *keys, struct hash_key secret)
{
    directory_init(&keys->directory);
    keys->secret = secret;
    keys->count = 0;
}

void keys_close(struct keys *keys)
{
    directory_close(&keys->directory);
    keys->count = 0;
}

struct fingerprint keys_fingerprint(const struct keys *keys, struct text principal, struct text key)
{
    /* The length in front keeps ("ab", "c") and ("a", "bc") apart. */
    uint8_t data[2 + ACTOR_MAX + KEY_MAX];
    CHECK(principal.size <= ACTOR_MAX && key.size >= 1 && key.size <= KEY_MAX);
    data[0] = (uint8_t)(principal.size & 0xff);
    data[1] = (uint8_t)(principal.size >> 8);
    if (principal.size > 0) {
        memcpy(data + 2, principal.data, principal.size);
    }
    memcpy(data + 2 + principal.size, key.data, key.size);
    struct hash128 hash = hash_sip128(keys->secret, data, 2 + principal.size + key.size);
    return (struct fingerprint){hash.a, (uint16_t)(hash.b >> 48)};
}

/* The place of the fingerprint, or the free one where it would go: a segment is never full. */
static struct entry *place_of(const struct segment *segment, struct fingerprint fingerprint)
{
    struct entry *entries = entries_of(segment);
    uint32_t at = segment_home(segment, fingerprint.high);
    while (entries[at].low_and_record != 0 &&
           (entries[at].high != fingerprint.high ||
            entries[at].low_and_record >> 48 != fingerprint.low)) {
        at = at + 1 == segment->capacity ? 0 : at + 1;
    }
    return &entries[at];
}

uint64_t keys_find(const struct keys *keys, struct fingerprint fingerprint)
{
    const struct segment *segment = directory_find(&keys->directory, fingerprint.high);
    if (segment == NULL) {
        return 0;
    }
    return place_of(segment, fingerprint)->low_and_record & KEYS_RECORD_MAX;
}

void keys_fetch_head(const struct keys *keys, struct fingerprint fingerprint)
{
    __builtin_prefetch(directory_find(&keys->directory, fingerprint.high));
}

void keys_fetch_place(const struct keys *keys, struct fingerprint fingerprint)
{
    const struct segment *segment = directory_find(&keys->directory, fingerprint.high);
    if (segment != NULL) {
        __builtin_prefetch(&entries_of(segment)[segment_home(segment, fingerprint.high)], 1);
    }
}

static void move_entry(struct segment *to, const struct entry *entry)
{
    struct fingerprint fingerprint = {entry->high, (uint16_t)(entry->low_and_record >> 48)};
    *place_of(to, fingerprint) = *entry;
    to->count++;
}

/* Makes room: a larger segment in its place or, at full size, two. */
static void make_room(struct directory *directory, struct segment *old)
{
    const struct entry *entries = entries_of(old);
    struct segment *halves[2];
    uint64_t bit = 0;
    if (old->capacity < SEGMENT_CAPACITY_MAX) {
        halves[0] = segment_new(directory, old->prefix, old->depth, old->count, old->entry_size);
        halves[1] = NULL;
    } else {
        uint32_t ones = 0;
        bit = segment_split_bit(old);
        for (uint32_t i = 0; i < old->capacity; i++) {
            ones += entries[i].low_and_record != 0 && (entries[i].high & bit) != 0;
        }
        halves[0] =
            segment_new(directory, old->prefix, old->depth + 1, old->count - ones, old->entry_size);
        halves[1] =
            segment_new(directory, old->prefix | bit, old->depth + 1, ones, old->entry_size);
    }
    for (uint32_t i = 0; i < old->capacity; i++) {
        if (entries[i].low_and_record != 0) {
            move_entry(halves[(entries[i].high & bit) != 0], &entries[i]);
        }
    }
    directory_put(directory, halves[0]);
    if (halves[1] != NULL) {
        directory_put(directory, halves[1]);
    }
    segment_free(directory, old);
}

bool keys_add(struct keys *keys, struct fingerprint fingerprint, uint64_t record)
{
    CHECK(record > 0 && record <= KEYS_RECORD_MAX);
    struct segment *segment = directory_find(&keys->directory, fingerprint.high);
    if (segment == NULL) {
        uint64_t shard = fingerprint.high >> (64 - DIRECTORY_SHARD_BITS);
        segment = segment_new(&keys->directory, shard << (64 - DIRECTORY_SHARD_BITS), 0, 0,
                              sizeof(struct entry));
        directory_put(&keys->directory, segment);
    }
    struct entry *place = place_of(segment, fingerprint);
    if (place->low_and_record != 0) {
        return false;
    }
    while (segment->count >= SEGMENT_LOAD(segment->capacity)) {
        make_room(&keys->directory, segment);
        segment = directory_find(&keys->directory, fingerprint.high);
        place = place_of(segment, fingerprint);
    }
    *place = (struct entry){fingerprint.high, (uint64_t)fingerprint.low << 48 | record};
    segment->count++;
    keys->count++;
    return true;
}

size_t keys_memory(const struct keys *keys)
{
    return sizeof *keys + keys->directory.bytes;
}

bool keys_export(const struct keys *keys, struct keys_cursor *cursor, struct bytes *out)
{
    const struct segment *segment =
        cursor->done ? NULL : directory_next(&keys->directory, cursor->hash);
    if (segment == NULL) {
        cursor->done = true;
        return false;
    }
    struct keys_segment head = {
        .prefix = segment->prefix,
        .depth = segment->depth,
        .capacity = segment->capacity,
        .count = segment->count,
    };
    bytes_put(out, &head, sizeof head);
    bytes_put(out, entries_of(segment), (size_t)segment->capacity * KEYS_ENTRY_SIZE);
    cursor->hash = segment_end(segment);
    cursor->done = cursor->hash == 0;
    return true;
}

static uint64_t mask_of(uint32_t depth)
{
    return UINT64_MAX << (64 - DIRECTORY_SHARD_BITS - depth);
}

struct segment *keys_import(struct keys *keys, const struct keys_cursor *cursor,
                            const struct keys_segment *head)
{
    if (cursor->done || head->prefix < cursor->hash || head->depth > DIRECTORY_DEPTH_MAX ||
        head->count > SEGMENT_LOAD(head->capacity) || (head->prefix & ~mask_of(head->depth)) != 0) {
        return NULL;
    }
    return segment_copy(&keys->directory, head->prefix, head->depth, head->capacity,
                        sizeof(struct entry));
}

void *keys_import_entries(struct segment *segment)
{
    return entries_of(segment);
}

bool keys_import_end(struct keys *keys, struct keys_cursor *cursor, const struct keys_segment *head,
                     struct segment *segment)
{
    const struct entry *entries = entries_of(segment);
    uint64_t mask = mask_of(head->depth), taken = 0, wrong = 0;
    for (uint32_t i = 0; i < head->capacity; i++) {
        bool is_taken = entries[i].low_and_record != 0;
        taken += is_taken;
        wrong += is_taken && ((entries[i].high & mask) != head->prefix ||
                              (entries[i].low_and_record & KEYS_RECORD_MAX) == 0);
    }
    if (taken != head->count || wrong > 0) {
        segment_free(&keys->directory, segment);
        return false;
    }
    segment->count = head->count;
    keys->count += head->count;
    directory_put(&keys->directory, segment);
    cursor->hash = segment_end(segment);
    cursor->done = cursor->hash == 0;
    return true;
}

bool keys_import_is_whole(const struct keys *keys)
{
    return directory_is_whole(&keys->directory);
}
