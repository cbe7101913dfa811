/* The service: the only door to the write and the read side. Authenticates, authorises, routes,
 * and gives every call back exactly once, from the thread that submitted it.
 *
 * A door owns one `struct service_port` and a loop: it decodes what arrived into calls, submits
 * them, flushes once a turn (so that its commands share a commit or two), and encodes the calls
 * service_take gives back. Everything is asynchronous; a call that could be
 * answered at once is simply given back by the next take. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "contract/messages.h"
#include "contract/problem.h"
#include "domain/record.h"
#include "host/clock.h"
#include "read/projector_thread.h"
#include "read/queries.h"
#include "registry/registry.h"
#include "webhooks/webhooks_thread.h"
#include "write/engine_thread.h"

#define SERVICE_CALLS_MAX 8192 /* in flight, a port; more are answered unavailable */
#define SERVICE_FEEDS_MAX 1024 /* waiting GetChanges, a port */
#define SERVICE_POOL_THREADS 2 /* for long queries */
#define SERVICE_POOL_QUEUE_MAX 1024
#define SERVICE_WAIT_MAX_MS 5000 /* a query that waits longer for the projector: unavailable */
#define SERVICE_RETRY_AFTER_S 1  /* what a full queue asks for */

struct service;
struct service_port;

struct service_config {
    struct engine_thread *engine;
    struct projector_thread *projector;
    struct registry *registry;
    struct webhooks_thread *webhooks; /* NULL: this bank has none */
    struct clock *clock;
    struct journal *journal; /* ports and pool threads open their own readers */
    bool open;               /* --open: everybody is admin */
    bool require_key;        /* --require-key */
};

/* One request on its way. The door fills the first part. */
struct call {
    struct call *next;
    void *door;          /* the door's own */
    struct arena *arena; /* of this call; args and results live in it */
    const struct message *message;
    enum channel channel;
    struct text auth; /* the bearer key; absent: none given */
    struct text key;  /* idempotency key; absent: none; bounds already checked */
    void *args;       /* the struct of message->args */

    enum status status; /* STATUS_ok: `result`; else `problem` */
    bool replayed;
    struct any result; /* shape NULL: an empty object (204 on REST) */
    struct problem problem;
    uint64_t etag;        /* a version to put into ETag; 0: none */
    struct text location; /* a path for Location; absent: none */

    struct principal who;  /* the service's from here on */
    bool for_customer;     /* the reply is shown to one, who sees the own side of a transfer only */
    uint64_t needs_record; /* read your writes: "seen" must reach this */
    int64_t deadline;      /* steady: until when it may wait for "seen" */
    int64_t news_until;    /* steady: until when GetChanges waits for news */
    struct engine_request request;
    struct courier_call webhook;
    void *state;
};

/* Ties the two sides together: a commit wakes the projector (engine_thread_on_commit), and a
 * projector that lags too far pauses the commands. Starts the pool. NULL: logged. Engine,
 * projector and registry outlive the service; after it the projector is stopped first, because
 * its thread may be telling the engine about the lag just then. */
struct service *service_new(const struct service_config *config) MUST_USE;
/* True once the projector is caught up with what was on disk at the start. */
bool service_ready(const struct service *service);
void service_free(struct service **service); /* after every port is closed */

struct service_port *service_port_open(struct service *service) MUST_USE;
/* Waits for the calls that the engine or the pool still hold; gives them up unanswered. */
void service_port_close(struct service_port **port);
int service_fd(const struct service_port *port); /* readable: take until it gives NULL */
/* Milliseconds until a waiting call may be due; -1: none waits. */
int service_timeout_ms(const struct service_port *port);

/* A turn: any number of calls, then the flush, and no waiting between. Commands go to the engine a
 * few at a time, to be decided while the door reads on; engine_turn_begin says which ones share a
 * commit. Keys are made and revoked within service_submit, which takes a write to the disk. */
void service_submit(struct service_port *port, struct call *call);
void service_flush(struct service_port *port);
struct call *service_take(struct service_port *port); /* one finished call, or NULL */
/* A door about to go away: waiting feeds and queries come back as unavailable, now and from here
 * on; commands and searches under way come back as they end. */
void service_drain(struct service_port *port);
