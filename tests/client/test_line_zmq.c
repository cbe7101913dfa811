#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zmq.h>

#include "client/line.h"

#define PATIENCE_MS 20000

struct daemon {
    void *context, *router;
    char endpoint[128];
    char folder[64];
};

static void daemon_bind(struct daemon *daemon)
{
    int none = 0;
    daemon->context = zmq_ctx_new();
    daemon->router = zmq_socket(daemon->context, ZMQ_ROUTER);
    int patience = PATIENCE_MS;
    assert_int_equal(zmq_setsockopt(daemon->router, ZMQ_LINGER, &none, sizeof none), 0);
    assert_int_equal(zmq_setsockopt(daemon->router, ZMQ_RCVTIMEO, &patience, sizeof patience), 0);
    assert_int_equal(zmq_bind(daemon->router, daemon->endpoint), 0);
}

static void daemon_close(struct daemon *daemon)
{
    (void)zmq_close(daemon->router);
    (void)zmq_ctx_term(daemon->context);
}

static int set_up(void **state)
{
    struct daemon *daemon = calloc(1, sizeof *daemon);
    assert_non_null(daemon);
    (void)snprintf(daemon->folder, sizeof daemon->folder, "/tmp/teller-line-XXXXXX");
    assert_non_null(mkdtemp(daemon->folder));
    (void)snprintf(daemon->endpoint, sizeof daemon->endpoint, "ipc://%s/sock", daemon->folder);
    daemon_bind(daemon);
    *state = daemon;
    return 0;
}

static int tear_down(void **state)
{
    struct daemon *daemon = *state;
    char path[96];
    daemon_close(daemon);
    (void)snprintf(path, sizeof path, "%s/sock", daemon->folder);
    (void)unlink(path);
    (void)rmdir(daemon->folder);
    free(daemon);
    return 0;
}

/* As the loop does it: ready first, then the descriptors. */
static enum line_news wait_news(struct line *line, struct bytes *out)
{
    for (int rounds = 0; rounds < 1000; rounds++) {
        enum line_news news = line->receive(line, out);
        if (news != LINE_NOTHING) {
            return news;
        }
        int fds[2];
        int count = line->fds(line, fds);
        struct pollfd polled[2];
        for (int i = 0; i < count; i++) {
            polled[i] = (struct pollfd){.fd = fds[i], .events = POLLIN};
        }
        if (!line->ready(line) && poll(polled, (nfds_t)count, PATIENCE_MS) <= 0) {
            return LINE_NOTHING;
        }
    }
    return LINE_NOTHING;
}

struct peer {
    uint8_t id[64];
    size_t size;
};

static struct peer receive_at_daemon(struct daemon *daemon, const char *expected)
{
    struct peer peer;
    char frame[64];
    peer.size = (size_t)zmq_recv(daemon->router, peer.id, sizeof peer.id, 0);
    assert_in_range(peer.size, 1, sizeof peer.id);
    assert_int_equal(zmq_recv(daemon->router, frame, sizeof frame, 0), 0);
    assert_int_equal(zmq_recv(daemon->router, frame, sizeof frame, 0), strlen(expected));
    assert_memory_equal(frame, expected, strlen(expected));
    return peer;
}

static void send_frames(struct daemon *daemon, const struct peer *peer, const char **frames,
                        size_t count)
{
    assert_int_equal(zmq_send(daemon->router, peer->id, peer->size, ZMQ_SNDMORE), peer->size);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(
            zmq_send(daemon->router, frames[i], strlen(frames[i]), i + 1 < count ? ZMQ_SNDMORE : 0),
            strlen(frames[i]));
    }
}

