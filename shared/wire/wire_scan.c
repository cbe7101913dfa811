#include "wire/wire_scan.h"

#include "contract/node.h"

static const struct wire_head bad = {.kind = WIRE_BAD};

/* The length that follows the first byte: `width` bytes, big-endian; then `extra` bytes more. */
static struct wire_head read_length(struct wire_scan *scan, enum wire_kind kind, unsigned width,
                                    unsigned extra)
{
    if (scan->size - scan->at < width)
        return bad;
    size_t length = 0;
    for (unsigned i = 0; i < width; i++)
        length = length << 8 | scan->data[scan->at++];
    return (struct wire_head){.kind = kind, .size = length + extra};
}

static struct wire_head fixed_size(enum wire_kind kind, size_t size)
{
    return (struct wire_head){.kind = kind, .size = size};
}

static struct wire_head read_long_head(struct wire_scan *scan, uint8_t first)
{
    switch (first) {
    case 0xc0: /* nil, false, true */
    case 0xc2:
    case 0xc3:
        return fixed_size(WIRE_SCALAR, 0);
    case 0xc4: /* bin */
    case 0xc5:
    case 0xc6:
        return read_length(scan, WIRE_SCALAR, 1u << (first - 0xc4), 0);
    case 0xc7: /* ext: one byte of type beside the length */
    case 0xc8:
    case 0xc9:
        return read_length(scan, WIRE_SCALAR, 1u << (first - 0xc7), 1);
    case 0xca: /* float */
        return fixed_size(WIRE_SCALAR, 4);
    case 0xcb:
        return fixed_size(WIRE_SCALAR, 8);
    case 0xcc: /* uint */
    case 0xcd:
    case 0xce:
    case 0xcf:
        return fixed_size(WIRE_UINT, (size_t)1 << (first - 0xcc));
    case 0xd0: /* int */
    case 0xd1:
    case 0xd2:
    case 0xd3:
        return fixed_size(WIRE_SCALAR, (size_t)1 << (first - 0xd0));
    case 0xd4: /* fixext */
    case 0xd5:
    case 0xd6:
    case 0xd7:
    case 0xd8:
        return fixed_size(WIRE_SCALAR, ((size_t)1 << (first - 0xd4)) + 1);
    case 0xd9: /* str */
    case 0xda:
    case 0xdb:
        return read_length(scan, WIRE_TEXT, 1u << (first - 0xd9), 0);
    case 0xdc: /* array */
    case 0xdd:
        return read_length(scan, WIRE_LIST, 2u << (first - 0xdc), 0);
    case 0xde: /* map */
    case 0xdf:
        return read_length(scan, WIRE_MAP, 2u << (first - 0xde), 0);
    default: /* 0xc1 */
        return bad;
    }
}

struct wire_head wire_scan_claim(struct wire_scan *scan)
{
    if (scan->at >= scan->size)
        return bad;
    uint8_t first = scan->data[scan->at++];
    if (first <= 0x7f)
        return (struct wire_head){.kind = WIRE_UINT, .fixed = first};
    if (first <= 0x8f)
        return fixed_size(WIRE_MAP, first & 0x0f);
    if (first <= 0x9f)
        return fixed_size(WIRE_LIST, first & 0x0f);
    if (first <= 0xbf)
        return fixed_size(WIRE_TEXT, first & 0x1f);
    if (first >= 0xe0)
        return fixed_size(WIRE_SCALAR, 0);
    return read_long_head(scan, first);
}

struct wire_head wire_scan_head(struct wire_scan *scan)
{
    struct wire_head head = wire_scan_claim(scan);
    size_t left = scan->size - scan->at;
    /* Every element takes a byte at least, every pair two. */
    if (head.size > (head.kind == WIRE_MAP ? left / 2 : left))
        return bad;
    return head;
}

static bool skip_items(struct wire_scan *scan, const struct wire_head *head, unsigned depth)
{
    if (depth >= NODE_DEPTH_MAX)
        return false;
    for (size_t i = 0; i < head->size; i++) {
        if (head->kind == WIRE_MAP) {
            size_t values = scan->values;
            if (!wire_scan_skip(scan, depth + 1))
                return false;
            scan->values = values; /* a key is no value of the tree */
        }
        if (!wire_scan_skip(scan, depth + 1))
            return false;
    }
    return true;
}

bool wire_scan_skip(struct wire_scan *scan, unsigned depth)
{
    if (++scan->values > NODE_COUNT_MAX)
        return false;
    struct wire_head head = wire_scan_head(scan);
    switch (head.kind) {
    case WIRE_LIST:
    case WIRE_MAP:
        return skip_items(scan, &head, depth);
    case WIRE_SCALAR:
    case WIRE_UINT:
    case WIRE_TEXT:
        scan->at += head.size;
        return true;
    case WIRE_BAD:
        break;
    }
    return false;
}

bool wire_scan_is_sound(const void *data, size_t size)
{
    struct wire_scan scan = {.data = data, .size = size};
    return wire_scan_skip(&scan, 0) && scan.at == size;
}
