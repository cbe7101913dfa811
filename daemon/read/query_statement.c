#include "base/time.h"
#include "read/months.h"
#include "read/walk.h"

static bool fill_line(struct walk *walk, struct arena *arena, struct statement_line *out)
{
    const struct record *record = &walk->record;
    struct event events[EVENTS_PER_RECORD_MAX];

    CHECK(record_events(record, events) > 0);
    *out = (struct statement_line){
        .position = record->position,
        .at = record->at,
        .type = events[0].type,
        .reference = TEXT(""),
        .change = walk_leg(walk)->change,
        .balance = walk_leg(walk)->balance,
    };
    if (record->kind == RECORD_MONEY_TRANSFERRED)
        out->counterparty = record->legs[1 - walk->leg].account;
    if (record->reference.data != NULL)
        out->reference = arena_copy(arena, record->reference);
    return out->reference.data != NULL;
}

/* As many lines as the month counts movements, from its last record back. */
static enum status walk_lines(struct walk *walk, struct query *query, uint64_t end,
                              struct statement_line *lines, struct statement_result *out)
{
    for (size_t i = out->lines.count; i > 0; i--) {
        bool last = i == out->lines.count;
        enum walk_moved moved = last ? walk_to(walk, end) : walk_back(walk);

        if (moved == WALK_END ||
            (moved == WALK_STANDS && month_of(walk->record.at) != out->month)) {
            views_doubt(walk->views, "a month counts more than it holds");
            moved = WALK_FAILED;
        }
        if (moved != WALK_STANDS)
            return views_unavailable(query);
        if (!fill_line(walk, query->arena, &lines[i - 1]))
            return views_no_room(query);
    }
    return STATUS_ok;
}

static enum status fill_lines(struct views *views, struct query *query, uint64_t end,
                              struct statement_result *out)
{
    size_t count = out->credits.count + out->debits.count;
    struct statement_line *lines = arena_zero(query->arena, count, sizeof(*lines));
    enum status status;
    struct walk walk;

    if (lines == NULL)
        return views_no_room(query);
    out->lines = (struct list){.items = lines, .count = count};
    walk_begin(&walk, views, out->account);
    status = walk_lines(&walk, query, end, lines, out);
    walk_end(&walk);
    return status;
}

enum status query_statement(struct views *views, const struct statement_query *args,
                            struct query *query, struct statement_result *out)
{
    struct months months;
    enum status status = months_of(views, query, args->account, &months);
    char text[MONTH_TEXT_MAX];
    uint64_t end;

    if (status != STATUS_ok)
        return status;
    if (args->month < months.first || args->month > months.last) {
        problem_set(query->problem, STATUS_statement_not_found,
                    "This account has no statement for %s: ask for a month from its opening to "
                    "now.",
                    month_print(args->month, text));
        return STATUS_statement_not_found;
    }
    status = months_statement(views, query, &months, args->month, out, &end);
    return status != STATUS_ok ? status : fill_lines(views, query, end, out);
}
