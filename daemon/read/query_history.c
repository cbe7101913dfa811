/* An account's history: its events, newest first, from the place the bounds name back to where
 * they end, along the chain of the journal. A filter by types passes over whole blocks whose step
 * says that they hold none. */
#include <string.h>

#include "base/account_number.h"
#include "base/utf8.h"
#include "read/walk.h"

#define FOLDED_MAX 16384 /* 140 characters, the worst of which fold to 18 */

struct history {
    struct walk walk;
    const struct history_query *args;
    struct query *query;
    uint64_t before, after;
    int64_t from, to;
    uint32_t types;
    bool all_types;
    struct text needle, folded; /* absent: no filter by text */
    struct bytes folded_reference;
    struct history_event *items;
    size_t count, limit;
    size_t examined;
    uint64_t cursor; /* every event at or behind this position is examined */
    bool more, no_room;
};

enum looked { LOOK_ON, LOOK_DONE };

static bool history_init(struct history *history)
{
    const struct history_query *args = history->args;
    const uint32_t every = (1u << EVENT_TYPE_COUNT) - 1;
    struct bytes folded;

    history->before = ARG_GIVEN(args, HISTORY_BEFORE) ? args->before : UINT64_MAX;
    history->cursor = history->before;
    history->after = ARG_GIVEN(args, HISTORY_AFTER) ? args->after : 0;
    history->from = ARG_GIVEN(args, HISTORY_FROM) ? args->from : INT64_MIN;
    history->to = ARG_GIVEN(args, HISTORY_TO) ? args->to : INT64_MAX;
    history->types = args->types != 0 ? args->types : every; /* an empty list leaves all in */
    history->all_types = (history->types & every) == every;
    history->limit = (size_t)views_limit(ARG_GIVEN(args, HISTORY_LIMIT), args->limit);
    history->items = arena_zero(history->query->arena, history->limit, sizeof(*history->items));
    bytes_init(&history->folded_reference, FOLDED_MAX);
    if (history->items == NULL)
        return false;
    if (!ARG_GIVEN(args, HISTORY_TEXT) || args->text.size == 0)
        return true;
    history->needle = args->text;
    bytes_init(&folded, FOLDED_MAX);
    utf8_fold(args->text, &folded);
    history->folded = arena_copy(history->query->arena, bytes_text(&folded));
    bytes_close(&folded);
    return history->folded.size == 0 || history->folded.data != NULL;
}

static bool contains(struct text text, struct text part)
{
    return text.size > 0 && memmem(text.data, text.size, part.data, part.size) != NULL;
}

/* Part of the reference as it stands, or as search sees both (case and accents ignored); or part
 * of the other account's number. An event that has neither does not match. */
static bool matches_text(struct history *history, const struct event *event, uint64_t counterparty)
{
    char number[ACCOUNT_TEXT_MAX];

    if (counterparty != 0 &&
        contains(text_of(account_print(counterparty, number)), history->needle))
        return true;
    if (contains(event->reference, history->needle))
        return true;
    if (history->folded.size == 0 || event->reference.size == 0)
        return false;
    bytes_clear(&history->folded_reference);
    utf8_fold(event->reference, &history->folded_reference);
    return contains(bytes_text(&history->folded_reference), history->folded);
}

/* What min and max are held against. */
static uint64_t event_amount(const struct event *event)
{
    int64_t amount = event->amount.minor;

    if (event->type == EVENT_ACCOUNT_CREATED)
        amount = event->initial_balance.minor;
    else if (event->type == EVENT_BALANCE_UPDATED)
        amount = event->change.minor;
    return amount < 0 ? 0 - (uint64_t)amount : (uint64_t)amount;
}

static bool event_matches(struct history *history, const struct event *event, uint64_t counterparty)
{
    const struct history_query *args = history->args;

    if ((history->types >> event->type & 1u) == 0)
        return false;
    if (ARG_GIVEN(args, HISTORY_MIN) && event_amount(event) < args->min)
        return false;
    if (ARG_GIVEN(args, HISTORY_MAX) && event_amount(event) > args->max)
        return false;
    return history->needle.size == 0 || matches_text(history, event, counterparty);
}

static void history_add(struct history *history, const struct event *event, uint64_t counterparty)
{
    struct history_event *item = &history->items[history->count++];
    struct text *texts[] = {&item->event.actor, &item->event.owner, &item->event.reference};

    *item = (struct history_event){
        .event = *event,
        .seen_change = walk_leg(&history->walk)->change,
        .seen_balance = walk_leg(&history->walk)->balance,
        .counterparty = counterparty,
    };
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct text copy = arena_copy(history->query->arena, *texts[i]);

        if (copy.data == NULL && texts[i]->data != NULL)
            history->no_room = true;
        *texts[i] = copy;
    }
}

static enum looked look_at_event(struct history *history, const struct event *event)
{
    const struct record *record = &history->walk.record;
    uint64_t counterparty = 0;

