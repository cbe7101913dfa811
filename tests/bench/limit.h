/* What the machine and the libraries can do at best: each limit measured by itself, with the other
 * end in a child process, so that both share the processors as a daemon and its clients do. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "load.h"

/* Rows a second that SQLite appends to a table of its own (WAL, synchronous=FULL, 100 bytes a
 * row), so many in a transaction. `folder`: where, on the disk that the bank is on. */
bool limit_append(const char *folder, size_t batch, double seconds, double *rate) MUST_USE;

/* Round trips a second of 100 bytes between DEALER and ROUTER over TCP, so many in flight. */
bool limit_round_trip(unsigned window, double seconds, double *rate) MUST_USE;

/* Requests a second that a handler of libmicrohttpd answers which does nothing. */
enum limit_http {
    LIMIT_HTTP_STOCK, /* as it comes, and a pool of two threads */
    LIMIT_HTTP_TUNED, /* the same, 8 kB a connection, turbo */
};
bool limit_http(enum limit_http how, struct load *load, double *rate) MUST_USE;

/* PostgreSQL on loopback in a private cluster: the same transfer as one stored function. */
struct postgres;
/* NULL: *why says so, in a few words. `folder` is made. The cluster runs only between wake and
 * sleep, so that its housekeeping disturbs nobody else's figures. */
struct postgres *postgres_new(const char *folder, size_t accounts, const char **why) MUST_USE;
void postgres_free(struct postgres **postgres);
bool postgres_wake(struct postgres *postgres) MUST_USE;
void postgres_sleep(struct postgres *postgres);
/* Transfers a second with that many clients; 0 when it went wrong. */
double postgres_rate(struct postgres *postgres, unsigned clients, unsigned seconds);
