/* The sender over libcurl's multi interface: one thread, connections kept and used again.
 *
 * http and https only; no redirects, no proxies, no environment; every address is judged after DNS
 * and before the connect; an answer is read to a bound. The words for failures: timeout,
 * unresolved, connection_failed, forbidden_address, tls_failed, bad_answer. */
#pragma once

#include "base/check.h"
#include "webhooks/address.h"
#include "webhooks/sender.h"

#define SENDER_TIMEOUT_MS 15000
#define SENDER_CONNECT_TIMEOUT_MS 10000
#define SENDER_ANSWER_READ_MAX                                                                     \
    65536 /* of a body, and of its headers; what is behind is not read                             \
           */

struct sender_curl_config {
    struct address_allow allow;
    unsigned flights_max;
    long timeout_ms;     /* 0: SENDER_TIMEOUT_MS */
    const char *resolve; /* tests: "name:port:address", as CURLOPT_RESOLVE has it; or NULL */
};

struct sender *
sender_curl_open(const struct sender_curl_config *config) MUST_USE; /* NULL: logged */
