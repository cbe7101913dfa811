/* Both codecs through the same bind: a message that is wrong in JSON is wrong in msgpack, with
 * the same code and the same field; and a reply has the same members in both. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "contract/generate.h"
#include "wire/wire.h"
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

/* What a client in another language would make of the JSON text when it sends it in msgpack. */
static void pack(struct wire_emitter *wire, const struct node *node)
{
    struct emitter *to = &wire->emitter;
    switch (node->type) {
    case NODE_NULL:
        to->null(to);
        break;
    case NODE_BOOL:
        to->boolean(to, node->boolean);
        break;
    case NODE_INT:
        to->integer(to, node->integer);
        break;
    case NODE_HUGE:
        to->natural(to, UINT64_MAX);
        break;
    case NODE_REAL:
        bytes_put(wire->out, "\xcb\x40\x24\0\0\0\0\0\0", 9);
        break;
    case NODE_TEXT:
        to->text(to, node->text);
        break;
    case NODE_LIST:
        to->list(to, node->list.count);
        for (size_t i = 0; i < node->list.count; i++)
            pack(wire, &node->list.items[i]);
        break;
    case NODE_MAP:
        to->map(to, node->map.count);
        for (size_t i = 0; i < node->map.count; i++) {
            to->key(to, node->map.entries[i].key);
            pack(wire, &node->map.entries[i].value);
        }
        break;
    case NODE_OTHER:
        fail();
    }
}

struct bad {
    enum op op;
    const char *json;
    enum status status;
    const char *pointer; /* of the first error; NULL: sound */
};

#define DEPOSIT OP_DEPOSIT_MONEY
#define A "\"account\":\"1000000008\","
#define OWNER "\"owner\":\"Z\",\"currency\":\"EUR\","
#define OPEN(op) "{\"op\":\"" op "\",\"args\":"
#define MALFORMED STATUS_malformed_request
#define TEN "0123456789"
#define X140 TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN

static const struct bad rows[] = {
    {DEPOSIT, "{" A "\"amount\":1}", STATUS_ok, NULL},
    {DEPOSIT, "{" A "\"amount\":9007199254740991}", STATUS_ok, NULL},
    {DEPOSIT, "{" A "\"amount\":0}", STATUS_invalid_amount, "#/amount"},
    {DEPOSIT, "{" A "\"amount\":-1}", STATUS_invalid_amount, "#/amount"},
    {DEPOSIT, "{" A "\"amount\":9007199254740992}", STATUS_invalid_amount, "#/amount"},
    {DEPOSIT, "{" A "\"amount\":9223372036854775808}", STATUS_invalid_amount, "#/amount"},
    {DEPOSIT, "{" A "\"amount\":-9223372036854775809}", STATUS_invalid_amount, "#/amount"},
    {DEPOSIT, "{" A "\"amount\":10.0}", MALFORMED, "#/amount"},
    {DEPOSIT, "{" A "\"amount\":1e2}", MALFORMED, "#/amount"},
    {DEPOSIT, "{" A "\"amount\":1e30}", MALFORMED, "#/amount"},
    {DEPOSIT, "{" A "\"amount\":\"10\"}", MALFORMED, "#/amount"},
    {DEPOSIT, "{" A "\"amount\":null}", MALFORMED, "#/amount"},
    {DEPOSIT, "{" A "\"amount\":true}", MALFORMED, "#/amount"},
    {DEPOSIT, "{" A "\"amount\":[1]}", MALFORMED, "#/amount"},
    {DEPOSIT, "{" A "\"amount\":{}}", MALFORMED, "#/amount"},
    {DEPOSIT, "{\"amount\":1}", MALFORMED, "#/account"},
    {DEPOSIT, "{}", MALFORMED, "#/account"},
    {DEPOSIT, "[]", MALFORMED, "#"},
    {DEPOSIT, "1", MALFORMED, "#"},
    {DEPOSIT, "null", MALFORMED, "#"},
    {DEPOSIT, "{" A "\"amount\":1,\"Amount\":1}", MALFORMED, "#/Amount"},
    {DEPOSIT, "{" A "\"amount\":1,\"\":1}", MALFORMED, "#/"},
    {DEPOSIT, "{" A "\"amount\":1,\"a/b~c d\":1}", MALFORMED, "#/a~1b~0c%20d"},
    {DEPOSIT, "{" A "\"amount\":1,\"é\":1}", MALFORMED, "#/%C3%A9"},
    {DEPOSIT, "{\"account\":1000000008,\"amount\":1}", MALFORMED, "#/account"},
    {DEPOSIT, "{\"account\":\"100000000\",\"amount\":1}", STATUS_invalid_account, "#/account"},
    {DEPOSIT, "{\"account\":\"1000000009\",\"amount\":1}", STATUS_invalid_account, "#/account"},
    {DEPOSIT, "{\"account\":\"10000 00008\",\"amount\":1}", STATUS_invalid_account, "#/account"},
    {DEPOSIT, "{\"account\":\"0000000000\",\"amount\":1}", STATUS_invalid_account, "#/account"},
    {DEPOSIT, "{\"account\":\"\",\"amount\":1}", STATUS_invalid_account, "#/account"},
    {DEPOSIT, "{" A "\"amount\":1,\"currency\":\"EUR\"}", STATUS_ok, NULL},
    {DEPOSIT, "{" A "\"amount\":1,\"currency\":\"eur\"}", STATUS_invalid_currency, "#/currency"},
    {DEPOSIT, "{" A "\"amount\":1,\"currency\":\"XXX\"}", STATUS_invalid_currency, "#/currency"},
    {DEPOSIT, "{" A "\"amount\":1,\"currency\":\"EU\"}", STATUS_invalid_currency, "#/currency"},
    {DEPOSIT, "{" A "\"amount\":1,\"currency\":978}", MALFORMED, "#/currency"},
    {DEPOSIT, "{" A "\"amount\":1,\"currency\":null}", MALFORMED, "#/currency"},
    {DEPOSIT, "{" A "\"amount\":1,\"reference\":\"\"}", STATUS_ok, NULL},
    {DEPOSIT, "{" A "\"amount\":1,\"reference\":\"" X140 "\"}", STATUS_ok, NULL},
    {DEPOSIT, "{" A "\"amount\":1,\"reference\":\"" X140 "x\"}", MALFORMED, "#/reference"},
    {DEPOSIT, "{" A "\"amount\":1,\"reference\":7}", MALFORMED, "#/reference"},
    {DEPOSIT, "{" A "\"amount\":1,\"reference\":\"\\u0001\\n\"}", STATUS_ok, NULL},
    {DEPOSIT, "{" A "\"amount\":1,\"expected_version\":0}", STATUS_ok, NULL},
    {DEPOSIT, "{" A "\"amount\":1,\"expected_version\":9223372036854775807}", STATUS_ok, NULL},
    {DEPOSIT, "{" A "\"amount\":1,\"expected_version\":-1}", MALFORMED, "#/expected_version"},
    {DEPOSIT, "{" A "\"amount\":1,\"expected_version\":9223372036854775808}", MALFORMED,
     "#/expected_version"},
    {DEPOSIT, "{" A "\"amount\":1,\"expected_version\":\"3\"}", MALFORMED, "#/expected_version"},
    {DEPOSIT, "{" A "\"amount\":1,\"expected_version\":3.0}", MALFORMED, "#/expected_version"},
    {DEPOSIT, "{" A "\"amount\":1,\"key\":\"k\"}", MALFORMED, "#/key"},
    {OP_CREATE_ACCOUNT, "{" OWNER "\"initial_balance\":0}", STATUS_ok, NULL},
    {OP_CREATE_ACCOUNT, "{" OWNER "\"initial_balance\":-1}", STATUS_invalid_amount,
     "#/initial_balance"},
    {OP_CREATE_ACCOUNT, "{" OWNER "\"initial_balance\":9007199254740992}", STATUS_invalid_amount,
     "#/initial_balance"},
    {OP_CREATE_ACCOUNT, "{" OWNER "\"account\":\"1000000009\"}", STATUS_invalid_account,
     "#/account"},
    {OP_CREATE_ACCOUNT, "{" OWNER "\"account\":null}", MALFORMED, "#/account"},
    {OP_CREATE_ACCOUNT, "{\"owner\":\"\",\"currency\":\"EUR\"}", MALFORMED, "#/owner"},
    {OP_CREATE_ACCOUNT, "{\"owner\":\"" X140 "\",\"currency\":\"EUR\"}", STATUS_ok, NULL},
    {OP_CREATE_ACCOUNT, "{\"owner\":\"" X140 "é\",\"currency\":\"EUR\"}", MALFORMED, "#/owner"},
    {OP_CREATE_ACCOUNT, "{\"owner\":\"Z\"}", MALFORMED, "#/currency"},
    {OP_TRANSFER_MONEY, "{\"from\":\"1000000008\",\"to\":\"1000000009\",\"amount\":1}",
     STATUS_invalid_account, "#/to"},
    {OP_TRANSFER_MONEY, "{\"from\":\"1000000008\",\"to\":\"1000000008\",\"amount\":1}", STATUS_ok,
     NULL},
    {OP_BATCH, "{\"commands\":[]}", MALFORMED, "#/commands"},
    {OP_BATCH, "{\"commands\":{}}", MALFORMED, "#/commands"},
    {OP_BATCH, "{\"commands\":[1]}", MALFORMED, "#/commands/0"},
    {OP_BATCH, "{\"commands\":[{}]}", MALFORMED, "#/commands/0/op"},
    {OP_BATCH, "{\"commands\":[" OPEN("DepositMoney") "{" A "\"amount\":1}}]}", STATUS_ok, NULL},
    {OP_BATCH,
     "{\"commands\":[{\"args\":{" A "\"amount\":1},\"key\":\"k\",\"op\":"
     "\"WithdrawMoney\"}],\"atomic\":true}",
     STATUS_ok, NULL},
    {OP_BATCH,
     "{\"commands\":[" OPEN("DepositMoney") "{" A "\"amount\":1}}," OPEN(
         "DepositMoney") "{" A "\"amount\":0}}]}",
     STATUS_invalid_amount, "#/commands/1/args/amount"},
    {OP_BATCH,
     "{\"commands\":[" OPEN("DepositMoney") "{" A "\"amount\":1}}," OPEN(
         "DepositMoney") "{" A "\"amount\":9223372036854775808}}]}",
     STATUS_invalid_amount, "#/commands/1/args/amount"},
    {OP_BATCH, "{\"commands\":[" OPEN("DepositMoney") "{" A "\"amount\":1,\"to\":1}}]}", MALFORMED,
     "#/commands/0/args/to"},
    {OP_BATCH, "{\"commands\":[" OPEN("TransferMoney") "{" A "\"amount\":1}}]}", MALFORMED,
     "#/commands/0/args/account"},
    {OP_BATCH, "{\"commands\":[" OPEN("DepositMoney") "[]}]}", MALFORMED, "#/commands/0/args"},
    {OP_BATCH, "{\"commands\":[{\"op\":\"DepositMoney\"}]}", MALFORMED, "#/commands/0/args"},
    {OP_BATCH, "{\"commands\":[" OPEN("Batch") "{}}]}", MALFORMED, "#/commands/0/op"},
    {OP_BATCH, "{\"commands\":[" OPEN("GetAccount") "{}}]}", MALFORMED, "#/commands/0/op"},
    {OP_BATCH, "{\"commands\":[{\"op\":1,\"args\":{}}]}", MALFORMED, "#/commands/0/op"},
    {OP_BATCH,
     "{\"commands\":[{\"op\":\"DepositMoney\",\"key\":\"\",\"args\":{" A "\"amount\":1}}]}",
     STATUS_invalid_key, "#/commands/0/key"},
    {OP_BATCH,
     "{\"commands\":[{\"op\":\"DepositMoney\",\"key\":\"é\",\"args\":{" A "\"amount\":1}}]}",
     STATUS_invalid_key, "#/commands/0/key"},
    {OP_BATCH, "{\"commands\":[{\"op\":\"DepositMoney\",\"key\":5,\"args\":{" A "\"amount\":1}}]}",
     MALFORMED, "#/commands/0/key"},
    {OP_BATCH, "{\"commands\":[" OPEN("DepositMoney") "{" A "\"amount\":1}}],\"atomic\":1}",
     MALFORMED, "#/atomic"},
    {OP_BATCH, "{\"atomic\":true}", MALFORMED, "#/commands"},
    {OP_GET_ACCOUNT, "{\"account\":\"1000000008\"}", STATUS_ok, NULL},
    {OP_GET_ACCOUNT, "{}", MALFORMED, "#/account"},
    {OP_GET_ACCOUNT, "{" A "\"x\":1}", STATUS_invalid_parameter, "#/x"},
    {OP_LIST_ACCOUNTS, "{\"limit\":1000}", STATUS_ok, NULL},
    {OP_LIST_ACCOUNTS, "{\"limit\":1001}", STATUS_invalid_parameter, "#/limit"},
    {OP_LIST_ACCOUNTS, "{\"limit\":\"5\"}", STATUS_invalid_parameter, "#/limit"},
    {OP_LIST_ACCOUNTS, "{\"limit\":5.0}", STATUS_invalid_parameter, "#/limit"},
    {OP_LIST_ACCOUNTS, "{\"after\":\"1\"}", STATUS_invalid_parameter, "#/after"},
    {OP_GET_TRANSACTION_HISTORY, "{" A "\"types\":[\"BalanceUpdated\"]}", STATUS_ok, NULL},
    {OP_GET_TRANSACTION_HISTORY, "{" A "\"types\":[]}", STATUS_invalid_parameter, "#/types"},
    {OP_GET_TRANSACTION_HISTORY, "{" A "\"types\":\"BalanceUpdated\"}", STATUS_invalid_parameter,
     "#/types"},
    {OP_GET_TRANSACTION_HISTORY, "{" A "\"types\":[\"MoneyDeposited\",\"x\"]}",
     STATUS_invalid_parameter, "#/types/1"},
    {OP_GET_TRANSACTION_HISTORY, "{" A "\"types\":[1]}", STATUS_invalid_parameter, "#/types/0"},
    {OP_GET_STATEMENT, "{" A "\"month\":\"2026-13\"}", STATUS_invalid_parameter, "#/month"},
    {OP_GET_STATEMENT, "{" A "\"month\":202611}", STATUS_invalid_parameter, "#/month"},
    {OP_GET_OUTCOME, "{\"key\":\"\"}", STATUS_invalid_key, "#/key"},
    {OP_GET_CHANGES, "{\"after\":0,\"limit\":1,\"wait_ms\":30000}", STATUS_ok, NULL},
    {OP_GET_CHANGES, "{\"wait_ms\":30001}", STATUS_invalid_parameter, "#/wait_ms"},
    {OP_GET_CHANGES, "{\"after\":-1}", STATUS_invalid_parameter, "#/after"},
    {OP_CREATE_KEY, "{\"role\":\"teller\",\"name\":\"ana\"}", STATUS_ok, NULL},
    {OP_CREATE_KEY, "{\"role\":\"customer\",\"name\":\"ana\"}", MALFORMED, "#/role"},
    {OP_CREATE_KEY, "{\"role\":\"\",\"name\":\"ana\"}", MALFORMED, "#/role"},
    {OP_CREATE_KEY, "{\"role\":\"boss\",\"name\":\"ana\"}", MALFORMED, "#/role"},
    {OP_CREATE_KEY, "{\"role\":\"teller\",\"name\":\"\"}", MALFORMED, "#/name"},
};

