#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "contract/generate.h"
#include "json/json.h"

static struct arena arena;
static struct bytes bytes;

static int set_up(void **state)
{
    (void)state;
    arena_init(&arena, 0);
    bytes_init(&bytes, 1u << 22);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    bytes_close(&bytes);
    arena_close(&arena);
    return 0;
}

/* From a copy of exactly that size, gone before the nodes are used. */
static bool parse(struct text json, struct node *out, struct problem *problem)
{
    char *copy = malloc(json.size > 0 ? json.size : 1);
    assert_non_null(copy);
    if (json.size > 0)
        memcpy(copy, json.data, json.size);
    bool sound = json_parse(copy, json.size, &arena, out, problem);
    free(copy);
    return sound;
}

static void a_value_of_every_type_becomes_its_node(void **state)
{
    struct node node;
    struct problem problem;
    (void)state;
    assert_true(parse(TEXT(" {\"b\":[null,true,false],\"a\":\"x\\u00e9\\ud83d\\ude00\",\"n\":-12,"
                           "\"r\":10.0,\"e\":1e2,\"m\":{},\"\":9223372036854775807}\n"),
                      &node, &problem));
    assert_int_equal(node.type, NODE_MAP);
    assert_int_equal(node.map.count, 7);
    assert_true(text_is(node.map.entries[0].key, "b"));
    const struct node *list = node_find(&node, "b");
    assert_int_equal(list->list.count, 3);
    assert_int_equal(list->list.items[0].type, NODE_NULL);
    assert_true(list->list.items[1].boolean);
    assert_int_equal(list->list.items[2].type, NODE_BOOL);
    assert_true(text_is(node_find(&node, "a")->text, "xé😀"));
    assert_int_equal(node_find(&node, "n")->integer, -12);
    assert_int_equal(node_find(&node, "r")->type, NODE_REAL);
    assert_int_equal(node_find(&node, "e")->type, NODE_REAL);
    assert_int_equal(node_find(&node, "m")->type, NODE_MAP);
    assert_true(node_find(&node, "")->integer == INT64_MAX);
}

static void an_integer_beyond_int64_is_huge_and_leaves_the_others_exact(void **state)
{
    struct node node;
    struct problem problem;
    (void)state;
    assert_true(parse(TEXT("{\"a\":10,\"b\":9223372036854775808,\"c\":-9223372036854775809,"
                           "\"d\":0.5,\"e\":9007199254740991,\"f\":\"t\"}"),
                      &node, &problem));
    assert_int_equal(node_find(&node, "a")->type, NODE_INT);
    assert_int_equal(node_find(&node, "a")->integer, 10);
    assert_int_equal(node_find(&node, "b")->type, NODE_HUGE);
    assert_int_equal(node_find(&node, "c")->type, NODE_HUGE);
    assert_int_equal(node_find(&node, "d")->type, NODE_REAL);
    assert_true(node_find(&node, "e")->integer == MONEY_MAX);
    assert_true(text_is(node_find(&node, "f")->text, "t"));
    assert_true(parse(TEXT("-9223372036854775808"), &node, &problem));
    assert_int_equal(node.type, NODE_INT);
}

static const char *const bad_texts[] = {
    "",
    " ",
    "{",
    "}",
    "{\"a\"}",
    "{\"a\":}",
    "{\"a\":1,}",
    "[1,]",
    "{a:1}",
    "{'a':1}",
    "nul",
    "1 2",
    "{}{}",
    "{} x",
    "{\"a\":1,\"a\":2}",
    "{\"a\":{\"b\":1,\"b\":1}}",
    "\"\\u0000\"",
    "{\"\\u0000\":1}",
    "\"\\ud800\"",
    "\"\\udc00\"",
    "\"a\nb\"",
    "\"\xff\"",
    "\"\xc0\x80\"",
    "\"\xed\xa0\x80\"",
    "\"\xf5\x80\x80\x80\"",
    "\xef\xbb\xbf{}",
    "01",
    "+1",
    ".5",
    "1.",
    "NaN",
    "Infinity",
    "1e999",
    "0x10",
    "\"abc",
    "\"abc\\",
    "\"\\x\"",
    "[[[[[[[[[]]]]]]]]]",
};

static void what_is_not_sound_json_is_malformed(void **state)
{
    struct node node;
    struct problem problem;
    (void)state;
    for (size_t i = 0; i < sizeof bad_texts / sizeof bad_texts[0]; i++) {
        if (parse(text_of(bad_texts[i]), &node, &problem))
            fail_msg("accepted: %s", bad_texts[i]);
        assert_int_equal(problem.status, STATUS_malformed_request);
        assert_true(problem.detail[0] != '\0');
    }
    assert_false(parse(TEXT("{}\0"), &node, &problem));
    assert_false(parse(TEXT("\"a\0b\""), &node, &problem));
}

