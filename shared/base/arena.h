/* Arena: memory that lives as long as one request, freed all at once.
 *
 * Owned by one thread at a time. Memory is aligned for any type and not cleared, except by
 * arena_zero. Running out of the machine's memory stops the process; running past `limit` bytes
 * returns NULL, and callers that are driven by input must handle that (status unavailable). */
#pragma once

#include <stddef.h>

#include "base/check.h"
#include "base/text.h"

struct arena_block;

struct arena {
    struct arena_block *block; /* newest first */
    size_t used, size;         /* in the newest block */
    size_t total, limit;       /* bytes taken over all blocks; 0 = no limit */
};

void arena_init(struct arena *arena, size_t limit);
void arena_reset(struct arena *arena); /* keeps one block for the next request */
void arena_close(struct arena *arena);
void arena_wipe(struct arena *arena); /* zeroes all that was handed out; before a reset or close */
void *arena_get(struct arena *arena, size_t size) MUST_USE;
void *arena_zero(struct arena *arena, size_t count, size_t size) MUST_USE;
/* Copies; the result is NUL-terminated behind its size. Absent stays absent, and absent is what
 * comes back (of arena_print too) past the limit. */
struct text arena_copy(struct arena *arena, struct text text) MUST_USE;
struct text arena_print(struct arena *arena, const char *format, ...)
    __attribute__((format(printf, 2, 3))) MUST_USE;
