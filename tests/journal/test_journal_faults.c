/* A disk that fails: SQLite runs over a file system whose writes, fsyncs and truncations can be
 * told to fail, each of them in turn. Whatever fails, what was acknowledged stays, an unknown
 * outcome is settled by reopening, and the journal is whole. */
#include "journal/format_1.h"

/* The faulty file system: the default one, with a counter in front of three calls. */
static struct {
    long until;    /* calls to go before the fault; negative: no fault is set */
    long count;    /* calls seen */
    bool for_ever; /* the disk stays broken */
    bool broken;
    int answer;
    sqlite3_vfs *real;
} disk;

struct faulty_file {
    sqlite3_file base;
    sqlite3_file *real; /* behind this struct */
};

static sqlite3_file *real_of(sqlite3_file *file)
{
    return ((struct faulty_file *)file)->real;
}

static bool fails(void)
{
    disk.count++;
    if (disk.broken && disk.for_ever)
        return true;
    if (disk.until < 0 || disk.until-- > 0)
        return false;
    disk.broken = true;
    return true;
}

static int faulty_write(sqlite3_file *file, const void *data, int size, sqlite3_int64 at)
{
    if (!fails())
        return real_of(file)->pMethods->xWrite(real_of(file), data, size, at);
    /* Half of it arrives. */
    int ignored = real_of(file)->pMethods->xWrite(real_of(file), data, size / 2, at);
    (void)ignored;
    return disk.answer;
}

static int faulty_sync(sqlite3_file *file, int flags)
{
    return fails() ? disk.answer : real_of(file)->pMethods->xSync(real_of(file), flags);
}

static int faulty_truncate(sqlite3_file *file, sqlite3_int64 size)
{
    return fails() ? disk.answer : real_of(file)->pMethods->xTruncate(real_of(file), size);
}

static int faulty_close(sqlite3_file *file)
{
    return real_of(file)->pMethods->xClose(real_of(file));
}

static int faulty_read(sqlite3_file *file, void *out, int size, sqlite3_int64 at)
{
    return real_of(file)->pMethods->xRead(real_of(file), out, size, at);
}

static int faulty_size(sqlite3_file *file, sqlite3_int64 *out)
{
    return real_of(file)->pMethods->xFileSize(real_of(file), out);
}

static int faulty_lock(sqlite3_file *file, int level)
{
    return real_of(file)->pMethods->xLock(real_of(file), level);
}

static int faulty_unlock(sqlite3_file *file, int level)
{
    return real_of(file)->pMethods->xUnlock(real_of(file), level);
}

static int faulty_check_lock(sqlite3_file *file, int *out)
{
    return real_of(file)->pMethods->xCheckReservedLock(real_of(file), out);
}

static int faulty_control(sqlite3_file *file, int op, void *argument)
{
    return real_of(file)->pMethods->xFileControl(real_of(file), op, argument);
}

static int faulty_sector(sqlite3_file *file)
{
    return real_of(file)->pMethods->xSectorSize(real_of(file));
}

static int faulty_device(sqlite3_file *file)
{
    return real_of(file)->pMethods->xDeviceCharacteristics(real_of(file));
}

static int faulty_shm_map(sqlite3_file *file, int page, int size, int extend, void volatile **out)
{
    return real_of(file)->pMethods->xShmMap(real_of(file), page, size, extend, out);
}

static int faulty_shm_lock(sqlite3_file *file, int offset, int n, int flags)
{
    return real_of(file)->pMethods->xShmLock(real_of(file), offset, n, flags);
}

static void faulty_shm_barrier(sqlite3_file *file)
{
    real_of(file)->pMethods->xShmBarrier(real_of(file));
}

static int faulty_shm_unmap(sqlite3_file *file, int and_delete)
{
    return real_of(file)->pMethods->xShmUnmap(real_of(file), and_delete);
}

