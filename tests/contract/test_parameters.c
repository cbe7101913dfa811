#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "contract/bind.h"
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

#define ACCOUNT "1000000008"

static bool bind(enum op op, const char *value, const char *pairs, void **args,
                 struct problem *problem)
{
    struct text values[2] = {text_of(value), TEXT("2026-02")};
    struct parameter parameters[16];
    struct text rest = arena_copy(&arena, text_of(pairs));
    size_t count = 0;
    while (rest.size > 0) {
        const char *end = memchr(rest.data, '&', rest.size);
        size_t size = end != NULL ? (size_t)(end - rest.data) : rest.size;
        const char *equals = memchr(rest.data, '=', size);
        assert_non_null(equals);
        parameters[count].name = (struct text){rest.data, (size_t)(equals - rest.data)};
        parameters[count++].value =
            (struct text){equals + 1, (size_t)(rest.data + size - equals - 1)};
        size += end != NULL;
        rest = (struct text){rest.data + size, rest.size - size};
    }
    return bind_parameters(message_of(op), values, parameters, count, NULL, &arena, args, problem);
}

static void parameters_are_read_by_the_type_of_their_field(void **state)
{
    struct problem problem;
    void *args;
    (void)state;
    assert_true(bind(OP_GET_TRANSACTION_HISTORY, ACCOUNT,
                     "limit=7&before=9223372036854775807&after=0&from=2026-01-01T00:00:00Z"
                     "&types=MoneyDeposited,MoneyTransferred&min=0&max=9007199254740991&text=",
                     &args, &problem));
    const struct history_query *query = args;
    assert_int_equal(query->given, 0x3ff & ~(1u << HISTORY_TO));
    assert_int_equal(query->limit, 7);
    assert_true(query->before == INT64_MAX);
    assert_int_equal(query->after, 0);
    assert_true(query->from == INT64_C(1767225600000000));
    assert_int_equal(query->types, 1u << EVENT_MONEY_DEPOSITED | 1u << EVENT_MONEY_TRANSFERRED);
    assert_true(query->max == (uint64_t)MONEY_MAX);
    assert_int_equal(query->text.size, 0);
    assert_non_null(query->text.data);

    assert_true(bind(OP_GET_STATEMENT, ACCOUNT, "", &args, &problem));
    assert_int_equal(((struct statement_query *)args)->month, 2026 * 12 + 1);
    assert_true(bind(OP_LIST_ACCOUNTS, "", "", &args, &problem));
    assert_int_equal(((struct list_accounts *)args)->given, 0);
}

