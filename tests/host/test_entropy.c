#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "host/entropy.h"

static void the_whole_of_what_was_asked_for_is_filled(void **state)
{
    (void)state;
    struct entropy *entropy = entropy_system();
    unsigned char data[66];
    unsigned char seen[64] = {0};
    for (int round = 0; round < 64; round++) {
        memset(data, 0, sizeof(data));
        entropy->fill(entropy, data + 1, 64);
        assert_int_equal(data[0], 0);
        assert_int_equal(data[65], 0);
        for (size_t i = 0; i < 64; i++) {
            seen[i] |= data[i + 1];
        }
    }
    for (size_t i = 0; i < 64; i++) {
        assert_int_not_equal(seen[i], 0);
    }
}

static void no_two_draws_are_equal(void **state)
{
    (void)state;
    struct entropy *entropy = entropy_system();
    uint64_t draws[64];
    for (size_t i = 0; i < 64; i++) {
        entropy->fill(entropy, &draws[i], sizeof(draws[i]));
        for (size_t j = 0; j < i; j++) {
            assert_true(draws[i] != draws[j]);
        }
    }
    entropy->fill(entropy, draws, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_whole_of_what_was_asked_for_is_filled),
        cmocka_unit_test(no_two_draws_are_equal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
