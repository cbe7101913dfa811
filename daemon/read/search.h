/* What ListAccounts searches for: hostile text made into folded words, and those into a query of
 * FTS5 in which nothing but words is left. */
#pragma once

#include <stdbool.h>

#include "base/arena.h"
#include "base/bytes.h"
#include "base/check.h"
#include "base/text.h"

#define SEARCH_NUMBER_DIGITS 10 /* of an account number */

struct search {
    bool everything;        /* nothing was typed */
    bool nothing;           /* something was, but no word: that matches no account */
    struct text words;      /* folded, one space between; none the beginning of another */
    const char *expression; /* "zoe"* "100"* */
};

/* False: no room in the arena. */
bool search_parse(struct text text, struct arena *arena, struct search *out) MUST_USE;

/* Cuts the first word off folded text; false when there is none left. */
bool search_next_word(struct text *rest, struct text *word) MUST_USE;
/* Appends the query of all words but `without`, which is one of them or the absent text; with the
 * NUL behind it. Empty when no word is left. */
void search_express(const struct search *search, struct text without, struct bytes *out);
/* Whether the word may be the beginning of account numbers, and of which ones. */
bool search_numbers(struct text word, uint64_t *first, uint64_t *last) MUST_USE;
