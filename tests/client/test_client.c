#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "client/calls.h"
#include "fake_line.h"

struct fixture {
    struct fake_maker maker;
    struct client *client;
    int64_t now_ms;
};

static void start(struct fixture *fixture)
{
    *fixture = (struct fixture){.maker.maker.open = fake_open, .now_ms = 1000};
    fixture->client = client_new(&fixture->maker.maker, "ipc://x", fixture->now_ms);
}

static void finish(struct fixture *fixture)
{
    client_free(&fixture->client);
    fake_free(&fixture->maker);
}

static struct fake_line *newest(struct fixture *fixture)
{
    return fixture->maker.lines[fixture->maker.count - 1];
}

/* The line that requests go over: a feed's line is opened behind it when the client comes up. */
static struct fake_line *requests_line(struct fixture *fixture)
{
    return fixture->maker.lines[fixture->maker.count - 2];
}

static bool next(struct fixture *fixture, struct client_reply *reply)
{
    client_turn(fixture->client, fixture->now_ms);
    return client_next(fixture->client, fixture->now_ms, reply);
}

static uint64_t answer_ping(struct fixture *fixture, struct fake_line *line)
{
    struct list_result empty = {0};
    struct arena arena;
    arena_init(&arena, 0);
    struct wire_request ping = fake_request(line, line->sent_count - 1, &arena);
    assert_int_equal(ping.message->op, OP_GET_CHANGES);
    fake_put_result(line, ping.id.number, &change_list_shape, &empty);
    uint64_t id = ping.id.number;
    arena_close(&arena);
    struct client_reply reply;
    assert_false(next(fixture, &reply));
    return id;
}

static void come_up(struct fixture *fixture)
{
    struct client_reply reply;
    assert_false(next(fixture, &reply));
    assert_int_not_equal(client_state(fixture->client), CLIENT_UP);
    (void)answer_ping(fixture, newest(fixture));
    assert_int_equal(client_state(fixture->client), CLIENT_UP);
}

static uint64_t ask(struct fixture *fixture, uint32_t owner)
{
    return call_get_account(
        (struct caller){
            .client = fixture->client, .owner = owner, .tag = owner + 1, .now_ms = fixture->now_ms},
        1000000420);
}

static void put_problem(struct fake_line *line, uint64_t id, enum status status)
{
    struct bytes reply;
    struct problem problem = {0};
    problem_set(&problem, status, "why");
    bytes_init(&reply, WIRE_MESSAGE_MAX);
    wire_encode_problem(&reply, (struct wire_id){.type = WIRE_ID_NUMBER, .number = id}, false,
                        &problem, TEXT("r"));
    fake_put_bytes(line, reply.data, reply.size);
    bytes_close(&reply);
}

static const struct account_result account = {.account = 1000000420,
                                              .owner = {"Zoë", 4},
                                              .currency = 978,
                                              .balance = {5},
                                              .version = 1,
                                              .opened_at = 1,
                                              .position = 9};

static void put_account(struct fake_line *line, uint64_t id)
{
    fake_put_result(line, id, &account_result_shape, &account);
}

static void nothing_is_accepted_before_the_daemon_answered(void **state)
{
    (void)state;
    struct fixture fixture;
    start(&fixture);
    assert_int_equal(ask(&fixture, 1), 0);
    come_up(&fixture);
    assert_int_not_equal(ask(&fixture, 1), 0);
    finish(&fixture);
}

static void a_reply_goes_to_who_asked_and_only_once(void **state)
{
    (void)state;
    struct fixture fixture;
    struct client_reply reply;
    start(&fixture);
    come_up(&fixture);
    uint64_t first = ask(&fixture, 1);
    uint64_t second = ask(&fixture, 2);
    struct fake_line *line = requests_line(&fixture);
    put_account(line, second); /* in another order, and doubled */
    put_account(line, second);
    put_account(line, first);
    put_account(line, first + 1000);
    assert_true(next(&fixture, &reply));
    assert_int_equal(reply.id, second);
    assert_int_equal(reply.owner, 2);
    assert_int_equal(reply.tag, 3);
    assert_int_equal(reply.result, CLIENT_OK);
    assert_int_equal(((const struct account_result *)reply.value)->balance.minor, 5);
    assert_true(next(&fixture, &reply));
    assert_int_equal(reply.id, first);
    assert_false(next(&fixture, &reply));
    assert_int_equal(client_in_flight(fixture.client), 0);
    finish(&fixture);
}

