/* verify's look at the views: what lags is accepted, what lies is named. */
#include "given.h"
#include "place.h"

#include <sqlite3.h>

#include "read/views_compare.h"

#define RECORDS 900

static void planted(const struct place *place, const char *sql)
{
    sqlite3 *db;
    assert_int_equal(sqlite3_open(place->path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    assert_true(sqlite3_changes(db) > 0 || strstr(sql, "ALTER") != NULL);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static enum views_compared when_compared(struct given *given, const struct place *place,
                                         char finding[256])
{
    struct projector *fresh;
    finding[0] = '\0';
    assert_int_equal(projector_open(NULL, journal_reader_open(given->journal), &fresh),
                     PROJECTOR_REBUILT);
    enum views_compared compared = views_compare(fresh, place->path, finding, 256);
    projector_close(&fresh, false);
    return compared;
}

static void expect(struct given *given, const struct place *place, enum views_compared expected)
{
    char finding[256];
    enum views_compared compared = when_compared(given, place, finding);
    if (compared != expected)
        fail_msg("%d, not %d: %s", (int)compared, (int)expected, finding);
}

static struct given *given_flushed_bank(struct place *place)
{
    *place = place_new();
    struct given *given = given_new(place->path);
    given_bank(given, RECORDS, 11);
    /* A busy account with steps, and months behind it. */
    for (int i = 0; i < 200; i++)
        given_move(given, given->accounts[0].account, 5, "busy", given->at + 9 * HOUR);
    given_fold(given);
    given_flush(given);
    return given;
}

static void views_that_are_whole_are_equal(void **state)
{
    (void)state;
    struct place place;
    struct given *given = given_flushed_bank(&place);
    expect(given, &place, VIEWS_EQUAL);
    given_free(given);
    place_free(&place);
}

static void views_that_lag_are_equal_as_far_as_they_go(void **state)
{
    (void)state;
    struct place place;
    struct given *given = given_flushed_bank(&place);
    given_bank(given, RECORDS, 12); /* not folded, not flushed */
    expect(given, &place, VIEWS_EQUAL);
    given_free(given);
    place_free(&place);
}

static void views_in_the_middle_of_a_flush_are_equal(void **state)
{
    (void)state;
    struct place place;
    struct given *given = given_flushed_bank(&place);
    given_bank(given, RECORDS, 13);
    given_fold(given);
    for (int slice = 0; projector_flush(given->projector, 0); slice++) {
        expect(given, &place, VIEWS_EQUAL);
        if (slice % 3 == 0)
            given_bank(given, 20, (unsigned)slice);
        assert_true(projector_fold(given->projector, 13) >= 0);
    }
    expect(given, &place, VIEWS_EQUAL);
    given_free(given);
    place_free(&place);
}

static void every_planted_lie_is_named(void **state)
{
    static const struct {
        const char *sql, *words;
        bool lagging; /* after the plant, the journal goes on */
    } rows[] = {
        {"UPDATE accounts SET balance = balance + 1 WHERE rowid = "
         "(SELECT max(account) FROM accounts)",
         "differs from the journal in balance", false},
        {"UPDATE accounts SET balance = balance + 1", "differs from the journal", true},
        {"UPDATE accounts SET credits = credits + 1", "differs from the journal in credits", false},
        {"UPDATE owners SET owner = owner || '!'", "differs from the journal in owner", false},
        {"UPDATE steps SET at = at + 1 WHERE step = 2", "differs from the journal in at", true},
        {"UPDATE months SET opening = opening - 1", "differs from the journal in opening", true},
        {"DELETE FROM steps WHERE step = 1", "is missing", true},
        {"DELETE FROM months WHERE month = (SELECT min(month) FROM months)", "is missing", true},
        {"DELETE FROM owners WHERE account = (SELECT min(account) FROM owners)", "is missing",
         true},
        {"DELETE FROM accounts WHERE account = (SELECT min(account) FROM accounts)", "is missing",
         true},
        {"INSERT INTO owners VALUES (77, 1, 'nobody')", "not in the journal", false},
        {"ALTER TABLE steps ADD COLUMN more INTEGER", "steps: has other columns", false},
        {"UPDATE meta SET hash = zeroblob(32)", "is not this journal's", false},
        {"UPDATE meta SET record = record + 1000", "is not this journal's", false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct place place;
        char finding[256];
        struct given *given = given_flushed_bank(&place);
        given_close_views(given, true);
        planted(&place, rows[i].sql);
        if (rows[i].lagging)
            given_bank(given, 300, 14);
        assert_int_equal(when_compared(given, &place, finding), VIEWS_DIFFER);
        if (strstr(finding, rows[i].words) == NULL)
            fail_msg("%s: \"%s\" expected, \"%s\" found", rows[i].sql, rows[i].words, finding);
        given_views(given, NULL, PROJECTOR_REBUILT);
        given_free(given);
        place_free(&place);
    }
}

static void a_file_that_is_no_database_is_unreadable(void **state)
{
    (void)state;
    struct place place = place_new();
    struct given *given = given_new(NULL);
    FILE *file = fopen(place.path, "w");
    assert_non_null(file);
    for (int i = 0; i < 1000; i++)
        assert_true(fputs("not a database", file) >= 0);
    assert_int_equal(fclose(file), 0);
    expect(given, &place, VIEWS_UNREADABLE);
    given_free(given);
    place_free(&place);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(views_that_are_whole_are_equal),
        cmocka_unit_test(views_that_lag_are_equal_as_far_as_they_go),
        cmocka_unit_test(views_in_the_middle_of_a_flush_are_equal),
        cmocka_unit_test(every_planted_lie_is_named),
        cmocka_unit_test(a_file_that_is_no_database_is_unreadable),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
