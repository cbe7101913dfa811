/* The door as a program on a wire: pipelining, requests in pieces, framing tricks, connections
 * that go away. The service behind it is fake_service.h. */
#include <stdbool.h>

#include "rest/client.h"
#include "rest/fake_service.h"
#include "rest/rest.h"

#define HOST "Host: bank\r\n"
#define JSON "Content-Type: application/json\r\n"
#define DEPOSIT_BODY "{\"account\":\"1000000016\",\"amount\":100}"
#define DEPOSIT                                                                                    \
    "POST /accounts/deposit HTTP/1.1\r\n" HOST JSON "Content-Length: 37\r\n\r\n" DEPOSIT_BODY
#define GET_ACCOUNT "GET /accounts/1000000016 HTTP/1.1\r\n" HOST "\r\n"
#define GET_BALANCE "GET /accounts/1000000016/balance HTTP/1.1\r\n" HOST "\r\n"
#define LIVEZ "GET /livez HTTP/1.1\r\n" HOST "\r\n"

static struct rest *door;

static void answer_by_kind(struct call *call)
{
    static const char owner[] = "Zo\xc3\xab";
    if (call->message->op == OP_DEPOSIT_MONEY || call->message->op == OP_WITHDRAW_MONEY) {
        const struct move_money *args = call->args;
        struct moved_result *result = arena_zero(call->arena, 1, sizeof(*result));
        assert_non_null(result);
        result->type = EVENT_MONEY_DEPOSITED;
        result->position = 2;
        result->at = 1;
        result->account = args->account;
        result->amount = args->amount;
        result->currency = 978;
        result->balance = args->amount;
        result->version = 2;
        result->reference = args->reference;
        call->result = (struct any){.shape = &moved_result_shape, .value = result};
        return;
    }
    struct account_result *result = arena_zero(call->arena, 1, sizeof(*result));
    assert_non_null(result);
    result->account = UINT64_C(1000000016);
    result->owner = text_of(owner);
    result->currency = 978;
    result->version = result->position = 7;
    result->opened_at = 1;
    call->result = (struct any){.shape = &account_result_shape, .value = result};
}

static int setup(void **state)
{
    (void)state;
    fake_reset(answer_by_kind, false);
    const struct rest_config config = {.service = &fake.service, .address = "127.0.0.1:0"};
    door = rest_start(&config);
    return door == NULL;
}

static int teardown(void **state)
{
    (void)state;
    rest_stop(&door);
    return door != NULL;
}

static struct client open_client(void)
{
    return client_open(rest_address(door));
}

static void expect_status(struct client *client, int status)
{
    struct answer answer = client_read(client);
    if (answer.status != status) {
        fail_msg("%d instead of %d:\n%s\n%s", answer.status, status, answer.head, answer.body);
    }
    answer_free(&answer);
}

static void the_port_that_was_chosen_is_told(void **state)
{
    (void)state;
    unsigned port = 0;
    assert_int_equal(sscanf(rest_address(door), "127.0.0.1:%u", &port), 1);
    assert_true(port > 0);
}

static void a_deposit_is_answered_with_what_the_service_says(void **state)
{
    (void)state;
    struct client client = open_client();
    struct answer answer = client_ask(&client, DEPOSIT);
    assert_int_equal(answer.status, 200);
    answer_expect_header(&answer, "Content-Type", "application/json");
    answer_expect_header(&answer, "Cache-Control", "no-store");
    answer_expect_text(&answer, "\"type\":\"MoneyDeposited\"");
    answer_expect_text(&answer, "\"amount\":100");
    answer_free(&answer);
    client_close(&client);
}

static void one_connection_serves_many_requests(void **state)
{
    (void)state;
    struct client client = open_client();
    for (int i = 0; i < 300; i++) {
        struct answer answer = client_ask(&client, i % 3 == 0 ? GET_ACCOUNT : DEPOSIT);
        assert_int_equal(answer.status, 200);
        answer_free(&answer);
    }
    client_close(&client);
}

static void pipelined_requests_are_answered_in_order(void **state)
{
    (void)state;
    struct client client = open_client();
    client_send(&client, DEPOSIT LIVEZ GET_ACCOUNT "GET /nothing HTTP/1.1\r\n" HOST "\r\n" DEPOSIT);
    static const char *const parts[] = {"MoneyDeposited", "ok", "\"owner\"", "not_found",
                                        "MoneyDeposited"};
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        struct answer answer = client_read(&client);
        answer_expect_text(&answer, parts[i]);
        answer_free(&answer);
    }
    client_close(&client);
}

