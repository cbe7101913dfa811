#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "contract/bind.h"
#include "contract/fields.h"
#include "contract/messages.h"

static struct arena arena;

static int set_up(void **state)
{
    (void)state;
    arena_init(&arena, 0);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    arena_close(&arena);
    return 0;
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

#define MAP(entries) map_node((entries), sizeof(entries) / sizeof(entries)[0])

/* A struct of its own, as the import has one: its op is not the first field. */
struct stored {
    uint32_t given;
    uint64_t number;
    uint8_t op;
    struct any args;
};

static const struct field stored_fields[] = {
    FIELD(stored, number, UINT, .max = 9),
    FIELD(stored, op, ENUM, .flags = FIELD_REQUIRED, .names = batch_op_names),
    FIELD(stored, args, ARGS, .flags = FIELD_REQUIRED),
};
static const struct shape stored_shape = {
    .name = "stored", .size = sizeof(struct stored), .fields = stored_fields, .count = 3};

static void arguments_are_bound_by_the_op_wherever_it_stands(void **state)
{
    struct node_entry move[] = {{TEXT("account"), text_node("1000000008")},
                                {TEXT("amount"), number_node(5)}};
    struct node_entry entries[] = {{TEXT("args"), MAP(move)},
                                   {TEXT("number"), number_node(3)},
                                   {TEXT("op"), text_node("WithdrawMoney")}};
    struct node node = MAP(entries);
    struct stored out;
    struct problem problem;
    (void)state;
    assert_true(bind_request(&node, &stored_shape, "#", &arena, &out, &problem));
    assert_int_equal(out.given, 7);
    assert_ptr_equal(out.args.shape, &move_money_shape);
    assert_int_equal(((const struct move_money *)out.args.value)->amount.minor, 5);

    entries[1].value = number_node(10); /* a bad field beside does not change whose they are */
    move[1].value = number_node(0);
    assert_false(bind_request(&node, &stored_shape, "#", &arena, &out, &problem));
    assert_int_equal(problem.error_count, 2);
    assert_string_equal(problem.errors[0].pointer, "#/number");
    assert_string_equal(problem.errors[1].pointer, "#/args/amount");

    entries[2].value = text_node("Withdraw"); /* an unknown op: nobody knows what they should be */
    assert_false(bind_request(&node, &stored_shape, "#", &arena, &out, &problem));
    assert_int_equal(problem.error_count, 2);
    assert_string_equal(problem.errors[1].pointer, "#/op");
}

static void a_repeated_field_is_refused_and_the_problem_is_cleared_first(void **state)
{
    struct node_entry entries[] = {{TEXT("key"), text_node("k")}, {TEXT("key"), text_node("k")}};
    struct node twice = MAP(entries), once = map_node(entries, 1);
    struct outcome_key out;
    struct problem problem;
    (void)state;
    assert_false(bind_request(&twice, &abandon_key_shape, "#/x", &arena, &out, &problem));
    assert_int_equal(problem.status, STATUS_malformed_request);
    assert_string_equal(problem.errors[0].pointer, "#/x/key");
    assert_true(bind_request(&once, &abandon_key_shape, "#", &arena, &out, &problem));
    assert_int_equal(problem.status, STATUS_ok);
    assert_false(bind_request(&twice, &get_outcome_shape, "#", &arena, &out, &problem));
    assert_int_equal(problem.status, STATUS_invalid_parameter);
}

static void texts_are_checked_and_counted_in_characters(void **state)
{
    char text[4 * ARG_REFERENCE_MAX + 4];
    struct node_entry entries[] = {{TEXT("account"), text_node("1000000008")},
                                   {TEXT("amount"), number_node(5)},
                                   {TEXT("reference"), {.type = NODE_TEXT}}};
    struct node node = MAP(entries);
    struct move_money out;
    struct problem problem;
    (void)state;
    for (size_t i = 0; i <= ARG_REFERENCE_MAX; i++)
        memcpy(text + 4 * i, "😀", 4);
    for (size_t size = 0; size <= sizeof text; size++) {
        entries[2].value.text = (struct text){text, size};
        bool whole = size % 4 == 0 && size / 4 <= ARG_REFERENCE_MAX;
        assert_int_equal(bind_request(&node, &move_money_shape, "#", &arena, &out, &problem),
                         whole);
        assert_int_equal(problem.status, whole ? STATUS_ok : STATUS_malformed_request);
    }
    static const struct text bad[] = {
        {"\0", 1}, {"a\0b", 3}, {"\xc0\x80", 2}, {"\xed\xa0\x80", 3}, {"\x80", 1},
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        entries[2].value.text = bad[i];
        assert_false(bind_request(&node, &move_money_shape, "#", &arena, &out, &problem));
        assert_string_equal(problem.errors[0].pointer, "#/reference");
    }
}

static void a_pin_is_four_to_eight_digits_and_never_told(void **state)
{
    static const struct {
        const char *pin;
        bool good;
    } cases[] = {
        {"0000", true},       {"12345678", true},  {"", false},       {"123", false},
        {"123456789", false}, {"12a4", false},     {"12 4", false},   {"-123", false},
        {"12.4", false},      {"１２３４", false}, {"1234\n", false},
    };
    struct node_entry entries[] = {{TEXT("account"), text_node("1000000008")},
                                   {TEXT("pin"), {.type = NODE_TEXT}}};
    struct node node = MAP(entries);
    struct account_pin out;
    struct problem problem;
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        entries[1].value = text_node(cases[i].pin);
        assert_int_equal(bind_request(&node, &open_session_shape, "#", &arena, &out, &problem),
                         cases[i].good);
        if (cases[i].good)
            continue;
        assert_int_equal(problem.status, STATUS_malformed_request);
        assert_string_equal(problem.errors[0].pointer, "#/pin");
        if (cases[i].pin[0] != '\0')
            assert_null(strstr(problem.errors[0].detail, cases[i].pin));
    }
}

