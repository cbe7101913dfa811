/* What ListAccounts searches for: hostile text made into folded words, and those into a query of
 * FTS5 in which nothing but words is left. */
#pragma once

#include <stdbool.h>

#include "base/arena.h"
#include "base/check.h"
#include "base/text.h"

struct search {
    bool everything;        /* nothing was typed */
    bool nothing;           /* something was, but no word: that matches no account */
    struct text words;      /* folded, one space between; none the beginning of another */
    const char *expression; /* "zoe"* "100"* */
};

/* False: no room in the arena. */
bool search_parse(struct text text, struct arena *arena, struct search *out) MUST_USE;
