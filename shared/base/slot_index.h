/* An index in memory from keys to slots of somebody's table, in some seven bytes a slot: a slot and
 * a byte of the hash. The keys themselves stand in the table and are asked for there. It grows a
 * segment at a time and is never copied as a whole, so an insertion never takes long. One writer;
 * its owner keeps readers away while it changes. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/check.h"
#include "base/directory.h"

struct slot_index {
    struct directory directory;
    uint64_t (*key_at)(const void *table, uint32_t slot);
};

void slot_index_init(struct slot_index *index,
                     uint64_t (*key_at)(const void *table, uint32_t slot));
void slot_index_close(struct slot_index *index);

/* `table` is handed to key_at. */
bool slot_index_find(const struct slot_index *index, const void *table, uint64_t key,
                     uint32_t *slot) MUST_USE;

/* A lookup goes along a chain of places in memory, and in a large table hardly one of them is in
 * the processor's cache. Who knows early what will be looked up asks for the segment in the
 * directory, for the place in it, and for the row at the slot the key probably has
 * (slot_index_guess), with other work between. */
void slot_index_fetch_segment(const struct slot_index *index, uint64_t key);
void slot_index_fetch_place(const struct slot_index *index, uint64_t key);
bool slot_index_guess(const struct slot_index *index, uint64_t key, uint32_t *slot) MUST_USE;

/* The key is new, and the table has it at `slot` already. */
void slot_index_add(struct slot_index *index, const void *table, uint64_t key, uint32_t slot);
/* It is there, and the table has it still. */
void slot_index_remove(struct slot_index *index, const void *table, uint64_t key, uint32_t slot);
/* All slots 0 ... count - 1 of a table into an empty index. False: a key stands twice, and the
 * index is good for closing only. */
bool slot_index_load(struct slot_index *index, const void *table, size_t count) MUST_USE;
size_t slot_index_memory(const struct slot_index *index); /* bytes taken from the machine */
