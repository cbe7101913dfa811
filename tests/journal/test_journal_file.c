/* The journal as a file: what it refuses, what it notices, and who may look at it when. */
#include <pthread.h>
#include <sqlite3.h>
#include <stdatomic.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "journal/ledger.h"

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

static struct journal *open_journal(const char *path)
{
    struct journal *journal;

    assert_int_equal(journal_open_sqlite(path, &journal), JOURNAL_OPEN_OK);
    return journal;
}

/* A bank that was closed after so many records. */
static void make_journal(const struct folder_of_test *folder, size_t records)
{
    struct journal *journal = open_journal(folder->journal);

    fill(journal, records);
    journal_close(&journal);
}

/* The same, each record committed alone: it has a row of its own. */
static void make_journal_of_single_rows(const struct folder_of_test *folder, size_t records)
{
    struct journal *journal = open_journal(folder->journal);

    for (size_t i = 0; i < records; i++)
        assert_int_equal(append(journal, 1, NULL), JOURNAL_OK);
    journal_close(&journal);
}

static void assert_refused(const struct folder_of_test *folder, enum journal_open_result why)
{
    struct journal *journal = (struct journal *)folder;

    assert_int_equal(journal_open_sqlite(folder->journal, &journal), why);
    assert_null(journal);
}

/* Runs SQL as a stranger would, and returns SQLite's answer. */
static int meddle(const char *path, const char *sql)
{
    sqlite3 *db;

    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    int result = sqlite3_exec(db, sql, NULL, NULL, NULL);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    return result;
}

#define WITHOUT_TRIGGERS                                                                           \
    "DROP TRIGGER record_is_never_changed; DROP TRIGGER record_is_never_deleted;"

static void copy_file(const char *from, const char *to)
{
    char buffer[4096];
    size_t size;
    FILE *in = fopen(from, "rb"), *out = fopen(to, "wb");

    assert_non_null(in);
    assert_non_null(out);
    while ((size = fread(buffer, 1, sizeof(buffer), in)) > 0)
        assert_int_equal(fwrite(buffer, 1, size, out), size);
    assert_int_equal(fclose(in), 0);
    assert_int_equal(fclose(out), 0);
}

static void a_journal_goes_on_after_it_was_closed(void **state)
{
    const struct folder_of_test *folder = *state;

    for (uint64_t round = 1; round <= 4; round++) {
        struct journal *journal = open_journal(folder->journal);
        struct journal_reader *reader = journal_reader_open(journal);
        struct journal_head head;

        journal_head(journal, &head);
        assert_int_equal(head.record, 20 * (round - 1));
        assert_int_equal(journal_epoch(journal), round);
        fill(journal, 20);
        assert_whole(reader, 20 * round);
        journal_reader_close(&reader);
        journal_close(&journal);
        assert_null(journal);
    }
}

static void the_file_says_what_it_is(void **state)
{
    const struct folder_of_test *folder = *state;
    uint8_t front[100];

    make_journal(folder, 3);
    FILE *file = fopen(folder->journal, "rb");
    assert_non_null(file);
    assert_int_equal(fread(front, 1, sizeof(front), file), sizeof(front));
    assert_int_equal(fclose(file), 0);
    assert_memory_equal(front + 68, "telj", 4); /* application_id, for file(1) */
    assert_int_equal(front[63], 2);             /* user_version */
    assert_int_equal(front[18], 2);             /* write-ahead log */
}

static void records_cannot_be_changed_from_outside(void **state)
{
    static const char *const attempts[] = {
        "UPDATE record SET body = x'00' WHERE record = 2",
        "UPDATE record SET record = 99 WHERE record = 3",
        "DELETE FROM record WHERE record = 3",
        "DELETE FROM record",
        "INSERT INTO record VALUES (3, x'00', x'00', NULL)",
        "INSERT INTO record VALUES (4, 'text', x'00', NULL)",
        "INSERT INTO record VALUES (4, NULL, x'00', NULL)",
    };
    const struct folder_of_test *folder = *state;

    make_journal_of_single_rows(folder, 3);
    for (size_t i = 0; i < sizeof(attempts) / sizeof(attempts[0]); i++)
        assert_int_equal(meddle(folder->journal, attempts[i]), SQLITE_CONSTRAINT);
    struct journal *journal = open_journal(folder->journal);
    fill(journal, 3);
    struct journal_reader *reader = journal_reader_open(journal);
    assert_whole(reader, 6);
    journal_reader_close(&reader);
    journal_close(&journal);
}