static const sqlite3_io_methods faulty_methods = {
    .iVersion = 2,
    .xClose = faulty_close,
    .xRead = faulty_read,
    .xWrite = faulty_write,
    .xTruncate = faulty_truncate,
    .xSync = faulty_sync,
    .xFileSize = faulty_size,
    .xLock = faulty_lock,
    .xUnlock = faulty_unlock,
    .xCheckReservedLock = faulty_check_lock,
    .xFileControl = faulty_control,
    .xSectorSize = faulty_sector,
    .xDeviceCharacteristics = faulty_device,
    .xShmMap = faulty_shm_map,
    .xShmLock = faulty_shm_lock,
    .xShmBarrier = faulty_shm_barrier,
    .xShmUnmap = faulty_shm_unmap,
};

static int faulty_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags, int *out)
{
    struct faulty_file *faulty = (struct faulty_file *)file;

    (void)vfs;
    faulty->real = (sqlite3_file *)(faulty + 1);
    faulty->base.pMethods = NULL;
    int result = disk.real->xOpen(disk.real, name, faulty->real, flags, out);
    if (faulty->real->pMethods != NULL)
        faulty->base.pMethods = &faulty_methods;
    return result;
}

static sqlite3_vfs faulty_vfs;

static int install(void **state)
{
    (void)state;
    disk.real = sqlite3_vfs_find(NULL);
    disk.until = -1;
    faulty_vfs = *disk.real;
    faulty_vfs.zName = "faulty";
    faulty_vfs.szOsFile += (int)sizeof(struct faulty_file);
    faulty_vfs.xOpen = faulty_open;
    log_set_level(getenv("TELLER_TEST_LOG") != NULL ? LOG_DEBUG : LOG_ERROR + 1);
    return sqlite3_vfs_register(&faulty_vfs, 1);
}

static int uninstall(void **state)
{
    (void)state;
    return sqlite3_vfs_unregister(&faulty_vfs);
}

static void break_disk(long until, bool for_ever, int answer)
{
    disk.until = until;
    disk.for_ever = for_ever;
    disk.answer = answer;
    disk.broken = false;
}

static void mend_disk(void)
{
    break_disk(-1, false, SQLITE_OK);
}

static long calls_of_an_append(size_t records)
{
    struct folder_of_test folder;
    struct journal *journal;

    folder_make(&folder);
    assert_int_equal(journal_open_sqlite(folder.journal, &journal), JOURNAL_OPEN_OK);
    fill(journal, 20);
    long before = disk.count;
    assert_int_equal(append(journal, records, NULL), JOURNAL_OK);
    long calls = disk.count - before;
    journal_close(&journal);
    folder_remove(&folder);
    return calls;
}

/* One append with the fault at call `until`; returns whether the outcome was unknown. */
static bool append_over_fault(long until, bool for_ever, int answer, size_t records)
{
    struct folder_of_test folder;
    struct journal *journal;
    struct journal_reader *reader;
    struct journal_token token, unused;

    folder_make(&folder);
    assert_int_equal(journal_open_sqlite(folder.journal, &journal), JOURNAL_OPEN_OK);
    reader = journal_reader_open(journal);
    assert_non_null(reader);
    fill(journal, 20);
    break_disk(until, for_ever, answer);
    enum journal_result result = append(journal, records, &token);
    assert_true(result == JOURNAL_OK || result == JOURNAL_UNKNOWN);
    uint64_t wanted = 20 + records;
    if (result == JOURNAL_UNKNOWN) {
        assert_int_equal(journal_find(journal, &token), JOURNAL_UNKNOWN);
        assert_int_equal(append(journal, 1, &unused), JOURNAL_UNKNOWN);
        if (for_ever) {
            /* Still broken: it cannot be told yet, and asking again does no harm. */
            assert_false(journal_reopen(journal));
            assert_false(journal_reopen(journal));
            assert_int_equal(journal_find(journal, &token), JOURNAL_UNKNOWN);
            assert_int_equal(append(journal, 1, &unused), JOURNAL_UNKNOWN);
        }
        mend_disk();
        assert_true(journal_reopen(journal));
        enum journal_result found = journal_find(journal, &token);
        assert_true(found == JOURNAL_OK || found == JOURNAL_CONFLICT);
        if (found == JOURNAL_CONFLICT)
            wanted = 20;
    }
    mend_disk();
    assert_whole(reader, wanted);
    assert_int_equal(append(journal, 3, NULL), JOURNAL_OK);
    assert_whole(reader, wanted + 3);
    journal_reader_close(&reader);
    journal_close(&journal);
    assert_int_equal(journal_open_sqlite(folder.journal, &journal), JOURNAL_OPEN_OK);
    reader = journal_reader_open(journal);
    assert_whole(reader, wanted + 3);
    journal_reader_close(&reader);
    journal_close(&journal);
    folder_remove(&folder);
    return result == JOURNAL_UNKNOWN;
}

