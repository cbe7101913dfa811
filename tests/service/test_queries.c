#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "service/bank.h"

static struct bank *bank;
static struct service_port *port;
static const char *admin, *auditor;
static char json[4096], account[64], number[64];

static int set_up(void **state)
{
    (void)state;
    bank = bank_new(false, false);
    port = service_port_open(bank->service);
    assert_non_null(port);
    admin = bank->keys[ROLE_ADMIN];
    auditor = bank->keys[ROLE_AUDITOR];
    return 0;
}

/* The projector folds behind this gate (the linker puts it before projector_fold), so that a test
 * can hold the views back for as long as it likes, whoever wakes the projector. */
static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
static bool gate_is_shut; /* by the test's thread */

long __real_projector_fold(struct projector *projector, size_t max);
long __wrap_projector_fold(struct projector *projector, size_t max);
long __wrap_projector_fold(struct projector *projector, size_t max)
{
    CHECK(pthread_mutex_lock(&gate) == 0);
    long count = __real_projector_fold(projector, max);
    CHECK(pthread_mutex_unlock(&gate) == 0);
    return count;
}

static void wait_until_folded(void)
{
    uint64_t all = engine_thread_committed(bank->engine);
    while (projector_seen(projector_thread_projector(bank->projector)) < all)
        (void)poll(NULL, 0, 1);
}

/* On return all that was committed is folded, and nothing more is until the views may go on. */
static void leave_the_views_behind(void)
{
    wait_until_folded();
    assert_int_equal(pthread_mutex_lock(&gate), 0);
    gate_is_shut = true;
}

static void let_the_views_catch_up(void)
{
    gate_is_shut = false;
    assert_int_equal(pthread_mutex_unlock(&gate), 0);
}

static int tear_down(void **state)
{
    (void)state;
    if (gate_is_shut)
        let_the_views_catch_up();
    service_port_close(&port);
    bank_free(bank);
    return 0;
}

static void deposit(long amount)
{
    char args[128];
    assert_int_equal(tell(port, admin, OP_DEPOSIT_MONEY, NULL,
                          JSON(args, "{'account':'%s','amount':%ld}", account, amount))[0],
                     '{');
}

static void a_query_sees_what_was_acknowledged_before_it(void **state)
{
    (void)state;
    struct service_port *other = service_port_open(bank->service);
    open_account(bank, port, 0, account);
    JSON(json, "{'account':'%s'}", account);
    for (int i = 1; i <= 200; i++) {
        char expected[64];
        deposit(1);
        snprintf(expected, sizeof expected, "%d", i);
        /* Asked through another door: what counts is the acknowledgement, not the way. */
        const char *text = tell(i % 2 == 0 ? port : other, auditor, OP_GET_BALANCE, NULL, json);
        assert_string_equal(value_of(text, "balance", number), expected);
        if (i % 20 == 0) {
            text = tell(other, auditor, OP_GET_TRANSACTION_HISTORY, NULL, json);
            assert_string_equal(value_of(text, "balance", number), expected);
        }
    }
    service_port_close(&other);
}

static void an_account_comes_with_its_version(void **state)
{
    (void)state;
    open_account(bank, port, 10, account);
    struct ask *ask =
        ask_submit(port, auditor, OP_GET_ACCOUNT, NULL, JSON(json, "{'account':'%s'}", account));
    ask_wait(port, ask);
    assert_int_equal(ask->call.etag, 2);
    assert_string_equal(value_of(ask->text, "version", number), "2");
    ask_free(ask);
    assert_string_equal(tell(port, auditor, OP_GET_ACCOUNT, NULL, "{'account':'2000000006'}"),
                        "account_not_found");
}

