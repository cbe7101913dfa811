#include "dealer.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define WAIT_S 120 /* a disk may stall for long: that is a bad figure, not the end */
#define GATHER_MAX ((size_t)1 << 17)
#define SHORT_BUFFER 32768
#define READ_AT_ONCE ((size_t)1 << 18)
#define MESSAGE_MAX ((uint64_t)1 << 26)

/* ZMTP: a greeting of 64 bytes, a command READY both ways, then frames. */
#define GREETING_SIZE 64
enum { FRAME_MORE = 1, FRAME_LONG = 2, FRAME_COMMAND = 4 };

/* ---- buffers */

/* Makes room for so many bytes behind the end. */
static uint8_t *reserve(struct dealer_buffer *buffer, size_t size)
{
    if (buffer->start > 0 && buffer->room - buffer->end < size) {
        memmove(buffer->data, buffer->data + buffer->start, buffer->end - buffer->start);
        buffer->end -= buffer->start;
        buffer->start = 0;
    }
    if (buffer->room - buffer->end < size) {
        buffer->room = 2 * (buffer->end + size);
        buffer->data = realloc(buffer->data, buffer->room);
        CHECK(buffer->data != NULL);
    }
    return buffer->data + buffer->end;
}

static size_t waiting(const struct dealer_buffer *buffer)
{
    return buffer->end - buffer->start;
}

static void take(struct dealer_buffer *buffer, size_t size)
{
    buffer->start += size;
    if (buffer->start == buffer->end)
        buffer->start = buffer->end = 0;
}

/* ---- connecting */

static bool parse_endpoint(const char *endpoint, struct sockaddr_in *out)
{
    char host[64];
    unsigned port;
    *out = (struct sockaddr_in){.sin_family = AF_INET};
    if (sscanf(endpoint, "tcp://%63[0-9.]:%5u", host, &port) != 2 || port > UINT16_MAX)
        return false;
    out->sin_port = htons((uint16_t)port);
    return inet_pton(AF_INET, host, &out->sin_addr) == 1;
}

static bool send_all(int fd, const void *data, size_t size)
{
    for (size_t sent = 0; sent < size;) {
        ssize_t now = send(fd, (const char *)data + sent, size - sent, MSG_NOSIGNAL);
        if (now < 0 && errno != EINTR)
            return false;
        sent += now < 0 ? 0 : (size_t)now;
    }
    return true;
}

static bool receive_all(int fd, void *data, size_t size)
{
    ssize_t got;
    do
        got = recv(fd, data, size, MSG_WAITALL);
    while (got < 0 && errno == EINTR);
    return got == (ssize_t)size;
}

static bool shake_hands(int fd)
{
    static const uint8_t greeting[GREETING_SIZE] = {
        0xff, 0,   0,   0,   0, 0, 0, 0, 1, 0x7f, /* signature */
        3,    0,                                  /* version */
        'N',  'U', 'L', 'L',                      /* mechanism; the rest is zero */
    };
    static const char ready[] = "\x04\x1c"
                                "\x05READY"
                                "\x0bSocket-Type\0\0\0\x06"
                                "DEALER";
    uint8_t theirs[GREETING_SIZE], head[2], body[UINT8_MAX];
    return send_all(fd, greeting, sizeof greeting) && receive_all(fd, theirs, sizeof theirs) &&
           theirs[0] == 0xff && theirs[10] >= 3 && send_all(fd, ready, sizeof ready - 1) &&
           receive_all(fd, head, sizeof head) && head[0] == FRAME_COMMAND &&
           receive_all(fd, body, head[1]);
}

static bool open_socket(struct dealer *dealer, const char *endpoint, int buffer)
{
    struct sockaddr_in to;
    struct timeval patience = {.tv_sec = WAIT_S};
    int on = 1;
    *dealer = (struct dealer){.fd = -1};
    if (parse_endpoint(endpoint, &to))
        dealer->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (dealer->fd >= 0 &&
        (buffer == 0 ||
         setsockopt(dealer->fd, SOL_SOCKET, SO_SNDBUF, &buffer, sizeof buffer) == 0) &&
        setsockopt(dealer->fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience) == 0 &&
        setsockopt(dealer->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) == 0 &&
        connect(dealer->fd, (struct sockaddr *)&to, sizeof to) == 0 && shake_hands(dealer->fd))
        return true;
    fprintf(stderr, "bench: cannot connect to %s\n", endpoint);
    return false;
}

bool dealer_open(struct dealer *dealer, const char *endpoint)
{
    return open_socket(dealer, endpoint, 0);
}

bool dealer_open_short(struct dealer *dealer, const char *endpoint)
{
    return open_socket(dealer, endpoint, SHORT_BUFFER);
}

void dealer_close(struct dealer *dealer)
{
    if (dealer->fd >= 0)
        (void)close(dealer->fd);
    free(dealer->in.data);
    free(dealer->out.data);
    *dealer = (struct dealer){.fd = -1};
}

int dealer_fd(const struct dealer *dealer)
{
    return dealer->fd;
}

/* ---- going out */

/* An empty frame, then the body. */
static void gather(struct dealer *dealer, const void *data, size_t size)
{
    uint8_t *at = reserve(&dealer->out, 11 + size);
    *at++ = FRAME_MORE;
    *at++ = 0;
    if (size <= UINT8_MAX) {
        *at++ = 0;
        *at++ = (uint8_t)size;
    } else {
        *at++ = FRAME_LONG;
        for (unsigned shift = 64; shift > 0; shift -= 8)
            *at++ = (uint8_t)((uint64_t)size >> (shift - 8));
    }
    memcpy(at, data, size);
    dealer->out.end = (size_t)(at - dealer->out.data) + size;
}

