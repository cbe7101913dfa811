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

static bool is_held(const struct backlog *backlog, size_t at, const struct letter *letter)
{
    for (size_t i = 0; i < at; i++) {
        if (share_account(backlog->letters[i], letter))
            return true;
    }
    return false;
}

bool backlog_holds(const struct backlog *backlog, const struct letter *letter)
{
    return is_held(backlog, find(backlog, letter->position), letter);
}

static void set_held(struct backlog *backlog, struct letter *letter, bool held)
{
    backlog->held -= letter->held;
    backlog->held += held;
    letter->held = held;
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
    copy->held = false;
    set_held(backlog, copy, is_held(backlog, at, copy));
    for (size_t i = at + 1; i < backlog->count; i++) {
        if (share_account(copy, backlog->letters[i]))
            set_held(backlog, backlog->letters[i], true);
    }
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
    backlog->held -= letter->held;
    memmove(&backlog->letters[at], &backlog->letters[at + 1],
            (backlog->count - at) * sizeof *backlog->letters);
    for (size_t i = at; i < backlog->count; i++) {
        struct letter *later = backlog->letters[i];

        if (later->held && share_account(letter, later))
            set_held(backlog, later, is_held(backlog, i, later));
    }
    free(letter);
}

void backlog_clear(struct backlog *backlog)
{
    for (size_t i = 0; i < backlog->count; i++)
        free(backlog->letters[i]);
    backlog->count = 0;
    backlog->held = 0;
}

void backlog_keep_flying(struct backlog *backlog)
{
    size_t kept = 0;

    backlog->held = 0;
    for (size_t i = 0; i < backlog->count; i++) {
        struct letter *letter = backlog->letters[i];

        if (!letter->flying) {
            free(letter);
            continue;
        }
        backlog->letters[kept] = letter;
        letter->held = false;
        set_held(backlog, letter, is_held(backlog, kept, letter));
        kept++;
    }
    backlog->count = kept;
}

static bool is_due(const struct letter *letter, int64_t now)
{
    return !letter->flying && !letter->held && letter->due <= now;
}

struct letter *backlog_first_due(const struct backlog *backlog, int64_t now)
{
    for (size_t i = 0; i < backlog->count; i++) {
        if (is_due(backlog->letters[i], now))
            return backlog->letters[i];
    }
    return NULL;
}

struct letter *backlog_fresh_due(const struct backlog *backlog, int64_t now)
{
    struct letter *best = NULL;

    for (size_t i = 0; i < backlog->count && (best == NULL || best->attempts > 0); i++) {
        struct letter *letter = backlog->letters[i];

        if (is_due(letter, now) && (best == NULL || letter->attempts < best->attempts))
            best = letter;
    }
    return best;
}

struct letter *backlog_other_due(const struct backlog *backlog, int64_t now,
                                 const uint64_t avoided[BACKLOG_SLOTS])
{
    for (size_t i = backlog->count; i-- > 0;) {
        struct letter *letter = backlog->letters[i];
        uint64_t first = letter->accounts[0], second = letter->accounts[1];

        if (is_due(letter, now) && avoided[BACKLOG_SLOT(first)] != first &&
            (second == 0 || avoided[BACKLOG_SLOT(second)] != second))
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
