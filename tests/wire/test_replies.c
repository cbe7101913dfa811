#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "contract/generate.h"
#include "wire/wire.h"

static struct arena arena;
static struct bytes bytes;

static int set_up(void **state)
{
    (void)state;
    arena_init(&arena, 0);
    bytes_init(&bytes, WIRE_MESSAGE_MAX);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    bytes_close(&bytes);
    arena_close(&arena);
    return 0;
}

static const struct wire_id id_seven = {.type = WIRE_ID_NUMBER, .number = 7};

static void a_result_of_every_shape_comes_back_as_it_was(void **state)
{
    struct generator from = {.state = 11, .arena = &arena};
    (void)state;
    for (size_t i = 0; i < GENERATE_RESULTS; i++) {
        const struct shape *shape = generate_results[i];
        for (unsigned round = 0; round < 50; round++) {
            struct any result = generate_any(&from, shape, false);
            struct wire_reply reply;
            void *value = arena_get(&arena, shape->size);
            bytes_clear(&bytes);
            wire_encode_result(&bytes, id_seven, round % 2 == 1, result);
            assert_true(wire_decode_reply(bytes.data, bytes.size, &arena, &reply));
            assert_true(reply.ok);
            assert_int_equal(reply.replayed, round % 2 == 1);
            assert_int_equal(reply.id.number, 7);
            assert_true(bind_result(reply.result, shape, &arena, value));
            if (!generate_same(shape, false, &arena, result.value, value))
                fail_msg("%s came back differently", shape->name);
            arena_reset(&arena);
        }
    }
}

static void a_result_without_a_shape_is_an_empty_map(void **state)
{
    struct wire_reply reply;
    (void)state;
    wire_encode_result(&bytes, id_seven, false, (struct any){0});
    assert_true(wire_decode_reply(bytes.data, bytes.size, &arena, &reply));
    assert_int_equal(reply.result->type, NODE_MAP);
    assert_int_equal(reply.result->map.count, 0);
}

static void a_problem_of_every_status_comes_back_as_it_was(void **state)
{
    (void)state;
#define STATUS_VALUE(name, number, http, title, detail) STATUS_##name,
    static const enum status statuses[] = {STATUS_TABLE(STATUS_VALUE)};
    for (size_t i = 1; i < sizeof statuses / sizeof statuses[0]; i++) {
        struct problem problem = {0};
        struct wire_reply reply;
        problem_at(&problem, statuses[i], "#/a", "Do %s.", "this");
        problem_at(&problem, STATUS_malformed_request, "#/b", "Do that.");
        problem.balance = money(12);
        problem.amount = money(30);
        problem.version = 4;
        bytes_clear(&bytes);
        wire_encode_problem(&bytes, id_seven, true, &problem, TEXT("req_1"));
        assert_true(wire_decode_reply(bytes.data, bytes.size, &arena, &reply));
        assert_false(reply.ok);
        assert_true(reply.replayed);
        assert_int_equal(reply.problem.status, statuses[i]);
        assert_string_equal(reply.problem.detail, "Do this.");
        assert_int_equal(reply.problem.error_count, 2);
        assert_string_equal(reply.problem.errors[1].pointer, "#/b");
        assert_string_equal(reply.problem.errors[1].detail, "Do that.");
        bool funds = statuses[i] == STATUS_insufficient_funds;
        bool conflict = statuses[i] == STATUS_version_conflict;
        assert_int_equal(reply.problem.balance.minor, funds ? 12 : 0);
        assert_int_equal(reply.problem.amount.minor, funds ? 30 : 0);
        assert_int_equal(reply.problem.version, conflict ? 4 : 0);
    }
}