static void rows_from_outside_are_noticed(void **state)
{
    static const char *const attempts[] = {
        "INSERT INTO record VALUES (4, x'00', zeroblob(32), NULL)",
        "INSERT INTO record VALUES (5, x'00', zeroblob(32), NULL)",
        "INSERT OR REPLACE INTO record VALUES (3, x'00', zeroblob(32), NULL)",
        "INSERT OR REPLACE INTO record VALUES (2, x'00', zeroblob(32), NULL)",
    };
    const struct folder_of_test *folder = *state;

    for (size_t i = 0; i < sizeof(attempts) / sizeof(attempts[0]); i++) {
        make_journal_of_single_rows(folder, 3);
        assert_int_equal(meddle(folder->journal, attempts[i]), SQLITE_OK);
        assert_refused(folder, JOURNAL_OPEN_DAMAGED);
        assert_int_equal(unlink(folder->journal), 0);
        assert_int_equal(unlink(folder->witness), 0);
    }
}

static void a_row_from_outside_is_a_conflict_for_the_writer(void **state)
{
    const struct folder_of_test *folder = *state;
    struct journal *journal = open_journal(folder->journal);

    fill(journal, 3);
    assert_int_equal(
        meddle(folder->journal, "INSERT INTO record VALUES (4, x'00', zeroblob(32), NULL)"),
        SQLITE_OK);
    assert_int_equal(append(journal, 1, NULL), JOURNAL_CONFLICT);
    assert_false(journal_reopen(journal));
    journal_close(&journal);
}

static void a_newer_format_is_refused(void **state)
{
    const struct folder_of_test *folder = *state;

    make_journal(folder, 3);
    assert_int_equal(meddle(folder->journal, "PRAGMA user_version = 3"), SQLITE_OK);
    assert_refused(folder, JOURNAL_OPEN_NEWER);
    assert_null(journal_reader_open_sqlite(folder->journal));
}

static void other_files_are_refused_and_left_alone(void **state)
{
    const struct folder_of_test *folder = *state;
    char garbage[5000];
    struct stat before, after;

    memset(garbage, 'x', sizeof(garbage));
    FILE *file = fopen(folder->journal, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(garbage, 1, sizeof(garbage), file), sizeof(garbage));
    assert_int_equal(fclose(file), 0);
    assert_refused(folder, JOURNAL_OPEN_DAMAGED);
    assert_null(journal_reader_open_sqlite(folder->journal));

    assert_int_equal(unlink(folder->journal), 0);
    assert_int_equal(meddle(folder->journal, "CREATE TABLE recipe(name TEXT)"), SQLITE_OK);
    assert_int_equal(stat(folder->journal, &before), 0);
    assert_refused(folder, JOURNAL_OPEN_DAMAGED);
    assert_int_equal(stat(folder->journal, &after), 0);
    assert_int_equal(after.st_mtim.tv_nsec, before.st_mtim.tv_nsec);
    assert_int_equal(after.st_mtim.tv_sec, before.st_mtim.tv_sec);
    assert_null(journal_reader_open_sqlite(folder->journal));

    assert_int_equal(meddle(folder->journal, "DROP TABLE recipe; PRAGMA application_id = 7"),
                     SQLITE_OK);
    assert_refused(folder, JOURNAL_OPEN_DAMAGED);
}

static void a_file_that_is_not_there_is_made_only_by_the_writer(void **state)
{
    const struct folder_of_test *folder = *state;
    struct stat info;

    assert_null(journal_reader_open_sqlite(folder->journal));
    assert_int_not_equal(stat(folder->journal, &info), 0);
    make_journal(folder, 0);
    assert_int_equal(stat(folder->journal, &info), 0);
}

