#include "dealer.h"

#include <string.h>

#define ASK_MS 60000
#define HIGH_WATER 4096
#define SHORT_WATER 100
#define SHORT_BUFFER 32768

static bool open_socket(struct dealer *dealer, const char *endpoint, int water, int buffer)
{
    int linger = 0, high = HIGH_WATER;
    dealer->context = zmq_ctx_new();
    dealer->socket = dealer->context == NULL ? NULL : zmq_socket(dealer->context, ZMQ_DEALER);
    if (zmq_msg_init(&dealer->body) != 0)
        return false;
    return dealer->socket != NULL &&
           zmq_setsockopt(dealer->socket, ZMQ_LINGER, &linger, sizeof linger) == 0 &&
           zmq_setsockopt(dealer->socket, ZMQ_SNDHWM, &water, sizeof water) == 0 &&
           zmq_setsockopt(dealer->socket, ZMQ_RCVHWM, &high, sizeof high) == 0 &&
           zmq_setsockopt(dealer->socket, ZMQ_SNDBUF, &buffer, sizeof buffer) == 0 &&
           zmq_connect(dealer->socket, endpoint) == 0;
}

bool dealer_open(struct dealer *dealer, const char *endpoint)
{
    return open_socket(dealer, endpoint, HIGH_WATER, -1);
}

bool dealer_open_short(struct dealer *dealer, const char *endpoint)
{
    return open_socket(dealer, endpoint, SHORT_WATER, SHORT_BUFFER);
}

void dealer_close(struct dealer *dealer)
{
    (void)zmq_msg_close(&dealer->body);
    if (dealer->socket != NULL)
        (void)zmq_close(dealer->socket);
    if (dealer->context != NULL)
        (void)zmq_ctx_term(dealer->context);
    *dealer = (struct dealer){0};
}

bool dealer_send(struct dealer *dealer, const void *data, size_t size)
{
    return zmq_send(dealer->socket, "", 0, ZMQ_SNDMORE) == 0 &&
           zmq_send(dealer->socket, data, size, 0) == (int)size;
}

bool dealer_try_send(struct dealer *dealer, const void *data, size_t size)
{
    return zmq_send(dealer->socket, "", 0, ZMQ_SNDMORE | ZMQ_DONTWAIT) == 0 &&
           zmq_send(dealer->socket, data, size, ZMQ_DONTWAIT) == (int)size;
}

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

enum dealer_read dealer_read(struct dealer *dealer, int timeout_ms, struct dealer_reply *out)
{
    if (zmq_msg_recv(&dealer->body, dealer->socket, ZMQ_DONTWAIT) < 0) {
        zmq_pollitem_t item = {.socket = dealer->socket, .events = ZMQ_POLLIN};
        if (timeout_ms == 0 || zmq_poll(&item, 1, timeout_ms) <= 0)
            return DEALER_NOTHING;
        if (zmq_msg_recv(&dealer->body, dealer->socket, ZMQ_DONTWAIT) < 0)
            return DEALER_LOST;
    }
    while (zmq_msg_more(&dealer->body)) {
        if (zmq_msg_recv(&dealer->body, dealer->socket, 0) < 0)
            return DEALER_LOST;
    }
    return look(zmq_msg_data(&dealer->body), zmq_msg_size(&dealer->body), out) ? DEALER_REPLY
                                                                               : DEALER_LOST;
}

bool dealer_ask(struct dealer *dealer, const void *data, size_t size, struct dealer_reply *out)
{
    return dealer_send(dealer, data, size) && dealer_read(dealer, ASK_MS, out) == DEALER_REPLY;
}

int dealer_fd(const struct dealer *dealer)
{
    int fd = -1;
    size_t size = sizeof fd;
    CHECK(zmq_getsockopt(dealer->socket, ZMQ_FD, &fd, &size) == 0);
    return fd;
}
