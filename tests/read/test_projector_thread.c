#include "given.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/eventfd.h>

#include "read/projector_thread.h"
#include "watched_reader.h"

#define PATIENCE_MS 60000 /* nothing below takes that long unless it never comes */

static int bell_new(void)
{
    int fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    assert_true(fd >= 0);
    return fd;
}

/* Waits until the eventfd is written; returns what was in it. */
static uint64_t bell_wait(int fd)
{
    struct pollfd poll_fd = {.fd = fd, .events = POLLIN};
    uint64_t value = 0;
    assert_int_equal(poll(&poll_fd, 1, PATIENCE_MS), 1);
    assert_int_equal(read(fd, &value, sizeof value), sizeof value);
    return value;
}

static bool bell_is_quiet(int fd)
{
    uint64_t value;
    return read(fd, &value, sizeof value) < 0 && errno == EAGAIN;
}

static void wait_seen(struct projector_thread *thread, int fd, uint64_t record)
{
    if (projector_notify(thread, fd, record))
        assert_int_equal(bell_wait(fd), 1);
    assert_true(projector_seen(projector_thread_projector(thread)) >= record);
}

struct running {
    struct given *given;
    struct projector_thread *thread;
    int bell;
};

static struct running start(const char *path)
{
    struct running running = {.given = given_new(path), .bell = bell_new()};
    running.thread = projector_thread_start(running.given->projector);
    return running;
}

static void stop(struct running *running)
{
    views_close(&running->given->views);
    projector_thread_stop(&running->thread);
    running->given->projector = NULL;
    given_free(running->given);
    close(running->bell);
}

static void a_listener_is_told_when_its_record_is_seen(void **state)
{
    (void)state;
    struct running running = start(NULL);
    uint64_t zoe = given_account(running.given, "Zoë", 5, GIVEN_START);
    assert_true(projector_notify(running.thread, running.bell, 3));
    projector_wake(running.thread);
    given_move(running.given, zoe, 1, "", GIVEN_START);
    given_move(running.given, zoe, 1, "", GIVEN_START);
    projector_wake(running.thread);
    assert_int_equal(bell_wait(running.bell), 1);
    assert_int_equal(projector_seen(running.given->projector), 3);
    for (uint64_t record = 0; record <= 3; record++)
        assert_false(projector_notify(running.thread, running.bell, record));
    assert_true(bell_is_quiet(running.bell)); /* once a request, not once a fold */
    stop(&running);
}

static void the_lowest_record_asked_for_counts(void **state)
{
    (void)state;
    struct running running = start(NULL);
    assert_true(projector_notify(running.thread, running.bell, 100));
    assert_true(projector_notify(running.thread, running.bell, 1));
    assert_true(projector_notify(running.thread, running.bell, 50));
    given_account(running.given, "Zoë", 5, GIVEN_START);
    projector_wake(running.thread);
    assert_int_equal(bell_wait(running.bell), 1);
    assert_int_equal(projector_seen(running.given->projector), 1);
    stop(&running);
}

static void a_listener_that_is_forgotten_hears_nothing(void **state)
{
    (void)state;
    struct running running = start(NULL);
    int forgotten = bell_new();
    assert_true(projector_notify(running.thread, forgotten, 1));
    assert_true(projector_notify(running.thread, running.bell, 1));
    projector_forget(running.thread, forgotten);
    projector_forget(running.thread, forgotten); /* twice does no harm */
    given_account(running.given, "Zoë", 5, GIVEN_START);
    projector_wake(running.thread);
    assert_int_equal(bell_wait(running.bell), 1);
    assert_true(bell_is_quiet(forgotten));
    stop(&running);
    close(forgotten);
}

static void many_listeners_are_told_each_at_its_record(void **state)
{
    (void)state;
    enum { LISTENERS = 40 };
    struct running running = start(NULL);
    int bells[LISTENERS];
    for (int i = 0; i < LISTENERS; i++) {
        bells[i] = bell_new();
        assert_true(projector_notify(running.thread, bells[i], (uint64_t)i + 1));
    }
    for (int i = 0; i < LISTENERS; i++) {
        given_account(running.given, "x", 0, GIVEN_START);
        projector_wake(running.thread);
        assert_int_equal(bell_wait(bells[i]), 1);
        for (int k = i + 1; k < LISTENERS; k++)
            assert_true(bell_is_quiet(bells[k]));
    }
    stop(&running);
    for (int i = 0; i < LISTENERS; i++)
        close(bells[i]);
}