static void a_query_waits_for_the_views(void **state)
{
    (void)state;
    open_account(bank, port, 0, account);
    leave_the_views_behind();
    deposit(5);
    struct ask *query =
        ask_submit(port, auditor, OP_GET_BALANCE, NULL, JSON(json, "{'account':'%s'}", account));
    struct ask *search = ask_submit(port, auditor, OP_LIST_ACCOUNTS, NULL, "{}");
    service_flush(port);
    (void)door_take(port);
    assert_false(query->done || search->done);
    assert_true(service_timeout_ms(port) > 0);

    let_the_views_catch_up();

    ask_wait(port, query);
    ask_wait(port, search);
    assert_string_equal(value_of(query->text, "balance", number), "5");
    assert_string_equal(value_of(search->text, "balance", number), "5");
    ask_free(query);
    ask_free(search);
}

static void a_query_that_waits_too_long_is_unavailable(void **state)
{
    (void)state;
    open_account(bank, port, 0, account);
    leave_the_views_behind();
    deposit(5);
    struct ask *query =
        ask_submit(port, auditor, OP_GET_BALANCE, NULL, JSON(json, "{'account':'%s'}", account));
    assert_int_equal(door_take(port), 0);

    bank->clock.ahead += SERVICE_WAIT_MAX_MS * (TIME_SECOND / 1000);

    assert_int_equal(service_timeout_ms(port), 0);
    assert_int_equal(door_take(port), 1);
    assert_string_equal(query->text, "unavailable");
    assert_int_equal(query->call.problem.retry_after_s, SERVICE_RETRY_AFTER_S);
    assert_int_equal(service_timeout_ms(port), -1);
    ask_free(query);
    let_the_views_catch_up();
}

static void changes_come_at_once_when_there_are_some(void **state)
{
    (void)state;
    open_account(bank, port, 10, account);
    const char *text =
        tell(port, auditor, OP_GET_CHANGES, NULL, "{'after':0,'limit':1,'wait_ms':30000}");
    assert_string_equal(value_of(text, "type", number), "AccountCreated");
    assert_string_equal(value_of(text, "has_more", number), "true");
    text = tell(port, auditor, OP_GET_CHANGES, NULL, "{'after':1,'wait_ms':30000}");
    assert_string_equal(value_of(text, "type", number), "BalanceUpdated");
    /* And not at all when nobody wants to wait. */
    text = tell(port, auditor, OP_GET_CHANGES, NULL, "{'after':2}");
    assert_non_null(strstr(text, "\"data\":[]"));
    text = tell(port, auditor, OP_GET_CHANGES, NULL, "{'after':9007199254740991,'wait_ms':0}");
    assert_non_null(strstr(text, "\"data\":[]"));
}

static void waiting_feeds_wake_with_the_news(void **state)
{
    (void)state;
    struct ask *feeds[10];
    open_account(bank, port, 0, account);
    for (int i = 0; i < 10; i++)
        feeds[i] = ask_submit(port, auditor, OP_GET_CHANGES, NULL, "{'after':1,'wait_ms':30000}");
    struct ask *later =
        ask_submit(port, auditor, OP_GET_CHANGES, NULL, "{'after':3,'wait_ms':30000}");
    assert_int_equal(door_take(port), 0);

    /* The news comes by another door. */
    struct service_port *other = service_port_open(bank->service);
    JSON(json, "{'account':'%s','amount':3}", account);
    assert_int_equal(tell(other, admin, OP_DEPOSIT_MONEY, NULL, json)[0], '{');

    for (int i = 0; i < 10; i++) {
        ask_wait(port, feeds[i]);
        assert_string_equal(value_of(feeds[i]->text, "type", number), "MoneyDeposited");
        assert_non_null(strstr(feeds[i]->text, "BalanceUpdated"));
        ask_free(feeds[i]);
    }
    assert_false(later->done);
    assert_int_equal(tell(other, admin, OP_DEPOSIT_MONEY, NULL, json)[0], '{');
    ask_wait(port, later);
    assert_string_equal(value_of(later->text, "position", number), "4");
    ask_free(later);
    service_port_close(&other);
}

