/* The journal's last records in memory: what a reader finds there is what the file has, however
 * much has gone by, whoever writes meanwhile, and whatever became of a commit. */
#include <pthread.h>

#include "journal/journal_port.h"
#include "journal/ledger.h"

static struct folder_of_test folder;
static struct journal *journal;

static int begin(void **state)
{
    (void)state;
    log_set_level(LOG_ERROR + 1);
    folder_make(&folder);
    assert_int_equal(journal_open_sqlite(folder.journal, &journal), JOURNAL_OPEN_OK);
    journal_keep_tail(journal);
    return 0;
}

static int end(void **state)
{
    (void)state;
    journal_close(&journal);
    folder_remove(&folder);
    return 0;
}

static void assert_same_record(struct journal_reader *a, struct journal_reader *b, uint64_t number)
{
    uint8_t hashes[2][JOURNAL_HASH_SIZE];
    struct text bodies[2];

    assert_int_equal(journal_read(a, number, &bodies[0], hashes[0]), JOURNAL_READ_OK);
    assert_int_equal(journal_read(b, number, &bodies[1], hashes[1]), JOURNAL_READ_OK);
    assert_true(text_equal(bodies[0], bodies[1]));
    assert_memory_equal(hashes[0], hashes[1], JOURNAL_HASH_SIZE);
}

