#include "read/memory.h"

#include "base/check.h"

void memory_init(struct memory *memory)
{
    pthread_rwlockattr_t attributes;

    CHECK(pthread_rwlockattr_init(&attributes) == 0);
    CHECK(pthread_rwlockattr_setkind_np(&attributes,
                                        PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP) == 0);
    CHECK(pthread_rwlock_init(&memory->lock, &attributes) == 0);
    CHECK(pthread_rwlockattr_destroy(&attributes) == 0);
    account_table_init(&memory->accounts);
    pending_init(&memory->pending);
    memory->seen_at = 0;
}

void memory_close(struct memory *memory)
{
    pending_close(&memory->pending);
    account_table_close(&memory->accounts);
    CHECK(pthread_rwlock_destroy(&memory->lock) == 0);
}

void memory_clear(struct memory *memory)
{
    pending_close(&memory->pending);
    account_table_close(&memory->accounts);
    account_table_init(&memory->accounts);
    pending_init(&memory->pending);
    memory->seen_at = 0;
}

void memory_lock(struct memory *memory)
{
    CHECK(pthread_rwlock_wrlock(&memory->lock) == 0);
}

void memory_share(struct memory *memory)
{
    CHECK(pthread_rwlock_rdlock(&memory->lock) == 0);
}

void memory_unlock(struct memory *memory)
{
    CHECK(pthread_rwlock_unlock(&memory->lock) == 0);
}
