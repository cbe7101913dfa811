/* What HTTP asks of the door: methods, media types, keys, entity tags, problems. The service
 * behind it is fake_service.h, which here answers with whatever the test has put in `reply`. */
#include <stdbool.h>

#include "rest/client.h"
#include "rest/fake_service.h"
#include "rest/rest.h"

#define HOST "Host: bank\r\n"
#define JSON "Content-Type: application/json\r\n"
#define GET(target, headers) "GET " target " HTTP/1.1\r\n" HOST headers "\r\n"

static struct rest *door;
static struct client client;

/* What the service is to say, and what it was asked. */
static struct {
    enum status status;
    struct problem problem;
    struct any result;
    bool replayed;
    uint64_t etag;
    const char *location;
} reply;

static struct {
    enum op op;
    char auth[300], key[300];
    bool has_auth, has_key;
    union {
        struct move_money move;
        struct create_account create;
        struct history_query history;
        struct list_accounts list;
        struct outcome_key outcome;
        struct statement_query statement;
    } args;
    char text[300]; /* of the argument the test looks at */
} asked;

static void copy_text(char out[300], struct text text)
{
    assert_true(text.size < 300);
    memcpy(out, text.data == NULL ? "" : text.data, text.size);
    out[text.size] = '\0';
}

static void answer_as_told(struct call *call)
{
    asked.op = call->message->op;
    asked.has_auth = call->auth.data != NULL;
    asked.has_key = call->key.data != NULL;
    copy_text(asked.auth, call->auth);
    copy_text(asked.key, call->key);
    assert_true(call->message->args->size <= sizeof(asked.args));
    memcpy(&asked.args, call->args, call->message->args->size);
    switch (call->message->op) {
    case OP_LIST_ACCOUNTS:
        copy_text(asked.text, asked.args.list.search);
        break;
    case OP_GET_OUTCOME:
    case OP_ABANDON_KEY:
        copy_text(asked.text, asked.args.outcome.key);
        break;
    default:
        break;
    }
    call->status = reply.status;
    call->problem = reply.problem;
    call->result = reply.result;
    call->replayed = reply.replayed;
    call->etag = reply.etag;
    call->location = text_of(reply.location);
}

static const struct account_result account = {
    .account = UINT64_C(1000000016),
    .owner = {"Zo\xc3\xab", 4},
    .currency = 978,
    .balance = {.minor = 227206},
    .version = 7,
    .opened_at = 1,
    .position = 9,
};

static int setup(void **state)
{
    (void)state;
    memset(&reply, 0, sizeof(reply));
    memset(&asked, 0, sizeof(asked));
    problem_clear(&reply.problem);
    reply.result = (struct any){.shape = &account_result_shape, .value = &account};
    fake_reset(answer_as_told, false);
    const struct rest_config config = {.service = &fake.service, .address = "127.0.0.1:0"};
    door = rest_start(&config);
    if (door == NULL) {
        return 1;
    }
    client = client_open(rest_address(door));
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    client_close(&client);
    rest_stop(&door);
    return 0;
}

static void refuse_with(enum status status)
{
    reply.status = status;
    problem_set(&reply.problem, status, "%s", "");
}

static struct answer post(const char *path, const char *headers, const char *body)
{
    char request[4096];
    (void)snprintf(request, sizeof(request),
                   "POST %s HTTP/1.1\r\n" HOST "%sContent-Length: %zu\r\n\r\n%s", path, headers,
                   strlen(body), body);
    return client_ask(&client, request);
}

static void expect_problem(const char *name, struct answer *answer, int status, const char *code,
                           const char *pointer)
{
    char want[200];
    if (answer->status != status) {
        fail_msg("%s: %d instead of %d: %s", name, answer->status, status, answer->body);
    }
    answer_expect_header(answer, "Content-Type", "application/problem+json");
    (void)snprintf(want, sizeof(want), "\"code\":\"%s\"", code);
    if (strstr(answer->body, want) == NULL) {
        fail_msg("%s: no %s in %s", name, want, answer->body);
    }
    (void)snprintf(want, sizeof(want), "\"type\":\"/problems/%s\"", code);
    answer_expect_text(answer, want);
    answer_expect_text(answer, "\"title\":");
    answer_expect_text(answer, "\"detail\":");
    char id[64];
    assert_true(answer_header(answer, "X-Request-Id", id, sizeof(id)));
    (void)snprintf(want, sizeof(want), "\"request_id\":\"%s\"", id);
    answer_expect_text(answer, want);
    if (pointer != NULL) {
        (void)snprintf(want, sizeof(want), "\"pointer\":\"%s\"", pointer);
        if (strstr(answer->body, want) == NULL) {
            fail_msg("%s: no %s in %s", name, want, answer->body);
        }
    }
}

