/* One keep-alive connection of HTTP/1.1, as small as a load generator wants it: requests are
 * ready-made bytes, replies have a Content-Length (or no body). */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/check.h"

#define HTTP_CONN_ROOM (1u << 22) /* a reply, headers and body */

struct http_conn {
    int fd;
    char *in; /* NUL-terminated */
    size_t have, room;
    int status;       /* of the reply */
    const char *body; /* NUL-terminated, good until the next reading */
    size_t body_size;
    /* For who drives it. */
    bool busy;
    int64_t since_ns;
    uint64_t mark;
};

/* "127.0.0.1:8080" */
bool http_conn_open(struct http_conn *conn, const char *address) MUST_USE;
void http_conn_close(struct http_conn *conn);
bool http_conn_send(struct http_conn *conn, const void *data, size_t size) MUST_USE;
/* Reads once without waiting. */
enum http_read { HTTP_READ_MORE, HTTP_READ_REPLY, HTTP_READ_LOST };
enum http_read http_conn_read(struct http_conn *conn) MUST_USE;
/* Sends and waits for the reply. */
bool http_conn_ask(struct http_conn *conn, const void *data, size_t size) MUST_USE;
