/* The REST door: libmicrohttpd as an external-epoll daemon in one loop on one thread. Decode,
 * submit to the service, encode; nothing else. Also /livez, /readyz, /metrics, /openapi.json. */
#pragma once

#include <stdbool.h>

#include "host/clock.h"
#include "host/metrics.h"
#include "service/service.h"

struct rest;

struct rest_config {
    struct service *service;
    struct clock *clock; /* NULL: the machine's */
    bool open;           /* answers only who asks for localhost or a loopback address by Host: a
                          * page in a browser must not reach an open bank by another name */
    const char *address; /* "127.0.0.1:8080", "[::1]:0"; loopback only until TLS comes */
};

/* Listens and starts the thread. NULL: logged. */
struct rest *rest_start(const struct rest_config *config) MUST_USE;
const char *rest_address(const struct rest *rest); /* with the port that was chosen */
void rest_stop(struct rest **rest); /* drains: answers what is in flight, then closes */
bool rest_address_is_loopback(const char *address);