static void a_bad_body_is_refused_and_the_field_named(void **state)
{
    (void)state;
#define D "/accounts/deposit"
#define A "\"account\":\"1000000016\""
    static const struct {
        const char *path, *body;
        int status;
        const char *code, *pointer;
    } cases[] = {
        {D, "", 400, "malformed_request", NULL},
        {D, "{", 400, "malformed_request", NULL},
        {D, "null", 400, "malformed_request", NULL},
        {D, "[]", 400, "malformed_request", NULL},
        {D, "{}", 400, "malformed_request", "#/account"},
        {D, "{" A "}", 400, "malformed_request", "#/amount"},
        {D, "{" A ",\"amount\":1} x", 400, "malformed_request", NULL},
        {D, "{" A ",\"amount\":1,\"amount\":2}", 400, "malformed_request", NULL},
        {D, "{" A ",\"amount\":1,\"ammount\":2}", 400, "malformed_request", "#/ammount"},
        {D, "{" A ",\"amount\":1.0}", 400, "malformed_request", "#/amount"},
        {D, "{" A ",\"amount\":1e2}", 400, "malformed_request", "#/amount"},
        {D, "{" A ",\"amount\":\"1\"}", 400, "malformed_request", "#/amount"},
        {D, "{" A ",\"amount\":null}", 400, "malformed_request", "#/amount"},
        {D, "{" A ",\"amount\":0}", 400, "invalid_amount", "#/amount"},
        {D, "{" A ",\"amount\":-1}", 400, "invalid_amount", "#/amount"},
        {D, "{" A ",\"amount\":9007199254740992}", 400, "invalid_amount", "#/amount"},
        {D, "{" A ",\"amount\":99999999999999999999999}", 400, "invalid_amount", "#/amount"},
        {D, "{\"account\":\"1000000017\",\"amount\":1}", 400, "invalid_account", "#/account"},
        {D, "{\"account\":\"10000 00016\",\"amount\":1}", 400, "invalid_account", "#/account"},
        {D, "{\"account\":1000000016,\"amount\":1}", 400, "malformed_request", "#/account"},
        {D, "{" A ",\"amount\":1,\"currency\":\"eur\"}", 400, "invalid_currency", "#/currency"},
        {D, "{" A ",\"amount\":1,\"reference\":\"\xff\"}", 400, "malformed_request", NULL},
        {D, "\xef\xbb\xbf{}", 400, "malformed_request", NULL},
        {D "?x=1", "{" A ",\"amount\":1}", 400, "invalid_parameter", NULL},
        {D "?amount=1", "{" A "}", 400, "invalid_parameter", NULL},
        {"/accounts", "{\"currency\":\"EUR\"}", 400, "malformed_request", "#/owner"},
        {"/accounts", "{\"owner\":\"\",\"currency\":\"EUR\"}", 400, "malformed_request", "#/owner"},
        {"/accounts", "{\"owner\":\"a\",\"currency\":\"XXX\"}", 400, "invalid_currency",
         "#/currency"},
        {"/accounts/transfer", "{\"from\":\"1000000016\",\"to\":\"1\",\"amount\":1}", 400,
         "invalid_account", "#/to"},
        {"/batch", "{\"commands\":[]}", 400, "malformed_request", "#/commands"},
        {"/batch",
         "{\"commands\":[{\"op\":\"DepositMoney\",\"args\":{" A ",\"amount\":1}},"
         "{\"op\":\"DepositMoney\",\"args\":{" A ",\"amount\":0}}]}",
         400, "invalid_amount", "#/commands/1/args/amount"},
        {"/outcomes/k/abandon", "{\"key\":\"k\"}", 400, "malformed_request", "#/key"},
        {"/nothing", "{}", 404, "not_found", NULL},
        {"/accounts/1000000016", "{}", 405, "method_not_allowed", NULL},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct answer answer = post(cases[i].path, JSON, cases[i].body);
        expect_problem(cases[i].body, &answer, cases[i].status, cases[i].code, cases[i].pointer);
        answer_free(&answer);
    }
    assert_int_equal(fake_submitted(), 0);
#undef A
#undef D
}