static void a_feed_without_news_comes_back_empty_when_the_wait_is_over(void **state)
{
    (void)state;
    open_account(bank, port, 0, account);
    struct ask *shorter =
        ask_submit(port, auditor, OP_GET_CHANGES, NULL, "{'after':7,'wait_ms':10000}");
    struct ask *longer =
        ask_submit(port, auditor, OP_GET_CHANGES, NULL, "{'after':7,'wait_ms':30000}");
    wait_until_folded();
    assert_int_equal(door_take(port), 0);
    int timeout = service_timeout_ms(port);
    assert_true(timeout > 0 && timeout <= 10000);

    bank->clock.ahead += 10 * TIME_SECOND;
    assert_int_equal(service_timeout_ms(port), 0);
    assert_int_equal(door_take(port), 1);

    assert_true(shorter->done && !longer->done);
    assert_non_null(strstr(shorter->text, "\"data\":[]"));
    timeout = service_timeout_ms(port);
    assert_true(timeout > 0 && timeout <= 20000);
    bank->clock.ahead += 20 * TIME_SECOND;
    assert_int_equal(door_take(port), 1);
    assert_int_equal(service_timeout_ms(port), -1);
    ask_free(shorter);
    ask_free(longer);
}

static void waiting_feeds_are_bounded(void **state)
{
    (void)state;
    enum { FEEDS = SERVICE_FEEDS_MAX + 3 };
    struct ask **feeds = calloc(FEEDS, sizeof(struct ask *));
    assert_non_null(feeds);
    for (int i = 0; i < FEEDS; i++)
        feeds[i] = ask_submit(port, auditor, OP_GET_CHANGES, NULL, "{'after':0,'wait_ms':30000}");
    assert_int_equal(door_take(port), 3);
    for (int i = SERVICE_FEEDS_MAX; i < FEEDS; i++)
        assert_string_equal(feeds[i]->text, "unavailable");

    open_account(bank, port, 0, account);
    for (int i = 0; i < SERVICE_FEEDS_MAX; i++) {
        ask_wait(port, feeds[i]);
        assert_non_null(strstr(feeds[i]->text, "AccountCreated"));
    }
    for (int i = 0; i < FEEDS; i++)
        ask_free(feeds[i]);
    free(feeds);
}

static void calls_in_flight_are_bounded(void **state)
{
    (void)state;
    enum { CALLS = SERVICE_CALLS_MAX + 2 };
    open_account(bank, port, 0, account);
    leave_the_views_behind();
    deposit(1);
    bank->clock.stopped = true; /* however long so many calls take, none has waited too long */
    JSON(json, "{'account':'%s'}", account);
    struct call *calls = calloc(CALLS, sizeof *calls);
    assert_non_null(calls);
    struct arena arena;
    arena_init(&arena, 0);
    uint64_t id;
    assert_true(account_parse(text_of(account), &id));
    struct account_query args = {.given = 1, .account = id};
    for (int i = 0; i < CALLS; i++) {
        calls[i] = (struct call){.arena = &arena,
                                 .message = message_of(OP_GET_ACCOUNT),
                                 .auth = text_of(admin),
                                 .args = &args};
        service_submit(port, &calls[i]);
    }
    for (int i = SERVICE_CALLS_MAX; i < CALLS; i++) {
        assert_ptr_equal(service_take(port), &calls[i]);
        assert_int_equal(calls[i].status, STATUS_unavailable);
    }
    assert_null(service_take(port));

    let_the_views_catch_up();
    for (int left = SERVICE_CALLS_MAX; left > 0;) {
        struct call *call = service_take(port);
        if (call == NULL) {
            struct pollfd wait = {.fd = service_fd(port), .events = POLLIN};
            assert_true(poll(&wait, 1, service_timeout_ms(port)) >= 0);
            continue;
        }
        assert_int_equal(call->status, STATUS_ok);
        left--;
    }
    arena_close(&arena);
    free(calls);
}

