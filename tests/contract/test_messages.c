#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "contract/generate.h"

struct row {
    const char *name, *method, *path;
    const char *roles;    /* a: admin, t: teller, m: atm, c: customer, u: auditor */
    const char *required; /* fields, in order; those in the path in braces */
    const char *optional;
};

/* CONTRACT sections 1 to 6, written down a second time. */
static const struct row contract[] = {
    {"CreateAccount", "POST", "/accounts", "at", "owner currency", "initial_balance account"},
    {"DepositMoney", "POST", "/accounts/deposit", "atc", "account amount",
     "currency reference expected_version"},
    {"WithdrawMoney", "POST", "/accounts/withdraw", "atc", "account amount",
     "currency reference expected_version"},
    {"TransferMoney", "POST", "/accounts/transfer", "atc", "from to amount",
     "currency reference expected_version"},
    {"Batch", "POST", "/batch", "at", "commands", "atomic"},
    {"GetOutcome", "GET", "/outcomes/{key}", "atmu", "{key}", "account"},
    {"AbandonKey", "POST", "/outcomes/{key}/abandon", "atm", "{key}", "account"},
    {"GetAccount", "GET", "/accounts/{account}", "atcu", "{account}", ""},
    {"ListAccounts", "GET", "/accounts", "atu", "", "search limit after"},
    {"GetBalance", "GET", "/accounts/{account}/balance", "atcu", "{account}", "at"},
    {"GetBalanceSeries", "GET", "/accounts/{account}/balance/series", "atcu", "{account} from to",
     ""},
    {"GetTransactionHistory", "GET", "/accounts/{account}/history", "atcu", "{account}",
     "limit before after from to types min max text"},
    {"ListStatements", "GET", "/accounts/{account}/statements", "atcu", "{account}",
     "limit before"},
    {"GetStatement", "GET", "/accounts/{account}/statements/{month}", "atcu", "{account} {month}",
     ""},
    {"GetChanges", NULL, "/events", "atu", "", "after limit wait_ms"},
    {"CreateKey", "POST", "/keys", "a", "role name", ""},
    {"ListKeys", "GET", "/keys", "a", "", ""},
    {"RevokeKey", "DELETE", "/keys/{name}", "a", "{name}", ""},
    {"CreateWebhook", "POST", "/webhooks", "a", "url", "types accounts secret"},
    {"GetWebhook", "GET", "/webhooks/{id}", "a", "{id}", ""},
    {"ListWebhooks", "GET", "/webhooks", "a", "", "limit after"},
    {"UpdateWebhook", "PATCH", "/webhooks/{id}", "a", "{id}", "url types accounts enabled"},
    {"DeleteWebhook", "DELETE", "/webhooks/{id}", "a", "{id}", ""},
    {"RotateWebhook", "POST", "/webhooks/{id}/rotate", "a", "{id}", ""},
    {"TestWebhook", "POST", "/webhooks/{id}/test", "a", "{id}", ""},
    {"ListDeliveries", "GET", "/webhooks/{id}/deliveries", "a", "{id}", "state limit before"},
    {"RetryDelivery", "POST", "/webhooks/{id}/deliveries/{delivery}/retry", "a", "{id} {delivery}",
     ""},
    {"ReplayWebhook", "POST", "/webhooks/{id}/replay", "a", "{id} after", ""},
    {"SetPin", "PUT", "/accounts/{account}/pin", "at", "{account} pin", ""},
    {"OpenSession", "POST", "/sessions", "am", "account pin", ""},
    {"CloseSession", "DELETE", "/sessions/current", "c", "", ""},
};

static void list_fields(const struct shape *shape, bool required, char out[256])
{
    out[0] = '\0';
    for (size_t i = 0; i < shape->count; i++) {
        const struct field *field = &shape->fields[i];
        if (((field->flags & FIELD_REQUIRED) != 0) != required)
            continue;
        bool in_path = (field->flags & FIELD_IN_PATH) != 0;
        size_t size = strlen(out);
        snprintf(out + size, 256 - size, "%s%s%s%s", size > 0 ? " " : "", in_path ? "{" : "",
                 field->name.data, in_path ? "}" : "");
    }
}