static void many_pipelined_requests_are_all_answered(void **state)
{
    (void)state;
    enum { COUNT = 500 };
    struct client client = open_client();
    size_t size = strlen(DEPOSIT);
    char *all = malloc(COUNT * size + 1);
    assert_non_null(all);
    for (size_t i = 0; i < COUNT; i++) {
        memcpy(all + i * size, DEPOSIT, size);
    }
    client_send_bytes(&client, all, COUNT * size);
    for (size_t i = 0; i < COUNT; i++) {
        expect_status(&client, 200);
    }
    free(all);
    client_close(&client);
}

static void a_request_may_come_byte_by_byte(void **state)
{
    (void)state;
    struct client client = open_client();
    for (const char *at = DEPOSIT; *at != '\0'; at++) {
        client_send_bytes(&client, at, 1);
    }
    expect_status(&client, 200);
    client_close(&client);
}

static void a_chunked_body_is_a_body(void **state)
{
    (void)state;
    struct client client = open_client();
    client_send(&client,
                "POST /accounts/deposit HTTP/1.1\r\n" HOST JSON "Transfer-Encoding: chunked\r\n\r\n"
                "5\r\n{\"acc\r\n20\r\nount\":\"1000000016\",\"amount\":100}\r\n0\r\n\r\n");
    struct answer answer = client_read(&client);
    assert_int_equal(answer.status, 200);
    answer_free(&answer);
    client_send(&client, LIVEZ);
    expect_status(&client, 200);
    client_close(&client);
}

static void expect_100_continue_is_honoured(void **state)
{
    (void)state;
    struct client client = open_client();
    client_send(&client, "POST /accounts/deposit HTTP/1.1\r\n" HOST JSON
                         "Expect: 100-continue\r\nContent-Length: 37\r\n\r\n");
    expect_status(&client, 100);
    client_send(&client, DEPOSIT_BODY);
    expect_status(&client, 200);
    client_close(&client);
}

static void while_a_request_is_parked_others_go_on(void **state)
{
    (void)state;
    fake_reset(answer_by_kind, true);
    struct client parked = open_client(), other = open_client(), slow = open_client();
    client_send(&parked, DEPOSIT);
    fake_wait_submitted(1);
    client_send(&other, LIVEZ);
    expect_status(&other, 200);
    client_send(&slow, "POST /accounts/deposit HTTP/1.1\r\n" HOST JSON
                       "Expect: 100-continue\r\nContent-Length: 37\r\n\r\n");
    expect_status(&slow, 100);
    client_send(&slow, DEPOSIT_BODY);
    fake_wait_submitted(2);
    fake_release();
    expect_status(&parked, 200);
    expect_status(&slow, 200);
    client_close(&parked);
    client_close(&other);
    client_close(&slow);
}

static void a_large_body_comes_in_while_a_request_is_parked(void **state)
{
    (void)state;
    enum { SIZE = 900 * 1024 };
    fake_reset(answer_by_kind, true);
    struct client parked = open_client(), other = open_client();
    char *body = malloc(SIZE + 1);
    char head[256];
    assert_non_null(body);
    memset(body, ' ', SIZE);
    memcpy(body, DEPOSIT_BODY, strlen(DEPOSIT_BODY));
    client_send(&parked, DEPOSIT);
    fake_wait_submitted(1);
    (void)snprintf(head, sizeof(head),
                   "POST /accounts/deposit HTTP/1.1\r\n" HOST JSON "Content-Length: %d\r\n\r\n",
                   (int)SIZE);
    client_send(&other, head);
    client_send_bytes(&other, body, SIZE);
    fake_wait_submitted(2);
    fake_release();
    expect_status(&parked, 200);
    expect_status(&other, 200);
    free(body);
    client_close(&parked);
    client_close(&other);
}

static void a_large_head_comes_in_while_a_request_is_parked(void **state)
{
    (void)state;
    fake_reset(answer_by_kind, true);
    struct client parked = open_client(), other = open_client();
    char head[8000];
    client_send(&parked, DEPOSIT);
    fake_wait_submitted(1);
    int size = snprintf(head, sizeof(head), "GET /livez HTTP/1.1\r\n" HOST "X-Filler: ");
    memset(head + size, 'x', sizeof(head) - (size_t)size);
    memcpy(head + sizeof(head) - 4, "\r\n\r\n", 4);
    client_send_bytes(&other, head, sizeof(head));
    expect_status(&other, 200);
    fake_release();
    expect_status(&parked, 200);
    client_close(&parked);
    client_close(&other);
}

