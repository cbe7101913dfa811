#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "host/metrics.h"
#include "write/fixture.h"
#include "write/snapshot.h"
#include "write/snapshot_file.h"

#define ACCOUNTS 20000u
#define SLICES_MAX 10000

/* Opens accounts and moves money with keys, as much as asked for. */
static void work(struct fixture *f, unsigned commands)
{
    static char keys[FIXTURE_ARGS_MAX][16];
    static unsigned long key;
    enum { AT_ONCE = 1000 };
    static struct engine_command batch[AT_ONCE];
    for (unsigned begun = 0; begun < commands; begun += AT_ONCE) {
        size_t count = commands - begun < AT_ONCE ? commands - begun : AT_ONCE;
        for (size_t i = 0; i < count; i++) {
            char *name = keys[++key % FIXTURE_ARGS_MAX];
            (void)snprintf(name, sizeof keys[0], "w%lu", key);
            uint32_t from = ACCOUNT_SEQUENCE_FIRST + (uint32_t)(fixture_draw(f) % ACCOUNTS);
            uint32_t to = ACCOUNT_SEQUENCE_FIRST + (uint32_t)(fixture_draw(f) % ACCOUNTS);
            batch[i] = fixture_draw(f) % 4 == 0
                           ? opens(f, 0, 100)
                           : transfers(f, account_from_sequence(from), account_from_sequence(to),
                                       1 + (int64_t)(fixture_draw(f) % 150));
            batch[i] = keyed(batch[i], name);
        }
        when_all(f, batch, count);
    }
}

/* The state by the snapshot and the state by the journal alone, account by account. */
static void then_a_full_replay_shows_the_same(struct fixture *f)
{
    struct fixture plain = *f;
    plain.snapshot[0] = '\0';
    assert_true(fixture_start(&plain));
    assert_int_equal(engine_committed(f->engine), engine_committed(plain.engine));
    assert_int_equal(engine_last_at(f->engine), engine_last_at(plain.engine));
    assert_int_equal(engine_only_imports(f->engine), engine_only_imports(plain.engine));
    for (uint32_t i = 0; i < 2 * ACCOUNTS; i++) {
        uint64_t account = account_from_sequence(ACCOUNT_SEQUENCE_FIRST + i);
        const struct account_state *ours = engine_account(f->engine, account);
        const struct account_state *theirs = engine_account(plain.engine, account);
        assert_int_equal(ours == NULL, theirs == NULL);
        if (ours != NULL) {
            assert_int_equal(ours->balance.minor, theirs->balance.minor);
            assert_int_equal(ours->credits, theirs->credits);
            assert_int_equal(ours->debits, theirs->debits);
            assert_int_equal(ours->version, theirs->version);
            assert_int_equal(ours->last_record, theirs->last_record);
            assert_int_equal(ours->currency, theirs->currency);
        }
    }
    engine_close(&plain.engine, false);
}

static bool see_key(void *context, const struct record *record,
                    const uint8_t hash[JOURNAL_HASH_SIZE], struct text body)
{
    struct fixture *f = context;
    (void)hash;
    (void)body;
    if (record->key.data != NULL) {
        struct engine_command found = {.op = OP_GET_OUTCOME, .key = record->key};
        found = when_by(f, "front-desk", found);
        then_known(found, record->number);
    }
    return true;
}

static void then_every_key_is_known(struct fixture *f)
{
    struct journal_reader *reader = journal_reader_open(f->journal);
    size_t count;
    assert_int_equal(journal_scan(reader, 1, SIZE_MAX, see_key, f, &count), JOURNAL_READ_OK);
    assert_int_equal(count, head_of(f).record);
    journal_reader_close(&reader);
}

/* The disk's part is another thread's: it is waited for. */
static enum engine_rest when_idle(struct fixture *f)
{
    enum engine_rest rest = engine_idle(f->engine);
    if (rest != ENGINE_REST_MORE) {
        (void)usleep(1000);
    }
    return rest;
}

static void snapshot_in_idleness(struct fixture *f)
{
    uint64_t before = metric_get(METRIC_snapshots_total);
    for (int i = 0; i < SLICES_MAX && metric_get(METRIC_snapshots_total) == before; i++) {
        when_idle(f);
    }
    assert_int_equal(metric_get(METRIC_snapshots_total), before + 1);
}

