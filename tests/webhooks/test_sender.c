/* The real sender against receivers that behave badly, over real sockets. */
#include <arpa/inet.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "host/log.h"
#include "webhooks/sender_curl.h"

#define FLIGHTS 8
#define TIMEOUT_MS 700

/* What a receiver does once it has read a request. */
struct receiver {
    void (*behave)(int fd);
    int fd;
    uint16_t port;
    pthread_t thread;
    atomic_uint connections;
    char request[4096];
};

static void say(int fd, const char *text)
{
    (void)!send(fd, text, strlen(text), MSG_NOSIGNAL);
}

static void says_yes(int fd)
{
    say(fd, "HTTP/1.1 204 No Content\r\n\r\n");
}

static void hangs(int fd)
{
    char byte;
    while (recv(fd, &byte, 1, 0) > 0)
        continue;
}

static void drips(int fd)
{
    say(fd, "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n");
    while (send(fd, "x", 1, MSG_NOSIGNAL) == 1)
        usleep(50000);
}

static void never_ends(int fd)
{
    static char lump[65536];
    say(fd, "HTTP/1.1 200 OK\r\n\r\n");
    while (send(fd, lump, sizeof lump, MSG_NOSIGNAL) > 0)
        continue;
}

static void never_ends_its_headers(int fd)
{
    say(fd, "HTTP/1.1 200 OK\r\n");
    while (send(fd, "X-Header: and another one and another one\r\n", 43, MSG_NOSIGNAL) > 0)
        continue;
}

static void resets(int fd)
{
    struct linger now = {.l_onoff = 1};
    assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof now), 0);
}

static void redirects(int fd)
{
    say(fd, "HTTP/1.1 307 Elsewhere\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n");
}

static void talks_nonsense(int fd)
{
    say(fd, "\x16\x03\x01 nonsense \xff\xfe\r\n\r\n");
}

static void asks_to_wait(int fd)
{
    say(fd, "HTTP/1.1 503 Later\r\nRetry-After: 77\r\nContent-Length: 5\r\n\r\nbusy\n");
}

static bool read_request(struct receiver *receiver, int fd)
{
    size_t size = 0;
    while (size < sizeof receiver->request - 1) {
        ssize_t more = recv(fd, receiver->request + size, sizeof receiver->request - 1 - size, 0);
        if (more <= 0)
            return false;
        size += (size_t)more;
        receiver->request[size] = '\0';
        if (strstr(receiver->request, "\r\n\r\n{}") != NULL)
            return true;
    }
    return false;
}

static void *receive(void *context)
{
    struct receiver *receiver = context;
    int fd;
    while ((fd = accept(receiver->fd, NULL, NULL)) >= 0) {
        atomic_fetch_add(&receiver->connections, 1);
        while (read_request(receiver, fd)) {
            receiver->behave(fd);
            if (receiver->behave != says_yes && receiver->behave != redirects &&
                receiver->behave != asks_to_wait)
                break;
        }
        (void)close(fd);
    }
    return NULL;
}

static void receiver_start(struct receiver *receiver, void (*behave)(int fd))
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    *receiver = (struct receiver){.behave = behave, .fd = socket(AF_INET, SOCK_STREAM, 0)};
    assert_true(receiver->fd >= 0);
    assert_int_equal(bind(receiver->fd, (struct sockaddr *)&address, size), 0);
    assert_int_equal(listen(receiver->fd, 16), 0);
    assert_int_equal(getsockname(receiver->fd, (struct sockaddr *)&address, &size), 0);
    receiver->port = ntohs(address.sin_port);
    assert_int_equal(pthread_create(&receiver->thread, NULL, receive, receiver), 0);
}

static void receiver_stop(struct receiver *receiver)
{
    assert_int_equal(shutdown(receiver->fd, SHUT_RDWR), 0);
    assert_int_equal(pthread_join(receiver->thread, NULL), 0);
    assert_int_equal(close(receiver->fd), 0);
}

static struct sender *open_sender(bool allowed, const char *resolve)
{
    struct sender_curl_config config = {
        .flights_max = FLIGHTS, .timeout_ms = TIMEOUT_MS, .resolve = resolve};
    if (allowed)
        assert_true(address_allow_add(&config.allow, TEXT("127.0.0.0/8")));
    log_set_level(LOG_ERROR + 1);
    struct sender *sender = sender_curl_open(&config);
    assert_non_null(sender);
    return sender;
}

static struct sender_answer ask(struct sender *sender, unsigned flight, const char *host,
                                uint16_t port)
{
    char url[64];
    struct sender_answer answer;
    snprintf(url, sizeof url, "http://%s:%u/hook", host, port);
    struct sender_request request = {.flight = flight,
                                     .url = url,
                                     .id = "msg_1",
                                     .timestamp = 1731705121,
                                     .signature = "v1,x v1,y",
                                     .body = TEXT("{}")};
    assert_true(sender->start(sender, &request));
    while (!sender->take(sender, &answer))
        sender->wait(sender, 100);
    assert_int_equal(answer.flight, flight);
    return answer;
}

