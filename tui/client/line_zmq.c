#include "client/line.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zmq.h>

struct zmq_maker {
    struct line_maker maker; /* first */
    void *context;
    unsigned serial; /* names the monitor of each socket */
};

struct zmq_line {
    struct line line; /* first */
    void *socket;
    void *monitor; /* tells when the other side goes away */
};

static struct zmq_line *zmq_line_of(struct line *line)
{
    return (struct zmq_line *)line;
}

static bool set_int(void *socket, int option, int value)
{
    return zmq_setsockopt(socket, option, &value, sizeof value) == 0;
}

/* ZMQ_EVENTS rather than a plain try: only this reading always looks at the edge-triggered
 * descriptor's reason. */
static bool readable(void *socket)
{
    int events = 0;
    size_t size = sizeof events;
    return zmq_getsockopt(socket, ZMQ_EVENTS, &events, &size) == 0 && (events & ZMQ_POLLIN) != 0;
}

static bool zmq_line_send(struct line *line, const void *data, size_t size)
{
    void *socket = zmq_line_of(line)->socket;
    if (zmq_send(socket, "", 0, ZMQ_DONTWAIT | ZMQ_SNDMORE) != 0) {
        return false;
    }
    return zmq_send(socket, data, size, ZMQ_DONTWAIT) == (int)size;
}

static bool more_follows(void *socket)
{
    int more = 0;
    size_t size = sizeof more;
    return zmq_getsockopt(socket, ZMQ_RCVMORE, &more, &size) == 0 && more != 0;
}

/* One message: an empty frame, then the body. Whatever else it is comes out as no message. */
static bool receive_message(void *socket, struct bytes *out)
{
    int frames = 0;
    bool sound = true;
    do {
        zmq_msg_t frame;
        (void)zmq_msg_init(&frame);
        if (zmq_msg_recv(&frame, socket, ZMQ_DONTWAIT) < 0) {
            (void)zmq_msg_close(&frame);
            return false;
        }
        if (frames == 0) {
            sound = zmq_msg_size(&frame) == 0;
        } else if (frames == 1) {
            bytes_put(out, zmq_msg_data(&frame), zmq_msg_size(&frame));
        }
        frames++;
        (void)zmq_msg_close(&frame);
    } while (more_follows(socket));
    return sound && frames == 2 && !out->overflow;
}

static bool monitor_says_lost(void *monitor)
{
    bool lost = false;
    while (readable(monitor)) {
        zmq_msg_t frame;
        (void)zmq_msg_init(&frame);
        if (zmq_msg_recv(&frame, monitor, ZMQ_DONTWAIT) < 0) {
            (void)zmq_msg_close(&frame);
            break;
        }
        uint16_t event = 0;
        if (zmq_msg_more(&frame) && zmq_msg_size(&frame) >= sizeof event) {
            memcpy(&event, zmq_msg_data(&frame), sizeof event);
        }
        lost = lost || event == ZMQ_EVENT_DISCONNECTED;
        (void)zmq_msg_close(&frame);
    }
    return lost;
}

static enum line_news zmq_line_receive(struct line *line, struct bytes *out)
{
    struct zmq_line *zmq_line = zmq_line_of(line);
    while (readable(zmq_line->socket)) {
        bytes_clear(out);
        if (receive_message(zmq_line->socket, out)) {
            return LINE_MESSAGE;
        }
    }
    return monitor_says_lost(zmq_line->monitor) ? LINE_LOST : LINE_NOTHING;
}

static bool zmq_line_ready(struct line *line)
{
    struct zmq_line *zmq_line = zmq_line_of(line);
    bool message = readable(zmq_line->socket);
    return readable(zmq_line->monitor) || message;
}

static int zmq_line_fds(const struct line *line, int out[2])
{
    const struct zmq_line *zmq_line = (const struct zmq_line *)line;
    size_t size = sizeof *out;
    if (zmq_getsockopt(zmq_line->socket, ZMQ_FD, &out[0], &size) != 0) {
        return 0;
    }
    size = sizeof *out;
    return zmq_getsockopt(zmq_line->monitor, ZMQ_FD, &out[1], &size) == 0 ? 2 : 1;
}

static void zmq_line_close(struct line *line)
{
    struct zmq_line *zmq_line = zmq_line_of(line);
    if (zmq_line->socket != NULL) {
        (void)zmq_socket_monitor(zmq_line->socket, NULL, 0);
    }
    if (zmq_line->monitor != NULL) {
        (void)zmq_close(zmq_line->monitor);
    }
    if (zmq_line->socket != NULL) {
        (void)zmq_close(zmq_line->socket);
    }
    free(zmq_line);
}

/* LINGER 0: what could not be sent dies with the line, so that nothing is posted behind the back
 * of whoever was told that it is unknown. Reconnecting is the client's, not ZeroMQ's. */
static bool prepare(struct zmq_line *line)
{
    return set_int(line->socket, ZMQ_LINGER, 0) && set_int(line->socket, ZMQ_RECONNECT_IVL, -1) &&
           set_int(line->socket, ZMQ_SNDHWM, 256) && set_int(line->socket, ZMQ_RCVHWM, 256) &&
           zmq_setsockopt(line->socket, ZMQ_MAXMSGSIZE, &(int64_t){LINE_MESSAGE_MAX},
                          sizeof(int64_t)) == 0 &&
           set_int(line->monitor, ZMQ_LINGER, 0);
}

static struct line *zmq_line_open(struct line_maker *maker, const char *endpoint)
{
    struct zmq_maker *own = (struct zmq_maker *)maker;
    struct zmq_line *line = calloc(1, sizeof *line);
    CHECK(line != NULL);
    line->line = (struct line){.send = zmq_line_send,
                               .receive = zmq_line_receive,
                               .ready = zmq_line_ready,
                               .fds = zmq_line_fds,
                               .close = zmq_line_close};
    char watch[48];
    (void)snprintf(watch, sizeof watch, "inproc://watch-%u", own->serial++);
    line->socket = zmq_socket(own->context, ZMQ_DEALER);
    line->monitor = zmq_socket(own->context, ZMQ_PAIR);
    if (line->socket == NULL || line->monitor == NULL || !prepare(line) ||
        zmq_socket_monitor(line->socket, watch, ZMQ_EVENT_DISCONNECTED) != 0 ||
        zmq_connect(line->monitor, watch) != 0 || zmq_connect(line->socket, endpoint) != 0) {
        zmq_line_close(&line->line);
        return NULL;
    }
    return &line->line;
}

struct line_maker *line_zmq_new(void)
{
    struct zmq_maker *maker = calloc(1, sizeof *maker);
    CHECK(maker != NULL);
    maker->maker.open = zmq_line_open;
    maker->context = zmq_ctx_new();
    CHECK(maker->context != NULL);
    return &maker->maker;
}

void line_zmq_free(struct line_maker **maker)
{
    if (*maker == NULL) {
        return;
    }
    struct zmq_maker *own = (struct zmq_maker *)*maker;
    (void)zmq_ctx_term(own->context);
    free(own);
    *maker = NULL;
}

bool line_zmq_endpoint_is_sound(const char *endpoint)
{
    if (strncmp(endpoint, "ipc://", 6) != 0 && strncmp(endpoint, "tcp://", 6) != 0) {
        return false;
    }
    struct line_maker *maker = line_zmq_new();
    struct line *line = maker->open(maker, endpoint);
    if (line != NULL) {
        line->close(line);
    }
    bool sound = line != NULL;
    line_zmq_free(&maker);
    return sound;
}
