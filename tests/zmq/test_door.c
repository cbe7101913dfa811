#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/socket.h>

#include <cmocka.h>

#include "host/metrics.h"
#include "service/bank.h"
#include "zmq/client.h"

static struct bank *bank;
static struct zmq_door *door;
static void *context;
static struct client client; /* a DEALER on ipc */
static const char *admin, *ipc, *tcp;
static char json[4096], account[64], number[64];

static void start_door(void)
{
    char endpoint[128];
    snprintf(endpoint, sizeof endpoint, "ipc://%s/teller.sock", bank->folder);
    door = zmq_door_start(&(struct zmq_door_config){.service = bank->service,
                                                    .endpoints = {endpoint, "tcp://127.0.0.1:*"},
                                                    .endpoint_count = 2});
    assert_non_null(door);
    ipc = zmq_door_endpoint(door, 0);
    tcp = zmq_door_endpoint(door, 1);
}

static int set_up(void **state)
{
    (void)state;
    bank = bank_new(false, false);
    admin = bank->keys[ROLE_ADMIN];
    start_door();
    context = zmq_ctx_new();
    assert_non_null(context);
    client_open(&client, context, ZMQ_DEALER, ipc);
    struct service_port *port = service_port_open(bank->service);
    open_account(bank, port, 100, account);
    service_port_close(&port);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    client_close(&client);
    assert_int_equal(zmq_ctx_term(context), 0);
    zmq_door_stop(&door);
    bank_free(bank);
    return 0;
}

static void the_door_still_answers(void)
{
    struct client other;
    client_open(&other, context, ZMQ_REQ, tcp);
    struct frame frame = client_encode(&other, 1, admin, OP_GET_BALANCE, NULL,
                                       JSON(json, "{'account':'%s'}", account));
    client_send(&other, 1, &frame);
    assert_true(client_hear(&other));
    assert_string_equal(client_outcome(&other), "ok");
    client_close(&other);
}

static void a_req_is_answered_on_every_endpoint(void **state)
{
    (void)state;
    const char *endpoints[] = {ipc, tcp};
    for (int i = 0; i < 2; i++) {
        struct client req;
        client_open(&req, context, ZMQ_REQ, endpoints[i]);
        struct frame frame = client_encode(&req, 77, admin, OP_DEPOSIT_MONEY, "k",
                                           JSON(json, "{'account':'%s','amount':5}", account));
        client_send(&req, 1, &frame);
        assert_true(client_hear(&req));
        assert_string_equal(client_outcome(&req), "ok");
        assert_int_equal(req.frame_count, 1);
        assert_int_equal(req.reply.id.number, 77);
        assert_int_equal(client_integer(&req, "balance"), 105);
        assert_int_equal(req.reply.replayed, i == 1);
        client_close(&req);
    }
}

static void a_dealer_may_have_many_requests_in_flight(void **state)
{
    (void)state;
    enum { REQUESTS = 600 };
    static bool heard[REQUESTS];
    for (uint64_t i = 0; i < REQUESTS; i++)
        client_ask(&client, i, admin, i % 3 == 0 ? OP_DEPOSIT_MONEY : OP_WITHDRAW_MONEY, NULL,
                   JSON(json, "{'account':'%s','amount':1}", account));
    for (int i = 0; i < REQUESTS; i++) {
        assert_true(client_hear(&client));
        assert_int_equal(client.frame_count, 2);
        assert_int_equal(client.frames[0].size, 0);
        uint64_t id = client.reply.id.number;
        assert_true(id < REQUESTS && !heard[id]);
        heard[id] = true;
        assert_true(client.reply.ok || client.reply.problem.status == STATUS_insufficient_funds);
    }
    /* 100 and a deposit of 1 to every second withdrawal: all was carried out, in order. */
    client_ask(&client, 1, admin, OP_GET_BALANCE, NULL, JSON(json, "{'account':'%s'}", account));
    assert_true(client_hear(&client));
    assert_int_equal(client_integer(&client, "balance"), 0);
}

