/* A database file of ours: how it is opened, and what is not taken for one. */
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <setjmp.h>

#include <cmocka.h>

#include "sqlite/sqlite_file.h"

static const struct sqlite_kind kind = {
    .room = "test", .what = "the box", .application_id = 0x626f7831, .version = 3};
static const struct sqlite_setup writing = {.use = SQLITE_FILE_CREATE, .busy_ms = 100};
static const struct sqlite_setup reading = {.use = SQLITE_FILE_READ, .busy_ms = 100};

static char folder[64], path[96], beside[112];

static int setup(void **state)
{
    (void)state;
    (void)strcpy(folder, "/tmp/teller-sqlite-XXXXXX");
    if (mkdtemp(folder) == NULL)
        return -1;
    (void)snprintf(path, sizeof path, "%s/box.db", folder);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    static const char *const suffixes[] = {"", "-wal", "-shm", "-journal"};
    for (size_t i = 0; i < sizeof suffixes / sizeof suffixes[0]; i++) {
        (void)snprintf(beside, sizeof beside, "%s%s", path, suffixes[i]);
        (void)unlink(beside);
    }
    return rmdir(folder);
}

static void make(const char *sql)
{
    sqlite3 *db;
    assert_int_equal(sqlite_file_open(&kind, path, &writing, &db), SQLITE_FILE_OK);
    assert_true(sqlite_file_run(db, sql));
    sqlite_file_close(&db);
}

static enum sqlite_file_result look(int32_t *version)
{
    sqlite3 *db;
    enum sqlite_file_result result = sqlite_file_open(&kind, path, &writing, &db);
    *version = -1;
    if (result == SQLITE_FILE_OK)
        result = sqlite_file_check(&kind, db, path, version);
    sqlite_file_close(&db);
    return result;
}

