/* Bytes: a buffer that grows up to a written bound.
 *
 * Appending past `max` sets `overflow`, keeps the old contents and takes nothing more until a
 * clear, so that a writer checks once, at the end. Owned by one thread. Integers are written
 * little-endian; varints are LEB128. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/check.h"
#include "base/text.h"

struct bytes {
    uint8_t *data;
    size_t size, capacity, max;
    bool overflow;
};

void bytes_init(struct bytes *bytes, size_t max);
void bytes_close(struct bytes *bytes);
void bytes_clear(struct bytes *bytes); /* size 0 and no overflow; keeps the memory */
void bytes_put(struct bytes *bytes, const void *data, size_t size);
void bytes_put_text(struct bytes *bytes, struct text text);
void bytes_put_u8(struct bytes *bytes, uint8_t value);
void bytes_put_u16(struct bytes *bytes, uint16_t value);
void bytes_put_u32(struct bytes *bytes, uint32_t value);
void bytes_put_u64(struct bytes *bytes, uint64_t value);
void bytes_put_varint(struct bytes *bytes, uint64_t value);
void bytes_put_zigzag(struct bytes *bytes, int64_t value);
void bytes_print(struct bytes *bytes, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
struct text bytes_text(const struct bytes *bytes);

/* A cursor over somebody's bytes. Reading past the end sets `bad` and gives 0, so that a decoder
 * checks once, at the end. Varints have one spelling: a longer one than needed is bad too. */
struct bytes_reader {
    const uint8_t *data;
    size_t size, at;
    bool bad;
};

struct bytes_reader bytes_reader(const void *data, size_t size);
uint8_t bytes_get_u8(struct bytes_reader *reader);
uint16_t bytes_get_u16(struct bytes_reader *reader);
uint32_t bytes_get_u32(struct bytes_reader *reader);
uint64_t bytes_get_u64(struct bytes_reader *reader);
uint64_t bytes_get_varint(struct bytes_reader *reader);
int64_t bytes_get_zigzag(struct bytes_reader *reader);
const uint8_t *bytes_get(struct bytes_reader *reader, size_t size); /* NULL when too short */
struct text bytes_get_text(struct bytes_reader *reader, size_t size);
