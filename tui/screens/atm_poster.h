/* What the machine posts, and what became of it.
 *
 * An intent is on disk before its first byte leaves. A lost reply makes it unknown: the machine
 * asks for the outcome with its own key, and a command the bank has never heard of is not sent
 * again but its key burnt, so that a late copy cannot post either. While the customer stands there
 * the outcome leads on; once the customer has left, a withdrawal that was posted after all, or
 * notes taken in for a deposit that was not, go to the bank's people (the settle store).
 *
 * A withdrawal stays on disk until its cash is out: whoever pulls the plug in between leaves a
 * note behind. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "client/client.h"
#include "model/intent.h"

#define ATM_POSTER_OWNER (UINT32_MAX - 2)
#define ATM_POSTINGS_MAX 32
#define ATM_SETTLE_MAX 64
#define ATM_WATCH_MS 25000 /* so long somebody waits for an outcome */

struct atm;

enum atm_asked { ATM_ASKED_NOTHING, ATM_ASKED_COMMAND, ATM_ASKED_OUTCOME, ATM_ASKED_ABANDON };

struct atm_posting {
    uint32_t serial; /* 0: a free place */
    struct intent intent;
    enum atm_asked asked;
    uint64_t request;
    bool abandon; /* the next thing to ask is to burn the key */
    bool gone;    /* nobody waits for it any more */
    int64_t since_ms, next_ms, pause_ms;
};

struct atm_poster {
    struct intent_store *store, *settle;
    const char *why_no_store;
    void (*random)(void *data, size_t size);
    struct atm_posting postings[ATM_POSTINGS_MAX];
    struct intent settles[ATM_SETTLE_MAX]; /* oldest first */
    size_t settle_count;
    uint32_t last_serial;
};

/* Takes over what an earlier run left. */
void atm_poster_open(struct atm *atm);
/* Key, time and bank are filled in. 0: `why` says why nothing was sent. */
uint32_t atm_poster_post(struct atm *atm, const struct intent *wish, char why[128]);
const struct atm_posting *atm_poster_find(const struct atm *atm, uint32_t serial); /* or NULL */
/* The cash is out, or there was none to hand out. */
void atm_poster_handed(struct atm *atm, uint32_t serial);
/* The customer does not wait any longer. */
void atm_poster_leave(struct atm *atm, uint32_t serial);
void atm_poster_turn(struct atm *atm);
void atm_poster_reply(struct atm *atm, const struct client_reply *reply);
void atm_poster_check_now(struct atm *atm);
size_t atm_poster_open_count(const struct atm *atm);
int64_t atm_poster_due_ms(const struct atm *atm); /* INT64_MAX: nothing */
/* An operator has set the oldest of them right. */
void atm_poster_settled(struct atm *atm);
