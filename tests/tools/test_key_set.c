/* The keys of an import's batch: each is new once, whatever it looks like, and up to the last one.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tools/key_set.h"

struct bench {
    struct key_set set;
    char texts[KEY_SET_MAX][16];
};

static int setup(void **state)
{
    struct bench *bench = calloc(1, sizeof *bench);
    assert_non_null(bench);
    key_set_init(&bench->set, (struct hash_key){1, 2});
    for (int i = 0; i < KEY_SET_MAX; i++) {
        (void)snprintf(bench->texts[i], sizeof bench->texts[i], "key-%d", i);
    }
    *state = bench;
    return 0;
}

static int teardown(void **state)
{
    free(*state);
    return 0;
}

static void a_key_is_new_once_and_after_a_clear_again(void **state)
{
    struct bench *bench = *state;
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < KEY_SET_MAX - 1; i++) {
            assert_true(key_set_add(&bench->set, text_of(bench->texts[i])));
        }
        for (int i = 0; i < KEY_SET_MAX - 1; i++) {
            assert_false(key_set_add(&bench->set, text_of(bench->texts[i])));
        }
        assert_true(key_set_add(&bench->set, text_of(bench->texts[KEY_SET_MAX - 1])));
        key_set_clear(&bench->set);
    }
}

static void beginnings_and_bytes_of_any_kind_are_told_apart(void **state)
{
    struct bench *bench = *state;
    static const char bytes[] = "aa\0b\xff";
    for (size_t size = 1; size < sizeof bytes; size++) {
        assert_true(key_set_add(&bench->set, (struct text){bytes, size}));
        assert_false(key_set_add(&bench->set, (struct text){bytes, size}));
    }
    assert_true(key_set_add(&bench->set, (struct text){bytes + 1, 3}));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_key_is_new_once_and_after_a_clear_again, setup, teardown),
        cmocka_unit_test_setup_teardown(beginnings_and_bytes_of_any_kind_are_told_apart, setup,
                                        teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