/* As much as the socket takes at once. */
static bool push(struct dealer *dealer)
{
    while (waiting(&dealer->out) > 0) {
        ssize_t now = send(dealer->fd, dealer->out.data + dealer->out.start, waiting(&dealer->out),
                           MSG_NOSIGNAL | MSG_DONTWAIT);
        if (now < 0 && errno != EINTR)
            return errno == EAGAIN;
        take(&dealer->out, now < 0 ? 0 : (size_t)now);
    }
    return true;
}

bool dealer_flush(struct dealer *dealer)
{
    size_t size = waiting(&dealer->out);
    if (size == 0)
        return true;
    bool sent = send_all(dealer->fd, dealer->out.data + dealer->out.start, size);
    take(&dealer->out, size);
    return sent;
}

bool dealer_send(struct dealer *dealer, const void *data, size_t size)
{
    gather(dealer, data, size);
    return waiting(&dealer->out) < GATHER_MAX || dealer_flush(dealer);
}

bool dealer_try_send(struct dealer *dealer, const void *data, size_t size)
{
    if (waiting(&dealer->out) >= SHORT_BUFFER &&
        (!push(dealer) || waiting(&dealer->out) >= SHORT_BUFFER))
        return false;
    gather(dealer, data, size);
    return true;
}

/* ---- coming in */

/* {"v":1, "id":uint64, "ok":true|false, ...: always in this order and, with ids as long as ours,
 * always at the same places. */
static bool look(const uint8_t *data, size_t size, struct dealer_reply *out)
{
    static const uint8_t opening[] = {0xa1, 'v', 0x01, 0xa2, 'i', 'd', 0xcf};
    static const uint8_t ok[] = {0xa2, 'o', 'k'};
    static const uint8_t not_ok[] = {0xa2, 'o', 'k', 0xc2};
    size_t at = 1 + sizeof opening;
    if (size < at + 8 + sizeof ok + 1 || memcmp(data + 1, opening, sizeof opening) != 0 ||
        memcmp(data + at + 8, ok, sizeof ok) != 0)
        return false;
    *out = (struct dealer_reply){.data = data, .size = size};
    for (size_t i = 0; i < 8; i++)
        out->id = out->id << 8 | data[at + i];
    at += 8 + sizeof ok;
    out->ok = data[at] == 0xc3;
    while (size > 1000 && at < size) { /* a batch's, perhaps */
        const uint8_t *hit = memmem(data + at, size - at, not_ok, sizeof not_ok);
        if (hit == NULL)
            break;
        out->failed++;
        at = (size_t)(hit - data) + sizeof not_ok;
    }
    return true;
}

struct frame {
    uint8_t flags;
    const uint8_t *data;
    uint64_t size;
    size_t whole; /* with what stands before it */
};

/* The frame `skip` bytes behind what waits; false: it is not all here yet. */
static bool frame_at(const struct dealer_buffer *in, size_t skip, struct frame *out)
{
    size_t left = waiting(in) - skip;
    if (left < 2)
        return false;
    const uint8_t *at = in->data + in->start + skip;
    size_t head = (at[0] & FRAME_LONG) != 0 ? 9 : 2;
    if (left < head)
        return false;
    *out = (struct frame){.flags = at[0], .data = at + head};
    for (size_t i = 1; i < head; i++)
        out->size = out->size << 8 | at[i];
    out->whole = head + (size_t)(out->size < MESSAGE_MAX ? out->size : MESSAGE_MAX);
    return left >= out->whole;
}

/* The next message: an empty frame and the reply behind it. */
static enum dealer_read next_reply(struct dealer *dealer, struct dealer_reply *out)
{
    struct frame empty, body;
    if (!frame_at(&dealer->in, 0, &empty))
        return DEALER_NOTHING;
    if (empty.flags != FRAME_MORE || empty.size != 0)
        return DEALER_LOST;
    if (!frame_at(&dealer->in, empty.whole, &body))
        return DEALER_NOTHING;
    take(&dealer->in, empty.whole + body.whole); /* the bytes stay where they are */
    bool last = (body.flags & (FRAME_MORE | FRAME_COMMAND)) == 0 && body.size < MESSAGE_MAX;
    return last && look(body.data, (size_t)body.size, out) ? DEALER_REPLY : DEALER_LOST;
}

static enum dealer_read receive(struct dealer *dealer, bool wait)
{
    uint8_t *to = reserve(&dealer->in, READ_AT_ONCE);
    ssize_t got;
    do
        got = recv(dealer->fd, to, READ_AT_ONCE, wait ? 0 : MSG_DONTWAIT);
    while (got < 0 && errno == EINTR);
    if (got <= 0)
        return got < 0 && errno == EAGAIN ? DEALER_NOTHING : DEALER_LOST;
    dealer->in.end += (size_t)got;
    dealer->drained = (size_t)got < READ_AT_ONCE;
    return DEALER_REPLY;
}

enum dealer_read dealer_read(struct dealer *dealer, bool wait, struct dealer_reply *out)
{
    for (;;) {
        enum dealer_read next = next_reply(dealer, out);
        if (next != DEALER_NOTHING)
            return next;
        if (!(wait ? dealer_flush(dealer) : push(dealer)))
            return DEALER_LOST;
        if (!wait && dealer->drained) {
            dealer->drained = false;
            return DEALER_NOTHING;
        }
        next = receive(dealer, wait);
        if (next != DEALER_REPLY)
            return next;
    }
}

bool dealer_ask(struct dealer *dealer, const void *data, size_t size, struct dealer_reply *out)
{
    return dealer_send(dealer, data, size) && dealer_read(dealer, true, out) == DEALER_REPLY;
}