static void a_turn_s_commands_go_over_as_a_batch(void **state)
{
    (void)state;
    enum { COUNT = 40 };
    struct client clients[COUNT];
    for (int i = 0; i < COUNT; i++) {
        clients[i] = open_client();
        client_send(&clients[i], LIVEZ);
        expect_status(&clients[i], 200);
    }
    fake_lock(); /* the door waits at its first submit until all have been sent */
    for (int i = 0; i < COUNT; i++) {
        client_send(&clients[i], DEPOSIT);
    }
    fake_unlock();
    for (int i = 0; i < COUNT; i++) {
        expect_status(&clients[i], 200);
        client_close(&clients[i]);
    }
    fake_lock();
    size_t batches = fake.batches;
    fake_unlock();
    assert_true(batches < COUNT / 2);
}

static void a_command_outlives_its_connection(void **state)
{
    (void)state;
    fake_reset(answer_by_kind, true);
    struct client gone = open_client(), stays = open_client();
    client_send(&gone, DEPOSIT);
    fake_wait_submitted(1);
    client_reset(&gone);
    /* The door has seen the reset once it answers what came after it. */
    client_send(&stays, LIVEZ);
    expect_status(&stays, 200);
    client_send(&stays, DEPOSIT);
    fake_wait_submitted(2);
    fake_release();
    fake_wait_taken(2);
    expect_status(&stays, 200);
    client_send(&stays, GET_ACCOUNT);
    expect_status(&stays, 200);
    client_close(&stays);
}

static void a_client_may_shut_its_sending_side_and_still_hear_the_outcome(void **state)
{
    (void)state;
    fake_reset(answer_by_kind, true);
    struct client client = open_client();
    client_send(&client, DEPOSIT);
    fake_wait_submitted(1);
    assert_int_equal(shutdown(client.fd, SHUT_WR), 0);
    fake_release();
    expect_status(&client, 200);
    client_close(&client);
}

static void clients_that_leave_at_any_byte_harm_nobody(void **state)
{
    (void)state;
    size_t size = strlen(DEPOSIT);
    for (size_t cut = 0; cut < size; cut += 3) {
        struct client client = open_client();
        client_send_bytes(&client, DEPOSIT, cut);
        if (cut % 2 == 0) {
            client_reset(&client);
        } else {
            client_close(&client);
        }
    }
    struct client last = open_client();
    client_send(&last, DEPOSIT);
    expect_status(&last, 200);
    assert_int_equal(fake_submitted(), 1);
    client_close(&last);
}

/* More of them than the door has room for; were they kept, some had to go for the others. */
static void half_requests_of_clients_long_gone_do_not_close_the_door(void **state)
{
    (void)state;
    static const char half[] =
        "POST /accounts/deposit HTTP/1.1\r\n" HOST JSON "Content-Length: 37\r\n\r\n{\"account\"";
    static const char start[] =
        "POST /batch HTTP/1.1\r\n" HOST JSON "Content-Length: 90000\r\n\r\n";
    char *large = malloc(20000);
    assert_non_null(large);
    memset(large, 'x', 20000);
    (void)memcpy(large, start, sizeof(start) - 1);
    uint64_t evicted = metric_get(METRIC_rest_evicted_total);
    for (int i = 0; i < 2000; i++) {
        struct client client = open_client();
        if (i % 10 == 0) {
            client_send_bytes(&client, large, 20000);
        } else {
            client_send_bytes(&client, half, 1 + (size_t)i % (sizeof(half) - 1));
        }
        client_close(&client);
    }
    struct client last = open_client();
    client_send(&last, LIVEZ);
    expect_status(&last, 200);
    assert_int_equal(metric_get(METRIC_rest_evicted_total), evicted);
    free(large);
    client_close(&last);
}

static void a_client_that_only_shut_its_sending_side_is_closed_after_its_reply(void **state)
{
    (void)state;
    struct client client = open_client();
    client_send(&client, DEPOSIT DEPOSIT);
    assert_int_equal(shutdown(client.fd, SHUT_WR), 0);
    expect_status(&client, 200);
    expect_status(&client, 200);
    client_expect_closed(&client);
    client_close(&client);
}