static void a_bad_query_is_refused_and_the_parameter_named(void **state)
{
    (void)state;
#define A "/accounts/1000000016"
    static const struct {
        const char *target;
        int status;
        const char *code, *pointer;
    } cases[] = {
        {"/accounts?limit=0", 400, "invalid_parameter", "#/limit"},
        {"/accounts?limit=1001", 400, "invalid_parameter", "#/limit"},
        {"/accounts?limit=", 400, "invalid_parameter", "#/limit"},
        {"/accounts?limit", 400, "invalid_parameter", "#/limit"},
        {"/accounts?limit=1&limit=2", 400, "invalid_parameter", "#/limit"},
        {"/accounts?limit=+1", 400, "invalid_parameter", "#/limit"},
        {"/accounts?limit=1.0", 400, "invalid_parameter", "#/limit"},
        {"/accounts?nothing=1", 400, "invalid_parameter", "#/nothing"},
        {"/accounts?search=%", 400, "invalid_parameter", NULL},
        {"/accounts?search=%4", 400, "invalid_parameter", NULL},
        {"/accounts?search=%zz", 400, "invalid_parameter", NULL},
        {"/accounts?search=%00", 400, "invalid_parameter", NULL},
        {"/accounts?search=%ff", 400, "invalid_parameter", NULL},
        {"/accounts?search=%c0%af", 400, "invalid_parameter", NULL},
        {"/accounts?%ff=1", 400, "invalid_parameter", NULL},
        {"/accounts?after=1", 400, "invalid_parameter", "#/after"},
        {"/accounts/1000000017", 400, "invalid_account", "#/account"},
        {"/accounts/1%zz", 400, "malformed_request", NULL},
        {"/accounts/%00", 400, "invalid_account", NULL},
        {A "?x=1", 400, "invalid_parameter", "#/x"},
        {A "?account=1000000016", 400, "invalid_parameter", "#/account"},
        {A "/balance?at=yesterday", 400, "invalid_parameter", "#/at"},
        {A "/balance/series", 400, "invalid_parameter", "#/from"},
        {A "/balance/series?from=2026-01-01", 400, "invalid_parameter", "#/to"},
        {A "/balance/series?from=2026-02-30&to=2026-03-01", 400, "invalid_parameter", "#/from"},
        {A "/history?types=Nothing", 400, "invalid_parameter", "#/types/0"},
        {A "/history?min=-1", 400, "invalid_parameter", "#/min"},
        {A "/history?before=0", 400, "invalid_parameter", "#/before"},
        {A "/statements/2026-13", 400, "invalid_parameter", "#/month"},
        {A "/statements/2026-1", 400, "invalid_parameter", "#/month"},
        {A "/statements?before=1", 400, "invalid_parameter", "#/before"},
        {A "/statements/", 404, "not_found", NULL},
        {A "/", 404, "not_found", NULL},
        {"/", 404, "not_found", NULL},
        {"//accounts", 404, "not_found", NULL},
        {"/Accounts", 404, "not_found", NULL},
        {"/accounts/deposit", 405, "method_not_allowed", NULL},
        {"/batch", 405, "method_not_allowed", NULL},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char request[512];
        (void)snprintf(request, sizeof(request), "GET %s HTTP/1.1\r\n" HOST "\r\n",
                       cases[i].target);
        struct answer answer = client_ask(&client, request);
        expect_problem(cases[i].target, &answer, cases[i].status, cases[i].code, cases[i].pointer);
        answer_free(&answer);
    }
    assert_int_equal(fake_submitted(), 0);
#undef A
}