/* A hint wakes it when it sleeps, when somebody waits, or not at all because it looks by itself:
 * whichever it is, none is lost. */
static void hints_are_enough_however_they_fall(void **state)
{
    (void)state;
    struct running running = start(NULL);
    uint64_t zoe = given_account(running.given, "Zoë", 5, GIVEN_START);
    projector_hint(running.thread);
    for (unsigned i = 0; i < 4000; i++) {
        bool waits =
            i % 3 == 0 && projector_notify(running.thread, running.bell, running.given->count + 1);
        given_move(running.given, zoe, 1, "", GIVEN_START);
        projector_hint(running.thread);
        if (waits)
            assert_int_equal(bell_wait(running.bell), 1);
        else if (i % 5 == 0)
            wait_seen(running.thread, running.bell, running.given->count);
        /* there is no bell for this one: it comes by itself, or the test's own time is over */
        while (i % 7 == 0 && projector_seen(running.given->projector) < running.given->count)
            (void)poll(NULL, 0, 0);
        if (i % 500 == 0)
            (void)poll(NULL, 0, 5); /* long enough for it to fall asleep */
    }
    wait_seen(running.thread, running.bell, running.given->count);
    stop(&running);
}

static void what_is_folded_is_flushed_when_nothing_comes_any_more(void **state)
{
    (void)state;
    struct running running = start(NULL);
    given_account(running.given, "Zoë", 5, GIVEN_START);
    projector_wake(running.thread);
    /* there is no bell for this: it comes by itself, or the test's own time is over */
    while (projector_flushed(running.given->projector) < 1)
        (void)poll(NULL, 0, 5);
    stop(&running);
}

static void stopping_flushes_everything(void **state)
{
    (void)state;
    char folder[] = "/tmp/teller-read-XXXXXX", path[64];
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/views.db", folder);
    struct running running = start(path);
    for (int i = 0; i < 1000; i++)
        given_account(running.given, "x", i, GIVEN_START);
    projector_wake(running.thread);
    wait_seen(running.thread, running.bell, 1000);
    views_close(&running.given->views);
    projector_thread_stop(&running.thread);
    given_views(running.given, path, PROJECTOR_OK);
    assert_int_equal(projector_flushed(running.given->projector), 1000);
    given_free(running.given);
    close(running.bell);
    unlink(path);
    assert_int_equal(rmdir(folder), 0);
}

struct lag {
    atomic_int lagging, back;
    int bell;
};

static void on_lag(void *context, bool lagging)
{
    struct lag *lag = context;
    uint64_t one = 1;
    atomic_fetch_add(lagging ? &lag->lagging : &lag->back, 1);
    if (!lagging)
        assert_int_equal(write(lag->bell, &one, sizeof one), sizeof one);
}

static void a_projector_far_behind_says_so_and_when_it_is_back(void **state)
{
    (void)state;
    struct running running = start(NULL);
    struct lag lag = {.bell = bell_new()};
    projector_set_lag_max(running.thread, 1000);
    projector_on_lag(running.thread, on_lag, &lag);
    uint64_t zoe = given_account(running.given, "Zoë", 5, GIVEN_START);
    projector_wake(running.thread);
    wait_seen(running.thread, running.bell, 1);
    assert_int_equal(atomic_load(&lag.lagging), 0);
    for (int i = 0; i < 20000; i++)
        given_move(running.given, zoe, 1, "", GIVEN_START);
    projector_wake(running.thread);
    assert_int_equal(bell_wait(lag.bell), 1);
    assert_int_equal(atomic_load(&lag.lagging), 1);
    assert_int_equal(atomic_load(&lag.back), 1);
    wait_seen(running.thread, running.bell, 20001);
    stop(&running);
    close(lag.bell);
}