static void a_closed_connection_is_counted_out(void **state)
{
    (void)state;
    struct client one = open_client(), two = open_client();
    client_send(&one, LIVEZ);
    expect_status(&one, 200);
    client_send(&two, LIVEZ);
    expect_status(&two, 200);
    assert_true(metric_get(METRIC_rest_connections) >= 2);
    client_close(&one);
    client_close(&two);
    rest_stop(&door);
    assert_int_equal(metric_get(METRIC_rest_connections), 0);
}

static void *release_all(void *unused)
{
    fake_release();
    return unused;
}

static void stopping_answers_what_is_in_flight(void **state)
{
    (void)state;
    fake_reset(answer_by_kind, true);
    struct client client = open_client(), idle = open_client();
    client_send(&client, DEPOSIT);
    fake_wait_submitted(1);
    pthread_t releaser;
    assert_int_equal(pthread_create(&releaser, NULL, release_all, NULL), 0);
    rest_stop(&door);
    assert_int_equal(pthread_join(releaser, NULL), 0);
    struct answer answer = client_read(&client);
    assert_int_equal(answer.status, 200);
    answer_free(&answer);
    client_expect_closed(&client);
    client_expect_closed(&idle);
    client_close(&client);
    client_close(&idle);
}

/* Each must be refused with 400 and the connection closed, so that nothing behind the request is
 * taken for another one. */
static void requests_whose_framing_is_doubtful_are_refused_and_cut_off(void **state)
{
    (void)state;
#define START "POST /accounts/deposit HTTP/1.1\r\n" HOST JSON
    static const struct {
        const char *name, *request;
        bool explained; /* our own problem, not libmicrohttpd's bare status */
    } cases[] = {
        {"both", START "Transfer-Encoding: chunked\r\nContent-Length: 37\r\n\r\n0\r\n\r\n", true},
        {"both, the other way",
         START "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", true},
        {"two lengths", START "Content-Length: 37\r\nContent-Length: 0\r\n\r\n" DEPOSIT_BODY, true},
        {"two equal lengths", START "Content-Length: 37\r\nContent-Length: 37\r\n\r\n" DEPOSIT_BODY,
         true},
        {"a list of lengths", START "Content-Length: 37, 37\r\n\r\n" DEPOSIT_BODY, false},
        {"a length with a sign", START "Content-Length: +39\r\n\r\n" DEPOSIT_BODY, false},
        {"a negative length", START "Content-Length: -1\r\n\r\n" DEPOSIT_BODY, false},
        {"a length in hexadecimal", START "Content-Length: 0x27\r\n\r\n" DEPOSIT_BODY, false},
        {"a length of words", START "Content-Length: many\r\n\r\n" DEPOSIT_BODY, false},
        {"an empty length", START "Content-Length: \r\n\r\n" DEPOSIT_BODY, false},
        {"an unknown encoding", START "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", true},
        {"an encoding in disguise", START "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", true},
        {"two encodings",
         START "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n", true},
        {"an encoding before a space",
         START "Transfer-Encoding : chunked\r\nContent-Length: 37\r\n\r\n" DEPOSIT_BODY, true},
        {"a length before a space", START "Content-Length : 39\r\n\r\n" DEPOSIT_BODY, true},
        {"a folded header", START "X-Long: a\r\n b\r\nContent-Length: 37\r\n\r\n" DEPOSIT_BODY,
         true},
        {"a folded encoding", START "Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n", true},
        {"a control character in a header",
         START "X-A: a\001b\r\nContent-Length: 37\r\n\r\n" DEPOSIT_BODY, true},
        {"a line without a colon", START "nonsense\r\nContent-Length: 37\r\n\r\n" DEPOSIT_BODY,
         false},
        {"two hosts", START "Host: other\r\nContent-Length: 37\r\n\r\n" DEPOSIT_BODY, true},
        {"no host",
         "POST /accounts/deposit HTTP/1.1\r\n" JSON "Content-Length: 37\r\n\r\n" DEPOSIT_BODY,
         true},
        {"two credentials",
         START "Authorization: Bearer a\r\nAuthorization: Bearer b\r\nContent-Length: 37\r\n\r\n",
         true},
        {"chunked in HTTP/1.0",
         "POST /accounts/deposit HTTP/1.0\r\n" JSON "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
         true},
        {"a chunk of no size",
         START "Transfer-Encoding: chunked\r\n\r\nzz\r\n" DEPOSIT_BODY "\r\n0\r\n\r\n", false},
    };
#undef START
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct answer answer = {0};
        struct client client = open_client();
        client_send(&client, cases[i].request);
        client_send(&client, DEPOSIT); /* the smuggled one */
        bool answered = client_try(&client, 0, &answer);
        if (answered && answer.status != 400) {
            fail_msg("%s: %d", cases[i].name, answer.status);
        }
        if (cases[i].explained) {
            if (!answered) {
                fail_msg("%s: no answer", cases[i].name);
            }
            answer_expect_header(&answer, "Content-Type", "application/problem+json");
            answer_expect_header(&answer, "Connection", "close");
            answer_expect_text(&answer, "\"code\":\"malformed_request\"");
            client_expect_closed(&client);
        }
        /* libmicrohttpd 0.9.75 answers a bad Content-Length itself, with its header twice. */
        while (client_more(&client)) {
        }
        answer_free(&answer);
        client_close(&client);
        if (fake_submitted() != 0) {
            fail_msg("%s: a command got through", cases[i].name);
        }
    }
}

