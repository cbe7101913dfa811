#include "term/clipboard.h"

#include <stdint.h>
#include <string.h>

#include "base/check.h"

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* Up to three bytes as four characters, filled up with '='. */
static void put_group(const char *data, size_t size, char out[4])
{
    uint32_t bits = 0;
    for (size_t i = 0; i < 3; i++) {
        bits = bits << 8 | (i < size ? (uint8_t)data[i] : 0);
    }
    for (size_t i = 0; i < 4; i++) {
        out[i] = i <= size ? digits[bits >> (18 - 6 * i) & 63] : '=';
    }
}

const char *clipboard_sequence(struct text text, char out[CLIPBOARD_SEQUENCE_MAX])
{
    static const char begin[] = "\033]52;c;";
    CHECK(text.size <= TERM_COPY_MAX);
    memcpy(out, begin, sizeof begin - 1);
    char *at = out + sizeof begin - 1;
    for (size_t i = 0; i < text.size; i += 3) {
        size_t left = text.size - i;
        put_group(text.data + i, left < 3 ? left : 3, at);
        at += 4;
    }
    memcpy(at, "\a", 2);
    return out;
}
