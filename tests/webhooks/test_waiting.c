/* Who waits for whom: a delivery that waits holds back its account at its endpoint. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "webhooks/outbox_sql.h"
#include "webhooks/receivers.h"

static void fails_for_the_first_account(struct post *post, struct post_sent *sent)
{
    if (post->step == 0 && strstr(sent->body, "\"account\":\"1000000016\"") != NULL)
        sent->answer.status = 503;
}

static void a_waiting_delivery_holds_back_its_account_and_nothing_else(void **state)
{
    (void)state;
    struct post *post = post_new(false);
    (void)post_create(post, "https://a.example/", BALANCE | 1u << EVENT_MONEY_TRANSFERRED);
    post->receiver = fails_for_the_first_account;
    post_deposit(post, 0, 1);     /* waits */
    post_deposit(post, 1, 2);     /* goes */
    post_transfer(post, 0, 1, 4); /* names account 0: waits, and with it account 1 */
    post_deposit(post, 1, 8);
    post_deposit(post, 2, 16); /* goes */
    post_run(post, SECOND);
    assert_int_equal(post->count, 3);
    assert_int_equal(number_of(&post->sent[2], "\"change\":"), 16);
    post->step = 1;
    post_run(post, HOUR);
    assert_int_equal(post->count, 3 + 5);
    assert_int_equal(number_of(&post->sent[3], "\"change\":"), 1);
    assert_non_null(strstr(post->sent[4].body, "MoneyTransferred"));
    assert_int_equal(number_of(&post->sent[7], "\"change\":"), 8);
    post_free(post);
}

static void endpoints_that_hang_hold_up_only_themselves(void **state)
{
    (void)state;
    struct post *post = post_new(false);
    post->receiver = hangs_on_dead;
    for (int i = 0; i < 300; i++) {
        char url[64];
        snprintf(url, sizeof url, "https://dead%d.example/", i);
        (void)post_create(post, url, BALANCE);
    }
    (void)post_create(post, "https://good.example/", BALANCE);
    post_deposit(post, 0, 1);
    post_run(post, 40 * SECOND); /* long enough for the good one to prove itself */
    for (int i = 1; i <= 50; i++) {
        post_deposit(post, (unsigned)i % POST_ACCOUNTS, i);
        post_turn(post);
        const struct post_sent *last = NULL;
        for (size_t k = 0; k < post->count; k++) {
            if (strstr(post->sent[k].url, "good") != NULL)
                last = &post->sent[k];
        }
        assert_non_null(last);
        assert_int_equal(last->at, post->now);
        assert_int_equal(number_of(last, "\"change\":"), i);
        post->now += SECOND;
    }
    size_t open = 0;
    for (size_t k = 0; k < post->count; k++)
        open += post->sent[k].open;
    assert_true(open <= COURIER_UNPROVEN_FLIGHTS_MAX);
    post_free(post);
}

static void what_waits_for_its_account_takes_no_place_of_others(void **state)
{
    (void)state;
    struct post *post = post_new(true);
    struct text hook = post_create(post, "https://dead.example/", BALANCE)->id;
    post->receiver = hangs_on_dead;
    for (int i = 0; i < 2000; i++)
        post_deposit(post, (unsigned)i % POST_ACCOUNTS, 1);
    post_run(post, MINUTE);
    const struct webhook_result *full = post_get(post, hook);
    assert_int_equal(full->waiting, POST_ACCOUNTS + BACKLOG_HELD_MAX);
    assert_true(full->position < post->position);
    assert_int_equal(post->courier->endpoints[0]->backlog.count, full->waiting);
    post->receiver = NULL;
    post_kill(post);
    assert_int_equal(post_open(post), COURIER_OPEN_OK);
    post_run(post, 24 * HOUR);
    full = post_get(post, hook);
    assert_int_equal(full->waiting, 0);
    assert_int_equal(full->position, post->position);
    /* In order for every account, nothing left out. */
    long long seen[POST_ACCOUNTS] = {0};
    for (size_t k = 0; k < post->count; k++) {
        if (!post->sent[k].ended || post->sent[k].answer.status != 200)
            continue;
        char account[11];
        memcpy(account, strstr(post->sent[k].body, "\"account\":\"") + 11, 10);
        account[10] = '\0';
        unsigned which = (unsigned)(strtoll(account, NULL, 10) / 10 - ACCOUNT_SEQUENCE_FIRST);
        long long balance = number_of(&post->sent[k], "\"balance\":");
        assert_int_equal(balance, 1000000 + ++seen[which]);
    }
    for (unsigned i = 0; i < POST_ACCOUNTS; i++)
        assert_int_equal(seen[i], 250);
    post_free(post);
}