/* For libmicrohttpd a NUL ends what it stands in, and for whoever stands before it, it need not. */
static void a_nul_in_a_head_is_refused_wherever_it_stands(void **state)
{
    (void)state;
#define START "POST /accounts/deposit HTTP/1.1\r\n" HOST JSON
#define BYTES(text) (text), sizeof(text) - 1
    static const struct {
        const char *name, *request;
        size_t size;
    } cases[] = {
        {"length", BYTES(START "Content-Length: 37\0x\r\n\r\n" DEPOSIT_BODY)},
        {"length, then nothing", BYTES(START "Content-Length: 37\0\r\n\r\n" DEPOSIT_BODY)},
        {"encoding",
         BYTES(START "Transfer-Encoding: chunked\0x\r\n\r\n25\r\n" DEPOSIT_BODY "\r\n0\r\n\r\n")},
        {"another header", BYTES(START "X: a\0b\r\nContent-Length: 37\r\n\r\n" DEPOSIT_BODY)},
        {"the first header", BYTES("POST /accounts/deposit HTTP/1.1\r\nX: a\0b\r\n" HOST JSON
                                   "Content-Length: 37\r\n\r\n" DEPOSIT_BODY)},
        {"a name", BYTES(START "X\0y: a\r\nContent-Length: 37\r\n\r\n" DEPOSIT_BODY)},
        {"an empty value", BYTES(START "X:\0\r\nContent-Length: 37\r\n\r\n" DEPOSIT_BODY)},
        {"path", BYTES("POST /accounts/deposit\0/x HTTP/1.1\r\n" HOST JSON
                       "Content-Length: 37\r\n\r\n" DEPOSIT_BODY)},
        {"the end of a path", BYTES("POST /accounts/deposit\0 HTTP/1.1\r\n" HOST JSON
                                    "Content-Length: 37\r\n\r\n" DEPOSIT_BODY)},
        {"query", BYTES("GET /accounts/1000000016/history?limit=1\0&x HTTP/1.1\r\n" HOST "\r\n")},
        {"method", BYTES("POST\0X /accounts/deposit HTTP/1.1\r\n" HOST JSON
                         "Content-Length: 37\r\n\r\n" DEPOSIT_BODY)},
        {"version", BYTES("POST /accounts/deposit HTTP/1.1\0\r\n" HOST JSON
                          "Content-Length: 37\r\n\r\n" DEPOSIT_BODY)},
    };
#undef BYTES
#undef START
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct client client = open_client();
        client_send_bytes(&client, cases[i].request, cases[i].size);
        client_send(&client, DEPOSIT);
        struct answer answer = client_read(&client);
        if (answer.status != 400) {
            fail_msg("%s: %d", cases[i].name, answer.status);
        }
        client_expect_closed(&client);
        answer_free(&answer);
        client_close(&client);
        if (fake_submitted() != 0) {
            fail_msg("%s: a command got through", cases[i].name);
        }
    }
}