static void the_table_says_what_the_contract_says(void **state)
{
    static const char letters[ROLE_COUNT] = {'a', 't', 'm', 'c', 'u'};
    (void)state;
    assert_int_equal(sizeof contract / sizeof contract[0], OP_COUNT);
    for (unsigned op = 0; op < OP_COUNT; op++) {
        const struct row *row = &contract[op];
        const struct message *message = message_of((enum op)op);
        char fields[256];
        assert_int_equal(message->op, op);
        assert_string_equal(message->name, row->name);
        assert_ptr_equal(message_by_name(text_of(row->name)), message);
        assert_int_equal(message->method == NULL, row->method == NULL);
        if (row->method != NULL)
            assert_string_equal(message->method, row->method);
        assert_string_equal(message->path, row->path);
        for (unsigned role = 0; role < ROLE_COUNT; role++)
            assert_int_equal((message->roles & ROLE_BIT(role)) != 0,
                             strchr(row->roles, letters[role]) != NULL);
        list_fields(message->args, true, fields);
        assert_string_equal(fields, row->required);
        list_fields(message->args, false, fields);
        assert_string_equal(fields, row->optional);
        assert_int_equal(message->created, op == OP_CREATE_ACCOUNT || op == OP_CREATE_KEY ||
                                               op == OP_CREATE_WEBHOOK || op == OP_OPEN_SESSION);
        assert_int_equal(message->result == NULL, message->no_content);
    }
}

static void names_are_found_exactly(void **state)
{
    (void)state;
    assert_null(message_by_name(TEXT("")));
    assert_null(message_by_name(TEXT("depositmoney")));
    assert_null(message_by_name(TEXT("DepositMoney ")));
    assert_null(message_by_name((struct text){0}));
}

static void a_batch_knows_its_four_operations(void **state)
{
    (void)state;
    for (uint8_t i = 0; i < 4; i++)
        assert_string_equal(message_of(batch_op(i))->name, batch_op_names[i]);
    assert_null(batch_op_names[4]);
}

static void commands_load_the_accounts_they_name(void **state)
{
    struct transfer_money transfer = {.from = 11, .to = 22};
    const struct message *message = message_of(OP_TRANSFER_MONEY);
    (void)state;
    for (unsigned i = 0; i < 2; i++) {
        uint64_t id;
        assert_int_equal(message->loads[i].kind, ENTITY_ACCOUNT);
        memcpy(&id, (const char *)&transfer + message->loads[i].offset, sizeof id);
        assert_int_equal(id, i == 0 ? 11 : 22);
    }
    assert_int_equal(message->loads[2].kind, ENTITY_NONE);
    assert_int_equal(message_of(OP_DEPOSIT_MONEY)->loads[0].offset,
                     offsetof(struct move_money, account));
    assert_int_equal(message_of(OP_CREATE_ACCOUNT)->loads[0].offset,
                     offsetof(struct create_account, account));
}

static void check_shape(const struct shape *shape, bool args)
{
    assert_true(shape->count <= SHAPE_FIELDS_MAX);
    for (size_t i = 0; i < shape->count; i++) {
        const struct field *field = &shape->fields[i];
        if (field->type != FIELD_CONSTANT)
            assert_true(field->offset >= (args ? sizeof(uint32_t) : 0) &&
                        field->offset < shape->size);
        bool named =
            field->type == FIELD_ENUM || field->type == FIELD_SET || field->type == FIELD_CONSTANT;
        bool shaped = field->type == FIELD_OBJECT || field->type == FIELD_LIST;
        assert_int_equal(field->names != NULL, named);
        assert_int_equal(field->shape != NULL, shaped);
        assert_true(field->min <= field->max);
        if (shaped)
            check_shape(field->shape, args);
        for (size_t k = 0; k < i; k++) {
            const struct field *other = &shape->fields[k];
            if (strcmp(field->name.data, other->name.data) == 0)
                assert_true(field->only_for != 0 && other->only_for != 0 &&
                            (field->only_for & other->only_for) == 0);
        }
    }
}

static void every_shape_is_well_formed(void **state)
{
    (void)state;
    for (unsigned op = 0; op < OP_COUNT; op++)
        check_shape(message_of((enum op)op)->args, true);
    for (size_t i = 0; i < GENERATE_RESULTS; i++)
        check_shape(generate_results[i], false);
}

struct match {
    const char *method, *path;
    int outcome;
    const char *name, *values, *allow;
};

#define FOUND MESSAGE_MATCH_FOUND
#define NO_PATH MESSAGE_MATCH_NO_PATH
#define NO_METHOD MESSAGE_MATCH_NO_METHOD

