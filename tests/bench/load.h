/* Closed loops: so many requests in flight all the time, for so long. */
#pragma once

#include "recipe.h"
#include "stats.h"

struct reread; /* reread.h */

struct load {
    struct recipe *recipe;
    struct crowd *crowd; /* NULL: the request as it is, every time */
    unsigned window;     /* in flight; of HTTP: connections */
    double warm_s, seconds;
    uint64_t count;        /* not 0: so many requests instead of so many seconds, and no warm-up */
    struct reread *reread; /* HTTP only, may be NULL: one connection more, which rereads */
};

struct load_result {
    double seconds;
    uint64_t done, refused;   /* requests in the measured time: answered well, answered otherwise */
    struct histogram latency; /* of both */
};

/* Requests a second that were answered well. */
double load_rate(const struct load_result *result);

/* One DEALER. False: no answer came, or one that is none; said on standard error. */
bool zmq_load_run(const struct load *load, const char *endpoint,
                  struct load_result *result) MUST_USE;
/* Keep-alive connections in one epoll loop. */
bool http_load_run(const struct load *load, const char *address,
                   struct load_result *result) MUST_USE;

/* What both keep of the time. */
struct load_clock {
    int64_t begin_ns, end_ns; /* of what counts */
    uint64_t left;            /* requests still to send, when they are counted */
};
void load_clock_start(struct load_clock *clock, const struct load *load);
/* Whether to send one more at this time; counts it. */
bool load_clock_more(struct load_clock *clock, const struct load *load, int64_t now);
void load_clock_count(const struct load_clock *clock, struct load_result *result, int64_t sent,
                      int64_t now, bool well);
