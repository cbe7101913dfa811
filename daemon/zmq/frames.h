/* The frames of one message to or from a ROUTER socket: the envelope that names the peer, and one
 * body. Bad framing is answered too, so whatever was read can be replied to. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <zmq.h>

#include "base/check.h"

/* The peer's identity, the request id of REQ_CORRELATE, the empty delimiter; and one to spare. */
#define FRAMES_ENVELOPE_MAX 4

enum frames_fault {
    FRAMES_SOUND,
    FRAMES_NO_DELIMITER, /* a DEALER that sends the body alone: `body` is there */
    FRAMES_NO_BODY,
    FRAMES_TOO_MANY,
};

struct frames {
    zmq_msg_t envelope[FRAMES_ENVELOPE_MAX];
    size_t envelope_count;
    zmq_msg_t body;
    bool has_body;
    enum frames_fault fault;
};

enum frames_read { FRAMES_READ, FRAMES_READ_NOTHING };
/* Reads a whole message without waiting. After FRAMES_READ the caller closes it. */
enum frames_read frames_read(void *socket, struct frames *out) MUST_USE;

enum frames_sent {
    FRAMES_SENT,
    FRAMES_PEER_GONE,
    FRAMES_PEER_SLOW, /* its pipe is full: the reply is lost */
};
/* Sends `size` bytes behind the envelope, which is used up. */
enum frames_sent frames_reply(void *socket, struct frames *frames, const void *data,
                              size_t size) MUST_USE;
void frames_close(struct frames *frames);
