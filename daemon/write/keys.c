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
    return segment->entries;
}

void keys_init(struct keys *keys, struct hash_key secret)
{
    directory_init(&keys->directory, sizeof(struct entry));
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

void keys_fetch_segment(const struct keys *keys, struct fingerprint fingerprint)
{
    directory_fetch(&keys->directory, fingerprint.high);
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
static void make_room(struct directory *directory, uint64_t prefix, struct segment old)
{
    const struct entry *entries = entries_of(&old);
    bool splits = old.capacity == SEGMENT_CAPACITY_MAX;
    uint64_t bit = splits ? segment_split_bit(old.depth) : 0;
    uint32_t ones = 0;
    for (uint32_t i = 0; i < old.capacity; i++) {
        ones += entries[i].low_and_record != 0 && (entries[i].high & bit) != 0;
    }
    struct segment halves[2] = {segment_new(directory, old.depth + splits, old.count - ones), {0}};
    if (splits) {
        halves[1] = segment_new(directory, old.depth + 1u, ones);
    }
    for (uint32_t i = 0; i < old.capacity; i++) {
        if (entries[i].low_and_record != 0) {
            move_entry(&halves[(entries[i].high & bit) != 0], &entries[i]);
        }
    }
    directory_put(directory, prefix, halves[0]);
    if (splits) {
        directory_put(directory, prefix | bit, halves[1]);
    }
    segment_free(directory, old);
}

/* The segment the fingerprint goes to, with a place free behind the one it takes. */
static struct segment *segment_for(struct directory *directory, uint64_t hash)
{
    if (directory_find(directory, hash) == NULL) {
        directory_put(directory, segment_prefix(hash, 0), segment_new(directory, 0, 0));
    }
    struct segment *segment = directory_first(directory, hash);
    while (segment->count >= SEGMENT_LOAD(segment->capacity)) {
        make_room(directory, segment_prefix(hash, segment->depth), *segment);
        segment = directory_first(directory, hash);
    }
    return segment;
}

bool keys_add(struct keys *keys, struct fingerprint fingerprint, uint64_t record)
{
    CHECK(record > 0 && record <= KEYS_RECORD_MAX);
    struct segment *segment = segment_for(&keys->directory, fingerprint.high);
    struct entry *place = place_of(segment, fingerprint);
    if (place->low_and_record != 0) {
        return false;
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
        cursor->done ? NULL : directory_next(&keys->directory, &cursor->hash);
    if (segment == NULL) {
        cursor->done = true;
        return false;
    }
    struct keys_segment head = {
        .prefix = cursor->hash,
        .depth = segment->depth,
        .capacity = segment->capacity,
        .count = segment->count,
    };
    bytes_put(out, &head, sizeof head);
    bytes_put(out, segment->entries, (size_t)segment->capacity * KEYS_ENTRY_SIZE);
    cursor->hash = segment_end(head.prefix, head.depth);
    cursor->done = cursor->hash == 0;
    return true;
}

struct segment keys_import(struct keys *keys, const struct keys_cursor *cursor,
                           const struct keys_segment *head)
{
    if (cursor->done || head->prefix < cursor->hash || head->depth > DIRECTORY_DEPTH_MAX ||
        head->count > SEGMENT_LOAD(head->capacity) ||
        head->prefix != segment_prefix(head->prefix, head->depth)) {
        return (struct segment){0};
    }
    return segment_copy(&keys->directory, head->depth, head->capacity);
}

bool keys_import_end(struct keys *keys, struct keys_cursor *cursor, const struct keys_segment *head,
                     struct segment segment)
{
    const struct entry *entries = entries_of(&segment);
    uint64_t taken = 0, wrong = 0;
    for (uint32_t i = 0; i < head->capacity; i++) {
        bool is_taken = entries[i].low_and_record != 0;
        taken += is_taken;
        wrong += is_taken && (segment_prefix(entries[i].high, head->depth) != head->prefix ||
                              (entries[i].low_and_record & KEYS_RECORD_MAX) == 0);
    }
    if (taken != head->count || wrong > 0) {
        segment_free(&keys->directory, segment);
        return false;
    }
    segment.count = (uint16_t)head->count;
    keys->count += head->count;
    directory_put(&keys->directory, head->prefix, segment);
    cursor->hash = segment_end(head->prefix, head->depth);
    cursor->done = cursor->hash == 0;
    return true;
}

bool keys_import_is_whole(const struct keys *keys)
{
    return directory_is_whole(&keys->directory);
}
