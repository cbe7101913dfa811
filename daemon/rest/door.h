/* What the files of this room share: the door and its exchanges. All of it belongs to the loop's
 * thread; nothing here is called from outside the room (that is rest.h).
 *
 * An exchange is one request and its reply. It outlives its connection while the service holds
 * its call: a command belongs to the queue, not to whoever is still listening for its outcome. */
#pragma once

#include <microhttpd.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/bytes.h"
#include "rest/accept.h"
#include "rest/rest.h"
#include "rest/seats.h"
#include "service/service.h"

#define REST_URI_MAX 4096
#define REST_HEADERS_MAX 8192 /* request line and header lines together */
/* libmicrohttpd clears this much at every request, and answers what does not fit by itself,
 * without a body; so it is as small as our own limits, which explain themselves, allow. */
#define REST_POOL_SIZE 16384
#define REST_BODY_MAX (1024u * 1024)
/* A body too large is read to its end up to here, so that the client sees the 413 and not a
 * reset; past it the connection is closed. */
#define REST_SWALLOW_MAX (8u * 1024 * 1024)
#define REST_REPLY_MAX (256u * 1024 * 1024)
#define REST_ARENA_MAX (128u * 1024 * 1024)
#define REST_KEEP_MAX (64u * 1024) /* buffers larger than this are not kept for the next one */
#define REST_DRAIN_MAX_MS 10000
#define REST_ID_SIZE 16

struct reply {
    unsigned http;
    const char *type;  /* media type of the body; NULL: none */
    const char *allow; /* methods, for 405 and OPTIONS */
    struct text location;
    struct text file_name; /* a download's */
    uint64_t etag;
    uint32_t retry_after_s;
    bool replayed, authenticate, vary, close;
};

enum exchange_state {
    EXCHANGE_TARGET,  /* the request line is here */
    EXCHANGE_BODY,    /* the headers are here, the body comes */
    EXCHANGE_WAITING, /* the service has the call */
    EXCHANGE_READY,   /* the reply is rendered and waits for the handler to be called again */
    EXCHANGE_SENT     /* queued; libmicrohttpd reads the reply until it says "completed" */
};

struct exchange {
    struct call call;
    struct exchange *next_free, *next_all;
    struct rest *rest;
    struct seat *seat; /* while connected */
    enum exchange_state state;
    bool connected; /* somebody waits for the reply */
    bool head;
    struct text raw_target;     /* as it stands in libmicrohttpd's buffer, for its first call */
    char id[REST_ID_SIZE + 1];  /* request_id */
    struct text method, target; /* in the arena */
    struct text content_type, if_none_match;
    bool encoded; /* the body has a Content-Encoding */
    struct accept accept;
    enum media media;         /* what the reply will be written in */
    bool key_given, key_good; /* Idempotency-Key */
    bool has_body;            /* announced, if only a chunked one of no bytes */
    struct bytes body;
    size_t body_size; /* received, kept or not */
    struct arena arena;
    struct bytes out; /* the reply's body */
    struct reply reply;
};

struct rest {
    struct service *service;
    struct service_port *port;
    struct MHD_Daemon *daemon;
    int listen_fd, mhd_fd, stop_fd;
    char address[80];
    struct exchange *free, *all;
    struct lines lines;
    struct seats seats;
    size_t owing;  /* exchanges whose reply is not out yet, connection still there */
    size_t parked; /* of these, the ones the handler cannot answer yet */
    bool moved;    /* something happened in this turn */
    bool draining;
    bool open; /* rest_config.open */
    uint64_t id_seed, id_count;
};

/* exchange.c */
struct exchange *exchange_new(struct rest *rest);
void exchange_release(struct exchange *exchange); /* back to the free list */
void exchanges_free(struct rest *rest);           /* every one, at the end */

/* handler.c: libmicrohttpd's callbacks; `cls` is the struct rest. */
void *handler_target(void *cls, const char *uri, struct MHD_Connection *connection);
enum MHD_Result handler_request(void *cls, struct MHD_Connection *connection, const char *url,
                                const char *method, const char *version, const char *upload_data,
                                size_t *upload_data_size, void **con_cls);
void handler_completed(void *cls, struct MHD_Connection *connection, void **con_cls,
                       enum MHD_RequestTerminationCode why);
void handler_connection(void *cls, struct MHD_Connection *connection, void **socket_context,
                        enum MHD_ConnectionNotificationCode what);

/* request.c: a complete request becomes a reply at once, or a call for the service. */
enum request_next { REQUEST_REPLY, REQUEST_SUBMIT };
enum request_next request_decode(struct exchange *exchange) MUST_USE;

/* pages.c: what needs no key. False: not one of these paths. */
bool pages_answer(struct exchange *exchange, struct text path) MUST_USE;

/* reply.c */
void reply_problem(struct exchange *exchange); /* from call.problem */
void reply_call(struct exchange *exchange);    /* from a call the service gave back */
void reply_text(struct exchange *exchange, unsigned http, const char *type, struct text body);
void reply_allow(struct exchange *exchange, const char *allow, bool options);
enum MHD_Result reply_send(struct exchange *exchange, struct MHD_Connection *connection);