static long size_of(const char *path)
{
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    assert_int_equal(fseek(file, 0, SEEK_END), 0);
    long size = ftell(file);
    (void)fclose(file);
    return size;
}

static void a_snapshot_at_close_is_used_by_the_next_start(void **unused)
{
    (void)unused;
    struct fixture *f = given_a_bank();
    wants_snapshots(f, 0);
    work(f, 60000);
    restarted(f, true);
    assert_true(engine_used_snapshot(f->engine));
    assert_true(size_of(f->snapshot) > 100000);
    then_a_full_replay_shows_the_same(f);
    then_every_key_is_known(f);
    struct journal_reader *reader = journal_reader_open(f->journal);
    struct state state;
    uint64_t end;
    assert_true(snapshot_load(f->snapshot, reader, &state, &end));
    assert_int_equal(end, head_of(f).record);
    assert_int_equal(state.now.record, end);
    state_close(&state);
    journal_reader_close(&reader);
    work(f, 1000);
    restarted(f, false); /* an old snapshot, and the rest replayed */
    assert_true(engine_used_snapshot(f->engine));
    then_a_full_replay_shows_the_same(f);
    then_every_key_is_known(f);
    done(&f);
}

static void a_snapshot_taken_while_the_bank_works_is_exact(void **unused)
{
    (void)unused;
    struct fixture *f = given_a_bank();
    wants_snapshots(f, 50000);
    work(f, 60000);
    uint64_t before = metric_get(METRIC_snapshots_total);
    int slices = 0;
    while (metric_get(METRIC_snapshots_total) == before) {
        when_idle(f);
        work(f, 300);
        assert_true(++slices < SLICES_MAX);
    }
    assert_true(slices > 5);
    work(f, 500);
    restarted(f, false);
    assert_true(engine_used_snapshot(f->engine));
    struct journal_reader *reader = journal_reader_open(f->journal);
    struct state state;
    uint64_t end;
    assert_true(snapshot_load(f->snapshot, reader, &state, &end));
    assert_true(end > state.now.record + 1000); /* its parts are of different moments */
    state_close(&state);
    journal_reader_close(&reader);
    then_a_full_replay_shows_the_same(f);
    then_every_key_is_known(f);
    uint64_t next = given_account(f, 0); /* the same number as without the snapshot */
    restarted(f, false);
    assert_int_equal(account_sequence(given_account(f, 0)), account_sequence(next) + 1);
    done(&f);
}

static void flip(const char *path, long at)
{
    FILE *file = fopen(path, "r+b");
    assert_non_null(file);
    assert_int_equal(fseek(file, at, SEEK_SET), 0);
    int byte = fgetc(file);
    assert_int_equal(fseek(file, at, SEEK_SET), 0);
    assert_int_not_equal(fputc(byte ^ 0x41, file), EOF);
    assert_int_equal(fclose(file), 0);
}

static bool is_of_use(struct fixture *f)
{
    struct journal_reader *reader = journal_reader_open(f->journal);
    struct state state;
    uint64_t end;
    bool loaded = snapshot_load(f->snapshot, reader, &state, &end);
    if (loaded) {
        state_close(&state);
    }
    journal_reader_close(&reader);
    return loaded;
}

static void a_snapshot_damaged_anywhere_is_thrown_away(void **unused)
{
    (void)unused;
    struct fixture *f = given_a_bank();
    wants_snapshots(f, 0);
    work(f, 400);
    restarted(f, true);
    long size = size_of(f->snapshot);
    assert_true(is_of_use(f));
    for (long at = 0; at < size; at += at < 200 || size - at < 200 ? 1 : 37) {
        flip(f->snapshot, at);
        assert_false(is_of_use(f));
        flip(f->snapshot, at);
    }
    assert_true(is_of_use(f));
    for (long cut = size - 1; cut >= 0; cut -= 1 + cut / 20) {
        assert_int_equal(truncate(f->snapshot, cut), 0);
        assert_false(is_of_use(f));
    }
    restarted(f, false);
    then_a_full_replay_shows_the_same(f);
    then_every_key_is_known(f);
    done(&f);
}