static void whatever_stands_in_a_query_is_answered(void **state)
{
    (void)state;
    static const struct {
        const char *part;
        size_t count;
        int status;
    } cases[] = {{"&", 3900, 200}, {"a=b&", 900, 400},     {"a&", 1900, 400},
                 {"?", 3900, 400}, {"limit=1&", 450, 400}, {"%41&", 900, 400}};
    struct client client = open_client();
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char request[5000], *at = request;
        at += sprintf(at, "GET /accounts/1000000016?");
        for (size_t k = 0; k < cases[i].count; k++) {
            at += sprintf(at, "%s", cases[i].part);
        }
        (void)sprintf(at, " HTTP/1.1\r\n" HOST "\r\n");
        struct answer answer = client_ask(&client, request);
        if (answer.status != cases[i].status) {
            fail_msg("%zu times %s: %d", cases[i].count, cases[i].part, answer.status);
        }
        answer_free(&answer);
    }
    client_close(&client);
}

static void trailers_are_read_and_left(void **state)
{
    (void)state;
    struct client client = open_client();
    client_send(
        &client,
        "POST /accounts/deposit HTTP/1.1\r\n" HOST JSON "Transfer-Encoding: chunked\r\n\r\n"
        "25;name=value\r\n" DEPOSIT_BODY "\r\n0\r\n"
        "Content-Length: 5\r\nTransfer-Encoding: chunked\r\nIdempotency-Key: \r\n\r\n" LIVEZ);
    expect_status(&client, 200);
    expect_status(&client, 200);
    assert_int_equal(fake_submitted(), 1);
    client_close(&client);
}

static void a_body_over_a_mebibyte_is_refused_and_the_connection_goes_on(void **state)
{
    (void)state;
    enum { SIZE = 1024 * 1024 + 1 };
    struct client client = open_client();
    char head[256];
    char *body = malloc(SIZE);
    assert_non_null(body);
    memset(body, ' ', SIZE);
    for (int chunked = 0; chunked < 2; chunked++) {
        (void)snprintf(head, sizeof(head),
                       chunked ? "POST /batch HTTP/1.1\r\n" HOST JSON
                                 "Transfer-Encoding: chunked\r\n\r\n%x\r\n"
                               : "POST /batch HTTP/1.1\r\n" HOST JSON "Content-Length: %d\r\n\r\n",
                       (unsigned)SIZE);
        client_send(&client, head);
        client_send_bytes(&client, body, SIZE);
        client_send(&client, chunked ? "\r\n0\r\n\r\n" : "");
        struct answer answer = client_read(&client);
        assert_int_equal(answer.status, 413);
        answer_expect_text(&answer, "\"code\":\"request_too_large\"");
        answer_free(&answer);
    }
    client_send(&client, LIVEZ);
    expect_status(&client, 200);
    free(body);
    client_close(&client);
}

static void a_body_announced_as_too_large_is_refused_before_it_comes(void **state)
{
    (void)state;
    struct client client = open_client();
    struct answer answer =
        client_ask(&client, "POST /batch HTTP/1.1\r\n" HOST JSON
                            "Expect: 100-continue\r\nContent-Length: 2000000\r\n\r\n");
    assert_int_equal(answer.status, 413);
    answer_expect_header(&answer, "Connection", "close");
    answer_free(&answer);
    client_expect_closed(&client);
    client_close(&client);
}

static void a_body_of_exactly_a_mebibyte_is_read(void **state)
{
    (void)state;
    enum { SIZE = 1024 * 1024 };
    struct client client = open_client();
    char head[256];
    char *body = malloc(SIZE);
    assert_non_null(body);
    memset(body, ' ', SIZE);
    memcpy(body, DEPOSIT_BODY, strlen(DEPOSIT_BODY));
    (void)snprintf(head, sizeof(head),
                   "POST /accounts/deposit HTTP/1.1\r\n" HOST JSON "Content-Length: %d\r\n\r\n",
                   (int)SIZE);
    client_send(&client, head);
    client_send_bytes(&client, body, SIZE);
    expect_status(&client, 200);
    free(body);
    client_close(&client);
}

