#include "zmq/frames.h"

#include <errno.h>
#include <string.h>

static bool has_more(zmq_msg_t *message)
{
    return zmq_msg_more(message) != 0;
}

/* Reads a frame; false: there is none (of a message that has begun, all are there). */
static bool read_frame(void *socket, zmq_msg_t *out)
{
    CHECK(zmq_msg_init(out) == 0);
    int size;
    do
        size = zmq_msg_recv(out, socket, ZMQ_DONTWAIT);
    while (size < 0 && errno == EINTR);
    if (size >= 0)
        return true;
    CHECK(zmq_msg_close(out) == 0);
    return false;
}

static void drop_frames(void *socket)
{
    zmq_msg_t frame;
    bool more = true;
    while (more && read_frame(socket, &frame)) {
        more = has_more(&frame);
        CHECK(zmq_msg_close(&frame) == 0);
    }
}

/* Reads the rest of the envelope, up to and including the empty frame. Returns whether frames
 * follow it. */
static bool read_envelope(void *socket, struct frames *out)
{
    for (bool more = true; more;) {
        zmq_msg_t *frame = &out->envelope[out->envelope_count];
        if (!read_frame(socket, frame))
            break;
        out->envelope_count++;
        more = has_more(frame);
        if (zmq_msg_size(frame) == 0) {
            out->fault = more ? FRAMES_SOUND : FRAMES_NO_BODY;
            return more;
        }
        if (more && out->envelope_count == FRAMES_ENVELOPE_MAX) {
            drop_frames(socket);
            out->fault = FRAMES_TOO_MANY;
            return false;
        }
    }
    out->fault = out->envelope_count == 2 ? FRAMES_NO_DELIMITER : FRAMES_TOO_MANY;
    return false;
}

/* Without a delimiter nobody can tell envelope from body: the reply goes to the peer as one frame,
 * the way it asked. */
static void keep_identity(struct frames *frames)
{
    if (frames->fault == FRAMES_NO_DELIMITER) {
        CHECK(zmq_msg_init(&frames->body) == 0);
        CHECK(zmq_msg_move(&frames->body, &frames->envelope[1]) == 0);
        frames->has_body = true;
    }
    while (frames->envelope_count > 1)
        CHECK(zmq_msg_close(&frames->envelope[--frames->envelope_count]) == 0);
}

enum frames_read frames_read(void *socket, struct frames *out)
{
    out->envelope_count = 0;
    out->has_body = false;
    out->fault = FRAMES_SOUND;
    if (!read_frame(socket, &out->envelope[0]))
        return FRAMES_READ_NOTHING;
    out->envelope_count = 1;
    bool more = has_more(&out->envelope[0]);
    if (more)
        more = read_envelope(socket, out);
    else
        out->fault = FRAMES_NO_BODY;
    if (out->fault == FRAMES_NO_DELIMITER || out->fault == FRAMES_TOO_MANY)
        keep_identity(out);
    if (!more)
        return FRAMES_READ;

    if (!read_frame(socket, &out->body)) {
        out->fault = FRAMES_NO_BODY;
        return FRAMES_READ;
    }
    out->has_body = true;
    if (has_more(&out->body)) {
        drop_frames(socket);
        out->fault = FRAMES_TOO_MANY;
    }
    return FRAMES_READ;
}

enum frames_sent frames_reply(void *socket, struct frames *frames, const void *data, size_t size)
{
    for (size_t i = 0; i < frames->envelope_count; i++) {
        int sent;
        do
            sent = zmq_msg_send(&frames->envelope[i], socket, ZMQ_DONTWAIT | ZMQ_SNDMORE);
        while (sent < 0 && errno == EINTR);
        /* Only the first frame can fail: it chooses the peer. */
        if (sent < 0)
            return errno == EAGAIN ? FRAMES_PEER_SLOW : FRAMES_PEER_GONE;
    }
    int sent;
    do
        sent = zmq_send(socket, data, size, ZMQ_DONTWAIT);
    while (sent < 0 && errno == EINTR);
    return sent < 0 ? FRAMES_PEER_GONE : FRAMES_SENT;
}

void frames_close(struct frames *frames)
{
    for (size_t i = 0; i < frames->envelope_count; i++)
        CHECK(zmq_msg_close(&frames->envelope[i]) == 0);
    frames->envelope_count = 0;
    if (frames->has_body)
        CHECK(zmq_msg_close(&frames->body) == 0);
    frames->has_body = false;
}