static void overwrite(const char *path, long at, const void *bytes, size_t size)
{
    FILE *file = fopen(path, "r+b");
    assert_non_null(file);
    assert_int_equal(fseek(file, at, SEEK_SET), 0);
    assert_int_equal(fwrite(bytes, size, 1, file), 1);
    assert_int_equal(fclose(file), 0);
}

static void read_at(const char *path, long at, void *bytes, size_t size)
{
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    assert_int_equal(fseek(file, at, SEEK_SET), 0);
    assert_int_equal(fread(bytes, size, 1, file), 1);
    assert_int_equal(fclose(file), 0);
}

/* So that the checksum does not hide what else is looked at. */
static void sum_again(const char *path)
{
    size_t size = (size_t)size_of(path);
    uint8_t *bytes = malloc(size);
    assert_non_null(bytes);
    read_at(path, 0, bytes, size);
    uint64_t sum = XXH64(bytes, size - sizeof sum, 0);
    overwrite(path, (long)(size - sizeof sum), &sum, sizeof sum);
    free(bytes);
}

static void then_it_is_of_no_use_with(struct fixture *f, long at, const void *bytes, size_t size)
{
    uint8_t kept[128];
    assert_true(size <= sizeof kept);
    read_at(f->snapshot, at, kept, size);
    overwrite(f->snapshot, at, bytes, size);
    sum_again(f->snapshot);
    assert_false(is_of_use(f));
    overwrite(f->snapshot, at, kept, size);
    sum_again(f->snapshot);
    assert_true(is_of_use(f));
}

static void a_snapshot_that_lies_is_thrown_away(void **unused)
{
    (void)unused;
    struct fixture *f = given_a_bank();
    wants_snapshots(f, 0);
    work(f, 400);
    restarted(f, true);
    const long first = sizeof(struct snapshot_header);
    struct account_cell cells[3];
    read_at(f->snapshot, first, cells, sizeof cells);
    const struct {
        long at;
        uint32_t value;
    } heads[] = {
        {offsetof(struct snapshot_header, format), SNAPSHOT_FORMAT - 1},
        {offsetof(struct snapshot_header, cell_size), sizeof(struct account_cell) + 2},
        {offsetof(struct snapshot_header, account_count) + 4, 1},
    };
    for (size_t i = 0; i < sizeof heads / sizeof *heads; i++) {
        then_it_is_of_no_use_with(f, heads[i].at, &heads[i].value, sizeof heads[i].value);
    }
    struct account_cell lies[] = {cells[0], cells[0], cells[0], cells[0], cells[0],
                                  cells[0], cells[0], cells[0], cells[1]};
    size_t lie = 0;
    lies[lie++].account ^= 1; /* its check digit */
    lies[lie++].account = 0;
    lies[lie++].currency = 1000;
    lies[lie++].currency = 0;
    lies[lie++].credits = UINT64_C(1) << 63;
    lies[lie++].debits = cells[0].credits + 1;
    lies[lie++].last_record = 0;
    lies[lie].version_high = 0;
    lies[lie++].version_low = 0;
    assert_int_equal(lie + 1, sizeof lies / sizeof *lies); /* the last one stands twice */
    for (size_t i = 0; i < sizeof lies / sizeof *lies; i++) {
        then_it_is_of_no_use_with(f, first, &lies[i], sizeof lies[i]);
    }
    done(&f);
}

static void a_snapshot_with_something_behind_it_is_thrown_away(void **unused)
{
    (void)unused;
    struct fixture *f = given_a_bank();
    wants_snapshots(f, 0);
    work(f, 10);
    restarted(f, true);
    FILE *file = fopen(f->snapshot, "ab");
    assert_non_null(file);
    assert_int_not_equal(fputc(0, file), EOF);
    assert_int_equal(fclose(file), 0);
    assert_false(is_of_use(f));
    done(&f);
}

static long memory_peak_kb(void)
{
    struct rusage usage;
    assert_int_equal(getrusage(RUSAGE_SELF, &usage), 0);
    return usage.ru_maxrss;
}

/* Segments as deep as they may be, in a file of some kilobytes: each would have its shard's
 * directory grow to 16 MiB before the checksum at the end is seen to be wrong. */
