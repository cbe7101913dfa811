#include "wire/wire_id.h"

#include "base/utf8.h"
#include "wire/wire_scan.h"

static const struct wire_id no_id = {.type = WIRE_ID_NULL};

static bool read_text(struct wire_scan *scan, struct text *out)
{
    struct wire_head head = wire_scan_head(scan);
    if (head.kind != WIRE_TEXT)
        return false;
    *out = (struct text){(const char *)scan->data + scan->at, head.size};
    scan->at += head.size;
    return true;
}

static struct wire_id read_id(struct wire_scan *scan)
{
    size_t start = scan->at;
    struct wire_head head = wire_scan_head(scan);
    if (head.kind == WIRE_UINT) {
        uint64_t number = head.fixed;
        for (size_t i = 0; i < head.size; i++)
            number = number << 8 | scan->data[scan->at + i];
        return (struct wire_id){.type = WIRE_ID_NUMBER, .number = number};
    }
    scan->at = start;
    struct text text;
    if (!read_text(scan, &text) || text.size > WIRE_ID_TEXT_MAX || !utf8_is_valid(text))
        return no_id;
    return (struct wire_id){.type = WIRE_ID_TEXT, .text = text};
}

struct wire_id wire_id_read(const void *data, size_t size)
{
    struct wire_scan scan = {.data = data, .size = size};
    struct wire_head head = wire_scan_claim(&scan); /* of a message cut short, too */
    if (head.kind != WIRE_MAP)
        return no_id;
    for (size_t i = 0; i < head.size; i++) {
        size_t start = scan.at;
        struct text key = {0};
        if (!read_text(&scan, &key)) {
            scan.at = start;
            if (!wire_scan_skip(&scan, 1))
                break;
        } else if (text_is(key, "id")) {
            return read_id(&scan);
        }
        if (!wire_scan_skip(&scan, 1))
            break;
    }
    return no_id;
}

void wire_id_emit(struct emitter *emitter, struct wire_id id)
{
    switch (id.type) {
    case WIRE_ID_NULL:
        emitter->null(emitter);
        break;
    case WIRE_ID_NUMBER:
        emitter->natural(emitter, id.number);
        break;
    case WIRE_ID_TEXT:
        emitter->text(emitter, id.text);
        break;
    }
}
