/* Clients that take their time, and clients that take everybody's: the door with a clock that
 * moves only when a test moves it. A byte that arrives wakes the loop, which then looks at it. */
#include <poll.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <sys/resource.h>
#include <time.h>

#include "rest/client.h"
#include "rest/fake_service.h"
#include "rest/rest.h"
#include "rest/seats.h"

#define HOST "Host: bank\r\n"
#define BODY "{\"account\":\"1000000016\",\"amount\":100}"
#define DEPOSIT_HEAD                                                                               \
    "POST /accounts/deposit HTTP/1.1\r\n" HOST                                                     \
    "Content-Type: application/json\r\nContent-Length: 37\r\n\r\n"
#define DEPOSIT DEPOSIT_HEAD BODY
#define LIVEZ "GET /livez HTTP/1.1\r\n" HOST "\r\n"
#define OPENAPI "GET /openapi.json HTTP/1.1\r\n" HOST "\r\n"
#define CROWD_MAX 1500
#define SECOND INT64_C(1000000)

static struct rest *door;
static _Atomic int64_t now_us;

static int64_t read_clock(struct clock *clock)
{
    (void)clock;
    return atomic_load(&now_us);
}

static struct clock hand_moved = {.wall = read_clock, .steady = read_clock};

static void pass(int64_t time_us)
{
    (void)atomic_fetch_add(&now_us, time_us);
}

/* The loop's one system call that waits goes through here, so that a test sees it wait. */
static struct {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    int timeout_ms;
} waits = {.lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};

int poll(struct pollfd *fds, nfds_t count, int timeout_ms)
{
    struct timespec timeout = {timeout_ms / 1000, timeout_ms % 1000 * 1000000L};
    assert_int_equal(pthread_mutex_lock(&waits.lock), 0);
    waits.timeout_ms = timeout_ms;
    assert_int_equal(pthread_cond_broadcast(&waits.changed), 0);
    assert_int_equal(pthread_mutex_unlock(&waits.lock), 0);
    return ppoll(fds, count, timeout_ms < 0 ? NULL : &timeout, NULL);
}

static void until_it_waits(int least_ms, int most_ms)
{
    assert_int_equal(pthread_mutex_lock(&waits.lock), 0);
    while (waits.timeout_ms < least_ms || waits.timeout_ms > most_ms) {
        assert_int_equal(pthread_cond_wait(&waits.changed, &waits.lock), 0);
    }
    assert_int_equal(pthread_mutex_unlock(&waits.lock), 0);
}

/* An empty object: 204. */
static void answer_nothing(struct call *call)
{
    call->status = STATUS_ok;
}

static void answer_unauthenticated(struct call *call)
{
    call->status = STATUS_unauthenticated;
}