static void bad_parameters_name_their_code_and_field(void **state)
{
    static const struct {
        enum op op;
        const char *value, *pairs;
        enum status status;
        const char *pointer;
    } rows[] = {
        {OP_LIST_ACCOUNTS, "", "limit=0", STATUS_invalid_parameter, "#/limit"},
        {OP_LIST_ACCOUNTS, "", "limit=1001", STATUS_invalid_parameter, "#/limit"},
        {OP_LIST_ACCOUNTS, "", "limit=-1", STATUS_invalid_parameter, "#/limit"},
        {OP_LIST_ACCOUNTS, "", "limit=", STATUS_invalid_parameter, "#/limit"},
        {OP_LIST_ACCOUNTS, "", "limit=ten", STATUS_invalid_parameter, "#/limit"},
        {OP_LIST_ACCOUNTS, "", "limit=1.0", STATUS_invalid_parameter, "#/limit"},
        {OP_LIST_ACCOUNTS, "", "limit=007", STATUS_invalid_parameter, "#/limit"},
        {OP_LIST_ACCOUNTS, "", "limit=+7", STATUS_invalid_parameter, "#/limit"},
        {OP_LIST_ACCOUNTS, "", "limit= 7", STATUS_invalid_parameter, "#/limit"},
        {OP_LIST_ACCOUNTS, "", "limit=99999999999999999999", STATUS_invalid_parameter, "#/limit"},
        {OP_LIST_ACCOUNTS, "", "limit=5&limit=5", STATUS_invalid_parameter, "#/limit"},
        {OP_LIST_ACCOUNTS, "", "after=1000000009", STATUS_invalid_parameter, "#/after"},
        {OP_LIST_ACCOUNTS, "", "after=12", STATUS_invalid_parameter, "#/after"},
        {OP_LIST_ACCOUNTS, "", "Limit=5", STATUS_invalid_parameter, "#/Limit"},
        {OP_LIST_ACCOUNTS, "", "q=5", STATUS_invalid_parameter, "#/q"},
        {OP_LIST_ACCOUNTS, "", "=5", STATUS_invalid_parameter, "#/"},
        {OP_LIST_ACCOUNTS, "", "a\"/\xff=5", STATUS_invalid_parameter, "#/a___"},
        {OP_LIST_ACCOUNTS, "", "search=\xff", STATUS_invalid_parameter, "#/search"},
        {OP_GET_ACCOUNT, "12", "", STATUS_invalid_account, "#/account"},
        {OP_GET_ACCOUNT, "1000000009", "", STATUS_invalid_account, "#/account"},
        {OP_GET_ACCOUNT, "0000000000", "", STATUS_invalid_account, "#/account"},
        {OP_GET_ACCOUNT, ACCOUNT, "account=" ACCOUNT, STATUS_invalid_parameter, "#/account"},
        {OP_GET_ACCOUNT, ACCOUNT, "x=1", STATUS_invalid_parameter, "#/x"},
        {OP_GET_BALANCE, ACCOUNT, "at=yesterday", STATUS_invalid_parameter, "#/at"},
        {OP_GET_BALANCE, ACCOUNT, "at=2026-02-30T00:00:00Z", STATUS_invalid_parameter, "#/at"},
        {OP_GET_BALANCE_SERIES, ACCOUNT, "from=2026-01-01", STATUS_invalid_parameter, "#/to"},
        {OP_GET_BALANCE_SERIES, ACCOUNT, "from=2026-1-1&to=2026-01-02", STATUS_invalid_parameter,
         "#/from"},
        {OP_GET_TRANSACTION_HISTORY, ACCOUNT, "types=", STATUS_invalid_parameter, "#/types/0"},
        {OP_GET_TRANSACTION_HISTORY, ACCOUNT, "types=MoneyDeposited,", STATUS_invalid_parameter,
         "#/types/1"},
        {OP_GET_TRANSACTION_HISTORY, ACCOUNT, "types=Nope", STATUS_invalid_parameter, "#/types/0"},
        {OP_GET_TRANSACTION_HISTORY, ACCOUNT, "before=0", STATUS_invalid_parameter, "#/before"},
        {OP_GET_TRANSACTION_HISTORY, ACCOUNT, "min=9007199254740992", STATUS_invalid_parameter,
         "#/min"},
        {OP_LIST_STATEMENTS, ACCOUNT, "before=2026-13", STATUS_invalid_parameter, "#/before"},
        {OP_GET_OUTCOME, "a\nb", "", STATUS_invalid_key, "#/key"},
        {OP_ABANDON_KEY, "k", "key=k", STATUS_invalid_parameter, "#/key"},
        {OP_DEPOSIT_MONEY, "", "account=" ACCOUNT, STATUS_invalid_parameter, "#/account"},
        {OP_LIST_KEYS, "", "limit=1", STATUS_invalid_parameter, "#/limit"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct problem problem;
        void *args;
        bool sound = bind(rows[i].op, rows[i].value, rows[i].pairs, &args, &problem);
        if (sound || problem.status != rows[i].status ||
            strcmp(problem.errors[0].pointer, rows[i].pointer) != 0)
            fail_msg("%s %s %s: %s %s", message_of(rows[i].op)->path, rows[i].value, rows[i].pairs,
                     sound ? "sound" : status_row(problem.status)->code,
                     sound ? "" : problem.errors[0].pointer);
    }
}

static void a_month_that_is_none_is_an_invalid_parameter(void **state)
{
    struct text values[2] = {TEXT(ACCOUNT), TEXT("2026-00")};
    struct problem problem;
    void *args;
    (void)state;
    assert_false(bind_parameters(message_of(OP_GET_STATEMENT), values, NULL, 0, NULL, &arena, &args,
                                 &problem));
    assert_int_equal(problem.status, STATUS_invalid_parameter);
    assert_string_equal(problem.errors[0].pointer, "#/month");
}

static void a_body_joins_the_path(void **state)
{
    struct text key = TEXT("k 1");
    struct node_entry entries[] = {
        {TEXT("key"), {.type = NODE_TEXT, .text = TEXT("other")}},
        {TEXT("x"), {.type = NODE_NULL}},
    };
    struct node empty = {.type = NODE_MAP}, body = {.type = NODE_MAP}, list = {.type = NODE_LIST};
    struct problem problem;
    void *args;
    const struct message *abandon = message_of(OP_ABANDON_KEY);
    (void)state;
    body.map.entries = entries;
    body.map.count = 2;
    assert_true(bind_parameters(abandon, &key, NULL, 0, NULL, &arena, &args, &problem));
    assert_true(text_is(((struct outcome_key *)args)->key, "k 1"));
    assert_true(bind_parameters(abandon, &key, NULL, 0, &empty, &arena, &args, &problem));
    assert_false(bind_parameters(abandon, &key, NULL, 0, &list, &arena, &args, &problem));
    assert_int_equal(problem.status, STATUS_malformed_request);
    assert_string_equal(problem.errors[0].pointer, "#");
    assert_false(bind_parameters(abandon, &key, NULL, 0, &body, &arena, &args, &problem));
    assert_int_equal(problem.status, STATUS_malformed_request);
    assert_int_equal(problem.error_count, 2);
    assert_string_equal(problem.errors[0].pointer, "#/key");
    assert_string_equal(problem.errors[1].pointer, "#/x");
}

static void a_command_without_a_body_misses_its_fields(void **state)
{
    struct problem problem;
    void *args;
    (void)state;
    assert_false(bind_parameters(message_of(OP_DEPOSIT_MONEY), NULL, NULL, 0, NULL, &arena, &args,
                                 &problem));
    assert_int_equal(problem.status, STATUS_malformed_request);
    assert_int_equal(problem.error_count, 2);
    assert_string_equal(problem.errors[0].pointer, "#/account");
    assert_string_equal(problem.errors[1].pointer, "#/amount");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(parameters_are_read_by_the_type_of_their_field),
        TEST(bad_parameters_name_their_code_and_field),
        TEST(a_month_that_is_none_is_an_invalid_parameter),
        TEST(a_body_joins_the_path),
        TEST(a_command_without_a_body_misses_its_fields),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