static void a_refusal_is_a_reply(void **state)
{
    (void)state;
    struct fixture fixture;
    struct client_reply reply;
    start(&fixture);
    come_up(&fixture);
    put_problem(requests_line(&fixture), ask(&fixture, 1), STATUS_account_not_found);
    assert_true(next(&fixture, &reply));
    assert_int_equal(reply.result, CLIENT_PROBLEM);
    assert_int_equal(reply.problem.status, STATUS_account_not_found);
    finish(&fixture);
}

static void a_reply_that_never_comes_is_lost_and_a_late_one_nobodys(void **state)
{
    (void)state;
    struct fixture fixture;
    struct client_reply reply;
    start(&fixture);
    come_up(&fixture);
    uint64_t id = ask(&fixture, 1);
    for (int i = 0; i < 9; i++) { /* the daemon lives all the while */
        fixture.now_ms += 1000;
        assert_false(next(&fixture, &reply));
        struct fake_line *line = requests_line(&fixture);
        if (i % 2 == 1) {
            (void)answer_ping(&fixture, line);
        }
    }
    assert_int_equal(client_state(fixture.client), CLIENT_UP);
    fixture.now_ms += 1000;
    assert_true(next(&fixture, &reply));
    assert_int_equal(reply.id, id);
    assert_int_equal(reply.result, CLIENT_LOST);
    put_account(requests_line(&fixture), id);
    assert_false(next(&fixture, &reply));
    finish(&fixture);
}

static void silence_is_down_and_everything_asked_is_lost(void **state)
{
    (void)state;
    struct fixture fixture;
    struct client_reply reply;
    start(&fixture);
    come_up(&fixture);
    (void)ask(&fixture, 1);
    (void)ask(&fixture, 2);
    fixture.now_ms += CLIENT_SILENCE_MS - 1;
    assert_false(next(&fixture, &reply));
    assert_int_equal(client_state(fixture.client), CLIENT_UP);
    fixture.now_ms += 1;
    assert_true(next(&fixture, &reply));
    assert_int_equal(client_state(fixture.client), CLIENT_DOWN);
    assert_int_equal(reply.result, CLIENT_LOST);
    assert_true(next(&fixture, &reply));
    assert_false(next(&fixture, &reply));
    assert_int_equal(ask(&fixture, 1), 0);
    finish(&fixture);
}

static void quiet_without_a_request_is_found_out_by_a_ping(void **state)
{
    (void)state;
    struct fixture fixture;
    struct client_reply reply;
    start(&fixture);
    come_up(&fixture);
    struct fake_line *line = requests_line(&fixture);
    size_t sent = line->sent_count;
    fixture.now_ms += CLIENT_PING_MS;
    assert_false(next(&fixture, &reply));
    assert_int_equal(line->sent_count, sent + 1);
    assert_int_equal(client_in_flight(fixture.client), 0);
    fixture.now_ms += CLIENT_SILENCE_MS;
    assert_false(next(&fixture, &reply));
    assert_int_equal(client_state(fixture.client), CLIENT_DOWN);
    finish(&fixture);
}

static void a_broken_line_is_down_at_once(void **state)
{
    (void)state;
    for (size_t which = 0; which < 2; which++) {
        struct fixture fixture;
        struct client_reply reply;
        start(&fixture);
        come_up(&fixture);
        uint64_t id = ask(&fixture, 1);
        fixture.maker.lines[which]->lost = true;
        assert_true(next(&fixture, &reply));
        assert_int_equal(reply.id, id);
        assert_int_equal(reply.result, CLIENT_LOST);
        assert_int_equal(client_state(fixture.client), CLIENT_DOWN);
        assert_true(fixture.maker.lines[0]->closed && fixture.maker.lines[1]->closed);
        finish(&fixture);
    }
}