static unsigned account_of(const struct post_sent *sent)
{
    long long number = strtoll(strstr(sent->body, "\"account\":\"") + 11, NULL, 10);
    return (unsigned)(number / 10 - ACCOUNT_SEQUENCE_FIRST);
}

/* Good answers for an account from a request on; versions only grow. */
static size_t good_ones(const struct post *post, unsigned account, size_t from)
{
    size_t count = 0;
    long long version = 0;
    for (size_t k = from; k < post->count; k++) {
        const struct post_sent *sent = &post->sent[k];
        if (!sent->ended || sent->answer.status != 200 || account_of(sent) != account)
            continue;
        long long next = number_of(sent, "\"version\":");
        assert_true(next > version);
        version = next;
        count++;
    }
    return count;
}

static void a_busy_account_that_fails_stops_nobody_else(void **state)
{
    (void)state;
    struct post *post = post_new(true);
    struct text hook = post_create(post, "https://a.example/", BALANCE)->id;
    post->receiver = fails_for_the_first_account;
    for (int i = 1; i <= 40; i++) {
        for (int k = 0; k < 50; k++)
            post_deposit(post, 0, 1);
        post_deposit(post, 1, 1);
        post_run(post, SECOND);
        assert_int_equal(good_ones(post, 1, 0), i);
        if (i == 20) {
            courier_close(&post->courier);
            assert_int_equal(post_open(post), COURIER_OPEN_OK);
        } else if (i == 30) {
            post_kill(post);
            assert_int_equal(post_open(post), COURIER_OPEN_OK);
        }
    }
    const struct webhook_result *now = post_get(post, hook);
    assert_int_equal(now->waiting, 2000);
    assert_int_equal(now->position, post->position);
    post->step = 1; /* it is well again */
    post_run(post, 48 * HOUR);
    assert_int_equal(good_ones(post, 0, 0), 2000);
    assert_int_equal(good_ones(post, 1, 0), 40);
    assert_int_equal(post_get(post, hook)->waiting, 0);
    post_free(post);
}

static void transfers_that_wait_come_in_order_for_both_accounts(void **state)
{
    (void)state;
    struct post *post = post_new(true);
    struct text hook = post_create(post, "https://a.example/", 1u << EVENT_MONEY_TRANSFERRED)->id;
    post->receiver = fails_with_500;
    uint64_t seed = 1;
    for (int i = 0; i < 1500; i++) {
        seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407u;
        unsigned from = seed >> 60 & 7, to = (from + 1 + (seed >> 40) % 7) % 8;
        post_transfer(post, from, to, 1);
        if (i % 100 == 99)
            post_run(post, SECOND);
        if (i == 700) {
            post_kill(post);
            assert_int_equal(post_open(post), COURIER_OPEN_OK);
        }
    }
    assert_in_range(post_get(post, hook)->waiting, BACKLOG_HELD_MAX, 1500);
    post->receiver = NULL;
    post_run(post, 48 * HOUR);
    assert_int_equal(post_get(post, hook)->waiting, 0);
    long long last[POST_ACCOUNTS] = {0};
    size_t good = 0;
    for (size_t k = 0; k < post->count; k++) {
        const struct post_sent *sent = &post->sent[k];
        if (!sent->ended || sent->answer.status != 200)
            continue;
        long long position = number_of(sent, "\"position\":");
        const char *ends[2] = {strstr(sent->body, "\"from\":\""), strstr(sent->body, "\"to\":\"")};
        for (unsigned e = 0; e < 2; e++) {
            assert_non_null(ends[e]);
            long long number = strtoll(strchr(ends[e], ':') + 2, NULL, 10);
            unsigned which = (unsigned)(number / 10 - ACCOUNT_SEQUENCE_FIRST);
            assert_true(position > last[which]);
            last[which] = position;
        }
        good++;
    }
    assert_int_equal(good, 1500);
    post_free(post);
}

