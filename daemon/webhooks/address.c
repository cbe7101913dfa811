#include "webhooks/address.h"

#include <arpa/inet.h>
#include <string.h>
#include <strings.h>

/* Refused whatever else: IANA IPv4 Special-Purpose Address Registry, multicast, class E. */
static const struct {
    uint8_t bytes[4], bits;
} special_v4[] = {
    {{0, 0, 0, 0}, 8},       /* this network */
    {{10, 0, 0, 0}, 8},      /* private */
    {{100, 64, 0, 0}, 10},   /* shared by carriers */
    {{127, 0, 0, 0}, 8},     /* loopback */
    {{169, 254, 0, 0}, 16},  /* link local, clouds' metadata */
    {{172, 16, 0, 0}, 12},   /* private */
    {{192, 0, 0, 0}, 24},    /* protocol assignments */
    {{192, 0, 2, 0}, 24},    /* documentation */
    {{192, 31, 196, 0}, 24}, /* AS112 */
    {{192, 52, 193, 0}, 24}, /* AMT */
    {{192, 88, 99, 0}, 24},  /* 6to4 relays */
    {{192, 168, 0, 0}, 16},  /* private */
    {{192, 175, 48, 0}, 24}, /* AS112 */
    {{198, 18, 0, 0}, 15},   /* benchmarking */
    {{198, 51, 100, 0}, 24}, /* documentation */
    {{203, 0, 113, 0}, 24},  /* documentation */
    {{224, 0, 0, 0}, 4},     /* multicast */
    {{240, 0, 0, 0}, 4},     /* reserved, broadcast */
};

/* Outside 2000::/3 everything is refused; these are the special ranges inside it. */
static const struct {
    uint8_t bytes[16], bits;
} special_v6[] = {
    {{0x20, 0x01, 0x00}, 23},                   /* protocol assignments: Teredo, ORCHID ... */
    {{0x20, 0x01, 0x0d, 0xb8}, 32},             /* documentation */
    {{0x20, 0x02}, 16},                         /* 6to4 */
    {{0x26, 0x20, 0x00, 0x4f, 0x80, 0x00}, 48}, /* AS112 */
    {{0x3f, 0xff}, 20},                         /* documentation */
};

static bool has_prefix(const uint8_t *address, const uint8_t *prefix, unsigned bits)
{
    unsigned whole = bits / 8, rest = bits % 8;

    if (memcmp(address, prefix, whole) != 0)
        return false;
    return rest == 0 || (address[whole] ^ prefix[whole]) >> (8 - rest) == 0;
}

static bool is_allowed(const struct address_allow *allow, const uint8_t *address, size_t size)
{
    for (size_t i = 0; i < allow->count; i++) {
        const struct address_range *range = &allow->ranges[i];

        if (range->size == size && has_prefix(address, range->bytes, range->bits))
            return true;
    }
    return false;
}

static bool is_refused_v4(const struct address_allow *allow, const uint8_t address[4])
{
    if (is_allowed(allow, address, 4))
        return false;
    for (size_t i = 0; i < sizeof special_v4 / sizeof *special_v4; i++) {
        if (has_prefix(address, special_v4[i].bytes, special_v4[i].bits))
            return true;
    }
    return false;
}

static bool is_refused_v6(const struct address_allow *allow, const uint8_t address[16])
{
    static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
    static const uint8_t nat64[12] = {0x00, 0x64, 0xff, 0x9b};

    if (memcmp(address, mapped, sizeof mapped) == 0)
        return is_refused_v4(allow, address + 12);
    if (is_allowed(allow, address, 16))
        return false;
    if (memcmp(address, nat64, sizeof nat64) == 0)
        return is_refused_v4(allow, address + 12);
    if (address[0] >> 5 != 1)
        return true;
    for (size_t i = 0; i < sizeof special_v6 / sizeof *special_v6; i++) {
        if (has_prefix(address, special_v6[i].bytes, special_v6[i].bits))
            return true;
    }
    return false;
}

bool address_is_refused(const struct address_allow *allow, int family, const void *bytes)
{
    if (family == AF_INET)
        return is_refused_v4(allow, bytes);
    return family != AF_INET6 || is_refused_v6(allow, bytes);
}

static bool ends_with(const char *text, size_t size, const char *end)
{
    size_t length = strlen(end);

    return size >= length && strncasecmp(text + size - length, end, length) == 0;
}

bool address_host_is_refused(const struct address_allow *allow, const char *host)
{
    uint8_t address[16];
    char bare[256];
    size_t size = strlen(host);

    if (size > 0 && host[size - 1] == '.') /* the root, which changes nothing */
        size--;
    if (size > 1 && host[0] == '[' && host[size - 1] == ']') {
        host++;
        size -= 2;
    }
    if (size == 0 || size >= sizeof bare)
        return true;
    memcpy(bare, host, size);
    bare[size] = '\0';
    bare[strcspn(bare, "%")] = '\0'; /* a zone */
    if (inet_pton(AF_INET, bare, address) == 1)
        return is_refused_v4(allow, address);
    if (inet_pton(AF_INET6, bare, address) == 1)
        return is_refused_v6(allow, address);
    if (strcasecmp(bare, "localhost") == 0 || ends_with(bare, size, ".localhost"))
        return is_refused_v4(allow, (const uint8_t[]){127, 0, 0, 1});
    return false;
}

bool address_allow_add(struct address_allow *allow, struct text cidr)
{
    struct address_range range = {.size = 4};
    const char *slash = cidr.size == 0 ? NULL : memchr(cidr.data, '/', cidr.size);
    size_t size = slash == NULL ? cidr.size : (size_t)(slash - cidr.data);
    char address[64];
    int64_t bits;

    if (allow->count == ADDRESS_ALLOW_MAX || size >= sizeof address)
        return false;
    memcpy(address, cidr.data, size);
    address[size] = '\0';
    if (inet_pton(AF_INET6, address, range.bytes) == 1)
        range.size = 16;
    else if (inet_pton(AF_INET, address, range.bytes) != 1)
        return false;
    bits = 8 * range.size;
    if (slash != NULL &&
        (text_to_int64((struct text){slash + 1, cidr.size - size - 1}, &bits) != TEXT_NUMBER_OK ||
         bits < 0 || bits > 8 * range.size))
        return false;
    for (unsigned bit = (unsigned)bits; bit < 8u * range.size; bit++) {
        if ((range.bytes[bit / 8] >> (7 - bit % 8) & 1) != 0)
            return false;
    }
    range.bits = (uint8_t)bits;
    allow->ranges[allow->count++] = range;
    return true;
}
