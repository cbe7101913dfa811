/* The table of connections alone: no libmicrohttpd, and a clock that stands until it is moved.
 * Each connection is one end of a pair of sockets; the other end hears when it is sent away. */
#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <unistd.h>

#include <setjmp.h>

#include <cmocka.h>

#include "host/metrics.h"
#include "rest/seats.h"

#define SECOND INT64_C(1000000)

static int64_t now_us;

static int64_t read_clock(struct clock *clock)
{
    (void)clock;
    return now_us;
}

static struct clock standing = {.wall = read_clock, .steady = read_clock};

struct guest {
    struct seat *seat;
    int ours, theirs;
};

static struct seats seats;
static struct guest guests[2 * SEATS_MAX];
static size_t count;

static int setup(void **state)
{
    (void)state;
    now_us = 1000 * SECOND;
    count = 0;
    seats_init(&seats, &standing);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    for (size_t i = 0; i < count; i++) {
        seat_free(&seats, guests[i].seat);
        (void)close(guests[i].ours);
        (void)close(guests[i].theirs);
    }
    return seats.strangers.count + seats.known.count == 0 ? 0 : -1;
}

static struct guest *arrive(void)
{
    struct guest *guest = &guests[count++];
    int pair[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair), 0);
    guest->ours = pair[0];
    guest->theirs = pair[1];
    guest->seat = seat_new(&seats, guest->ours);
    return guest;
}

static bool sent_away(const struct guest *guest)
{
    char byte;
    ssize_t got = recv(guest->theirs, &byte, 1, 0);
    assert_true(got == 0 || (got < 0 && errno == EAGAIN));
    return got == 0;
}

static void pass(int64_t time_us)
{
    now_us += time_us;
    seats_tick(&seats);
    seats_sweep(&seats);
}

static void become_known(struct guest *guest)
{
    seat_serve(guest->seat);
    seat_know(&seats, guest->seat);
    seat_begin_reply(&seats, guest->seat, 100);
    seat_done(&seats, guest->seat);
}

static void at_first_head(struct guest *guest)
{
    (void)guest;
}

static void at_body(struct guest *guest)
{
    seat_begin_body(&seats, guest->seat);
}

static void at_small_reply(struct guest *guest)
{
    seat_begin_reply(&seats, guest->seat, 100);
}

static void at_large_reply(struct guest *guest)
{
    seat_begin_reply(&seats, guest->seat, 10 * SEATS_REPLY_BYTES_PER_S);
}

static void at_next_head(struct guest *guest)
{
    seat_begin_reply(&seats, guest->seat, 100);
    seat_done(&seats, guest->seat);
}

static void every_step_has_its_time(void **state)
{
    (void)state;
    static const struct {
        void (*step)(struct guest *guest);
        int64_t time_s;
    } rows[] = {
        {at_first_head, SEATS_HEAD_S},   {at_body, SEATS_BODY_S},
        {at_small_reply, SEATS_REPLY_S}, {at_large_reply, SEATS_REPLY_S + 10},
        {at_next_head, SEATS_IDLE_S},
    };
    uint64_t before = metric_get(METRIC_rest_late_total);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct guest *guest = arrive();
        rows[i].step(guest);
        pass(rows[i].time_s * SECOND - 1);
        assert_false(sent_away(guest));
        pass(1);
        assert_true(sent_away(guest));
        assert_int_equal(metric_get(METRIC_rest_late_total), before + i + 1);
    }
}

static void a_step_begun_in_time_has_its_own_time(void **state)
{
    (void)state;
    struct guest *guest = arrive();
    pass(SEATS_HEAD_S * SECOND - 1);
    seat_begin_body(&seats, guest->seat);
    pass(SEATS_BODY_S * SECOND - 1);
    assert_false(sent_away(guest));
    seat_serve(guest->seat);
    pass(1000 * SECOND);
    seat_begin_reply(&seats, guest->seat, 0);
    pass(SEATS_REPLY_S * SECOND - 1);
    assert_false(sent_away(guest));
}

static void whoever_waits_for_us_has_all_the_time_there_is(void **state)
{
    (void)state;
    struct guest *guest = arrive();
    seat_serve(guest->seat);
    assert_true(seats_timeout_ms(&seats) > 0); /* the head's time, which nobody cancelled */
    pass(3600 * SECOND);
    assert_false(sent_away(guest));
    assert_int_equal(seats_timeout_ms(&seats), -1);
}

static void the_loop_wakes_when_the_first_time_is_up(void **state)
{
    (void)state;
    assert_int_equal(seats_timeout_ms(&seats), -1);
    struct guest *body = arrive(), *idle = arrive();
    seat_begin_body(&seats, body->seat);
    at_next_head(idle);
    pass(SEATS_HEAD_S * SECOND); /* both were given that at first */
    assert_int_equal(seats_timeout_ms(&seats), (SEATS_BODY_S - SEATS_HEAD_S) * 1000 + 1);
    now_us += (SEATS_BODY_S - SEATS_HEAD_S) * SECOND - 500;
    assert_int_equal(seats_timeout_ms(&seats), 1);
    now_us += 600;
    assert_int_equal(seats_timeout_ms(&seats), 0);
    pass(0);
    assert_true(sent_away(body));
    assert_false(sent_away(idle));
    assert_true(seats_timeout_ms(&seats) > 0);
}