static void a_small_snapshot_cannot_ask_for_much_memory(void **unused)
{
    (void)unused;
    static const uint8_t entries[KEYS_ENTRY_SIZE * SEGMENT_CAPACITY_MIN];
    struct fixture *f = given_a_bank();
    wants_snapshots(f, 0);
    restarted(f, true);
    assert_true(is_of_use(f));
    assert_int_equal(truncate(f->snapshot, sizeof(struct snapshot_header)), 0);
    FILE *file = fopen(f->snapshot, "ab");
    assert_non_null(file);
    for (uint64_t shard = 0; shard < 64; shard++) {
        const struct keys_segment head = {.prefix = shard << (64 - DIRECTORY_SHARD_BITS),
                                          .depth = DIRECTORY_DEPTH_MAX,
                                          .capacity = SEGMENT_CAPACITY_MIN};
        assert_int_equal(fwrite(&head, sizeof head, 1, file), 1);
        assert_int_equal(fwrite(entries, sizeof entries, 1, file), 1);
    }
    assert_int_equal(fclose(file), 0);
    long before = memory_peak_kb();
    assert_false(is_of_use(f));
    assert_true(memory_peak_kb() - before < 64 * 1024);
    done(&f);
}

static void a_snapshot_of_another_journal_is_thrown_away(void **unused)
{
    (void)unused;
    struct fixture *f = given_a_bank(), *other = given_a_bank();
    wants_snapshots(f, 0);
    work(f, 500);
    work(other, 500);
    restarted(f, true);
    assert_true(is_of_use(f));
    /* The same path over a journal with another past, and over one that is shorter: restored from
     * a copy that was made before the snapshot's end. */
    struct journal *ours = f->journal;
    f->journal = other->journal;
    assert_false(is_of_use(f));
    restarted(f, false);
    then_a_full_replay_shows_the_same(f);
    engine_close(&f->engine, false);
    f->journal = journal_open_memory();
    assert_false(is_of_use(f));
    assert_true(fixture_start(f));
    assert_int_equal(engine_committed(f->engine), 0);
    engine_close(&f->engine, false);
    journal_close(&f->journal);
    f->journal = ours;
    assert_true(fixture_start(f));
    done(&other);
    done(&f);
}

static void a_snapshot_of_an_empty_bank_is_of_use(void **unused)
{
    (void)unused;
    struct fixture *f = given_a_bank();
    wants_snapshots(f, 0);
    restarted(f, true);
    assert_true(is_of_use(f));
    assert_true(engine_only_imports(f->engine));
    work(f, 100);
    restarted(f, false);
    then_a_full_replay_shows_the_same(f);
    done(&f);
}

static void a_snapshot_that_cannot_be_written_harms_nothing(void **unused)
{
    (void)unused;
    struct fixture *f = given_a_bank();
    wants_snapshots(f, 10);
    char good[sizeof f->snapshot];
    memcpy(good, f->snapshot, sizeof good);
    engine_close(&f->engine, false);
    (void)snprintf(f->snapshot, sizeof f->snapshot, "%s/nowhere/x", f->folder);
    assert_true(fixture_start(f));
    work(f, 100);
    assert_int_equal(engine_idle(f->engine), ENGINE_REST);
    work(f, 100);
    restarted(f, true);
    assert_int_equal(engine_committed(f->engine), 200);
    memcpy(f->snapshot, good, sizeof good);
    done(&f);
}