static void many_dead_ones_of_one_account_are_retried_in_order(void **state)
{
    (void)state;
    struct post *post = post_new(true);
    assert_true(schedule_parse(TEXT("0s"), &post->schedule));
    courier_close(&post->courier);
    assert_int_equal(post_open(post), COURIER_OPEN_OK);
    struct text hook = post_create(post, "https://a.example/", BALANCE)->id;
    post->receiver = fails_with_500;
    for (int i = 0; i < 1300; i++)
        post_deposit(post, i % 4 == 0, 1);
    post_run(post, HOUR);
    assert_int_equal(post_get(post, hook)->dead, 1300);
    size_t before = post->count;
    post->receiver = NULL;
    struct retry_delivery retry = {.given = 3, .id = hook, .delivery = TEXT("dead")};
    const struct retried_result *retried = post_ask(post, OP_RETRY_DELIVERY, &retry);
    assert_int_equal(retried->retried, 1300);
    post_deposit(post, 0, 1); /* behind all of them */
    post_deposit(post, 2, 1); /* behind none */
    post_run(post, 10 * SECOND);
    assert_int_equal(good_ones(post, 0, before), 976);
    assert_int_equal(good_ones(post, 1, before), 325);
    assert_int_equal(good_ones(post, 2, before), 1);
    assert_int_equal(post_get(post, hook)->dead, 0);
    assert_int_equal(post_get(post, hook)->waiting, 0);
    post_free(post);
}

static void a_healthy_account_gets_every_second_turn_of_a_paced_endpoint(void **state)
{
    (void)state;
    static const char *const schedules[] = {"0s", "0s,1s,1s,1s,1s,1s,1s,1s,1s,1s,1s,1s"};
    for (unsigned i = 0; i < 2; i++) {
        struct post *post = post_new(false);
        courier_close(&post->courier);
        assert_true(schedule_parse(text_of(schedules[i]), &post->schedule));
        assert_int_equal(post_open(post), COURIER_OPEN_OK);
        (void)post_create(post, "https://a.example/", BALANCE);
        post->receiver = fails_for_the_first_account;
        for (int k = 0; k < 300; k++)
            post_deposit(post, 0, 1);
        post_run(post, 90 * SECOND);
        assert_in_range(post->courier->endpoints[0]->failures, COURIER_FAILURES_PACED, 299);
        post_deposit(post, 1, 1);
        post_run(post, 5 * SECOND / 2);
        assert_int_equal(good_ones(post, 1, 0), 1);
        post_free(post);
    }
}

static void an_endpoint_that_reads_the_past_holds_up_nobody_else(void **state)
{
    (void)state;
    struct post *post = post_new(false);
    struct create_webhook args = {.given = 7,
                                  .url = TEXT("https://narrow.example/"),
                                  .types = BALANCE,
                                  .accounts = {&post->accounts[7].number, 1}};
    const struct webhook_result *narrow = post_ask(post, OP_CREATE_WEBHOOK, &args);
    assert_non_null(narrow);
    for (int i = 0; i < 20000; i++)
        post_deposit(post, 0, 1);
    args.url = TEXT("https://live.example/");
    args.accounts.items = &post->accounts[1].number;
    assert_non_null(post_ask(post, OP_CREATE_WEBHOOK, &args));
    post_run(post, SECOND);
    struct replay_webhook replay = {.given = 3, .id = narrow->id, .after = 0};
    assert_non_null(post_ask(post, OP_REPLAY_WEBHOOK, &replay));
    for (size_t i = 0; i < 10; i++) {
        post_deposit(post, 1, 1);
        courier_news(post->courier);
        assert_true(courier_step(post->courier)); /* there is more of the past */
        size_t live = 0;
        for (size_t k = 0; k < post->count; k++)
            live += strstr(post->sent[k].url, "live") != NULL;
        assert_int_equal(live, i + 1);
    }
    post_run(post, SECOND);
    assert_int_equal(post->count, 10 + 1); /* the narrow one has its one event of the past */
    post_free(post);
}

