#include "model/history.h"

#include <stdlib.h>
#include <string.h>

#include "model/trail.h"

static void set_reference(struct movement *row, struct text reference)
{
    size_t size = reference.size < REFERENCE_BYTES_MAX ? reference.size : REFERENCE_BYTES_MAX - 1;
    if (size > 0) {
        memcpy(row->reference, reference.data, size);
    }
    row->reference[size] = '\0';
}

static struct movement row_from(const struct history_event *seen)
{
    struct movement row = {.position = seen->event.position,
                           .at = seen->event.at,
                           .type = seen->event.type,
                           .counterparty = seen->counterparty,
                           .change = seen->seen_change,
                           .balance = seen->seen_balance};
    set_reference(&row, seen->event.reference);
    return row;
}

void history_close(struct history *history)
{
    free(history->rows);
    *history = (struct history){0};
}

void history_clear(struct history *history)
{
    history->count = 0;
    history->more = false;
    history->stuck = false;
    history->cursor = 0;
}

void history_try_again(struct history *history)
{
    history->more = history->more || history->stuck;
    history->stuck = false;
}

static void make_room(struct history *history, size_t count)
{
    history->rows = realloc(history->rows, (history->count + count) * sizeof *history->rows);
    CHECK(history->rows != NULL);
}

void history_append(struct history *history, const struct list_result *older)
{
    const struct history_event *seen = older->data.items;
    size_t room = HISTORY_ROWS_MAX - history->count;
    size_t count = older->data.count < room ? older->data.count : room;
    if (count > 0) {
        make_room(history, count);
    }
    for (size_t i = 0; i < count; i++) {
        history->rows[history->count++] = row_from(&seen[i]);
    }
    /* A page may be empty and yet lead on, but never to where it began. */
    uint64_t cursor = trail_cursor(older);
    bool moves = cursor > 0 && (history->cursor == 0 || cursor < history->cursor);
    history->stuck = older->has_more && !moves;
    history->more = older->has_more && moves && history->count < HISTORY_ROWS_MAX;
    history->cursor = moves ? cursor : history->cursor;
}

size_t history_prepend(struct history *history, const struct list_result *newer)
{
    const struct history_event *seen = newer->data.items;
    uint64_t newest = history->count > 0 ? history->rows[0].position : 0;
    size_t fresh = 0;
    while (fresh < newer->data.count && seen[fresh].event.position > newest) {
        fresh++;
    }
    if (fresh == 0) {
        return 0;
    }
    bool gap = newer->has_more && fresh == newer->data.count && history->count > 0;
    if (gap) {
        history_clear(history);
        history->more = true;
        history->cursor = seen[fresh - 1].event.position;
    }
    size_t kept = history->count;
    if (kept + fresh > HISTORY_ROWS_MAX) {
        kept = HISTORY_ROWS_MAX > fresh ? HISTORY_ROWS_MAX - fresh : 0;
        history->more = true;
        history->stuck = false;
        history->cursor =
            kept > 0 ? history->rows[kept - 1].position : seen[fresh - 1].event.position;
    }
    history->count = kept;
    make_room(history, fresh);
    memmove(history->rows + fresh, history->rows, kept * sizeof *history->rows);
    for (size_t i = 0; i < fresh; i++) {
        history->rows[i] = row_from(&seen[i]);
    }
    history->count = kept + fresh;
    return fresh;
}

size_t movement_from_lines(const struct statement_result *statement, struct movement **out)
{
    const struct statement_line *lines = statement->lines.items;
    size_t count = statement->lines.count;
    *out = NULL;
    if (count == 0) {
        return 0;
    }
    *out = calloc(count, sizeof **out);
    CHECK(*out != NULL);
    for (size_t i = 0; i < count; i++) {
        (*out)[i] = (struct movement){.position = lines[i].position,
                                      .at = lines[i].at,
                                      .type = lines[i].type,
                                      .counterparty = lines[i].counterparty,
                                      .change = lines[i].change,
                                      .balance = lines[i].balance};
        set_reference(&(*out)[i], lines[i].reference);
    }
    return count;
}