/* A file of so many bytes at most, as on a disk that is full. */
static void limit_files(rlim_t bytes)
{
    struct rlimit limit;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    limit.rlim_cur = bytes < limit.rlim_max ? bytes : limit.rlim_max;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static void a_snapshot_that_the_disk_refuses_is_given_up(void **unused)
{
    (void)unused;
    struct fixture *f = given_a_bank();
    char beside[sizeof f->snapshot + 8];
    wants_snapshots(f, 50000);
    (void)snprintf(beside, sizeof beside, "%s.new", f->snapshot);
    work(f, 60000);
    uint64_t before = metric_get(METRIC_snapshots_total);
    assert_true(signal(SIGXFSZ, SIG_IGN) != SIG_ERR);
    limit_files(300000);
    while (when_idle(f) != ENGINE_REST) {
    }
    limit_files(RLIM_INFINITY);
    assert_int_equal(metric_get(METRIC_snapshots_total), before);
    assert_int_equal(access(f->snapshot, F_OK), -1);
    assert_int_equal(access(beside, F_OK), -1);
    work(f, 60000);
    snapshot_in_idleness(f); /* the next one has a chance again */
    assert_true(is_of_use(f));
    done(&f);
}

static void a_failed_commit_in_the_middle_of_a_snapshot_drops_it(void **unused)
{
    (void)unused;
    struct fixture *f = given_a_bank();
    wants_snapshots(f, 50000);
    work(f, 60000);
    assert_int_equal(engine_idle(f->engine), ENGINE_REST_MORE);
    assert_int_equal(engine_idle(f->engine), ENGINE_REST_MORE);
    journal_memory_fail_next(f->journal, false);
    work(f, 10);
    then_a_full_replay_shows_the_same(f);
    assert_int_equal(access(f->snapshot, F_OK), -1);
    work(f, 60000);
    snapshot_in_idleness(f);
    assert_true(is_of_use(f));
    done(&f);
}

static ino_t file_of(const struct fixture *f)
{
    struct stat info;
    assert_int_equal(stat(f->snapshot, &info), 0);
    return info.st_ino;
}

/* Closing takes no longer than it must: what is in place and current stays. */
static void a_stop_after_nothing_writes_no_snapshot(void **unused)
{
    (void)unused;
    struct fixture *f = given_a_bank();
    wants_snapshots(f, 0);
    work(f, 2000);
    restarted(f, true);
    FILE *kept = fopen(f->snapshot, "rb"); /* so that no other file gets its number */
    assert_non_null(kept);
    ino_t first = file_of(f);
    restarted(f, true);
    assert_int_equal(file_of(f), first);
    assert_true(engine_used_snapshot(f->engine));
    work(f, 1);
    restarted(f, true);
    assert_int_not_equal(file_of(f), first);
    then_a_full_replay_shows_the_same(f);
    /* Replayed records are news too, when the snapshot that helped does not have them. */
    work(f, 10);
    restarted(f, false);
    (void)fclose(kept);
    kept = fopen(f->snapshot, "rb");
    assert_non_null(kept);
    first = file_of(f);
    restarted(f, true);
    assert_int_not_equal(file_of(f), first);
    then_a_full_replay_shows_the_same(f);
    (void)fclose(kept);
    done(&f);
}

/* However seldom an engine under load gets to its background work. */
static void a_snapshot_under_way_keeps_pace_with_the_records(void **unused)
{
    (void)unused;
    enum { EVERY = 60000, AT_ONCE = 6000 };
    struct fixture *f = given_a_bank();
    wants_snapshots(f, EVERY);
    work(f, 3 * EVERY);
    assert_int_equal(engine_idle(f->engine), ENGINE_REST_MORE); /* begins */
    uint64_t before = metric_get(METRIC_snapshots_total);
    unsigned steps = 0;
    for (enum engine_rest rest = ENGINE_REST_MORE; rest == ENGINE_REST_MORE; steps++) {
        work(f, AT_ONCE);
        rest = engine_idle(f->engine);
    }
    assert_in_range(steps, 2, EVERY / 2 / AT_ONCE + 2);
    while (metric_get(METRIC_snapshots_total) == before) {
        assert_int_not_equal(when_idle(f), ENGINE_REST_MORE); /* nothing was left to copy */
    }
    done(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_snapshot_at_close_is_used_by_the_next_start),
        cmocka_unit_test(a_snapshot_taken_while_the_bank_works_is_exact),
        cmocka_unit_test(a_snapshot_damaged_anywhere_is_thrown_away),
        cmocka_unit_test(a_snapshot_that_lies_is_thrown_away),
        cmocka_unit_test(a_snapshot_with_something_behind_it_is_thrown_away),
        cmocka_unit_test(a_small_snapshot_cannot_ask_for_much_memory),
        cmocka_unit_test(a_snapshot_of_another_journal_is_thrown_away),
        cmocka_unit_test(a_snapshot_of_an_empty_bank_is_of_use),
        cmocka_unit_test(a_snapshot_that_cannot_be_written_harms_nothing),
        cmocka_unit_test(a_snapshot_that_the_disk_refuses_is_given_up),
        cmocka_unit_test(a_failed_commit_in_the_middle_of_a_snapshot_drops_it),
        cmocka_unit_test(a_stop_after_nothing_writes_no_snapshot),
        cmocka_unit_test(a_snapshot_under_way_keeps_pace_with_the_records),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