static void the_error_map_has_the_members_of_the_contract_and_no_type(void **state)
{
    struct problem problem = {.status = STATUS_unavailable, .retry_after_s = 2};
    struct node node;
    (void)state;
    wire_encode_problem(&bytes, (struct wire_id){0}, false, &problem, (struct text){0});
    assert_true(wire_parse(bytes.data, bytes.size, &arena, &node));
    assert_int_equal(node_find(&node, "v")->integer, 1);
    assert_int_equal(node_find(&node, "id")->type, NODE_NULL);
    assert_false(node_find(&node, "ok")->boolean);
    const struct node *error = node_find(&node, "error");
    assert_true(text_is(node_find(error, "code")->text, "unavailable"));
    assert_int_equal(node_find(error, "status")->integer, 503);
    assert_int_equal(node_find(error, "retry_after")->integer, 2);
    assert_true(node_find(error, "title")->text.size > 0);
    assert_true(node_find(error, "detail")->text.size > 0);
    assert_null(node_find(error, "type"));
    assert_null(node_find(error, "request_id"));
    assert_null(node_find(error, "errors"));
}

static void a_reply_cut_or_bent_never_harms(void **state)
{
    struct generator from = {.state = 99, .arena = &arena};
    (void)state;
    for (size_t i = 0; i < GENERATE_RESULTS; i++) {
        const struct shape *shape = generate_results[i];
        struct any result = generate_any(&from, shape, false);
        bytes_clear(&bytes);
        wire_encode_result(&bytes, id_seven, false, result);
        for (size_t round = 0; round < 400; round++) {
            size_t size = round < 200 ? generate_below(&from, bytes.size) : bytes.size;
            uint8_t *copy = malloc(size > 0 ? size : 1);
            struct arena own;
            struct wire_reply reply;
            assert_non_null(copy);
            memcpy(copy, bytes.data, size);
            if (round >= 200)
                copy[generate_below(&from, size)] ^= (uint8_t)(1u << generate_below(&from, 8));
            arena_init(&own, 1u << 22);
            bool sound = wire_decode_reply(copy, size, &own, &reply);
            assert_false(sound && size < bytes.size);
            if (sound && reply.ok) {
                void *value = arena_get(&own, shape->size);
                assert_non_null(value);
                (void)!bind_result(reply.result, shape, &own, value);
            }
            arena_close(&own);
            free(copy);
        }
    }
}

static void a_reply_of_a_newer_daemon_is_read_as_far_as_it_is_known(void **state)
{
    /* An unknown field beside, another in the result; no position. */
    static const char data[] = "\x86\xa1v\x01\xa2id\x07\xa2ok\xc3\xa8replayed\xc2\xa3new\xc0"
                               "\xa6result\x82\xa5owner\xa3Zoe\xa6"
                               "future\x90";
    struct wire_reply reply;
    struct account_result account;
    (void)state;
    assert_true(wire_decode_reply(data, sizeof data - 1, &arena, &reply));
    assert_true(bind_result(reply.result, &account_result_shape, &arena, &account));
    assert_true(text_is(account.owner, "Zoe"));
    assert_int_equal(account.position, 0);
}

static void an_unknown_code_is_unavailable_and_keeps_its_sentence(void **state)
{
    static const char data[] = "\x85\xa1v\x01\xa2id\x07\xa2ok\xc2\xa8replayed\xc2"
                               "\xa5"
                               "error\x82\xa4"
                               "code\xa3new\xa6"
                               "detail\xa5Wait.";
    struct wire_reply reply;
    (void)state;
    assert_true(wire_decode_reply(data, sizeof data - 1, &arena, &reply));
    assert_int_equal(reply.problem.status, STATUS_unavailable);
    assert_string_equal(reply.problem.detail, "Wait.");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(a_result_of_every_shape_comes_back_as_it_was),
        TEST(a_result_without_a_shape_is_an_empty_map),
        TEST(a_problem_of_every_status_comes_back_as_it_was),
        TEST(the_error_map_has_the_members_of_the_contract_and_no_type),
        TEST(a_reply_cut_or_bent_never_harms),
        TEST(a_reply_of_a_newer_daemon_is_read_as_far_as_it_is_known),
        TEST(an_unknown_code_is_unavailable_and_keeps_its_sentence),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