    if (event->position >= history->before)
        return LOOK_ON;
    if (event->position <= history->after)
        return LOOK_DONE;
    if (event->type == EVENT_MONEY_TRANSFERRED)
        counterparty = record->legs[1 - history->walk.leg].account;
    if (event_matches(history, event, counterparty)) {
        /* One further than the page holds: whether there is more is then known exactly. */
        history->more = history->count == history->limit;
        if (history->more)
            return LOOK_DONE;
        history_add(history, event, counterparty);
    }
    history->cursor = event->position;
    history->examined++;
    return history->no_room ? LOOK_DONE : LOOK_ON;
}

/* The account's events of the record it stands on, newest first. */
static enum looked look_at_record(struct history *history)
{
    const struct record *record = &history->walk.record;
    struct event events[EVENTS_PER_RECORD_MAX];

    if (record->at < history->from)
        return LOOK_DONE;
    if (record->at >= history->to || record->position >= history->before)
        return LOOK_ON;
    for (unsigned i = record_events(record, events); i > 0; i--) {
        const struct event *event = &events[i - 1];

        if (event->type != EVENT_MONEY_TRANSFERRED && event->account != history->walk.account)
            continue;
        if (look_at_event(history, event) == LOOK_DONE)
            return LOOK_DONE;
    }
    return LOOK_ON;
}

static bool is_worn_out(struct history *history)
{
    if (history->examined < QUERY_EXAMINED_MAX)
        return false;
    history->more = true;
    return true;
}

/* From the end of block `step` back over blocks that hold none of the types asked for: to the
 * record at the end of the first one that does. */
static enum walk_moved skip_blocks(struct history *history, uint64_t step)
{
    struct views *views = history->walk.views;
    struct step_row row;

    for (; step > 0; step--) {
        if (!views_step_of(views, history->walk.account, step, &row))
            return WALK_FAILED;
        if (row.position <= history->after || row.at < history->from)
            return WALK_END;
        if (row.position < history->cursor)
            history->cursor = row.position + 1;
        if (is_worn_out(history))
            return WALK_END;
        if ((row.kinds & history->types) != 0)
            break;
        history->examined++;
    }
    return walk_to(&history->walk, step == 0 ? 0 : row.record);
}

/* The newest record that may hold something: the account's last, or the one at the first step
 * that has reached a bound. */
static enum walk_moved history_start(struct history *history, const struct account_row *row)
{
    uint64_t account = history->walk.account;
    uint64_t count = row->version / PROJECTOR_STEP_EVENTS;
    uint64_t record = row->last_record;
    struct step_row step;

    if (history->before <= row->last_position) {
        if (!walk_find_step(history->walk.views, account, count, WALK_POSITION,
                            (int64_t)history->before, &step))
            return WALK_FAILED;
        record = step.step != 0 ? step.record : record;
    }
    if (history->to != INT64_MAX) {
        if (!walk_find_step(history->walk.views, account, count, WALK_AT, history->to, &step))
            return WALK_FAILED;
        record = step.step != 0 && step.record < record ? step.record : record;
    }
    if (record == row->last_record && (row->kinds & history->types) == 0)
        return skip_blocks(history, count);
    return walk_to(&history->walk, record);
}

static enum walk_moved history_walk(struct history *history, const struct account_row *row)
{
    enum walk_moved moved = history_start(history, row);
    uint64_t checked = 0; /* the step that was found to be worth walking */

    while (moved == WALK_STANDS) {
        uint64_t step = history->all_types ? 0 : walk_step(&history->walk);

        if (step != 0 && step != checked) {
            checked = step;
            moved = skip_blocks(history, step);
            checked = moved == WALK_STANDS ? walk_step(&history->walk) : 0;
            continue;
        }
        if (look_at_record(history) == LOOK_DONE)
            return WALK_END;
        moved = walk_back(&history->walk);
        if (moved == WALK_STANDS && is_worn_out(history))
            return WALK_END;
    }
    return moved;
}

static enum status history_answer(struct history *history, struct list_result *out)
{
    struct history_query next = *history->args;

    *out = (struct list_result){
        .data = {.items = history->items, .count = history->count},
        .has_more = history->more,
    };
    if (!out->has_more)
        return STATUS_ok;
    next.before = history->cursor;
    next.given |= 1u << HISTORY_BEFORE;
    out->next = message_path(message_of(OP_GET_TRANSACTION_HISTORY), &next, history->query->arena);
    return out->next.data == NULL ? views_no_room(history->query) : STATUS_ok;
}

enum status query_history(struct views *views, const struct history_query *args,
                          struct query *query, struct list_result *out)
{
    struct history history = {
        .args = args,
        .query = query,
    };
    struct views_account now;
    enum status status;
    enum walk_moved moved;

    if (!views_account(views, args->account, &now))
        return views_no_account(query, args->account);
    if (history_init(&history)) {
        walk_begin(&history.walk, views, args->account);
        moved = history_walk(&history, &now.row);
        walk_end(&history.walk);
        if (moved == WALK_FAILED)
            status = views_unavailable(query);
        else
            status = history.no_room ? views_no_room(query) : history_answer(&history, out);
    } else {
        status = views_no_room(query);
    }
    bytes_close(&history.folded_reference);
    return status;
}
