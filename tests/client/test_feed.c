#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "client/feed.h"
#include "fake_line.h"

/* A client that is up, over lines that the test answers. */
struct fixture {
    struct fake_maker maker;
    struct client *client;
    struct feed feed;
    int64_t now_ms;
};

static void start(struct fixture *fixture)
{
    struct client_reply reply;
    struct list_result empty = {0};
    *fixture = (struct fixture){.maker.maker.open = fake_open, .now_ms = 1000};
    fixture->client = client_new(&fixture->maker.maker, "ipc://x", fixture->now_ms);
    client_turn(fixture->client, fixture->now_ms);
    fake_put_result(fixture->maker.lines[0], 1, &change_list_shape, &empty);
    assert_false(client_next(fixture->client, fixture->now_ms, &reply));
    assert_int_equal(client_state(fixture->client), CLIENT_UP);
    feed_restart(&fixture->feed);
}

static void finish(struct fixture *fixture)
{
    client_free(&fixture->client);
    fake_free(&fixture->maker);
}

/* Answers the feed's last request as a journal with `head` events would. */
static enum feed_news answer(struct fixture *fixture, uint64_t head)
{
    struct arena arena;
    struct client_reply reply;
    struct event events[FEED_PAGE];
    struct list_result page = {.data = {.items = events}};
    struct fake_line *line = fixture->maker.lines[1];
    arena_init(&arena, 0);
    struct wire_request request = fake_request(line, line->sent_count - 1, &arena);
    const struct changes_query *query = request.args;
    for (uint64_t at = query->after; at < head && page.data.count < query->limit; at++) {
        events[page.data.count++] = (struct event){.type = EVENT_BALANCE_UPDATED,
                                                   .position = at + 1,
                                                   .at = 1,
                                                   .actor = TEXT("a"),
                                                   .account = 1000000420,
                                                   .currency = 978};
    }
    fake_put_result(line, request.id.number, &change_list_shape, &page);
    arena_close(&arena);
    assert_true(client_next(fixture->client, fixture->now_ms, &reply));
    return feed_reply(&fixture->feed, &reply, fixture->now_ms);
}

static size_t seek(struct fixture *fixture, uint64_t head)
{
    for (size_t requests = 1; requests < 200; requests++) {
        feed_turn(&fixture->feed, fixture->client, fixture->now_ms);
        if (answer(fixture, head) == FEED_CAUGHT) {
            return requests;
        }
    }
    fail_msg("the head %llu is never found", (unsigned long long)head);
    return 0;
}

static void the_head_is_found_wherever_it_is(void **state)
{
    (void)state;
    static const uint64_t heads[] = {0,
                                     1,
                                     2,
                                     100,
                                     1023,
                                     1024,
                                     1025,
                                     1026,
                                     2047,
                                     2048,
                                     2049,
                                     150000,
                                     1u << 20,
                                     1u << 31,
                                     (uint64_t)1 << 40,
                                     123456789012u};
    for (size_t i = 0; i < sizeof heads / sizeof *heads; i++) {
        struct fixture fixture;
        start(&fixture);
        size_t requests = seek(&fixture, heads[i]);
        assert_int_equal(fixture.feed.after, heads[i]);
        assert_int_equal(fixture.feed.state, FEED_FOLLOWING);
        assert_true(requests < 100);
        finish(&fixture);
    }
}

static void a_journal_that_grows_meanwhile_loses_nothing(void **state)
{
    (void)state;
    struct fixture fixture;
    start(&fixture);
    uint64_t head = 5000;
    for (size_t requests = 0;; requests++) {
        assert_true(requests < 200);
        feed_turn(&fixture.feed, fixture.client, fixture.now_ms);
        if (answer(&fixture, head++) == FEED_CAUGHT) {
            break;
        }
    }
    /* What it goes on from is not beyond the head: everything behind it is told. */
    assert_true(fixture.feed.after < head);
    finish(&fixture);
}

static void every_event_behind_the_head_is_told_once(void **state)
{
    (void)state;
    struct fixture fixture;
    start(&fixture);
    (void)seek(&fixture, 10);
    assert_false(feed_is_quiet(&fixture.feed));
    feed_turn(&fixture.feed, fixture.client, fixture.now_ms);
    assert_true(feed_is_quiet(&fixture.feed));
    assert_int_equal(answer(&fixture, 10 + FEED_PAGE + 5), FEED_EVENTS);
    assert_int_equal(fixture.feed.after, 10 + FEED_PAGE);
    feed_turn(&fixture.feed, fixture.client, fixture.now_ms);
    assert_int_equal(answer(&fixture, 10 + FEED_PAGE + 5), FEED_EVENTS);
    assert_int_equal(fixture.feed.after, 10 + FEED_PAGE + 5);
    feed_turn(&fixture.feed, fixture.client, fixture.now_ms);
    assert_int_equal(answer(&fixture, 10 + FEED_PAGE + 5), FEED_NOTHING);
    finish(&fixture);
}

static void a_lost_poll_is_asked_again_after_a_pause(void **state)
{
    (void)state;
    struct fixture fixture;
    start(&fixture);
    feed_turn(&fixture.feed, fixture.client, fixture.now_ms);
    struct client_reply lost = {.result = CLIENT_LOST, .owner = FEED_OWNER};
    assert_int_equal(feed_reply(&fixture.feed, &lost, fixture.now_ms), FEED_NOTHING);
    size_t sent = fixture.maker.lines[1]->sent_count;
    feed_turn(&fixture.feed, fixture.client, fixture.now_ms);
    assert_int_equal(fixture.maker.lines[1]->sent_count, sent);
    feed_turn(&fixture.feed, fixture.client, fixture.now_ms + 1000);
    assert_int_equal(fixture.maker.lines[1]->sent_count, sent + 1);
    finish(&fixture);
}

static void a_key_that_may_not_is_not_asked_about_again(void **state)
{
    (void)state;
    struct fixture fixture;
    start(&fixture);
    feed_turn(&fixture.feed, fixture.client, fixture.now_ms);
    struct client_reply refused = {.result = CLIENT_PROBLEM,
                                   .problem = {.status = STATUS_unauthenticated}};
    assert_int_equal(feed_reply(&fixture.feed, &refused, fixture.now_ms), FEED_REFUSED);
    size_t sent = fixture.maker.lines[1]->sent_count;
    feed_turn(&fixture.feed, fixture.client, fixture.now_ms + 60000);
    assert_int_equal(fixture.maker.lines[1]->sent_count, sent);
    feed_restart(&fixture.feed);
    feed_turn(&fixture.feed, fixture.client, fixture.now_ms + 60000);
    assert_int_equal(fixture.maker.lines[1]->sent_count, sent + 1);
    finish(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_head_is_found_wherever_it_is),
        cmocka_unit_test(a_journal_that_grows_meanwhile_loses_nothing),
        cmocka_unit_test(every_event_behind_the_head_is_told_once),
        cmocka_unit_test(a_lost_poll_is_asked_again_after_a_pause),
        cmocka_unit_test(a_key_that_may_not_is_not_asked_about_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
