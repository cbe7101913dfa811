/* What an endpoint has in hand: events that are to be sent, under way, or waiting for their next
 * attempt, by position. An event is held back while an earlier one of its accounts is here.
 *
 * At most BACKLOG_MAX, so that looking through all of them costs a microsecond or two. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/check.h"

#define BACKLOG_MAX 512

struct letter {
    uint64_t position, record;
    uint64_t accounts[2]; /* the second is 0 but for transfers */
    uint8_t index, type;  /* which event of the record */
    bool row;             /* outbox.db has it as waiting */
    bool flying;
    bool held; /* an earlier one of its accounts is here */
    unsigned attempts;
    int64_t due; /* steady */
};

struct backlog {
    struct letter *letters[BACKLOG_MAX];
    size_t count;
};

struct letter *backlog_add(struct backlog *backlog,
                           const struct letter *letter);                     /* there is room */
struct letter *backlog_at(const struct backlog *backlog, uint64_t position); /* or NULL */
void backlog_remove(struct backlog *backlog, struct letter *letter);
void backlog_clear(struct backlog *backlog);

/* The first that may be sent now, or NULL. */
struct letter *backlog_due(const struct backlog *backlog, int64_t now);
/* When the next may be sent; INT64_MAX: none is waiting for a time. */
int64_t backlog_next(const struct backlog *backlog);