static void a_reply_is_read_leniently_but_its_types_are_not(void **state)
{
    struct node_entry entries[] = {
        {TEXT("new"), number_node(1)},
        {TEXT("owner"), text_node("")},
        {TEXT("balance"), number_node(-5)},
        {TEXT("version"), {.type = NODE_NULL}},
        {TEXT("opened_at"), {.type = NODE_NULL}},
        {TEXT("account"), {.type = NODE_NULL}},
    };
    struct node node = MAP(entries);
    struct account_result out;
    (void)state;
    memset(&out, 0xff, sizeof out);
    assert_true(bind_result(&node, &account_result_shape, &arena, &out));
    assert_int_equal(out.balance.minor, -5);
    assert_int_equal(out.version, 0);
    assert_int_equal(out.opened_at, 0);
    assert_int_equal(out.account, 0);
    assert_int_equal(out.position, 0);
    assert_non_null(out.owner.data);

    entries[2].value = text_node("5");
    assert_false(bind_result(&node, &account_result_shape, &arena, &out));
    entries[2].value = number_node(5);
    entries[3].value = number_node(-1);
    assert_false(bind_result(&node, &account_result_shape, &arena, &out));
    entries[3].value = number_node(1);
    entries[1].value = text_node("\xff");
    assert_false(bind_result(&node, &account_result_shape, &arena, &out));
    entries[1].value = text_node("Zoë");
    entries[5].value = text_node("1000000009");
    assert_false(bind_result(&node, &account_result_shape, &arena, &out));
    node = number_node(3);
    assert_false(bind_result(&node, &account_result_shape, &arena, &out));
}

static void an_unknown_total_is_told_from_none(void **state)
{
    struct node_entry entries[] = {{TEXT("total"), {.type = NODE_NULL}},
                                   {TEXT("data"), {.type = NODE_LIST}}};
    struct node node = MAP(entries);
    struct list_result out;
    (void)state;
    assert_true(bind_result(&node, &account_list_shape, &arena, &out));
    assert_true(out.total == LIST_TOTAL_UNKNOWN);
    assert_null(out.next.data);
    entries[0].value = number_node(0);
    assert_true(bind_result(&node, &account_list_shape, &arena, &out));
    assert_int_equal(out.total, 0);
}

static void a_list_beyond_the_arena_is_unavailable(void **state)
{
    static struct node items[64];
    struct node list = {.type = NODE_LIST};
    struct node_entry entries[] = {{TEXT("commands"), {.type = NODE_NULL}}};
    struct node node = MAP(entries);
    struct arena small;
    struct batch out;
    struct problem problem;
    (void)state;
    list.list.items = items;
    list.list.count = 64;
    entries[0].value = list;
    arena_init(&small, 128);
    assert_false(bind_request(&node, &batch_shape, "#", &small, &out, &problem));
    assert_int_equal(problem.status, STATUS_unavailable);
    arena_close(&small);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(arguments_are_bound_by_the_op_wherever_it_stands),
        TEST(a_repeated_field_is_refused_and_the_problem_is_cleared_first),
        TEST(texts_are_checked_and_counted_in_characters),
        TEST(a_pin_is_four_to_eight_digits_and_never_told),
        TEST(a_reply_is_read_leniently_but_its_types_are_not),
        TEST(an_unknown_total_is_told_from_none),
        TEST(a_list_beyond_the_arena_is_unavailable),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
