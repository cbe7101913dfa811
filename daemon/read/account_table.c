#include "read/account_table.h"

#include <stdlib.h>

#include "base/hash.h"

#define SEGMENT_ROWS 4096
#define SLOTS_MIN 1024
#define MOVED_PER_ADD 16 /* the old slots are done long before the new ones are half full */

static void *memory_or_stop(void *memory)
{
    CHECK(memory != NULL);
    return memory;
}

static void slots_init(struct account_slots *slots, size_t size)
{
    slots->slots = memory_or_stop(calloc(size, sizeof(*slots->slots)));
    slots->size = size;
    slots->used = 0;
}

void account_table_init(struct account_table *table)
{
    *table = (struct account_table){0};
    slots_init(&table->now, SLOTS_MIN);
}

void account_table_close(struct account_table *table)
{
    size_t segments = (table->count + SEGMENT_ROWS - 1) / SEGMENT_ROWS;

    for (size_t i = 0; i < segments; i++)
        free(table->segments[i]);
    free(table->segments);
    free(table->now.slots);
    free(table->old.slots);
    *table = (struct account_table){0};
}

static struct account_row *row_at(const struct account_table *table, size_t index)
{
    return &table->segments[index / SEGMENT_ROWS][index % SEGMENT_ROWS];
}

static uint64_t *slot_of(const struct account_slots *slots, uint32_t sequence)
{
    size_t mask = slots->size - 1;
    size_t at = (size_t)hash_mix64(sequence) & mask;

    while (slots->slots[at] != 0 && (uint32_t)(slots->slots[at] >> 32) != sequence)
        at = (at + 1) & mask;
    return &slots->slots[at];
}

struct account_row *account_table_find(const struct account_table *table, uint64_t account)
{
    uint32_t sequence = (uint32_t)(account / 10);
    uint64_t slot = account / 10 > UINT32_MAX ? 0 : *slot_of(&table->now, sequence);
    struct account_row *row;

    if (slot == 0 && table->old.size != 0 && account / 10 <= UINT32_MAX)
        slot = *slot_of(&table->old, sequence);
    if (slot == 0)
        return NULL;
    row = row_at(table, (uint32_t)slot);
    return row->check == account % 10 ? row : NULL;
}

static void put_slot(struct account_slots *slots, uint64_t slot)
{
    *slot_of(slots, (uint32_t)(slot >> 32)) = slot;
    slots->used++;
}

/* Growing moves a few old slots an insert instead of all at once: a table of millions would
 * otherwise stop folding, and every query behind it, for a second. */
static void make_room(struct account_table *table)
{
    for (size_t i = 0; i < MOVED_PER_ADD && table->moved < table->old.size; i++) {
        uint64_t slot = table->old.slots[table->moved++];

        if (slot != 0)
            put_slot(&table->now, slot);
    }
    if (table->old.size != 0 && table->moved == table->old.size) {
        free(table->old.slots);
        table->old = (struct account_slots){0};
    }
    if ((table->now.used + 1) * 2 > table->now.size) {
        CHECK(table->old.size == 0);
        table->old = table->now;
        table->moved = 0;
        slots_init(&table->now, table->old.size * 2);
    }
}

struct account_row *account_table_add(struct account_table *table, uint64_t account)
{
    struct account_row *row;

    CHECK(account / 10 > 0 && account / 10 < UINT32_MAX && table->count < UINT32_MAX);
    CHECK(account_table_find(table, account) == NULL);
    make_room(table);
    if (table->count % SEGMENT_ROWS == 0) {
        size_t segment = table->count / SEGMENT_ROWS;

        if (segment == table->segment_room) {
            table->segment_room = segment == 0 ? 16 : segment * 2;
            table->segments = memory_or_stop(
                realloc(table->segments, table->segment_room * sizeof(*table->segments)));
        }
        table->segments[segment] = memory_or_stop(calloc(SEGMENT_ROWS, sizeof(*row)));
    }
    row = row_at(table, table->count);
    row->sequence = (uint32_t)(account / 10);
    row->check = (uint8_t)(account % 10);
    put_slot(&table->now, (uint64_t)row->sequence << 32 | table->count);
    table->count++;
    return row;
}