static void a_request_has_the_headers_of_standard_webhooks(void **state)
{
    (void)state;
    struct receiver receiver;
    receiver_start(&receiver, says_yes);
    struct sender *sender = open_sender(true, NULL);
    for (unsigned i = 0; i < 5; i++) {
        struct sender_answer answer = ask(sender, i, "127.0.0.1", receiver.port);
        assert_int_equal(answer.status, 204);
        assert_null(answer.error);
    }
    sender->close(sender);
    receiver_stop(&receiver);
    assert_int_equal(atomic_load(&receiver.connections), 1); /* kept and used again */
    static const char *const wanted[] = {
        "POST /hook HTTP/1.1\r\n",
        "\r\nContent-Type: application/json\r\n",
        "\r\nwebhook-id: msg_1\r\n",
        "\r\nwebhook-timestamp: 1731705121\r\n",
        "\r\nwebhook-signature: v1,x v1,y\r\n",
        "\r\nContent-Length: 2\r\n",
    };
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
        if (strstr(receiver.request, wanted[i]) == NULL)
            fail_msg("no %s in %s", wanted[i], receiver.request);
    }
}

static void receivers_that_behave_badly_are_survived(void **state)
{
    static const struct {
        void (*behave)(int fd);
        unsigned status;
        const char *error;
    } cases[] = {
        {hangs, 0, "timeout"},
        {drips, 200, "timeout"},
        {never_ends, 200, NULL}, /* it has said yes, and what else it says is not read */
        {never_ends_its_headers, 200, "bad_answer"},
        {resets, 0, "connection_failed"},
        {redirects, 307, NULL},
        {talks_nonsense, 0, "bad_answer"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct receiver receiver;
        receiver_start(&receiver, cases[i].behave);
        struct sender *sender = open_sender(true, NULL);
        struct sender_answer answer = ask(sender, 3, "127.0.0.1", receiver.port);
        sender->close(sender);
        receiver_stop(&receiver);
        if ((answer.error == NULL) != (cases[i].error == NULL) ||
            (answer.error != NULL && strcmp(answer.error, cases[i].error) != 0))
            fail_msg("case %zu: %s", i, answer.error == NULL ? "no error" : answer.error);
        if (cases[i].error == NULL)
            assert_int_equal(answer.status, cases[i].status);
        assert_true(answer.body_size <= SENDER_ANSWER_MAX);
    }
}

static void what_an_answer_asks_for_is_handed_on(void **state)
{
    (void)state;
    struct receiver receiver;
    receiver_start(&receiver, asks_to_wait);
    struct sender *sender = open_sender(true, NULL);
    struct sender_answer answer = ask(sender, 0, "127.0.0.1", receiver.port);
    assert_int_equal(answer.status, 503);
    assert_int_equal(answer.retry_after_s, 77);
    assert_int_equal(answer.body_size, 5);
    assert_memory_equal(answer.body, "busy\n", 5);
    sender->close(sender);
    receiver_stop(&receiver);
}

static void nobody_there_is_a_failure(void **state)
{
    (void)state;
    struct receiver receiver;
    receiver_start(&receiver, says_yes);
    receiver_stop(&receiver);
    struct sender *sender = open_sender(true, NULL);
    assert_string_equal(ask(sender, 0, "127.0.0.1", receiver.port).error, "connection_failed");
    sender->close(sender);
}

/* At the second look the name means the inner network: the address counts, not the name. */
static void a_name_that_turns_inward_is_refused_at_the_connect(void **state)
{
    static const char *const inward[] = {"127.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "10.0.0.1",
                                         "169.254.169.254"};
    (void)state;
    struct receiver receiver;
    receiver_start(&receiver, says_yes);
    for (size_t i = 0; i < sizeof inward / sizeof *inward; i++) {
        char resolve[80];
        snprintf(resolve, sizeof resolve, "turns.example:%u:%s", receiver.port, inward[i]);
        struct sender *sender = open_sender(false, resolve);
        struct sender_answer answer = ask(sender, 0, "turns.example", receiver.port);
        assert_non_null(answer.error);
        assert_string_equal(answer.error, "forbidden_address");
        sender->close(sender);
    }
    receiver_stop(&receiver);
    assert_int_equal(atomic_load(&receiver.connections), 0);
}

static void a_cancelled_request_gives_no_answer(void **state)
{
    (void)state;
    struct receiver slow, quick;
    receiver_start(&slow, hangs);
    receiver_start(&quick, says_yes);
    struct sender *sender = open_sender(true, NULL);
    char url[64];
    snprintf(url, sizeof url, "http://127.0.0.1:%u/", slow.port);
    struct sender_request request = {
        .flight = 1, .url = url, .id = "m", .signature = "v1,", .body = TEXT("{}")};
    assert_true(sender->start(sender, &request));
    sender->wait(sender, 0);
    sender->cancel(sender, 1);
    for (int i = 0; i < 3; i++)
        assert_int_equal(ask(sender, 1, "127.0.0.1", quick.port).status, 204);
    sender->close(sender);
    receiver_stop(&slow);
    receiver_stop(&quick);
}

static void *wakes(void *context)
{
    struct sender *sender = context;
    sender->wake(sender);
    return NULL;
}

static void a_wait_ends_when_somebody_wakes_it(void **state)
{
    (void)state;
    struct sender *sender = open_sender(true, NULL);
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, wakes, sender), 0);
    sender->wait(sender, 250000); /* longer than the test may take */
    assert_int_equal(pthread_join(thread, NULL), 0);
    sender->close(sender);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_request_has_the_headers_of_standard_webhooks),
        cmocka_unit_test(receivers_that_behave_badly_are_survived),
        cmocka_unit_test(what_an_answer_asks_for_is_handed_on),
        cmocka_unit_test(nobody_there_is_a_failure),
        cmocka_unit_test(a_name_that_turns_inward_is_refused_at_the_connect),
        cmocka_unit_test(a_cancelled_request_gives_no_answer),
        cmocka_unit_test(a_wait_ends_when_somebody_wakes_it),
    };
    alarm(240);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