static void long_targets_and_headers_are_refused(void **state)
{
    (void)state;
    static const struct {
        size_t target, header;
        int status;
        bool explained;
    } cases[] = {
        {100, 100, 404, true},    {4096, 100, 404, true},   {4097, 100, 414, true},
        {7000, 100, 414, true},   {100, 7500, 404, true},   {100, 8200, 431, true},
        {20000, 100, 414, false}, {100, 20000, 431, false}, {100, 300000, 431, false},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct client client = open_client();
        struct answer answer;
        size_t size = cases[i].target + cases[i].header + 200;
        char *request = malloc(size), *at = request;
        assert_non_null(request);
        at += sprintf(at, "GET /");
        memset(at, 'a', cases[i].target - 1);
        at += cases[i].target - 1;
        at += sprintf(at, " HTTP/1.1\r\n" HOST "X-Filler: ");
        memset(at, 'x', cases[i].header);
        at += cases[i].header;
        at += sprintf(at, "\r\n\r\n");
        client_send_bytes(&client, request, (size_t)(at - request));
        if (client_try(&client, 0, &answer)) {
            if (answer.status != cases[i].status) {
                fail_msg("%zu %zu: %d", cases[i].target, cases[i].header, answer.status);
            }
            if (cases[i].explained) {
                answer_expect_header(&answer, "Content-Type", "application/problem+json");
            }
            answer_free(&answer);
        } else {
            assert_false(cases[i].explained); /* reset while still sending */
        }
        free(request);
        client_close(&client);
    }
}

static void garbage_is_cut_off_and_harms_nobody(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        int status; /* 0: the connection just ends; -1: an unfinished request, left behind */
    } garbage[] = {
        {"\r\n\r\n\r\n" LIVEZ, 200},
        {"GET\r\n\r\n", 0},
        {"GET \r\n\r\n", 400},
        {" / HTTP/1.1\r\n\r\n", 0},
        {"GET / HTTP/9.9\r\n\r\n", 505},
        {"GET / HTTP/2.0\r\n" HOST "\r\n", 505},
        {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505},
        {"\x16\x03\x01\x02\x01\xfc\x03\x03", -1},
        {"GET /accounts/%zz HTTP/1.1\r\n" HOST "\r\n", 400},
        {"GET /\xff\xfe HTTP/1.1\r\n" HOST "\r\n", 400},
        {"GET /accounts/1 2 HTTP/1.1\r\n" HOST "\r\n", 400},
        {"GET /a#b HTTP/1.1\r\n" HOST "\r\n", 400},
        {"GET http:// HTTP/1.1\r\n" HOST "\r\n", 400},
        {"GET http://bank/livez HTTP/1.1\r\n" HOST "\r\n", 200},
        {"GET http://bank HTTP/1.1\r\n" HOST "\r\n", 404},
        {"GET livez HTTP/1.1\r\n" HOST "\r\n", 400},
        {"GET * HTTP/1.1\r\n" HOST "\r\n", 400},
        {"OPTIONS * HTTP/1.1\r\n" HOST "\r\n", 204},
        {"CONNECT bank:80 HTTP/1.1\r\n" HOST "\r\n", 400},
        {"GET / HTTP/1.1\nHost: bank\n\n", 400},
        {"GET / HTTP/1.1\r\nHost: bank\n\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: bank\r\n\n", 400},
        {"GET  /livez HTTP/1.1\r\n" HOST "\r\n", 400},
        {"GET /livez  HTTP/1.1\r\n" HOST "\r\n", 400},
        {"GET /livez HTTP/1.2\r\n" HOST "\r\n", 200},
        {"GET /livez HTTP/1.2\r\n\r\n", 400},
        {"GET /livez HTTP/1.1\r\nHost: a b\r\n\r\n", 400},
        {"GET /livez HTTP/1.1\r\nHost: a/b\r\n\r\n", 400},
        {"GET /livez HTTP/1.1\r\nHost: a@b\r\n\r\n", 400},
        {"GET /livez HTTP/1.1\r\nHost: a, b\r\n\r\n", 400},
        {"GET /livez HTTP/1.1\r\nHost:\r\n\r\n", 200},
        {"GET /livez HTTP/1.1\r\nHost: [::1]:80\r\n\r\n", 200},
        {"GET /livez HTTP/1.1\r\n" HOST "Cookie: a=b; c=d; =; e\r\nX:  y \t\r\n\r\n", 200},
        {"GET /livez HTTP/1.0\r\n\r\n", 200},
        {"BREW /livez HTTP/1.1\r\n" HOST "\r\n", 405},
        {"POST /accounts/deposit HTTP/1.1\r\n" HOST JSON "Content-Length: 37\r\n\r\n{", -1},
        {"POST /accounts/deposit HTTP/1.1\r\n" HOST JSON "Transfer-Encoding: chunked\r\n\r\n5\r\n",
         -1},
    };
    for (size_t i = 0; i < sizeof(garbage) / sizeof(garbage[0]); i++) {
        struct client client = open_client();
        struct answer answer;
        client_send(&client, garbage[i].bytes);
        if (garbage[i].status >= 0) {
            int answered = client_try(&client, 0, &answer);
            if (answer.status != garbage[i].status) {
                fail_msg("%s: %d instead of %d", garbage[i].bytes, answer.status,
                         garbage[i].status);
            }
            if (answered) {
                answer_free(&answer);
            }
        }
        client_close(&client);
    }
    struct client last = open_client();
    client_send(&last, LIVEZ);
    expect_status(&last, 200);
    assert_int_equal(fake_submitted(), 0);
    client_close(&last);
}

