#include <msgpack.h>

#include "wire/wire.h"
#include "wire/wire_parse.h"
#include "wire/wire_scan.h"

static bool convert(const msgpack_object *from, struct arena *arena, struct node *out);

static struct text text_of_str(const msgpack_object_str *str)
{
    return str->size > 0 ? (struct text){str->ptr, str->size} : TEXT("");
}

static bool convert_list(const msgpack_object_array *from, struct arena *arena, struct node *out)
{
    out->type = NODE_LIST;
    out->list.count = from->size;
    out->list.items = arena_get(arena, (from->size + (size_t)1) * sizeof *out->list.items);
    if (out->list.items == NULL)
        return false;
    for (size_t i = 0; i < from->size; i++) {
        if (!convert(&from->ptr[i], arena, &out->list.items[i]))
            return false;
    }
    return true;
}

static bool convert_map(const msgpack_object_map *from, struct arena *arena, struct node *out)
{
    out->type = NODE_MAP;
    out->map.count = from->size;
    out->map.entries = arena_get(arena, (from->size + (size_t)1) * sizeof *out->map.entries);
    if (out->map.entries == NULL)
        return false;
    for (size_t i = 0; i < from->size; i++) {
        const msgpack_object_kv *pair = &from->ptr[i];
        struct node_entry *entry = &out->map.entries[i];
        entry->key = pair->key.type == MSGPACK_OBJECT_STR ? text_of_str(&pair->key.via.str)
                                                          : (struct text){0};
        if (!convert(&pair->val, arena, &entry->value))
            return false;
    }
    return true;
}

static bool convert(const msgpack_object *from, struct arena *arena, struct node *out)
{
    switch (from->type) {
    case MSGPACK_OBJECT_NIL:
        out->type = NODE_NULL;
        return true;
    case MSGPACK_OBJECT_BOOLEAN:
        out->type = NODE_BOOL;
        out->boolean = from->via.boolean;
        return true;
    case MSGPACK_OBJECT_POSITIVE_INTEGER:
        out->type = from->via.u64 <= INT64_MAX ? NODE_INT : NODE_HUGE;
        out->integer = (int64_t)(from->via.u64 & INT64_MAX);
        return true;
    case MSGPACK_OBJECT_NEGATIVE_INTEGER:
        out->type = NODE_INT;
        out->integer = from->via.i64;
        return true;
    case MSGPACK_OBJECT_FLOAT32:
    case MSGPACK_OBJECT_FLOAT64:
        out->type = NODE_REAL;
        return true;
    case MSGPACK_OBJECT_STR:
        out->type = NODE_TEXT;
        out->text = text_of_str(&from->via.str);
        return true;
    case MSGPACK_OBJECT_ARRAY:
        return convert_list(&from->via.array, arena, out);
    case MSGPACK_OBJECT_MAP:
        return convert_map(&from->via.map, arena, out);
    case MSGPACK_OBJECT_BIN:
    case MSGPACK_OBJECT_EXT:
        break;
    }
    out->type = NODE_OTHER;
    return true;
}

bool wire_unpack(const void *data, size_t size, struct arena *arena, struct node *out)
{
    msgpack_unpacked unpacked;
    msgpack_unpacked_init(&unpacked);
    size_t end = 0;
    bool sound = msgpack_unpack_next(&unpacked, data, size, &end) == MSGPACK_UNPACK_SUCCESS &&
                 end == size && convert(&unpacked.data, arena, out);
    msgpack_unpacked_destroy(&unpacked);
    return sound;
}

bool wire_parse(const void *data, size_t size, struct arena *arena, struct node *out)
{
    return wire_scan_is_sound(data, size) && wire_unpack(data, size, arena, out);
}
