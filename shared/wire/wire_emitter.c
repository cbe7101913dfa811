#include <msgpack.h>
#include <string.h>

#include "wire/wire.h"

/* Most pieces are a few bytes and fit: those are written here, the rest by bytes_put, which also
 * remembers when there is no room. */
static inline __attribute__((always_inline)) int append(void *to, const char *data, size_t size)
{
    struct bytes *out = to;
    if (size > out->capacity - out->size || out->overflow) {
        bytes_put(out, data, size);
    } else if (size > 0) {
        memcpy(out->data + out->size, data, size);
        out->size += size;
    }
    return 0;
}

static msgpack_packer packer_of(struct emitter *emitter)
{
    msgpack_packer packer;
    msgpack_packer_init(&packer, ((struct wire_emitter *)emitter)->out, append);
    return packer;
}

/* The append above never fails, so neither does packing: its results say nothing. */

static void put_map(struct emitter *emitter, size_t entries)
{
    msgpack_packer packer = packer_of(emitter);
    (void)msgpack_pack_map(&packer, entries);
}

static void put_list(struct emitter *emitter, size_t items)
{
    msgpack_packer packer = packer_of(emitter);
    (void)msgpack_pack_array(&packer, items);
}

static void put_end(struct emitter *emitter)
{
    (void)emitter;
}

static void put_text(struct emitter *emitter, struct text text)
{
    msgpack_packer packer = packer_of(emitter);
    (void)msgpack_pack_str_with_body(&packer, text.data, text.size);
}

static void put_integer(struct emitter *emitter, int64_t value)
{
    msgpack_packer packer = packer_of(emitter);
    (void)msgpack_pack_int64(&packer, value);
}

static void put_natural(struct emitter *emitter, uint64_t value)
{
    msgpack_packer packer = packer_of(emitter);
    (void)msgpack_pack_uint64(&packer, value);
}

static void put_boolean(struct emitter *emitter, bool value)
{
    msgpack_packer packer = packer_of(emitter);
    (void)(value ? msgpack_pack_true(&packer) : msgpack_pack_false(&packer));
}

static void put_null(struct emitter *emitter)
{
    msgpack_packer packer = packer_of(emitter);
    (void)msgpack_pack_nil(&packer);
}

void wire_emitter_init(struct wire_emitter *emitter, struct bytes *out)
{
    emitter->emitter = (struct emitter){
        .map = put_map,
        .map_end = put_end,
        .list = put_list,
        .list_end = put_end,
        .key = put_text,
        .text = put_text,
        .integer = put_integer,
        .natural = put_natural,
        .boolean = put_boolean,
        .null = put_null,
    };
    emitter->out = out;
}
