/* The look at the bytes before anything is allocated for them: msgpack-c believes the counts it
 * reads, so five bytes could claim four billion elements. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/check.h"
#include "base/text.h"

struct wire_scan {
    const uint8_t *data;
    size_t size, at;
    size_t values; /* seen so far */
};

enum wire_kind {
    WIRE_BAD,    /* a byte that begins nothing, or a length beyond the end */
    WIRE_SCALAR, /* `size` bytes behind its head */
    WIRE_UINT,   /* the same; the number is in `size` bytes, big-endian, or in `fixed` */
    WIRE_TEXT,   /* the same */
    WIRE_LIST,   /* `size` values */
    WIRE_MAP     /* `size` pairs */
};

struct wire_head {
    enum wire_kind kind;
    uint8_t fixed; /* the value of a positive fixint */
    size_t size;
};

/* Reads the head of the next value; its size or count fits what remains, unless WIRE_BAD. */
struct wire_head wire_scan_head(struct wire_scan *scan) MUST_USE;
/* The same without a look at what remains, for who stops at the end by himself. */
struct wire_head wire_scan_claim(struct wire_scan *scan) MUST_USE;
/* Skips one value whole. False: not sound, too deep, or too many values. */
bool wire_scan_skip(struct wire_scan *scan, unsigned depth) MUST_USE;
/* One value, sound all through, and nothing behind it. */
bool wire_scan_is_sound(const void *data, size_t size);
