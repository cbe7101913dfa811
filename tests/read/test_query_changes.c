#include "given.h"

/* All events after `after`, page by page, against the plain list. */
static void check_feed(struct given *given, uint64_t after, uint64_t limit)
{
    uint64_t position = after;
    for (;;) {
        struct changes_query args = {
            .given = 1u << CHANGES_AFTER | 1u << CHANGES_LIMIT, .after = position, .limit = limit};
        struct list_result out;
        assert_int_equal(query_changes(given->views, &args, given_ask(given), &out), STATUS_ok);
        const struct event *items = out.data.items;
        assert_true(out.data.count <= limit);
        for (size_t i = 0; i < out.data.count; i++) {
            assert_int_equal(items[i].position, ++position);
            assert_true(text_is(items[i].actor, "tester"));
        }
        assert_true(out.has_more == (position < given->position));
        assert_true(out.has_more == (out.next.data != NULL));
        if (!out.has_more)
            break;
        assert_int_equal(out.data.count, limit);
    }
    assert_int_equal(position, after > given->position ? after : given->position);
}

static void the_feed_has_every_event_once_from_any_position(void **state)
{
    (void)state;
    struct given *given = given_new(NULL);
    check_feed(given, 0, 10);
    given_refusal(given, "first", GIVEN_START);
    check_feed(given, 0, 10);
    uint64_t zoe = given_account(given, "Zoë", 100, GIVEN_START);
    uint64_t max = given_account(given, "Max", 0, GIVEN_START);
    for (int i = 0; i < 40; i++) {
        given_transfer(given, zoe, max, 1, "a reference", GIVEN_START);
        if (i % 3 == 0)
            given_refusal(given, "k", GIVEN_START);
        if (i % 5 == 0)
            given_move(given, zoe, 2, "", GIVEN_START);
    }
    given_refusal(given, "last", GIVEN_START);
    for (uint64_t after = 0; after <= given->position + 2; after++) {
        for (uint64_t limit = 1; limit < 7; limit++)
            check_feed(given, after, limit);
        check_feed(given, after, 1000);
    }
    given_free(given);
}

static void a_long_stretch_of_refusals_does_not_stop_the_feed(void **state)
{
    (void)state;
    struct given *given = given_new(NULL);
    uint64_t zoe = given_account(given, "Zoë", 100, GIVEN_START);
    for (int i = 0; i < QUERY_EXAMINED_MAX + 10; i++)
        given_refusal(given, "k", GIVEN_START);
    given_move(given, zoe, 1, "", GIVEN_START);
    struct changes_query args = {.given = 0};
    struct list_result out;
    assert_int_equal(query_changes(given->views, &args, given_ask(given), &out), STATUS_ok);
    assert_int_equal(out.data.count, 2);
    assert_true(out.has_more);
    args.given = 1u << CHANGES_AFTER;
    args.after = 2;
    assert_int_equal(query_changes(given->views, &args, given_ask(given), &out), STATUS_ok);
    assert_int_equal(out.data.count, 2);
    assert_false(out.has_more);
    given_free(given);
}

static void events_are_told_whole(void **state)
{
    (void)state;
    struct given *given = given_new(NULL);
    uint64_t zoe = given_account(given, "Zoë", 100, GIVEN_START);
    given_move(given, zoe, -30, "cash", GIVEN_START);
    struct changes_query args = {.given = 0};
    struct list_result out;
    assert_int_equal(query_changes(given->views, &args, given_ask(given), &out), STATUS_ok);
    const struct event *items = out.data.items;
    assert_int_equal(out.data.count, 4);
    assert_int_equal(items[0].type, EVENT_ACCOUNT_CREATED);
    assert_true(text_is(items[0].owner, "Zoë"));
    assert_int_equal(items[2].type, EVENT_MONEY_WITHDRAWN);
    assert_true(text_is(items[2].reference, "cash"));
    assert_int_equal(items[3].balance.minor, 70);
    assert_int_equal(items[3].change.minor, -30);
    assert_int_equal(items[3].cause, 3);
    given_free(given);
}

static void the_next_link_goes_on_behind_the_last_event(void **state)
{
    (void)state;
    struct given *given = given_new(NULL);
    given_account(given, "Zoë", 100, GIVEN_START);
    struct changes_query args = {.given = 1u << CHANGES_LIMIT, .limit = 1};
    struct list_result out;
    assert_int_equal(query_changes(given->views, &args, given_ask(given), &out), STATUS_ok);
    assert_true(text_is(out.next, "/events?after=1"));
    given_free(given);
}

static void a_feed_beyond_the_arena_is_unavailable(void **state)
{
    (void)state;
    struct given *given = given_new(NULL);
    uint64_t zoe = given_account(given, "Zoë", 100, GIVEN_START);
    for (int i = 0; i < 100; i++)
        given_move(given, zoe, 1, "a reference of some length", GIVEN_START);
    for (size_t limit = 1024; limit < 100000; limit += 4999) {
        struct changes_query args = {.given = 1u << CHANGES_LIMIT, .limit = 200};
        struct list_result out;
        arena_close(&given->arena);
        arena_init(&given->arena, limit);
        enum status status = query_changes(given->views, &args, given_ask(given), &out);
        assert_int_equal(given->problem.status, status);
        assert_int_equal(status, limit < 30000 ? STATUS_unavailable : status);
    }
    given_free(given);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_feed_has_every_event_once_from_any_position),
        cmocka_unit_test(a_long_stretch_of_refusals_does_not_stop_the_feed),
        cmocka_unit_test(events_are_told_whole),
        cmocka_unit_test(the_next_link_goes_on_behind_the_last_event),
        cmocka_unit_test(a_feed_beyond_the_arena_is_unavailable),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
