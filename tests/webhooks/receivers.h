/* Receivers that several tests of the courier have, and what they read of a delivery. */
#pragma once

#include "webhooks/post.h"

#define SECOND TIME_SECOND
#define MINUTE (60 * SECOND)
#define HOUR (60 * MINUTE)

#define BALANCE (1u << EVENT_BALANCE_UPDATED)

static inline void fails_with_500(struct post *post, struct post_sent *sent)
{
    (void)post;
    sent->answer.status = 500;
}

static inline void hangs_on_dead(struct post *post, struct post_sent *sent)
{
    if (strstr(sent->url, "dead") == NULL)
        return;
    sent->due = post->now + 15 * SECOND;
    sent->answer.status = 0;
    sent->answer.error = "timeout";
}

/* The balance of a delivery, from its body. */
static inline long long number_of(const struct post_sent *sent, const char *name)
{
    const char *at = strstr(sent->body, name);
    assert_non_null(at);
    return strtoll(at + strlen(name), NULL, 10);
}