static void too_many_parameters_are_refused(void **state)
{
    (void)state;
    char request[2048], *at = request;
    at += sprintf(at, "GET /accounts?");
    for (int i = 0; i < 100; i++) {
        at += sprintf(at, "limit=1&");
    }
    (void)sprintf(at, " HTTP/1.1\r\n" HOST "\r\n");
    struct answer answer = client_ask(&client, request);
    expect_problem("many", &answer, 400, "invalid_parameter", NULL);
    answer_free(&answer);
}

static void a_query_is_decoded_once(void **state)
{
    (void)state;
    static const struct {
        const char *target, *search;
    } cases[] = {
        {"/accounts?search=zoe", "zoe"},
        {"/accounts?search=a+b", "a b"},
        {"/accounts?search=a%2Bb", "a+b"},
        {"/accounts?search=%2525", "%25"},
        {"/accounts?search=Zo%C3%AB&limit=3", "Zo\xc3\xab"},
        {"/accounts?limit=3&search=a%26b%3Dc", "a&b=c"},
        {"/accounts?search=a=b", "a=b"},
        {"/accounts?&search=x&", "x"},
        {"http://bank/accounts?search=y", "y"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char request[512];
        (void)snprintf(request, sizeof(request), "GET %s HTTP/1.1\r\n" HOST "\r\n",
                       cases[i].target);
        struct answer answer = client_ask(&client, request);
        assert_int_equal(answer.status, 200);
        assert_string_equal(asked.text, cases[i].search);
        answer_free(&answer);
    }
}

static void a_key_in_a_path_may_hold_anything_escaped(void **state)
{
    (void)state;
    struct answer answer = client_ask(&client, GET("/outcomes/a%2Fb%20c+d", ""));
    assert_int_equal(answer.status, 200);
    assert_int_equal(asked.op, OP_GET_OUTCOME);
    assert_string_equal(asked.text, "a/b c+d");
    answer_free(&answer);
    answer = client_ask(&client,
                        "POST /outcomes/k/abandon HTTP/1.1\r\n" HOST "Content-Length: 0\r\n\r\n");
    assert_int_equal(answer.status, 200);
    assert_int_equal(asked.op, OP_ABANDON_KEY);
    assert_string_equal(asked.text, "k");
    answer_free(&answer);
}

static void an_idempotency_key_is_taken_bare_or_quoted(void **state)
{
    (void)state;
    char long_key[300] = "Idempotency-Key: ";
    char too_long[300] = "Idempotency-Key: ";
    memset(long_key + 17, 'k', 255);
    memcpy(long_key + 17 + 255, "\r\n", 3);
    memset(too_long + 17, 'k', 256);
    memcpy(too_long + 17 + 256, "\r\n", 3);
    const struct {
        const char *header, *key; /* NULL: refused */
    } cases[] = {
        {"Idempotency-Key: abc\r\n", "abc"},
        {"idempotency-key:   a b  \r\n", "a b"},
        {"Idempotency-Key: \"abc\"\r\n", "abc"},
        {"Idempotency-Key: \"a\\\"b\\\\c\"\r\n", "a\"b\\c"},
        {"Idempotency-Key: a\"b\r\n", "a\"b"},
        {long_key, long_key + 17},
        {too_long, NULL},
        {"Idempotency-Key: \r\n", NULL},
        {"Idempotency-Key: \"\"\r\n", NULL},
        {"Idempotency-Key: \"\r\n", NULL},
        {"Idempotency-Key: \"abc\r\n", NULL},
        {"Idempotency-Key: \"a\"b\"\r\n", NULL},
        {"Idempotency-Key: \"ab\\\"\r\n", NULL},
        {"Idempotency-Key: \"a\\b\"\r\n", NULL},
        {"Idempotency-Key: Zo\xc3\xab\r\n", NULL},
        {"Idempotency-Key: a\r\nIdempotency-Key: a\r\n", NULL},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char headers[600];
        (void)snprintf(headers, sizeof(headers), JSON "%s", cases[i].header);
        struct answer answer =
            post("/accounts/deposit", headers, "{\"account\":\"1000000016\",\"amount\":1}");
        if (cases[i].key == NULL) {
            expect_problem(cases[i].header, &answer, 400, "invalid_key", NULL);
        } else {
            assert_int_equal(answer.status, 200);
            assert_int_equal(strlen(asked.key), strcspn(cases[i].key, "\r"));
            assert_memory_equal(asked.key, cases[i].key, strlen(asked.key));
        }
        answer_free(&answer);
    }
}

static void a_query_ignores_an_idempotency_key(void **state)
{
    (void)state;
    struct answer answer =
        client_ask(&client, GET("/accounts/1000000016", "Idempotency-Key: \"\r\n"));
    assert_int_equal(answer.status, 200);
    assert_false(asked.has_key);
    answer_free(&answer);
}

static void credentials_are_handed_on(void **state)
{
    (void)state;
    static const struct {
        const char *headers;
        bool given;
        const char *auth;
    } cases[] = {
        {"", false, ""},
        {"Authorization: Bearer tk_abc\r\n", true, "tk_abc"},
        {"authorization: bearer   tk_abc \r\n", true, "tk_abc"},
        {"Authorization: Basic dGs6\r\n", true, ""},
        {"Authorization: Bearer\r\n", true, ""},
        {"Authorization: \r\n", true, ""},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char request[512];
        (void)snprintf(request, sizeof(request),
                       "GET /accounts/1000000016 HTTP/1.1\r\n" HOST "%s\r\n", cases[i].headers);
        struct answer answer = client_ask(&client, request);
        assert_int_equal(answer.status, 200);
        assert_int_equal(asked.has_auth, cases[i].given);
        assert_string_equal(asked.auth, cases[i].auth);
        answer_free(&answer);
    }
}

static void a_body_must_be_called_json(void **state)
{
    (void)state;
    static const struct {
        const char *header;
        int status;
    } cases[] = {
        {"Content-Type: application/json\r\n", 200},
        {"Content-Type: Application/JSON\r\n", 200},
        {"Content-Type: application/json; charset=utf-8\r\n", 200},
        {"Content-Type: application/json;charset=\"UTF-8\"\r\n", 200},
        {"Content-Type: application/json; profile=x\r\n", 200},
        {"Content-Type: application/json; charset=latin1\r\n", 415},
        {"Content-Type: application/jsonx\r\n", 415},
        {"Content-Type: application/x-www-form-urlencoded\r\n", 415},
        {"Content-Type: text/json\r\n", 415},
        {"Content-Type: \r\n", 415},
        {"", 415},
        {"Content-Type: application/json\r\nContent-Encoding: identity\r\n", 200},
        {"Content-Type: application/json\r\nContent-Encoding: gzip\r\n", 415},
        {"Content-Encoding: br\r\nContent-Encoding: identity\r\n"
         "Content-Type: application/json\r\n",
         415},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct answer answer =
            post("/accounts/deposit", cases[i].header, "{\"account\":\"1000000016\",\"amount\":1}");
        if (cases[i].status != 200) {
            expect_problem(cases[i].header, &answer, 415, "unsupported_media_type", NULL);
        }
        assert_int_equal(answer.status, cases[i].status);
        answer_free(&answer);
    }
}

static void only_an_accept_that_excludes_json_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *header;
        int status;
    } cases[] = {
        {"Accept: */*\r\n", 200},
        {"Accept: application/json\r\n", 200},
        {"Accept: application/*;q=0.1\r\n", 200},
        {"Accept: text/html, */*;q=0.1\r\n", 200},
        {"Accept: text/html\r\nAccept: application/json\r\n", 200},
        {"Accept: \r\n", 200},
        {"Accept: APPLICATION/JSON\r\n", 200},
        {"Accept: text/html\r\n", 406},
        {"Accept: application/xml, text/csv\r\n", 406},
        {"Accept: application/json;q=0\r\n", 406},
        {"Accept: application/json;q=0, */*\r\n", 406},
        {"Accept: */*;q=0.000\r\n", 406},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char request[512];
        (void)snprintf(request, sizeof(request),
                       "GET /accounts/1000000016 HTTP/1.1\r\n" HOST "%s\r\n", cases[i].header);
        struct answer answer = client_ask(&client, request);
        if (answer.status != cases[i].status) {
            fail_msg("%s: %d", cases[i].header, answer.status);
        }
        answer_free(&answer);
    }
}

