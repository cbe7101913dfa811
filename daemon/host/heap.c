#include "host/heap.h"

#include <malloc.h>
#include <stdbool.h>

#include "host/log.h"

/* Of free memory at the end of a thread's heap: what some batches in flight take. */
#define HEAP_KEEP_MAX (4 << 20)
/* From here on a piece is a mapping of its own, which goes back whole when it is freed. Messages
 * and what they are decoded into are smaller. */
#define HEAP_PIECE_MAX (2 << 20)

void heap_keep(void)
{
    bool kept = mallopt(M_TRIM_THRESHOLD, HEAP_KEEP_MAX) == 1;
    bool bounded = mallopt(M_MMAP_THRESHOLD, HEAP_PIECE_MAX) == 1;
    if (!kept || !bounded) {
        log_debug("host", "the allocator cannot be told what to keep"); /* a sanitizer's */
    }
}
