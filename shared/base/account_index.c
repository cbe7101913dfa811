#include "base/account_index.h"

void account_index_init(struct account_index *index,
                        uint64_t (*number_at)(const void *table, uint32_t slot))
{
    *index = (struct account_index){0};
    slot_index_init(&index->others, number_at);
}

void account_index_close(struct account_index *index)
{
    slot_index_close(&index->others);
}

static uint64_t number_at(const struct account_index *index, const void *table, size_t slot)
{
    return index->others.key_at(table, (uint32_t)slot);
}

/* The number without its check digit; of what is no account number, anything. */
static uint32_t sequence_of(uint64_t account)
{
    return (uint32_t)(account / 10);
}

/* The slot the account has when it came in order. Numbers below the first give a slot far behind
 * the last. */
static uint32_t slot_in_order(const struct account_index *index, uint64_t account)
{
    return sequence_of(account) - index->first;
}

/* Whether it can only be there: what is indexed stands nearer than a cell of the table that is not
 * the one looked for. */
static bool is_in_order(const struct account_index *index, uint32_t slot)
{
    return slot < index->count && index->ordered == index->count;
}

static bool is_at(const struct account_index *index, const void *table, uint64_t account,
                  uint32_t slot)
{
    return slot < index->count && number_at(index, table, slot) == account;
}

bool account_index_find(const struct account_index *index, const void *table, uint64_t account,
                        uint32_t *slot)
{
    uint32_t in_order = slot_in_order(index, account);
    if (index->ordered < index->count && slot_index_find(&index->others, table, account, slot)) {
        return true;
    }
    *slot = in_order;
    return is_at(index, table, account, in_order);
}

void account_index_fetch_segment(const struct account_index *index, uint64_t account)
{
    if (!is_in_order(index, slot_in_order(index, account))) {
        slot_index_fetch_segment(&index->others, account);
    }
}

void account_index_fetch_place(const struct account_index *index, uint64_t account)
{
    if (!is_in_order(index, slot_in_order(index, account))) {
        slot_index_fetch_place(&index->others, account);
    }
}

bool account_index_guess(const struct account_index *index, uint64_t account, uint32_t *slot)
{
    uint32_t in_order = slot_in_order(index, account);
    if (!is_in_order(index, in_order) && slot_index_guess(&index->others, account, slot)) {
        return true;
    }
    *slot = in_order;
    return in_order < index->count;
}

void account_index_add(struct account_index *index, const void *table, uint64_t account)
{
    CHECK(index->count < UINT32_MAX);
    uint32_t slot = (uint32_t)index->count++;
    CHECK(number_at(index, table, slot) == account);
    if (slot == 0) {
        index->first = sequence_of(account);
    }
    if (slot_in_order(index, account) == slot) {
        index->ordered++;
    } else {
        slot_index_add(&index->others, table, account, slot);
    }
}

void account_index_remove_last(struct account_index *index, const void *table)
{
    CHECK(index->count > 0);
    uint32_t slot = (uint32_t)--index->count;
    uint64_t account = number_at(index, table, slot);
    bool ordered = slot_in_order(index, account) == slot;
    CHECK(slot >= index->indexed);
    index->ordered -= ordered;
    if (!ordered) {
        slot_index_remove(&index->others, table, account, slot);
    }
}

/* The order is that of the account in the middle: the first ones may have been brought along from
 * elsewhere. */
bool account_index_load(struct account_index *index, const void *table, size_t count)
{
    CHECK(index->count == 0 && count < UINT32_MAX);
    size_t middle = count / 2;
    if (count > 0) {
        index->first = sequence_of(number_at(index, table, middle)) - (uint32_t)middle;
    }
    for (size_t slot = 0; slot < count; slot++) {
        index->ordered += slot_in_order(index, number_at(index, table, slot)) == slot;
    }
    index->count = count;
    if (index->ordered == count) {
        return true;
    }
    index->indexed = count;
    return slot_index_load(&index->others, table, count);
}

size_t account_index_memory(const struct account_index *index)
{
    return sizeof *index - sizeof index->others + slot_index_memory(&index->others);
}
