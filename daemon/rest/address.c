#include "rest/address.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "rest/rest.h"

static bool parse_port(const char *text, in_port_t *out)
{
    int64_t port;
    if (text_to_int64(text_of(text), &port) != TEXT_NUMBER_OK || port < 0 || port > 65535) {
        return false;
    }
    *out = htons((uint16_t)port);
    return true;
}

bool address_parse(const char *text, union address *out)
{
    char host[INET6_ADDRSTRLEN + 2];
    const char *colon = strrchr(text, ':');
    in_port_t port;
    if (colon == NULL || colon == text || (size_t)(colon - text) >= sizeof(host) ||
        !parse_port(colon + 1, &port)) {
        return false;
    }
    size_t size = (size_t)(colon - text);
    memcpy(host, text, size);
    host[size] = '\0';
    memset(out, 0, sizeof(*out));
    if (host[0] == '[' && host[size - 1] == ']') {
        host[size - 1] = '\0';
        out->v6.sin6_family = AF_INET6;
        out->v6.sin6_port = port;
        return inet_pton(AF_INET6, host + 1, &out->v6.sin6_addr) == 1;
    }
    out->v4.sin_family = AF_INET;
    out->v4.sin_port = port;
    const char *name = strcasecmp(host, "localhost") == 0 ? "127.0.0.1" : host;
    return inet_pton(AF_INET, name, &out->v4.sin_addr) == 1;
}

bool address_is_loopback(const union address *address)
{
    const unsigned char *v6 = address->v6.sin6_addr.s6_addr;
    if (address->any.sa_family == AF_INET) {
        return ntohl(address->v4.sin_addr.s_addr) >> 24 == 127;
    }
    return IN6_IS_ADDR_LOOPBACK(&address->v6.sin6_addr) ||
           (IN6_IS_ADDR_V4MAPPED(&address->v6.sin6_addr) && v6[12] == 127);
}

socklen_t address_size(const union address *address)
{
    return address->any.sa_family == AF_INET ? sizeof(address->v4) : sizeof(address->v6);
}

void address_print(const union address *address, char out[ADDRESS_TEXT_MAX])
{
    char host[INET6_ADDRSTRLEN] = "";
    bool v4 = address->any.sa_family == AF_INET;
    const void *data = v4 ? (const void *)&address->v4.sin_addr : &address->v6.sin6_addr;
    CHECK(inet_ntop(address->any.sa_family, data, host, sizeof(host)) != NULL);
    in_port_t port = v4 ? address->v4.sin_port : address->v6.sin6_port;
    (void)snprintf(out, ADDRESS_TEXT_MAX, v4 ? "%s:%u" : "[%s]:%u", host, ntohs(port));
}

bool rest_address_is_loopback(const char *address)
{
    union address parsed;
    return address_parse(address, &parsed) && address_is_loopback(&parsed);
}
