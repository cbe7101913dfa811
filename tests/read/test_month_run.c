/* Runs of closed months: what is written is read again, whatever it is, and nothing else is taken
 * for one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "read/month_run.h"

static uint64_t draw(uint64_t *seed)
{
    *seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return *seed >> (1 + (*seed >> 58) % 63); /* of every size below 2^63 */
}

static unsigned given_months(uint64_t *seed, struct month_row rows[MONTH_RUN_MAX])
{
    unsigned count = 1 + (unsigned)(draw(seed) % MONTH_RUN_MAX);
    int32_t month = (int32_t)(draw(seed) % 100000);
    memset(rows, 0, MONTH_RUN_MAX * sizeof *rows);
    for (unsigned i = 0; i < count; i++) {
        rows[i].month = month;
        rows[i].opening = money((int64_t)draw(seed));
        rows[i].credits = draw(seed);
        rows[i].credits_total = money((int64_t)draw(seed));
        rows[i].debits = draw(seed);
        rows[i].debits_total = money((int64_t)draw(seed));
        rows[i].first_position = draw(seed);
        rows[i].last_position = rows[i].first_position +
                                draw(seed) % (UINT64_C(1) + INT64_MAX - rows[i].first_position);
        rows[i].last_record = draw(seed);
        month += 1 + (int32_t)(draw(seed) % 100);
    }
    return count;
}

static void assert_same(const struct month_row *a, const struct month_row *b)
{
    assert_int_equal(a->month, b->month);
    assert_int_equal(a->opening.minor, b->opening.minor);
    assert_int_equal(a->credits, b->credits);
    assert_int_equal(a->credits_total.minor, b->credits_total.minor);
    assert_int_equal(a->debits, b->debits);
    assert_int_equal(a->debits_total.minor, b->debits_total.minor);
    assert_int_equal(a->first_position, b->first_position);
    assert_int_equal(a->last_position, b->last_position);
    assert_int_equal(a->last_record, b->last_record);
}

static size_t encode(const struct month_row *rows, unsigned count, uint8_t out[MONTH_RUN_BYTES])
{
    struct bytes bytes = {.data = out, .capacity = MONTH_RUN_BYTES, .max = MONTH_RUN_BYTES};
    month_run_encode(rows, count, &bytes);
    assert_false(bytes.overflow);
    return bytes.size;
}

static void months_come_back_as_they_were(void **state)
{
    (void)state;
    uint64_t seed = 1;
    for (int round = 0; round < 20000; round++) {
        struct month_row rows[MONTH_RUN_MAX];
        uint8_t bytes[MONTH_RUN_BYTES];
        struct month_run run;
        unsigned count = given_months(&seed, rows);
        size_t size = encode(rows, count, bytes);
        assert_true(month_run_decode(rows[0].month, bytes, size, &run));
        assert_int_equal(run.count, count);
        for (unsigned i = 0; i < count; i++) {
            assert_same(&run.rows[i], &rows[i]);
        }
    }
}

static void the_largest_months_have_room(void **state)
{
    (void)state;
    struct month_row rows[MONTH_RUN_MAX];
    uint8_t bytes[MONTH_RUN_BYTES];
    struct month_run run;
    for (unsigned i = 0; i < MONTH_RUN_MAX; i++) {
        const struct money most = money(INT64_MAX);
        rows[i] = (struct month_row){(int32_t)(ACCOUNT_ROW_MONTH_MAX - MONTH_RUN_MAX + 1 + i),
                                     most,
                                     INT64_MAX,
                                     INT64_MAX,
                                     most,
                                     most,
                                     0,
                                     INT64_MAX,
                                     INT64_MAX};
    }
    size_t size = encode(rows, MONTH_RUN_MAX, bytes);
    assert_true(month_run_decode(rows[0].month, bytes, size, &run));
    assert_int_equal(run.count, MONTH_RUN_MAX);
    assert_same(&run.rows[MONTH_RUN_MAX - 1], &rows[MONTH_RUN_MAX - 1]);
    assert_false(month_run_decode(rows[0].month + 1, bytes, size, &run)); /* ends too late */
    assert_false(month_run_decode(-1, bytes, size, &run));
    assert_false(month_run_decode(INT64_MAX, bytes, size, &run));
    assert_false(month_run_decode(INT64_MIN, bytes, size, &run));
}

/* What is taken for a run must be the spelling of just that run. */
static void other_bytes_are_no_run_or_another_one(void **state)
{
    (void)state;
    uint64_t seed = 2;
    for (int round = 0; round < 50000; round++) {
        struct month_row rows[MONTH_RUN_MAX];
        uint8_t bytes[MONTH_RUN_BYTES], again[MONTH_RUN_BYTES];
        struct month_run run;
        size_t size = encode(rows, given_months(&seed, rows), bytes);
        size = round % 2 == 0 ? draw(&seed) % (size + 1) : size;
        for (unsigned hits = (unsigned)(draw(&seed) % 4); hits > 0 && size > 0; hits--) {
            bytes[draw(&seed) % size] = (uint8_t)draw(&seed);
        }
        uint8_t *copy = malloc(size + 1); /* its end is the sanitizer's to watch */
        assert_non_null(copy);
        memcpy(copy, bytes, size);
        copy = realloc(copy, size > 0 ? size : 1);
        assert_non_null(copy);
        if (month_run_decode(rows[0].month, copy, size, &run)) {
            assert_in_range(run.count, 1, MONTH_RUN_MAX);
            assert_int_equal(run.rows[0].month, rows[0].month);
            assert_int_equal(encode(run.rows, run.count, again), size);
            assert_memory_equal(again, bytes, size);
        }
        free(copy);
    }
}

static void more_months_than_a_run_holds_are_none(void **state)
{
    (void)state;
    uint8_t bytes[MONTH_RUN_MAX * 9 + 8] = {0};
    struct month_run run;
    for (size_t at = 8; at < sizeof bytes; at += 9) {
        bytes[at] = 1; /* a month later */
    }
    assert_true(month_run_decode(5, bytes, MONTH_RUN_MAX * 9 - 1, &run));
    assert_int_equal(run.count, MONTH_RUN_MAX);
    assert_false(month_run_decode(5, bytes, sizeof bytes, &run));
    assert_false(month_run_decode(5, bytes, 0, &run));
}

static void the_newest_up_to_a_month_is_found(void **state)
{
    (void)state;
    struct month_run run = {.count = 3, .rows = {{.month = 10}, {.month = 12}, {.month = 20}}};
    assert_null(month_run_up_to(&run, 9));
    assert_int_equal(month_run_up_to(&run, 10)->month, 10);
    assert_int_equal(month_run_up_to(&run, 11)->month, 10);
    assert_int_equal(month_run_up_to(&run, 12)->month, 12);
    assert_int_equal(month_run_up_to(&run, 19)->month, 12);
    assert_int_equal(month_run_up_to(&run, 21)->month, 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(months_come_back_as_they_were),
        cmocka_unit_test(the_largest_months_have_room),
        cmocka_unit_test(other_bytes_are_no_run_or_another_one),
        cmocka_unit_test(more_months_than_a_run_holds_are_none),
        cmocka_unit_test(the_newest_up_to_a_month_is_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
