#include "rest/headers.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "rest/rest.h"

struct reading {
    struct headers *headers;
    struct problem *problem;
    const char *at; /* where the next line must begin: see joins_on */
    unsigned lengths, encodings, hosts, auths, types;
    bool http_1_0;
};

/* libmicrohttpd 0.9.75 cuts a head into strings where it stands and looks no further than their
 * NULs. So a NUL that was sent ends a value for it ("Content-Length: 5\0x"), and so do a lone CR
 * and a lone LF, which others take for part of a value. All of them show in the distances: every
 * string must be followed by the two bytes of CR LF, and all lines together be the head. Later
 * versions look for themselves, and put the strings elsewhere. */
#if MHD_VERSION == 0x00097500
static bool joins_on(struct reading *reading, const char *line, const char *end)
{
    bool joined = line == reading->at;
    reading->at = end + 2;
    return joined;
}

static bool is_whole(const struct reading *reading, struct MHD_Connection *connection,
                     const struct head_layout *layout)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);
    return info != NULL && layout->method + strlen(layout->method) + 1 == layout->target.data &&
           layout->target.data + layout->target.size + 1 == layout->version &&
           (size_t)(reading->at + 2 - layout->method) == info->header_size;
}
#else
static bool joins_on(struct reading *reading, const char *line, const char *end)
{
    (void)reading;
    (void)line;
    (void)end;
    return true;
}

static bool is_whole(const struct reading *reading, struct MHD_Connection *connection,
                     const struct head_layout *layout)
{
    (void)reading;
    (void)connection;
    (void)layout;
    return true;
}
#endif

