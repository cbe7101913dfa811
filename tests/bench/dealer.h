/* A DEALER socket in a context of its own, and the little of a reply that a load looks at. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <zmq.h>

#include "base/check.h"

struct dealer {
    void *context, *socket;
    zmq_msg_t body; /* of the last reply */
};

struct dealer_reply {
    uint64_t id;
    bool ok;
    size_t failed; /* commands of a batch that did not succeed */
    const uint8_t *data;
    size_t size;
};

bool dealer_open(struct dealer *dealer, const char *endpoint) MUST_USE;
/* One that keeps little for itself: what it takes is soon the other end's. */
bool dealer_open_short(struct dealer *dealer, const char *endpoint) MUST_USE;
void dealer_close(struct dealer *dealer);
/* Waits while the socket is full. */
bool dealer_send(struct dealer *dealer, const void *data, size_t size) MUST_USE;
/* False when the socket is full: nothing was sent. */
bool dealer_try_send(struct dealer *dealer, const void *data, size_t size) MUST_USE;
enum dealer_read { DEALER_REPLY, DEALER_NOTHING, DEALER_LOST };
/* The reply is good until the next call. */
enum dealer_read dealer_read(struct dealer *dealer, int timeout_ms,
                             struct dealer_reply *out) MUST_USE;
/* Sends and waits for the reply. */
bool dealer_ask(struct dealer *dealer, const void *data, size_t size,
                struct dealer_reply *out) MUST_USE;
/* For epoll: becomes readable when something may have happened; then read until nothing. */
int dealer_fd(const struct dealer *dealer);
