#include "read/account_table.h"

#include <stdlib.h>

#include "base/account_number.h"

#define SEGMENT_ROWS 4096

static struct account_row *row_at(const struct account_table *table, size_t index)
{
    return &table->segments[index / SEGMENT_ROWS][index % SEGMENT_ROWS];
}

static uint64_t number_at(const void *table, uint32_t slot)
{
    return account_row_number(row_at(table, slot));
}

static size_t segment_count(const struct account_table *table)
{
    return (table->count + SEGMENT_ROWS - 1) / SEGMENT_ROWS;
}

void account_table_init(struct account_table *table)
{
    *table = (struct account_table){0};
    account_index_init(&table->index, number_at);
}

void account_table_close(struct account_table *table)
{
    for (size_t i = 0; i < segment_count(table); i++)
        free(table->segments[i]);
    free(table->segments);
    account_index_close(&table->index);
    account_table_init(table);
}

struct account_row *account_table_find(const struct account_table *table, uint64_t account)
{
    uint32_t slot;

    return account_index_find(&table->index, table, account, &slot) ? row_at(table, slot) : NULL;
}

void account_table_fetch_place(const struct account_table *table, uint64_t account)
{
    account_index_fetch_place(&table->index, account);
}

void account_table_fetch_row(const struct account_table *table, uint64_t account)
{
    uint32_t slot;

    if (account_index_guess(&table->index, account, &slot)) {
        const char *row = (const char *)row_at(table, slot);

        __builtin_prefetch(row, 1);
        __builtin_prefetch(row + sizeof(struct account_row) - 1, 1);
    }
}

unsigned account_table_range(const struct account_table *table, uint32_t first, unsigned count,
                             struct account_row *out[ACCOUNT_RANGE_MAX])
{
    uint64_t accounts[ACCOUNT_RANGE_MAX];
    unsigned named = 0, found = 0;

    CHECK(count <= ACCOUNT_RANGE_MAX);
    while (named < count && first + named <= ACCOUNT_SEQUENCE_MAX) {
        accounts[named] = account_from_sequence(first + named);
        account_table_fetch_place(table, accounts[named++]);
    }
    for (unsigned i = 0; i < named; i++)
        account_table_fetch_row(table, accounts[i]);
    for (unsigned i = 0; i < named; i++) {
        out[found] = account_table_find(table, accounts[i]);
        found += out[found] != NULL;
    }
    return found;
}

static void add_segment(struct account_table *table)
{
    size_t segment = segment_count(table);

    if (segment == table->segment_room) {
        table->segment_room = segment == 0 ? 16 : segment * 2;
        table->segments = realloc(table->segments, table->segment_room * sizeof(*table->segments));
        CHECK(table->segments != NULL);
    }
    table->segments[segment] = calloc(SEGMENT_ROWS, sizeof(struct account_row));
    CHECK(table->segments[segment] != NULL);
}

struct account_row *account_table_load(struct account_table *table, uint64_t account)
{
    struct account_row *row;

    CHECK(account / 10 > 0 && account / 10 < UINT32_MAX && table->count < UINT32_MAX);
    if (table->count % SEGMENT_ROWS == 0)
        add_segment(table);
    row = row_at(table, table->count);
    row->sequence = (uint32_t)(account / 10);
    row->check = account % 10 & 15;
    table->count++;
    return row;
}

bool account_table_load_end(struct account_table *table)
{
    return account_index_load(&table->index, table, table->count);
}

struct account_row *account_table_add(struct account_table *table, uint64_t account)
{
    struct account_row *row;

    CHECK(account_table_find(table, account) == NULL);
    row = account_table_load(table, account);
    account_index_add(&table->index, table, account);
    return row;
}

size_t account_table_memory(const struct account_table *table)
{
    return sizeof(*table) - sizeof(table->index) + account_index_memory(&table->index) +
           table->segment_room * sizeof(*table->segments) +
           segment_count(table) * SEGMENT_ROWS * sizeof(struct account_row);
}