/* ---- what is delivered is not sent again */

static void never_answers_the_first_account(struct post *post, struct post_sent *sent)
{
    if (post->step == 0 && strstr(sent->body, "\"account\":\"1000000016\"") != NULL)
        sent->due = INT64_MAX;
}

static void a_slow_request_makes_nothing_else_come_again_after_a_stop(void **state)
{
    (void)state;
    for (int how = 0; how < 2; how++) {
        struct post *post = post_new(true);
        (void)post_create(post, "https://a.example/", BALANCE);
        for (unsigned i = 0; i < POST_ACCOUNTS; i++)
            post_deposit(post, i, 1);
        post_run(post, SECOND);
        post->receiver = never_answers_the_first_account;
        post_deposit(post, 0, 1);
        for (unsigned i = 0; i < 2800; i++) {
            post_deposit(post, 1 + i % 7, 1);
            if (i % 100 == 99)
                post_run(post, SECOND);
        }
        size_t before = post->count;
        assert_int_equal(before, POST_ACCOUNTS + 1 + 2800);
        post->step = 1;
        if (how == 0)
            courier_close(&post->courier);
        else
            post_kill(post);
        assert_int_equal(post_open(post), COURIER_OPEN_OK);
        post_run(post, SECOND);
        assert_int_equal(post->count, before + 1); /* the slow one */
        assert_int_equal(account_of(&post->sent[before]), 0);
        post_free(post);
    }
}

static void takes_a_moment(struct post *post, struct post_sent *sent)
{
    sent->due = post->now + SECOND / 2;
}

static void answers_under_way_at_a_stop_are_taken_in_and_nothing_new_is_sent(void **state)
{
    (void)state;
    struct post *post = post_new(true);
    (void)post_create(post, "https://a.example/", BALANCE);
    post_deposit(post, 0, 1);
    post_run(post, SECOND);
    post->receiver = takes_a_moment;
    post_deposit(post, 1, 1);
    post_turn(post);
    assert_int_equal(post->count, 2);
    assert_true(courier_is_flying(post->courier));
    courier_ground(post->courier);
    post_deposit(post, 2, 1);
    courier_news(post->courier);
    (void)courier_step(post->courier);
    assert_true(courier_is_flying(post->courier));
    post->now += SECOND;
    (void)courier_step(post->courier);
    assert_false(courier_is_flying(post->courier));
    assert_int_equal(post->count, 2);
    courier_close(&post->courier);
    assert_int_equal(post_open(post), COURIER_OPEN_OK);
    post_run(post, HOUR);
    assert_int_equal(post->count, 3);
    assert_int_equal(account_of(&post->sent[2]), 2);
    post_free(post);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_waiting_delivery_holds_back_its_account_and_nothing_else),
        cmocka_unit_test(endpoints_that_hang_hold_up_only_themselves),
        cmocka_unit_test(what_waits_for_its_account_takes_no_place_of_others),
        cmocka_unit_test(a_busy_account_that_fails_stops_nobody_else),
        cmocka_unit_test(transfers_that_wait_come_in_order_for_both_accounts),
        cmocka_unit_test(many_dead_ones_of_one_account_are_retried_in_order),
        cmocka_unit_test(a_healthy_account_gets_every_second_turn_of_a_paced_endpoint),
        cmocka_unit_test(an_endpoint_that_reads_the_past_holds_up_nobody_else),
        cmocka_unit_test(a_slow_request_makes_nothing_else_come_again_after_a_stop),
        cmocka_unit_test(answers_under_way_at_a_stop_are_taken_in_and_nothing_new_is_sent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
