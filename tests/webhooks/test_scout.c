/* Endpoints that take nothing: what is found for them ahead of their cursor, and what they cost. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "webhooks/receivers.h"

static unsigned account_at(const char *body, const char *name)
{
    const char *at = strstr(body, name);
    assert_non_null(at);
    return (unsigned)(strtoll(at + strlen(name), NULL, 10) / 10 - ACCOUNT_SEQUENCE_FIRST);
}

static bool is_transfer(const struct post_sent *sent)
{
    static const char start[] = "{\"type\":\"MoneyTransferred\"";
    return strncmp(sent->body, start, sizeof start - 1) == 0;
}

/* Fails for every account whose bit is set in post->step. */
static void fails_for_some(struct post *post, struct post_sent *sent)
{
    unsigned bits = is_transfer(sent) ? 1u << account_at(sent->body, "\"from\":\"") |
                                            1u << account_at(sent->body, "\"to\":\"")
                                      : 1u << account_at(sent->body, "\"account\":\"");
    if ((post->step & bits) != 0)
        sent->answer.status = 503;
}

static bool is_good(const struct post_sent *sent)
{
    return sent->ended && sent->answer.status == 200;
}

static size_t good_ones(const struct post *post, unsigned account)
{
    size_t count = 0;
    for (size_t k = 0; k < post->count; k++)
        count +=
            is_good(&post->sent[k]) && account_at(post->sent[k].body, "\"account\":\"") == account;
    return count;
}

static void an_endpoint_that_takes_nothing_gets_no_rows_for_what_is_held(void **state)
{
    (void)state;
    struct post *post = post_new(false);
    struct text hook = post_create(post, "https://dead.example/", BALANCE)->id;
    post->receiver = fails_with_500;
    for (int i = 0; i < 5000; i++)
        post_deposit(post, (unsigned)i % 4, 1);
    post_run(post, HOUR);
    assert_in_range(post_get(post, hook)->waiting, 4, 4 + BACKLOG_HELD_MAX);
    struct outbox_counts counts;
    assert_true(outbox_counts(post->courier->outbox, 1, &counts));
    assert_in_range(counts.waiting, 4, 4 + BACKLOG_HELD_MAX);
    assert_true(post_get(post, hook)->position < post->position / 10);
    /* Nothing is forgotten. */
    post->receiver = NULL;
    post_run(post, 48 * HOUR);
    for (unsigned i = 0; i < 4; i++)
        assert_int_equal(good_ones(post, i), 1250);
    assert_int_equal(post_get(post, hook)->position, post->position);
    assert_int_equal(post_get(post, hook)->waiting, 0);
    post_free(post);
}

static void behind_thousands_of_a_failing_account_another_one_is_found(void **state)
{
    (void)state;
    for (int killed = 0; killed < 2; killed++) {
        struct post *post = post_new(true);
        (void)post_create(post, "https://a.example/", BALANCE);
        post->receiver = fails_for_some;
        post->step = 1u << 0;
        for (int i = 0; i < 3000; i++)
            post_deposit(post, 0, 1);
        post_run(post, MINUTE); /* nothing has succeeded yet */
        assert_int_equal(good_ones(post, 1), 0);
        post_deposit(post, 1, 1);
        post_deposit(post, 1, 2);
        post_run(post, 10 * SECOND);
        assert_int_equal(good_ones(post, 1), 2);
        if (killed) {
            post_kill(post);
            assert_int_equal(post_open(post), COURIER_OPEN_OK);
            post_run(post, MINUTE);
            assert_int_equal(good_ones(post, 1), 2); /* and not again */
        }
        post->step = 0;
        post_run(post, 48 * HOUR);
        assert_int_equal(good_ones(post, 0), 3000);
        assert_int_equal(good_ones(post, 1), 2);
        post_free(post);
    }
}

static void a_stopped_and_started_endpoint_loses_nothing_it_was_ahead_of(void **state)
{
    (void)state;
    struct post *post = post_new(false);
    struct text hook = post_create(post, "https://a.example/", BALANCE)->id;
    post->receiver = fails_for_some;
    post->step = 3; /* accounts 0 and 1 */
    for (int i = 0; i < 400; i++)
        post_deposit(post, 0, 1);
    post_deposit(post, 1, 1); /* the scout takes it, and it fails too */
    post_run(post, MINUTE);
    assert_true(post->courier->endpoints[0]->rows_to >= post->position);
    struct update_webhook off = {.given = 1 | 1u << UPDATE_WEBHOOK_ENABLED, .id = hook};
    assert_non_null(post_ask(post, OP_UPDATE_WEBHOOK, &off));
    off.enabled = true;
    assert_non_null(post_ask(post, OP_UPDATE_WEBHOOK, &off));
    post->step = 0;
    post_run(post, 48 * HOUR);
    assert_int_equal(good_ones(post, 0), 400);
    assert_int_equal(good_ones(post, 1), 1);
    post_free(post);
}

