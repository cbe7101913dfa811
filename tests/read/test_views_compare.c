/* verify's look at the views: what lags is accepted, what lies is named. */
#include "given.h"
#include "place.h"
#include "rows_in_file.h"

#include "base/account_number.h"
#include "read/views_compare.h"

#define RECORDS 900

struct lie {
    const char *sql;     /* or */
    rows_change *change; /* of the accounts' rows */
    const char *words;
    bool lagging; /* after the plant, the journal goes on */
};

static void planted(const struct place *place, const struct lie *lie)
{
    sqlite3 *db;
    if (lie->change != NULL) {
        rows_in_file_change(place->path, lie->change);
        return;
    }
    assert_int_equal(sqlite3_open(place->path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, lie->sql, NULL, NULL, NULL), SQLITE_OK);
    assert_true(sqlite3_changes(db) > 0 || strstr(lie->sql, "ALTER") != NULL);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static void one_richer(struct views_chunk *chunk)
{
    chunk->rows[chunk->count - 1].balance.minor++;
}

static void all_richer(struct views_chunk *chunk)
{
    for (unsigned i = 0; i < chunk->count; i++)
        chunk->rows[i].balance.minor++;
}

static void one_credit_more(struct views_chunk *chunk)
{
    chunk->rows[0].credits = (chunk->rows[0].credits + 1) & ACCOUNT_ROW_COUNT_MAX;
}

static void first_gone(struct views_chunk *chunk)
{
    chunk->count--;
    memmove(chunk->rows, chunk->rows + 1, chunk->count * sizeof chunk->rows[0]);
}

static void one_more(struct views_chunk *chunk)
{
    uint32_t sequence = chunk->rows[chunk->count - 1].sequence + 1;
    struct account_row *row = &chunk->rows[chunk->count++];
    assert_true(chunk->count <= VIEWS_CHUNK && sequence / VIEWS_CHUNK == chunk->number);
    *row = row[-1];
    row->sequence = sequence;
    row->check = account_from_sequence(sequence) % 10 & 15;
}

static void out_of_order(struct views_chunk *chunk)
{
    chunk->rows[0].sequence += 10;
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
    static const struct lie lies[] = {
        {NULL, one_richer, "differs from the journal in balance", false},
        {NULL, all_richer, "differs from the journal", true},
        {NULL, one_credit_more, "differs from the journal in credits", false},
        {NULL, first_gone, "is missing", true},
        {NULL, one_more, "is in the views but not in the journal", true},
        {NULL, out_of_order, "is no row", true},
        {"UPDATE accounts SET rows = substr(rows, 2)", NULL, "is no row", false},
        {"UPDATE accounts SET chunk = 9223372036854775807 WHERE chunk = (SELECT max(chunk) FROM "
         "accounts)",
         NULL, "is no row", false},
        {"UPDATE owners SET owner = owner || '!'", NULL, "differs from the journal in owner",
         false},
        {"UPDATE steps SET at = at + 1 WHERE step = 2", NULL, "differs from the journal in at",
         true},
        {"UPDATE months SET run = CAST(x'07' || substr(run, 2) AS BLOB)"
         " WHERE substr(run, 1, 1) = x'00'",
         NULL, "differs from the journal in opening", true},
        {"UPDATE months SET run = CAST(run || x'00' AS BLOB)", NULL, "is no row", true},
        {"UPDATE months SET run = zeroblob(8)", NULL, "differs from the journal in", true},
        {"DELETE FROM steps WHERE step = 1", NULL, "is missing", true},
        {"DELETE FROM months WHERE month = (SELECT min(month) FROM months)", NULL, "is missing",
         true},
        {"DELETE FROM owners WHERE account = (SELECT min(account) FROM owners)", NULL, "is missing",
         true},
        {"DELETE FROM accounts", NULL, "is missing", true},
        {"INSERT INTO owners VALUES (77, 1, 'nobody')", NULL, "not in the journal", false},
        {"ALTER TABLE steps ADD COLUMN more INTEGER", NULL, "steps: has other columns", false},
        {"ALTER TABLE months ADD COLUMN more INTEGER", NULL, "months: has other columns", false},
        {"UPDATE meta SET hash = zeroblob(32)", NULL, "is not this journal's", false},
        {"UPDATE meta SET record = record + 1000", NULL, "is not this journal's", false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof lies / sizeof lies[0]; i++) {
        struct place place;
        char finding[256];
        struct given *given = given_flushed_bank(&place);
        given_close_views(given, true);
        planted(&place, &lies[i]);
        if (lies[i].lagging)
            given_bank(given, 300, 14);
        assert_int_equal(when_compared(given, &place, finding), VIEWS_DIFFER);
        if (strstr(finding, lies[i].words) == NULL)
            fail_msg("lie %zu: \"%s\" expected, \"%s\" found", i, lies[i].words, finding);
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

static void views_of_the_format_before_are_no_damage(void **state)
{
    (void)state;
    static const struct lie older = {
        .sql = "DROP TABLE accounts; CREATE TABLE accounts (account INTEGER PRIMARY KEY, currency);"
               "INSERT INTO accounts VALUES (1000000016, 978); PRAGMA user_version = 2"};
    struct place place;
    struct given *given = given_flushed_bank(&place);
    given_close_views(given, true);
    planted(&place, &older);
    expect(given, &place, VIEWS_OF_ANOTHER_FORMAT);
    given_views(given, place.path, PROJECTOR_REBUILT);
    given_fold(given);
    given_flush(given);
    expect(given, &place, VIEWS_EQUAL);
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
        cmocka_unit_test(views_of_the_format_before_are_no_damage),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
