#include "base/utf8.h"

#include <string.h>
#include <utf8proc.h>

#define DECOMPOSED_MAX 32 /* the longest of Unicode has 18 code points */

int32_t utf8_next(struct text text, size_t *at)
{
    const uint8_t *data = (const uint8_t *)text.data + *at;
    size_t left = text.size - *at;
    size_t size;
    int32_t least, code;
    if (data[0] < 0x80) {
        *at += 1;
        return data[0];
    } else if (data[0] >= 0xc2 && data[0] < 0xe0) {
        size = 2, least = 0x80, code = data[0] & 0x1f;
    } else if (data[0] >= 0xe0 && data[0] < 0xf0) {
        size = 3, least = 0x800, code = data[0] & 0x0f;
    } else if (data[0] >= 0xf0 && data[0] < 0xf5) {
        size = 4, least = 0x10000, code = data[0] & 0x07;
    } else {
        return -1;
    }
    if (left < size) {
        return -1;
    }
    for (size_t i = 1; i < size; i++) {
        if ((data[i] & 0xc0) != 0x80) {
            return -1;
        }
        code = code << 6 | (data[i] & 0x3f);
    }
    if (code < least || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) {
        return -1;
    }
    *at += size;
    return code;
}

bool utf8_is_valid(struct text text)
{
    for (size_t at = 0; at < text.size;) {
        if (utf8_next(text, &at) < 0) {
            return false;
        }
    }
    return true;
}

size_t utf8_count(struct text text)
{
    size_t count = 0;
    for (size_t i = 0; i < text.size; i++) {
        if (((uint8_t)text.data[i] & 0xc0) != 0x80) {
            count++;
        }
    }
    return count;
}

bool utf8_has_control(struct text text)
{
    for (size_t i = 0; i < text.size; i++) {
        uint8_t byte = (uint8_t)text.data[i];
        if (byte < 0x20 || byte == 0x7f) {
            return true;
        }
        if (byte == 0xc2 && i + 1 < text.size && (uint8_t)text.data[i + 1] < 0xa0) {
            return true;
        }
    }
    return false;
}

/* Letters with a stroke, and the dotless i, have no decomposition in Unicode, but to somebody who
 * searches they are letters with an accent like any other. */
static int32_t plain_letter(int32_t code)
{
    switch (code) {
    case 0x0111: /* đ */
        return 'd';
    case 0x0127: /* ħ */
        return 'h';
    case 0x0131: /* ı */
        return 'i';
    case 0x0142: /* ł */
        return 'l';
    case 0x00f8: /* ø */
        return 'o';
    case 0x0167: /* ŧ */
        return 't';
    default:
        return code;
    }
}

static bool is_word_part(int32_t code)
{
    switch (utf8proc_category(code)) {
    case UTF8PROC_CATEGORY_LU:
    case UTF8PROC_CATEGORY_LL:
    case UTF8PROC_CATEGORY_LT:
    case UTF8PROC_CATEGORY_LM:
    case UTF8PROC_CATEGORY_LO:
    case UTF8PROC_CATEGORY_ND:
    case UTF8PROC_CATEGORY_NL:
    case UTF8PROC_CATEGORY_NO:
        return true;
    default:
        return false;
    }
}

void utf8_fold(struct text text, struct bytes *out)
{
    const utf8proc_option_t options = UTF8PROC_COMPAT | UTF8PROC_DECOMPOSE | UTF8PROC_CASEFOLD |
                                      UTF8PROC_STRIPMARK | UTF8PROC_IGNORE;
    bool some = false; /* a word was written */
    bool gap = false;  /* something stood between it and what comes */
    for (size_t at = 0; at < text.size;) {
        int32_t code = utf8_next(text, &at);
        if (code < 0) {
            at++; /* not for valid texts; a bad byte separates words */
            gap = true;
            continue;
        }
        int32_t parts[DECOMPOSED_MAX];
        int class = 0;
        ptrdiff_t count = utf8proc_decompose_char(code, parts, DECOMPOSED_MAX, options, &class);
        CHECK(count <= DECOMPOSED_MAX);
        for (ptrdiff_t i = 0; i < count; i++) {
            if (!is_word_part(parts[i])) {
                gap = true;
                continue;
            }
            if (some && gap) {
                bytes_put_u8(out, ' ');
            }
            some = true;
            gap = false;
            uint8_t encoded[4];
            ptrdiff_t size = utf8proc_encode_char(plain_letter(parts[i]), encoded);
            CHECK(size > 0);
            bytes_put(out, encoded, (size_t)size);
        }
    }
}

/* The next word of a folded text; absent at its end. */
static struct text next_word(struct text text, size_t *at)
{
    while (*at < text.size && text.data[*at] == ' ') {
        ++*at;
    }
    size_t start = *at;
    while (*at < text.size && text.data[*at] != ' ') {
        ++*at;
    }
    if (*at == start) {
        return (struct text){NULL, 0};
    }
    return (struct text){text.data + start, *at - start};
}

static bool some_word_begins(struct text text, struct text beginning)
{
    size_t at = 0;
    for (;;) {
        struct text word = next_word(text, &at);
        if (word.data == NULL) {
            return false;
        }
        if (word.size >= beginning.size && memcmp(word.data, beginning.data, beginning.size) == 0) {
            return true;
        }
    }
}

bool utf8_words_match(struct text text, struct text query)
{
    size_t at = 0;
    for (;;) {
        struct text word = next_word(query, &at);
        if (word.data == NULL) {
            return true;
        }
        if (!some_word_begins(text, word)) {
            return false;
        }
    }
}
