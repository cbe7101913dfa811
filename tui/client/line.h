/* A line to the daemon: whole messages there and back, never waiting. The real one is a DEALER
 * socket; tests put a fake bank behind the same functions. One thread. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/bytes.h"

/* A statement has all its lines, always: the daemon sends none longer. What is longer drops the
 * line. */
#define LINE_MESSAGE_MAX (256 << 20)

enum line_news {
    LINE_NOTHING,
    LINE_MESSAGE, /* in `out` */
    LINE_LOST     /* the other side went away; what was on the way is lost */
};

struct line {
    bool (*send)(struct line *line, const void *data, size_t size); /* false: no room */
    enum line_news (*receive)(struct line *line, struct bytes *out);
    /* True: receive has something, and polling first would wait for nothing. */
    bool (*ready)(struct line *line);
    /* Descriptors to poll for reading; returns how many. They are edge-triggered: after any of
     * them is readable receive must be called until LINE_NOTHING, and just before a poll ready
     * must say no, because a send may have swallowed the edge. */
    int (*fds)(const struct line *line, int out[2]);
    void (*close)(struct line *line);
};

/* Makes lines; the client opens a new one after each break. */
struct line_maker {
    struct line *(*open)(struct line_maker *maker, const char *endpoint); /* NULL: not now */
};

struct line_maker *line_zmq_new(void) MUST_USE;
void line_zmq_free(struct line_maker **maker); /* after every line is closed */
/* False when ZeroMQ would not take it as the address of a daemon. */
bool line_zmq_endpoint_is_sound(const char *endpoint);
