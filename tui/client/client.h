/* The client: requests to the daemon, each with an id and a deadline, over two lines: one for
 * requests, one for the change feed, whose long waits must not stand before anything.
 *
 * It never waits. Whoever owns the loop polls client_fds, and each turn takes replies from
 * client_next until there is none. Every request that was accepted is given back exactly once:
 * answered, refused, or lost (deadline, broken line). A daemon that goes away or falls silent
 * makes the client DOWN; it tries again after 0.5 s, doubling up to 8 s, for ever. While it is
 * not UP nothing is accepted. Time comes from the caller: milliseconds of a steady clock. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "client/line.h"
#include "contract/messages.h"
#include "contract/problem.h"
#include "contract/results.h"

#define CLIENT_REQUESTS_MAX 64
#define CLIENT_AUTH_MAX 256
#define CLIENT_FDS_MAX 4
#define CLIENT_DEADLINE_MS 10000
#define CLIENT_SILENCE_MS 4000 /* nothing heard although asked: down */
#define CLIENT_PING_MS 2000    /* quiet for so long: ask for a sign of life */
#define CLIENT_RETRY_MIN_MS 500
#define CLIENT_RETRY_MAX_MS 8000

enum client_state { CLIENT_CONNECTING, CLIENT_UP, CLIENT_DOWN };
enum client_lane { CLIENT_REQUESTS, CLIENT_FEED, CLIENT_LANES };
enum client_result { CLIENT_OK, CLIENT_PROBLEM, CLIENT_LOST };

struct client_ask {
    uint32_t owner; /* who asks, and what for: given back with the reply */
    uint32_t tag;
    enum client_lane lane;
    enum op op;
    struct text key;     /* idempotency key; absent: none */
    const void *args;    /* the struct of the message */
    int64_t deadline_ms; /* from now; 0: CLIENT_DEADLINE_MS */
};

struct client_reply {
    uint64_t id;
    uint32_t owner, tag;
    enum op op;
    enum client_result result;
    bool replayed;
    const void *value;             /* ok: the struct of the message's result, except outcomes */
    struct outcome_result outcome; /* ok, GetOutcome and AbandonKey; `any` holds the node */
    struct problem problem;        /* problem */
};

struct client;

/* `endpoint` is copied; the maker must outlive the client. */
struct client *client_new(struct line_maker *maker, const char *endpoint, int64_t now_ms) MUST_USE;
void client_free(struct client **client);
/* The API key sent with every request from now on; empty: none. Wiped when replaced. */
void client_set_auth(struct client *client, struct text auth);
struct text client_auth(const struct client *client);
const char *client_endpoint(const struct client *client);

/* The id of the request, or 0: not up, or too many in flight. */
uint64_t client_send(struct client *client, const struct client_ask *ask, int64_t now_ms);
/* Stops caring: its reply will not be given back. */
void client_forget_owner(struct client *client, uint32_t owner);
/* Valid until the next call. */
bool client_next(struct client *client, int64_t now_ms, struct client_reply *out) MUST_USE;
/* Retries, pings, deadlines: once a turn, before client_next. */
void client_turn(struct client *client, int64_t now_ms);
int client_fds(const struct client *client, int out[CLIENT_FDS_MAX]);
/* Milliseconds until the client has something to do, asked just before the poll. */
int client_timeout_ms(const struct client *client, int64_t now_ms);

enum client_state client_state(const struct client *client);
int64_t client_retry_in_ms(const struct client *client, int64_t now_ms); /* when down */
int64_t client_heard_ms(const struct client *client);   /* when the daemon last said something */
int64_t client_latency_ms(const struct client *client); /* of the last reply */
/* Requests in flight that somebody waits for: pings and the feed's are not counted. */
size_t client_in_flight(const struct client *client);
int64_t client_waiting_ms(const struct client *client, int64_t now_ms); /* the oldest of them */
/* Tries now instead of at the next retry. */
void client_retry_now(struct client *client, int64_t now_ms);
