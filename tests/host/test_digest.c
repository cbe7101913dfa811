/* The digests, held against values that others have published. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "host/digest.h"

static void assert_hex(const uint8_t *digest, size_t size, const char *expected)
{
    char hex[2 * DIGEST_SIZE_MAX + 1];

    for (size_t i = 0; i < size; i++) {
        hex[2 * i] = "0123456789abcdef"[digest[i] >> 4];
        hex[2 * i + 1] = "0123456789abcdef"[digest[i] & 0xf];
    }
    hex[2 * size] = '\0';
    assert_string_equal(hex, expected);
}

/* The examples of FIPS 180-4's validation: one block, two blocks, none. */
static void sha256_is_that_of_the_standard(void **state)
{
    static const struct {
        const char *text, *digest;
    } examples[] = {
        {"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
        {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
         "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
        {"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(examples) / sizeof(examples[0]); i++) {
        struct text whole = {examples[i].text, strlen(examples[i].text)};
        uint8_t digest[DIGEST_SHA256_SIZE];

        digest_sha256(&whole, 1, digest);
        assert_hex(digest, sizeof(digest), examples[i].digest);
    }
}

static void sha256_of_pieces_is_that_of_the_whole(void **state)
{
    char data[200];
    struct text whole = {data, sizeof(data)};
    uint8_t expected[DIGEST_SHA256_SIZE], digest[DIGEST_SHA256_SIZE];

    (void)state;
    for (size_t i = 0; i < sizeof(data); i++)
        data[i] = (char)i;
    digest_sha256(&whole, 1, expected);
    for (size_t cut = 0; cut <= sizeof(data); cut++) {
        struct text pieces[] = {{data, cut}, {data + cut, sizeof(data) - cut}, {data, 0}};

        digest_sha256(pieces, 3, digest);
        assert_memory_equal(digest, expected, sizeof(digest));
    }
}

/* RFC 7693, appendix A. */
static void blake2b_is_that_of_the_standard(void **state)
{
    struct digest digest;
    uint8_t out[64];

    (void)state;
    digest_begin(&digest, sizeof(out));
    digest_add(&digest, "a", 1);
    digest_add(&digest, "bc", 2);
    digest_end(&digest, out, sizeof(out));
    assert_hex(out, sizeof(out),
               "ba80a53f981c4d0d6a2797b69f12f6e94c212f14685ac4b74b12bb6fdbffa2d1"
               "7d87c5392aab792dc252d5de4533cc9518d38aa8dbf1925ab92386edd4009923");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sha256_is_that_of_the_standard),
        cmocka_unit_test(sha256_of_pieces_is_that_of_the_whole),
        cmocka_unit_test(blake2b_is_that_of_the_standard),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
