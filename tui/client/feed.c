#include "client/feed.h"

#define FEED_RETRY_MS 1000

void feed_restart(struct feed *feed)
{
    *feed = (struct feed){.state = FEED_SEEKING, .high = 1024};
}

void feed_turn(struct feed *feed, struct client *client, int64_t now_ms)
{
    if (feed->asking || feed->refused || now_ms < feed->retry_ms ||
        client_state(client) != CLIENT_UP) {
        return;
    }
    struct caller caller = {.client = client, .owner = FEED_OWNER, .now_ms = now_ms};
    uint64_t id;
    if (feed->state == FEED_FOLLOWING) {
        id = call_changes(caller, feed->after, FEED_PAGE, FEED_WAIT_MS);
    } else {
        feed->asked =
            feed->state == FEED_SEEKING ? feed->high : feed->low + (feed->high - feed->low) / 2;
        id = call_changes(caller, feed->asked, 1, 0);
    }
    feed->asking = id != 0;
    feed->retry_ms = id != 0 ? 0 : now_ms + FEED_RETRY_MS;
}

/* Whether there was an event behind the asked position moves one of the two ends. */
static enum feed_news search(struct feed *feed, const struct list_result *page)
{
    if (page->data.count > 0) {
        const struct event *event = page->data.items;
        feed->low = event->position > feed->asked ? event->position : feed->asked + 1;
        if (feed->state == FEED_SEEKING) {
            feed->high =
                feed->high > (uint64_t)MONEY_MAX / 2 ? (uint64_t)MONEY_MAX : feed->high * 2;
            feed->high = feed->high > feed->low ? feed->high : feed->low * 2;
        }
    } else {
        feed->high = feed->asked;
        feed->state = FEED_NARROWING;
    }
    if (feed->state == FEED_SEEKING || feed->low < feed->high) {
        return FEED_NOTHING;
    }
    feed->state = FEED_FOLLOWING;
    feed->after = feed->low;
    return FEED_CAUGHT;
}

static enum feed_news follow(struct feed *feed, const struct list_result *page)
{
    const struct event *events = page->data.items;
    for (size_t i = 0; i < page->data.count; i++) {
        if (events[i].position > feed->after) {
            feed->after = events[i].position;
        }
    }
    return page->data.count > 0 ? FEED_EVENTS : FEED_NOTHING;
}

enum feed_news feed_reply(struct feed *feed, const struct client_reply *reply, int64_t now_ms)
{
    feed->asking = false;
    if (reply->result == CLIENT_LOST) {
        feed->retry_ms = now_ms + FEED_RETRY_MS;
        return FEED_NOTHING;
    }
    if (reply->result == CLIENT_PROBLEM) {
        feed->retry_ms = now_ms + FEED_RETRY_MS;
        feed->refused = reply->problem.status == STATUS_unauthenticated ||
                        reply->problem.status == STATUS_forbidden;
        return feed->refused ? FEED_REFUSED : FEED_NOTHING;
    }
    return feed->state == FEED_FOLLOWING ? follow(feed, reply->value) : search(feed, reply->value);
}

bool feed_is_quiet(const struct feed *feed)
{
    return feed->refused || (feed->state == FEED_FOLLOWING && feed->asking);
}