/* A record with a long text, so that the ring goes round soon. */
static void append_long(size_t count, size_t size)
{
    static char owner[4 * 140 + 1];
    struct journal_head head;
    struct journal_token token;
    struct bytes bytes;
    size_t ends[BATCH_MAX];

    assert_true(count <= BATCH_MAX && size < sizeof(owner));
    memset(owner, 'x', size);
    journal_head(journal, &head);
    bytes_init(&bytes, BATCH_MAX * JOURNAL_BODY_MAX);
    struct journal_batch batch = {.first = head.record + 1, .count = count, .ends = ends};
    batch.last_position = head.position;
    for (size_t i = 0; i < count; i++) {
        struct record record =
            record_front(RECORD_ACCOUNT_CREATED, batch.first + i, batch.last_position + 1);

        record.owner = (struct text){owner, size};
        record.legs[0] = (struct leg){ANA, 2, {1000}, {1000}, 0};
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

static void the_ring_goes_round_and_stays_what_the_file_is(void **state)
{
    (void)state;
    struct journal_reader *tail = journal_reader_open(journal);
    struct journal_reader *file = journal_reader_open_sqlite(folder.journal);
    struct journal_head head;
    struct walk walk;
    size_t sizes[] = {500, 20, 560, 1, 130};

    /* Some 12 MB in batches and bodies of odd sizes: three times round. */
    for (size_t i = 0; i < 110; i++) {
        append_long(1 + i * 37 % 599, sizes[i % 5]);
        journal_head(journal, &head);
        for (uint64_t back = 0; back < 20000 && back < head.record; back = back * 3 + 1)
            assert_same_record(tail, file, head.record - back);
    }
    assert_int_equal(walk_all(tail, 1000, &walk), head.record);
    assert_true(walk.joined);
    journal_reader_close(&tail);
    journal_reader_close(&file);
}

static void more_records_than_have_a_place_push_out_the_oldest(void **state)
{
    (void)state;
    struct journal_reader *tail = journal_reader_open(journal);
    struct journal_reader *file = journal_reader_open_sqlite(folder.journal);
    struct journal_head head;

    for (size_t i = 0; i < 2 * JOURNAL_TAIL_RECORDS / 600; i++)
        append_long(600, 1);
    journal_head(journal, &head);
    for (uint64_t number = 1; number <= head.record; number += 97)
        assert_same_record(tail, file, number);
    assert_same_record(tail, file, head.record - JOURNAL_TAIL_RECORDS);
    assert_same_record(tail, file, head.record - JOURNAL_TAIL_RECORDS + 1);
    journal_reader_close(&tail);
    journal_reader_close(&file);
}

/* A file that counts the looks at it, and has nothing. */
struct counting_file {
    struct journal_reader port;
    unsigned looks;
};

static enum journal_read count_read(struct journal_reader *reader, uint64_t number,
                                    struct text *body, uint8_t hash[JOURNAL_HASH_SIZE])
{
    (void)number, (void)body, (void)hash;
    ((struct counting_file *)reader)->looks++;
    return JOURNAL_READ_END;
}

static enum journal_read count_last(struct journal_reader *reader, uint64_t *number,
                                    struct text *body, uint8_t hash[JOURNAL_HASH_SIZE])
{
    *number = 0;
    return count_read(reader, 0, body, hash);
}

static enum journal_read count_scan(struct journal_reader *reader, uint64_t number, size_t max,
                                    bool (*each)(void *context, const struct record *record,
                                                 const uint8_t hash[JOURNAL_HASH_SIZE],
                                                 struct text body),
                                    void *context, size_t *count)
{
    (void)max, (void)each, (void)context, (void)count;
    return count_read(reader, number, NULL, NULL);
}

static void count_hold(struct journal_reader *reader, bool on)
{
    (void)reader, (void)on;
}

static void count_close(struct journal_reader *reader)
{
    (void)reader;
}

static void a_reader_that_follows_does_not_look_at_the_file(void **state)
{
    static const struct journal_reader_ops ops = {count_read, count_last, count_scan, count_hold,
                                                  count_close};
    (void)state;
    struct counting_file file = {.port = {&ops}};
    struct journal_reader *reader = journal_tail_reader(journal->tail, &file.port);
    struct walk walk = {.next = 1, .joined = true};
    struct journal_head head;
    struct record record;
    size_t count;

    assert_int_equal(journal_scan(reader, 1, 10, walk_each, &walk, &count), JOURNAL_READ_END);
    assert_int_equal(file.looks, 1); /* nothing was written yet: only the file can tell */
    for (uint64_t number = 1; number <= 1000; number += 50) {
        fill(journal, 50);
        assert_int_equal(journal_scan(reader, number, 100, walk_each, &walk, &count),
                         JOURNAL_READ_OK);
        assert_int_equal(count, 50);
        assert_int_equal(journal_scan(reader, number + 50, 100, walk_each, &walk, &count),
                         JOURNAL_READ_END);
        assert_int_equal(journal_read_record(reader, number, &record), JOURNAL_READ_OK);
        assert_int_equal(journal_reader_head(reader, &head), JOURNAL_READ_OK);
        assert_int_equal(head.record, number + 49);
    }
    assert_true(walk.joined);
    assert_int_equal(file.looks, 1);
    journal_tail_clear(journal->tail);
    assert_int_equal(journal_scan(reader, 1, 10, walk_each, &walk, &count), JOURNAL_READ_END);
    assert_int_equal(journal_read_record(reader, 1000, &record), JOURNAL_READ_END);
    assert_int_equal(file.looks, 3);
    journal_reader_close(&reader);
}

/* ---- what happens inside a scan */

struct disturbed {
    struct journal_reader *reader;
    struct walk walk;
    uint64_t read_at, append_at; /* records at which something else is done */
};

static bool disturb(void *context, const struct record *record,
                    const uint8_t hash[JOURNAL_HASH_SIZE], struct text body)
{
    struct disturbed *disturbed = context;
    uint8_t other[JOURNAL_HASH_SIZE];
    struct text unused;

    if (record->number == disturbed->append_at)
        fill(journal, JOURNAL_TAIL_RECORDS + 100);
    if (record->number % 3 == 0 && disturbed->read_at > 0)
        assert_int_equal(journal_read(disturbed->reader, disturbed->read_at, &unused, other),
                         JOURNAL_READ_OK);
    return walk_each(&disturbed->walk, record, hash, body);
}

static void a_read_inside_a_scan_leaves_the_scan_as_it_is(void **state)
{
    (void)state;
    struct disturbed disturbed = {.walk = {.next = 1, .joined = true}, .read_at = 2};
    size_t count;

    fill(journal, 300);
    disturbed.reader = journal_reader_open(journal);
    assert_int_equal(journal_scan(disturbed.reader, 1, 1000, disturb, &disturbed, &count),
                     JOURNAL_READ_OK);
    assert_int_equal(count, 300);
    assert_true(disturbed.walk.joined);
    journal_reader_close(&disturbed.reader);
}

static void what_is_pushed_out_during_a_scan_is_read_from_the_file(void **state)
{
    (void)state;
    struct disturbed disturbed = {.walk = {.next = 1, .joined = true}, .append_at = 50};
    size_t count;

    fill(journal, 1000);
    disturbed.reader = journal_reader_open(journal);
    assert_int_equal(journal_scan(disturbed.reader, 1, 900, disturb, &disturbed, &count),
                     JOURNAL_READ_OK);
    assert_int_equal(count, 900);
    assert_int_equal(disturbed.walk.next, 901); /* and no more than was asked for */
    assert_true(disturbed.walk.joined);
    journal_reader_close(&disturbed.reader);
}

static void a_commit_that_is_not_ours_empties_it(void **state)
{
    (void)state;
    struct journal_reader *tail = journal_reader_open(journal);
    struct journal *other;
    struct journal_head head;

    fill(journal, 10);
    assert_int_equal(journal_open_sqlite(folder.journal, &other), JOURNAL_OPEN_OK);
    fill(other, 5);
    assert_int_not_equal(append(journal, 1, NULL), JOURNAL_OK); /* fenced */
    assert_int_equal(journal_reader_head(tail, &head), JOURNAL_READ_OK);
    assert_int_equal(head.record, 15);
    assert_whole(tail, 15);
    journal_reader_close(&tail);
    journal_close(&other);
}

/* ---- threads */

struct follower {
    pthread_t thread;
    struct journal_reader *reader;
    size_t step;
    bool joined;
};

#define FOLLOWED 20000

static void *follow(void *context)
{
    struct follower *follower = context;
    struct walk walk = {.next = 1, .joined = true};
    bool sound = true;

    while (sound && walk.next <= FOLLOWED) {
        size_t count;
        enum journal_read read =
            journal_scan(follower->reader, walk.next, follower->step, walk_each, &walk, &count);
        sound = read != JOURNAL_READ_ERROR && walk.joined;
    }
    follower->joined = sound;
    return NULL;
}

static void readers_follow_while_it_is_written(void **state)
{
    (void)state;
    struct follower followers[2] = {{.step = 7}, {.step = 4096}};

    for (int i = 0; i < 2; i++) {
        followers[i].reader = journal_reader_open(journal);
        assert_int_equal(pthread_create(&followers[i].thread, NULL, follow, &followers[i]), 0);
    }
    for (size_t done = 0, part = 1; done < FOLLOWED; done += part) {
        part = done % 293 + 1 < FOLLOWED - done ? done % 293 + 1 : FOLLOWED - done;
        assert_int_equal(append(journal, part, NULL), JOURNAL_OK);
    }
    for (int i = 0; i < 2; i++) {
        assert_int_equal(pthread_join(followers[i].thread, NULL), 0);
        assert_true(followers[i].joined);
        journal_reader_close(&followers[i].reader);
    }
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(the_ring_goes_round_and_stays_what_the_file_is),
        CASE(more_records_than_have_a_place_push_out_the_oldest),
        CASE(a_reader_that_follows_does_not_look_at_the_file),
        CASE(a_read_inside_a_scan_leaves_the_scan_as_it_is),
        CASE(what_is_pushed_out_during_a_scan_is_read_from_the_file),
        CASE(a_commit_that_is_not_ours_empties_it),
        CASE(readers_follow_while_it_is_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
