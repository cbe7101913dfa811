#include "write/accounts.h"

#include <stdlib.h>
#include <string.h>

#include "base/account_number.h"
#include "base/check.h"

#define CELL_ACCOUNT_MAX ((UINT64_C(1) << 34) - 1)
#define CELL_CURRENCY_MAX ((1u << 10) - 1)
#define CELL_COUNT_MAX ((UINT64_C(1) << 42) - 1)
#define CACHE_LINE 64

void account_cell_get(const struct account_cell *cell, struct account_state *out)
{
    out->account = cell->account;
    out->credits = (int64_t)cell->credits;
    out->debits = (int64_t)cell->debits;
    out->balance = money(out->credits - out->debits);
    out->version = account_cell_version(cell);
    out->last_record = cell->last_record;
    out->currency = (uint16_t)cell->currency;
}

bool account_cell_fits(const struct account_state *state)
{
    return state->account <= CELL_ACCOUNT_MAX && state->currency <= CELL_CURRENCY_MAX &&
           state->version <= CELL_COUNT_MAX && state->last_record <= CELL_COUNT_MAX &&
           state->credits >= 0 && state->debits >= 0 &&
           state->balance.minor == state->credits - state->debits;
}

bool account_cell_is_sound(const struct account_cell *cell)
{
    return account_is_valid(cell->account) && cell->currency >= 1 && cell->currency <= 999 &&
           cell->credits <= INT64_MAX && cell->debits <= cell->credits &&
           money_is_balance(money((int64_t)(cell->credits - cell->debits))) &&
           account_cell_version(cell) != 0 && cell->last_record != 0;
}

void account_cell_put(struct account_cell *cell, const struct account_state *state)
{
    CHECK(account_cell_fits(state));
    cell->credits = (uint64_t)state->credits;
    cell->debits = (uint64_t)state->debits;
    cell->account = state->account & CELL_ACCOUNT_MAX;
    cell->currency = state->currency & CELL_CURRENCY_MAX;
    cell->version_high = (state->version >> ACCOUNT_CELL_LOW_BITS) & 0xfffff;
    cell->version_low = state->version & ((1u << ACCOUNT_CELL_LOW_BITS) - 1);
    cell->last_record = state->last_record & CELL_COUNT_MAX;
}

static struct account_cell *cell_at(const struct accounts *accounts, size_t slot)
{
    return &accounts->pages[slot / ACCOUNTS_PAGE][slot % ACCOUNTS_PAGE];
}

static uint64_t account_at(const void *table, uint32_t slot)
{
    return cell_at(table, slot)->account;
}

void accounts_init(struct accounts *accounts)
{
    memset(accounts, 0, sizeof *accounts);
    account_index_init(&accounts->index, account_at);
}

void accounts_close(struct accounts *accounts)
{
    for (size_t i = 0; i < accounts->page_count; i++) {
        free(accounts->pages[i]);
    }
    free(accounts->pages);
    account_index_close(&accounts->index);
    accounts_init(accounts);
}

struct account_cell *accounts_find(const struct accounts *accounts, uint64_t account)
{
    uint32_t slot;
    return account_index_find(&accounts->index, accounts, account, &slot) ? cell_at(accounts, slot)
                                                                          : NULL;
}

void accounts_fetch_segment(const struct accounts *accounts, uint64_t account)
{
    account_index_fetch_segment(&accounts->index, account);
}

void accounts_fetch_place(const struct accounts *accounts, uint64_t account)
{
    account_index_fetch_place(&accounts->index, account);
}

void accounts_fetch_cell(const struct accounts *accounts, uint64_t account)
{
    uint32_t slot;
    if (account_index_guess(&accounts->index, account, &slot)) {
        __builtin_prefetch(cell_at(accounts, slot), 1);
    }
}

static void add_page(struct accounts *accounts)
{
    if (accounts->page_count == accounts->page_slots) {
        size_t slots = accounts->page_slots == 0 ? 64 : accounts->page_slots * 2;
        struct account_cell **pages = realloc(accounts->pages, slots * sizeof(*pages));
        CHECK(pages != NULL);
        accounts->pages = pages;
        accounts->page_slots = slots;
    }
    struct account_cell *page = aligned_alloc(CACHE_LINE, ACCOUNTS_PAGE * sizeof *page);
    CHECK(page != NULL);
    accounts->pages[accounts->page_count++] = page;
}

void accounts_add(struct accounts *accounts, const struct account_state *state)
{
    CHECK(state->account != 0 && accounts->count < UINT32_MAX);
    size_t slot = accounts->count;
    if (slot == accounts->page_count * ACCOUNTS_PAGE) {
        add_page(accounts);
    }
    account_cell_put(cell_at(accounts, slot), state);
    account_index_add(&accounts->index, accounts, state->account);
    accounts->count++;
}

void accounts_remove_last(struct accounts *accounts)
{
    CHECK(accounts->count > 0);
    account_index_remove_last(&accounts->index, accounts);
    accounts->count--;
}

const struct account_cell *accounts_at(const struct accounts *accounts, size_t slot)
{
    CHECK(slot < accounts->count);
    return cell_at(accounts, slot);
}

void accounts_load_begin(struct accounts *accounts, size_t count)
{
    CHECK(accounts->count == 0 && count < UINT32_MAX);
    accounts->count = count;
}

struct account_cell *accounts_room(struct accounts *accounts, size_t slot, size_t *count)
{
    size_t page = ACCOUNTS_PAGE - slot % ACCOUNTS_PAGE;
    CHECK(slot < accounts->count);
    while (accounts->page_count * ACCOUNTS_PAGE <= slot) {
        add_page(accounts);
    }
    *count = accounts->count - slot < page ? accounts->count - slot : page;
    return cell_at(accounts, slot);
}

bool accounts_load_end(struct accounts *accounts)
{
    return account_index_load(&accounts->index, accounts, accounts->count);
}

size_t accounts_memory(const struct accounts *accounts)
{
    return sizeof *accounts - sizeof accounts->index + account_index_memory(&accounts->index) +
           accounts->page_slots * sizeof *accounts->pages +
           accounts->page_count * ACCOUNTS_PAGE * sizeof **accounts->pages;
}
