#include "base/hash.h"

static uint64_t rotate(uint64_t value, unsigned by)
{
    return value << by | value >> (64 - by);
}

static uint64_t load_little(const uint8_t *data, size_t size)
{
    uint64_t value = 0;
    for (size_t i = 0; i < size; i++) {
        value |= (uint64_t)data[i] << (8 * i);
    }
    return value;
}

struct sip {
    uint64_t v0, v1, v2, v3;
};

static void sip_rounds(struct sip *s, unsigned rounds)
{
    for (unsigned i = 0; i < rounds; i++) {
        s->v0 += s->v1;
        s->v1 = rotate(s->v1, 13) ^ s->v0;
        s->v0 = rotate(s->v0, 32);
        s->v2 += s->v3;
        s->v3 = rotate(s->v3, 16) ^ s->v2;
        s->v0 += s->v3;
        s->v3 = rotate(s->v3, 21) ^ s->v0;
        s->v2 += s->v1;
        s->v1 = rotate(s->v1, 17) ^ s->v2;
        s->v2 = rotate(s->v2, 32);
    }
}

static void sip_word(struct sip *s, uint64_t word)
{
    s->v3 ^= word;
    sip_rounds(s, 2);
    s->v0 ^= word;
}

struct hash128 hash_sip128(struct hash_key key, const void *data, size_t size)
{
    struct sip s = {
        .v0 = UINT64_C(0x736f6d6570736575) ^ key.a,
        .v1 = UINT64_C(0x646f72616e646f6d) ^ key.b ^ 0xee,
        .v2 = UINT64_C(0x6c7967656e657261) ^ key.a,
        .v3 = UINT64_C(0x7465646279746573) ^ key.b,
    };
    const uint8_t *bytes = data;
    size_t at = 0;
    for (; size - at >= 8; at += 8) {
        sip_word(&s, load_little(bytes + at, 8));
    }
    uint64_t last = (uint64_t)size << 56;
    if (at < size) {
        last |= load_little(bytes + at, size - at);
    }
    sip_word(&s, last);

    struct hash128 out;
    s.v2 ^= 0xee;
    sip_rounds(&s, 4);
    out.a = s.v0 ^ s.v1 ^ s.v2 ^ s.v3;
    s.v1 ^= 0xdd;
    sip_rounds(&s, 4);
    out.b = s.v0 ^ s.v1 ^ s.v2 ^ s.v3;
    return out;
}

uint64_t hash_mix64(uint64_t value)
{
    value ^= value >> 30;
    value *= UINT64_C(0xbf58476d1ce4e5b9);
    value ^= value >> 27;
    value *= UINT64_C(0x94d049bb133111eb);
    value ^= value >> 31;
    return value;
}
