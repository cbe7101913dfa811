#include <string.h>

#include "json/json.h"

static struct json_emitter *self(struct emitter *emitter)
{
    return (struct json_emitter *)emitter;
}

/* Most pieces are a few bytes and fit: those are written here, the rest by bytes_put. */
static inline void put(struct bytes *out, const void *data, size_t size)
{
    if (out->overflow || size > out->capacity - out->size) {
        bytes_put(out, data, size);
        return;
    }
    memcpy(out->data + out->size, data, size);
    out->size += size;
}

static inline void put_separated(struct json_emitter *json, const char *data, size_t size)
{
    if (json->comma)
        put(json->out, ",", 1);
    put(json->out, data, size);
}

/* One for the bytes that need a look: quote, backslash, C0, DEL, and the lead byte of C1. */
static const uint8_t special[256] = {
    1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,         1,          1,          1,
    1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, ['"'] = 1, ['\\'] = 1, [0x7f] = 1, [0xc2] = 1,
};

static void put_escape(struct bytes *out, unsigned code)
{
    static const char hex[] = "0123456789abcdef";
    static const char shorts[] = "\"\"\\\\b\bf\fn\nr\rt\t"; /* letter, character */
    char escape[6] = {'\\', 'u', '0', '0', hex[code >> 4 & 15], hex[code & 15]};
    for (size_t i = 0; i < sizeof shorts - 1; i += 2) {
        if ((unsigned char)shorts[i + 1] == code) {
            escape[1] = shorts[i];
            put(out, escape, 2);
            return;
        }
    }
    put(out, escape, sizeof escape);
}

static void put_string(struct bytes *out, struct text text)
{
    const uint8_t *data = (const uint8_t *)text.data;
    size_t start = 0;
    put(out, "\"", 1);
    for (size_t i = 0; i < text.size; i++) {
        if (!special[data[i]])
            continue;
        unsigned code = data[i];
        size_t length = 1;
        if (code == 0xc2) { /* U+0080 ... U+009F steer terminals; the rest of the row is plain */
            if (i + 1 >= text.size || data[i + 1] >= 0xa0)
                continue;
            code = data[i + 1];
            length = 2;
        }
        if (i > start)
            put(out, data + start, i - start);
        put_escape(out, code);
        i += length - 1;
        start = i + 1;
    }
    if (text.size > start)
        put(out, data + start, text.size - start);
    put(out, "\"", 1);
}

static void put_natural(struct emitter *emitter, uint64_t value)
{
    struct json_emitter *json = self(emitter);
    char digits[20];
    size_t at = sizeof digits;
    do {
        digits[--at] = (char)('0' + value % 10);
        value /= 10;
    } while (value > 0);
    put_separated(json, digits + at, sizeof digits - at);
    json->comma = true;
}

static void put_integer(struct emitter *emitter, int64_t value)
{
    struct json_emitter *json = self(emitter);
    if (value >= 0) {
        put_natural(emitter, (uint64_t)value);
        return;
    }
    put_separated(json, "-", 1);
    json->comma = false;
    put_natural(emitter, 0 - (uint64_t)value);
}

static void put_map(struct emitter *emitter, size_t entries)
{
    (void)entries;
    put_separated(self(emitter), "{", 1);
    self(emitter)->comma = false;
}

static void put_map_end(struct emitter *emitter)
{
    put(self(emitter)->out, "}", 1);
    self(emitter)->comma = true;
}

static void put_list(struct emitter *emitter, size_t items)
{
    (void)items;
    put_separated(self(emitter), "[", 1);
    self(emitter)->comma = false;
}

static void put_list_end(struct emitter *emitter)
{
    put(self(emitter)->out, "]", 1);
    self(emitter)->comma = true;
}

static void put_text(struct emitter *emitter, struct text text)
{
    struct json_emitter *json = self(emitter);
    if (json->comma)
        put(json->out, ",", 1);
    put_string(json->out, text);
    json->comma = true;
}

static void put_key(struct emitter *emitter, struct text key)
{
    put_text(emitter, key);
    put(self(emitter)->out, ":", 1);
    self(emitter)->comma = false;
}

static void put_boolean(struct emitter *emitter, bool value)
{
    put_separated(self(emitter), value ? "true" : "false", value ? 4 : 5);
    self(emitter)->comma = true;
}

static void put_null(struct emitter *emitter)
{
    put_separated(self(emitter), "null", 4);
    self(emitter)->comma = true;
}

void json_emitter_init(struct json_emitter *emitter, struct bytes *out)
{
    emitter->emitter = (struct emitter){
        .map = put_map,
        .map_end = put_map_end,
        .list = put_list,
        .list_end = put_list_end,
        .key = put_key,
        .text = put_text,
        .integer = put_integer,
        .natural = put_natural,
        .boolean = put_boolean,
        .null = put_null,
    };
    emitter->out = out;
    emitter->comma = false;
}

void json_write_any(struct bytes *out, struct any any)
{
    struct json_emitter json;
    json_emitter_init(&json, out);
    emit_any(&json.emitter, any);
}

void json_write_shape(struct bytes *out, const struct shape *shape, const void *value)
{
    struct json_emitter json;
    json_emitter_init(&json, out);
    emit_shape(&json.emitter, shape, value);
}
