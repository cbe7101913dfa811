/* The headers of one request, read at the handler's first call. */
#pragma once

#include <microhttpd.h>
#include <stdbool.h>
#include <stdint.h>

#include "contract/problem.h"
#include "rest/accept.h"

struct headers {
    struct text auth; /* what stands behind "Bearer"; absent: no Authorization */
    struct text key;  /* Idempotency-Key as it came; absent: none */
    struct text content_type, if_none_match;
    struct accept accept;
    uint64_t content_length;
    unsigned keys; /* how many Idempotency-Key headers */
    bool chunked;
    bool expects;     /* 100-continue */
    bool encoded;     /* the body is not as it is: compressed, say */
    bool to_itself;   /* Host names this machine: localhost or a loopback address */
    bool from_itself; /* there is no Origin, or one of this machine: no page from elsewhere */
};

/* Where libmicrohttpd has put the parts of the request line. */
struct head_layout {
    const char *method;
    struct text target;
    const char *version;
};

/* False: the framing cannot be trusted or a header is no header; answer `problem` and close. The
 * texts are libmicrohttpd's and live as long as the request. */
bool headers_read(struct MHD_Connection *connection, const struct head_layout *layout,
                  struct headers *out, struct problem *problem) MUST_USE;
