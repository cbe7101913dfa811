#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/account_number.h"
#include "read/pending.h"

static void dirty_accounts_are_taken_in_the_order_of_their_numbers(void **state)
{
    (void)state;
    enum { ROWS = 5000 };
    struct pending pending;
    struct account_row *rows = calloc(ROWS, sizeof *rows);
    uint64_t *order;
    pending_init(&pending);
    for (uint32_t i = 0; i < ROWS; i++) {
        /* over the whole range and close together, so that every digit of the sort counts */
        rows[i].sequence =
            i % 2 == 0 ? (i * 2654435761u) % ACCOUNT_SEQUENCE_MAX : 500000000 + i * 37 % ROWS;
        assert_ptr_equal(pending_entry_of(&pending, &rows[i])->row, &rows[i]);
        assert_ptr_equal(pending_entry_of(&pending, &rows[i])->row, &rows[i]); /* dirty once */
    }
    assert_int_equal(pending_count(&pending), ROWS);
    assert_int_equal(pending_take(&pending, &order), ROWS);
    for (size_t i = 0; i < ROWS; i++) {
        const struct account_row *row = pending.entries[(uint32_t)order[i]].row;
        assert_int_equal(order[i] >> 32, row->sequence);
        assert_true(i == 0 || order[i - 1] >> 32 < order[i] >> 32);
    }
    for (size_t i = 0; i < ROWS; i++)
        pending_done(&pending, (uint32_t)order[i]);
    assert_int_equal(pending_count(&pending), 0);
    free(order);
    assert_int_equal(pending_take(&pending, &order), 0);
    free(order);
    pending_close(&pending);
    free(rows);
}

static void what_a_large_round_needed_goes_back_to_the_machine(void **state)
{
    (void)state;
    enum { ROWS = 100000 };
    struct pending pending;
    struct account_row *rows = calloc(ROWS, sizeof *rows);
    assert_non_null(rows);
    pending_init(&pending);
    for (int round = 0; round < 2; round++) {
        uint64_t *order;
        for (uint32_t i = 0; i < ROWS; i++) {
            rows[i].sequence = i + 1;
            (void)pending_entry_of(&pending, &rows[i]);
        }
        assert_int_equal(pending_take(&pending, &order), ROWS);
        /* One more gets dirty meanwhile, and is all that stays. */
        struct account_row late = {.sequence = ROWS + 1};
        assert_ptr_equal(pending_entry_of(&pending, &late)->row, &late);
        for (size_t i = 0; i < ROWS; i++)
            pending_done(&pending, (uint32_t)order[i]);
        free(order);
        assert_int_equal(pending_count(&pending), 1);
        assert_ptr_equal(pending_look(&pending, &late)->row, &late);
        assert_int_equal(pending_take(&pending, &order), 1);
        pending_done(&pending, (uint32_t)order[0]);
        free(order);
        assert_int_equal(late.pending, 0);
        assert_int_equal(pending_count(&pending), 0);
        assert_null(pending.entries);
    }
    pending_close(&pending);
    free(rows);
}

static void openings_leave_in_any_order(void **state)
{
    (void)state;
    enum { ROWS = 6 };
    static const uint32_t orders[][ROWS] = {
        {0, 1, 2, 3, 4, 5}, {5, 4, 3, 2, 1, 0}, {2, 0, 5, 3, 1, 4}};
    for (size_t k = 0; k < sizeof orders / sizeof orders[0]; k++) {
        struct pending pending;
        struct account_row rows[ROWS] = {0};
        uint64_t *order;
        pending_init(&pending);
        for (uint32_t i = 0; i < ROWS; i++) {
            rows[i].sequence = i + 1;
            pending_add_opening(&pending, pending_entry_of(&pending, &rows[i]),
                                opening_new(i, 0, TEXT("owner"), TEXT("owner 1000000016")));
        }
        assert_int_equal(pending_take(&pending, &order), ROWS);
        for (uint32_t i = 0; i < ROWS; i++) {
            pending_done(&pending, (uint32_t)order[orders[k][i]]);
            size_t count = 0;
            for (const struct opening *o = pending.first_opening; o != NULL; o = o->next) {
                assert_true(o->next != NULL || pending.last_opening == o);
                assert_ptr_equal(o->next == NULL ? o : o->next->previous, o);
                count++;
            }
            assert_int_equal(count, ROWS - 1 - i);
            assert_int_equal(pending.opening_count, count);
        }
        assert_null(pending.last_opening);
        free(order);
        pending_close(&pending);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(dirty_accounts_are_taken_in_the_order_of_their_numbers),
        cmocka_unit_test(what_a_large_round_needed_goes_back_to_the_machine),
        cmocka_unit_test(openings_leave_in_any_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
