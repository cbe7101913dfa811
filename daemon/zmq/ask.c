#include "zmq/ask.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <zmq.h>

#include "base/bytes.h"

static bool fail(char why[128], const char *what)
{
    snprintf(why, 128, "%s: %s", what, errno == EAGAIN ? "no answer in time" : zmq_strerror(errno));
    return false;
}

static bool set_option(void *socket, int option, int value)
{
    return zmq_setsockopt(socket, option, &value, sizeof value) == 0;
}

static bool exchange(void *socket, const char *endpoint, struct text request, zmq_msg_t *reply,
                     int timeout_ms, char why[128])
{
    int six = strncmp(endpoint, "tcp://[", 7) == 0;
    if (!set_option(socket, ZMQ_LINGER, 0) || !set_option(socket, ZMQ_SNDTIMEO, timeout_ms) ||
        !set_option(socket, ZMQ_RCVTIMEO, timeout_ms) || !set_option(socket, ZMQ_IPV6, six) ||
        zmq_connect(socket, endpoint) != 0)
        return fail(why, "cannot connect");
    if (zmq_send(socket, request.data, request.size, 0) < 0)
        return fail(why, "cannot ask");
    if (zmq_msg_recv(reply, socket, 0) < 0)
        return fail(why, "cannot hear the reply");
    return true;
}

static bool ask(void *context, const char *endpoint, struct text request, int timeout_ms,
                struct arena *arena, struct wire_reply *out, char why[128])
{
    void *socket = zmq_socket(context, ZMQ_REQ);
    if (socket == NULL)
        return fail(why, "cannot make a socket");
    zmq_msg_t reply;
    CHECK(zmq_msg_init(&reply) == 0);
    bool done = exchange(socket, endpoint, request, &reply, timeout_ms, why);
    if (done) {
        /* The reply's texts point into what it was decoded from. */
        struct text copy = arena_copy(
            arena, (struct text){.data = zmq_msg_data(&reply), .size = zmq_msg_size(&reply)});
        done = copy.data != NULL && wire_decode_reply(copy.data, copy.size, arena, out);
        if (!done)
            snprintf(why, 128, "the reply makes no sense");
    }
    CHECK(zmq_msg_close(&reply) == 0);
    CHECK(zmq_close(socket) == 0);
    return done;
}

bool zmq_ask(const char *endpoint, const struct message *message, struct text auth,
             const void *args, int timeout_ms, struct arena *arena, struct wire_reply *out,
             char why[128])
{
    void *context = zmq_ctx_new();
    if (context == NULL)
        return fail(why, "cannot start ZeroMQ");
    struct bytes request;
    bytes_init(&request, WIRE_MESSAGE_MAX);
    struct wire_id id = {.type = WIRE_ID_NUMBER, .number = 1};
    wire_encode_request(&request, id, message, auth, (struct text){NULL, 0}, args);
    bool done = false;
    if (request.overflow)
        snprintf(why, 128, "the request is too long");
    else
        done = ask(context, endpoint, bytes_text(&request), timeout_ms, arena, out, why);
    bytes_close(&request);
    while (zmq_ctx_term(context) != 0)
        CHECK(errno == EINTR);
    return done;
}
