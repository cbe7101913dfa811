/* Rows of several records, and journals of the format before there were such. */
#include <sqlite3.h>

#include "journal/format_1.h"

static int begin(void **state)
{
    struct folder_of_test *folder = malloc(sizeof(*folder));

    assert_non_null(folder);
    log_set_level(getenv("TELLER_TEST_LOG") != NULL ? LOG_DEBUG : LOG_ERROR + 1);
    folder_make(folder);
    *state = folder;
    return 0;
}

static int end(void **state)
{
    folder_remove(*state);
    free(*state);
    return 0;
}

static struct journal *open_journal(const struct folder_of_test *folder)
{
    struct journal *journal;

    assert_int_equal(journal_open_sqlite(folder->journal, &journal), JOURNAL_OPEN_OK);
    return journal;
}

/* A bank whose records were committed in batches of these sizes; 0 ends them. */
static void make_journal(const struct folder_of_test *folder, const size_t sizes[])
{
    struct journal *journal = open_journal(folder);

    for (size_t i = 0; sizes[i] != 0; i++)
        assert_int_equal(append(journal, sizes[i], NULL), JOURNAL_OK);
    journal_close(&journal);
}

static void meddle(const struct folder_of_test *folder, const char *sql)
{
    sqlite3 *db = open_as_a_stranger(folder);

    assert_int_equal(sqlite3_exec(db,
                                  "DROP TRIGGER IF EXISTS record_is_never_changed;"
                                  "DROP TRIGGER IF EXISTS record_is_never_deleted;",
                                  NULL, NULL, NULL),
                     SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

/* What a query of one text says. */
static void assert_query(const struct folder_of_test *folder, const char *sql, const char *expected)
{
    sqlite3 *db = open_as_a_stranger(folder);
    sqlite3_stmt *statement;

    assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &statement, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    assert_string_equal((const char *)sqlite3_column_text(statement, 0), expected);
    assert_int_equal(sqlite3_finalize(statement), SQLITE_OK);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

#define ROWS "SELECT group_concat(record || ':' || (length(hash) / 32), ' ') FROM record"

static void what_is_committed_together_shares_rows(void **state)
{
    const struct folder_of_test *folder = *state;

    make_journal(folder, (const size_t[]){1, 3, 20, 1, 0});
    assert_query(folder, ROWS, "1:1 4:3 12:8 20:8 24:4 25:1");
    assert_query(folder, "SELECT group_concat(record) FROM record WHERE ends IS NULL", "1,25");
}

/* Records of one size that a caller chooses, by their reference. */
static void append_with_reference(struct journal *journal, const char *reference, size_t count)
{
    struct bytes bytes;
    size_t ends[20];
    struct journal_token token;
    struct journal_head head;
    struct journal_batch batch = {.count = count, .ends = ends};

    assert_true(count <= 20);
    journal_head(journal, &head);
    bytes_init(&bytes, sizeof(ends) * JOURNAL_BODY_MAX);
    batch.first = head.record + 1;
    batch.last_position = head.position;
    for (size_t i = 0; i < count; i++) {
        struct record record =
            record_front(RECORD_MONEY_DEPOSITED, batch.first + i, batch.last_position + 1);

        record.amount = money(5);
        record.reference = (struct text){reference, strlen(reference)};
        record.legs[0] = (struct leg){ANA, 4 + i, {1000}, {5}, 1};
        record_encode(&record, &bytes);
        ends[i] = bytes.size;
        batch.last_position += record_event_count(&record);
        batch.last_at = record.at;
    }
    batch.bytes = bytes.data;
    assert_int_equal(journal_submit(journal, &batch, &head, journal_epoch(journal), &token),
                     JOURNAL_OK);
    bytes_close(&bytes);
}

static void a_row_of_several_stays_small(void **state)
{
    const struct folder_of_test *folder = *state;
    char reference[561] = {0};
    struct journal *journal = open_journal(folder);

    assert_int_equal(append(journal, 1, NULL), JOURNAL_OK);
    memset(reference, 'x', 560);
    append_with_reference(journal, reference, 3); /* two of these are more than a row takes */
    reference[300] = '\0';
    append_with_reference(journal, reference, 7);
    struct journal_reader *reader = journal_reader_open(journal);
    assert_whole(reader, 11);
    journal_reader_close(&reader);
    journal_close(&journal);
    assert_query(folder, ROWS, "1:1 2:1 3:1 4:1 7:3 10:3 11:1");
}

static void every_record_of_a_row_is_found_by_its_number(void **state)
{
    const struct folder_of_test *folder = *state;
    struct journal_head head = {0};
    struct batch_of_test batch;
    uint8_t chained[JOURNAL_HASH_SIZE] = {0};

    make_journal(folder, (const size_t[]){30, 0});
    batch_make(&batch, &head, 30);
    struct journal_reader *reader = journal_reader_open_sqlite(folder->journal);
    assert_non_null(reader);
    for (uint64_t number = 1; number <= 30; number++) {
        size_t start = number == 1 ? 0 : batch.ends[number - 2];
        struct text expected = {(const char *)batch.bytes.data + start,
                                batch.ends[number - 1] - start};
        uint8_t hash[JOURNAL_HASH_SIZE];
        struct text body;

        assert_int_equal(journal_read(reader, number, &body, hash), JOURNAL_READ_OK);
        assert_int_equal(body.size, expected.size);
        assert_memory_equal(body.data, expected.data, body.size);
        journal_hash(0, chained, number, expected, chained);
        assert_memory_equal(hash, chained, JOURNAL_HASH_SIZE);
    }
    batch_free(&batch);
    journal_reader_close(&reader);
}

static void a_scan_begins_and_ends_anywhere_in_a_row(void **state)
{
    const struct folder_of_test *folder = *state;

    make_journal(folder, (const size_t[]){30, 0});
    struct journal_reader *reader = journal_reader_open_sqlite(folder->journal);
    assert_non_null(reader);
    for (uint64_t from = 1; from <= 30; from++) {
        for (size_t max = 1; max <= 30; max++) {
            struct walk walk = {.next = from};
            size_t count, left = (size_t)(30 - from + 1), due = max < left ? max : left;

            assert_int_equal(journal_scan(reader, from, max, walk_each, &walk, &count),
                             JOURNAL_READ_OK);
            assert_int_equal(count, due);
            assert_int_equal(walk.next, from + due);
            walk = (struct walk){.next = from, .stop = from + due - 1};
            assert_int_equal(journal_scan(reader, from, 100, walk_each, &walk, &count),
                             JOURNAL_READ_OK);
            assert_int_equal(count, due);
        }
    }
    journal_reader_close(&reader);
}

/* Row 16 holds records 9 ... 16; these leave it without the form of a row. */
static const char *const DAMAGES[] = {
    "UPDATE record SET ends = NULL WHERE record = 16",
    "UPDATE record SET ends = x'' WHERE record = 16",
    "UPDATE record SET ends = substr(ends, 1, 14) WHERE record = 16",
    "UPDATE record SET ends = CAST(ends || x'ffff' AS BLOB) WHERE record = 16",
    "UPDATE record SET ends = CAST(x'ffff' || substr(ends, 3) AS BLOB) WHERE record = 16",
    "UPDATE record SET ends = CAST(x'0000' || substr(ends, 3) AS BLOB) WHERE record = 16",
    "UPDATE record SET ends ="
    " CAST(substr(ends, 1, 12) || substr(ends, 11, 2) || substr(ends, 15) AS BLOB)"
    " WHERE record = 16",
    "UPDATE record SET body = CAST(body || x'00' AS BLOB) WHERE record = 16",
    "UPDATE record SET body = substr(body, 1, length(body) - 1) WHERE record = 16",
    "UPDATE record SET body = zeroblob(5000) WHERE record = 16",
    "UPDATE record SET hash = substr(hash, 1, 255) WHERE record = 16",
    "UPDATE record SET hash = substr(hash, 1, 224) WHERE record = 16",
    "UPDATE record SET hash = CAST(hash || zeroblob(32) AS BLOB) WHERE record = 16",
    "UPDATE record SET hash = x'' WHERE record = 16",
    /* These are rows, in the wrong place. */
    "UPDATE record SET record = 15 WHERE record = 16",
    "UPDATE record SET record = 17 WHERE record = 16",
};
#define DAMAGE_COUNT (sizeof(DAMAGES) / sizeof(DAMAGES[0]))
#define DAMAGES_MISPLACED 2

static void a_row_without_the_form_of_one_stops_a_scan(void **state)
{
    const struct folder_of_test *folder = *state;

    for (size_t i = 0; i < DAMAGE_COUNT; i++) {
        struct walk walk = {.next = 1};
        struct record record;
        size_t count;

        make_journal(folder, (const size_t[]){30, 0});
        meddle(folder, DAMAGES[i]);
        struct journal_reader *reader = journal_reader_open_sqlite(folder->journal);
        assert_non_null(reader);
        assert_int_equal(journal_scan(reader, 1, 100, walk_each, &walk, &count),
                         JOURNAL_READ_ERROR);
        assert_true(count >= 8 && count < 16);
        if (i < DAMAGE_COUNT - DAMAGES_MISPLACED)
            assert_int_equal(journal_read_record(reader, 9, &record), JOURNAL_READ_ERROR);
        journal_reader_close(&reader);
        assert_int_equal(unlink(folder->journal), 0);
        assert_int_equal(unlink(folder->witness), 0);
    }
}

static void a_damaged_last_row_is_refused_at_the_start(void **state)
{
    const struct folder_of_test *folder = *state;

    for (size_t i = 0; i < DAMAGE_COUNT; i++) {
        struct journal *journal;

        make_journal(folder, (const size_t[]){16, 0});
        meddle(folder, DAMAGES[i]);
        assert_int_equal(unlink(folder->witness), 0);
        assert_int_equal(journal_open_sqlite(folder->journal, &journal), JOURNAL_OPEN_DAMAGED);
        assert_int_equal(unlink(folder->journal), 0);
    }
}

/* ---- the format before: a row a record, all of the chain BLAKE2b */

static void assert_hash_of(struct journal_reader *reader, uint64_t number,
                           const uint8_t expected[JOURNAL_HASH_SIZE])
{
    uint8_t hash[JOURNAL_HASH_SIZE];
    struct text body;

    assert_int_equal(journal_read(reader, number, &body, hash), JOURNAL_READ_OK);
    assert_memory_equal(hash, expected, JOURNAL_HASH_SIZE);
}

static void a_journal_of_the_format_before_goes_on(void **state)
{
    const struct folder_of_test *folder = *state;
    uint8_t last[JOURNAL_HASH_SIZE];

    make_journal_of_format_1(folder, 30, last);
    for (uint64_t round = 0; round < 3; round++) {
        struct journal *journal = open_journal(folder);
        struct journal_head head;

        journal_head(journal, &head);
        assert_int_equal(head.record, 30 + 20 * round);
        assert_int_equal(journal_epoch(journal), 7 + round);
        assert_int_equal(append(journal, 20, NULL), JOURNAL_OK);
        journal_keep_tail(journal);
        struct journal_reader *reader = journal_reader_open(journal);
        assert_int_equal(journal_old_until(reader), 30);
        assert_whole(reader, 50 + 20 * round);
        assert_hash_of(reader, 30, last);
        journal_reader_close(&reader);
        journal_close(&journal);
    }
    assert_query(folder, "PRAGMA user_version", "2");
}

static void an_empty_journal_of_the_format_before_goes_on(void **state)
{
    const struct folder_of_test *folder = *state;
    uint8_t last[JOURNAL_HASH_SIZE];

    make_journal_of_format_1(folder, 0, last);
    make_journal(folder, (const size_t[]){20, 0});
    struct journal_reader *reader = journal_reader_open_sqlite(folder->journal);
    assert_non_null(reader);
    assert_int_equal(journal_old_until(reader), 0);
    assert_whole(reader, 20);
    journal_reader_close(&reader);
}

static void readers_read_the_format_before_as_it_was_when_they_came(void **state)
{
    const struct folder_of_test *folder = *state;
    uint8_t last[JOURNAL_HASH_SIZE];
    struct journal_head head;
    struct record record;

    make_journal_of_format_1(folder, 30, last);
    struct journal_reader *reader = journal_reader_open_sqlite(folder->journal);
    assert_non_null(reader);
    assert_query(folder, "PRAGMA user_version", "1");
    for (unsigned brought_up = 0; brought_up < 2; brought_up++) {
        assert_int_equal(journal_old_until(reader), 30);
        assert_int_equal(journal_reader_head(reader, &head), JOURNAL_READ_OK);
        assert_int_equal(head.record, 30);
        assert_whole(reader, 30);
        assert_hash_of(reader, 30, last);
        assert_int_equal(journal_read_record(reader, 31, &record), JOURNAL_READ_END);
        make_journal(folder, (const size_t[]){20, 0}); /* the writer comes, and goes on */
        assert_query(folder, "PRAGMA user_version", "2");
    }
    journal_reader_close(&reader);
}

static void an_unsound_file_of_the_format_before_is_refused_as_it_is(void **state)
{
    static const char *const DAMAGE[] = {
        "UPDATE record SET hash = zeroblob(32) WHERE record = 29",
        "DELETE FROM record WHERE record = 29",
    };
    const struct folder_of_test *folder = *state;
    uint8_t last[JOURNAL_HASH_SIZE];
    struct journal *journal;

    for (size_t i = 0; i < sizeof(DAMAGE) / sizeof(DAMAGE[0]); i++) {
        make_journal_of_format_1(folder, 30, last);
        meddle(folder, DAMAGE[i]);
        for (unsigned again = 0; again < 2; again++)
            assert_int_equal(journal_open_sqlite(folder->journal, &journal), JOURNAL_OPEN_DAMAGED);
        assert_query(folder, "PRAGMA user_version", "1");
        assert_int_equal(unlink(folder->journal), 0);
    }
}

static void a_file_of_the_format_before_that_lost_records_is_refused_as_it_is(void **state)
{
    const struct folder_of_test *folder = *state;
    uint8_t last[JOURNAL_HASH_SIZE];
    struct journal *journal;

    make_journal(folder, (const size_t[]){40, 0}); /* for its witness */
    assert_int_equal(unlink(folder->journal), 0);
    make_journal_of_format_1(folder, 30, last);
    assert_int_equal(journal_open_sqlite(folder->journal, &journal), JOURNAL_OPEN_DAMAGED);
    assert_query(folder, "PRAGMA user_version", "1");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_is_committed_together_shares_rows, begin, end),
        cmocka_unit_test_setup_teardown(a_row_of_several_stays_small, begin, end),
        cmocka_unit_test_setup_teardown(every_record_of_a_row_is_found_by_its_number, begin, end),
        cmocka_unit_test_setup_teardown(a_scan_begins_and_ends_anywhere_in_a_row, begin, end),
        cmocka_unit_test_setup_teardown(a_row_without_the_form_of_one_stops_a_scan, begin, end),
        cmocka_unit_test_setup_teardown(a_damaged_last_row_is_refused_at_the_start, begin, end),
        cmocka_unit_test_setup_teardown(a_journal_of_the_format_before_goes_on, begin, end),
        cmocka_unit_test_setup_teardown(an_empty_journal_of_the_format_before_goes_on, begin, end),
        cmocka_unit_test_setup_teardown(readers_read_the_format_before_as_it_was_when_they_came,
                                        begin, end),
        cmocka_unit_test_setup_teardown(an_unsound_file_of_the_format_before_is_refused_as_it_is,
                                        begin, end),
        cmocka_unit_test_setup_teardown(
            a_file_of_the_format_before_that_lost_records_is_refused_as_it_is, begin, end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