static void an_unchanged_account_is_not_sent_again(void **state)
{
    (void)state;
    static const struct {
        const char *header;
        int status;
    } cases[] = {
        {"", 200},
        {"If-None-Match: \"7\"\r\n", 304},
        {"If-None-Match: W/\"7\"\r\n", 304},
        {"If-None-Match: \"6\", \"7\"\r\n", 304},
        {"If-None-Match: *\r\n", 304},
        {"If-None-Match: \"6\"\r\n", 200},
        {"If-None-Match: 7\r\n", 200},
        {"If-None-Match: \"07\"\r\n", 200},
        {"If-None-Match: \"77\"\r\n", 200},
        {"If-None-Match: \r\n", 200},
    };
    reply.etag = 7;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char request[512];
        (void)snprintf(request, sizeof(request),
                       "GET /accounts/1000000016 HTTP/1.1\r\n" HOST "%s\r\n", cases[i].header);
        struct answer answer = client_ask(&client, request);
        if (answer.status != cases[i].status) {
            fail_msg("%s: %d", cases[i].header, answer.status);
        }
        answer_expect_header(&answer, "ETag", "\"7\"");
        answer_free(&answer);
    }
}

static void a_head_is_a_get_without_its_body(void **state)
{
    (void)state;
    struct answer head, get;
    char length[32];
    reply.etag = 7;
    client_send(&client, "HEAD /accounts/1000000016 HTTP/1.1\r\n" HOST "\r\n");
    assert_true(client_try(&client, 1, &head));
    get = client_ask(&client, GET("/accounts/1000000016", ""));
    assert_int_equal(head.status, 200);
    answer_expect_header(&head, "ETag", "\"7\"");
    assert_true(answer_header(&get, "Content-Length", length, sizeof(length)));
    answer_expect_header(&head, "Content-Length", length);
    answer_free(&head);
    answer_free(&get);
    client_send(&client, "HEAD /livez HTTP/1.1\r\n" HOST "\r\n");
    assert_true(client_try(&client, 1, &head));
    assert_int_equal(head.status, 200);
    answer_free(&head);
}

