/* The table of connections: how long each may take over the step it is at, and which one goes
 * when there are too many.
 *
 * libmicrohttpd 0.9.75 knows silence only: a byte a second keeps a connection for ever, and once
 * all its connections are taken nobody else is let in. So the loop keeps the time here. A request
 * head, a body and the taking of a reply each have an end, however the bytes come; and a newcomer
 * at a full table gets the seat of whoever has been longest without a request done, first among
 * strangers, then among those whose key the bank knew. Nobody loses a seat while the service has
 * his request. A connection is sent away by shutting its socket: libmicrohttpd then sees it hung
 * up and closes it at its next run.
 *
 * Owned by the loop's thread. Costs a few pointers a request, and no timer. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/check.h"
#include "host/clock.h"
#include "rest/line.h"

#define SEATS_MAX 512
/* Of these, what the known leave to strangers: a newcomer must last until his first request is
 * read, also while others knock by the thousand. */
#define SEATS_STRANGERS_MIN 128
#define SEATS_HEAD_S 5   /* from the connect to the end of the first request's head */
#define SEATS_IDLE_S 30  /* from a reply to the end of the next request's head */
#define SEATS_BODY_S 15  /* from the end of a head to that of the body */
#define SEATS_REPLY_S 30 /* to take a reply, and a second more for each of these: */
#define SEATS_REPLY_BYTES_PER_S 65536

enum seat_step {
    SEAT_HEAD,
    SEAT_BODY,
    SEAT_SERVED, /* waits for us, for as long as that takes */
    SEAT_REPLY
};

struct seat {
    struct line line;
    enum seat_step step;
    bool known; /* has shown a key the bank knew */
    bool gone;  /* sent away, and in no list any more */
    int64_t due_us;
    struct seat *before, *next;
};

/* Longest without a request done comes first. */
struct seat_list {
    struct seat *first, *last;
    size_t count;
};

struct seats {
    struct clock *clock;
    struct seat_list strangers, known;
    int64_t now_us; /* as of this turn */
    int64_t due_us; /* nobody's time is up before */
};

void seats_init(struct seats *seats, struct clock *clock);
/* A connection begins; at a full table another one goes, or, when the service has the requests of
 * all, this one. */
struct seat *seat_new(struct seats *seats, int fd) MUST_USE;
void seat_free(struct seats *seats, struct seat *seat); /* libmicrohttpd has closed it */

void seat_begin_body(struct seats *seats, struct seat *seat);
void seat_serve(struct seat *seat);
void seat_know(struct seats *seats, struct seat *seat);
void seat_begin_reply(struct seats *seats, struct seat *seat, size_t size);
void seat_done(struct seats *seats, struct seat *seat); /* the reply is taken */

/* When the loop wakes, and when libmicrohttpd has read what there was: that order lets nobody go
 * whose bytes had come in time and only waited for us. */
void seats_tick(struct seats *seats);
void seats_sweep(struct seats *seats);
int seats_timeout_ms(const struct seats *seats); /* -1: nobody's time is running */
