#include "app/lines.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "term/echo.h"

#define WAIT_MS 200

void lines_open(struct lines *lines, struct client *client, int wake_fd)
{
    *lines = (struct lines){.client = client, .wake_fd = wake_fd};
}

static bool has_line(const struct lines *lines)
{
    return lines->held_size > 0 && memchr(lines->held, '\n', lines->held_size) != NULL;
}

static void read_more(struct lines *lines)
{
    size_t room = sizeof lines->held - lines->held_size;
    ssize_t got = room > 0 ? read(STDIN_FILENO, lines->held + lines->held_size, room) : -1;
    if (got > 0) {
        lines->held_size += (size_t)got;
    } else if (got == 0 || (room > 0 && errno != EINTR && errno != EAGAIN)) {
        lines->input_ended = true;
    }
}

static bool wait_for_news(void *context, bool for_line)
{
    struct lines *lines = context;
    int fds[CLIENT_FDS_MAX];
    bool reads = for_line && !lines->input_ended && !has_line(lines) &&
                 lines->held_size < sizeof lines->held;
    struct pollfd polled[2 + CLIENT_FDS_MAX] = {{.fd = reads ? STDIN_FILENO : -1, .events = POLLIN},
                                                {.fd = lines->wake_fd, .events = POLLIN}};
    int count = client_fds(lines->client, fds);
    for (int i = 0; i < count; i++) {
        polled[2 + i] = (struct pollfd){.fd = fds[i], .events = POLLIN};
    }
    struct timespec now;
    CHECK(clock_gettime(CLOCK_MONOTONIC, &now) == 0);
    int timeout =
        client_timeout_ms(lines->client, (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000);
    timeout = timeout < 0 || timeout > WAIT_MS ? WAIT_MS : timeout;
    if (poll(polled, (nfds_t)(2 + count), timeout) < 0) {
        return errno == EINTR;
    }
    uint8_t byte = 0;
    if (read(lines->wake_fd, &byte, 1) == 1) {
        lines->ended_by = byte;
        return false;
    }
    if (polled[0].revents != 0) {
        read_more(lines);
    }
    return true;
}

static enum plain_input next_line(void *context, char out[PLAIN_LINE_MAX])
{
    struct lines *lines = context;
    const char *end = lines->held_size > 0 ? memchr(lines->held, '\n', lines->held_size) : NULL;
    bool whole = end != NULL || (lines->input_ended && lines->held_size > 0);
    bool full = lines->held_size == sizeof lines->held;
    if (!whole && !full) {
        return lines->input_ended ? PLAIN_INPUT_END : PLAIN_INPUT_NONE;
    }
    size_t size = end != NULL ? (size_t)(end - lines->held) : lines->held_size;
    size_t taken = end != NULL ? size + 1 : size;
    bool skipped = lines->skipping;
    size_t kept = size < PLAIN_LINE_MAX - 1 ? size : PLAIN_LINE_MAX - 1;
    memcpy(out, lines->held, kept);
    out[kept] = '\0';
    memmove(lines->held, lines->held + taken, lines->held_size - taken);
    lines->held_size -= taken;
    explicit_bzero(lines->held + lines->held_size, taken); /* it may have been a PIN */
    lines->skipping = !whole;
    if (memchr(out, '\0', kept) != NULL) { /* no text: nothing of it is meant */
        out[0] = '?';
        out[1] = '\0';
    }
    return skipped ? PLAIN_INPUT_NONE : PLAIN_INPUT_LINE;
}

static void discard(void *context)
{
    struct lines *lines = context;
    if (isatty(STDIN_FILENO)) {
        (void)tcflush(STDIN_FILENO, TCIFLUSH);
        explicit_bzero(lines->held, sizeof lines->held);
        lines->held_size = 0;
    }
}

static void hide(void *context, bool hidden)
{
    (void)context;
    echo_hide(hidden);
}

static void say(void *context, struct text text)
{
    (void)context;
    (void)fwrite(text.data, 1, text.size, stdout);
    (void)fflush(stdout);
}

static void tell_time(void *context, int64_t *now_ms, int64_t *wall_us)
{
    struct timespec now;
    (void)context;
    CHECK(clock_gettime(CLOCK_MONOTONIC, &now) == 0);
    *now_ms = (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
    CHECK(clock_gettime(CLOCK_REALTIME, &now) == 0);
    *wall_us = (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

void lines_io(struct lines *lines, bool ascii, struct plain_io *out)
{
    *out = (struct plain_io){.context = lines,
                             .interactive = isatty(STDIN_FILENO) != 0,
                             .ascii = ascii,
                             .wait = wait_for_news,
                             .line = next_line,
                             .discard = discard,
                             .hide = hide,
                             .say = say,
                             .now = tell_time};
}
