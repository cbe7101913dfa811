/* The port's promises, the same for every adapter: each test runs on SQLite and in memory. */
#include "journal/ledger.h"

struct subject {
    bool in_memory;
    struct folder_of_test folder;
    struct journal *journal;
};

static void open_subject(struct subject *subject)
{
    if (subject->in_memory)
        subject->journal = journal_open_memory();
    else
        assert_int_equal(journal_open_sqlite(subject->folder.journal, &subject->journal),
                         JOURNAL_OPEN_OK);
}

static int begin(void **state, bool in_memory)
{
    struct subject *subject = calloc(1, sizeof(*subject));

    assert_non_null(subject);
    log_set_level(LOG_ERROR);
    subject->in_memory = in_memory;
    folder_make(&subject->folder);
    open_subject(subject);
    *state = subject;
    return 0;
}

static int begin_sqlite(void **state)
{
    return begin(state, false);
}

/* Readers find the last records in memory. */
static int begin_tail(void **state)
{
    int result = begin(state, false);

    journal_keep_tail(((struct subject *)*state)->journal);
    return result;
}

static int begin_memory(void **state)
{
    return begin(state, true);
}

static int end(void **state)
{
    struct subject *subject = *state;

    journal_close(&subject->journal);
    folder_remove(&subject->folder);
    free(subject);
    return 0;
}

static void a_new_journal_is_empty(void **state)
{
    struct subject *subject = *state;
    struct journal_head head, zero = {0};
    struct journal_reader *reader = journal_reader_open(subject->journal);
    uint8_t hash[JOURNAL_HASH_SIZE];
    struct record record;
    struct text body;
    struct walk walk;
    uint64_t number;

    journal_head(subject->journal, &head);
    assert_same_head(&head, &zero);
    assert_int_equal(journal_reader_head(reader, &head), JOURNAL_READ_OK);
    assert_same_head(&head, &zero);
    assert_int_equal(journal_read(reader, 1, &body, hash), JOURNAL_READ_END);
    assert_int_equal(journal_read_record(reader, 1, &record), JOURNAL_READ_END);
    assert_int_equal(walk_all(reader, 10, &walk), 0);
    assert_int_equal(journal_record_after(reader, 0, &number), JOURNAL_READ_OK);
    assert_int_equal(number, 1);
    journal_reader_close(&reader);
    assert_null(reader);
}

static void a_reader_that_holds_still_finds_what_is_appended(void **state)
{
    struct subject *subject = *state;
    struct journal_reader *reader = journal_reader_open(subject->journal);
    struct journal_head head;
    struct record record;
    struct walk walk;

    fill(subject->journal, 10);
    journal_reader_hold(reader);
    assert_int_equal(journal_read_record(reader, 10, &record), JOURNAL_READ_OK);
    assert_int_equal(journal_read_record(reader, 11, &record), JOURNAL_READ_END);
    fill(subject->journal, 10);
    assert_int_equal(journal_read_record(reader, 20, &record), JOURNAL_READ_OK);
    assert_int_equal(record.number, 20);
    assert_int_equal(journal_read_record(reader, 1, &record), JOURNAL_READ_OK);
    fill(subject->journal, 10);
    assert_int_equal(journal_reader_head(reader, &head), JOURNAL_READ_OK);
    assert_int_equal(head.record, 30);
    assert_int_equal(journal_read_record(reader, 2, &record), JOURNAL_READ_OK);
    fill(subject->journal, 10);
    assert_int_equal(walk_all(reader, 100, &walk), 40);
    journal_reader_let_go(reader);
    fill(subject->journal, 10);
    assert_int_equal(walk_all(reader, 100, &walk), 50);
    journal_reader_close(&reader);
}

