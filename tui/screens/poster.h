/* The poster: sends what a person confirmed, exactly once, and finds out what became of it.
 *
 * An intent is stored before it is sent, and forgotten by the disk only when its outcome is known.
 * A lost reply makes it UNKNOWN: GetOutcome is asked, after 1 s, 2 s, 4 s, then every 8 s. When
 * the bank has never heard of the key, a command confirmed in this run is sent again with the same
 * key; one left over from an earlier run is abandoned, because nobody stands there any more who
 * wants it: the bank burns the key and the outcome is a refusal. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "client/client.h"
#include "model/intent.h"
#include "model/session.h"
#include "term/surface.h"

#define POSTER_OWNER (UINT32_MAX - 1) /* owner of its requests */
#define POSTINGS_MAX 64

struct console;

enum posting_asked { POSTING_NOTHING, POSTING_COMMAND, POSTING_OUTCOME, POSTING_ABANDON };

struct posting {
    uint32_t serial; /* 0: a free place */
    struct intent intent;
    enum posting_asked asked;
    uint64_t request;
    bool abandon; /* the next thing to ask is to burn the key */
    bool resend;  /* the next thing to ask is the command itself */
    int64_t since_ms, next_ms, pause_ms;
};

struct poster {
    struct intent_store *store;
    const char *why_no_store;
    void (*random)(void *data, size_t size);
    struct posting postings[POSTINGS_MAX];
    uint32_t last_serial;
    struct session session; /* every outcome that is known */
};

void poster_init(struct poster *poster, struct intent_store *store, const char *why_no_store,
                 void (*random)(void *data, size_t size));
/* Takes over what earlier consoles left open; returns how many. */
size_t poster_recover(struct console *console);
/* Key, time and bank are filled in. 0: `why` says why nothing was sent. */
uint32_t poster_post(struct console *console, const struct intent *intent, char why[256]);
const struct posting *poster_find(const struct poster *poster, uint32_t serial); /* or NULL */
void poster_turn(struct console *console);
void poster_reply(struct console *console, const struct client_reply *reply);
void poster_check_now(struct console *console);
size_t poster_open_count(const struct poster *poster);
/* What there is to be told of, the open ones on top, then every outcome, the newest first. */
size_t poster_row_count(const struct poster *poster);
bool poster_row(const struct poster *poster, size_t index, struct posting *out);
/* "POSTED #18 234 · ...": what became of it, in one line. */
#define POSTING_TELL_MAX 512
enum style posting_tell(const struct posting *posting, int64_t now_ms, char out[POSTING_TELL_MAX]);
