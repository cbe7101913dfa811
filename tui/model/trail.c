#include "model/trail.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct text keep(char **at, struct text text)
{
    struct text kept = {*at, text.size};
    if (text.size > 0) {
        memcpy(*at, text.data, text.size);
    }
    *at += text.size;
    return kept;
}

static struct trail_row row_from(const struct history_event *seen)
{
    struct trail_row row = {.seen = *seen};
    const struct event *event = &seen->event;
    size_t size = event->actor.size + event->owner.size + event->reference.size;
    row.texts = malloc(size + 1);
    CHECK(row.texts != NULL);
    char *at = row.texts;
    row.seen.event.actor = keep(&at, event->actor);
    row.seen.event.owner = keep(&at, event->owner);
    row.seen.event.reference = keep(&at, event->reference);
    if (event->type == EVENT_BALANCE_UPDATED) { /* says itself what the others are given */
        row.seen.seen_change = event->change;
        row.seen.seen_balance = event->balance;
    }
    return row;
}

static void free_rows(struct trail_row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        free(rows[i].texts);
    }
}

void trail_clear(struct trail *trail)
{
    free_rows(trail->rows, trail->count);
    trail->count = 0;
    trail->above_count = 0;
    trail->older = false;
    trail->stuck = false;
    trail->cursor = 0;
}

void trail_close(struct trail *trail)
{
    trail_clear(trail);
    free(trail->rows);
    free(trail->above);
    *trail = (struct trail){0};
}

static void make_room(struct trail *trail, size_t count)
{
    if (count > 0) {
        trail->rows = realloc(trail->rows, (trail->count + count) * sizeof *trail->rows);
        CHECK(trail->rows != NULL);
    }
}

static void push_above(struct trail *trail, uint64_t before)
{
    trail->above = realloc(trail->above, (trail->above_count + 1) * sizeof *trail->above);
    CHECK(trail->above != NULL);
    trail->above[trail->above_count++] = before;
}

/* What is newer than the first page that goes is not known when there was nothing above it. */
static size_t drop_top(struct trail *trail)
{
    size_t dropped = 0;
    while (trail->count > TRAIL_ROWS_MAX) {
        uint64_t before = trail->rows[0].seen.event.position + 1;
        push_above(trail, trail->above_count == 0 ? 0 : before);
        free_rows(trail->rows, TRAIL_PAGE);
        trail->count -= TRAIL_PAGE;
        memmove(trail->rows, trail->rows + TRAIL_PAGE, trail->count * sizeof *trail->rows);
        dropped += TRAIL_PAGE;
    }
    return dropped;
}

uint64_t trail_cursor(const struct list_result *page)
{
    const struct history_event *rows = page->data.items;
    static const char name[] = "before=";
    const char *found = page->next.size > 0
                            ? memmem(page->next.data, page->next.size, name, sizeof name - 1)
                            : NULL;
    uint64_t position = 0;
    if (found != NULL) {
        const char *end = page->next.data + page->next.size;
        for (found += sizeof name - 1; found < end && *found >= '0' && *found <= '9'; found++) {
            if (position > (UINT64_MAX - 9) / 10) {
                return 0;
            }
            position = position * 10 + (uint64_t)(*found - '0');
        }
    } else if (page->data.count > 0) {
        position = rows[page->data.count - 1].event.position;
    }
    return position;
}

size_t trail_append(struct trail *trail, const struct list_result *page)
{
    const struct history_event *seen = page->data.items;
    uint64_t last =
        trail->count > 0 ? trail->rows[trail->count - 1].seen.event.position : UINT64_MAX;
    make_room(trail, page->data.count);
    for (size_t i = 0; i < page->data.count; i++) {
        if (seen[i].event.position < last) {
            last = seen[i].event.position;
            trail->rows[trail->count++] = row_from(&seen[i]);
        }
    }
    uint64_t cursor = trail_cursor(page);
    bool moves = cursor != 0 && (trail->cursor == 0 || cursor < trail->cursor);
    trail->stuck = page->has_more && !moves;
    trail->older = page->has_more && moves;
    trail->cursor = moves ? cursor : trail->cursor;
    return drop_top(trail);
}

static void drop_bottom(struct trail *trail)
{
    if (trail->count > TRAIL_ROWS_MAX) {
        free_rows(trail->rows + TRAIL_ROWS_MAX, trail->count - TRAIL_ROWS_MAX);
        trail->count = TRAIL_ROWS_MAX;
        trail->older = true;
        trail->cursor = trail->rows[trail->count - 1].seen.event.position;
    }
}

size_t trail_prepend(struct trail *trail, struct trail *newer)
{
    uint64_t first = trail->count > 0 ? trail->rows[0].seen.event.position : 0;
    size_t fresh = newer->count;
    while (fresh > 0 && newer->rows[fresh - 1].seen.event.position <= first) {
        free(newer->rows[--fresh].texts);
    }
    newer->count = fresh;
    if (fresh > 0) {
        make_room(trail, fresh);
        memmove(trail->rows + fresh, trail->rows, trail->count * sizeof *trail->rows);
        memcpy(trail->rows, newer->rows, fresh * sizeof *trail->rows);
        trail->count += fresh;
        newer->count = 0;
        drop_bottom(trail);
    }
    for (size_t i = 0; i < newer->above_count; i++) {
        push_above(trail, newer->above[i]);
    }
    trail_clear(newer);
    return fresh;
}

void trail_detach(struct trail *trail)
{
    if (trail->above_count == 0) {
        push_above(trail, 0);
    }
}

void trail_movement(const struct trail_row *row, struct movement *out)
{
    const struct event *event = &row->seen.event;
    struct text reference = event->reference;
    *out = (struct movement){.position = event->position,
                             .at = event->at,
                             .type = event->type,
                             .counterparty = row->seen.counterparty,
                             .change = row->seen.seen_change,
                             .balance = row->seen.seen_balance};
    if (event->type == EVENT_BALANCE_UPDATED) {
        (void)snprintf(out->reference, sizeof out->reference, "of #%llu",
                       (unsigned long long)event->cause);
        return;
    }
    if (event->type == EVENT_ACCOUNT_CREATED) {
        reference = event->owner;
    }
    (void)snprintf(out->reference, sizeof out->reference, "%.*s", TEXT_ARGS(reference));
}