/* A clock that jumps a second at every look: a slice is one row. */
static int64_t slow_now;
static int64_t slow_steady(struct clock *clock)
{
    (void)clock;
    return slow_now += TIME_SECOND;
}

/* More than half of the bound comes while one round is written: the next takes all of it, and
 * when that is done nothing may ever come again, because commands are paused. */
static void what_was_flushed_at_last_ends_the_lag_though_nothing_comes(void **state)
{
    (void)state;
    struct running running = {.given = given_new(NULL), .bell = bell_new()};
    struct lag lag = {.bell = bell_new()};
    struct clock slow = *clock_system();
    uint64_t accounts[PROJECTOR_ROUND_OPENINGS];
    slow.steady = slow_steady;
    for (size_t i = 0; i < PROJECTOR_ROUND_OPENINGS; i++)
        accounts[i] = given_account(running.given, "x", 5, GIVEN_START);
    for (int i = 0; i < 38500; i++)
        given_move(running.given, accounts[i % 40], 1, "", GIVEN_START);
    projector_set_clock(running.given->projector, &slow);
    running.thread = projector_thread_start(running.given->projector);
    projector_set_unflushed_max(running.thread, 40000);
    projector_on_lag(running.thread, on_lag, &lag);
    projector_wake(running.thread);
    assert_int_equal(bell_wait(lag.bell), 1);
    wait_seen(running.thread, running.bell, running.given->count);
    while (projector_flushed(running.given->projector) < running.given->count)
        (void)poll(NULL, 0, 5);
    while (atomic_load(&lag.back) < atomic_load(&lag.lagging)) /* or the test's time is over */
        (void)poll(NULL, 0, 5);
    assert_true(atomic_load(&lag.lagging) >= 1);
    stop(&running);
    close(lag.bell);
}

static void a_journal_that_cannot_be_folded_is_a_lag_until_it_can(void **state)
{
    (void)state;
    struct given *given = given_new(NULL);
    struct lag lag = {.bell = bell_new()};
    struct watched_reader *reader = watched_reader_new(given->journal);
    struct projector *projector;
    assert_int_equal(projector_open(NULL, &reader->port, &projector), PROJECTOR_REBUILT);
    struct projector_thread *thread = projector_thread_start(projector);
    projector_set_lag_max(thread, 10);
    projector_on_lag(thread, on_lag, &lag);
    reader->fail_scan = true;
    for (int i = 0; i < 20; i++)
        given_account(given, "x", 0, GIVEN_START);
    projector_wake(thread);
    while (atomic_load(&lag.lagging) == 0)
        (void)poll(NULL, 0, 5);
    reader->fail_scan = false; /* it tries again by itself */
    assert_int_equal(bell_wait(lag.bell), 1);
    assert_int_equal(projector_seen(projector), 20);
    projector_thread_stop(&thread);
    given_free(given);
    close(lag.bell);
}

struct reader {
    pthread_t thread;
    struct projector *projector;
    struct journal *journal;
    uint64_t account, other;
    atomic_bool *over;
    uint64_t version; /* must not go back */
};

static void read_once(struct reader *reader, struct views *views, struct query *query)
{
    struct account_result account;
    struct account_query account_args = {.account = reader->account};
    assert_int_equal(query_account(views, &account_args, query, &account), STATUS_ok);
    assert_true(account.version >= reader->version);
    reader->version = account.version;

    struct list_result history;
    struct history_query history_args = {.account = reader->account,
                                         .given = 1u << HISTORY_LIMIT | 1u << HISTORY_TYPES,
                                         .types = 1u << EVENT_BALANCE_UPDATED,
                                         .limit = 100};
    assert_int_equal(query_history(views, &history_args, query, &history), STATUS_ok);
    const struct history_event *events = history.data.items;
    for (size_t i = 0; i + 1 < history.data.count; i++)
        assert_int_equal(events[i].seen_balance.minor - events[i].seen_change.minor,
                         events[i + 1].seen_balance.minor);

    struct statement_result statement;
    struct statement_query statement_args = {.account = reader->account,
                                             .month = month_of(account.opened_at)};
    assert_int_equal(query_statement(views, &statement_args, query, &statement), STATUS_ok);
    assert_int_equal(statement.opening_balance.minor + statement.credits.total.minor -
                         statement.debits.total.minor,
                     statement.closing_balance.minor);

    struct list_result list;
    struct list_accounts list_args = {.given = 1u << LIST_ACCOUNTS_SEARCH, .search = TEXT("zoe")};
    assert_int_equal(query_accounts(views, &list_args, query, &list), STATUS_ok);
    assert_int_equal(list.total, 1);

    struct balance_result balance;
    struct balance_query balance_args = {
        .given = 1u << BALANCE_AT, .account = reader->other, .at = account.opened_at + HOUR};
    assert_int_equal(query_balance(views, &balance_args, query, &balance), STATUS_ok);
}

