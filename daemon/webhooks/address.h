/* Which addresses may be talked to: those of the public network, and no others unless allowed.
 * The special ranges are those of IANA's special-purpose registries and multicast. Spellings of an
 * IPv4 address inside IPv6 (mapped, NAT64) are judged as that IPv4 address. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/check.h"
#include "base/text.h"

#define ADDRESS_ALLOW_MAX 32

struct address_range {
    uint8_t bytes[16];
    uint8_t size; /* 4 or 16 */
    uint8_t bits;
};

struct address_allow { /* exceptions */
    struct address_range ranges[ADDRESS_ALLOW_MAX];
    size_t count;
};

/* "10.0.0.0/8", "fd00::/8", or one address. False: neither, bits set behind the mask, or full. */
bool address_allow_add(struct address_allow *allow, struct text cidr) MUST_USE;
/* `family` AF_INET or AF_INET6 (others are always refused), `bytes` in network order. */
bool address_is_refused(const struct address_allow *allow, int family, const void *bytes);
/* The host of a URL: an address, or a name that means the own machine. Other names are not known
 * before they are looked up, and are not refused here. */
bool address_host_is_refused(const struct address_allow *allow, const char *host);