static const struct match matches[] = {
    {"POST", "/accounts", FOUND, "CreateAccount", "", "POST, GET, HEAD"},
    {"GET", "/accounts", FOUND, "ListAccounts", "", "POST, GET, HEAD"},
    {"HEAD", "/accounts", FOUND, "ListAccounts", "", "POST, GET, HEAD"},
    {"DELETE", "/accounts", NO_METHOD, NULL, "", "POST, GET, HEAD"},
    {"get", "/accounts", NO_METHOD, NULL, "", "POST, GET, HEAD"},
    {"POST", "/accounts/deposit", FOUND, "DepositMoney", "", "POST"},
    {"GET", "/accounts/deposit", NO_METHOD, NULL, "", "POST"},
    {"HEAD", "/accounts/transfer", NO_METHOD, NULL, "", "POST"},
    {"GET", "/accounts/1000004204", FOUND, "GetAccount", "1000004204", "GET, HEAD"},
    {"POST", "/accounts/1000004204", NO_METHOD, NULL, "", "GET, HEAD"},
    {"GET", "/accounts/depositx", FOUND, "GetAccount", "depositx", "GET, HEAD"},
    {"GET", "/accounts/deposit/balance", FOUND, "GetBalance", "deposit", "GET, HEAD"},
    {"GET", "/accounts/1/balance/series", FOUND, "GetBalanceSeries", "1", "GET, HEAD"},
    {"GET", "/accounts/1/statements/2026-02", FOUND, "GetStatement", "1|2026-02", "GET, HEAD"},
    {"GET", "/outcomes/a%2Fb%20c", FOUND, "GetOutcome", "a%2Fb%20c", "GET, HEAD"},
    {"POST", "/outcomes/a/abandon", FOUND, "AbandonKey", "a", "POST"},
    {"DELETE", "/keys/ana", FOUND, "RevokeKey", "ana", "DELETE"},
    {"GET", "/keys/ana", NO_METHOD, NULL, "", "DELETE"},
    {"PUT", "/accounts/1000004204/pin", FOUND, "SetPin", "1000004204", "PUT"},
    {"GET", "/accounts/1000004204/pin", NO_METHOD, NULL, "", "PUT"},
    {"DELETE", "/sessions/current", FOUND, "CloseSession", "", "DELETE"},
    {"DELETE", "/sessions/other", NO_PATH, NULL, "", ""},
    {"GET", "/events", NO_PATH, NULL, "", ""},
    {"GET", "/", NO_PATH, NULL, "", ""},
    {"GET", "", NO_PATH, NULL, "", ""},
    {"GET", "accounts", NO_PATH, NULL, "", ""},
    {"GET", "/accounts/", NO_PATH, NULL, "", ""},
    {"GET", "//accounts", NO_PATH, NULL, "", ""},
    {"GET", "/accounts//balance", NO_PATH, NULL, "", ""},
    {"GET", "/accounts/1/balance/", NO_PATH, NULL, "", ""},
    {"GET", "/accounts/1/nothing", NO_PATH, NULL, "", ""},
    {"GET", "/Accounts", NO_PATH, NULL, "", ""},
};

static void paths_are_matched_the_literal_before_the_named(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof matches / sizeof matches[0]; i++) {
        const struct match *want = &matches[i];
        struct message_match got;
        char values[128] = "";
        message_match(text_of(want->method), text_of(want->path), &got);
        for (size_t k = 0; k < got.value_count; k++) {
            size_t size = strlen(values);
            snprintf(values + size, sizeof values - size, "%s%.*s", k > 0 ? "|" : "",
                     TEXT_ARGS(got.values[k]));
        }
        if ((int)got.outcome != want->outcome || strcmp(got.allow, want->allow) != 0 ||
            (got.message == NULL) != (want->name == NULL) || strcmp(values, want->values) != 0)
            fail_msg("%s %s: %d, %s, %s", want->method, want->path, (int)got.outcome, values,
                     got.allow);
        if (want->name != NULL)
            assert_string_equal(got.message->name, want->name);
    }
}

static void percent_encoding_is_undone(void **state)
{
    static const struct {
        const char *encoded;
        bool query;
        const char *decoded; /* NULL: not sound */
    } rows[] = {
        {"plain", false, "plain"}, {"", true, ""},          {"a%20b", false, "a b"},
        {"a+b", false, "a+b"},     {"a+b", true, "a b"},    {"%2f%2F", false, "//"},
        {"%41%", false, NULL},     {"%4", false, NULL},     {"%", true, NULL},
        {"%zz", false, NULL},      {"%4g", false, NULL},    {"Zo%C3%AB", true, "Zoë"},
        {"%%41", false, NULL},     {"%2541", false, "%41"},
    };
    struct arena arena;
    (void)state;
    arena_init(&arena, 0);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct text out;
        bool sound = message_decode(text_of(rows[i].encoded), rows[i].query, &arena, &out);
        assert_int_equal(sound, rows[i].decoded != NULL);
        if (sound)
            assert_true(text_is(out, rows[i].decoded));
    }
    arena_close(&arena);
}

