/* What carries a request to a receiver: libcurl (sender_curl.h), or a fake in tests. Everything
 * but `wake` belongs to one thread. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"

#define SENDER_ANSWER_MAX 1024 /* bytes of an answer's body that are kept */

struct sender_request {
    unsigned flight; /* the caller's number for it, given back with the answer */
    const char *url;
    const char *id;        /* webhook-id */
    int64_t timestamp;     /* webhook-timestamp: seconds since 1970 */
    const char *signature; /* webhook-signature */
    struct text body;
};

struct sender_answer {
    unsigned flight;
    unsigned status;       /* of HTTP; 0: none came */
    const char *error;     /* one of the sender's words for what went wrong; NULL: an answer came */
    int64_t retry_after_s; /* 0: not asked for */
    char body[SENDER_ANSWER_MAX];
    size_t body_size;
};

struct sender {
    /* False: it cannot be started just now. Everything is copied. */
    bool (*start)(struct sender *sender, const struct sender_request *request);
    bool (*take)(struct sender *sender, struct sender_answer *out); /* one that has ended */
    void (*cancel)(struct sender *sender, unsigned flight);         /* no answer will come */
    /* Works for at most so long, and returns early when something ended or somebody woke it. */
    void (*wait)(struct sender *sender, int timeout_ms);
    void (*wake)(struct sender *sender); /* any thread */
    void (*close)(struct sender *sender);
};
