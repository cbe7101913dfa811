/* What the courier's own files share. */
#pragma once

#include "base/bytes.h"
#include "webhooks/account_set.h"
#include "webhooks/backlog.h"
#include "webhooks/courier.h"
#include "webhooks/outbox.h"

#define ENDPOINT_NO_HEADS ((uint64_t)INT64_MAX)
#define COURIER_OWNERS 1024            /* remembered; a power of two */
#define COURIER_RETRY_US TIME_SECOND   /* after the disk or the journal said no */
#define COURIER_OWNER_US INT64_C(5000) /* until the views are looked at again */

/* Looks ahead of a stalled cursor. */
struct scout {
    uint64_t next_record;
    struct account_set passed; /* accounts of events it passed by: theirs are not to be taken */
};

struct endpoint {
    struct outbox_endpoint row;
    struct backlog backlog;
    uint64_t next_record;   /* the first that was not looked at */
    uint64_t read_position; /* of the last event that was */
    uint64_t rows_to;       /* up to here events may be rows already, from before a crash */
    /* Rows of outbox.db. Waiting ones may be many more than are in hand: those behind another
     * one of their account are taken in hand when that one is settled. */
    uint64_t waiting_rows, rows_in_hand, dead_rows, delivered_rows;
    uint64_t heads_from; /* from here on rows behind no other one may be not in hand */
    uint64_t prune_at;   /* delivered rows */
    unsigned flying, allowance, failures;
    uint64_t failed[BACKLOG_SLOTS]; /* accounts whose last attempt failed, a few of them */
    unsigned turn;
    int64_t not_before; /* steady: nothing is sent before */
    int64_t next_due;   /* of the backlog, unless stale */
    /* The next event would have to become a row, for an endpoint that has not just succeeded: the
     * cursor waits until a letter is settled, and the scout looks ahead. */
    bool stalled;
    struct scout scout;
    bool stale;
    bool dirty; /* to be saved */
};

struct flight {
    bool used;
    bool unproven;
    struct endpoint *endpoint; /* NULL: a test */
    struct letter *letter;
    struct courier_call *test;
    char id[PAYLOAD_ID_MAX];
    int64_t started_at, started_steady;
    unsigned next_free;
};

struct owner {
    uint64_t account;
    char name[COURIER_OWNER_MAX];
};

struct courier {
    struct courier_config config;
    struct outbox *outbox;
    struct endpoint *endpoints[COURIER_ENDPOINTS_MAX];
    size_t count;
    struct flight flights[COURIER_FLIGHTS_MAX];
    unsigned first_free, flying, unproven, tests;
    bool grounded; /* nothing new is read or sent */
    bool news;
    uint64_t known_record; /* the journal's last, when there was news */
    uint64_t front;        /* the last record anybody looked at, and its hash */
    uint8_t front_hash[JOURNAL_HASH_SIZE];
    bool front_moved;
    int64_t scout_at; /* steady */
    size_t scout_turn;
    bool broken;      /* the outbox failed: all is loaded anew at retry_at */
    int64_t retry_at; /* steady */
    int64_t read_at;  /* steady: the journal is not read before */
    int64_t flush_at; /* steady; INT64_MAX: nothing to write down */
    size_t turn;
    struct courier_call *done_first, *done_last;
    struct bytes body;
    struct owner *owners;
};

int64_t courier_wall(const struct courier *courier);
int64_t courier_steady(const struct courier *courier);
/* Rounded up: what is to be done for endpoints that fail is done together, a few times a second. */
int64_t courier_on_grid(int64_t steady);
/* The pause before the attempt after so many, jitter and all. */
int64_t courier_pause(const struct courier *courier, unsigned attempts);

/* courier.c */
/* The outbox said no: what is not committed is forgotten, here and there, and loaded anew soon.
 * No endpoint lives on behind this. Always false. */
bool courier_fail(struct courier *courier);
/* There is something to write down: soon, or by then at the latest. */
void courier_touch(struct courier *courier, struct endpoint *endpoint);
void courier_touch_by(struct courier *courier, struct endpoint *endpoint, int64_t wait_us);
/* Writes everything down now. False: it failed, and so did the courier. */
bool courier_flush(struct courier *courier) MUST_USE;
bool courier_wait_for_journal(struct courier *courier); /* it could not be read; always false */
void courier_done(struct courier *courier, struct courier_call *call);

