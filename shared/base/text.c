#include "base/text.h"

#include <string.h>

struct text text_of(const char *c_string)
{
    if (c_string == NULL) {
        return (struct text){NULL, 0};
    }
    return (struct text){c_string, strlen(c_string)};
}

bool text_equal(struct text a, struct text b)
{
    if ((a.data == NULL) != (b.data == NULL) || a.size != b.size) {
        return false;
    }
    return a.size == 0 || memcmp(a.data, b.data, a.size) == 0;
}

bool text_is(struct text a, const char *c_string)
{
    return text_equal(a, text_of(c_string));
}

enum text_number text_to_int64(struct text text, int64_t *out)
{
    size_t at = 0;
    bool negative = text.size > 0 && text.data[0] == '-';
    if (negative) {
        at = 1;
    }
    if (at == text.size || (text.data[at] == '0' && (negative || text.size > at + 1))) {
        return TEXT_NUMBER_NONE;
    }
    for (size_t i = at; i < text.size; i++) {
        if (text.data[i] < '0' || text.data[i] > '9') {
            return TEXT_NUMBER_NONE;
        }
    }
    int64_t value = 0;
    for (; at < text.size; at++) {
        int digit = text.data[at] - '0';
        /* Counted downwards when negative, because the least int64 has no positive twin. */
        if (__builtin_mul_overflow(value, 10, &value) ||
            __builtin_add_overflow(value, negative ? -digit : digit, &value)) {
            return TEXT_NUMBER_RANGE;
        }
    }
    *out = value;
    return TEXT_NUMBER_OK;
}
