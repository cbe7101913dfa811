#include <sys/stat.h>

#include "journal/ledger.h"
#include "journal/witness.h"

static const struct journal_head head = {
    .record = 12345678901, .position = 34567890123, .hash = {0xde, 0xad, 0xbe, 0xef}};

static size_t read_file(const char *path, char out[512])
{
    FILE *file = fopen(path, "rb");

    assert_non_null(file);
    size_t size = fread(out, 1, 512, file);
    assert_int_equal(fclose(file), 0);
    return size;
}

static void write_file(const char *path, const char *bytes, size_t size)
{
    FILE *file = fopen(path, "wb");

    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
}

static int begin(void **state)
{
    static struct folder_of_test folder;

    log_set_level(LOG_ERROR);
    folder_make(&folder);
    *state = &folder;
    return 0;
}

static int end(void **state)
{
    folder_remove(*state);
    return 0;
}

static void the_witness_stands_beside_its_journal(void **state)
{
    static const struct {
        const char *journal, *witness;
    } cases[] = {
        {"/var/lib/teller/journal.db", "/var/lib/teller/journal.head"},
        {"journal.db", "journal.head"},
        {"old.journal", "old.journal.head"},
        {"a.db/b", "a.db/b.head"},
    };
    char path[WITNESS_PATH_MAX], too_long[WITNESS_PATH_MAX + 1];

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_true(witness_path(cases[i].journal, path));
        assert_string_equal(path, cases[i].witness);
    }
    memset(too_long, 'x', sizeof(too_long) - 1);
    too_long[sizeof(too_long) - 1] = '\0';
    assert_false(witness_path(too_long, path));
}

static void what_was_witnessed_is_read_back(void **state)
{
    const struct folder_of_test *folder = *state;
    struct journal_head seen;

    assert_int_equal(witness_read(folder->witness, &seen), WITNESS_NONE);
    for (int durable = 0; durable <= 1; durable++) {
        struct journal_head next = head;

        next.record += (uint64_t)durable;
        assert_true(witness_write(folder->witness, &next, durable == 1));
        assert_int_equal(witness_read(folder->witness, &seen), WITNESS_OK);
        assert_int_equal(seen.record, next.record);
        assert_int_equal(seen.position, next.position);
        assert_memory_equal(seen.hash, next.hash, JOURNAL_HASH_SIZE);
    }
}

static void a_witness_is_for_its_owner_only(void **state)
{
    const struct folder_of_test *folder = *state;
    struct stat info;

    assert_true(witness_write(folder->witness, &head, false));
    assert_int_equal(stat(folder->witness, &info), 0);
    assert_int_equal(info.st_mode & 0777, 0600);
}

static void a_torn_witness_is_known(void **state)
{
    const struct folder_of_test *folder = *state;
    struct journal_head seen;
    char whole[512], torn[512];

    assert_true(witness_write(folder->witness, &head, false));
    size_t size = read_file(folder->witness, whole);
    for (size_t kept = 0; kept < size; kept++) {
        write_file(folder->witness, whole, kept);
        assert_int_equal(witness_read(folder->witness, &seen), WITNESS_TORN);
    }
    for (size_t at = 0; at < size; at++) {
        memcpy(torn, whole, size);
        torn[at] ^= 1;
        write_file(folder->witness, torn, size);
        assert_int_equal(witness_read(folder->witness, &seen), WITNESS_TORN);
    }
    memset(torn, 'x', sizeof(torn));
    write_file(folder->witness, torn, sizeof(torn));
    assert_int_equal(witness_read(folder->witness, &seen), WITNESS_TORN);
    write_file(folder->witness, whole, size);
    assert_int_equal(witness_read(folder->witness, &seen), WITNESS_OK);
}

static void a_witness_that_cannot_be_written_leaves_the_old_one(void **state)
{
    const struct folder_of_test *folder = *state;
    struct journal_head seen, next = head;
    char blocker[128];

    assert_true(witness_write(folder->witness, &head, false));
    snprintf(blocker, sizeof(blocker), "%s.new", folder->witness);
    assert_int_equal(mkdir(blocker, 0700), 0);
    next.record++;
    assert_false(witness_write(folder->witness, &next, false));
    assert_int_equal(rmdir(blocker), 0);
    assert_int_equal(witness_read(folder->witness, &seen), WITNESS_OK);
    assert_int_equal(seen.record, head.record);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_witness_stands_beside_its_journal),
        TEST(what_was_witnessed_is_read_back),
        TEST(a_witness_is_for_its_owner_only),
        TEST(a_torn_witness_is_known),
        TEST(a_witness_that_cannot_be_written_leaves_the_old_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
