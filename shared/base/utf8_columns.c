#include "base/utf8.h"

#include <utf8proc.h>

size_t utf8_put(int32_t code, char out[4])
{
    ptrdiff_t size = utf8proc_encode_char(code, (uint8_t *)out);
    CHECK(size > 0);
    return (size_t)size;
}

int utf8_width(int32_t code)
{
    if (code >= 0x20 && code < 0x7f) {
        return 1;
    }
    switch (utf8proc_category(code)) {
    case UTF8PROC_CATEGORY_CC:
    case UTF8PROC_CATEGORY_CF:
    case UTF8PROC_CATEGORY_CS:
    case UTF8PROC_CATEGORY_CN:
    case UTF8PROC_CATEGORY_CO:
    case UTF8PROC_CATEGORY_ZL:
    case UTF8PROC_CATEGORY_ZP:
        return -1;
    case UTF8PROC_CATEGORY_MN:
    case UTF8PROC_CATEGORY_ME:
        return 0;
    default:
        return utf8proc_charwidth(code);
    }
}

char utf8_ascii(int32_t code)
{
    static const struct {
        int32_t code;
        char plain;
    } signs[] = {
        {0x00a0, ' '}, {0x00b7, '-'}, {0x00d7, 'x'},  {0x2010, '-'},  {0x2011, '-'}, {0x2012, '-'},
        {0x2013, '-'}, {0x2014, '-'}, {0x2018, '\''}, {0x2019, '\''}, {0x201c, '"'}, {0x201d, '"'},
        {0x2022, '*'}, {0x2026, '~'}, {0x202f, ' '},  {0x2190, '<'},  {0x2191, '^'}, {0x2192, '>'},
        {0x2193, 'v'}, {0x2212, '-'}, {0x2265, '>'},  {0x2264, '<'},  {0x2500, '-'}, {0x2502, '|'},
        {0x250c, '+'}, {0x2510, '+'}, {0x2514, '+'},  {0x2518, '+'},  {0x251c, '+'}, {0x2524, '+'},
        {0x252c, '+'}, {0x2534, '+'}, {0x253c, '+'},  {0x25b2, '^'},  {0x25ba, '>'}, {0x25bc, 'v'},
        {0x25c4, '<'}, {0x25cb, 'o'}, {0x25cf, '*'},  {0x2713, '='},  {0x2581, '_'}, {0x2582, '.'},
        {0x2583, '-'}, {0x2584, '='}, {0x2585, '+'},  {0x2586, '*'},  {0x2587, '%'}, {0x2588, '#'},
    };
    if (code >= 0x20 && code < 0x7f) {
        return (char)code;
    }
    for (size_t i = 0; i < sizeof signs / sizeof *signs; i++) {
        if (signs[i].code == code) {
            return signs[i].plain;
        }
    }
    int32_t parts[32];
    int class = 0;
    ptrdiff_t count = utf8proc_decompose_char(code, parts, 32, UTF8PROC_DECOMPOSE, &class);
    return count > 0 && count <= 32 && parts[0] >= 0x20 && parts[0] < 0x7f ? (char)parts[0] : '\0';
}
