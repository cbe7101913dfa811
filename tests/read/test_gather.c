/* Reading the journal ahead of the fold: the same views, whatever becomes of the reading. Run under
 * the thread sanitizer as well: projector_read_ahead starts a thread. */
#include "given.h"
#include "place.h"

#include "read/gather.h"

#define BANK_RECORDS 5000 /* some twenty chunks, which is more than are read ahead */

static struct projector *fresh_one(struct given *given, bool ahead)
{
    struct projector *fresh;
    assert_int_equal(projector_open(NULL, journal_reader_open(given->journal), &fresh),
                     PROJECTOR_REBUILT);
    if (ahead)
        projector_read_ahead(fresh);
    return fresh;
}

static void fold_to_the_end(struct projector *projector, size_t step)
{
    long folded;
    while ((folded = projector_fold(projector, step)) > 0)
        ;
    assert_int_equal(folded, 0);
}

static void then_both_say_the_same(struct given *given, struct projector *projector)
{
    uint8_t got[JOURNAL_HASH_SIZE], expected[JOURNAL_HASH_SIZE];
    struct projector *plain = fresh_one(given, false);
    fold_to_the_end(plain, 100);
    assert_int_equal(projector_seen(projector), given->count);
    assert_true(projector_digest(projector, got));
    assert_true(projector_digest(plain, expected));
    assert_memory_equal(got, expected, sizeof got);
    projector_close(&plain, false);
}

static void views_folded_from_what_was_read_ahead_are_the_same(void **state)
{
    (void)state;
    static const size_t steps[] = {1, 7, GATHER_RECORDS, 1000, SIZE_MAX};
    struct given *given = given_new(NULL);
    given_bank(given, BANK_RECORDS, 1);
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        struct projector *fresh = fresh_one(given, true);
        fold_to_the_end(fresh, steps[i]);
        then_both_say_the_same(given, fresh);
        projector_close(&fresh, false);
    }
    given_free(given);
}

static void records_that_come_after_the_end_are_folded_too(void **state)
{
    (void)state;
    struct given *given = given_new(NULL);
    struct projector *fresh = fresh_one(given, true);
    fold_to_the_end(fresh, 10); /* of an empty journal */
    for (unsigned part = 0; part < 3; part++) {
        given_bank(given, 700, part);
        fold_to_the_end(fresh, 10);
        then_both_say_the_same(given, fresh);
    }
    projector_close(&fresh, false);
    given_free(given);
}

static void closing_in_the_middle_drops_what_was_read(void **state)
{
    (void)state;
    struct given *given = given_new(NULL);
    given_bank(given, BANK_RECORDS, 2);
    for (size_t chunks = 0; chunks < 4; chunks++) {
        struct projector *fresh = fresh_one(given, true);
        for (size_t i = 0; i < chunks; i++)
            assert_int_equal(projector_fold(fresh, 1), GATHER_RECORDS);
        projector_close(&fresh, false);
    }
    given_free(given);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(views_folded_from_what_was_read_ahead_are_the_same),
        cmocka_unit_test(records_that_come_after_the_end_are_folded_too),
        cmocka_unit_test(closing_in_the_middle_drops_what_was_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