static void at_a_full_table_the_one_longest_without_a_request_done_goes(void **state)
{
    (void)state;
    uint64_t before = metric_get(METRIC_rest_evicted_total);
    for (size_t i = 0; i < SEATS_MAX; i++) {
        (void)arrive();
    }
    at_next_head(&guests[0]); /* a stranger still, and the last in line now */
    assert_int_equal(metric_get(METRIC_rest_evicted_total), before);
    for (size_t i = 1; i < SEATS_MAX; i++) {
        (void)arrive();
        assert_true(sent_away(&guests[i]));
        assert_false(sent_away(&guests[i + 1]));
    }
    assert_false(sent_away(&guests[0]));
    (void)arrive();
    assert_true(sent_away(&guests[0]));
    assert_int_equal(metric_get(METRIC_rest_evicted_total), before + SEATS_MAX);
}

static void strangers_go_before_the_known(void **state)
{
    (void)state;
    for (size_t i = 0; i < SEATS_MAX; i++) {
        struct guest *guest = arrive();
        if (i < SEATS_MAX - SEATS_STRANGERS_MIN) {
            become_known(guest);
        }
    }
    for (size_t i = 0; i < SEATS_MAX; i++) {
        (void)arrive();
    }
    for (size_t i = 0; i < SEATS_MAX; i++) {
        assert_int_equal(sent_away(&guests[i]), i >= SEATS_MAX - SEATS_STRANGERS_MIN);
    }
}

static void the_known_leave_some_seats_to_strangers(void **state)
{
    (void)state;
    for (size_t i = 0; i < SEATS_MAX; i++) {
        become_known(arrive());
    }
    at_next_head(&guests[0]);
    for (size_t i = 0; i < SEATS_STRANGERS_MIN; i++) {
        (void)arrive();
    }
    for (size_t i = 0; i < 2 * SEATS_STRANGERS_MIN; i++) {
        assert_int_equal(sent_away(&guests[i]), i >= 1 && i <= SEATS_STRANGERS_MIN);
    }
    for (size_t i = 0; i < SEATS_STRANGERS_MIN; i++) {
        assert_false(sent_away(&guests[SEATS_MAX + i]));
    }
    (void)arrive();
    assert_true(sent_away(&guests[SEATS_MAX]));
}

static void nobody_goes_while_the_service_has_his_request(void **state)
{
    (void)state;
    for (size_t i = 0; i < SEATS_MAX; i++) {
        struct guest *guest = arrive();
        if (i % 2 == 0) {
            become_known(guest);
        }
        seat_serve(guest->seat);
    }
    struct guest *late = arrive();
    assert_true(sent_away(late));
    for (size_t i = 0; i < SEATS_MAX; i++) {
        assert_false(sent_away(&guests[i]));
    }
    seat_begin_reply(&seats, guests[7].seat, 0);
    late = arrive();
    assert_false(sent_away(late));
    assert_true(sent_away(&guests[7]));
}

static void what_happens_to_whoever_is_sent_away_changes_nothing(void **state)
{
    (void)state;
    struct guest *gone = arrive();
    pass(SEATS_HEAD_S * SECOND);
    assert_true(sent_away(gone));
    seat_begin_body(&seats, gone->seat);
    seat_serve(gone->seat);
    seat_know(&seats, gone->seat);
    seat_begin_reply(&seats, gone->seat, 0);
    seat_done(&seats, gone->seat);
    assert_int_equal(seats.strangers.count + seats.known.count, 0);
    pass(1000 * SECOND);
    assert_int_equal(seats_timeout_ms(&seats), -1);
    for (size_t i = 0; i < SEATS_MAX; i++) {
        assert_false(sent_away(arrive())); /* his seat is free */
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_step_has_its_time, setup, teardown),
        cmocka_unit_test_setup_teardown(a_step_begun_in_time_has_its_own_time, setup, teardown),
        cmocka_unit_test_setup_teardown(whoever_waits_for_us_has_all_the_time_there_is, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(the_loop_wakes_when_the_first_time_is_up, setup, teardown),
        cmocka_unit_test_setup_teardown(at_a_full_table_the_one_longest_without_a_request_done_goes,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(strangers_go_before_the_known, setup, teardown),
        cmocka_unit_test_setup_teardown(the_known_leave_some_seats_to_strangers, setup, teardown),
        cmocka_unit_test_setup_teardown(nobody_goes_while_the_service_has_his_request, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(what_happens_to_whoever_is_sent_away_changes_nothing, setup,
                                        teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
