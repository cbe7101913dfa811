#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/hash.h"

/* The reference vectors of SipHash-2-4 with 128 bits of output: the key is 00 01 ... 0f, the
 * message of row n is 00 01 ... n-1. */
static const struct {
    size_t size;
    uint8_t hash[16];
} vectors[] = {
    {0,
     {0xa3, 0x81, 0x7f, 0x04, 0xba, 0x25, 0xa8, 0xe6, 0x6d, 0xf6, 0x72, 0x14, 0xc7, 0x55, 0x02,
      0x93}},
    {1,
     {0xda, 0x87, 0xc1, 0xd8, 0x6b, 0x99, 0xaf, 0x44, 0x34, 0x76, 0x59, 0x11, 0x9b, 0x22, 0xfc,
      0x45}},
    {2,
     {0x81, 0x77, 0x22, 0x8d, 0xa4, 0xa4, 0x5d, 0xc7, 0xfc, 0xa3, 0x8b, 0xde, 0xf6, 0x0a, 0xff,
      0xe4}},
    {3,
     {0x9c, 0x70, 0xb6, 0x0c, 0x52, 0x67, 0xa9, 0x4e, 0x5f, 0x33, 0xb6, 0xb0, 0x29, 0x85, 0xed,
      0x51}},
    {4,
     {0xf8, 0x81, 0x64, 0xc1, 0x2d, 0x9c, 0x8f, 0xaf, 0x7d, 0x0f, 0x6e, 0x7c, 0x7b, 0xcd, 0x55,
      0x79}},
    {5,
     {0x13, 0x68, 0x87, 0x59, 0x80, 0x77, 0x6f, 0x88, 0x54, 0x52, 0x7a, 0x07, 0x69, 0x0e, 0x96,
      0x27}},
    {6,
     {0x14, 0xee, 0xca, 0x33, 0x8b, 0x20, 0x86, 0x13, 0x48, 0x5e, 0xa0, 0x30, 0x8f, 0xd7, 0xa1,
      0x5e}},
    {7,
     {0xa1, 0xf1, 0xeb, 0xbe, 0xd8, 0xdb, 0xc1, 0x53, 0xc0, 0xb8, 0x4a, 0xa6, 0x1f, 0xf0, 0x82,
      0x39}},
    {8,
     {0x3b, 0x62, 0xa9, 0xba, 0x62, 0x58, 0xf5, 0x61, 0x0f, 0x83, 0xe2, 0x64, 0xf3, 0x14, 0x97,
      0xb4}},
    {15,
     {0x54, 0x93, 0xe9, 0x99, 0x33, 0xb0, 0xa8, 0x11, 0x7e, 0x08, 0xec, 0x0f, 0x97, 0xcf, 0xc3,
      0xd9}},
};

static void sip_hashes_are_those_of_the_reference(void **state)
{
    (void)state;
    const struct hash_key key = {UINT64_C(0x0706050403020100), UINT64_C(0x0f0e0d0c0b0a0908)};
    const uint8_t message[15] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14};
    for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
        struct hash128 hash = hash_sip128(key, message, vectors[i].size);
        for (unsigned byte = 0; byte < 8; byte++) {
            assert_int_equal(hash.a >> (8 * byte) & 0xff, vectors[i].hash[byte]);
            assert_int_equal(hash.b >> (8 * byte) & 0xff, vectors[i].hash[byte + 8]);
        }
    }
}

static void another_key_gives_another_hash(void **state)
{
    (void)state;
    struct hash128 one = hash_sip128((struct hash_key){1, 2}, "bank", 4);
    struct hash128 other = hash_sip128((struct hash_key){1, 3}, "bank", 4);
    assert_true(one.a != other.a && one.b != other.b);
}

static void the_bytes_need_not_be_aligned(void **state)
{
    (void)state;
    char space[40] = "abcdefghijklmnopqrstuvwxyz";
    struct hash_key key = {7, 8};
    struct hash128 expected = hash_sip128(key, space, 26);
    for (size_t shift = 1; shift < 8; shift++) {
        char moved[40];
        for (size_t i = 0; i < 26; i++) {
            moved[shift + i] = space[i];
        }
        struct hash128 hash = hash_sip128(key, moved + shift, 26);
        assert_true(hash.a == expected.a && hash.b == expected.b);
    }
}

static void mixing_spreads_neighbours_and_gives_no_value_twice(void **state)
{
    (void)state;
    /* One bit of difference changes about half of the bits; far from half would be a mistake. */
    unsigned changed = 0;
    for (unsigned bit = 0; bit < 64; bit++) {
        uint64_t other = hash_mix64(UINT64_C(1) << bit) ^ hash_mix64(0);
        assert_true(other != 0);
        changed += (unsigned)__builtin_popcountll(other);
    }
    assert_in_range(changed, 64 * 24, 64 * 40);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sip_hashes_are_those_of_the_reference),
        cmocka_unit_test(another_key_gives_another_hash),
        cmocka_unit_test(the_bytes_need_not_be_aligned),
        cmocka_unit_test(mixing_spreads_neighbours_and_gives_no_value_twice),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