static void searches_beyond_the_pool_are_unavailable(void **state)
{
    (void)state;
    enum { SEARCHES = SERVICE_POOL_QUEUE_MAX + 500 };
    open_account(bank, port, 0, account);
    struct ask **asks = calloc(SEARCHES, sizeof(struct ask *));
    assert_non_null(asks);
    for (int i = 0; i < SEARCHES; i++)
        asks[i] = ask_submit(port, auditor, OP_LIST_ACCOUNTS, NULL, "{}");
    unsigned answered = 0;
    for (int i = 0; i < SEARCHES; i++) {
        ask_wait(port, asks[i]);
        answered += asks[i]->call.status == STATUS_ok;
        assert_true(asks[i]->call.status == STATUS_ok ||
                    asks[i]->call.status == STATUS_unavailable);
        ask_free(asks[i]);
    }
    assert_true(answered >= SERVICE_POOL_QUEUE_MAX);
    free(asks);
}

static void a_draining_port_gives_back_all_that_waits(void **state)
{
    (void)state;
    open_account(bank, port, 0, account);
    JSON(json, "{'account':'%s','amount':1}", account);
    struct ask *feed =
        ask_submit(port, auditor, OP_GET_CHANGES, NULL, "{'after':100,'wait_ms':30000}");
    struct ask *search = ask_submit(port, auditor, OP_LIST_ACCOUNTS, NULL, "{}");
    wait_until_folded();
    (void)door_take(port); /* the search is with the pool now */
    struct ask *command = ask_submit(port, admin, OP_DEPOSIT_MONEY, NULL, json);
    service_drain(port);

    ask_wait(port, feed);
    ask_wait(port, command);
    ask_wait(port, search);
    assert_string_equal(feed->text, "unavailable");
    assert_int_equal(command->text[0], '{');
    assert_int_equal(search->text[0], '{');
    assert_string_equal(tell(port, auditor, OP_GET_CHANGES, NULL, "{'after':100,'wait_ms':30000}"),
                        "unavailable");
    assert_int_equal(service_timeout_ms(port), -1);
    ask_free(feed);
    ask_free(search);
    ask_free(command);
}

static void the_time_of_a_reply_is_no_future_even_when_the_clock_steps_back(void **state)
{
    (void)state;
    open_account(bank, port, 10, account);
    bank->clock.ahead -= 3600 * TIME_SECOND;
    char at[64];
    strcpy(at, value_of(tell(port, admin, OP_DEPOSIT_MONEY, NULL,
                             JSON(json, "{'account':'%s','amount':1}", account)),
                        "at", number));
    const char *text = tell(port, auditor, OP_GET_BALANCE, NULL,
                            JSON(json, "{'account':'%s','at':'%s'}", account, at));
    assert_string_equal(value_of(text, "balance", number), "11");
}

static void a_statement_is_final_only_when_its_month_is_over_for_good(void **state)
{
    (void)state;
    char month[MONTH_TEXT_MAX];
    open_account(bank, port, 10, account);
    int32_t this_month = month_of(bank->clock.clock.wall(&bank->clock.clock));
    JSON(json, "{'account':'%s','month':'%s'}", account, month_print(this_month, month));
    assert_string_equal(
        value_of(tell(port, auditor, OP_GET_STATEMENT, NULL, json), "final", number), "false");
    bank->clock.ahead += 40 * TIME_DAY;
    deposit(1);
    const char *text = tell(port, auditor, OP_GET_STATEMENT, NULL, json);
    assert_string_equal(value_of(text, "final", number), "true");
    assert_string_equal(value_of(text, "closing_balance", number), "10");
}

/* ---- everything at once */

#define WORK_ROUNDS 60

struct worker {
    pthread_t thread;
    char from[64], to[64];
    bool sound;
};

static bool is_reply(const char *text)
{
    return text[0] == '{' || strncmp(text, "replayed {", 10) == 0 ||
           strcmp(text, "insufficient_funds") == 0;
}

