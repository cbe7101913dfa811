#include "rest/headers.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "rest/rest.h"

struct reading {
    struct headers *headers;
    struct problem *problem;
    unsigned lengths, encodings, hosts, auths, types;
    bool http_1_0;
};

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

static bool read_header(struct reading *reading, struct text name, struct text value)
{
    struct headers *headers = reading->headers;
    if (accept_equal(name, "host")) {
        headers->to_itself = names_itself(value);
        return ++reading->hosts == 1 || refuse(reading, "Send one Host.");
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
    } else if (!is_token(name) || has_control(text)) {
        good = refuse(reading, "Send headers as RFC 9110 writes them.");
    } else {
        good = read_header(reading, name, text);
    }
    return good ? MHD_YES : MHD_NO;
}

bool headers_read(struct MHD_Connection *connection, const char *version, struct headers *out,
                  struct problem *problem)
{
    *out = (struct headers){0};
    struct reading reading = {.headers = out, .problem = problem};
    reading.http_1_0 = strcmp(version, MHD_HTTP_VERSION_1_1) != 0;
    (void)MHD_get_connection_values_n(connection, MHD_HEADER_KIND, each_header, &reading);
    if (problem->status != STATUS_ok) {
        return false;
    }
    if (reading.hosts == 0 && !reading.http_1_0) {
        return refuse(&reading, "Send the Host you are talking to.");
    }
    if (reading.lengths > 0 && reading.encodings > 0) {
        return refuse(&reading, "Send Content-Length or Transfer-Encoding, not both.");
    }
    return true;
}