static void the_whole_envelope_comes_back(void **state)
{
    (void)state;
    struct client req;
    int on = 1;
    client_open(&req, context, ZMQ_REQ, NULL);
    assert_int_equal(zmq_setsockopt(req.socket, ZMQ_REQ_CORRELATE, &on, sizeof on), 0);
    assert_int_equal(zmq_connect(req.socket, tcp), 0);
    for (int i = 0; i < 3; i++) { /* REQ itself drops a reply that does not match */
        struct frame frame = client_encode(&req, 5, admin, OP_LIST_KEYS, NULL, "{}");
        client_send(&req, 1, &frame);
        assert_true(client_hear(&req));
        assert_string_equal(client_outcome(&req), "ok");
    }
    client_close(&req);

    struct frame frames[] = {FRAME("a"), FRAME("bb"), EMPTY_FRAME,
                             client_encode(&client, 6, admin, OP_LIST_KEYS, NULL, "{}")};
    client_send(&client, 4, frames);
    assert_true(client_hear(&client));
    assert_string_equal(client_outcome(&client), "ok");
    assert_int_equal(client.frame_count, 4);
    assert_true(text_is(client.frames[0], "a") && text_is(client.frames[1], "bb"));
    assert_int_equal(client.frames[2].size, 0);
}

static void bad_frames_are_answered_in_their_own_framing(void **state)
{
    (void)state;
    struct frame body = client_encode(&client, 9, admin, OP_LIST_KEYS, NULL, "{}");
    const struct {
        const char *detail;
        size_t count, reply_count;
        bool has_id;
        struct frame frames[6];
    } cases[] = {
        {"Missing delimiter", 1, 1, true, {body}},
        {"Missing delimiter", 1, 1, false, {FRAME("x")}},
        {"Missing body", 1, 2, false, {EMPTY_FRAME}},
        {"Missing body", 2, 3, false, {FRAME("id"), EMPTY_FRAME}},
        {"Too many frames", 3, 2, true, {EMPTY_FRAME, body, body}},
        {"Too many frames", 4, 2, true, {EMPTY_FRAME, body, EMPTY_FRAME, EMPTY_FRAME}},
        {"Too many frames", 6, 2, false, {EMPTY_FRAME, EMPTY_FRAME, body, body, body, body}},
        {"Too many frames", 2, 1, false, {body, body}},
        {"Too many frames", 5, 1, false, {FRAME("a"), FRAME("b"), FRAME("c"), EMPTY_FRAME, body}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        client_send(&client, cases[i].count, cases[i].frames);
        assert_true(client_hear(&client));
        assert_string_equal(client_outcome(&client), "malformed_request");
        assert_int_equal(
            strncmp(client.reply.problem.detail, cases[i].detail, strlen(cases[i].detail)), 0);
        assert_int_equal(client.frame_count, cases[i].reply_count);
        assert_int_equal(client.reply.id.type, cases[i].has_id ? WIRE_ID_NUMBER : WIRE_ID_NULL);
    }
    /* Nothing was left lying about: the next sound request is understood. */
    client_ask(&client, 10, admin, OP_LIST_KEYS, NULL, "{}");
    assert_true(client_hear(&client));
    assert_int_equal(client.reply.id.number, 10);
    assert_string_equal(client_outcome(&client), "ok");
}

static void bad_messages_get_an_error_reply(void **state)
{
    (void)state;
    const struct {
        struct frame body;
        bool has_id;
    } cases[] = {
        {EMPTY_FRAME, false}, /* an empty frame behind the delimiter */
        {FRAME("\xc1"), false},
        {FRAME("\xc0"), false},
        {FRAME("hello"), false},
        {FRAME("{\"v\":1}"), false},
        {FRAME("\x90"), false},
        {FRAME("\x80"), false},
        {FRAME("\xdf\xff\xff\xff\xff"), false},
        {FRAME("\xdd\xff\xff\xff\xff"), false},
        {FRAME("\xdb\xff\xff\xff\xffx"), false},
        {FRAME("\x91\x91\x91\x91\x91\x91\x91\x91\x91\x91\x91\x91\x90"), false},
        {FRAME("\x81\xa1v"), false},
        {FRAME("\x83\xa1v\x01\xa2id\x07\xa2op\xa4Nope"), true},
        {FRAME("\x83\xa1v\x02\xa2id\x07\xa2op\xa8ListKeys"), true},
        {FRAME("\x83\xa1v\x01\xa2id\xc0\xa2op\xa8ListKeys"), false},
        {FRAME("\x84\xa1v\x01\xa2id\x07\xa2op\xa8ListKeys\xa1x\x01"), true},
        {FRAME("\x84\xa1v\x01\xa2id\x07\xa2op\xa8ListKeys\xa2op\xa8ListKeys"), true},
        {FRAME("\x84\xa1v\x01\xa2id\x07\xa2op\xa8ListKeys\xa4"
               "args\x81\xa1x\x01"),
         true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct frame frames[] = {EMPTY_FRAME, cases[i].body};
        client_send(&client, 2, frames);
        assert_true(client_hear(&client));
        if (client.reply.ok || status_row(client.reply.problem.status)->http != 400 ||
            (client.reply.id.type == WIRE_ID_NUMBER) != cases[i].has_id)
            fail_msg("case %zu: %s id type %d", i, client_outcome(&client), client.reply.id.type);
        if (cases[i].has_id)
            assert_int_equal(client.reply.id.number, 7);
    }
}

static void a_message_beyond_the_bound_drops_its_peer_only(void **state)
{
    (void)state;
    struct client big;
    client_open(&big, context, ZMQ_DEALER, ipc);
    static char huge[WIRE_MESSAGE_MAX + 1];
    struct frame frames[] = {EMPTY_FRAME, {huge, sizeof huge}};
    client_send(&big, 2, frames);
    the_door_still_answers();
    frames[1].size = WIRE_MESSAGE_MAX; /* just in bounds: answered, on the connection made anew */
    client_send(&client, 2, frames);
    assert_true(client_hear(&client));
    assert_string_equal(client_outcome(&client), "malformed_request");
    client_close(&big);
}

static void a_command_of_a_vanished_peer_is_carried_out(void **state)
{
    (void)state;
    for (int i = 0; i < 20; i++) {
        struct client gone;
        client_open(&gone, context, ZMQ_DEALER, i % 2 == 0 ? ipc : tcp);
        char key[16];
        snprintf(key, sizeof key, "gone%d", i);
        client_ask(&gone, 1, admin, OP_DEPOSIT_MONEY, key,
                   JSON(json, "{'account':'%s','amount':1}", account));
        client_close(&gone);
    }
    for (int done = 0; done < 20;) {
        snprintf(number, sizeof number, "{'key':'gone%d'}", done);
        client_ask(&client, 1, admin, OP_GET_OUTCOME, NULL, number);
        assert_true(client_hear(&client));
        const struct node *outcome = node_find(client.reply.result, "state");
        assert_non_null(outcome);
        done += text_is(outcome->text, "done");
    }
}

static void a_peer_that_does_not_read_is_nobody_elses_trouble(void **state)
{
    (void)state;
    struct client deaf;
    int one = 1;
    client_open(&deaf, context, ZMQ_DEALER, NULL);
    assert_int_equal(zmq_setsockopt(deaf.socket, ZMQ_RCVHWM, &one, sizeof one), 0);
    assert_int_equal(zmq_connect(deaf.socket, ipc), 0);
    struct frame frame = client_encode(&deaf, 1, admin, OP_LIST_KEYS, NULL, "{}");
    while (metric_get(METRIC_zmq_replies_dropped_total) == 0) {
        if (zmq_send(deaf.socket, "", 0, ZMQ_SNDMORE | ZMQ_DONTWAIT) < 0)
            the_door_still_answers(); /* the pipe is full: the door is busy with the others */
        else
            assert_int_equal(zmq_send(deaf.socket, frame.data, frame.size, 0), frame.size);
    }
    the_door_still_answers();
    int none = 0;
    assert_int_equal(zmq_setsockopt(deaf.socket, ZMQ_LINGER, &none, sizeof none), 0);
    client_close(&deaf);
    the_door_still_answers();
}

static void requests_in_flight_of_one_peer_are_bounded(void **state)
{
    (void)state;
    enum { WAITING = 1024 }; /* what one peer may have */
    for (uint64_t i = 0; i < WAITING + 2; i++)
        client_ask(&client, i, admin, OP_GET_CHANGES, NULL, "{'after':1000000,'wait_ms':30000}");
    for (uint64_t i = 0; i < 2; i++) {
        assert_true(client_hear(&client));
        assert_string_equal(client_outcome(&client), "unavailable");
        assert_int_equal(client.reply.id.number, WAITING + i);
    }
    the_door_still_answers();
    zmq_door_stop(&door); /* what waits is told so */
    for (int i = 0; i < WAITING; i++) {
        assert_true(client_hear(&client));
        assert_string_equal(client_outcome(&client), "unavailable");
    }
    start_door();
}

static void stopping_answers_the_commands_that_were_taken(void **state)
{
    (void)state;
    for (int round = 0; round < 5; round++) {
        struct client asking;
        client_open(&asking, context, ZMQ_DEALER, ipc);
        client_ask(&asking, 1, admin, OP_GET_CHANGES, NULL, "{'after':1000000,'wait_ms':30000}");
        for (uint64_t i = 2; i < 50; i++)
            client_ask(&asking, i, admin, OP_DEPOSIT_MONEY, NULL,
                       JSON(json, "{'account':'%s','amount':1}", account));
        assert_true(client_hear(&asking)); /* some have been taken */
        zmq_door_stop(&door);
        int timeout = 0;
        assert_int_equal(zmq_setsockopt(asking.socket, ZMQ_RCVTIMEO, &timeout, sizeof timeout), 0);
        while (client_hear(&asking))
            assert_true(asking.reply.ok || asking.reply.id.number == 1);
        int none = 0;
        assert_int_equal(zmq_setsockopt(asking.socket, ZMQ_LINGER, &none, sizeof none), 0);
        client_close(&asking);
        start_door();
    }
}

static void an_endpoint_that_is_taken_stops_the_start(void **state)
{
    (void)state;
    assert_null(zmq_door_start(&(struct zmq_door_config){
        .service = bank->service, .endpoints = {ipc}, .endpoint_count = 1}));
    assert_null(zmq_door_start(&(struct zmq_door_config){
        .service = bank->service, .endpoints = {tcp}, .endpoint_count = 1}));
    assert_null(zmq_door_start(&(struct zmq_door_config){
        .service = bank->service, .endpoints = {"tcp://0.0.0.0:*"}, .endpoint_count = 1}));
    the_door_still_answers();
}

/* ---- random messages */

static uint32_t draw(uint32_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 17;
    *state ^= *state << 5;
    return *state;
}

static void every_message_gets_exactly_one_reply(void **state)
{
    (void)state;
    enum { MESSAGES = 3000, WINDOW = 200 };
    uint32_t random = 20261122;
    struct frame sound = client_encode(&client, 7, admin, OP_WITHDRAW_MONEY, "k",
                                       JSON(json, "{'account':'%s','amount':1}", account));
    uint8_t body[1024];
    assert_true(sound.size <= sizeof body);
    int sent = 0, heard = 0;
    while (heard < MESSAGES) {
        if (sent < MESSAGES && sent - heard < WINDOW) {
            struct frame frames[5];
            size_t count = draw(&random) % 3 == 0 ? draw(&random) % 5 + 1 : 2;
            memcpy(body, sound.data, sound.size);
            for (uint32_t flips = draw(&random) % 4; flips > 0; flips--)
                body[draw(&random) % sound.size] = (uint8_t)draw(&random);
            size_t size = draw(&random) % 4 == 0 ? draw(&random) % sound.size : sound.size;
            for (size_t i = 0; i < count; i++)
                frames[i] = i + 1 < count && (count == 2 || draw(&random) % 2 == 0)
                                ? EMPTY_FRAME
                                : (struct frame){body, size};
            client_send(&client, count, frames);
            sent++;
            continue;
        }
        assert_true(client_hear(&client));
        heard++;
    }
    int nothing = 0;
    assert_int_equal(zmq_setsockopt(client.socket, ZMQ_RCVTIMEO, &nothing, sizeof nothing), 0);
    assert_false(client_hear(&client));
    the_door_still_answers();
}

/* ---- a peer that speaks ZMTP by hand */

static int connect_by_hand(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)atoi(strrchr(tcp, ':') + 1)),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(connect(fd, (const struct sockaddr *)&address, sizeof address), 0);
    static const uint8_t greeting[64] = {
        [0] = 0xff, [9] = 0x7f, [10] = 3, [12] = 'N', [13] = 'U', [14] = 'L', [15] = 'L'};
    assert_int_equal(send(fd, greeting, sizeof greeting, MSG_NOSIGNAL), sizeof greeting);
    return fd;
}

