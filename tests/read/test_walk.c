/* What a query reads of the journal: little, from wherever it begins; and nothing at all when the
 * journal cannot be read. */
#include "place.h"

#include "read/views.h"
#include "watched_reader.h"

#define MOVES 5000
#define WALK_RECORDS 33 /* at most 64 events, two a record, and one to find out where it ends */

struct watch {
    struct given *given;
    struct watched_reader *reader;
    uint64_t zoe;
};

/* Withdrawals only once in a while. */
static struct watch watch_in(const char *path, bool flushed)
{
    struct watch watch = {.given = given_new(path)};
    struct given *given = watch.given;
    watch.zoe = given_account(given, "Zoë", 50, GIVEN_START);
    for (int i = 0; i < MOVES; i++)
        given_move(given, watch.zoe, i % 1000 == 999 ? -1 : 3, "", GIVEN_START + i * HOUR / 10);
    given_fold(given);
    if (flushed)
        given_flush(given);
    views_close(&given->views);
    watch.reader = watched_reader_new(given->journal);
    given->views = views_open(given->projector, &watch.reader->port);
    assert_non_null(given->views);
    return watch;
}

static struct watch watch_new(bool flushed)
{
    return watch_in(NULL, flushed);
}

static void ask_history(struct watch *watch, const struct history_query *args, size_t reads)
{
    struct list_result out;
    watch->reader->reads = 0;
    assert_int_equal(query_history(watch->given->views, args, given_ask(watch->given), &out),
                     STATUS_ok);
    assert_true(out.data.count > 0);
    if (watch->reader->reads > reads)
        fail_msg("%zu records read instead of at most %zu", watch->reader->reads, reads);
}

static void a_page_from_anywhere_reads_little(void **state)
{
    (void)state;
    const uint32_t limit = 1u << HISTORY_LIMIT;
    for (int flushed = 0; flushed < 2; flushed++) {
        struct watch watch = watch_new(flushed);
        for (uint64_t position = 100; position < watch.given->position; position += 777) {
            int64_t at = watch.given->records[position / 2].at;
            struct history_query before = {.given = limit | 1u << HISTORY_BEFORE,
                                           .account = watch.zoe,
                                           .limit = 10,
                                           .before = position};
            struct history_query to = {
                .given = limit | 1u << HISTORY_TO, .account = watch.zoe, .limit = 10, .to = at};
            struct history_query after = before;
            after.given |= 1u << HISTORY_AFTER;
            after.after = position - 4;
            ask_history(&watch, &before, WALK_RECORDS + 7);
            ask_history(&watch, &to, WALK_RECORDS + 7);
            ask_history(&watch, &after, WALK_RECORDS + 4);
        }
        given_free(watch.given);
    }
}

static void rare_types_are_found_without_reading_the_rest(void **state)
{
    (void)state;
    for (int flushed = 0; flushed < 2; flushed++) {
        struct watch watch = watch_new(flushed);
        struct history_query args = {.given = 1u << HISTORY_TYPES,
                                     .account = watch.zoe,
                                     .types = 1u << EVENT_MONEY_WITHDRAWN};
        ask_history(&watch, &args, 6 * WALK_RECORDS);
        args.types = 1u << EVENT_ACCOUNT_CREATED;
        ask_history(&watch, &args, 2 * WALK_RECORDS);
        given_free(watch.given);
    }
}

static void a_balance_at_any_time_reads_little(void **state)
{
    (void)state;
    struct watch watch = watch_new(true);
    for (size_t i = 0; i < watch.given->count; i += 373) {
        struct balance_query args = {
            .given = 1u << BALANCE_AT, .account = watch.zoe, .at = watch.given->records[i].at};
        struct balance_result out;
        watch.reader->reads = 0;
        assert_int_equal(query_balance(watch.given->views, &args, given_ask(watch.given), &out),
                         STATUS_ok);
        assert_true(watch.reader->reads <= WALK_RECORDS + 6);
    }
    given_free(watch.given);
}

/* A step goes from memory to the file while somebody walks. */
static void steps_that_are_written_meanwhile_are_found(void **state)
{
    (void)state;
    struct place place = place_new();
    struct watch watch = watch_in(place.path, true);
    struct given *given = watch.given;
    struct step_row row, first;
    views_hold(given->views);
    assert_true(watch.reader->held);
    assert_true(views_step_of(given->views, watch.zoe, 1, &first));
    uint64_t newest = (2 * MOVES + 2) / PROJECTOR_STEP_EVENTS + 2;
    for (int i = 0; i < 2 * PROJECTOR_STEP_EVENTS; i++)
        given_move(given, watch.zoe, 1, "", given->at + HOUR);
    given_fold(given);
    assert_true(views_step_of(given->views, watch.zoe, newest, &row)); /* waits in memory */
    assert_int_equal(row.step, newest);
    given_flush(given);
    assert_true(views_step_of(given->views, watch.zoe, newest, &row));
    assert_int_equal(row.step, newest);
    assert_true(views_step_of(given->views, watch.zoe, 1, &row));
    assert_int_equal(row.record, first.record);
    assert_false(views_step_of(given->views, watch.zoe, newest + 1000, &row));
    views_let_go(given->views);
    assert_false(watch.reader->held);
    given_free(given);
    place_free(&place);
}

