#include "webhooks/backlog.h"

#include <stdlib.h>
#include <string.h>

static bool share_account(const struct letter *a, const struct letter *b)
{
    for (unsigned i = 0; i < 2; i++) {
        if (a->accounts[i] != 0 &&
            (a->accounts[i] == b->accounts[0] || a->accounts[i] == b->accounts[1]))
            return true;
    }
    return false;
}

/* Index of the first letter at or behind a position. */
static size_t find(const struct backlog *backlog, uint64_t position)
{
    size_t low = 0, high = backlog->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (backlog->letters[middle]->position < position)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool is_held(const struct backlog *backlog, size_t at)
{
    for (size_t i = 0; i < at; i++) {
        if (share_account(backlog->letters[i], backlog->letters[at]))
            return true;
    }
    return false;
}

struct letter *backlog_add(struct backlog *backlog, const struct letter *letter)
{
    size_t at = find(backlog, letter->position);
    struct letter *copy = malloc(sizeof *copy);

    CHECK(copy != NULL && backlog->count < BACKLOG_MAX);
    *copy = *letter;
    memmove(&backlog->letters[at + 1], &backlog->letters[at],
            (backlog->count - at) * sizeof *backlog->letters);
    backlog->letters[at] = copy;
    backlog->count++;
    copy->held = is_held(backlog, at);
    for (size_t i = at + 1; i < backlog->count; i++)
        backlog->letters[i]->held =
            backlog->letters[i]->held || share_account(copy, backlog->letters[i]);
    return copy;
}

struct letter *backlog_at(const struct backlog *backlog, uint64_t position)
{
    size_t at = find(backlog, position);

    return at < backlog->count && backlog->letters[at]->position == position ? backlog->letters[at]
                                                                             : NULL;
}

void backlog_remove(struct backlog *backlog, struct letter *letter)
{
    size_t at = find(backlog, letter->position);

    CHECK(at < backlog->count && backlog->letters[at] == letter);
    backlog->count--;
    memmove(&backlog->letters[at], &backlog->letters[at + 1],
            (backlog->count - at) * sizeof *backlog->letters);
    for (size_t i = at; i < backlog->count; i++) {
        if (backlog->letters[i]->held && share_account(letter, backlog->letters[i]))
            backlog->letters[i]->held = is_held(backlog, i);
    }
    free(letter);
}

void backlog_clear(struct backlog *backlog)
{
    for (size_t i = 0; i < backlog->count; i++)
        free(backlog->letters[i]);
    backlog->count = 0;
}

struct letter *backlog_due(const struct backlog *backlog, int64_t now)
{
    for (size_t i = 0; i < backlog->count; i++) {
        struct letter *letter = backlog->letters[i];

        if (!letter->flying && !letter->held && letter->due <= now)
            return letter;
    }
    return NULL;
}

int64_t backlog_next(const struct backlog *backlog)
{
    int64_t next = INT64_MAX;

    for (size_t i = 0; i < backlog->count; i++) {
        const struct letter *letter = backlog->letters[i];

        if (!letter->flying && !letter->held && letter->due < next)
            next = letter->due;
    }
    return next;
}