static void a_folder_that_is_not_there_fails(void **state)
{
    struct journal *journal;

    (void)state;
    assert_int_equal(journal_open_sqlite("/nonexistent/teller/journal.db", &journal),
                     JOURNAL_OPEN_FAILED);
    assert_null(journal);
}

static void an_empty_file_becomes_a_journal(void **state)
{
    const struct folder_of_test *folder = *state;

    FILE *file = fopen(folder->journal, "wb");
    assert_non_null(file);
    assert_int_equal(fclose(file), 0);
    make_journal(folder, 3);
}

/* Each of these leaves the file a database, and the end of the journal wrong. */
static void a_damaged_end_is_refused(void **state)
{
    static const char *const damages[] = {
        "UPDATE record SET body = substr(body, 1, length(body) - 1) WHERE record = 30",
        "UPDATE record SET body = x'' WHERE record = 30",
        "UPDATE record SET body = zeroblob(5000) WHERE record = 30",
        "UPDATE record SET hash = zeroblob(32) WHERE record = 30",
        "UPDATE record SET hash = x'00' WHERE record = 30",
        "UPDATE record SET hash = zeroblob(32) WHERE record = 29",
        "UPDATE record SET hash = x'00' WHERE record = 29",
        "DELETE FROM record WHERE record = 29",
        "DELETE FROM record WHERE record < 30",
        "UPDATE record SET record = 31 WHERE record = 30",
        "UPDATE record SET record = -record",
        "DROP TABLE record",
        "DROP TABLE meta",
        "DELETE FROM meta",
    };
    const struct folder_of_test *folder = *state;
    char sql[512];

    for (size_t i = 0; i < sizeof(damages) / sizeof(damages[0]); i++) {
        make_journal_of_single_rows(folder, 30);
        snprintf(sql, sizeof(sql), WITHOUT_TRIGGERS "%s", damages[i]);
        assert_int_equal(meddle(folder->journal, sql), SQLITE_OK);
        assert_int_equal(unlink(folder->witness), 0); /* it would notice most of them too */
        assert_refused(folder, JOURNAL_OPEN_DAMAGED);
        assert_int_equal(unlink(folder->journal), 0);
    }
}

static void a_tampered_byte_breaks_the_chain(void **state)
{
    const struct folder_of_test *folder = *state;
    struct walk walk;

    make_journal_of_single_rows(folder, 30);
    /* The first byte of the reference of record 11: still a sound record. */
    assert_int_equal(meddle(folder->journal, WITHOUT_TRIGGERS
                            "UPDATE record SET body = cast(replace(body, 'Rent', 'Sent') AS BLOB)"
                            " WHERE record = 11"),
                     SQLITE_OK);
    struct journal_reader *reader = journal_reader_open_sqlite(folder->journal);
    assert_non_null(reader);
    assert_int_equal(walk_all(reader, 7, &walk), 30);
    assert_false(walk.joined);
    journal_reader_close(&reader);
}

static void a_record_that_is_missing_or_broken_stops_a_scan(void **state)
{
    const struct folder_of_test *folder = *state;
    struct walk walk = {.next = 1, .joined = true};
    struct record record;
    size_t count;

    make_journal_of_single_rows(folder, 30);
    assert_int_equal(meddle(folder->journal,
                            WITHOUT_TRIGGERS "DELETE FROM record WHERE record = 11;"
                                             "UPDATE record SET body = x'01' WHERE record = 21"),
                     SQLITE_OK);
    struct journal_reader *reader = journal_reader_open_sqlite(folder->journal);
    assert_non_null(reader);
    assert_int_equal(journal_scan(reader, 1, 100, walk_each, &walk, &count), JOURNAL_READ_ERROR);
    assert_int_equal(count, 10);
    assert_true(walk.joined);
    assert_int_equal(journal_read_record(reader, 11, &record), JOURNAL_READ_ERROR);
    walk.next = 12;
    assert_int_equal(journal_scan(reader, 12, 100, walk_each, &walk, &count), JOURNAL_READ_ERROR);
    assert_int_equal(count, 9);
    assert_int_equal(journal_read_record(reader, 21, &record), JOURNAL_READ_ERROR);
    journal_reader_close(&reader);
}