/* courier_endpoint.c */
struct endpoint *endpoint_new(const struct outbox_endpoint *row); /* takes row's accounts */
void endpoint_free(struct endpoint *endpoint);
/* Counts its rows, takes in hand those that wait, and finds where to read on. */
bool endpoint_load(struct courier *courier, struct endpoint *endpoint) MUST_USE;
/* Takes in hand what waits behind nothing else, as far as there is room. */
bool endpoint_refill(struct courier *courier, struct endpoint *endpoint) MUST_USE;
/* Rows were put in line again: takes in hand anew what is not under way. False: failed. */
bool endpoint_restock(struct courier *courier, struct endpoint *endpoint) MUST_USE;
/* What an endpoint has to do with an event. NONE: nothing, or it has it already. */
enum endpoint_letter { ENDPOINT_LETTER_NEW, ENDPOINT_LETTER_NONE, ENDPOINT_LETTER_FAILED };
enum endpoint_letter endpoint_letter_of(struct courier *courier, struct endpoint *endpoint,
                                        const struct record *record, const struct event *event,
                                        unsigned index, struct letter *out) MUST_USE;
/* Takes a new letter in hand, or makes it a row when it has to wait behind others. STALLED: it
 * stays where it is in the journal. */
enum endpoint_accepted { ENDPOINT_ACCEPTED, ENDPOINT_STALLED, ENDPOINT_FAILED };
enum endpoint_accepted endpoint_accept(struct courier *courier, struct endpoint *endpoint,
                                       const struct letter *letter) MUST_USE;
/* Whether a row that is not in hand waits before a new letter. False: failed. */
bool endpoint_is_behind_rows(struct courier *courier, const struct endpoint *endpoint,
                             const struct letter *letter, bool *out) MUST_USE;
/* A letter of these accounts is settled: takes in hand what waited behind it. */
bool endpoint_follow_up(struct courier *courier, struct endpoint *endpoint,
                        const uint64_t accounts[2]) MUST_USE;
struct letter *endpoint_take(struct endpoint *endpoint, const struct letter *letter);
void endpoint_drop(struct endpoint *endpoint, struct letter *letter);
bool endpoint_has_room(const struct endpoint *endpoint);
bool endpoint_wants(const struct endpoint *endpoint, const struct event *event);
/* The stored form of a letter. False: the journal cannot be read. */
bool endpoint_row_of(struct courier *courier, const struct endpoint *endpoint,
                     const struct letter *letter, struct outbox_letter *out) MUST_USE;
/* Makes rows of what waits before the first letter that does not; of everything, up to a position,
 * when `to` says so. False: failed. */
bool endpoint_make_rows(struct courier *courier, struct endpoint *endpoint, uint64_t to) MUST_USE;
uint64_t endpoint_cursor(const struct endpoint *endpoint);
int64_t endpoint_next(struct endpoint *endpoint);
/* Stops everything in memory; what waits is rows. False: failed. */
bool endpoint_rest(struct courier *courier, struct endpoint *endpoint) MUST_USE;
bool endpoint_disable(struct courier *courier, struct endpoint *endpoint,
                      enum outbox_reason reason) MUST_USE;
bool endpoint_enable(struct courier *courier, struct endpoint *endpoint) MUST_USE;

/* courier_scout.c */
/* Whether its cursor waits and something ahead could be taken in hand. */
bool endpoint_scouts(const struct endpoint *endpoint);
/* Looks ahead for those whose cursor waits, when it is time. */
void courier_scout(struct courier *courier);

/* courier_send.c */
/* False: an answer must come first, from this endpoint or from another one. */
bool courier_may_send(const struct courier *courier, const struct endpoint *endpoint);
/* Sends what may be sent. */
void courier_send(struct courier *courier);
/* Takes in what came back. True: something did. */
bool courier_collect(struct courier *courier);
void courier_cancel(struct courier *courier, const struct endpoint *endpoint); /* NULL: all */
void courier_cancel_tests(struct courier *courier);
bool courier_start_test(struct courier *courier, const struct endpoint *endpoint,
                        struct courier_call *call) MUST_USE;