static void *work(void *context)
{
    struct worker *worker = context;
    struct service_port *mine = service_port_open(bank->service);
    worker->sound = mine != NULL;
    for (int i = 0; worker->sound && i < WORK_ROUNDS; i++) {
        char args[256], query[128];
        JSON(args, "{'from':'%s','to':'%s','amount':%d}", worker->from, worker->to, i % 7 + 1);
        JSON(query, "{'account':'%s'}", worker->to);
        struct ask *asks[] = {
            ask_submit(mine, admin, OP_GET_CHANGES, NULL, "{'after':1000000,'wait_ms':1}"),
            ask_submit(mine, admin, OP_TRANSFER_MONEY, NULL, args),
            ask_submit(mine, admin, OP_TRANSFER_MONEY, "same",
                       "{'from':'2000000006',"
                       "'to':'1000000008','amount':1}"),
            ask_submit(mine, admin, OP_GET_BALANCE, NULL, query),
            ask_submit(mine, admin, OP_GET_TRANSACTION_HISTORY, NULL, query),
            ask_submit(mine, admin, OP_LIST_ACCOUNTS, NULL, "{'search':'zoe'}"),
        };
        for (size_t a = 0; a < sizeof asks / sizeof *asks; a++) {
            ask_wait(mine, asks[a]);
            bool stored = strstr(asks[a]->text, "account_not_found") != NULL;
            worker->sound = worker->sound && (is_reply(asks[a]->text) || (a == 2 && stored));
            ask_free(asks[a]);
        }
    }
    service_port_close(&mine);
    return NULL;
}

static void many_doors_keep_the_sum(void **state)
{
    (void)state;
    struct worker workers[3] = {0};
    char accounts[3][64];
    for (int i = 0; i < 3; i++)
        open_account(bank, port, 100, accounts[i]);
    for (int i = 0; i < 3; i++) {
        strcpy(workers[i].from, accounts[i]);
        strcpy(workers[i].to, accounts[(i + 1) % 3]);
        assert_int_equal(pthread_create(&workers[i].thread, NULL, work, &workers[i]), 0);
    }
    long sum = 0;
    for (int i = 0; i < 3; i++) {
        assert_int_equal(pthread_join(workers[i].thread, NULL), 0);
        assert_true(workers[i].sound);
    }
    for (int i = 0; i < 3; i++) {
        const char *text =
            tell(port, auditor, OP_GET_BALANCE, NULL, JSON(json, "{'account':'%s'}", accounts[i]));
        sum += strtol(value_of(text, "balance", number), NULL, 10);
    }
    assert_int_equal(sum, 300);
}

static void the_service_is_ready_when_the_views_have_caught_up(void **state)
{
    (void)state;
    open_account(bank, port, 10, account);
    service_port_close(&port);
    bank_close(bank);
    bank_open(bank, false, false);
    while (!service_ready(bank->service))
        (void)poll(NULL, 0, 1);
    port = service_port_open(bank->service);
    const char *text =
        tell(port, auditor, OP_GET_BALANCE, NULL, JSON(json, "{'account':'%s'}", account));
    assert_string_equal(value_of(text, "balance", number), "10");
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(a_query_sees_what_was_acknowledged_before_it),
        CASE(an_account_comes_with_its_version),
        CASE(a_query_waits_for_the_views),
        CASE(a_query_that_waits_too_long_is_unavailable),
        CASE(changes_come_at_once_when_there_are_some),
        CASE(waiting_feeds_wake_with_the_news),
        CASE(a_feed_without_news_comes_back_empty_when_the_wait_is_over),
        CASE(waiting_feeds_are_bounded),
        CASE(calls_in_flight_are_bounded),
        CASE(searches_beyond_the_pool_are_unavailable),
        CASE(a_draining_port_gives_back_all_that_waits),
        CASE(the_time_of_a_reply_is_no_future_even_when_the_clock_steps_back),
        CASE(a_statement_is_final_only_when_its_month_is_over_for_good),
        CASE(many_doors_keep_the_sum),
        CASE(the_service_is_ready_when_the_views_have_caught_up),
    };
    alarm(240); /* a call that never comes back ends the test */
    return cmocka_run_group_tests(tests, NULL, NULL);
}