static void check(const struct bad *row, const char *codec, const struct node *node)
{
    const struct shape *shape = message_of(row->op)->args;
    void *args = arena_get(&arena, shape->size);
    struct problem problem;
    bool sound = bind_request(node, shape, "#", &arena, args, &problem);
    const char *pointer = problem.error_count > 0 ? problem.errors[0].pointer : NULL;
    bool same_place =
        row->pointer == NULL ? pointer == NULL : pointer != NULL && !strcmp(pointer, row->pointer);
    if (sound != (row->status == STATUS_ok) || problem.status != row->status || !same_place)
        fail_msg("%s of %s: %s at %s: %s", codec, row->json, status_row(problem.status)->code,
                 pointer != NULL ? pointer : "nothing", problem.detail);
}

static void both_codecs_refuse_the_same_field_with_the_same_code(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct node from_json, from_wire;
        struct problem problem;
        struct wire_emitter wire;
        struct text json = text_of(rows[i].json);
        if (!json_parse(json.data, json.size, &arena, &from_json, &problem))
            fail_msg("%s: %s", rows[i].json, problem.detail);
        bytes_clear(&bytes);
        wire_emitter_init(&wire, &bytes);
        pack(&wire, &from_json);
        assert_true(wire_parse(bytes.data, bytes.size, &arena, &from_wire));
        check(&rows[i], "JSON", &from_json);
        check(&rows[i], "msgpack", &from_wire);
        arena_reset(&arena);
    }
}

