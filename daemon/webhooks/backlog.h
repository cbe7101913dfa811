/* What an endpoint has in hand: events that are to be sent, under way, or waiting for their next
 * attempt, by position. An event is held back while an earlier one of its accounts is here; only
 * a few of those are kept in hand, the others are rows of outbox.db until their turn comes.
 *
 * At most BACKLOG_MAX, so that looking through all of them costs a microsecond or two. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/check.h"
#include "base/hash.h"

#define BACKLOG_MAX 1024
#define BACKLOG_OPEN_MAX 512 /* not held: with so many the journal is not read on */
#define BACKLOG_HELD_MAX 128 /* more of them are not kept in hand */

struct letter {
    uint64_t position, record;
    uint64_t accounts[2]; /* the second is 0 but for transfers */
    uint8_t index, type;  /* which event of the record */
    bool row;             /* outbox.db has it as waiting */
    bool flying;
    bool held;  /* an earlier one of its accounts is here */
    bool again; /* its row says that it was delivered once */
    unsigned attempts;
    int64_t due; /* steady */
};

struct backlog {
    struct letter *letters[BACKLOG_MAX];
    size_t count;
    size_t held; /* of them */
};

struct letter *backlog_add(struct backlog *backlog,
                           const struct letter *letter);                     /* there is room */
struct letter *backlog_at(const struct backlog *backlog, uint64_t position); /* or NULL */
void backlog_remove(struct backlog *backlog, struct letter *letter);
void backlog_clear(struct backlog *backlog);
/* All go but those under way. */
void backlog_keep_flying(struct backlog *backlog);
/* Whether a letter that is not here would be held. */
bool backlog_holds(const struct backlog *backlog, const struct letter *letter);

/* One that may be sent now, or NULL: the first of all, or the first of those with the fewest
 * attempts. */
struct letter *backlog_first_due(const struct backlog *backlog, int64_t now);
struct letter *backlog_fresh_due(const struct backlog *backlog, int64_t now);
/* The last one that may be sent now and is of no account of a table that hashes by
 * BACKLOG_SLOT. */
#define BACKLOG_SLOTS 64 /* a power of two */
#define BACKLOG_SLOT(account) (hash_mix64(account) & (BACKLOG_SLOTS - 1))
struct letter *backlog_other_due(const struct backlog *backlog, int64_t now,
                                 const uint64_t avoided[BACKLOG_SLOTS]);
/* When the next may be sent; INT64_MAX: none is waiting for a time. */
int64_t backlog_next(const struct backlog *backlog);