static int setup(void **state)
{
    (void)state;
    atomic_store(&now_us, 1000 * SECOND);
    fake_reset(answer_nothing, false);
    const struct rest_config config = {
        .service = &fake.service, .clock = &hand_moved, .address = "127.0.0.1:0"};
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

static void expect_answer(struct client *client, const char *request, int status)
{
    struct answer answer = client_ask(client, request);
    if (answer.status != status) {
        fail_msg("%d instead of %d:\n%s\n%s", answer.status, status, answer.head, answer.body);
    }
    answer_free(&answer);
}

/* Two, because the first may be answered before the loop looks at the clock's end of its turn. */
static void let_the_loop_look(void)
{
    struct client client = open_client();
    expect_answer(&client, LIVEZ, 200);
    expect_answer(&client, LIVEZ, 200);
    client_close(&client);
}

/* ---- one slow client */

static void a_head_that_drips_is_cut_off(void **state)
{
    (void)state;
    struct client client = open_client();
    uint64_t late = metric_get(METRIC_rest_late_total);
    let_the_loop_look(); /* it has been let in, and its time runs */
    for (int i = 0; i < SEATS_HEAD_S; i++) {
        client_send_bytes(&client, DEPOSIT + i, 1);
        let_the_loop_look();
        pass(SECOND);
    }
    client_send_bytes(&client, DEPOSIT + SEATS_HEAD_S, 1);
    client_expect_closed(&client);
    assert_int_equal(metric_get(METRIC_rest_late_total), late + 1);
    client_close(&client);
}

static void a_head_in_the_nick_of_time_is_answered(void **state)
{
    (void)state;
    struct client client = open_client();
    let_the_loop_look();
    client_send_bytes(&client, DEPOSIT, 10);
    pass(SEATS_HEAD_S * SECOND - 1);
    client_send(&client, DEPOSIT + 10);
    struct answer answer = client_read(&client);
    assert_int_equal(answer.status, 204);
    answer_free(&answer);
    client_close(&client);
}

static void a_body_that_drips_is_cut_off(void **state)
{
    (void)state;
    struct client client = open_client();
    client_send(&client, DEPOSIT_HEAD);
    let_the_loop_look();
    for (int i = 0; i < SEATS_BODY_S; i++) {
        client_send_bytes(&client, BODY + i, 1);
        let_the_loop_look();
        pass(SECOND);
    }
    client_send_bytes(&client, BODY + SEATS_BODY_S, 1);
    client_expect_closed(&client);
    assert_int_equal(fake_submitted(), 0);
    client_close(&client);
}

static void a_body_has_its_own_time_after_the_head_s(void **state)
{
    (void)state;
    struct client client = open_client();
    let_the_loop_look();
    pass(SEATS_HEAD_S * SECOND - 1);
    client_send(&client, DEPOSIT_HEAD);
    let_the_loop_look();
    pass(SEATS_BODY_S * SECOND - 1);
    expect_answer(&client, BODY, 204);
    client_close(&client);
}

static void a_kept_connection_may_be_silent_for_a_while_and_no_longer(void **state)
{
    (void)state;
    struct client client = open_client();
    for (int i = 0; i < 5; i++) {
        expect_answer(&client, i % 2 == 0 ? DEPOSIT : LIVEZ, i % 2 == 0 ? 204 : 200);
        let_the_loop_look();
        pass(SEATS_IDLE_S * SECOND - 1);
    }
    expect_answer(&client, LIVEZ, 200);
    let_the_loop_look();
    pass(SEATS_IDLE_S * SECOND - 1);
    client_send_bytes(&client, LIVEZ, 5);
    let_the_loop_look();
    pass(1);
    client_send_bytes(&client, LIVEZ + 5, 1);
    client_expect_closed(&client);
    client_close(&client);
}

static void whoever_waits_for_the_service_is_not_cut_off(void **state)
{
    (void)state;
    fake_reset(answer_nothing, true);
    struct client client = open_client();
    client_send(&client, DEPOSIT);
    fake_wait_submitted(1);
    pass(3600 * SECOND);
    let_the_loop_look();
    fake_release();
    struct answer answer = client_read(&client);
    assert_int_equal(answer.status, 204);
    answer_free(&answer);
    client_close(&client);
}

/* The line is longer than libmicrohttpd's buffer: it can neither read on nor say no, and asks to
 * be run again at once, for ever. Whatever else waits here waits for seconds. */
static void a_line_that_does_not_fit_does_not_keep_the_loop_running(void **state)
{
    (void)state;
    struct client client = open_client();
    char line[60000];
    client_send(&client, "POST /batch HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n5;");
    memset(line, 'x', sizeof(line));
    client_send_bytes(&client, line, sizeof(line));
    until_it_waits(1, 1000);
    let_the_loop_look();
    until_it_waits(1, 1000);
    pass(SEATS_BODY_S * SECOND);
    client_expect_closed(&client);
    client_close(&client);
}

/* ---- a crowd */

struct crowd {
    int fds[CROWD_MAX];
    size_t count;
};

static struct crowd crowd;

/* Closing what the tests left open comes before the door stops, which would wait for replies. */
static int disperse(void **state)
{
    while (crowd.count > 0) {
        (void)close(crowd.fds[--crowd.count]);
    }
    return teardown(state);
}

static void gather(size_t count, void (*act)(int fd))
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    to.sin_port = htons((uint16_t)atoi(strrchr(rest_address(door), ':') + 1));
    for (size_t i = 0; i < count; i++) {
        const int small = 4096;
        int fd = socket(AF_INET, SOCK_STREAM, 0);
        assert_true(fd >= 0);
        assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small)), 0);
        assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof(to)), 0);
        crowd.fds[crowd.count++] = fd;
        act(fd);
    }
}

/* What the other side has cut off already is no failure. */
static void say(int fd, const char *text)
{
    (void)send(fd, text, strlen(text), MSG_NOSIGNAL);
}

static void say_nothing(int fd)
{
    (void)fd;
}

static void send_half_a_head(int fd)
{
    say(fd, "POST /accounts/deposit HTTP/1.1\r\nHo");
}

