/* The door of an open bank, where nobody shows a key: it must answer its own machine, and no page
 * that a browser of this machine has open. */
#include "rest/client.h"
#include "rest/fake_service.h"
#include "rest/rest.h"

static struct rest *door;

static void answer_nothing(struct call *call)
{
    call->status = STATUS_ok;
}

static int open_door(bool open)
{
    fake_reset(answer_nothing, false);
    const struct rest_config config = {
        .service = &fake.service, .open = open, .address = "127.0.0.1:0"};
    door = rest_start(&config);
    return door == NULL;
}

static int setup(void **state)
{
    (void)state;
    return open_door(true);
}

static int setup_closed(void **state)
{
    (void)state;
    return open_door(false);
}

static int teardown(void **state)
{
    (void)state;
    rest_stop(&door);
    return 0;
}

static void ask(const char *headers, int status)
{
    char request[512];
    struct client client = client_open(rest_address(door));
    (void)snprintf(request, sizeof(request),
                   "POST /outcomes/k/abandon HTTP/1.1\r\n%sContent-Length: 0\r\n\r\n", headers);
    struct answer answer = client_ask(&client, request);
    if (answer.status != status) {
        fail_msg("%s: %d instead of %d", headers, answer.status, status);
    }
    if (status == 403) {
        answer_expect_text(&answer, "\"code\":\"forbidden\"");
    }
    answer_free(&answer);
    client_close(&client);
}

static void an_open_bank_is_known_by_the_names_of_its_machine_only(void **state)
{
    (void)state;
    static const struct {
        const char *host;
        int status;
    } cases[] = {
        {"Host: localhost\r\n", 204},
        {"Host: LocalHost:8080\r\n", 204},
        {"Host: 127.0.0.1\r\n", 204},
        {"Host: 127.0.0.1:1\r\n", 204},
        {"Host: [::1]:8080\r\n", 204},
        {"Host: [::1]\r\n", 204},
        {"Host: bank.example\r\n", 403},
        {"Host: localhost.example\r\n", 403},
        {"Host: 127.0.0.1.example\r\n", 403},
        {"Host: 10.0.0.1\r\n", 403},
        {"Host:\r\n", 403},
        {"Host: localhost:8080:1\r\n", 403},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        ask(cases[i].host, cases[i].status);
    }
}

/* A browser sends a POST without a body wherever a page wants it, without asking first. */
static void a_page_from_elsewhere_commands_no_open_bank(void **state)
{
    (void)state;
    static const struct {
        const char *origin;
        int status;
    } cases[] = {
        {"Host: localhost\r\nOrigin: http://localhost\r\n", 204},
        {"Host: localhost\r\nOrigin: http://localhost:3000\r\n", 204},
        {"Host: localhost\r\nOrigin: https://127.0.0.1:3000\r\n", 204},
        {"Host: localhost\r\nOrigin: http://[::1]\r\n", 204},
        {"Host: localhost\r\nOrigin: https://evil.example\r\n", 403},
        {"Host: localhost\r\nOrigin: http://localhost.evil.example\r\n", 403},
        {"Host: localhost\r\nOrigin: http://localhost@evil.example\r\n", 403},
        {"Host: localhost\r\nOrigin: null\r\n", 403},
        {"Host: localhost\r\nOrigin:\r\n", 403},
        {"Host: localhost\r\nOrigin: file://\r\n", 403},
        {"Host: localhost\r\nOrigin: localhost\r\n", 403},
        {"Host: localhost\r\nOrigin: https://evil.example\r\nOrigin: http://localhost\r\n", 403},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        size_t before = fake_submitted();
        ask(cases[i].origin, cases[i].status);
        assert_int_equal(fake_submitted() - before, cases[i].status == 204);
    }
}

static void a_bank_with_keys_minds_neither(void **state)
{
    (void)state;
    ask("Host: bank.example\r\nOrigin: https://page.example\r\n", 204);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(an_open_bank_is_known_by_the_names_of_its_machine_only,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(a_page_from_elsewhere_commands_no_open_bank, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_bank_with_keys_minds_neither, setup_closed, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
