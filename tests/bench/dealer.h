/* A DEALER that costs next to nothing: ZMTP 3.0 (rfc.zeromq.org/spec/23) spoken over a plain
 * socket, without a thread behind it, and the little of a reply that a load looks at. It shares
 * the processors with the daemon it measures, as the bench's HTTP client and pgbench do: what
 * libzmq would take of them at this end would be counted against the daemon. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/check.h"

struct dealer_buffer {
    uint8_t *data;
    size_t start, end, room; /* what counts lies between start and end */
};

struct dealer {
    int fd;
    struct dealer_buffer out, in;
    bool drained; /* the last look at the socket took all there was */
};

struct dealer_reply {
    uint64_t id;
    bool ok;
    size_t failed; /* commands of a batch that did not succeed */
    const uint8_t *data;
    size_t size;
};

/* To tcp://address:port. False: said on standard error; close it all the same. */
bool dealer_open(struct dealer *dealer, const char *endpoint) MUST_USE;
/* One whose socket keeps little: what it takes is soon the other end's. */
bool dealer_open_short(struct dealer *dealer, const char *endpoint) MUST_USE;
void dealer_close(struct dealer *dealer);
/* Requests gather, and leave together with the next dealer_flush or the next read. */
bool dealer_send(struct dealer *dealer, const void *data, size_t size) MUST_USE;
/* False when the socket is full: nothing was sent. */
bool dealer_try_send(struct dealer *dealer, const void *data, size_t size) MUST_USE;
/* Waits until all is with the socket. */
bool dealer_flush(struct dealer *dealer) MUST_USE;
enum dealer_read { DEALER_REPLY, DEALER_NOTHING, DEALER_LOST };
/* The reply is good until the next call. NOTHING: not now, or not in two minutes. */
enum dealer_read dealer_read(struct dealer *dealer, bool wait, struct dealer_reply *out) MUST_USE;
/* Sends and waits for the reply. */
bool dealer_ask(struct dealer *dealer, const void *data, size_t size,
                struct dealer_reply *out) MUST_USE;
/* For epoll: becomes readable when there is something; then read until nothing. */
int dealer_fd(const struct dealer *dealer);
