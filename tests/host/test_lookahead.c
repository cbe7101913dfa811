/* Looking ahead: every slot once, in order, none filled while the taker is at it, and an end at any
 * moment. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "host/lookahead.h"

#define SLOTS 4
#define LAST 10000

struct work {
    struct lookahead ahead;
    size_t next; /* the thread's own */
    size_t last; /* the number that ends it */
    size_t numbers[SLOTS];
    _Atomic size_t filled;
};

static bool fill(void *context, size_t slot)
{
    struct work *work = context;
    work->numbers[slot] = work->next++;
    work->filled++;
    return work->numbers[slot] < work->last;
}

static void begin(struct work *work, size_t last)
{
    *work = (struct work){.last = last};
    work->ahead = (struct lookahead){.fill = fill, .context = work, .slots = SLOTS};
    assert_true(lookahead_start(&work->ahead, "test-ahead"));
}

static void slots_come_in_order_and_stay_until_the_next(void **state)
{
    (void)state;
    struct work work;
    size_t slot;
    begin(&work, LAST);
    for (size_t i = 0; i <= LAST; i++) {
        size_t taken = lookahead_take(&work.ahead);
        /* A race with the thread, if there is one, is the thread sanitizer's to see. */
        assert_int_equal(work.numbers[taken], i);
        assert_in_range(work.filled, i + 1, i + SLOTS);
    }
    lookahead_stop(&work.ahead);
    assert_false(lookahead_left(&work.ahead, &slot));
    assert_int_equal(work.filled, LAST + 1);
}

static void whoever_stops_early_finds_what_was_never_taken(void **state)
{
    (void)state;
    for (size_t taken = 0; taken < 2 * SLOTS; taken++) {
        struct work work;
        size_t slot, expected = 0;
        begin(&work, LAST);
        for (; expected < taken; expected++) {
            assert_int_equal(work.numbers[lookahead_take(&work.ahead)], expected);
        }
        lookahead_stop(&work.ahead);
        while (lookahead_left(&work.ahead, &slot)) {
            assert_int_equal(work.numbers[slot], expected);
            expected++;
        }
        assert_int_equal(work.filled, expected);
        assert_in_range(expected, taken, taken + SLOTS);
    }
}

static void one_slot_may_be_all_there_is(void **state)
{
    (void)state;
    struct work work;
    begin(&work, 0);
    assert_int_equal(work.numbers[lookahead_take(&work.ahead)], 0);
    lookahead_stop(&work.ahead);
    assert_int_equal(work.filled, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(slots_come_in_order_and_stay_until_the_next),
        cmocka_unit_test(whoever_stops_early_finds_what_was_never_taken),
        cmocka_unit_test(one_slot_may_be_all_there_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