static bool is_token(struct text name)
{
    for (size_t i = 0; i < name.size; i++) {
        char c = name.data[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (!letter && (c == '\0' || strchr("!#$%&'*+-.^_`|~", c) == NULL)) {
            return false;
        }
    }
    return name.size > 0;
}

static bool has_control(struct text value)
{
    for (size_t i = 0; i < value.size; i++) {
        unsigned char c = (unsigned char)value.data[i];
        if ((c < 0x20 && c != '\t') || c == 0x7f) {
            return true;
        }
    }
    return false;
}

static bool refuse(struct reading *reading, const char *detail)
{
    problem_set(reading->problem, STATUS_malformed_request, "%s", detail);
    return false;
}

/* Plain digits that fit: libmicrohttpd looks at the first Content-Length only, and at none when
 * there is a Transfer-Encoding. */
static bool read_length(struct reading *reading, struct text value)
{
    if (++reading->lengths > 1) {
        return refuse(reading, "Send one Content-Length.");
    }
    if (value.size == 0 || value.size > 18) {
        return refuse(reading, "Send Content-Length as a plain number of bytes.");
    }
    for (size_t i = 0; i < value.size; i++) {
        if (value.data[i] < '0' || value.data[i] > '9') {
            return refuse(reading, "Send Content-Length as a plain number of bytes.");
        }
        reading->headers->content_length =
            reading->headers->content_length * 10 + (uint64_t)(value.data[i] - '0');
    }
    return true;
}

static bool read_encoding(struct reading *reading, struct text value)
{
    if (++reading->encodings > 1 || !accept_equal(value, "chunked") || reading->http_1_0) {
        return refuse(reading, "Send the body with a Content-Length, or chunked and only so.");
    }
    reading->headers->chunked = true;
    return true;
}

/* Another scheme than Bearer is a key we do not know, not the absence of one. */
static void read_auth(struct headers *headers, struct text value)
{
    headers->auth = TEXT("");
    if (value.size > 7 && strncasecmp(value.data, "Bearer ", 7) == 0) {
        headers->auth = accept_trim((struct text){value.data + 7, value.size - 7});
    }
}

static bool names_itself(struct text host)
{
    char address[80];
    bool has_port = host.size > 0 && host.data[host.size - 1] != ']' &&
                    memchr(host.data, ':', host.size) != NULL;
    int size = snprintf(address, sizeof(address), "%.*s%s", TEXT_ARGS(host), has_port ? "" : ":0");
    return size > 0 && (size_t)size < sizeof(address) && rest_address_is_loopback(address);
}

/* What a host may be written with; which one it is says names_itself. */
static bool is_host(struct text host)
{
    for (size_t i = 0; i < host.size; i++) {
        char c = host.data[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (!letter && strchr("-.:[]_~%!$&'()*+;=", c) == NULL) {
            return false;
        }
    }
    return true;
}

static bool read_host(struct reading *reading, struct text host)
{
    reading->headers->to_itself = names_itself(host);
    return (++reading->hosts == 1 && is_host(host)) ||
           refuse(reading, "Send one Host, and nothing but the host and port in it.");
}

/* Cuts the prefix off. */
static bool starts_with(struct text *text, const char *prefix)
{
    size_t size = strlen(prefix);
    if (text->size < size || memcmp(text->data, prefix, size) != 0) {
        return false;
    }
    *text = (struct text){text->data + size, text->size - size};
    return true;
}

static bool origin_is_itself(struct text origin)
{
    return (starts_with(&origin, "http://") || starts_with(&origin, "https://")) &&
           names_itself(origin);
}

static bool read_header(struct reading *reading, struct text name, struct text value)
{
    struct headers *headers = reading->headers;
    if (accept_equal(name, "host")) {
        return read_host(reading, value);
    }
    if (accept_equal(name, "content-length")) {
        return read_length(reading, value);
    }
    if (accept_equal(name, "transfer-encoding")) {
        return read_encoding(reading, value);
    }
    if (accept_equal(name, "authorization")) {
        read_auth(headers, value);
        return ++reading->auths == 1 || refuse(reading, "Send one Authorization.");
    }
    if (accept_equal(name, "content-type")) {
        headers->content_type = value;
        return ++reading->types == 1 || refuse(reading, "Send one Content-Type.");
    }
    if (accept_equal(name, "idempotency-key")) {
        headers->key = value;
        headers->keys++;
    } else if (accept_equal(name, "if-none-match")) {
        headers->if_none_match = value;
    } else if (accept_equal(name, "accept")) {
        accept_add(&headers->accept, value);
    } else if (accept_equal(name, "expect")) {
        headers->expects = accept_equal(value, "100-continue");
    } else if (accept_equal(name, "content-encoding")) {
        headers->encoded = headers->encoded || !accept_equal(value, "identity");
    } else if (accept_equal(name, "origin")) {
        headers->from_itself = headers->from_itself && origin_is_itself(value);
    }
    return true;
}

static enum MHD_Result each_header(void *cls, enum MHD_ValueKind kind, const char *key,
                                   size_t key_size, const char *value, size_t value_size)
{
    (void)kind;
    struct reading *reading = cls;
    struct text name = {key, key_size};
    struct text text = accept_trim((struct text){value == NULL ? "" : value, value_size});
    bool good;
    if (value != NULL && (uintptr_t)value < (uintptr_t)key) {
        /* libmicrohttpd 0.9.75 glues a folded line to the header's *name*, in memory behind the
         * value; what the sender meant can no longer be told. */
        good = refuse(reading, "Send every header on one line.");
    } else if (value != NULL && !joins_on(reading, key, value + value_size)) {
        good = refuse(reading, "End every line of the head with CR LF, and have none in it.");
    } else if (!is_token(name) || has_control(text)) {
        good = refuse(reading, "Send headers as RFC 9110 writes them.");
    } else {
        good = read_header(reading, name, text);
    }
    return good ? MHD_YES : MHD_NO;
}

bool headers_read(struct MHD_Connection *connection, const struct head_layout *layout,
                  struct headers *out, struct problem *problem)
{
    *out = (struct headers){.from_itself = true};
    struct reading reading = {.headers = out, .problem = problem};
    reading.http_1_0 = strcmp(layout->version, MHD_HTTP_VERSION_1_0) == 0;
    reading.at = layout->version + strlen(layout->version) + 2;
    (void)MHD_get_connection_values_n(connection, MHD_HEADER_KIND, each_header, &reading);
    if (problem->status != STATUS_ok) {
        return false;
    }
    if (!is_whole(&reading, connection, layout)) {
        return refuse(&reading, "End every line of the head with CR LF, and have none in it.");
    }
    if (reading.hosts == 0 && !reading.http_1_0) {
        return refuse(&reading, "Send the Host you are talking to.");
    }
    if (reading.lengths > 0 && reading.encodings > 0) {
        return refuse(&reading, "Send Content-Length or Transfer-Encoding, not both.");
    }
    return true;
}