static void a_path_is_built_from_arguments(void **state)
{
    uint64_t number = account_from_sequence(100000042);
    struct account_query account = {.given = 1, .account = number};
    struct history_query history = {
        .given = 1u << HISTORY_ACCOUNT | 1u << HISTORY_LIMIT | 1u << HISTORY_FROM |
                 1u << HISTORY_TYPES | 1u << HISTORY_TEXT,
        .account = number,
        .limit = 20,
        .before = 9, /* not given: not written */
        .from = 1,
        .types = 1u << EVENT_MONEY_DEPOSITED | 1u << EVENT_BALANCE_UPDATED,
        .text = TEXT("Café &+?#=")};
    struct outcome_key key = {.given = 1, .key = TEXT("a/b c?%")};
    struct changes_query changes = {.given = 7, .after = 12, .limit = 3, .wait_ms = 4};
    struct statement_query statement = {.given = 3, .account = number, .month = 2026 * 12 + 1};
    char digits[ACCOUNT_TEXT_MAX], want[256];
    struct arena arena;
    (void)state;
    arena_init(&arena, 0);
    account_print(number, digits);

    snprintf(want, sizeof want, "/accounts/%s", digits);
    assert_true(text_is(message_path(message_of(OP_GET_ACCOUNT), &account, &arena), want));
    snprintf(want, sizeof want,
             "/accounts/%s/history?limit=20&from=1970-01-01T00:00:00.000001Z"
             "&types=MoneyDeposited,BalanceUpdated&text=Caf%%C3%%A9%%20%%26%%2B%%3F%%23%%3D",
             digits);
    assert_true(
        text_is(message_path(message_of(OP_GET_TRANSACTION_HISTORY), &history, &arena), want));
    assert_true(text_is(message_path(message_of(OP_GET_OUTCOME), &key, &arena),
                        "/outcomes/a%2Fb%20c%3F%25"));
    assert_true(
        text_is(message_path(message_of(OP_GET_CHANGES), &changes, &arena), "/events?after=12"));
    snprintf(want, sizeof want, "/accounts/%s/statements/2026-02", digits);
    assert_true(text_is(message_path(message_of(OP_GET_STATEMENT), &statement, &arena), want));
    arena_close(&arena);
}

/* A path cut into what REST hands over: raw values, and the query's decoded pairs. */
static size_t split_query(struct text query, struct arena *arena, struct parameter out[16])
{
    size_t count = 0;
    while (query.size > 0) {
        const char *end = memchr(query.data, '&', query.size);
        size_t size = end != NULL ? (size_t)(end - query.data) : query.size;
        const char *equals = memchr(query.data, '=', size);
        assert_non_null(equals);
        struct text name = {query.data, (size_t)(equals - query.data)};
        struct text value = {equals + 1, size - name.size - 1};
        assert_true(message_decode(name, true, arena, &out[count].name));
        assert_true(message_decode(value, true, arena, &out[count].value));
        count++;
        query.data += end != NULL ? size + 1 : size;
        query.size -= end != NULL ? size + 1 : size;
    }
    return count;
}

static void paths_of_every_get_lead_back_to_their_arguments(void **state)
{
    struct arena arena;
    struct generator from = {.state = 77, .arena = &arena};
    (void)state;
    arena_init(&arena, 0);
    for (unsigned round = 0; round < 100 * OP_COUNT; round++) {
        const struct message *message = message_of((enum op)(round % OP_COUNT));
        if (message->method == NULL ||
            (strcmp(message->method, "GET") != 0 && strcmp(message->method, "DELETE") != 0))
            continue;
        struct any args = generate_any(&from, message->args, true);
        struct text path = message_path(message, args.value, &arena), query = {"", 0};
        const char *mark = memchr(path.data, '?', path.size);
        if (mark != NULL) {
            query = (struct text){mark + 1, path.size - (size_t)(mark + 1 - path.data)};
            path.size = (size_t)(mark - path.data);
        }
        struct message_match match;
        struct parameter pairs[16];
        struct problem problem;
        void *back;
        message_match(text_of(message->method), path, &match);
        assert_int_equal(match.outcome, MESSAGE_MATCH_FOUND);
        assert_ptr_equal(match.message, message);
        for (size_t i = 0; i < match.value_count; i++)
            assert_true(message_decode(match.values[i], false, &arena, &match.values[i]));
        size_t count = split_query(query, &arena, pairs);
        if (!bind_parameters(message, match.values, pairs, count, NULL, &arena, &back, &problem))
            fail_msg("%.*s: %s", TEXT_ARGS(path), problem.detail);
        assert_true(generate_same(message->args, true, &arena, args.value, back));
        arena_reset(&arena);
    }
    arena_close(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_table_says_what_the_contract_says),
        cmocka_unit_test(names_are_found_exactly),
        cmocka_unit_test(a_batch_knows_its_four_operations),
        cmocka_unit_test(commands_load_the_accounts_they_name),
        cmocka_unit_test(every_shape_is_well_formed),
        cmocka_unit_test(paths_are_matched_the_literal_before_the_named),
        cmocka_unit_test(percent_encoding_is_undone),
        cmocka_unit_test(a_path_is_built_from_arguments),
        cmocka_unit_test(paths_of_every_get_lead_back_to_their_arguments),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