static void it_tries_again_for_ever_with_growing_pauses(void **state)
{
    (void)state;
    static const int64_t pauses[] = {500, 500, 1000, 2000, 4000, 8000, 8000, 8000};
    struct fixture fixture;
    struct client_reply reply;
    start(&fixture);
    come_up(&fixture);
    fixture.maker.lines[0]->lost = true;
    assert_false(next(&fixture, &reply));
    for (size_t i = 0; i < sizeof pauses / sizeof *pauses; i++) {
        size_t before = fixture.maker.count;
        assert_int_equal(client_retry_in_ms(fixture.client, fixture.now_ms), pauses[i]);
        fixture.now_ms += pauses[i] - 1;
        assert_false(next(&fixture, &reply));
        assert_int_equal(fixture.maker.count, before);
        fixture.now_ms += 1;
        assert_false(next(&fixture, &reply));
        assert_int_equal(fixture.maker.count, before + 1);
    }
    (void)answer_ping(&fixture, newest(&fixture));
    assert_int_equal(client_state(fixture.client), CLIENT_UP);
    fixture.maker.lines[fixture.maker.count - 1]->lost = true;
    assert_false(next(&fixture, &reply));
    assert_int_equal(client_retry_in_ms(fixture.client, fixture.now_ms), 500);
    finish(&fixture);
}

static void a_line_that_cannot_be_opened_is_tried_again_too(void **state)
{
    (void)state;
    struct fixture fixture;
    struct client_reply reply;
    start(&fixture);
    fixture.maker.refuses = true;
    for (int i = 0; i < 50; i++) {
        assert_false(next(&fixture, &reply));
        fixture.now_ms += 500;
    }
    fixture.maker.refuses = false;
    fixture.now_ms += CLIENT_RETRY_MAX_MS;
    come_up(&fixture);
    finish(&fixture);
}

static void an_asker_that_left_hears_nothing(void **state)
{
    (void)state;
    struct fixture fixture;
    struct client_reply reply;
    start(&fixture);
    come_up(&fixture);
    uint64_t left = ask(&fixture, 1);
    uint64_t stays = ask(&fixture, 2);
    client_forget_owner(fixture.client, 1);
    put_account(requests_line(&fixture), left);
    put_account(requests_line(&fixture), stays);
    assert_true(next(&fixture, &reply));
    assert_int_equal(reply.id, stays);
    assert_false(next(&fixture, &reply));
    finish(&fixture);
}

static void requests_in_flight_are_bounded(void **state)
{
    (void)state;
    struct fixture fixture;
    start(&fixture);
    come_up(&fixture);
    for (size_t i = 0; i < CLIENT_REQUESTS_MAX; i++) {
        assert_int_not_equal(ask(&fixture, 1), 0);
    }
    assert_int_equal(ask(&fixture, 1), 0);
    assert_int_equal(client_in_flight(fixture.client), CLIENT_REQUESTS_MAX);
    finish(&fixture);
}

static void a_full_line_accepts_nothing(void **state)
{
    (void)state;
    struct fixture fixture;
    start(&fixture);
    come_up(&fixture);
    requests_line(&fixture)->full = true;
    assert_int_equal(ask(&fixture, 1), 0);
    assert_int_equal(client_in_flight(fixture.client), 0);
    finish(&fixture);
}

static void the_key_goes_along_with_every_request(void **state)
{
    (void)state;
    struct fixture fixture;
    struct arena arena;
    start(&fixture);
    arena_init(&arena, 0);
    client_set_auth(fixture.client, TEXT("tk_secret"));
    come_up(&fixture);
    (void)ask(&fixture, 1);
    struct wire_request request = fake_request(requests_line(&fixture), 1, &arena);
    assert_true(text_is(request.auth, "tk_secret"));
    assert_null(request.key.data);
    (void)call_move((struct caller){.client = fixture.client, .now_ms = fixture.now_ms},
                    OP_DEPOSIT_MONEY, TEXT("key-1"), 1000000420, (struct money){5}, 978, TEXT(""));
    request = fake_request(requests_line(&fixture), 2, &arena);
    assert_true(text_is(request.key, "key-1"));
    assert_int_equal(((const struct move_money *)request.args)->amount.minor, 5);
    arena_close(&arena);
    finish(&fixture);
}

