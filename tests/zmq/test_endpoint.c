#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
#include <zmq.h>

#include <cmocka.h>

#include "host/log.h"
#include "zmq/door.h"
#include "zmq/endpoint.h"
#include "zmq/peers.h"

static void only_this_machine_is_local(void **state)
{
    (void)state;
    static const struct {
        const char *endpoint;
        bool local;
    } cases[] = {
        {"ipc:///run/teller.sock", true},
        {"ipc://teller.sock", true},
        {"ipc://*", true},
        {"ipc://", false},
        {"tcp://127.0.0.1:5555", true},
        {"tcp://127.0.0.1:*", true},
        {"tcp://127.0.0.1:0", true},
        {"tcp://127.255.0.9:65535", true},
        {"tcp://[::1]:5555", true},
        {"tcp://127.0.0.1:65536", false},
        {"tcp://127.0.0.1:-1", false},
        {"tcp://127.0.0.1:", false},
        {"tcp://127.0.0.1", false},
        {"tcp://127.0.0.1:5555;tcp://0.0.0.0:1", false},
        {"tcp://*:5555", false},
        {"tcp://0.0.0.0:5555", false},
        {"tcp://[::]:5555", false},
        {"tcp://[::ffff:10.0.0.1]:5555", false},
        {"tcp://::1:5555", false},
        {"tcp://[::1:5555", false},
        {"tcp://[]:5555", false},
        {"tcp://10.0.0.1:5555", false},
        {"tcp://128.0.0.1:5555", false},
        {"tcp://127.1:5555", false},
        {"tcp://0127.0.0.1:5555", false},
        {"tcp://localhost:5555", false},
        {"tcp://127.0.0.1.example.org:5555", false},
        {"tcp://lo:5555", false},
        {"tcp://:5555", false},
        {"tcp://", false},
        {"TCP://127.0.0.1:5555", false},
        {"inproc://teller", false},
        {"udp://127.0.0.1:5555", false},
        {"127.0.0.1:5555", false},
        {"", false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        if (zmq_endpoint_is_local(cases[i].endpoint) != cases[i].local)
            fail_msg("%s", cases[i].endpoint);
    }
}

struct bench {
    void *context, *socket;
    char folder[64], path[96], endpoint[128];
};

static int set_up(void **state)
{
    struct bench *bench = calloc(1, sizeof *bench);
    assert_non_null(bench);
    log_set_level(LOG_ERROR);
    strcpy(bench->folder, "/tmp/teller-zmq-XXXXXX");
    assert_non_null(mkdtemp(bench->folder));
    snprintf(bench->path, sizeof bench->path, "%s/t.sock", bench->folder);
    snprintf(bench->endpoint, sizeof bench->endpoint, "ipc://%s", bench->path);
    bench->context = zmq_ctx_new();
    bench->socket = zmq_socket(bench->context, ZMQ_ROUTER);
    assert_non_null(bench->socket);
    *state = bench;
    return 0;
}

static int tear_down(void **state)
{
    struct bench *bench = *state;
    assert_int_equal(zmq_close(bench->socket), 0);
    assert_int_equal(zmq_ctx_term(bench->context), 0);
    (void)unlink(bench->path);
    assert_int_equal(rmdir(bench->folder), 0);
    free(bench);
    return 0;
}

static int listen_at(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    assert_int_equal(bind(fd, (const struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(listen(fd, 1), 0);
    return fd;
}

static void a_socket_file_is_its_owners_only_and_goes_with_the_socket(void **state)
{
    struct bench *bench = *state;
    struct endpoint endpoint;
    struct stat info;
    assert_true(endpoint_bind(bench->socket, bench->endpoint, &endpoint));
    assert_string_equal(endpoint.text, bench->endpoint);
    assert_int_equal(stat(bench->path, &info), 0);
    assert_int_equal(info.st_mode & 07777, 0600);
    endpoint_remove(&endpoint);
    assert_int_not_equal(stat(bench->path, &info), 0);
}

static void what_a_crash_left_behind_is_replaced(void **state)
{
    struct bench *bench = *state;
    struct endpoint endpoint;
    assert_int_equal(close(listen_at(bench->path)), 0);
    assert_true(endpoint_bind(bench->socket, bench->endpoint, &endpoint));
    endpoint_remove(&endpoint);
}

static void a_socket_that_is_served_is_left_alone(void **state)
{
    struct bench *bench = *state;
    struct endpoint endpoint;
    struct stat before, after;
    int fd = listen_at(bench->path);
    assert_int_equal(stat(bench->path, &before), 0);
    assert_false(endpoint_bind(bench->socket, bench->endpoint, &endpoint));
    endpoint_remove(&endpoint);
    assert_int_equal(stat(bench->path, &after), 0);
    assert_int_equal(before.st_ino, after.st_ino);
    assert_int_equal(close(fd), 0);
}

static void a_file_of_another_kind_is_left_alone(void **state)
{
    struct bench *bench = *state;
    struct endpoint endpoint;
    char content[16] = "";
    FILE *file = fopen(bench->path, "w+");
    assert_non_null(file);
    assert_true(fputs("precious", file) >= 0 && fflush(file) == 0);
    assert_false(endpoint_bind(bench->socket, bench->endpoint, &endpoint));
    assert_int_equal(fclose(file), 0);
    file = fopen(bench->path, "r");
    assert_non_null(file);
    assert_non_null(fgets(content, sizeof content, file));
    assert_string_equal(content, "precious");
    assert_int_equal(fclose(file), 0);
}

static void a_socket_file_of_a_successor_stays(void **state)
{
    struct bench *bench = *state;
    struct endpoint endpoint;
    struct stat info;
    char other[128];
    assert_true(endpoint_bind(bench->socket, bench->endpoint, &endpoint));
    /* The new file first, so that it cannot get the number of the old one. */
    snprintf(other, sizeof other, "%s.new", bench->path);
    int fd = listen_at(other);
    assert_int_equal(rename(other, bench->path), 0);
    endpoint_remove(&endpoint);
    assert_int_equal(stat(bench->path, &info), 0);
    assert_int_equal(close(fd), 0);
}

static void wildcard_ports_are_resolved(void **state)
{
    struct bench *bench = *state;
    struct endpoint four, zero, six;
    assert_true(endpoint_bind(bench->socket, "tcp://127.0.0.1:*", &four));
    assert_true(endpoint_bind(bench->socket, "tcp://127.0.0.1:0", &zero));
    assert_int_equal(strncmp(four.text, "tcp://127.0.0.1:", 16), 0);
    assert_true(atoi(four.text + 16) > 0 && atoi(zero.text + 16) > 0);
    assert_string_not_equal(four.text, zero.text);
    if (endpoint_bind(bench->socket, "tcp://[::1]:*", &six)) /* where there is IPv6 */
        assert_int_equal(strncmp(six.text, "tcp://[::1]:", 12), 0);
    assert_false(endpoint_bind(bench->socket, four.text, &six)); /* taken */
    assert_false(endpoint_bind(bench->socket, "tcp://0.0.0.0:*", &six));
}

static void peers_are_counted_apart(void **state)
{
    (void)state;
    struct peers peers;
    peers_init(&peers, (struct hash_key){1, 2});
    static struct peer *mine[PEERS_CALLS_MAX];
    char identity[400];
    memset(identity, 'x', sizeof identity);
    for (int i = 0; i < PEERS_CALLS_MAX; i++) {
        mine[i] = peers_enter(&peers, identity, sizeof identity);
        assert_non_null(mine[i]);
    }
    assert_null(peers_enter(&peers, identity, sizeof identity));
    struct peer *other = peers_enter(&peers, identity, 5);
    assert_non_null(other);
    assert_ptr_not_equal(other, mine[0]);
    peers_leave(&peers, mine[0]);
    mine[0] = peers_enter(&peers, identity, sizeof identity);
    assert_non_null(mine[0]);
    for (int i = 0; i < PEERS_CALLS_MAX; i++)
        peers_leave(&peers, mine[i]);
    peers_leave(&peers, other);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_this_machine_is_local),
        CASE(a_socket_file_is_its_owners_only_and_goes_with_the_socket),
        CASE(what_a_crash_left_behind_is_replaced),
        CASE(a_socket_that_is_served_is_left_alone),
        CASE(a_file_of_another_kind_is_left_alone),
        CASE(a_socket_file_of_a_successor_stays),
        CASE(wildcard_ports_are_resolved),
        cmocka_unit_test(peers_are_counted_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