static void what_was_appended_is_read_back(void **state)
{
    struct subject *subject = *state;
    struct journal_reader *reader = journal_reader_open(subject->journal);
    struct journal_head head;
    struct journal_token token;
    uint64_t position = 1;

    fill(subject->journal, 500);
    assert_int_equal(append(subject->journal, 3, &token), JOURNAL_OK);
    journal_head(subject->journal, &head);
    assert_int_equal(head.record, 503);
    assert_int_equal(head.at, FIRST_AT + 503);
    assert_int_equal(token.record, 503);
    assert_memory_equal(token.hash, head.hash, JOURNAL_HASH_SIZE);
    assert_whole(reader, 503);
    for (uint64_t number = 1; number <= 503; number++) {
        struct record wanted = story(number, position), got;

        assert_int_equal(journal_read_record(reader, number, &got), JOURNAL_READ_OK);
        assert_int_equal(got.number, number);
        assert_int_equal(got.position, position);
        assert_int_equal(got.kind, wanted.kind);
        assert_int_equal(got.at, wanted.at);
        assert_int_equal(got.legs[1].balance.minor, wanted.legs[1].balance.minor);
        assert_true(text_equal(got.key, wanted.key));
        position += record_event_count(&got);
    }
    struct journal_head seen;
    assert_int_equal(journal_reader_head(reader, &seen), JOURNAL_READ_OK);
    assert_same_head(&seen, &head);
    journal_reader_close(&reader);
}

static void numbers_that_are_no_records_are_the_end(void **state)
{
    static const uint64_t numbers[] = {0, 4, 5, INT64_MAX, UINT64_C(1) << 63, UINT64_MAX};
    struct subject *subject = *state;
    struct journal_reader *reader = journal_reader_open(subject->journal);
    uint8_t hash[JOURNAL_HASH_SIZE];
    struct text body;
    struct walk walk = {0};
    size_t count;

    fill(subject->journal, 3);
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        assert_int_equal(journal_read(reader, numbers[i], &body, hash), JOURNAL_READ_END);
        assert_int_equal(journal_scan(reader, numbers[i], 10, walk_each, &walk, &count),
                         JOURNAL_READ_END);
        assert_int_equal(count, 0);
    }
    journal_reader_close(&reader);
}

static void a_scan_stops_at_its_bound_or_when_told(void **state)
{
    struct subject *subject = *state;
    struct journal_reader *reader = journal_reader_open(subject->journal);
    struct walk walk = {.next = 1, .joined = true};
    size_t count;

    fill(subject->journal, 50);
    assert_int_equal(journal_scan(reader, 1, 20, walk_each, &walk, &count), JOURNAL_READ_OK);
    assert_int_equal(count, 20);
    walk.stop = 25;
    assert_int_equal(journal_scan(reader, 21, 20, walk_each, &walk, &count), JOURNAL_READ_OK);
    assert_int_equal(count, 5);
    walk.stop = 0;
    assert_int_equal(journal_scan(reader, 26, 100, walk_each, &walk, &count), JOURNAL_READ_OK);
    assert_int_equal(count, 25);
    assert_true(walk.joined);
    assert_int_equal(walk.next, 51);
    assert_int_equal(journal_scan(reader, 51, 100, walk_each, &walk, &count), JOURNAL_READ_END);
    journal_reader_close(&reader);
}

static void a_reader_sees_what_came_after_it_was_opened(void **state)
{
    struct subject *subject = *state;
    struct journal_reader *reader = journal_reader_open(subject->journal);

    for (uint64_t records = 1; records <= 30; records++) {
        assert_int_equal(append(subject->journal, 1, NULL), JOURNAL_OK);
        assert_whole(reader, records);
    }
    journal_reader_close(&reader);
}