static void a_file_is_held_against_what_it_claims_to_be(void **state)
{
    (void)state;
    static const struct {
        const char *name, *sql;
        enum sqlite_file_result result;
        int32_t version;
    } cases[] = {
        {"nothing in it", "", SQLITE_FILE_OK, 0},
        {"ours", "PRAGMA application_id = 0x626f7831; PRAGMA user_version = 3", SQLITE_FILE_OK, 3},
        {"older", "PRAGMA application_id = 0x626f7831; PRAGMA user_version = 1", SQLITE_FILE_OK, 1},
        {"newer", "PRAGMA application_id = 0x626f7831; PRAGMA user_version = 4", SQLITE_FILE_NEWER,
         0},
        {"of no version", "PRAGMA application_id = 0x626f7831", SQLITE_FILE_DAMAGED, 0},
        {"of a negative version", "PRAGMA application_id = 0x626f7831; PRAGMA user_version = -1",
         SQLITE_FILE_DAMAGED, 0},
        {"somebody else's", "PRAGMA application_id = 1; PRAGMA user_version = 3",
         SQLITE_FILE_DAMAGED, 0},
        {"nobody's", "CREATE TABLE t (a)", SQLITE_FILE_DAMAGED, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int32_t version;
        make(cases[i].sql);
        enum sqlite_file_result result = look(&version);
        if (result != cases[i].result || version != cases[i].version)
            fail_msg("%s: %d, version %d", cases[i].name, (int)result, (int)version);
        assert_int_equal(unlink(path), 0);
    }
}

static void bytes_that_are_no_database_are_damage(void **state)
{
    (void)state;
    int32_t version;
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    for (int i = 0; i < 1000; i++)
        assert_true(fputs("no database ", file) >= 0);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(look(&version), SQLITE_FILE_DAMAGED);
}

static void a_file_that_cannot_be_opened_is_no_damage(void **state)
{
    (void)state;
    sqlite3 *db;
    assert_int_equal(sqlite_file_open(&kind, path, &reading, &db), SQLITE_FILE_FAILED);
    assert_null(db);
    const struct sqlite_setup existing = {.use = SQLITE_FILE_WRITE};
    assert_int_equal(sqlite_file_open(&kind, path, &existing, &db), SQLITE_FILE_FAILED);
    assert_null(db);
    assert_int_equal(access(path, F_OK), -1);
}

static void a_lock_that_is_not_given_is_no_damage(void **state)
{
    (void)state;
    sqlite3 *holder, *db;
    int32_t version;
    const struct sqlite_setup impatient = {.use = SQLITE_FILE_WRITE};
    make("PRAGMA application_id = 0x626f7831; PRAGMA user_version = 1");
    assert_int_equal(sqlite_file_open(&kind, path, &writing, &holder), SQLITE_FILE_OK);
    assert_true(sqlite_file_run(holder, "BEGIN EXCLUSIVE"));
    assert_int_equal(sqlite_file_open(&kind, path, &impatient, &db), SQLITE_FILE_OK);
    assert_int_equal(sqlite_file_check(&kind, db, path, &version), SQLITE_FILE_FAILED);
    sqlite_file_close(&db);
    sqlite_file_close(&holder);
}

/* The log of a writer still at work is not for a reader that comes and goes to move. */
static void a_reader_neither_writes_nor_moves_the_log(void **state)
{
    (void)state;
    sqlite3 *db;
    sqlite3_stmt *copy;
    struct stat before, after;
    make("PRAGMA journal_mode = WAL; CREATE TABLE t (a); INSERT INTO t VALUES (7)");
    assert_int_equal(sqlite_file_open(&kind, path, &writing, &db), SQLITE_FILE_OK);
    assert_true(sqlite_file_run(db, "INSERT INTO t VALUES (8)"));
    assert_int_equal(sqlite3_db_config(db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL), SQLITE_OK);
    sqlite_file_close(&db); /* as if it had been killed */
    (void)snprintf(beside, sizeof beside, "%s-wal", path);
    assert_int_equal(stat(beside, &before), 0);
    int64_t sum = 0;
    assert_int_equal(sqlite_file_open(&kind, path, &reading, &db), SQLITE_FILE_OK);
    assert_true(sqlite_file_integer(db, "SELECT sum(a) FROM t", &sum));
    assert_int_equal(sum, 15);
    assert_false(sqlite_file_run(db, "INSERT INTO t VALUES (9)"));
    assert_true(sqlite_file_prepare(db, "SELECT a FROM t", &copy));
    sqlite_file_finalize_all(&copy, 1);
    sqlite_file_close(&db);
    assert_int_equal(stat(beside, &after), 0);
    assert_int_equal(after.st_size, before.st_size);
}

static void settings_are_made_and_a_wrong_one_is_noticed(void **state)
{
    (void)state;
    static const char *const good[] = {"synchronous = FULL", "cache_size = -77", NULL};
    static const char *const bad[] = {"cache_size = -78", "synchronous = = 1", NULL};
    sqlite3 *db;
    int64_t value = 0;
    assert_int_equal(sqlite_file_open(&kind, path, &writing, &db), SQLITE_FILE_OK);
    assert_true(sqlite_file_use_log(db));
    assert_true(sqlite_file_set(db, good));
    assert_true(sqlite_file_integer(db, "PRAGMA cache_size", &value));
    assert_int_equal(value, -77);
    assert_true(sqlite_file_integer(db, "PRAGMA synchronous", &value));
    assert_int_equal(value, 2);
    assert_false(sqlite_file_set(db, bad));
    assert_int_equal(sqlite_file_failed(&kind, db, path, "being set"), SQLITE_FILE_DAMAGED);
    sqlite_file_close(&db);
    assert_int_equal(sqlite_file_open(&kind, ":memory:", &writing, &db), SQLITE_FILE_OK);
    assert_false(sqlite_file_use_log(db)); /* there is no file to have one beside */
    sqlite_file_close(&db);
}

static void statements_are_prepared_together(void **state)
{
    (void)state;
    static const char *const good[] = {"SELECT 1", "SELECT 2", "SELECT x'0102'"};
    static const char *const bad[] = {"SELECT 1", "SELECT FROM", "SELECT 3"};
    sqlite3 *db;
    sqlite3_stmt *statements[3] = {(void *)1, (void *)1, (void *)1};
    struct text blob;
    assert_int_equal(sqlite_file_open(&kind, ":memory:", &writing, &db), SQLITE_FILE_OK);
    assert_false(sqlite_file_prepare_all(db, bad, statements, 3));
    assert_null(statements[1]);
    assert_null(statements[2]);
    sqlite_file_finalize_all(statements, 3);
    assert_true(sqlite_file_prepare_all(db, good, statements, 3));
    assert_int_equal(sqlite3_step(statements[2]), SQLITE_ROW);
    assert_true(sqlite_file_blob(statements[2], 0, 2, &blob));
    assert_int_equal(blob.size, 2);
    assert_false(sqlite_file_blob(statements[2], 0, 1, &blob));
    assert_int_equal(sqlite3_step(statements[0]), SQLITE_ROW);
    assert_false(sqlite_file_blob(statements[0], 0, 10, &blob));
    sqlite_file_finalize_all(statements, 3);
    assert_null(statements[0]);
    sqlite_file_close(&db);
    sqlite_file_close(&db);
}

static void a_row_that_should_be_there_is_damage(void **state)
{
    (void)state;
    sqlite3 *db;
    int64_t value = 5;
    make("CREATE TABLE t (a)");
    assert_int_equal(sqlite_file_open(&kind, path, &writing, &db), SQLITE_FILE_OK);
    assert_false(sqlite_file_integer(db, "SELECT a FROM t", &value));
    assert_int_equal(value, 5);
    assert_int_equal(sqlite_file_failed(&kind, db, path, "looking"), SQLITE_FILE_DAMAGED);
    sqlite_file_close(&db);
}

#define FILE_TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        FILE_TEST(a_file_is_held_against_what_it_claims_to_be),
        FILE_TEST(bytes_that_are_no_database_are_damage),
        FILE_TEST(a_file_that_cannot_be_opened_is_no_damage),
        FILE_TEST(a_lock_that_is_not_given_is_no_damage),
        FILE_TEST(a_reader_neither_writes_nor_moves_the_log),
        FILE_TEST(settings_are_made_and_a_wrong_one_is_noticed),
        FILE_TEST(statements_are_prepared_together),
        FILE_TEST(a_row_that_should_be_there_is_damage),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