static void hangs_for_the_second(struct post *post, struct post_sent *sent)
{
    fails_for_some(post, sent);
    if (post->step != 0 && account_at(sent->body, "\"account\":\"") == 1)
        sent->due = INT64_MAX;
}

static void the_cursor_stays_behind_what_nobody_has_looked_at_but_the_scout(void **state)
{
    (void)state;
    struct post *post = post_new(true);
    (void)post_create(post, "https://a.example/", BALANCE);
    post->receiver = hangs_for_the_second;
    post->step = 1u << 0;
    for (int i = 0; i < 400; i++)
        post_deposit(post, 0, 1);
    post_deposit(post, 1, 1); /* found by the scout, and never answered */
    post_run(post, 3 * SECOND);
    struct endpoint *endpoint = post->courier->endpoints[0];
    assert_int_equal(endpoint->flying, 1);
    courier_touch(post->courier, endpoint);
    post_run(post, SECOND);
    assert_false(endpoint->dirty);
    post_kill(post);
    assert_int_equal(post_open(post), COURIER_OPEN_OK);
    post->step = 0;
    post_run(post, 48 * HOUR);
    assert_int_equal(good_ones(post, 0), 400);
    assert_int_equal(good_ones(post, 1), 1);
    post_free(post);
}

/* Account 0 answers well and account 1 badly, both after ten seconds; 2 and 3 fail at once. */
static void answers_two_at_the_same_time(struct post *post, struct post_sent *sent)
{
    unsigned account = account_at(sent->body, "\"account\":\"");
    if (post->step == 1 && account < 2)
        sent->due = post->now + 10 * SECOND;
    if (post->step == 1 && account >= 1)
        sent->answer.status = 503;
}

static void what_the_scout_passed_by_is_not_overtaken_when_its_way_is_free(void **state)
{
    (void)state;
    struct post *post = post_new(false);
    (void)post_create(post, "https://a.example/", BALANCE);
    post->receiver = answers_two_at_the_same_time;
    for (unsigned i = 0; i < POST_ACCOUNTS; i++)
        post_deposit(post, i, 1);
    post_run(post, SECOND); /* eight may be under way now */
    post->step = 1;
    post_deposit(post, 0, 1);
    post_deposit(post, 1, 1);
    post_deposit(post, 2, 1);
    post_run(post, SECOND);
    assert_int_equal(post->courier->endpoints[0]->flying, 2);
    assert_int_equal(post->courier->endpoints[0]->allowance, 1);
    for (int i = 0; i < 200; i++)
        post_deposit(post, 3, 1);
    post_deposit(post, 0, 2); /* passed by: its account has one under way */
    post_run(post, 5 * SECOND);
    post_run_until(post, post->now + 4 * SECOND);
    assert_int_equal(good_ones(post, 0), 2);
    assert_int_equal(post->courier->endpoints[0]->allowance, 1);
    assert_true(post->courier->endpoints[0]->stalled);
    post_deposit(post, 0, 3); /* nothing of its account is in hand any more */
    post_run(post, 9 * SECOND);
    post->step = 0;
    post_run(post, 48 * HOUR);
    long long change = 0;
    for (size_t k = 0; k < post->count; k++) {
        const struct post_sent *sent = &post->sent[k];
        if (!is_good(sent) || account_at(sent->body, "\"account\":\"") != 0)
            continue;
        assert_true(number_of(sent, "\"change\":") >= change);
        change = number_of(sent, "\"change\":");
    }
    assert_int_equal(change, 3);
    assert_int_equal(good_ones(post, 3), 1 + 200);
    post_free(post);
}

/* ---- anything at all */

struct dice {
    uint64_t state;
};

static unsigned roll(struct dice *dice, unsigned sides)
{
    dice->state = dice->state * UINT64_C(6364136223846793005) + 1442695040888963407u;
    return (unsigned)(dice->state >> 33) % sides;
}

/* Answers come after a while, so that many are under way when something happens. */
static void fails_for_some_slowly(struct post *post, struct post_sent *sent)
{
    fails_for_some(post, sent);
    sent->due = post->now + (int64_t)(hash_mix64(post->count) % 4) * SECOND / 3;
}