static void an_identity_of_any_length_does_no_harm(void **state)
{
    (void)state;
    enum { IDENTITY = 4000 };
    struct bytes bytes;
    bytes_init(&bytes, 8192);
    size_t body = 6 + (1 + 11 + 4 + 6) + (1 + 8 + 4 + IDENTITY);
    bytes_put(&bytes, "\x06\0\0\0\0\0\0", 7); /* a long command, its size in eight bytes */
    bytes_put_u8(&bytes, (uint8_t)(body >> 8));
    bytes_put_u8(&bytes, (uint8_t)body);
    bytes_put(&bytes, "\x05READY", 6);
    bytes_put(&bytes,
              "\x0bSocket-Type\0\0\0\x06"
              "DEALER",
              22);
    bytes_put(&bytes, "\x08Identity\0\0\x0f\xa0", 13);
    for (int i = 0; i < IDENTITY; i++)
        bytes_put_u8(&bytes, 'i');
    bytes_put(&bytes, "\x01\x00", 2); /* an empty frame, more to come */
    struct frame request = client_encode(&client, 3, admin, OP_DEPOSIT_MONEY, "by-hand",
                                         JSON(json, "{'account':'%s','amount':1}", account));
    bytes_put(&bytes, "\x00", 1);
    bytes_put_u8(&bytes, (uint8_t)request.size);
    bytes_put(&bytes, request.data, request.size);
    assert_true(request.size < 256 && !bytes.overflow);

    int fd = connect_by_hand();
    assert_int_equal(send(fd, bytes.data, bytes.size, MSG_NOSIGNAL), bytes.size);
    the_door_still_answers();
    assert_int_equal(close(fd), 0);
    bytes_close(&bytes);
    the_door_still_answers();
}

