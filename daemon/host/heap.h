/* How glibc's allocator treats memory that was freed.
 *
 * A request takes its memory piece by piece and gives it back at once, and a batch of a thousand
 * takes a megabyte. Left to itself the allocator hands all above some 128 kB back to the kernel
 * each time, and the next request pays for the same pages anew: a sixth of a door's time under
 * batches. What it keeps instead is a few megabytes for each thread that ever used them. */
#pragma once

/* Before the first thread. */
void heap_keep(void);
