#include "base/bytes.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BYTES_FIRST ((size_t)256)
#define VARINT_MAX 10 /* bytes: ten times seven bits hold 64 */

void bytes_init(struct bytes *bytes, size_t max)
{
    *bytes = (struct bytes){.max = max};
}

void bytes_close(struct bytes *bytes)
{
    free(bytes->data);
    *bytes = (struct bytes){.max = bytes->max};
}

void bytes_clear(struct bytes *bytes)
{
    bytes->size = 0;
    bytes->overflow = false;
}

/* Room for `size` more; false when that would pass the bound, and from then on until a clear. */
static bool bytes_reserve(struct bytes *bytes, size_t size)
{
    if (bytes->overflow || size > bytes->max - bytes->size) {
        bytes->overflow = true;
        return false;
    }
    size_t need = bytes->size + size;
    if (need <= bytes->capacity) {
        return true;
    }
    size_t capacity = bytes->capacity < BYTES_FIRST ? BYTES_FIRST : bytes->capacity;
    while (capacity < need) {
        capacity = capacity > bytes->max / 2 ? bytes->max : capacity * 2;
    }
    if (capacity > bytes->max) {
        capacity = bytes->max;
    }
    uint8_t *data = realloc(bytes->data, capacity);
    CHECK(data != NULL);
    bytes->data = data;
    bytes->capacity = capacity;
    return true;
}

void bytes_put(struct bytes *bytes, const void *data, size_t size)
{
    if (bytes_reserve(bytes, size) && size > 0) {
        memcpy(bytes->data + bytes->size, data, size);
        bytes->size += size;
    }
}

void bytes_put_text(struct bytes *bytes, struct text text)
{
    bytes_put(bytes, text.data, text.size);
}

static void bytes_put_little(struct bytes *bytes, uint64_t value, size_t size)
{
    uint8_t out[8];
    for (size_t i = 0; i < size; i++) {
        out[i] = (uint8_t)(value >> (8 * i));
    }
    bytes_put(bytes, out, size);
}

void bytes_put_u8(struct bytes *bytes, uint8_t value)
{
    bytes_put(bytes, &value, 1);
}

void bytes_put_u16(struct bytes *bytes, uint16_t value)
{
    bytes_put_little(bytes, value, 2);
}

void bytes_put_u32(struct bytes *bytes, uint32_t value)
{
    bytes_put_little(bytes, value, 4);
}

void bytes_put_u64(struct bytes *bytes, uint64_t value)
{
    bytes_put_little(bytes, value, 8);
}

void bytes_put_varint(struct bytes *bytes, uint64_t value)
{
    uint8_t aside[VARINT_MAX];
    /* Most records are varints: where there is room for any, no copy is made. */
    bool room = !bytes->overflow && bytes->capacity - bytes->size >= VARINT_MAX;
    uint8_t *out = room ? bytes->data + bytes->size : aside;
    size_t size = 0;
    while (value >= 0x80) {
        out[size++] = (uint8_t)(value | 0x80);
        value >>= 7;
    }
    out[size++] = (uint8_t)value;
    if (room) {
        bytes->size += size;
    } else {
        bytes_put(bytes, aside, size);
    }
}

void bytes_put_zigzag(struct bytes *bytes, int64_t value)
{
    uint64_t sign = value < 0 ? UINT64_MAX : 0;
    bytes_put_varint(bytes, ((uint64_t)value << 1) ^ sign);
}

void bytes_print(struct bytes *bytes, const char *format, ...)
{
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int size = vsnprintf(NULL, 0, format, args);
    va_end(args);
    CHECK(size >= 0);
    /* vsnprintf ends with a NUL, which needs room of its own but is no part of the contents. */
    char small[256];
    if ((size_t)size < sizeof(small)) {
        int printed = vsnprintf(small, sizeof(small), format, again);
        CHECK(printed == size);
        bytes_put(bytes, small, (size_t)size);
    } else if (bytes_reserve(bytes, (size_t)size)) {
        char *large = malloc((size_t)size + 1);
        CHECK(large != NULL);
        int printed = vsnprintf(large, (size_t)size + 1, format, again);
        CHECK(printed == size);
        bytes_put(bytes, large, (size_t)size);
        free(large);
    }
    va_end(again);
}

struct text bytes_text(const struct bytes *bytes)
{
    if (bytes->data == NULL) {
        return TEXT("");
    }
    return (struct text){(const char *)bytes->data, bytes->size};
}

struct bytes_reader bytes_reader(const void *data, size_t size)
{
    return (struct bytes_reader){.data = data, .size = size};
}

const uint8_t *bytes_get(struct bytes_reader *reader, size_t size)
{
    static const uint8_t nothing[1];
    if (reader->bad || size > reader->size - reader->at) {
        reader->bad = true;
        return NULL;
    }
    if (size == 0) {
        return reader->data == NULL ? nothing : reader->data + reader->at;
    }
    const uint8_t *data = reader->data + reader->at;
    reader->at += size;
    return data;
}

static uint64_t bytes_get_little(struct bytes_reader *reader, size_t size)
{
    const uint8_t *data = bytes_get(reader, size);
    uint64_t value = 0;
    if (data != NULL) {
        for (size_t i = 0; i < size; i++) {
            value |= (uint64_t)data[i] << (8 * i);
        }
    }
    return value;
}

uint8_t bytes_get_u8(struct bytes_reader *reader)
{
    return (uint8_t)bytes_get_little(reader, 1);
}

uint16_t bytes_get_u16(struct bytes_reader *reader)
{
    return (uint16_t)bytes_get_little(reader, 2);
}

uint32_t bytes_get_u32(struct bytes_reader *reader)
{
    return (uint32_t)bytes_get_little(reader, 4);
}

uint64_t bytes_get_u64(struct bytes_reader *reader)
{
    return bytes_get_little(reader, 8);
}

uint64_t bytes_get_varint(struct bytes_reader *reader)
{
    uint64_t value = 0;
    for (unsigned i = 0; i < VARINT_MAX; i++) {
        const uint8_t *byte = bytes_get(reader, 1);
        if (byte == NULL) {
            return 0;
        }
        value |= (uint64_t)(*byte & 0x7f) << (7 * i);
        if ((*byte & 0x80) == 0) {
            bool spare = i > 0 && *byte == 0;
            bool beyond = i == VARINT_MAX - 1 && *byte > 1;
            if (spare || beyond) {
                break;
            }
            return value;
        }
    }
    reader->bad = true;
    return 0;
}

int64_t bytes_get_zigzag(struct bytes_reader *reader)
{
    uint64_t value = bytes_get_varint(reader);
    uint64_t sign = (value & 1) != 0 ? UINT64_MAX : 0;
    return (int64_t)((value >> 1) ^ sign);
}

struct text bytes_get_text(struct bytes_reader *reader, size_t size)
{
    const uint8_t *data = bytes_get(reader, size);
    return data == NULL ? (struct text){NULL, 0} : (struct text){(const char *)data, size};
}