static void a_peer_that_never_shakes_hands_is_nobody_elses_trouble(void **state)
{
    (void)state;
    int fds[20];
    for (int i = 0; i < 20; i++)
        fds[i] = connect_by_hand();
    assert_int_equal(send(fds[0], "\x02\xff\xff\xff\xff\xff\xff\xff\xff", 9, MSG_NOSIGNAL), 9);
    the_door_still_answers();
    for (int i = 0; i < 20; i++)
        assert_int_equal(close(fds[i]), 0);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(a_req_is_answered_on_every_endpoint),
        CASE(a_dealer_may_have_many_requests_in_flight),
        CASE(the_whole_envelope_comes_back),
        CASE(bad_frames_are_answered_in_their_own_framing),
        CASE(bad_messages_get_an_error_reply),
        CASE(a_message_beyond_the_bound_drops_its_peer_only),
        CASE(a_command_of_a_vanished_peer_is_carried_out),
        CASE(a_peer_that_does_not_read_is_nobody_elses_trouble),
        CASE(requests_in_flight_of_one_peer_are_bounded),
        CASE(stopping_answers_the_commands_that_were_taken),
        CASE(an_endpoint_that_is_taken_stops_the_start),
        CASE(every_message_gets_exactly_one_reply),
        CASE(an_identity_of_any_length_does_no_harm),
        CASE(a_peer_that_never_shakes_hands_is_nobody_elses_trouble),
    };
    alarm(240); /* a reply that never comes ends the test */
    return cmocka_run_group_tests(tests, NULL, NULL);
}