static void messages_go_there_and_back(void **state)
{
    struct daemon *daemon = *state;
    struct line_maker *maker = line_zmq_new();
    struct line *line = maker->open(maker, daemon->endpoint);
    struct bytes in;
    bytes_init(&in, 1 << 20);
    assert_non_null(line);
    for (int i = 0; i < 50; i++) {
        assert_true(line->send(line, "hello", 5));
        struct peer peer = receive_at_daemon(daemon, "hello");
        send_frames(daemon, &peer, (const char *[]){"", "there"}, 2);
        assert_int_equal(wait_news(line, &in), LINE_MESSAGE);
        assert_int_equal(in.size, 5);
        assert_memory_equal(in.data, "there", 5);
    }
    bytes_close(&in);
    line->close(line);
    line_zmq_free(&maker);
}

static void messages_of_another_shape_are_dropped(void **state)
{
    struct daemon *daemon = *state;
    struct line_maker *maker = line_zmq_new();
    struct line *line = maker->open(maker, daemon->endpoint);
    struct bytes in;
    bytes_init(&in, 1 << 20);
    assert_true(line->send(line, "hello", 5));
    struct peer peer = receive_at_daemon(daemon, "hello");
    send_frames(daemon, &peer, (const char *[]){"no-delimiter"}, 1);
    send_frames(daemon, &peer, (const char *[]){"x", "not-empty"}, 2);
    send_frames(daemon, &peer, (const char *[]){"", "too", "many"}, 3);
    send_frames(daemon, &peer, (const char *[]){"", "right"}, 2);
    assert_int_equal(wait_news(line, &in), LINE_MESSAGE);
    assert_int_equal(in.size, 5);
    assert_memory_equal(in.data, "right", 5);
    assert_int_equal(line->receive(line, &in), LINE_NOTHING);
    bytes_close(&in);
    line->close(line);
    line_zmq_free(&maker);
}

static void a_daemon_that_goes_away_is_noticed(void **state)
{
    struct daemon *daemon = *state;
    struct line_maker *maker = line_zmq_new();
    struct line *line = maker->open(maker, daemon->endpoint);
    struct bytes in;
    bytes_init(&in, 1 << 20);
    assert_true(line->send(line, "hello", 5));
    (void)receive_at_daemon(daemon, "hello");
    daemon_close(daemon);
    assert_int_equal(wait_news(line, &in), LINE_LOST);
    line->close(line);
    daemon_bind(daemon);
    line = maker->open(maker, daemon->endpoint);
    assert_true(line->send(line, "again", 5));
    (void)receive_at_daemon(daemon, "again");
    line->close(line);
    bytes_close(&in);
    line_zmq_free(&maker);
}

static void a_line_to_nobody_can_be_opened_and_closed(void **state)
{
    (void)state;
    struct line_maker *maker = line_zmq_new();
    for (int i = 0; i < 20; i++) {
        struct line *line = maker->open(maker, "ipc:///tmp/teller-line-nobody");
        struct bytes in;
        bytes_init(&in, 1000);
        assert_non_null(line);
        assert_true(line->send(line, "hello", 5));
        assert_int_equal(line->receive(line, &in), LINE_NOTHING);
        line->close(line);
        bytes_close(&in);
    }
    line_zmq_free(&maker);
}

static void only_ipc_and_tcp_are_addresses(void **state)
{
    (void)state;
    assert_true(line_zmq_endpoint_is_sound("ipc:///tmp/x"));
    assert_true(line_zmq_endpoint_is_sound("tcp://127.0.0.1:5555"));
    static const char *const wrong[] = {"",           "nowhere",           "tcp://",
                                        "ipc://",     "tcp://127.0.0.1",   "tcp://127.0.0.1:x",
                                        "inproc://x", "http://127.0.0.1:1"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        if (line_zmq_endpoint_is_sound(wrong[i])) {
            fail_msg("'%s' is taken", wrong[i]);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(messages_go_there_and_back, set_up, tear_down),
        cmocka_unit_test_setup_teardown(messages_of_another_shape_are_dropped, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_daemon_that_goes_away_is_noticed, set_up, tear_down),
        cmocka_unit_test(a_line_to_nobody_can_be_opened_and_closed),
        cmocka_unit_test(only_ipc_and_tcp_are_addresses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