static void a_get_with_a_body_is_refused(void **state)
{
    (void)state;
    struct answer answer = client_ask(&client, "GET /accounts/1000000016 HTTP/1.1\r\n" HOST JSON
                                               "Content-Length: 2\r\n\r\n{}");
    expect_problem("GET with a body", &answer, 400, "malformed_request", NULL);
    answer_free(&answer);
    answer = client_ask(&client, GET("/livez", ""));
    assert_int_equal(answer.status, 200);
    answer_free(&answer);
}

static void wrong_methods_are_told_the_right_ones(void **state)
{
    (void)state;
    static const struct {
        const char *request, *allow;
        int status;
    } cases[] = {
        {"GET /accounts/deposit", "POST, OPTIONS", 405},
        {"PUT /accounts", "POST, GET, HEAD, OPTIONS", 405},
        {"DELETE /accounts/1000000016", "GET, HEAD, OPTIONS", 405},
        {"post /accounts", "POST, GET, HEAD, OPTIONS", 405},
        {"BREW /batch", "POST, OPTIONS", 405},
        {"DELETE /livez", "GET, HEAD, OPTIONS", 405},
        {"POST /openapi.json", "GET, HEAD, OPTIONS", 405},
        {"OPTIONS /accounts", "POST, GET, HEAD, OPTIONS", 204},
        {"OPTIONS /metrics", "GET, HEAD, OPTIONS", 204},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char request[256];
        (void)snprintf(request, sizeof(request), "%s HTTP/1.1\r\n" HOST "\r\n", cases[i].request);
        struct answer answer = client_ask(&client, request);
        if (answer.status != cases[i].status) {
            fail_msg("%s: %d", cases[i].request, answer.status);
        }
        answer_expect_header(&answer, "Allow", cases[i].allow);
        if (cases[i].status == 405) {
            expect_problem(cases[i].request, &answer, 405, "method_not_allowed", NULL);
        }
        answer_free(&answer);
    }
}