static void send_half_a_body(int fd)
{
    say(fd, DEPOSIT_HEAD "{\"account\"");
}

static void ask_and_send_half(int fd)
{
    say(fd, LIVEZ "GET /li");
}

static void use_a_bad_key_and_send_half(int fd)
{
    say(fd, DEPOSIT "GET /li");
}

static void ask_for_much(int fd)
{
    say(fd, OPENAPI OPENAPI OPENAPI OPENAPI OPENAPI OPENAPI OPENAPI OPENAPI OPENAPI OPENAPI);
}

static void a_reply_that_nobody_takes_is_given_up(void **state)
{
    (void)state;
    gather(1, ask_for_much);
    for (int i = 0; i < 10; i++)
        let_the_loop_look(); /* a request a turn, until a reply is not taken any more */
    uint64_t before = metric_get(METRIC_rest_late_total);
    pass(SEATS_IDLE_S * SECOND); /* had it been taken, the connection were idle */
    let_the_loop_look();
    assert_int_equal(metric_get(METRIC_rest_late_total), before);
    pass(10 * SECOND);
    let_the_loop_look();
    assert_int_equal(metric_get(METRIC_rest_late_total), before + 1);
}

static void a_crowd_keeps_nobody_out(void **state)
{
    (void)state;
    static void (*const acts[])(int fd) = {say_nothing,      send_half_a_head,
                                           send_half_a_body, ask_and_send_half,
                                           ask_for_much,     use_a_bad_key_and_send_half};
    struct client known = open_client();
    expect_answer(&known, DEPOSIT, 204);
    fake_reset(answer_unauthenticated, false);
    for (size_t i = 0; i < sizeof(acts) / sizeof(acts[0]); i++) {
        gather(SEATS_MAX + 100, acts[i]);
        struct client client = open_client();
        expect_answer(&client, LIVEZ, 200);
        expect_answer(&client, LIVEZ, 200);
        client_close(&client);
        expect_answer(&known, LIVEZ, 200);
        while (crowd.count > 0) {
            (void)close(crowd.fds[--crowd.count]);
        }
    }
    client_close(&known);
}

static void a_crowd_costs_the_known_no_connection(void **state)
{
    (void)state;
    enum { KNOWN = 256 };
    gather(KNOWN, say_nothing);
    for (size_t i = 0; i < KNOWN; i++) {
        char byte;
        say(crowd.fds[i], DEPOSIT);
        assert_int_equal(recv(crowd.fds[i], &byte, 1, MSG_PEEK), 1);
    }
    gather(1000, send_half_a_head);
    let_the_loop_look();
    for (size_t i = 0; i < KNOWN; i++) {
        static const char ok[] = "HTTP/1.1 204 ";
        char reply[4096];
        (void)recv(crowd.fds[i], reply, sizeof(reply), 0); /* that of the first request */
        say(crowd.fds[i], DEPOSIT);
        assert_true(recv(crowd.fds[i], reply, sizeof(reply), 0) > (ssize_t)sizeof(ok));
        assert_memory_equal(reply, ok, sizeof(ok) - 1);
    }
}

static int raise_file_limit(void **state)
{
    (void)state;
    struct rlimit files;
    if (getrlimit(RLIMIT_NOFILE, &files) != 0) {
        return -1;
    }
    files.rlim_cur = files.rlim_max; /* both ends of the crowd are ours */
    return setrlimit(RLIMIT_NOFILE, &files);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_head_that_drips_is_cut_off, setup, teardown),
        cmocka_unit_test_setup_teardown(a_head_in_the_nick_of_time_is_answered, setup, teardown),
        cmocka_unit_test_setup_teardown(a_body_that_drips_is_cut_off, setup, teardown),
        cmocka_unit_test_setup_teardown(a_body_has_its_own_time_after_the_head_s, setup, teardown),
        cmocka_unit_test_setup_teardown(a_kept_connection_may_be_silent_for_a_while_and_no_longer,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(whoever_waits_for_the_service_is_not_cut_off, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_line_that_does_not_fit_does_not_keep_the_loop_running,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(a_reply_that_nobody_takes_is_given_up, setup, disperse),
        cmocka_unit_test_setup_teardown(a_crowd_keeps_nobody_out, setup, disperse),
        cmocka_unit_test_setup_teardown(a_crowd_costs_the_known_no_connection, setup, disperse),
    };
    return cmocka_run_group_tests(tests, raise_file_limit, NULL);
}
