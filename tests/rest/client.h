/* A raw HTTP client for the tests: what it sends is exactly what the test wrote. */
#pragma once

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <setjmp.h>

#include <cmocka.h>

#define CLIENT_MAX (4u * 1024 * 1024)
#define CLIENT_PATIENCE_S 20

struct client {
    int fd;
    char *data; /* read and not yet taken */
    size_t size;
};

struct answer {
    int status;
    char head[8192];
    char *body; /* ends in a NUL */
    size_t body_size;
};

static inline struct client client_open(const char *address)
{
    struct client client = {.fd = socket(AF_INET, SOCK_STREAM, 0)};
    struct sockaddr_in to = {.sin_family = AF_INET};
    const char *colon = strrchr(address, ':');
    struct timeval patience = {.tv_sec = CLIENT_PATIENCE_S};
    const int on = 1;
    assert_true(client.fd >= 0);
    to.sin_port = htons((uint16_t)atoi(colon + 1));
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_int_equal(connect(client.fd, (struct sockaddr *)&to, sizeof(to)), 0);
    assert_int_equal(setsockopt(client.fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)),
                     0);
    assert_int_equal(setsockopt(client.fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)), 0);
    client.data = malloc(CLIENT_MAX + 1);
    assert_non_null(client.data);
    return client;
}

static inline void client_close(struct client *client)
{
    (void)close(client->fd);
    free(client->data);
}

/* Gone with a reset, as a crashed client is. */
static inline void client_reset(struct client *client)
{
    struct linger now = {.l_onoff = 1, .l_linger = 0};
    assert_int_equal(setsockopt(client->fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now)), 0);
    client_close(client);
}

/* What the other side no longer takes is no failure of the sender. */
static inline void client_send_bytes(struct client *client, const void *data, size_t size)
{
    const char *at = data;
    while (size > 0) {
        ssize_t sent = send(client->fd, at, size, MSG_NOSIGNAL);
        if (sent <= 0) {
            return;
        }
        at += sent;
        size -= (size_t)sent;
    }
}

static inline void client_send(struct client *client, const char *text)
{
    client_send_bytes(client, text, strlen(text));
}

/* False: the other side closed. */
static inline int client_more(struct client *client)
{
    assert_true(client->size < CLIENT_MAX);
    ssize_t got = recv(client->fd, client->data + client->size, CLIENT_MAX - client->size, 0);
    assert_false(got < 0 && errno == EAGAIN); /* out of patience */
    if (got <= 0) {
        return 0;
    }
    client->size += (size_t)got;
    return 1;
}

/* The value of a header into `out`; 0 when there is none. */
static inline int answer_header(const struct answer *answer, const char *name, char *out,
                                size_t size)
{
    const char *line = strstr(answer->head, "\r\n");
    size_t name_size = strlen(name);
    while (line != NULL && line[2] != '\0') {
        line += 2;
        if (strncasecmp(line, name, name_size) == 0 && line[name_size] == ':') {
            const char *value = line + name_size + 1;
            value += strspn(value, " ");
            (void)snprintf(out, size, "%.*s", (int)strcspn(value, "\r\n"), value);
            return 1;
        }
        line = strstr(line, "\r\n");
    }
    out[0] = '\0';
    return 0;
}

static inline void client_drop(struct client *client, size_t size)
{
    memmove(client->data, client->data + size, client->size - size);
    client->size -= size;
}

/* Reads one answer; `head_only` for HEAD. False: the other side closed without one. */
static inline int client_try(struct client *client, int head_only, struct answer *out)
{
    char length[32];
    const char *end;
    memset(out, 0, sizeof(*out));
    client->data[client->size] = '\0';
    while ((end = strstr(client->data, "\r\n\r\n")) == NULL) {
        if (!client_more(client)) {
            return 0;
        }
        client->data[client->size] = '\0';
    }
    size_t head_size = (size_t)(end - client->data) + 4;
    assert_true(head_size < sizeof(out->head));
    memcpy(out->head, client->data, head_size);
    out->head[head_size - 2] = '\0';
    client_drop(client, head_size);
    assert_int_equal(sscanf(out->head, "HTTP/1.1 %d ", &out->status), 1);
    if (!head_only && out->status != 304 && out->status != 204 && out->status != 100) {
        assert_true(answer_header(out, "Content-Length", length, sizeof(length)));
        out->body_size = (size_t)strtoul(length, NULL, 10);
    }
    while (client->size < out->body_size) {
        assert_true(client_more(client));
    }
    out->body = malloc(out->body_size + 1);
    assert_non_null(out->body);
    memcpy(out->body, client->data, out->body_size);
    out->body[out->body_size] = '\0';
    client_drop(client, out->body_size);
    return 1;
}

static inline struct answer client_read(struct client *client)
{
    struct answer answer;
    assert_true(client_try(client, 0, &answer));
    return answer;
}

static inline void answer_free(struct answer *answer)
{
    free(answer->body);
    answer->body = NULL;
}

static inline struct answer client_ask(struct client *client, const char *request)
{
    client_send(client, request);
    return client_read(client);
}

/* The other side closes and has nothing more to say. A reset is a close too. */
static inline void client_expect_closed(struct client *client)
{
    while (client_more(client)) {
    }
    client->data[client->size] = '\0';
    assert_string_equal(client->data, "");
}

static inline void answer_expect_header(const struct answer *answer, const char *name,
                                        const char *value)
{
    char got[512];
    if (!answer_header(answer, name, got, sizeof(got))) {
        fail_msg("no %s in:\n%s", name, answer->head);
    }
    assert_string_equal(got, value);
}

static inline void answer_expect_no_header(const struct answer *answer, const char *name)
{
    char got[512];
    if (answer_header(answer, name, got, sizeof(got))) {
        fail_msg("%s in:\n%s", name, answer->head);
    }
}

static inline void answer_expect_text(const struct answer *answer, const char *part)
{
    if (strstr(answer->body, part) == NULL) {
        fail_msg("no %s in: %s", part, answer->body);
    }
}