static void a_created_thing_has_a_location(void **state)
{
    (void)state;
    reply.location = "/accounts/1000000016";
    reply.replayed = true;
    struct answer answer =
        post("/accounts", JSON, "{\"owner\":\"Zo\xc3\xab\",\"currency\":\"EUR\"}");
    assert_int_equal(answer.status, 201);
    answer_expect_header(&answer, "Location", "/accounts/1000000016");
    answer_expect_header(&answer, "Idempotent-Replayed", "true");
    answer_expect_text(&answer, "\"status\":\"open\"");
    answer_free(&answer);
    reply.replayed = false;
    answer = post("/accounts", JSON, "{\"owner\":\"a\",\"currency\":\"EUR\"}");
    answer_expect_no_header(&answer, "Idempotent-Replayed");
    answer_free(&answer);
}

static void refusals_keep_what_they_explain_themselves_with(void **state)
{
    (void)state;
    refuse_with(STATUS_insufficient_funds);
    reply.problem.balance = money(120);
    reply.problem.amount = money(500);
    reply.replayed = true;
    struct answer answer =
        post("/accounts/withdraw", JSON, "{\"account\":\"1000000016\",\"amount\":500}");
    expect_problem("funds", &answer, 422, "insufficient_funds", NULL);
    answer_expect_header(&answer, "Idempotent-Replayed", "true");
    answer_expect_text(&answer, "\"balance\":120");
    answer_expect_text(&answer, "\"amount\":500");
    answer_free(&answer);
}

static void statuses_bring_their_headers(void **state)
{
    (void)state;
    refuse_with(STATUS_unauthenticated);
    struct answer answer = client_ask(&client, GET("/accounts", ""));
    expect_problem("401", &answer, 401, "unauthenticated", NULL);
    answer_expect_header(&answer, "WWW-Authenticate", "Bearer");
    answer_free(&answer);
    problem_clear(&reply.problem);
    refuse_with(STATUS_unavailable);
    answer = client_ask(&client, GET("/accounts", ""));
    expect_problem("503", &answer, 503, "unavailable", NULL);
    answer_expect_header(&answer, "Retry-After", "1");
    answer_free(&answer);
    problem_clear(&reply.problem);
    refuse_with(STATUS_too_many_requests);
    reply.problem.retry_after_s = 7;
    answer = client_ask(&client, GET("/accounts", ""));
    expect_problem("429", &answer, 429, "too_many_requests", NULL);
    answer_expect_header(&answer, "Retry-After", "7");
    answer_free(&answer);
}

static void an_answer_without_content_is_a_204(void **state)
{
    (void)state;
    reply.result = (struct any){0};
    struct answer answer = client_ask(&client, "DELETE /keys/ana HTTP/1.1\r\n" HOST "\r\n");
    assert_int_equal(answer.status, 204);
    answer_expect_no_header(&answer, "Content-Type");
    answer_free(&answer);
    answer = client_ask(&client, GET("/livez", ""));
    assert_int_equal(answer.status, 200);
    answer_free(&answer);
}

