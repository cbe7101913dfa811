#include "write/snapshot_sum.h"

#include <string.h>

#define PRIME_1 UINT64_C(0x9E3779B185EBCA87)
#define PRIME_2 UINT64_C(0xC2B2AE3D27D4EB4F)
#define PRIME_3 UINT64_C(0x165667B19E3779F9)
#define PRIME_4 UINT64_C(0x85EBCA77C2B2AE63)
#define PRIME_5 UINT64_C(0x27D4EB2F165667C5)

static uint64_t rotated(uint64_t value, unsigned bits)
{
    return value << bits | value >> (64 - bits);
}

static uint64_t word_at(const uint8_t *data)
{
    uint64_t word;
    memcpy(&word, data, sizeof word);
    return word;
}

static uint64_t mixed(uint64_t lane, uint64_t word)
{
    return rotated(lane + word * PRIME_2, 31) * PRIME_1;
}

void snapshot_sum_begin(struct snapshot_sum *sum)
{
    *sum = (struct snapshot_sum){.lanes = {PRIME_1 + PRIME_2, PRIME_2, 0, 0 - PRIME_1}};
}

/* Whole blocks. */
static void add_blocks(struct snapshot_sum *sum, const uint8_t *data, size_t blocks)
{
    uint64_t a = sum->lanes[0], b = sum->lanes[1], c = sum->lanes[2], d = sum->lanes[3];
    for (; blocks > 0; blocks--, data += SNAPSHOT_SUM_BLOCK) {
        a = mixed(a, word_at(data));
        b = mixed(b, word_at(data + 8));
        c = mixed(c, word_at(data + 16));
        d = mixed(d, word_at(data + 24));
    }
    sum->lanes[0] = a;
    sum->lanes[1] = b;
    sum->lanes[2] = c;
    sum->lanes[3] = d;
}

void snapshot_sum_add(struct snapshot_sum *sum, const void *data, size_t size)
{
    const uint8_t *bytes = data;
    size_t held = sum->size % SNAPSHOT_SUM_BLOCK;
    sum->size += size;
    if (held > 0) {
        size_t missing = SNAPSHOT_SUM_BLOCK - held;
        size_t here = size < missing ? size : missing;
        memcpy(sum->rest + held, bytes, here);
        bytes += here;
        size -= here;
        if (here < missing) {
            return;
        }
        add_blocks(sum, sum->rest, 1);
    }
    add_blocks(sum, bytes, size / SNAPSHOT_SUM_BLOCK);
    bytes += size - size % SNAPSHOT_SUM_BLOCK;
    memcpy(sum->rest, bytes, size % SNAPSHOT_SUM_BLOCK);
}

static uint64_t lanes_joined(const uint64_t lanes[4])
{
    uint64_t hash =
        rotated(lanes[0], 1) + rotated(lanes[1], 7) + rotated(lanes[2], 12) + rotated(lanes[3], 18);
    for (int i = 0; i < 4; i++) {
        hash = (hash ^ mixed(0, lanes[i])) * PRIME_1 + PRIME_4;
    }
    return hash;
}

uint64_t snapshot_sum_end(const struct snapshot_sum *sum)
{
    const uint8_t *rest = sum->rest;
    size_t left = sum->size % SNAPSHOT_SUM_BLOCK;
    uint64_t hash = sum->size >= SNAPSHOT_SUM_BLOCK ? lanes_joined(sum->lanes) : PRIME_5;
    hash += sum->size;
    for (; left >= 8; left -= 8, rest += 8) {
        hash = rotated(hash ^ mixed(0, word_at(rest)), 27) * PRIME_1 + PRIME_4;
    }
    if (left >= 4) {
        uint32_t half;
        memcpy(&half, rest, sizeof half);
        hash = rotated(hash ^ half * PRIME_1, 23) * PRIME_2 + PRIME_3;
        left -= 4;
        rest += 4;
    }
    for (; left > 0; left--, rest++) {
        hash = rotated(hash ^ *rest * PRIME_5, 11) * PRIME_1;
    }
    hash = (hash ^ hash >> 33) * PRIME_2;
    hash = (hash ^ hash >> 29) * PRIME_3;
    return hash ^ hash >> 32;
}
