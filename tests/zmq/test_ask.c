#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "service/bank.h"
#include "zmq/ask.h"
#include "zmq/door.h"

static void a_tool_asks_a_running_daemon(void **state)
{
    (void)state;
    struct bank *bank = bank_new(false, false);
    struct zmq_door *door = zmq_door_start(&(struct zmq_door_config){
        .service = bank->service, .endpoints = {"tcp://127.0.0.1:*"}, .endpoint_count = 1});
    assert_non_null(door);
    struct arena arena;
    struct wire_reply reply;
    struct key_result made;
    char why[128] = "";
    arena_init(&arena, 0);
    struct create_key args = {.given = 3, .role = ROLE_AUDITOR, .name = TEXT("eve")};
    const struct message *message = message_of(OP_CREATE_KEY);

    assert_true(zmq_ask(zmq_door_endpoint(door, 0), message, text_of(bank->keys[ROLE_ADMIN]), &args,
                        30000, &arena, &reply, why));
    assert_true(reply.ok);
    assert_true(bind_result(reply.result, message->result, &arena, &made));
    struct principal who;
    assert_true(registry_authenticate(bank->registry, made.key, &who));
    assert_string_equal(who.name, "eve");

    /* A refusal is an answer too. */
    assert_true(zmq_ask(zmq_door_endpoint(door, 0), message, text_of(bank->keys[ROLE_TELLER]),
                        &args, 30000, &arena, &reply, why));
    assert_false(reply.ok);
    assert_int_equal(reply.problem.status, STATUS_forbidden);
    assert_string_equal(why, "");
    arena_close(&arena);
    zmq_door_stop(&door);
    bank_free(bank);
}

static void nobody_there_is_said_in_words(void **state)
{
    (void)state;
    struct arena arena;
    struct wire_reply reply;
    struct no_args none = {0};
    char why[128] = "";
    arena_init(&arena, 0);
    assert_false(zmq_ask("ipc:///tmp/teller-nobody-here.sock", message_of(OP_LIST_KEYS), TEXT("x"),
                         &none, 10, &arena, &reply, why));
    assert_non_null(strstr(why, "no answer in time"));
    assert_false(
        zmq_ask("nonsense", message_of(OP_LIST_KEYS), TEXT("x"), &none, 10, &arena, &reply, why));
    assert_non_null(strstr(why, "cannot connect"));
    arena_close(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_tool_asks_a_running_daemon),
        cmocka_unit_test(nobody_there_is_said_in_words),
    };
    alarm(240); /* a reply that never comes ends the test */
    return cmocka_run_group_tests(tests, NULL, NULL);
}