static void the_pages_without_a_key_answer(void **state)
{
    (void)state;
    static const struct {
        const char *request, *type, *part;
    } cases[] = {
        {GET("/livez", ""), "text/plain; charset=utf-8", "ok\n"},
        {GET("/readyz", ""), "text/plain; charset=utf-8", "ready\n"},
        {GET("/metrics", ""), "text/plain; version=0.0.4", "teller_rest_requests_total "},
        {GET("/openapi.json", ""), "application/json", "\"openapi\":\"3.1.0\""},
        {GET("/problems/insufficient_funds", ""), "application/json", "Insufficient funds"},
        {GET("/livez?verbose", "Accept: text/html\r\n"), "text/plain; charset=utf-8", "ok\n"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct answer answer = client_ask(&client, cases[i].request);
        assert_int_equal(answer.status, 200);
        answer_expect_header(&answer, "Content-Type", cases[i].type);
        answer_expect_text(&answer, cases[i].part);
        answer_free(&answer);
    }
    struct answer answer = client_ask(&client, GET("/problems/nothing", ""));
    expect_problem("problem", &answer, 404, "not_found", NULL);
    answer_free(&answer);
    answer = client_ask(&client, GET("/problems/ok", ""));
    expect_problem("problem", &answer, 404, "not_found", NULL);
    answer_free(&answer);
    assert_int_equal(fake_submitted(), 0);
}

static void readyz_waits_for_the_service(void **state)
{
    (void)state;
    fake_lock();
    fake.ready = false;
    fake_unlock();
    struct answer answer = client_ask(&client, GET("/readyz", ""));
    expect_problem("readyz", &answer, 503, "unavailable", NULL);
    answer_expect_header(&answer, "Retry-After", "1");
    answer_free(&answer);
    answer = client_ask(&client, GET("/livez", ""));
    assert_int_equal(answer.status, 200);
    answer_free(&answer);
}

static void a_statement_comes_in_the_form_that_is_wanted_most(void **state)
{
    (void)state;
    static const struct {
        const char *accept, *type;
    } cases[] = {
        {"", "application/json"},
        {"Accept: */*\r\n", "application/json"},
        {"Accept: text/csv\r\n", "text/csv; charset=utf-8; header=present"},
        {"Accept: text/plain\r\n", "text/plain; charset=utf-8"},
        {"Accept: text/*\r\n", "text/plain; charset=utf-8"},
        {"Accept: text/html, text/csv;q=0.9, */*;q=0.8\r\n",
         "text/csv; charset=utf-8; header=present"},
        {"Accept: application/json;q=0.5, text/csv;q=0.4\r\n", "application/json"},
    };
    static struct statement_result statement = {
        .account = UINT64_C(1000000016), .owner = {"Zoe", 3}, .currency = 978, .month = 2026 * 12};
    reply.result = (struct any){.shape = &statement_result_shape, .value = &statement};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char request[512];
        (void)snprintf(request, sizeof(request),
                       "GET /accounts/1000000016/statements/2026-01 HTTP/1.1\r\n" HOST "%s\r\n",
                       cases[i].accept);
        struct answer answer = client_ask(&client, request);
        assert_int_equal(answer.status, 200);
        answer_expect_header(&answer, "Content-Type", cases[i].type);
        answer_expect_header(&answer, "Vary", "Accept");
        answer_free(&answer);
    }
    struct answer answer = client_ask(
        &client, GET("/accounts/1000000016/statements/2026-01", "Accept: image/png\r\n"));
    expect_problem("accept", &answer, 406, "not_acceptable", NULL);
    answer_free(&answer);
}

static void request_ids_differ(void **state)
{
    (void)state;
    char first[64], second[64];
    struct answer answer = client_ask(&client, GET("/livez", ""));
    assert_true(answer_header(&answer, "X-Request-Id", first, sizeof(first)));
    answer_free(&answer);
    answer = client_ask(&client, GET("/livez", "X-Request-Id: mine\r\n"));
    assert_true(answer_header(&answer, "X-Request-Id", second, sizeof(second)));
    answer_free(&answer);
    assert_string_not_equal(first, second);
    assert_int_equal(strlen(first), 16);
}

#define HTTP_TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        HTTP_TEST(a_bad_body_is_refused_and_the_field_named),
        HTTP_TEST(a_bad_query_is_refused_and_the_parameter_named),
        HTTP_TEST(too_many_parameters_are_refused),
        HTTP_TEST(a_query_is_decoded_once),
        HTTP_TEST(a_key_in_a_path_may_hold_anything_escaped),
        HTTP_TEST(an_idempotency_key_is_taken_bare_or_quoted),
        HTTP_TEST(a_query_ignores_an_idempotency_key),
        HTTP_TEST(credentials_are_handed_on),
        HTTP_TEST(a_body_must_be_called_json),
        HTTP_TEST(only_an_accept_that_excludes_json_is_refused),
        HTTP_TEST(an_unchanged_account_is_not_sent_again),
        HTTP_TEST(a_head_is_a_get_without_its_body),
        HTTP_TEST(a_get_with_a_body_is_refused),
        HTTP_TEST(wrong_methods_are_told_the_right_ones),
        HTTP_TEST(a_created_thing_has_a_location),
        HTTP_TEST(refusals_keep_what_they_explain_themselves_with),
        HTTP_TEST(statuses_bring_their_headers),
        HTTP_TEST(an_answer_without_content_is_a_204),
        HTTP_TEST(the_pages_without_a_key_answer),
        HTTP_TEST(readyz_waits_for_the_service),
        HTTP_TEST(a_statement_comes_in_the_form_that_is_wanted_most),
        HTTP_TEST(request_ids_differ),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
