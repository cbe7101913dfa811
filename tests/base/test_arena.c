#include <setjmp.h>
#include <stdalign.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"

static void pieces_are_aligned_apart_and_writable(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena, 0);
    unsigned char *pieces[600];
    for (size_t i = 0; i < 600; i++) {
        pieces[i] = arena_get(&arena, i);
        assert_non_null(pieces[i]);
        assert_int_equal((uintptr_t)pieces[i] % alignof(max_align_t), 0);
        memset(pieces[i], (int)(i % 251), i);
    }
    for (size_t i = 0; i < 600; i++) {
        for (size_t j = 0; j < i; j++) {
            assert_int_equal(pieces[i][j], i % 251);
        }
    }
    arena_close(&arena);
}

static void a_piece_larger_than_any_block_is_given(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena, 0);
    char *small = arena_get(&arena, 10);
    char *large = arena_get(&arena, 3 << 20);
    assert_non_null(small);
    assert_non_null(large);
    memset(small, 1, 10);
    memset(large, 2, 3 << 20);
    assert_int_equal(small[9], 1);
    arena_close(&arena);
}

static void the_limit_holds_over_all_blocks(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena, 10000);
    size_t got = 0;
    while (arena_get(&arena, 100) != NULL) {
        got += 100;
        assert_true(got <= 10000);
    }
    assert_true(got > 8000);
    assert_true(arena.total <= arena.limit);
    assert_null(arena_get(&arena, 10001));
    arena_close(&arena);
}

static void one_piece_as_large_as_the_limit_fits(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena, 100);
    assert_non_null(arena_get(&arena, 100));
    assert_null(arena_get(&arena, 1));
    arena_reset(&arena);
    assert_non_null(arena_get(&arena, 100));
    arena_close(&arena);
}

static void absurd_sizes_are_refused_without_a_limit(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena, 0);
    assert_null(arena_get(&arena, SIZE_MAX));
    assert_null(arena_get(&arena, SIZE_MAX - 7));
    assert_null(arena_zero(&arena, SIZE_MAX / 2, 3));
    assert_null(arena_zero(&arena, SIZE_MAX, SIZE_MAX));
    arena_close(&arena);
}

static void zeroed_memory_is_zero_after_a_reset_too(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena, 0);
    for (int round = 0; round < 3; round++) {
        unsigned char *data = arena_zero(&arena, 50, 20);
        assert_non_null(data);
        for (size_t i = 0; i < 1000; i++) {
            assert_int_equal(data[i], 0);
        }
        memset(data, 0xff, 1000);
        arena_reset(&arena);
    }
    arena_close(&arena);
}

static void a_reset_keeps_no_more_than_one_modest_block(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena, 0);
    assert_non_null(arena_get(&arena, 100));
    assert_non_null(arena_get(&arena, 5 << 20));
    arena_reset(&arena);
    assert_true(arena.total <= 64 * 1024);
    size_t kept = arena.total;
    assert_true(kept > 0);
    assert_non_null(arena_get(&arena, 100));
    assert_int_equal(arena.total, kept);
    arena_close(&arena);
    assert_int_equal(arena.total, 0);
}

static void a_wipe_leaves_nothing_of_what_was_handed_out(void **state)
{
    (void)state;
    struct arena arena;
    char *pieces[40];
    arena_init(&arena, 0);
    arena_wipe(&arena); /* nothing yet */
    for (size_t i = 0; i < 40; i++) { /* over several blocks */
        pieces[i] = arena_get(&arena, 3000);
        memset(pieces[i], 'x', 3000);
    }
    arena_wipe(&arena);
    for (size_t i = 0; i < 40; i++) {
        for (size_t k = 0; k < 3000; k++) {
            assert_int_equal(pieces[i][k], 0);
        }
    }
    arena_reset(&arena);
    arena_wipe(&arena);
    assert_non_null(arena_get(&arena, 1));
    arena_close(&arena);
}

static void an_arena_works_again_after_close(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena, 0);
    arena_reset(&arena);
    arena_close(&arena);
    assert_non_null(arena_get(&arena, 1));
    arena_close(&arena);
    arena_close(&arena);
}

static void copies_end_in_a_nul_and_absent_stays_absent(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena, 0);
    char original[] = "Zoë";
    struct text copy = arena_copy(&arena, text_of(original));
    original[0] = 'x';
    assert_string_equal(copy.data, "Zoë");
    assert_int_equal(copy.size, 4);
    assert_null(arena_copy(&arena, text_of(NULL)).data);
    struct text empty = arena_copy(&arena, TEXT(""));
    assert_non_null(empty.data);
    assert_int_equal(empty.size, 0);
    assert_string_equal(empty.data, "");
    arena_close(&arena);
}

static void copies_and_prints_past_the_limit_are_absent(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena, 8);
    assert_null(arena_copy(&arena, TEXT("longer than eight")).data);
    assert_null(arena_print(&arena, "%s", "longer than eight").data);
    struct text seven = arena_print(&arena, "%d", 1234567);
    assert_string_equal(seven.data, "1234567");
    arena_close(&arena);
}

static void printing_gives_the_whole_text(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena, 0);
    struct text text = arena_print(&arena, "%5000d|%s", 7, "end");
    assert_int_equal(text.size, 5004);
    assert_string_equal(text.data + 4999, "7|end");
    assert_int_equal(arena_print(&arena, "%s", "").size, 0);
    arena_close(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pieces_are_aligned_apart_and_writable),
        cmocka_unit_test(a_piece_larger_than_any_block_is_given),
        cmocka_unit_test(the_limit_holds_over_all_blocks),
        cmocka_unit_test(one_piece_as_large_as_the_limit_fits),
        cmocka_unit_test(absurd_sizes_are_refused_without_a_limit),
        cmocka_unit_test(zeroed_memory_is_zero_after_a_reset_too),
        cmocka_unit_test(a_reset_keeps_no_more_than_one_modest_block),
        cmocka_unit_test(an_arena_works_again_after_close),
        cmocka_unit_test(a_wipe_leaves_nothing_of_what_was_handed_out),
        cmocka_unit_test(copies_end_in_a_nul_and_absent_stays_absent),
        cmocka_unit_test(copies_and_prints_past_the_limit_are_absent),
        cmocka_unit_test(printing_gives_the_whole_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
