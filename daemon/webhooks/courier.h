/* The courier: the webhooks' machine, without threads, driven turn by turn.
 *
 * It follows the journal with a cursor an endpoint. A cursor says: every event up to here that
 * this endpoint wants is delivered, or is a row of outbox.db (waiting or dead). What is behind it
 * is read again after a crash, so an event may be sent twice, and none is forgotten.
 *
 * Per endpoint some hundreds of events are in hand. An event goes out when no earlier one of its
 * accounts waits at that endpoint. Those behind an earlier one of their account are held: a few in
 * hand, and at an endpoint that has just succeeded the rest are rows, so that the cursor goes on to
 * the events of other accounts. At an endpoint that has not, the cursor waits, and a scout
 * (courier_scout.c) looks ahead for other accounts' events without writing anything: a hundred dead
 * endpoints must cost neither disk nor processor. The cursor waits too when BACKLOG_OPEN_MAX
 * accounts wait, or COURIER_WAITING_MAX events.
 *
 * An endpoint that has not just succeeded has one request under way; each success allows one more,
 * up to COURIER_ENDPOINT_FLIGHTS. For every COURIER_FAILURES_PACED failures in a row its requests
 * keep COURIER_PACE_US more between them, and more still when many endpoints fail. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/check.h"
#include "base/time.h"
#include "contract/messages.h"
#include "host/clock.h"
#include "host/entropy.h"
#include "journal/journal.h"
#include "webhooks/address.h"
#include "webhooks/schedule.h"
#include "webhooks/sender.h"
#include "webhooks/signature.h"

#define COURIER_ENDPOINTS_MAX 1000
#define COURIER_FLIGHTS_MAX 512          /* requests under way */
#define COURIER_UNPROVEN_FLIGHTS_MAX 256 /* of those, to endpoints that have not just succeeded */
#define COURIER_ENDPOINT_FLIGHTS 8
#define COURIER_TESTS_MAX 16 /* of all those, TestWebhook's */
#define COURIER_FAILURES_PACED 8
#define COURIER_PACE_US INT64_C(100000)
#define COURIER_PACES_MAX 10
/* What failing endpoints have to wait for is looked for together, on a grid of time; so much longer
 * than it took is waited before the next look, so that dead endpoints cost next to nothing. */
#define COURIER_GRID_US INT64_C(100000)
#define COURIER_SCOUT_RECORDS 256
#define COURIER_SCOUT_SHARE 100
#define COURIER_SCOUT_IDLE_US INT64_C(250000) /* when it had seen all there is */
#define COURIER_SCOUT_ACCOUNTS_MAX 4096       /* passed by, an endpoint */
/* Requests to endpoints that fail, all together: one in so long on the average. */
#define COURIER_FAILING_US_EACH INT64_C(20000)
/* Marks wait so long for company. Of a failed attempt less is lost when it was not written down:
 * it is made again. */
#define COURIER_FLUSH_US INT64_C(40000)
#define COURIER_FAILURE_FLUSH_US INT64_C(1000000)
#define COURIER_DEAD_MAX 10000 /* kept for an endpoint; when there are so many its cursor waits */
#define COURIER_WAITING_MAX 100000 /* rows of an endpoint; then its cursor waits */
#define COURIER_DELIVERED_MAX 1000 /* the last ones stay in the list of deliveries */
#define COURIER_ATTEMPTS_MAX 32    /* of one delivery that are kept */
#define COURIER_FAILING_US (5 * TIME_DAY)
#define COURIER_ROTATION_US TIME_DAY
#define COURIER_RETRY_AFTER_MAX_S 86400
#define COURIER_OWNER_MAX 640 /* bytes */

enum courier_owner { COURIER_OWNER_FOUND, COURIER_OWNER_LATER, COURIER_OWNER_FAILED };

struct courier_config {
    const char *outbox_path;        /* NULL: in memory */
    struct journal_reader *journal; /* becomes the courier's, which closes it */
    struct sender *sender;          /* the same */
    struct clock *clock;
    struct entropy *entropy;
    struct schedule schedule;
    struct address_allow allow;
    /* Whose account it is, as of a record. LATER: the views have not come that far. */
    enum courier_owner (*owner)(void *context, uint64_t account, uint64_t record,
                                char out[COURIER_OWNER_MAX]);
    void *owner_context;
    /* The lasting endpoint has a new secret, and it is durable. NULL: nobody wants to know. */
    void (*rotated)(void *context, const struct signature_secret *secret);
    void *rotated_context;
};

/* An operation of CONTRACT 7, on its way. */
struct courier_call {
    struct courier_call *next;
    enum op op;
    const void *args;
    struct arena *arena;
    struct any result;                       /* when problem->status stays ok */
    struct text location;                    /* absent: none */
    struct problem *problem;                 /* cleared by whoever asks */
    void (*done)(struct courier_call *call); /* called by whoever drives the courier */
    void *owner;
};

struct courier;

enum courier_open_result {
    COURIER_OPEN_OK,
    COURIER_OPEN_NEWER,   /* a newer file format */
    COURIER_OPEN_FOREIGN, /* the outbox is ahead of this journal, or another journal's */
    COURIER_OPEN_FAILED,  /* not an outbox, or the file system said no */
};
/* Takes reader and sender in every case. All but OK are logged. */
enum courier_open_result courier_open(const struct courier_config *config,
                                      struct courier **out) MUST_USE;
/* Saves where everything stands; requests under way are given up and will be made again. */
void courier_close(struct courier **courier);

/* From here on nothing new is read or sent; courier_step takes in what comes back. */
void courier_ground(struct courier *courier);
/* Whether a receiver that has lately taken something is still to answer. */
bool courier_is_flying(const struct courier *courier);

/* One turn: takes in what came back, reads on, sends, writes down. True: call again at once. */
bool courier_step(struct courier *courier);
/* Steady time of the next turn when nothing comes meanwhile; INT64_MAX: none. */
int64_t courier_next(const struct courier *courier);
/* There may be news in the journal. */
void courier_news(struct courier *courier);
/* Whether anybody has room for news. */
bool courier_follows(const struct courier *courier);

/* Answers at once, or (TestWebhook) later; answered calls come out of courier_take_done. */
void courier_handle(struct courier *courier, struct courier_call *call);
struct courier_call *courier_take_done(struct courier *courier); /* or NULL */
void courier_give_up(struct courier *courier); /* answers what waits for a receiver with 503 */

/* The one endpoint of --webhook: made or brought up to date, with this secret; `url` NULL switches
 * it off until there is one again. Off for another reason it stays off. False: it cannot be
 * written (logged). */
bool courier_set_lasting(struct courier *courier, const char *url,
                         const struct signature_secret *secret) MUST_USE;
/* Its secret, when there is such an endpoint. */
bool courier_lasting_secret(const struct courier *courier, struct signature_secret *out) MUST_USE;
/* Whether this was its secret before the last rotation, and is not any more. */
bool courier_lasting_replaced(const struct courier *courier,
                              const struct signature_secret *secret) MUST_USE;
