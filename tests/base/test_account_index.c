#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/account_index.h"
#include "base/account_number.h"

#define FIRST ACCOUNT_SEQUENCE_FIRST
#define MOST 60000

static uint64_t numbers[MOST];
static size_t count;
static struct account_index ours;

static uint64_t number_at(const void *table, uint32_t slot)
{
    assert_ptr_equal(table, numbers);
    assert_true(slot < count); /* never asked for what is not there */
    return numbers[slot];
}

static void begin(void)
{
    account_index_init(&ours, number_at);
    count = 0;
}

static void add(uint32_t sequence)
{
    numbers[count++] = account_from_sequence(sequence);
    account_index_add(&ours, numbers, numbers[count - 1]);
}

static void remove_last(void)
{
    account_index_remove_last(&ours, numbers);
    count--;
}

static bool is_there(uint32_t sequence)
{
    uint32_t slot;
    return account_index_find(&ours, numbers, account_from_sequence(sequence), &slot);
}

static void assert_all_are_found(void)
{
    for (uint32_t i = 0; i < count; i++) {
        uint32_t slot = UINT32_MAX;
        assert_true(account_index_find(&ours, numbers, numbers[i], &slot));
        assert_int_equal(slot, i);
        assert_false(account_index_find(&ours, numbers, numbers[i] ^ 1, &slot)); /* check digit */
    }
    assert_int_equal(ours.count, count);
}

/* Nearly always: a wrong guess costs time only. */
static void assert_guesses_are_good(void)
{
    size_t right = 0;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t guess;
        account_index_fetch_segment(&ours, numbers[i]);
        account_index_fetch_place(&ours, numbers[i]);
        right += account_index_guess(&ours, numbers[i], &guess) && guess == i;
    }
    assert_true(right >= count - count / 50);
}

static void load_again(void)
{
    account_index_close(&ours);
    account_index_init(&ours, number_at);
    assert_true(account_index_load(&ours, numbers, count));
}

static uint32_t draw(uint32_t below)
{
    static uint64_t state = 88172645463325252;
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (uint32_t)((state >> 16) % below);
}

static void numbers_given_in_order_cost_no_memory(void **state)
{
    (void)state;
    begin();
    for (uint32_t i = 0; i < MOST; i++) {
        add(FIRST + i);
    }
    assert_all_are_found();
    assert_true(account_index_memory(&ours) < 8192); /* the empty directory */
    assert_false(is_there(FIRST - 1));
    assert_false(is_there(FIRST + MOST));
    assert_false(is_there(0));
    assert_false(is_there(ACCOUNT_SEQUENCE_MAX));
    for (unsigned bits = 33; bits < 60; bits++) { /* what is no account number */
        uint32_t slot;
        assert_false(account_index_find(&ours, numbers, UINT64_C(1) << bits, &slot));
        assert_false(
            account_index_find(&ours, numbers, numbers[7] + (UINT64_C(10) << bits), &slot));
    }
    assert_false(account_index_find(&ours, numbers, UINT64_MAX, &(uint32_t){0}));
    load_again();
    assert_all_are_found();
    assert_guesses_are_good();
    assert_true(account_index_memory(&ours) < 8192);
    account_index_close(&ours);
}

static void numbers_from_elsewhere_are_found_among_the_banks_own(void **state)
{
    (void)state;
    begin();
    for (uint32_t i = 0, own = FIRST; i < 20000; i++) {
        add(draw(5) == 0 ? 1000 + 977 * i : own++);
    }
    assert_all_are_found();
    assert_false(is_there(999));
    load_again();
    assert_all_are_found();
    assert_guesses_are_good();
    account_index_close(&ours);
}

/* In a table that was loaded, whatever stands in it. */
static void a_number_that_stands_twice_is_told(void **state)
{
    (void)state;
    for (uint32_t at = 0; at < 20000; at += 1999) {
        begin();
        for (uint32_t i = 0; i < 20000; i++) {
            numbers[count++] = account_from_sequence(FIRST + i);
        }
        numbers[at] = numbers[19999 - at];
        assert_false(account_index_load(&ours, numbers, count));
        account_index_close(&ours);
    }
    begin();
    while (count < 20000) {
        numbers[count++] = account_from_sequence(FIRST);
    }
    assert_false(account_index_load(&ours, numbers, count));
    account_index_close(&ours);
}

/* An import brings five accounts along; then the bank numbers on. */
static void the_first_ones_may_be_out_of_order(void **state)
{
    (void)state;
    begin();
    for (uint32_t i = 0; i < 5; i++) {
        add(7 * i + 3);
    }
    for (uint32_t i = 0; i < 10000; i++) {
        add(FIRST + i);
    }
    assert_all_are_found();
    load_again();
    assert_all_are_found();
    assert_guesses_are_good();
    account_index_close(&ours);
}

/* The numbers are close together, and none stands where its number says. */
static void numbers_without_order_are_found(void **state)
{
    (void)state;
    begin();
    for (uint32_t i = 0; i < MOST; i++) {
        add(FIRST + (i * 7919 + 13) % MOST);
    }
    assert_all_are_found();
    assert_false(is_there(FIRST + MOST));
    load_again();
    assert_all_are_found();
    assert_guesses_are_good();
    account_index_close(&ours);
}

static void what_came_last_can_be_taken_back(void **state)
{
    (void)state;
    begin();
    size_t loaded = 0;
    for (uint32_t i = 0, own = FIRST, other = 5; i < 60000; i++) {
        if (count > loaded && draw(100) < 45) {
            uint32_t sequence = account_sequence(numbers[count - 1]);
            remove_last();
            assert_false(is_there(sequence));
            own = sequence >= FIRST ? sequence : own; /* is given again */
        } else if (draw(4) == 0) {
            add(other += 3);
        } else {
            add(own++);
        }
        if (draw(3000) == 0) {
            assert_all_are_found();
        }
        if (draw(3000) == 0) {
            load_again();
            loaded = count;
        }
    }
    assert_all_are_found();
    account_index_close(&ours);
}

static void all_can_be_taken_back(void **state)
{
    (void)state;
    begin();
    for (uint32_t i = 0; i < 3000; i++) {
        add(draw(4) == 0 ? 5 + 3 * i : FIRST + i);
    }
    while (count > 0) {
        uint32_t sequence = account_sequence(numbers[count - 1]);
        remove_last();
        assert_false(is_there(sequence));
    }
    add(FIRST + 77); /* the first again, in another order */
    add(FIRST + 78);
    assert_all_are_found();
    account_index_close(&ours);
}

static void an_empty_one_finds_nothing(void **state)
{
    (void)state;
    begin();
    assert_false(is_there(FIRST));
    load_again();
    assert_false(is_there(FIRST));
    add(FIRST);
    assert_true(is_there(FIRST));
    account_index_close(&ours);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_one_finds_nothing),
        cmocka_unit_test(numbers_given_in_order_cost_no_memory),
        cmocka_unit_test(numbers_from_elsewhere_are_found_among_the_banks_own),
        cmocka_unit_test(a_number_that_stands_twice_is_told),
        cmocka_unit_test(the_first_ones_may_be_out_of_order),
        cmocka_unit_test(numbers_without_order_are_found),
        cmocka_unit_test(what_came_last_can_be_taken_back),
        cmocka_unit_test(all_can_be_taken_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