static void *read_all_the_time(void *context)
{
    struct reader *reader = context;
    struct views *views = views_open(reader->projector, journal_reader_open(reader->journal));
    struct arena arena;
    assert_non_null(views);
    arena_init(&arena, 0);
    do {
        struct problem problem = {0};
        struct query query = {
            .arena = &arena, .problem = &problem, .now = GIVEN_START + 1000 * TIME_DAY};
        read_once(reader, views, &query);
        arena_reset(&arena);
    } while (!atomic_load(reader->over));
    arena_close(&arena);
    views_close(&views);
    return NULL;
}

static void queries_hold_while_it_folds_and_flushes(void **state)
{
    (void)state;
    char folder[] = "/tmp/teller-read-XXXXXX", path[64];
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/views.db", folder);
    struct running running = start(path);
    atomic_bool over = false;
    struct reader readers[2];
    uint64_t zoe = given_account(running.given, "Zoë", 1000000, GIVEN_START);
    uint64_t max = given_account(running.given, "Max", 1000000, GIVEN_START);
    projector_wake(running.thread);
    wait_seen(running.thread, running.bell, 2);
    for (int i = 0; i < 2; i++) {
        readers[i] = (struct reader){.projector = running.given->projector,
                                     .journal = running.given->journal,
                                     .account = i == 0 ? zoe : max,
                                     .other = i == 0 ? max : zoe,
                                     .over = &over};
        assert_int_equal(pthread_create(&readers[i].thread, NULL, read_all_the_time, &readers[i]),
                         0);
    }
    int64_t at = GIVEN_START + 2 * HOUR;
    for (int i = 0; i < 6000; i++) {
        at += i % 500 == 0 ? 20 * TIME_DAY : 1000;
        if (i % 3 == 0)
            given_account(running.given, "somebody", 1, at);
        given_transfer(running.given, i % 2 ? zoe : max, i % 2 ? max : zoe, 1 + i % 7, "r", at);
        projector_wake(running.thread);
        if (i % 300 == 0)
            wait_seen(running.thread, running.bell, running.given->count);
    }
    wait_seen(running.thread, running.bell, running.given->count);
    while (projector_flushed(running.given->projector) < running.given->count)
        (void)poll(NULL, 0, 5);
    atomic_store(&over, true);
    for (int i = 0; i < 2; i++)
        assert_int_equal(pthread_join(readers[i].thread, NULL), 0);
    stop(&running);
    unlink(path);
    assert_int_equal(rmdir(folder), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_listener_is_told_when_its_record_is_seen),
        cmocka_unit_test(the_lowest_record_asked_for_counts),
        cmocka_unit_test(a_listener_that_is_forgotten_hears_nothing),
        cmocka_unit_test(many_listeners_are_told_each_at_its_record),
        cmocka_unit_test(hints_are_enough_however_they_fall),
        cmocka_unit_test(what_is_folded_is_flushed_when_nothing_comes_any_more),
        cmocka_unit_test(stopping_flushes_everything),
        cmocka_unit_test(a_projector_far_behind_says_so_and_when_it_is_back),
        cmocka_unit_test(what_was_flushed_at_last_ends_the_lag_though_nothing_comes),
        cmocka_unit_test(a_journal_that_cannot_be_folded_is_a_lag_until_it_can),
        cmocka_unit_test(queries_hold_while_it_folds_and_flushes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
