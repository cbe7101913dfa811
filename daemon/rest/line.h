/* Watching for clients that have shut their sending side.
 *
 * libmicrohttpd 0.9.75 waits with edge-triggered epoll and takes a read that did not fill its
 * buffer for the last one. When a FIN came together with data it is never noticed, and the
 * connection stays until its time is up: a few hundred half requests of clients long gone would
 * take the seats of others. So every socket is also watched here, for the FIN alone; once
 * libmicrohttpd has read all that came before it, shutting our receiving side, which is shut
 * already, gives it one more edge, and that read says "closed". Costs one epoll_ctl a connection.
 */
#pragma once

#include <stdbool.h>

#include "base/check.h"

struct line {
    int fd;
    struct line *next, *before; /* in the list of those that have ended */
    bool ended;
};

struct lines {
    int epoll_fd;
    bool ready; /* set by the loop: epoll_fd has something to say */
    struct line *ended;
};

bool lines_open(struct lines *lines) MUST_USE;
void lines_close(struct lines *lines);
void line_watch(struct lines *lines, struct line *line, int fd); /* a connection begins */
void line_leave(struct lines *lines, struct line *line);
/* Once a turn, after libmicrohttpd has run. True: it should run again. */
bool lines_settle(struct lines *lines) MUST_USE;
