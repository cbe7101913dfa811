#include "rest/line.h"

#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#define EVENTS_MAX 64

bool lines_open(struct lines *lines)
{
    lines->ended = NULL;
    lines->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    return lines->epoll_fd >= 0;
}

void lines_close(struct lines *lines)
{
    if (lines->epoll_fd >= 0) {
        (void)close(lines->epoll_fd);
    }
    lines->epoll_fd = -1;
}

void line_watch(struct lines *lines, struct line *line, int fd)
{
    *line = (struct line){.fd = fd};
    struct epoll_event event = {.events = EPOLLRDHUP | EPOLLONESHOT, .data.ptr = line};
    /* Without the watch the connection merely ends when its time is up. */
    (void)epoll_ctl(lines->epoll_fd, EPOLL_CTL_ADD, fd, &event);
}

static void unlink_line(struct lines *lines, struct line *line)
{
    if (line->before != NULL) {
        line->before->next = line->next;
    } else {
        lines->ended = line->next;
    }
    if (line->next != NULL) {
        line->next->before = line->before;
    }
    line->ended = false;
}

void line_leave(struct lines *lines, struct line *line)
{
    if (line->ended) {
        unlink_line(lines, line);
    }
    (void)epoll_ctl(lines->epoll_fd, EPOLL_CTL_DEL, line->fd, NULL);
}

static void note_ended(struct lines *lines)
{
    struct epoll_event events[EVENTS_MAX];
    int count;
    do {
        count = epoll_wait(lines->epoll_fd, events, EVENTS_MAX, 0);
        for (int i = 0; i < count; i++) {
            struct line *line = events[i].data.ptr;
            line->ended = true;
            line->before = NULL;
            line->next = lines->ended;
            if (line->next != NULL) {
                line->next->before = line;
            }
            lines->ended = line;
        }
    } while (count == EVENTS_MAX);
}

bool lines_settle(struct lines *lines)
{
    bool nudged = false;
    struct line *next;
    if (lines->ready) {
        lines->ready = false;
        note_ended(lines);
    }
    for (struct line *line = lines->ended; line != NULL; line = next) {
        int unread = 0;
        next = line->next;
        if (ioctl(line->fd, FIONREAD, &unread) == 0 && unread > 0) {
            continue; /* libmicrohttpd has not got that far */
        }
        unlink_line(lines, line);
        /* Fails when the connection is gone altogether, and that libmicrohttpd sees itself. */
        (void)shutdown(line->fd, SHUT_RD);
        nudged = true;
    }
    return nudged;
}