static void every_failing_call_of_an_append_is_survived(void **state)
{
    static const int answers[] = {SQLITE_IOERR_WRITE, SQLITE_IOERR_FSYNC, SQLITE_FULL};
    const size_t records = 40;
    long calls = calls_of_an_append(records), unknown = 0;

    (void)state;
    assert_true(calls > 3);
    for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
        for (long until = 0; until < calls; until++) {
            unknown += append_over_fault(until, false, answers[i], records);
            unknown += append_over_fault(until, true, answers[i], records);
        }
    }
    assert_true(unknown > calls);
}

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

/* The fsync failed, but the log had been written, and the machine stops right there: the batch is
 * found after the start. Nobody had been told that it was not posted. */
static void a_batch_whose_fsync_failed_may_be_there_after_a_crash(void **state)
{
    struct folder_of_test folder;
    struct journal *journal, *after;
    struct journal_token token;
    char from[128], to[128];
    long calls = calls_of_an_append(5);

    (void)state;
    folder_make(&folder);
    assert_int_equal(journal_open_sqlite(folder.journal, &journal), JOURNAL_OPEN_OK);
    fill(journal, 20);
    break_disk(calls - 1, false, SQLITE_IOERR_FSYNC); /* the last call of a commit is its fsync */
    assert_int_equal(append(journal, 5, &token), JOURNAL_UNKNOWN);
    mend_disk();
    snprintf(from, sizeof(from), "%s-wal", folder.journal);
    snprintf(to, sizeof(to), "%s/copy.db-wal", folder.path);
    copy_file(from, to);
    snprintf(to, sizeof(to), "%s/copy.db", folder.path);
    copy_file(folder.journal, to);
    assert_int_equal(journal_open_sqlite(to, &after), JOURNAL_OPEN_OK);
    assert_int_equal(journal_find(after, &token), JOURNAL_OK);
    struct journal_reader *reader = journal_reader_open(after);
    assert_whole(reader, 25);
    journal_reader_close(&reader);
    journal_close(&after);
    /* Here, where the machine went on, reopening has settled that it is not there, for good. */
    assert_true(journal_reopen(journal));
    assert_int_equal(journal_find(journal, &token), JOURNAL_CONFLICT);
    snprintf(to, sizeof(to), "%s/copy.db-wal", folder.path);
    copy_file(from, to);
    snprintf(to, sizeof(to), "%s/copy.db", folder.path);
    copy_file(folder.journal, to);
    snprintf(to, sizeof(to), "%s/copy.head", folder.path);
    assert_int_equal(unlink(to), 0);
    snprintf(to, sizeof(to), "%s/copy.db", folder.path);
    assert_int_equal(journal_open_sqlite(to, &after), JOURNAL_OPEN_OK);
    assert_int_equal(journal_find(after, &token), JOURNAL_CONFLICT);
    journal_close(&after);
    journal_close(&journal);
    folder_remove(&folder);
}