/* Every query that walks, well or badly ended, lets go of both files. */
static void nobody_holds_the_files_when_a_query_is_answered(void **state)
{
    (void)state;
    struct watch watch = watch_new(true);
    struct given *given = watch.given;
    struct history_query history = {.account = watch.zoe};
    struct balance_query balance = {
        .given = 1u << BALANCE_AT, .account = watch.zoe, .at = GIVEN_START + HOUR};
    struct series_query series = {.account = watch.zoe};
    struct statement_query statement = {.account = watch.zoe, .month = 2026 * 12};
    for (int fail = 0; fail < 2; fail++) {
        enum status expected = fail ? STATUS_unavailable : STATUS_ok;
        struct list_result list;
        struct balance_result balance_out;
        struct series_result series_out;
        struct statement_result statement_out;
        watch.reader->fail = fail;
        assert_int_equal(query_history(given->views, &history, given_ask(given), &list), expected);
        assert_false(watch.reader->held);
        assert_int_equal(query_balance(given->views, &balance, given_ask(given), &balance_out),
                         expected);
        assert_false(watch.reader->held);
        assert_int_equal(query_series(given->views, &series, given_ask(given), &series_out),
                         expected);
        assert_false(watch.reader->held);
        assert_int_equal(
            query_statement(given->views, &statement, given_ask(given), &statement_out), expected);
        assert_false(watch.reader->held);
        assert_int_equal(sqlite3_get_autocommit(given->views->handle), 1);
    }
    given_free(given);
}

static void a_journal_that_cannot_be_read_makes_queries_unavailable(void **state)
{
    (void)state;
    struct watch watch = watch_new(true);
    struct given *given = watch.given;
    watch.reader->fail = true;
    struct history_query history = {.account = watch.zoe};
    struct balance_query balance = {
        .given = 1u << BALANCE_AT, .account = watch.zoe, .at = GIVEN_START + HOUR};
    struct series_query series = {.account = watch.zoe};
    struct statement_query statement = {.account = watch.zoe, .month = 2026 * 12};
    struct changes_query changes = {.given = 0};
    struct list_result list;
    struct balance_result balance_out;
    struct series_result series_out;
    struct statement_result statement_out;
    assert_int_equal(query_history(given->views, &history, given_ask(given), &list),
                     STATUS_unavailable);
    assert_int_equal(given->problem.status, STATUS_unavailable);
    assert_int_equal(query_balance(given->views, &balance, given_ask(given), &balance_out),
                     STATUS_unavailable);
    assert_int_equal(query_series(given->views, &series, given_ask(given), &series_out),
                     STATUS_unavailable);
    assert_int_equal(query_statement(given->views, &statement, given_ask(given), &statement_out),
                     STATUS_unavailable);
    assert_int_equal(query_changes(given->views, &changes, given_ask(given), &list),
                     STATUS_unavailable);
    assert_int_equal(given->problem.status, STATUS_unavailable);
    given_free(given);
}

static void folding_goes_on_when_the_journal_can_be_read_again(void **state)
{
    (void)state;
    struct given *given = given_new(NULL);
    given_close_views(given, false);
    struct watched_reader *reader = watched_reader_new(given->journal);
    assert_int_equal(projector_open(NULL, &reader->port, &given->projector), PROJECTOR_REBUILT);
    given->views = views_open(given->projector, journal_reader_open(given->journal));
    for (int i = 0; i < 10; i++)
        given_account(given, "x", i, GIVEN_START);
    reader->fail = true;
    assert_int_equal(projector_fold(given->projector, 100), -1);
    assert_int_equal(projector_seen(given->projector), 0);
    reader->fail = false;
    given_fold(given);
    given_free(given);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_page_from_anywhere_reads_little),
        cmocka_unit_test(rare_types_are_found_without_reading_the_rest),
        cmocka_unit_test(a_balance_at_any_time_reads_little),
        cmocka_unit_test(steps_that_are_written_meanwhile_are_found),
        cmocka_unit_test(nobody_holds_the_files_when_a_query_is_answered),
        cmocka_unit_test(a_journal_that_cannot_be_read_makes_queries_unavailable),
        cmocka_unit_test(folding_goes_on_when_the_journal_can_be_read_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