static bool same_nodes(const struct node *a, const struct node *b)
{
    if (a->type != b->type)
        return false;
    switch (a->type) {
    case NODE_BOOL:
        return a->boolean == b->boolean;
    case NODE_INT:
        return a->integer == b->integer;
    case NODE_TEXT:
        return text_equal(a->text, b->text);
    case NODE_LIST:
        if (a->list.count != b->list.count)
            return false;
        for (size_t i = 0; i < a->list.count; i++) {
            if (!same_nodes(&a->list.items[i], &b->list.items[i]))
                return false;
        }
        return true;
    case NODE_MAP:
        if (a->map.count != b->map.count)
            return false;
        for (size_t i = 0; i < a->map.count; i++) {
            if (!text_equal(a->map.entries[i].key, b->map.entries[i].key) ||
                !same_nodes(&a->map.entries[i].value, &b->map.entries[i].value))
                return false;
        }
        return true;
    default:
        return true;
    }
}

static void a_result_has_the_same_members_in_both_codecs(void **state)
{
    struct generator from = {.state = 31, .arena = &arena};
    (void)state;
    for (size_t i = 0; i < GENERATE_RESULTS; i++) {
        for (unsigned round = 0; round < 40; round++) {
            struct any result = generate_any(&from, generate_results[i], false);
            struct node json, msgpack;
            struct problem problem;
            struct wire_emitter wire;
            bytes_clear(&bytes);
            json_write_any(&bytes, result);
            assert_true(json_parse(bytes.data, bytes.size, &arena, &json, &problem));
            bytes_clear(&bytes);
            wire_emitter_init(&wire, &bytes);
            emit_any(&wire.emitter, result);
            assert_true(wire_parse(bytes.data, bytes.size, &arena, &msgpack));
            assert_true(same_nodes(&json, &msgpack));
            arena_reset(&arena);
        }
    }
}

static void more_bad_fields_than_are_listed_still_make_one_answer(void **state)
{
    struct node node;
    struct problem problem;
    struct batch batch;
    (void)state;
    bytes_put_text(&bytes, TEXT("{\"commands\":["));
    for (unsigned i = 0; i < 1000; i++)
        bytes_print(&bytes, "%s{\"op\":\"DepositMoney\",\"args\":{}}", i > 0 ? "," : "");
    bytes_put_text(&bytes, TEXT("]}"));
    assert_true(json_parse(bytes.data, bytes.size, &arena, &node, &problem));
    assert_false(bind_request(&node, &batch_shape, "#", &arena, &batch, &problem));
    assert_int_equal(problem.status, STATUS_malformed_request);
    assert_int_equal(problem.error_count, PROBLEM_ERRORS_MAX);
    assert_string_equal(problem.errors[7].pointer, "#/commands/3/args/amount");
    assert_string_equal(problem.detail, problem.errors[0].detail);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(both_codecs_refuse_the_same_field_with_the_same_code),
        TEST(a_result_has_the_same_members_in_both_codecs),
        TEST(more_bad_fields_than_are_listed_still_make_one_answer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