/* Whether the log could be copied back and begun anew: nobody reads by it. */
static bool log_is_free(const char *path)
{
    sqlite3 *db;
    sqlite3_stmt *statement;

    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(
        sqlite3_prepare_v2(db, "PRAGMA wal_checkpoint(TRUNCATE)", -1, &statement, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    bool is_free = sqlite3_column_int(statement, 0) == 0;
    assert_int_equal(sqlite3_finalize(statement), SQLITE_OK);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    return is_free;
}

static void the_log_waits_for_a_reader_that_holds_still(void **state)
{
    const struct folder_of_test *folder = *state;
    struct journal *journal = open_journal(folder->journal);
    struct journal_reader *reader = journal_reader_open(journal);
    struct record record;

    fill(journal, 10);
    assert_int_equal(journal_read_record(reader, 3, &record), JOURNAL_READ_OK);
    assert_true(log_is_free(folder->journal));
    fill(journal, 10);
    journal_reader_hold(reader);
    assert_true(log_is_free(folder->journal)); /* it has not looked yet */
    fill(journal, 10);
    assert_int_equal(journal_read_record(reader, 3, &record), JOURNAL_READ_OK);
    assert_false(log_is_free(folder->journal));
    journal_reader_let_go(reader);
    assert_true(log_is_free(folder->journal));
    journal_reader_close(&reader);
    journal_close(&journal);
}

static void a_journal_behind_its_witness_is_refused(void **state)
{
    const struct folder_of_test *folder = *state;
    char copy[128];

    make_journal(folder, 30);
    snprintf(copy, sizeof(copy), "%s/copy.db", folder->path);
    copy_file(folder->journal, copy);
    make_journal(folder, 1);
    copy_file(copy, folder->journal); /* a backup, put back */
    assert_refused(folder, JOURNAL_OPEN_DAMAGED);
    /* Tools may still look at it, and the operator may say that it was meant. */
    struct journal_reader *reader = journal_reader_open_sqlite(folder->journal);
    assert_non_null(reader);
    assert_whole(reader, 30);
    journal_reader_close(&reader);
    assert_int_equal(unlink(folder->witness), 0);
    make_journal(folder, 1);
}

static void a_journal_that_vanished_is_refused(void **state)
{
    const struct folder_of_test *folder = *state;

    make_journal(folder, 30);
    assert_int_equal(unlink(folder->journal), 0);
    for (unsigned i = 0; i < 2; i++) {
        struct stat info;

        assert_refused(folder, JOURNAL_OPEN_DAMAGED);
        assert_int_equal(stat(folder->journal, &info), 0);
        assert_int_equal(info.st_size, 0); /* nothing that looks like a new bank */
    }
}

static void another_journal_than_the_witnessed_one_is_refused(void **state)
{
    const struct folder_of_test *folder = *state;
    char copy[128];

    make_journal(folder, 30);
    snprintf(copy, sizeof(copy), "%s/copy.db", folder->path);
    copy_file(folder->journal, copy);
    make_journal(folder, 3);
    /* The copy goes on in another way: as many records and more, other hashes. */
    struct journal *journal = open_journal(copy);
    struct journal_head head;
    struct journal_token token;
    struct batch_of_test batch;
    journal_head(journal, &head);
    head.at += 1000000;
    batch_make(&batch, &head, 5);
    batch.bytes.data[3 + 8] ^= 1; /* the first one's time */
    assert_int_equal(journal_submit(journal, &batch.batch, &head, journal_epoch(journal), &token),
                     JOURNAL_OK);
    batch_free(&batch);
    journal_close(&journal);
    copy_file(copy, folder->journal);
    assert_refused(folder, JOURNAL_OPEN_DAMAGED);
}

static void a_journal_ahead_of_its_witness_opens(void **state)
{
    const struct folder_of_test *folder = *state;
    char copy[128];

    make_journal(folder, 30);
    snprintf(copy, sizeof(copy), "%s/copy.head", folder->path);
    copy_file(folder->witness, copy);
    make_journal(folder, 30);
    copy_file(copy, folder->witness);
    make_journal(folder, 1);
    struct journal_reader *reader = journal_reader_open_sqlite(folder->journal);
    assert_non_null(reader);
    assert_whole(reader, 61);
    journal_reader_close(&reader);
}

static void a_torn_witness_does_not_keep_a_bank_closed(void **state)
{
    const struct folder_of_test *folder = *state;

    make_journal(folder, 3);
    assert_int_equal(truncate(folder->witness, 20), 0);
    make_journal(folder, 3);
}

static uint64_t witnessed(const struct folder_of_test *folder)
{
    unsigned long long record = 0;
    FILE *file = fopen(folder->witness, "r");

    if (file == NULL)
        return 0;
    assert_int_equal(fscanf(file, "teller-head 1 %llu", &record), 1);
    assert_int_equal(fclose(file), 0);
    return record;
}

static void the_witness_is_written_once_a_second(void **state)
{
    const struct folder_of_test *folder = *state;
    struct journal *journal = open_journal(folder->journal);
    const int64_t start = INT64_C(5000000000);

    fill(journal, 3);
    journal_witness(journal, start);
    assert_int_equal(witnessed(folder), 3);
    fill(journal, 3);
    journal_witness(journal, start + 999999);
    assert_int_equal(witnessed(folder), 3);
    journal_witness(journal, start + 1000000);
    assert_int_equal(witnessed(folder), 6);
    fill(journal, 1);
    journal_close(&journal);
    assert_int_equal(witnessed(folder), 7);
}

static void a_second_writer_fences_the_first(void **state)
{
    const struct folder_of_test *folder = *state;
    struct journal *first = open_journal(folder->journal);

    fill(first, 5);
    struct journal *second = open_journal(folder->journal);
    assert_int_equal(journal_epoch(second), journal_epoch(first) + 1);
    assert_int_equal(append(first, 1, NULL), JOURNAL_FENCED);
    fill(second, 5);
    assert_int_equal(append(first, 1, NULL), JOURNAL_FENCED);
    assert_true(journal_reopen(first));
    assert_int_equal(append(first, 1, NULL), JOURNAL_FENCED);
    struct journal_reader *reader = journal_reader_open(second);
    assert_whole(reader, 10);
    journal_reader_close(&reader);
    journal_close(&second);
    journal_close(&first);
}

static void readers_look_at_a_bank_that_stands_still(void **state)
{
    const struct folder_of_test *folder = *state;
    char name[128];

    make_journal(folder, 30);
    for (unsigned round = 0; round < 2; round++) {
        struct journal_reader *one = journal_reader_open_sqlite(folder->journal);
        struct journal_reader *two = journal_reader_open_sqlite(folder->journal);

        assert_non_null(one);
        assert_non_null(two);
        assert_whole(one, 30);
        assert_whole(two, 30);
        journal_reader_close(&one);
        journal_reader_close(&two);
        /* And again with the small files that the first ones left, and then without. */
        snprintf(name, sizeof(name), "%s-shm", folder->journal);
        (void)unlink(name);
    }
    make_journal(folder, 3);
}

/* The folder as a power cut leaves it: the log not copied yet, and no one to say goodbye. */
static void crash(const struct folder_of_test *folder, size_t records)
{
    int status;
    pid_t child = fork();

    assert_true(child >= 0);
    if (child == 0) {
        struct journal *journal;
        bool ok = journal_open_sqlite(folder->journal, &journal) == JOURNAL_OPEN_OK;

        for (size_t i = 0; ok && i < records; i++)
            ok = append(journal, 1, NULL) == JOURNAL_OK;
        _exit(ok ? 0 : 1);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static void what_was_committed_before_a_crash_is_there(void **state)
{
    const struct folder_of_test *folder = *state;
    char shm[128];

    crash(folder, 10);
    /* First a reader comes, with the index of the log and without it, then the daemon. */
    for (unsigned round = 0; round < 2; round++) {
        struct journal_reader *reader = journal_reader_open_sqlite(folder->journal);

        assert_non_null(reader);
        assert_whole(reader, 10);
        journal_reader_close(&reader);
        snprintf(shm, sizeof(shm), "%s-shm", folder->journal);
        assert_int_equal(unlink(shm), 0);
    }
    crash(folder, 5);
    make_journal(folder, 1);
    struct journal_reader *reader = journal_reader_open_sqlite(folder->journal);
    assert_non_null(reader);
    assert_whole(reader, 16);
    journal_reader_close(&reader);
}

static void a_reader_cannot_write(void **state)
{
    const struct folder_of_test *folder = *state;
    struct stat before, after;

    crash(folder, 10);
    assert_int_equal(stat(folder->journal, &before), 0);
    struct journal_reader *reader = journal_reader_open_sqlite(folder->journal);
    assert_non_null(reader);
    assert_whole(reader, 10);
    journal_reader_close(&reader); /* the last connection, and still it copies nothing */
    assert_int_equal(stat(folder->journal, &after), 0);
    assert_int_equal(after.st_size, before.st_size);
    assert_int_equal(after.st_mtim.tv_nsec, before.st_mtim.tv_nsec);
}

struct reading {
    const char *path;
    atomic_bool finished;
    bool whole;
    uint64_t last;
};

static void *read_along(void *context)
{
    struct reading *reading = context;
    struct journal_reader *reader = journal_reader_open_sqlite(reading->path);
    struct walk walk = {.next = 1, .joined = true};
    bool finished = false;

    reading->whole = reader != NULL;
    while (reading->whole) {
        struct journal_head head;
        size_t count;

        /* What was finished before the scan began is seen by it. */
        finished = atomic_load(&reading->finished);
        enum journal_read read = journal_scan(reader, walk.next, 64, walk_each, &walk, &count);
        reading->whole = read != JOURNAL_READ_ERROR && walk.joined &&
                         journal_reader_head(reader, &head) == JOURNAL_READ_OK &&
                         head.record + 1 >= walk.next;
        if (finished && read == JOURNAL_READ_END)
            break;
    }
    reading->last = walk.next - 1;
    journal_reader_close(&reader);
    return NULL;
}

static void readers_follow_a_writer(void **state)
{
    const struct folder_of_test *folder = *state;
    struct journal *journal = open_journal(folder->journal);
    struct reading readings[2] = {{.path = folder->journal}, {.path = folder->journal}};
    pthread_t threads[2];

    for (size_t i = 0; i < 2; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, read_along, &readings[i]), 0);
    for (size_t i = 0; i < 150; i++)
        assert_int_equal(append(journal, 1 + i % 100, NULL), JOURNAL_OK);
    struct journal_head head;
    journal_head(journal, &head);
    for (size_t i = 0; i < 2; i++) {
        atomic_store(&readings[i].finished, true);
        assert_int_equal(pthread_join(threads[i], NULL), 0);
        assert_true(readings[i].whole);
        assert_int_equal(readings[i].last, head.record);
    }
    journal_close(&journal);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_journal_goes_on_after_it_was_closed),
        TEST(the_file_says_what_it_is),
        TEST(records_cannot_be_changed_from_outside),
        TEST(rows_from_outside_are_noticed),
        TEST(a_row_from_outside_is_a_conflict_for_the_writer),
        TEST(a_newer_format_is_refused),
        TEST(other_files_are_refused_and_left_alone),
        TEST(a_file_that_is_not_there_is_made_only_by_the_writer),
        TEST(a_folder_that_is_not_there_fails),
        TEST(an_empty_file_becomes_a_journal),
        TEST(a_damaged_end_is_refused),
        TEST(a_tampered_byte_breaks_the_chain),
        TEST(a_record_that_is_missing_or_broken_stops_a_scan),
        TEST(the_log_waits_for_a_reader_that_holds_still),
        TEST(a_journal_behind_its_witness_is_refused),
        TEST(a_journal_that_vanished_is_refused),
        TEST(another_journal_than_the_witnessed_one_is_refused),
        TEST(a_journal_ahead_of_its_witness_opens),
        TEST(a_torn_witness_does_not_keep_a_bank_closed),
        TEST(the_witness_is_written_once_a_second),
        TEST(a_second_writer_fences_the_first),
        TEST(readers_look_at_a_bank_that_stands_still),
        TEST(what_was_committed_before_a_crash_is_there),
        TEST(a_reader_cannot_write),
        TEST(readers_follow_a_writer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
