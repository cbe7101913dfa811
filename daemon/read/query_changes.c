/* The change feed: events behind a position, straight from the journal. */
#include <inttypes.h>

#include "host/log.h"
#include "read/views.h"

struct feed {
    uint64_t after;
    struct arena *arena;
    struct event *events;
    size_t count, limit;
    bool more, no_room;
};

static bool feed_copy(struct feed *feed, struct event *event)
{
    struct text *texts[] = {&event->actor, &event->owner, &event->reference};

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct text copy = arena_copy(feed->arena, *texts[i]);

        if (copy.data == NULL && texts[i]->data != NULL)
            return false;
        *texts[i] = copy;
    }
    feed->events[feed->count++] = *event;
    return true;
}

static bool feed_record(void *context, const struct record *record,
                        const uint8_t hash[JOURNAL_HASH_SIZE], struct text body)
{
    struct event events[EVENTS_PER_RECORD_MAX];
    unsigned count = record_events(record, events);
    struct feed *feed = context;

    (void)hash;
    (void)body;
    for (unsigned i = 0; i < count && !feed->more && !feed->no_room; i++) {
        if (events[i].position <= feed->after)
            continue;
        if (feed->count == feed->limit)
            feed->more = true;
        else
            feed->no_room = !feed_copy(feed, &events[i]);
    }
    return !feed->more && !feed->no_room;
}

enum status query_changes(struct views *views, const struct changes_query *args,
                          struct query *query, struct list_result *out)
{
    struct feed feed = {
        .after = args->after,
        .arena = query->arena,
        .limit = views_limit(ARG_GIVEN(args, CHANGES_LIMIT), args->limit),
    };
    struct changes_query next = *args;
    enum journal_read read;
    uint64_t number;
    size_t count;

    feed.events = arena_zero(query->arena, feed.limit, sizeof(*feed.events));
    if (feed.events == NULL)
        return views_no_room(query);
    /* The first record has news, so a stretch of refusals behind it cannot hold the reader up; it
     * goes on from what it got. */
    read = journal_record_after(views->journal, args->after, &number);
    if (read == JOURNAL_READ_OK)
        read = journal_scan(views->journal, number, QUERY_EXAMINED_MAX, feed_record, &feed, &count);
    if (read == JOURNAL_READ_ERROR) {
        log_error("read", "the journal cannot be read behind position %" PRIu64, args->after);
        return views_unavailable(query);
    }
    if (feed.no_room)
        return views_no_room(query);
    *out = (struct list_result){
        .data = {.items = feed.events, .count = feed.count},
        /* Without an event to go on from, the reader asks again from where it was. */
        .has_more =
            feed.more || (feed.count > 0 && read == JOURNAL_READ_OK && count == QUERY_EXAMINED_MAX),
    };
    if (!out->has_more)
        return STATUS_ok;
    next.after = feed.events[feed.count - 1].position;
    next.given = (next.given | 1u << CHANGES_AFTER) & ~(1u << CHANGES_WAIT_MS);
    out->next = message_path(message_of(OP_GET_CHANGES), &next, query->arena);
    return out->next.data == NULL ? views_no_room(query) : STATUS_ok;
}
