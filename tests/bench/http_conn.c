#include "http_conn.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define ROOM_FIRST 4096

static bool parse_address(const char *text, struct sockaddr_in *out)
{
    char host[64];
    const char *colon = strrchr(text, ':');
    if (colon == NULL || (size_t)(colon - text) >= sizeof host)
        return false;
    memcpy(host, text, (size_t)(colon - text));
    host[colon - text] = '\0';
    *out = (struct sockaddr_in){.sin_family = AF_INET,
                                .sin_port = htons((uint16_t)strtoul(colon + 1, NULL, 10))};
    return inet_pton(AF_INET, host, &out->sin_addr) == 1;
}

bool http_conn_open(struct http_conn *conn, const char *address)
{
    struct sockaddr_in to;
    int on = 1;
    *conn = (struct http_conn){.fd = -1};
    if (!parse_address(address, &to))
        return false;
    conn->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    conn->room = ROOM_FIRST;
    conn->in = malloc(conn->room);
    CHECK(conn->in != NULL);
    if (conn->fd < 0 || connect(conn->fd, (struct sockaddr *)&to, sizeof to) != 0 ||
        setsockopt(conn->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) != 0) {
        http_conn_close(conn);
        return false;
    }
    return true;
}

void http_conn_close(struct http_conn *conn)
{
    if (conn->fd >= 0)
        (void)close(conn->fd);
    free(conn->in);
    *conn = (struct http_conn){.fd = -1};
}

bool http_conn_send(struct http_conn *conn, const void *data, size_t size)
{
    conn->have = 0;
    for (size_t sent = 0; sent < size;) {
        ssize_t n = send(conn->fd, (const char *)data + sent, size - sent, MSG_NOSIGNAL);
        if (n < 0 && errno != EINTR)
            return false;
        sent += n < 0 ? 0 : (size_t)n;
    }
    return true;
}

static bool find_length(const char *headers, const char *end, size_t *out)
{
    *out = 0;
    for (const char *line = headers; line != NULL && line < end;) {
        line = memchr(line, '\n', (size_t)(end - line));
        if (line == NULL)
            break;
        line++;
        if (strncasecmp(line, "content-length:", 15) == 0) {
            *out = strtoul(line + 15, NULL, 10);
            return true;
        }
    }
    return false;
}

static enum http_read look(struct http_conn *conn)
{
    conn->in[conn->have] = '\0';
    const char *end = memmem(conn->in, conn->have, "\r\n\r\n", 4);
    if (end == NULL)
        return HTTP_READ_MORE;
    size_t length, head = (size_t)(end + 4 - conn->in);
    if (strncmp(conn->in, "HTTP/1.1 ", 9) != 0)
        return HTTP_READ_LOST;
    conn->status = (int)strtol(conn->in + 9, NULL, 10);
    (void)find_length(conn->in, end, &length);
    if (conn->have < head + length)
        return head + length < HTTP_CONN_ROOM ? HTTP_READ_MORE : HTTP_READ_LOST;
    conn->body = end + 4;
    conn->body_size = length;
    return HTTP_READ_REPLY;
}

enum http_read http_conn_read(struct http_conn *conn)
{
    if (conn->have + 1 >= conn->room) {
        conn->room *= 2;
        conn->in = realloc(conn->in, conn->room);
        CHECK(conn->in != NULL);
    }
    ssize_t n = recv(conn->fd, conn->in + conn->have, conn->room - conn->have - 1, MSG_DONTWAIT);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return HTTP_READ_MORE;
    if (n <= 0)
        return HTTP_READ_LOST;
    conn->have += (size_t)n;
    return look(conn);
}

bool http_conn_ask(struct http_conn *conn, const void *data, size_t size)
{
    if (!http_conn_send(conn, data, size))
        return false;
    for (;;) {
        struct pollfd fd = {.fd = conn->fd, .events = POLLIN};
        if (poll(&fd, 1, 30000) <= 0)
            return false;
        enum http_read read = http_conn_read(conn);
        if (read != HTTP_READ_MORE)
            return read == HTTP_READ_REPLY;
    }
}
