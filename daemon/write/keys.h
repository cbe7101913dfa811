/* The idempotency keys: which record answers a key, for ever, in 16 bytes a key.
 *
 * A key is kept as 80 bits of a SipHash under a secret, so nobody outside can aim at collisions;
 * what is found is still compared with the record itself by whoever reads it. One thread. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/check.h"
#include "base/directory.h"
#include "base/hash.h"
#include "base/text.h"

#define KEYS_RECORD_MAX ((UINT64_C(1) << 48) - 1)

struct fingerprint {
    uint64_t high;
    uint16_t low;
};

struct keys {
    struct directory directory;
    struct hash_key secret;
    size_t count;
};

void keys_init(struct keys *keys, struct hash_key secret);
void keys_close(struct keys *keys);

struct fingerprint keys_fingerprint(const struct keys *keys, struct text principal,
                                    struct text key);
uint64_t keys_find(const struct keys *keys, struct fingerprint fingerprint); /* 0: not known */
/* The steps of looking it up, ahead of time; see slot_index.h. */
void keys_fetch_segment(const struct keys *keys, struct fingerprint fingerprint);
void keys_fetch_place(const struct keys *keys, struct fingerprint fingerprint);
/* Adds what is not there yet; false when the fingerprint was known (it keeps its record). */
bool keys_add(struct keys *keys, struct fingerprint fingerprint, uint64_t record) MUST_USE;
size_t keys_memory(const struct keys *keys); /* bytes taken from the machine */

/* Snapshots: appends the segment at *cursor and moves the cursor behind it; false at the end.
 * Start with *done false and *cursor 0; keys may be added between the calls: those behind the
 * cursor are left out, those before it are taken along. */
struct keys_cursor {
    uint64_t hash;
    bool done;
};
#define KEYS_ENTRY_SIZE 16u
#define KEYS_SEGMENT_SIZE 24u
/* What keys_export appends at most. */
#define KEYS_EXPORT_MAX (KEYS_SEGMENT_SIZE + KEYS_ENTRY_SIZE * SEGMENT_CAPACITY_MAX)

struct keys_segment { /* in front of its entries, which stand as they do in memory */
    uint64_t prefix;
    uint32_t depth;
    uint32_t capacity; /* entries that follow, free ones too */
    uint32_t count;    /* of them taken */
    uint32_t reserved;
};

bool keys_export(const struct keys *keys, struct keys_cursor *cursor, struct bytes *out) MUST_USE;
/* Takes one exported segment, in the order of the export, into a table that holds only such: first
 * its head, which gives the segment whose entries are to be filled, capacity * KEYS_ENTRY_SIZE
 * bytes (NULL: the head makes no sense), then the filled one, which is the table's or freed (false:
 * no sense either). That every entry stands where
 * looking for it leads is not asked: a checksum must vouch for that before the table is used. */
struct segment keys_import(struct keys *keys, const struct keys_cursor *cursor,
                           const struct keys_segment *head) MUST_USE;
bool keys_import_end(struct keys *keys, struct keys_cursor *cursor, const struct keys_segment *head,
                     struct segment segment) MUST_USE;
/* After the last one: whether the segments cover their shards. */
bool keys_import_is_whole(const struct keys *keys) MUST_USE;
