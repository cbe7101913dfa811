/* The checksum of a snapshot: XXH64 (Collet), which finds damage at the speed of reading. It is no
 * protection against somebody who may write the folder: that one may write the journal too. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define SNAPSHOT_SUM_BLOCK 32u

struct snapshot_sum {
    uint64_t lanes[4];
    uint64_t size;
    uint8_t rest[SNAPSHOT_SUM_BLOCK]; /* of a block that is not full yet */
};

void snapshot_sum_begin(struct snapshot_sum *sum);
void snapshot_sum_add(struct snapshot_sum *sum, const void *data, size_t size);
uint64_t snapshot_sum_end(const struct snapshot_sum *sum);