static void another_head_than_expected_is_a_conflict(void **state)
{
    struct subject *subject = *state;
    struct journal_head head, older, other;
    struct journal_token token;
    struct batch_of_test batch;

    fill(subject->journal, 9);
    journal_head(subject->journal, &older);
    fill(subject->journal, 1);
    journal_head(subject->journal, &head);
    other = head;
    other.hash[31] ^= 1;
    const struct journal_head *const wrong[] = {&older, &other};
    for (size_t i = 0; i < 2; i++) {
        batch_make(&batch, wrong[i], 2);
        assert_int_equal(journal_submit(subject->journal, &batch.batch, wrong[i],
                                        journal_epoch(subject->journal), &token),
                         JOURNAL_CONFLICT);
        assert_int_equal(token.record, wrong[i]->record + 2);
        assert_int_equal(journal_find(subject->journal, &token), JOURNAL_CONFLICT);
        batch_free(&batch);
    }
    struct journal_head now;
    journal_head(subject->journal, &now);
    assert_same_head(&now, &head);
    assert_int_equal(append(subject->journal, 1, NULL), JOURNAL_OK);
}

static void another_epoch_is_fenced(void **state)
{
    struct subject *subject = *state;
    struct journal_reader *reader = journal_reader_open(subject->journal);
    struct journal_head head;
    struct journal_token token;
    struct batch_of_test batch;

    fill(subject->journal, 9);
    journal_head(subject->journal, &head);
    batch_make(&batch, &head, 1);
    assert_int_equal(journal_submit(subject->journal, &batch.batch, &head,
                                    journal_epoch(subject->journal) - 1, &token),
                     JOURNAL_FENCED);
    batch_free(&batch);
    assert_whole(reader, 9);
    assert_int_equal(append(subject->journal, 1, NULL), JOURNAL_OK);
    journal_reader_close(&reader);
}

static void batches_are_found_by_their_tokens(void **state)
{
    struct subject *subject = *state;
    struct journal_token token, later, strange;

    assert_int_equal(append(subject->journal, 5, &token), JOURNAL_OK);
    assert_int_equal(append(subject->journal, 5, &later), JOURNAL_OK);
    assert_int_equal(journal_find(subject->journal, &token), JOURNAL_OK);
    assert_int_equal(journal_find(subject->journal, &later), JOURNAL_OK);
    strange = token;
    strange.hash[0] ^= 1;
    assert_int_equal(journal_find(subject->journal, &strange), JOURNAL_CONFLICT);
    strange = later;
    strange.record = 11;
    assert_int_equal(journal_find(subject->journal, &strange), JOURNAL_CONFLICT);
}

static void reopening_changes_nothing(void **state)
{
    struct subject *subject = *state;
    struct journal_reader *reader = journal_reader_open(subject->journal);
    struct journal_head before, after;
    uint64_t epoch = journal_epoch(subject->journal);

    fill(subject->journal, 77);
    journal_head(subject->journal, &before);
    assert_true(journal_reopen(subject->journal));
    journal_head(subject->journal, &after);
    assert_same_head(&after, &before);
    assert_int_equal(journal_epoch(subject->journal), epoch);
    fill(subject->journal, 23);
    assert_whole(reader, 100);
    journal_reader_close(&reader);
}

static void the_record_after_a_position_holds_the_next_event(void **state)
{
    struct subject *subject = *state;
    struct journal_reader *reader = journal_reader_open(subject->journal);
    struct journal_head head;
    uint64_t number = 0, position = 0, found;

    fill(subject->journal, 60);
    journal_head(subject->journal, &head);
    /* Every event of every record; refusals have none and are never the answer. */
    while (position < head.position) {
        struct record record;

        assert_int_equal(journal_read_record(reader, ++number, &record), JOURNAL_READ_OK);
        for (unsigned i = 0; i < record_event_count(&record); i++) {
            assert_int_equal(journal_record_after(reader, position, &found), JOURNAL_READ_OK);
            assert_int_equal(found, number);
            position++;
        }
    }
    assert_int_equal(journal_record_after(reader, head.position, &found), JOURNAL_READ_OK);
    assert_int_equal(found, 61);
    assert_int_equal(journal_record_after(reader, UINT64_MAX, &found), JOURNAL_READ_OK);
    assert_int_equal(found, 61);
    journal_reader_close(&reader);
}

