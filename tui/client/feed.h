/* The change feed by long polls: finds the journal's head once (the contract names no query for
 * it: a galloping search with GetChanges of one event), then follows it.
 *
 * What the owner of the screens must do: when feed_turn or feed_reply says FEED_CAUGHT, everything
 * on the screens must be read again, because events before the head are never told. */
#pragma once

#include "client/calls.h"

#define FEED_OWNER UINT32_MAX /* owner of its requests; no screen has it */
#define FEED_WAIT_MS 20000
#define FEED_PAGE 200

enum feed_news {
    FEED_NOTHING,
    FEED_CAUGHT, /* from here on every event is told */
    FEED_EVENTS, /* the reply's value is a list of them */
    FEED_REFUSED /* this key may not; the reply's problem says why */
};

enum feed_state { FEED_SEEKING, FEED_NARROWING, FEED_FOLLOWING };

struct feed {
    enum feed_state state;
    bool asking;
    bool refused;       /* until the next feed_restart */
    uint64_t low, high; /* there is an event after low - 1; there is none after high */
    uint64_t asked;
    uint64_t after; /* following: the last event told */
    int64_t retry_ms;
};

/* At the start, with a new key, and whenever the line broke: whoever answers now may have another
 * journal, so the head is looked for anew. */
void feed_restart(struct feed *feed);
void feed_turn(struct feed *feed, struct client *client, int64_t now_ms);
enum feed_news feed_reply(struct feed *feed, const struct client_reply *reply, int64_t now_ms);
/* True when it only waits for news. */
bool feed_is_quiet(const struct feed *feed);