static void outcomes_come_back_with_what_became_of_the_command(void **state)
{
    (void)state;
    struct fixture fixture;
    struct client_reply reply;
    struct problem refusal = {0};
    struct caller caller;
    start(&fixture);
    come_up(&fixture);
    caller = (struct caller){.client = fixture.client, .now_ms = fixture.now_ms};
    problem_set(&refusal, STATUS_insufficient_funds, "no");
    refusal.balance.minor = 7;
    refusal.amount.minor = 9;
    struct outcome_result outcomes[] = {
        {.state = OUTCOME_UNKNOWN},
        {.state = OUTCOME_DONE, .outcome = {.shape = &account_result_shape, .value = &account}},
        {.state = OUTCOME_REFUSED, .error = &refusal},
    };
    for (size_t i = 0; i < 3; i++) {
        uint64_t id = call_get_outcome(caller, TEXT("k"));
        fake_put_result(requests_line(&fixture), id, &outcome_result_shape, &outcomes[i]);
        assert_true(next(&fixture, &reply));
        assert_int_equal(reply.result, CLIENT_OK);
        assert_int_equal(reply.outcome.state, outcomes[i].state);
        if (i == 1) {
            assert_non_null(reply.outcome.outcome.node);
        } else if (i == 2) {
            assert_int_equal(reply.outcome.error->status, STATUS_insufficient_funds);
            assert_int_equal(reply.outcome.error->balance.minor, 7);
        }
    }
    finish(&fixture);
}

/* Sound replies with bytes changed, cut and made up: nothing crashes, no reply comes twice. */
static void garbage_is_dropped(void **state)
{
    (void)state;
    struct fixture fixture;
    struct client_reply reply;
    struct bytes sound;
    uint64_t random = 1;
    start(&fixture);
    come_up(&fixture);
    bytes_init(&sound, WIRE_MESSAGE_MAX);
    for (int round = 0; round < 20000; round++) {
        struct fake_line *line = requests_line(&fixture);
        uint64_t id = ask(&fixture, 1);
        bytes_clear(&sound);
        wire_encode_result(&sound, (struct wire_id){.type = WIRE_ID_NUMBER, .number = id}, false,
                           (struct any){.shape = &account_result_shape, .value = &account});
        for (int i = 0; i < 3; i++) {
            random = random * 6364136223846793005u + 1442695040888963407u;
            sound.data[(random >> 33) % sound.size] = (uint8_t)(random >> 20);
        }
        fake_put_bytes(line, sound.data, random % 5 == 0 ? sound.size / 2 : sound.size);
        size_t replies = 0;
        while (next(&fixture, &reply)) {
            replies++;
        }
        assert_true(replies <= 1);
        if (replies == 0) {
            put_account(line, id);
            assert_true(next(&fixture, &reply));
            assert_int_equal(reply.id, id);
        }
        for (size_t i = 0; i < line->reply_count; i++) {
            bytes_close(&line->replies[i]);
        }
        for (size_t i = 0; i < line->sent_count; i++) {
            bytes_close(&line->sent[i]);
        }
        line->reply_first = line->reply_count = line->sent_count = 0;
    }
    bytes_close(&sound);
    finish(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_accepted_before_the_daemon_answered),
        cmocka_unit_test(a_reply_goes_to_who_asked_and_only_once),
        cmocka_unit_test(a_refusal_is_a_reply),
        cmocka_unit_test(a_reply_that_never_comes_is_lost_and_a_late_one_nobodys),
        cmocka_unit_test(silence_is_down_and_everything_asked_is_lost),
        cmocka_unit_test(quiet_without_a_request_is_found_out_by_a_ping),
        cmocka_unit_test(a_broken_line_is_down_at_once),
        cmocka_unit_test(it_tries_again_for_ever_with_growing_pauses),
        cmocka_unit_test(a_line_that_cannot_be_opened_is_tried_again_too),
        cmocka_unit_test(an_asker_that_left_hears_nothing),
        cmocka_unit_test(requests_in_flight_are_bounded),
        cmocka_unit_test(a_full_line_accepts_nothing),
        cmocka_unit_test(the_key_goes_along_with_every_request),
        cmocka_unit_test(outcomes_come_back_with_what_became_of_the_command),
        cmocka_unit_test(garbage_is_dropped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
