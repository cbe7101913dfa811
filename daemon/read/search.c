#include "read/search.h"

#include <string.h>

#include "base/utf8.h"

#define FOLDED_MAX 65536

static bool is_blank(struct text text)
{
    for (size_t i = 0; i < text.size; i++) {
        if (text.data[i] != ' ')
            return false;
    }
    return true;
}

bool search_next_word(struct text *rest, struct text *word)
{
    size_t size = 0;

    while (rest->size > 0 && rest->data[0] == ' ') {
        rest->data++;
        rest->size--;
    }
    while (size < rest->size && rest->data[size] != ' ')
        size++;
    *word = (struct text){rest->data, size};
    rest->data += size;
    rest->size -= size;
    return size > 0;
}

/* A word that begins another one of the query says nothing that the other does not. This also
 * bounds what a hostile query costs: there are not many short words that begin no other. */
static bool is_needless(struct text word, struct text words)
{
    struct text other;

    while (search_next_word(&words, &other)) {
        if (other.data == word.data || other.size < word.size ||
            memcmp(other.data, word.data, word.size) != 0)
            continue;
        if (other.size > word.size || other.data < word.data)
            return true;
    }
    return false;
}

void search_express(const struct search *search, struct text without, struct bytes *out)
{
    struct text rest = search->words, word;

    while (search_next_word(&rest, &word)) {
        if (word.data != without.data)
            bytes_print(out, "\"%.*s\"* ", TEXT_ARGS(word));
    }
    bytes_put_u8(out, '\0');
}

bool search_numbers(struct text word, uint64_t *first, uint64_t *last)
{
    uint64_t digits = 0, span = 1;

    if (word.size == 0 || word.size > SEARCH_NUMBER_DIGITS)
        return false;
    for (size_t i = 0; i < word.size; i++) {
        if (word.data[i] < '0' || word.data[i] > '9')
            return false;
        digits = digits * 10 + (uint64_t)(word.data[i] - '0');
    }
    for (size_t i = word.size; i < SEARCH_NUMBER_DIGITS; i++)
        span *= 10;
    *first = digits * span;
    *last = *first + span - 1;
    return true;
}

bool search_parse(struct text text, struct arena *arena, struct search *out)
{
    struct bytes folded, words, expression;
    static const struct text none = {0};
    struct text rest, word;

    *out = (struct search){.everything = is_blank(text)};
    bytes_init(&folded, FOLDED_MAX);
    bytes_init(&words, FOLDED_MAX);
    bytes_init(&expression, 4 * FOLDED_MAX);
    utf8_fold(text, &folded);
    rest = bytes_text(&folded);
    while (search_next_word(&rest, &word)) {
        if (is_needless(word, bytes_text(&folded)))
            continue;
        bytes_print(&words, words.size > 0 ? " %.*s" : "%.*s", TEXT_ARGS(word));
    }
    out->nothing = !out->everything && words.size == 0;
    out->words = bytes_text(&words);
    search_express(out, none, &expression);
    CHECK(!folded.overflow && !words.overflow && !expression.overflow);
    out->words = arena_copy(arena, bytes_text(&words));
    out->expression = arena_copy(arena, bytes_text(&expression)).data;
    bytes_close(&folded);
    bytes_close(&words);
    bytes_close(&expression);
    return out->expression != NULL && (words.size == 0 || out->words.data != NULL);
}