static void addresses_beyond_this_machine_are_refused(void **state)
{
    (void)state;
    static const char *const local[] = {"127.0.0.1:0", "127.9.9.9:80", "[::1]:8080",
                                        "localhost:8080", "[::ffff:127.0.0.1]:1"};
    static const char *const not_local[] = {
        "0.0.0.0:8080", "[::]:8080",   "192.168.0.1:80",     "10.0.0.1:80", "bank:80",
        "127.0.0.1",    "127.0.0.1:",  "127.0.0.1:65536",    ":8080",       "",
        "[::1]",        "127.0.0.1:x", "[::ffff:1.2.3.4]:1", "127.0.0.1:-1"};
    for (size_t i = 0; i < sizeof(local) / sizeof(local[0]); i++) {
        assert_true(rest_address_is_loopback(local[i]));
    }
    for (size_t i = 0; i < sizeof(not_local) / sizeof(not_local[0]); i++) {
        const struct rest_config config = {.service = &fake.service, .address = not_local[i]};
        assert_false(rest_address_is_loopback(not_local[i]));
        assert_null(rest_start(&config));
    }
    /* Taken already. */
    const struct rest_config config = {.service = &fake.service, .address = rest_address(door)};
    assert_null(rest_start(&config));
}

#define WIRE_TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WIRE_TEST(the_port_that_was_chosen_is_told),
        WIRE_TEST(a_deposit_is_answered_with_what_the_service_says),
        WIRE_TEST(one_connection_serves_many_requests),
        WIRE_TEST(pipelined_requests_are_answered_in_order),
        WIRE_TEST(many_pipelined_requests_are_all_answered),
        WIRE_TEST(a_request_may_come_byte_by_byte),
        WIRE_TEST(a_chunked_body_is_a_body),
        WIRE_TEST(expect_100_continue_is_honoured),
        WIRE_TEST(while_a_request_is_parked_others_go_on),
        WIRE_TEST(a_large_body_comes_in_while_a_request_is_parked),
        WIRE_TEST(a_large_head_comes_in_while_a_request_is_parked),
        WIRE_TEST(a_turn_s_commands_go_over_as_a_batch),
        WIRE_TEST(a_command_outlives_its_connection),
        WIRE_TEST(a_client_may_shut_its_sending_side_and_still_hear_the_outcome),
        WIRE_TEST(clients_that_leave_at_any_byte_harm_nobody),
        WIRE_TEST(half_requests_of_clients_long_gone_do_not_close_the_door),
        WIRE_TEST(a_client_that_only_shut_its_sending_side_is_closed_after_its_reply),
        WIRE_TEST(a_closed_connection_is_counted_out),
        WIRE_TEST(stopping_answers_what_is_in_flight),
        WIRE_TEST(requests_whose_framing_is_doubtful_are_refused_and_cut_off),
        WIRE_TEST(a_nul_in_a_head_is_refused_wherever_it_stands),
        WIRE_TEST(whatever_stands_in_a_query_is_answered),
        WIRE_TEST(trailers_are_read_and_left),
        WIRE_TEST(a_body_over_a_mebibyte_is_refused_and_the_connection_goes_on),
        WIRE_TEST(a_body_announced_as_too_large_is_refused_before_it_comes),
        WIRE_TEST(a_body_of_exactly_a_mebibyte_is_read),
        WIRE_TEST(long_targets_and_headers_are_refused),
        WIRE_TEST(garbage_is_cut_off_and_harms_nobody),
        WIRE_TEST(addresses_beyond_this_machine_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
