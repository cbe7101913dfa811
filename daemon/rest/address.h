/* The address to listen on: "127.0.0.1:8080", "[::1]:0", "localhost:8080". No names are looked
 * up but that one. */
#pragma once

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

#include "base/check.h"

union address {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
};

bool address_parse(const char *text, union address *out) MUST_USE;
bool address_is_loopback(const union address *address);
socklen_t address_size(const union address *address);
/* "127.0.0.1:8080"; `out` has room for any. */
#define ADDRESS_TEXT_MAX 80
void address_print(const union address *address, char out[ADDRESS_TEXT_MAX]);