static void depth_and_values_are_bounded_before_parsing(void **state)
{
    struct node node;
    struct problem problem;
    (void)state;
    assert_true(parse(TEXT("[[[[[[[[]]]]]]]]"), &node, &problem));
    assert_true(parse(TEXT("{\"a\":\"[[[[[[[[[[[[,,,\\\"[[\"}"), &node, &problem));
    bytes_put(&bytes, "[", 1);
    for (unsigned i = 0; i < NODE_COUNT_MAX; i++)
        bytes_put(&bytes, "1,", 2);
    bytes_put(&bytes, "1]", 2);
    assert_false(parse(bytes_text(&bytes), &node, &problem));
    assert_int_equal(problem.status, STATUS_malformed_request);
    bytes_clear(&bytes);
    for (unsigned i = 0; i < 1u << 20; i++)
        bytes_put(&bytes, "[", 1);
    assert_false(parse(bytes_text(&bytes), &node, &problem));
}

static void a_message_beyond_the_arena_is_unavailable(void **state)
{
    struct arena small;
    struct node node;
    struct problem problem;
    struct text json = TEXT("{\"a\":[1,2,3,4,5,6,7,8]}");
    (void)state;
    arena_init(&small, 64);
    assert_false(json_parse(json.data, json.size, &small, &node, &problem));
    assert_int_equal(problem.status, STATUS_unavailable);
    arena_close(&small);
}

static void write_args(const struct shape *shape, const void *args)
{
    struct json_emitter json;
    bytes_clear(&bytes);
    json_emitter_init(&json, &bytes);
    emit_args(&json.emitter, shape, args);
}

static void arguments_of_every_operation_come_back_as_they_were(void **state)
{
    struct generator from = {.state = 4711, .arena = &arena};
    (void)state;
    for (unsigned op = 0; op < OP_COUNT; op++) {
        const struct message *message = message_of((enum op)op);
        for (unsigned round = 0; round < 50; round++) {
            struct any args = generate_any(&from, message->args, true);
            void *back = arena_get(&arena, message->args->size);
            struct node node;
            struct problem problem;
            write_args(message->args, args.value);
            assert_true(parse(bytes_text(&bytes), &node, &problem));
            if (!bind_request(&node, message->args, "#", &arena, back, &problem))
                fail_msg("%s: %s", message->name, problem.detail);
            assert_true(generate_same(message->args, true, &arena, args.value, back));
            arena_reset(&arena);
        }
    }
}

static void results_of_every_shape_come_back_as_they_were(void **state)
{
    struct generator from = {.state = 815, .arena = &arena};
    (void)state;
    for (size_t i = 0; i < GENERATE_RESULTS; i++) {
        const struct shape *shape = generate_results[i];
        for (unsigned round = 0; round < 50; round++) {
            struct any result = generate_any(&from, shape, false);
            void *back = arena_get(&arena, shape->size);
            struct node node;
            struct problem problem;
            bytes_clear(&bytes);
            json_write_any(&bytes, result);
            assert_true(parse(bytes_text(&bytes), &node, &problem));
            assert_true(bind_result(&node, shape, &arena, back));
            assert_true(generate_same(shape, false, &arena, result.value, back));
            arena_reset(&arena);
        }
    }
}

static void a_body_cut_or_bent_is_parsed_or_refused(void **state)
{
    struct generator from = {.state = 3, .arena = &arena};
    (void)state;
    for (unsigned op = 0; op < OP_COUNT; op++) {
        const struct message *message = message_of((enum op)op);
        struct any args = generate_any(&from, message->args, true);
        write_args(message->args, args.value);
        struct text whole = arena_copy(&arena, bytes_text(&bytes));
        for (unsigned round = 0; round < 200 && whole.size < 20000; round++) {
            struct node node;
            struct problem problem;
            void *back = arena_get(&arena, message->args->size);
            struct text cut = {whole.data, generate_below(&from, whole.size)};
            assert_false(parse(cut, &node, &problem));
            struct text bent = arena_copy(&arena, whole);
            ((char *)(uintptr_t)bent.data)[generate_below(&from, bent.size)] ^=
                (char)(1u << generate_below(&from, 8));
            if (parse(bent, &node, &problem) &&
                !bind_request(&node, message->args, "#", &arena, back, &problem))
                assert_int_equal(status_row(problem.status)->http, 400);
        }
        arena_reset(&arena);
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(a_value_of_every_type_becomes_its_node),
        TEST(an_integer_beyond_int64_is_huge_and_leaves_the_others_exact),
        TEST(what_is_not_sound_json_is_malformed),
        TEST(depth_and_values_are_bounded_before_parsing),
        TEST(a_message_beyond_the_arena_is_unavailable),
        TEST(arguments_of_every_operation_come_back_as_they_were),
        TEST(results_of_every_shape_come_back_as_they_were),
        TEST(a_body_cut_or_bent_is_parsed_or_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