static void a_journal_that_ends_in_refusals_has_its_last_event_before_them(void **state)
{
    struct subject *subject = *state;
    struct journal_reader *reader = journal_reader_open(subject->journal);
    struct journal_head head, seen;
    uint64_t found;

    fill(subject->journal, 7); /* the seventh is a refusal */
    journal_head(subject->journal, &head);
    assert_int_equal(journal_reader_head(reader, &seen), JOURNAL_READ_OK);
    assert_same_head(&seen, &head);
    assert_int_equal(head.position, 16); /* two openings of two, four transfers of three */
    assert_int_equal(journal_record_after(reader, 15, &found), JOURNAL_READ_OK);
    assert_int_equal(found, 6);
    assert_int_equal(journal_record_after(reader, 16, &found), JOURNAL_READ_OK);
    assert_int_equal(found, 8);
    assert_int_equal(append(subject->journal, 1, NULL), JOURNAL_OK);
    assert_int_equal(journal_record_after(reader, 16, &found), JOURNAL_READ_OK);
    assert_int_equal(found, 8);
    journal_reader_close(&reader);
}

static void the_witness_may_be_asked_for_at_any_time(void **state)
{
    struct subject *subject = *state;

    journal_witness(subject->journal, 0);
    fill(subject->journal, 3);
    for (int64_t now = 0; now < 5000000; now += 250000)
        journal_witness(subject->journal, now);
    fill(subject->journal, 3);
}

/* The memory's alone: SQLite's unknown outcomes are in test_journal_faults.c. */
static void an_unknown_outcome_is_settled_by_reopening(void **state)
{
    struct subject *subject = *state;

    if (!subject->in_memory)
        return;
    for (int kept = 0; kept <= 1; kept++) {
        struct journal_reader *reader = journal_reader_open(subject->journal);
        struct journal_head head, after;
        struct journal_token token, unused;

        journal_head(subject->journal, &head);
        journal_memory_fail_next(subject->journal, kept == 1);
        assert_int_equal(append(subject->journal, 4, &token), JOURNAL_UNKNOWN);
        assert_int_equal(journal_find(subject->journal, &token), JOURNAL_UNKNOWN);
        assert_int_equal(append(subject->journal, 4, &unused), JOURNAL_UNKNOWN);
        assert_true(journal_reopen(subject->journal));
        assert_int_equal(journal_find(subject->journal, &token),
                         kept == 1 ? JOURNAL_OK : JOURNAL_CONFLICT);
        journal_head(subject->journal, &after);
        assert_int_equal(after.record, head.record + (kept == 1 ? 4 : 0));
        assert_int_equal(append(subject->journal, 4, NULL), JOURNAL_OK);
        assert_whole(reader, after.record + 4);
        journal_reader_close(&reader);
    }
}

#define EACH(test)                                                                                 \
    {#test " (sqlite)", test, begin_sqlite, end, NULL},                                            \
        {#test " (sqlite, with a tail)", test, begin_tail, end, NULL},                             \
    {                                                                                              \
#test " (memory)", test, begin_memory, end, NULL                                           \
    }

int main(void)
{
    const struct CMUnitTest tests[] = {
        EACH(a_new_journal_is_empty),
        EACH(a_reader_that_holds_still_finds_what_is_appended),
        EACH(what_was_appended_is_read_back),
        EACH(numbers_that_are_no_records_are_the_end),
        EACH(a_scan_stops_at_its_bound_or_when_told),
        EACH(a_reader_sees_what_came_after_it_was_opened),
        EACH(another_head_than_expected_is_a_conflict),
        EACH(another_epoch_is_fenced),
        EACH(batches_are_found_by_their_tokens),
        EACH(reopening_changes_nothing),
        EACH(the_record_after_a_position_holds_the_next_event),
        EACH(a_journal_that_ends_in_refusals_has_its_last_event_before_them),
        EACH(the_witness_may_be_asked_for_at_any_time),
        EACH(an_unknown_outcome_is_settled_by_reopening),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