static void live_through_something(struct post *post, struct dice *dice)
{
    unsigned busy = roll(dice, POST_ACCOUNTS);
    for (unsigned i = roll(dice, 120); i > 0; i--) {
        unsigned account = roll(dice, 3) == 0 ? roll(dice, POST_ACCOUNTS) : busy;
        if (roll(dice, 6) == 0)
            post_transfer(post, account, (account + 1 + roll(dice, 7)) % POST_ACCOUNTS, 1);
        else
            post_deposit(post, account, 1);
    }
    if (roll(dice, 3) == 0)
        post->step = roll(dice, 2) == 0 ? (1u << POST_ACCOUNTS) - 1 : roll(dice, 256);
    post_run(post, roll(dice, 80) * SECOND / 10);
    switch (roll(dice, 12)) {
    case 0:
        post_kill(post);
        assert_int_equal(post_open(post), COURIER_OPEN_OK);
        break;
    case 1:
        courier_close(&post->courier);
        assert_int_equal(post_open(post), COURIER_OPEN_OK);
        break;
    default:
        break;
    }
}

/* The first good answers: none missing, and in order for every account. A repeat is known by its
 * id. */
static size_t check_order(const struct post *post)
{
    char(*ids)[PAYLOAD_ID_MAX] = calloc(post->count, sizeof *ids);
    long long last[POST_ACCOUNTS] = {0};
    size_t good = 0;
    assert_non_null(ids);
    for (size_t k = 0; k < post->count; k++) {
        const struct post_sent *sent = &post->sent[k];
        bool repeat = false;
        for (size_t i = 0; is_good(sent) && i < good && !repeat; i++)
            repeat = strcmp(ids[i], sent->id) == 0;
        if (!is_good(sent) || repeat)
            continue;
        strcpy(ids[good++], sent->id);
        bool transfer = is_transfer(sent);
        long long position = number_of(sent, "\"position\":");
        unsigned ends[2];
        ends[0] = account_at(sent->body, transfer ? "\"from\":\"" : "\"account\":\"");
        ends[1] = transfer ? account_at(sent->body, "\"to\":\"") : ends[0];
        for (unsigned e = 0; e < 2; e++)
            assert_true(position > last[ends[e]] || (e == 1 && ends[0] == ends[1]));
        last[ends[0]] = last[ends[1]] = position;
    }
    free(ids);
    return good;
}

static size_t count_wanted(const struct post *post, uint32_t types)
{
    struct journal_reader *reader = journal_reader_open(post->journal);
    struct record record;
    size_t count = 0;
    for (uint64_t n = POST_ACCOUNTS + 1; /* the endpoint is younger than its accounts */
         journal_read_record(reader, n, &record) == JOURNAL_READ_OK; n++) {
        struct event events[EVENTS_PER_RECORD_MAX];
        unsigned all = record_events(&record, events);
        for (unsigned k = 0; k < all; k++)
            count += types >> events[k].type & 1;
    }
    journal_reader_close(&reader);
    return count;
}

static void whatever_fails_and_dies_all_comes_in_order_for_every_account(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 12; seed++) {
        struct dice dice = {seed * UINT64_C(0x9e3779b97f4a7c15)};
        struct post *post = post_new(true);
        courier_close(&post->courier);
        assert_true(schedule_parse(TEXT("0s,1s,2s,4s,1h,1h,1h,1h,1h,1h,1h,1h"), &post->schedule));
        assert_int_equal(post_open(post), COURIER_OPEN_OK);
        uint32_t types = BALANCE | (seed % 2 == 0 ? 1u << EVENT_MONEY_TRANSFERRED : 0);
        struct text hook = post_create(post, "https://a.example/", types)->id;
        post->receiver = fails_for_some_slowly;
        for (int i = 0; i < 30; i++)
            live_through_something(post, &dice);
        post->step = 0;
        post_run(post, 48 * HOUR);
        assert_int_equal(check_order(post), count_wanted(post, types));
        assert_int_equal(post_get(post, hook)->waiting, 0);
        assert_int_equal(post_get(post, hook)->position, post->position);
        post_free(post);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_endpoint_that_takes_nothing_gets_no_rows_for_what_is_held),
        cmocka_unit_test(behind_thousands_of_a_failing_account_another_one_is_found),
        cmocka_unit_test(a_stopped_and_started_endpoint_loses_nothing_it_was_ahead_of),
        cmocka_unit_test(the_cursor_stays_behind_what_nobody_has_looked_at_but_the_scout),
        cmocka_unit_test(what_the_scout_passed_by_is_not_overtaken_when_its_way_is_free),
        cmocka_unit_test(whatever_fails_and_dies_all_comes_in_order_for_every_account),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
