#include "base/arena.h"

#include <stdalign.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/asan_interface.h>
#endif

#define ARENA_ALIGN alignof(max_align_t)
#define ARENA_BLOCK_MIN ((size_t)4096)
#define ARENA_BLOCK_MAX ((size_t)256 * 1024) /* larger ones only for one large piece */
#define ARENA_KEEP_MAX ((size_t)64 * 1024)   /* what a reset may keep */

struct arena_block {
    struct arena_block *next;
    size_t size;
    alignas(max_align_t) char data[];
};

/* Under the address sanitizer, memory that was not handed out is out of bounds. */
static void arena_fence(void *data, size_t size)
{
#ifdef __SANITIZE_ADDRESS__
    ASAN_POISON_MEMORY_REGION(data, size);
#else
    (void)data;
    (void)size;
#endif
}

static void arena_unfence(void *data, size_t size)
{
#ifdef __SANITIZE_ADDRESS__
    ASAN_UNPOISON_MEMORY_REGION(data, size);
#else
    (void)data;
    (void)size;
#endif
}

void arena_init(struct arena *arena, size_t limit)
{
    *arena = (struct arena){.limit = limit};
}

void arena_reset(struct arena *arena)
{
    struct arena_block *kept = NULL;
    struct arena_block *next;
    for (struct arena_block *block = arena->block; block != NULL; block = next) {
        next = block->next;
        if (kept == NULL && block->size <= ARENA_KEEP_MAX) {
            kept = block;
        } else {
            free(block);
        }
    }
    size_t size = 0;
    if (kept != NULL) {
        kept->next = NULL;
        size = kept->size;
        arena_fence(kept->data, size);
    }
    *arena = (struct arena){.block = kept, .size = size, .total = size, .limit = arena->limit};
}

void arena_close(struct arena *arena)
{
    struct arena_block *next;
    for (struct arena_block *block = arena->block; block != NULL; block = next) {
        next = block->next;
        free(block);
    }
    *arena = (struct arena){.limit = arena->limit};
}

void arena_wipe(struct arena *arena)
{
    for (struct arena_block *block = arena->block; block != NULL; block = block->next) {
        size_t used = block == arena->block ? arena->used : block->size;
        arena_unfence(block->data, used);
        explicit_bzero(block->data, used);
    }
}

static bool arena_grow(struct arena *arena, size_t need)
{
    size_t size = arena->size < ARENA_BLOCK_MIN ? ARENA_BLOCK_MIN : arena->size * 2;
    if (size > ARENA_BLOCK_MAX) {
        size = ARENA_BLOCK_MAX;
    }
    if (arena->limit != 0) {
        size_t left = arena->limit - arena->total;
        if (need > left) {
            return false;
        }
        if (size > left) {
            size = left;
        }
    }
    if (size < need) {
        size = need;
    }
    struct arena_block *block = malloc(sizeof(*block) + size);
    CHECK(block != NULL);
    block->next = arena->block;
    block->size = size;
    arena_fence(block->data, size);
    arena->block = block;
    arena->used = 0;
    arena->size = size;
    arena->total += size;
    return true;
}

void *arena_get(struct arena *arena, size_t size)
{
    if (size > SIZE_MAX / 4) {
        return NULL;
    }
    size_t start = (arena->used + ARENA_ALIGN - 1) & ~(ARENA_ALIGN - 1);
    if (arena->block == NULL || start > arena->size || size > arena->size - start) {
        if (!arena_grow(arena, size)) {
            return NULL;
        }
        start = 0;
    }
    arena->used = start + size;
    char *data = arena->block->data + start;
    arena_unfence(data, size);
    return data;
}

void *arena_zero(struct arena *arena, size_t count, size_t size)
{
    size_t total;
    if (__builtin_mul_overflow(count, size, &total)) {
        return NULL;
    }
    void *data = arena_get(arena, total);
    if (data != NULL) {
        memset(data, 0, total);
    }
    return data;
}

struct text arena_copy(struct arena *arena, struct text text)
{
    if (text.data == NULL) {
        return text;
    }
    char *data = arena_get(arena, text.size + 1);
    if (data == NULL) {
        return (struct text){NULL, 0};
    }
    memcpy(data, text.data, text.size);
    data[text.size] = '\0';
    return (struct text){data, text.size};
}

struct text arena_print(struct arena *arena, const char *format, ...)
{
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int size = vsnprintf(NULL, 0, format, args);
    va_end(args);
    CHECK(size >= 0);
    char *data = arena_get(arena, (size_t)size + 1);
    if (data != NULL) {
        int printed = vsnprintf(data, (size_t)size + 1, format, again);
        CHECK(printed == size);
    }
    va_end(again);
    return data == NULL ? (struct text){NULL, 0} : (struct text){data, (size_t)size};
}
