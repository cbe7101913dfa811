#include "read/matches.h"

#include <string.h>

#include "read/views_rows.h"

#define EXPRESSION_MAX 262144

/* Numbers in order, each once; three of these share the room: what is gathered, what the next
 * stream brings, and both merged. */
struct run {
    uint64_t *accounts;
    size_t count;
};

struct gathering {
    struct views *views;
    const struct search *search;
    struct bytes expression;
    struct run gathered, next, merged;
    uint64_t first;
    size_t max;
};

/* Up to `max` accounts in first ... last that the expression finds; without one, all of them. */
static bool read_next(struct gathering *gathering, uint64_t first, uint64_t last)
{
    struct views *views = gathering->views;
    const char *expression = (const char *)gathering->expression.data;
    sqlite3_stmt *statement = expression[0] == '\0' ? views->list : views->matches;
    struct run *next = &gathering->next;
    enum views_found found = VIEWS_NONE;

    next->count = 0;
    if (first < gathering->first)
        first = gathering->first;
    if (first > last)
        return true;
    views_rows_bind(statement, 1, first);
    views_rows_bind(statement, 2, last);
    views_rows_bind(statement, 3, gathering->max);
    if (statement == views->matches)
        CHECK(sqlite3_bind_text(statement, 4, expression, -1, SQLITE_STATIC) == SQLITE_OK);
    while (next->count < gathering->max && (found = views_step(views, statement)) == VIEWS_ROW)
        next->accounts[next->count++] = views_rows_column(statement, 0);
    (void)sqlite3_reset(statement);
    return found != VIEWS_FAILED;
}

/* Takes the stream's accounts in; of all that are gathered the first `max` stay. */
static void merge_next(struct gathering *gathering)
{
    struct run *a = &gathering->gathered, *b = &gathering->next, *out = &gathering->merged;
    struct run swapped;
    size_t i = 0, k = 0;

    out->count = 0;
    while (out->count < gathering->max && (i < a->count || k < b->count)) {
        uint64_t left = i < a->count ? a->accounts[i] : UINT64_MAX;
        uint64_t right = k < b->count ? b->accounts[k] : UINT64_MAX;

        out->accounts[out->count++] = left < right ? left : right;
        i += left <= right;
        k += right <= left;
    }
    swapped = *a;
    *a = *out;
    *out = swapped;
}

static bool read_stream(struct gathering *gathering, struct text without, uint64_t first,
                        uint64_t last)
{
    bytes_clear(&gathering->expression);
    search_express(gathering->search, without, &gathering->expression);
    CHECK(!gathering->expression.overflow);
    if (!read_next(gathering, first, last))
        return false;
    merge_next(gathering);
    return true;
}

/* No word of a search begins another one, so at most one of them begins an account's number: the
 * owner has all words, or all but one which the number has. `enough` stops it early. */
static bool gather(struct gathering *gathering, uint64_t first, size_t max, size_t enough)
{
    struct text rest = gathering->search->words, word, none = {0};
    uint64_t from, to;

    gathering->gathered.count = 0;
    gathering->first = first;
    gathering->max = max;
    if (!read_stream(gathering, none, 0, INT64_MAX))
        return false;
    while (gathering->gathered.count < enough && search_next_word(&rest, &word)) {
        if (search_numbers(word, &from, &to) && !read_stream(gathering, word, from, to))
            return false;
    }
    return true;
}

bool matches_find(struct views *views, const struct search *search, uint64_t after, size_t max,
                  struct matches *out)
{
    struct gathering gathering = {
        .views = views,
        .search = search,
        .gathered = {.accounts = views->found},
        .next = {.accounts = views->found + MATCHES_COUNTED},
        .merged = {.accounts = views->found + 2 * MATCHES_COUNTED},
    };
    bool ok = true;

    CHECK(max <= MATCHES_COUNTED && after < INT64_MAX);
    bytes_init(&gathering.expression, EXPRESSION_MAX);
    out->many = search->everything;
    if (!out->many) {
        ok = gather(&gathering, 0, MATCHES_COUNTED, MATCHES_COUNTED);
        out->many = gathering.gathered.count == MATCHES_COUNTED;
    }
    if (ok && out->many)
        ok = gather(&gathering, after + 1, max, SIZE_MAX);
    bytes_close(&gathering.expression);
    out->accounts = gathering.gathered.accounts;
    out->count = gathering.gathered.count;
    return ok;
}
