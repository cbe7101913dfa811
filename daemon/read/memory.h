/* The projector's memory: the table of accounts and what waits for views.db, behind one lock.
 *
 * The projector's thread is the only writer: it takes the lock to change anything and needs none
 * to look. Queries look under the shared lock, copy what they need and let go before any SQLite
 * call. Writers come first, or a crowd of queries would starve the fold they are waiting for. */
#pragma once

#include <pthread.h>
#include <stdint.h>

#include "read/account_table.h"
#include "read/pending.h"

struct memory {
    pthread_rwlock_t lock;
    struct account_table accounts;
    struct pending pending;
    int64_t seen_at; /* time of the last record folded; 0: none */
};

void memory_init(struct memory *memory);
void memory_close(struct memory *memory);
void memory_clear(struct memory *memory); /* the lock must be held, or nobody be there */
void memory_lock(struct memory *memory);  /* to change */
void memory_share(struct memory *memory); /* to look */
void memory_unlock(struct memory *memory);
