#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "write/snapshot_sum.h"

static uint64_t sum_of(const void *data, size_t size)
{
    struct snapshot_sum sum;
    snapshot_sum_begin(&sum);
    snapshot_sum_add(&sum, data, size);
    return snapshot_sum_end(&sum);
}

/* What XXH64 gives for them with seed 0. */
static void known_texts_have_their_known_sums(void **unused)
{
    (void)unused;
    static const struct {
        const char *text;
        uint64_t sum;
    } known[] = {
        {"", UINT64_C(0xEF46DB3751D8E999)},
        {"a", UINT64_C(0xD24EC4F1A98C6E5B)},
        {"abc", UINT64_C(0x44BC2CF5AD770999)},
        {"Nobody inspects the spammish repetition", UINT64_C(0xFBCEA83C8A378BF1)},
    };
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        assert_true(sum_of(known[i].text, strlen(known[i].text)) == known[i].sum);
    }
}

static void pieces_sum_up_to_the_whole(void **unused)
{
    (void)unused;
    uint8_t data[300];
    for (size_t i = 0; i < sizeof data; i++) {
        data[i] = (uint8_t)(i * 151 + i / 7);
    }
    for (size_t size = 0; size <= sizeof data; size++) {
        uint64_t whole = sum_of(data, size);
        for (size_t piece = 1; piece <= 70; piece++) {
            struct snapshot_sum sum;
            snapshot_sum_begin(&sum);
            for (size_t at = 0; at < size; at += piece) {
                snapshot_sum_add(&sum, data + at, size - at < piece ? size - at : piece);
            }
            assert_true(snapshot_sum_end(&sum) == whole);
        }
    }
}

static void every_changed_bit_changes_the_sum(void **unused)
{
    (void)unused;
    uint8_t data[100] = {0};
    for (size_t size = 1; size <= sizeof data; size++) {
        uint64_t whole = sum_of(data, size);
        assert_true(sum_of(data, size - 1) != whole);
        for (size_t bit = 0; bit < size * 8; bit++) {
            data[bit / 8] ^= (uint8_t)(1u << bit % 8);
            assert_true(sum_of(data, size) != whole);
            data[bit / 8] ^= (uint8_t)(1u << bit % 8);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_texts_have_their_known_sums),
        cmocka_unit_test(pieces_sum_up_to_the_whole),
        cmocka_unit_test(every_changed_bit_changes_the_sum),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