/* Every call of a long story fails once: openings, commits, checkpoints and closings. */
static void every_failing_call_of_a_life_is_survived(void **state)
{
    struct folder_of_test folder;
    bool reached = true;

    (void)state;
    for (long until = 0; reached; until += 1 + until / 16) {
        struct journal *journal = NULL;
        uint64_t acknowledged = 0;

        folder_make(&folder);
        break_disk(until, false, SQLITE_IOERR_WRITE);
        for (unsigned life = 0; life < 3; life++) {
            if (journal_open_sqlite(folder.journal, &journal) != JOURNAL_OPEN_OK)
                continue; /* the next one is mended */
            for (unsigned i = 0; i < 4; i++) {
                struct journal_token token;
                enum journal_result result = append(journal, 30, &token);

                if (result == JOURNAL_UNKNOWN) {
                    assert_true(journal_reopen(journal));
                    result = journal_find(journal, &token);
                }
                if (result == JOURNAL_OK)
                    acknowledged += 30;
                assert_int_not_equal(result, JOURNAL_UNKNOWN);
                assert_int_not_equal(result, JOURNAL_FENCED);
            }
            journal_close(&journal);
        }
        reached = disk.broken;
        mend_disk();
        assert_int_equal(journal_open_sqlite(folder.journal, &journal), JOURNAL_OPEN_OK);
        struct journal_reader *reader = journal_reader_open(journal);
        assert_whole(reader, acknowledged);
        journal_reader_close(&reader);
        journal_close(&journal);
        folder_remove(&folder);
    }
}

static void assert_brought_up(const struct folder_of_test *folder,
                              const uint8_t last[JOURNAL_HASH_SIZE])
{
    struct journal *journal;
    uint8_t hash[JOURNAL_HASH_SIZE];
    struct text body;

    assert_int_equal(journal_open_sqlite(folder->journal, &journal), JOURNAL_OPEN_OK);
    struct journal_reader *reader = journal_reader_open(journal);
    assert_int_equal(journal_old_until(reader), 30);
    assert_whole(reader, 30);
    assert_int_equal(journal_read(reader, 30, &body, hash), JOURNAL_READ_OK);
    assert_memory_equal(hash, last, JOURNAL_HASH_SIZE);
    journal_reader_close(&reader);
    assert_int_equal(append(journal, 30, NULL), JOURNAL_OK);
    reader = journal_reader_open(journal);
    assert_whole(reader, 60);
    journal_reader_close(&reader);
    journal_close(&journal);
}

/* Bringing a journal of the format before up to today's is one transaction: at whatever call the
 * disk fails, for once or for good, the next opening finds all of it. */
static void every_failing_call_of_an_upgrade_is_survived(void **state)
{
    static const struct {
        bool for_ever;
        int answer;
    } faults[] = {{false, SQLITE_IOERR_WRITE}, {true, SQLITE_IOERR_WRITE}, {true, SQLITE_FULL}};
    long refused = 0;

    (void)state;
    for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
        bool reached = true;

        for (long until = 0; reached; until++) {
            struct folder_of_test folder;
            struct journal *journal = NULL;
            uint8_t last[JOURNAL_HASH_SIZE];

            folder_make(&folder);
            make_journal_of_format_1(&folder, 30, last);
            break_disk(until, faults[i].for_ever, faults[i].answer);
            if (journal_open_sqlite(folder.journal, &journal) == JOURNAL_OPEN_OK)
                journal_close(&journal);
            else
                refused++;
            reached = disk.broken;
            mend_disk();
            assert_brought_up(&folder, last);
            folder_remove(&folder);
        }
    }
    assert_true(refused > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_failing_call_of_an_append_is_survived),
        cmocka_unit_test(a_batch_whose_fsync_failed_may_be_there_after_a_crash),
        cmocka_unit_test(every_failing_call_of_a_life_is_survived),
        cmocka_unit_test(every_failing_call_of_an_upgrade_is_survived),
    };
    return cmocka_run_group_tests(tests, install, uninstall);
}
