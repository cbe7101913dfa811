/* The accounts: every account's state, by number, in about 64 bytes an account.
 *
 * States stand in pages in order of their opening and never move; an index of five bytes an
 * account leads to them. Neither is ever copied as a whole. One thread. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "domain/account.h"
#include "write/directory.h"

#define ACCOUNTS_PAGE 1024u

struct accounts {
    struct account_state **pages;
    size_t page_count, page_slots;
    size_t count;
    struct directory index;
};

void accounts_init(struct accounts *accounts);
void accounts_close(struct accounts *accounts);

/* The state, valid until that account is removed; NULL when it does not exist. */
struct account_state *accounts_find(const struct accounts *accounts, uint64_t account);
struct account_state *accounts_add(struct accounts *accounts, const struct account_state *state);
void accounts_remove_last(struct accounts *accounts); /* undoes the newest accounts_add */
/* In order of opening; slot < count. */
const struct account_state *accounts_at(const struct accounts *accounts, size_t slot);
/* Bulk loading of an empty table: states first, in order of opening, then the index once. */
void accounts_load(struct accounts *accounts, const struct account_state *states, size_t count);
void accounts_load_end(struct accounts *accounts);
size_t accounts_memory(const struct accounts *accounts); /* bytes taken from the machine */
