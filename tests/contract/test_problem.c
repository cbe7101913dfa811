#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/utf8.h"
#include "contract/bind.h"
#include "contract/problem.h"

static void the_first_problem_decides(void **state)
{
    struct problem problem;
    (void)state;
    memset(&problem, 0xff, sizeof problem);
    problem_clear(&problem);
    assert_int_equal(problem.status, STATUS_ok);
    assert_int_equal(problem.error_count, 0);
    assert_int_equal(problem.retry_after_s, 0);
    problem_set(&problem, STATUS_same_account, NULL);
    problem_set(&problem, STATUS_forbidden, "No.");
    assert_int_equal(problem.status, STATUS_same_account);
    assert_string_equal(problem.detail, "");
}

static void fields_are_listed_up_to_the_bound(void **state)
{
    struct problem problem;
    (void)state;
    problem_clear(&problem);
    for (int i = 0; i < PROBLEM_ERRORS_MAX + 3; i++)
        problem_at(&problem, i == 0 ? STATUS_invalid_amount : STATUS_malformed_request, "#/a",
                   "number %d", i);
    assert_int_equal(problem.status, STATUS_invalid_amount);
    assert_string_equal(problem.detail, "number 0");
    assert_int_equal(problem.error_count, PROBLEM_ERRORS_MAX);
    assert_string_equal(problem.errors[PROBLEM_ERRORS_MAX - 1].detail, "number 7");
}

static void a_long_detail_is_cut_between_characters(void **state)
{
    char text[3 * PROBLEM_DETAIL_MAX + 8];
    (void)state;
    for (size_t lead = 0; lead < 5; lead++) {
        static const char *const letters[] = {"x", "é", "李", "😀"};
        for (size_t k = 0; k < 4; k++) {
            struct problem problem;
            size_t size = lead;
            memset(text, 'a', lead);
            while (size < 2 * PROBLEM_DETAIL_MAX) {
                memcpy(text + size, letters[k], strlen(letters[k]));
                size += strlen(letters[k]);
            }
            text[size] = '\0';
            problem_clear(&problem);
            problem_at(&problem, STATUS_forbidden, text, "%s", text);
            assert_true(utf8_is_valid(text_of(problem.detail)));
            assert_true(utf8_is_valid(text_of(problem.errors[0].detail)));
            assert_true(utf8_is_valid(text_of(problem.errors[0].pointer)));
            assert_true(strlen(problem.detail) > PROBLEM_DETAIL_MAX - 5);
        }
    }
}

static struct node_entry entry(const char *key, struct node value)
{
    return (struct node_entry){text_of(key), value};
}

static struct node text_node(const char *text)
{
    return (struct node){.type = NODE_TEXT, .text = text_of(text)};
}

static struct node number_node(int64_t number)
{
    return (struct node){.type = NODE_INT, .integer = number};
}

static struct node map_node(struct node_entry *entries, size_t count)
{
    struct node node = {.type = NODE_MAP};
    node.map.entries = entries;
    node.map.count = count;
    return node;
}

static void a_hostile_error_map_is_read_with_care(void **state)
{
    char detail[2 * PROBLEM_DETAIL_MAX];
    struct node_entry entries[] = {
        entry("code", text_node("version_conflict")),
        entry("detail", text_node(detail)),
        entry("version", number_node(-4)),
        entry("retry_after", number_node(1LL << 40)),
        entry("balance", text_node("7")),
        entry("errors", number_node(1)),
    };
    struct node node = map_node(entries, sizeof entries / sizeof entries[0]);
    struct problem problem;
    (void)state;
    for (size_t i = 0; i + 3 < sizeof detail; i += 3)
        memcpy(detail + i, "李", 4);
    assert_true(bind_problem(&node, &problem));
    assert_int_equal(problem.status, STATUS_version_conflict);
    assert_true(utf8_is_valid(text_of(problem.detail)));
    assert_int_equal(problem.version, 0);
    assert_int_equal(problem.retry_after_s, 0);
    assert_int_equal(problem.balance.minor, 0);
    assert_int_equal(problem.error_count, 0);

    entries[0].value = text_node("ok"); /* no error may call itself a success */
    assert_true(bind_problem(&node, &problem));
    assert_int_equal(problem.status, STATUS_unavailable);
    entries[0].value = number_node(3);
    assert_false(bind_problem(&node, &problem));
    assert_false(bind_problem(NULL, &problem));
    node = number_node(3);
    assert_false(bind_problem(&node, &problem));
}

static void keys_are_printable_ascii_in_bounds(void **state)
{
    char key[ARG_KEY_MAX + 1];
    (void)state;
    memset(key, '!', sizeof key);
    assert_false(bind_key_is_valid((struct text){key, 0}));
    assert_true(bind_key_is_valid((struct text){key, 1}));
    assert_true(bind_key_is_valid((struct text){key, ARG_KEY_MAX}));
    assert_false(bind_key_is_valid((struct text){key, ARG_KEY_MAX + 1}));
    for (int c = 0; c < 256; c++) {
        key[1] = (char)c;
        assert_int_equal(bind_key_is_valid((struct text){key, 3}), c >= 0x20 && c <= 0x7e);
    }
}

static void a_path_of_hostile_names_stays_ascii_and_whole(void **state)
{
    struct arena arena;
    struct no_args args;
    char name[4 * PROBLEM_POINTER_MAX];
    (void)state;
    arena_init(&arena, 0);
    for (size_t size = 0; size < sizeof name; size++) {
        struct problem problem;
        struct node_entry one = {{name, size}, number_node(1)};
        struct node node = map_node(&one, 1);
        name[size] = (char)(size * 37 % 256);
        assert_false(bind_request(&node, &no_args_shape, "#", &arena, &args, &problem));
        const char *pointer = problem.errors[0].pointer;
        size_t length = strlen(pointer);
        assert_true(length >= 2 && length < PROBLEM_POINTER_MAX);
        for (size_t i = 0; i < length; i++) {
            assert_true(pointer[i] > 0x20 && pointer[i] < 0x7f);
            if (pointer[i] == '%')
                assert_true(i + 2 < length);
        }
    }
    arena_close(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_problem_decides),
        cmocka_unit_test(fields_are_listed_up_to_the_bound),
        cmocka_unit_test(a_long_detail_is_cut_between_characters),
        cmocka_unit_test(a_hostile_error_map_is_read_with_care),
        cmocka_unit_test(keys_are_printable_ascii_in_bounds),
        cmocka_unit_test(a_path_of_hostile_names_stays_ascii_and_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
