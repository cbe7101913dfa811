#include "read/months.h"

enum status query_statements(struct views *views, const struct list_statements *args,
                             struct query *query, struct list_result *out)
{
    uint64_t limit = views_limit(ARG_GIVEN(args, LIST_STATEMENTS_LIMIT), args->limit);
    struct list_statements next = *args;
    struct statement_result *items;
    struct months months;
    enum status status = months_of(views, query, args->account, &months);
    int32_t newest;
    size_t count;
    uint64_t end;

    *out = (struct list_result){0};
    if (status != STATUS_ok)
        return status;
    newest = months.last;
    if (ARG_GIVEN(args, LIST_STATEMENTS_BEFORE) && args->before <= newest)
        newest = args->before - 1;
    count = newest < months.first ? 0 : (size_t)(newest - months.first) + 1;
    out->has_more = count > limit;
    count = out->has_more ? (size_t)limit : count;
    items = arena_zero(query->arena, count, sizeof(*items));
    if (items == NULL)
        return views_no_room(query);
    for (size_t i = 0; i < count; i++) {
        status = months_statement(views, query, &months, newest - (int32_t)i, &items[i], &end);
        if (status != STATUS_ok)
            return status;
    }
    out->data = (struct list){.items = items, .count = count};
    if (!out->has_more)
        return STATUS_ok;
    next.before = items[count - 1].month;
    next.given |= 1u << LIST_STATEMENTS_BEFORE;
    out->next = message_path(message_of(OP_LIST_STATEMENTS), &next, query->arena);
    return out->next.data == NULL ? views_no_room(query) : STATUS_ok;
}
