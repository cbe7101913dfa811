/* PINs, sessions and what a customer may do with one, through the service. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "service/bank.h"

struct scene {
    struct bank *bank;
    struct service_port *port;
    char zoe[64], bob[64]; /* their accounts; Zoë has 1000 and a PIN, 1234 */
    const char *atm, *teller, *admin;
};

static char json[BANK_TEXT_MAX];

static const char *ask(struct scene *scene, const char *auth, enum op op, const char *key,
                       const char *args)
{
    return tell(scene->port, auth, op, key, args);
}

static const char *set_pin(struct scene *scene, const char *account, const char *pin)
{
    return ask(scene, scene->teller, OP_SET_PIN, NULL,
               JSON(json, "{'account':'%s','pin':'%s'}", account, pin));
}

static const char *sign_in(struct scene *scene, const char *auth, const char *account,
                           const char *pin)
{
    return ask(scene, auth, OP_OPEN_SESSION, NULL,
               JSON(json, "{'account':'%s','pin':'%s'}", account, pin));
}

static const char *zoes_token(struct scene *scene, char token[64])
{
    return value_of(sign_in(scene, scene->atm, scene->zoe, "1234"), "token", token);
}

static void open_scene(struct scene *scene, bool open)
{
    scene->bank = bank_new(open, false);
    scene->port = service_port_open(scene->bank->service);
    scene->atm = scene->bank->keys[ROLE_ATM];
    scene->teller = scene->bank->keys[ROLE_TELLER];
    scene->admin = scene->bank->keys[ROLE_ADMIN];
    open_account(scene->bank, scene->port, 1000, scene->zoe);
    open_account(scene->bank, scene->port, 500, scene->bob);
    assert_string_equal(set_pin(scene, scene->zoe, "1234"), "");
}

static int set_up(void **state)
{
    struct scene *scene = calloc(1, sizeof *scene);
    assert_non_null(scene);
    open_scene(scene, false);
    *state = scene;
    return 0;
}

static int tear_down(void **state)
{
    struct scene *scene = *state;
    service_port_close(&scene->port);
    bank_free(scene->bank);
    free(scene);
    return 0;
}

/* Every operation, with %s for an account; whether a customer may, on the own one. */
static const struct {
    enum op op;
    bool may;
    const char *args;
} rights[] = {
    {OP_CREATE_ACCOUNT, false, "{'owner':'A','currency':'EUR'}"},
    {OP_DEPOSIT_MONEY, true, "{'account':'%s','amount':1}"},
    {OP_WITHDRAW_MONEY, true, "{'account':'%s','amount':1}"},
    {OP_TRANSFER_MONEY, true, "{'from':'%s','to':'2000000006','amount':1}"},
    {OP_BATCH, false, "{'commands':[{'op':'DepositMoney','args':{'account':'%s','amount':1}}]}"},
    {OP_GET_OUTCOME, false, "{'key':'k','account':'%s'}"},
    {OP_ABANDON_KEY, false, "{'key':'k','account':'%s'}"},
    {OP_GET_ACCOUNT, true, "{'account':'%s'}"},
    {OP_LIST_ACCOUNTS, false, "{'search':'%s'}"},
    {OP_GET_BALANCE, true, "{'account':'%s'}"},
    {OP_GET_BALANCE_SERIES, true, "{'account':'%s','from':'2026-01-01','to':'2026-01-02'}"},
    {OP_GET_TRANSACTION_HISTORY, true, "{'account':'%s','before':9,'limit':1}"},
    {OP_LIST_STATEMENTS, true, "{'account':'%s','before':'2100-01'}"},
    {OP_GET_STATEMENT, true, "{'account':'%s','month':'2026-01'}"},
    {OP_GET_CHANGES, false, "{'after':0}"},
    {OP_CREATE_KEY, false, "{'role':'teller','name':'n'}"},
    {OP_LIST_KEYS, false, "{}"},
    {OP_REVOKE_KEY, false, "{'name':'atm'}"},
    {OP_CREATE_WEBHOOK, false, "{'url':'https://example.com/','accounts':['%s']}"},
    {OP_GET_WEBHOOK, false, "{'id':'wh_1'}"},
    {OP_LIST_WEBHOOKS, false, "{}"},
    {OP_UPDATE_WEBHOOK, false, "{'id':'wh_1'}"},
    {OP_DELETE_WEBHOOK, false, "{'id':'wh_1'}"},
    {OP_ROTATE_WEBHOOK, false, "{'id':'wh_1'}"},
    {OP_TEST_WEBHOOK, false, "{'id':'wh_1'}"},
    {OP_LIST_DELIVERIES, false, "{'id':'wh_1'}"},
    {OP_RETRY_DELIVERY, false, "{'id':'wh_1','delivery':'dead'}"},
    {OP_REPLAY_WEBHOOK, false, "{'id':'wh_1','after':0}"},
    {OP_SET_PIN, false, "{'account':'%s','pin':'1234'}"},
    {OP_OPEN_SESSION, false, "{'account':'%s','pin':'1234'}"},
    {OP_CLOSE_SESSION, true, "{}"}, /* last: it ends the session */
};
_Static_assert(sizeof rights / sizeof *rights == OP_COUNT, "every operation has its row");

static const char *args_of(size_t row, const char *account)
{
    const char *mark = strstr(rights[row].args, "%s");
    if (mark == NULL)
        return rights[row].args;
    return JSON(json, "%.*s%s%s", (int)(mark - rights[row].args), rights[row].args, account,
                mark + 2);
}

static void a_customer_may_what_the_contract_says_on_the_own_account_only(void **state)
{
    struct scene *scene = *state;
    char token[64];
    zoes_token(scene, token);
    const char *strangers[] = {scene->bob, "9999999999", "2000000006"}; /* the last two are none */
    for (size_t i = 0; i < OP_COUNT; i++) {
        assert_int_equal(rights[i].op, i);
        const char *name = message_of(rights[i].op)->name;
        for (size_t s = 0; s < 3 && strstr(rights[i].args, "%s") != NULL; s++) {
            const char *text = ask(scene, token, rights[i].op, NULL, args_of(i, strangers[s]));
            if (strcmp(text, "forbidden") != 0)
                fail_msg("%s of %s: %s", name, strangers[s], text);
        }
        const char *text = ask(scene, token, rights[i].op, NULL, args_of(i, scene->zoe));
        if ((strcmp(text, "forbidden") != 0) != rights[i].may ||
            strcmp(text, "unauthenticated") == 0)
            fail_msg("%s: %s", name, text);
    }
    assert_string_equal(
        ask(scene, token, OP_GET_BALANCE, NULL, JSON(json, "{'account':'%s'}", scene->zoe)),
        "unauthenticated");
}

static void a_refusal_says_the_same_of_any_other_account(void **state)
{
    struct scene *scene = *state;
    char token[64], first[PROBLEM_DETAIL_MAX] = "";
    zoes_token(scene, token);
    const char *strangers[] = {scene->bob, "9999999999"};
    for (size_t s = 0; s < 2; s++) {
        struct ask *asked = ask_submit(scene->port, token, OP_GET_ACCOUNT, NULL,
                                       JSON(json, "{'account':'%s'}", strangers[s]));
        ask_wait(scene->port, asked);
        assert_int_equal(asked->call.status, STATUS_forbidden);
        assert_int_equal(asked->call.problem.error_count, 0);
        if (s == 0)
            strcpy(first, asked->call.problem.detail);
        assert_string_equal(asked->call.problem.detail, first);
        ask_free(asked);
    }
}

static void a_customer_sees_the_own_side_of_a_transfer_only(void **state)
{
    struct scene *scene = *state;
    char token[64], args[256], to[128], both[64];
    zoes_token(scene, token);
    snprintf(args, sizeof args, "{'from':'%s','to':'%s','amount':100}", scene->zoe, scene->bob);
    snprintf(to, sizeof to, "\"to\":{\"account\":\"%s\"}", scene->bob);
    snprintf(both, sizeof both, "\"balance\":600"); /* Bob's */
    const char *text = ask(scene, token, OP_TRANSFER_MONEY, "t", args);
    assert_non_null(strstr(text, to));
    assert_non_null(strstr(text, "\"balance\":900"));
    text = ask(scene, token, OP_TRANSFER_MONEY, "t", args);
    assert_memory_equal(text, "replayed ", 9);
    assert_non_null(strstr(text, to));
    char lookup[256];
    snprintf(lookup, sizeof lookup, "{'key':'t','account':'%s'}", scene->zoe);
    text = ask(scene, scene->atm, OP_GET_OUTCOME, NULL, lookup);
    assert_non_null(strstr(text, "\"done\""));
    assert_non_null(strstr(text, to));
    text = ask(scene, scene->admin, OP_ABANDON_KEY, NULL, lookup);
    assert_non_null(strstr(text, to));
    text = ask(scene, token, OP_GET_TRANSACTION_HISTORY, NULL,
               JSON(json, "{'account':'%s'}", scene->zoe));
    assert_null(strstr(text, both));
    assert_non_null(strstr(text, scene->bob));
}

static void a_customer_is_named_with_the_machine_and_keeps_one_key_space(void **state)
{
    struct scene *scene = *state;
    char token[64], want[128], street[64];
    zoes_token(scene, token);
    char args[256];
    snprintf(args, sizeof args, "{'account':'%s','amount':7}", scene->zoe);
    assert_int_equal(ask(scene, token, OP_DEPOSIT_MONEY, "k", args)[0], '{');
    /* Another machine, another session, the same customer. */
    value_of(ask(scene, scene->admin, OP_CREATE_KEY, NULL, "{'role':'atm','name':'street'}"), "key",
             street);
    value_of(sign_in(scene, street, scene->zoe, "1234"), "token", token);
    assert_memory_equal(ask(scene, token, OP_DEPOSIT_MONEY, "k", args), "replayed {", 10);
    /* The machine's own key space is another. */
    assert_int_equal(ask(scene, scene->teller, OP_DEPOSIT_MONEY, "k", args)[0], '{');
    const char *events = ask(scene, scene->admin, OP_GET_CHANGES, NULL, "{'after':4}");
    snprintf(want, sizeof want, "\"actor\":\"customer:%s@atm\"", scene->zoe);
    assert_non_null(strstr(events, want));
    assert_null(strstr(events, "@street"));
}

static void a_machine_asks_for_its_customers_keys_and_burns_them(void **state)
{
    struct scene *scene = *state;
    char token[64], lookup[256], other[256], args[256];
    zoes_token(scene, token);
    snprintf(lookup, sizeof lookup, "{'key':'w','account':'%s'}", scene->zoe);
    snprintf(other, sizeof other, "{'key':'w','account':'%s'}", scene->bob);
    snprintf(args, sizeof args, "{'account':'%s','amount':7}", scene->zoe);
    assert_non_null(strstr(ask(scene, scene->atm, OP_GET_OUTCOME, NULL, lookup), "unknown"));
    assert_non_null(strstr(ask(scene, scene->atm, OP_ABANDON_KEY, NULL, lookup), "key_abandoned"));
    assert_string_equal(ask(scene, token, OP_WITHDRAW_MONEY, "w", args), "key_abandoned");
    assert_non_null(strstr(ask(scene, scene->atm, OP_GET_OUTCOME, NULL, other), "unknown"));
    assert_non_null(strstr(ask(scene, scene->admin, OP_GET_OUTCOME, NULL, lookup), "refused"));
    /* Without an account it would be the machine's own, and it has none. */
    assert_string_equal(ask(scene, scene->atm, OP_GET_OUTCOME, NULL, "{'key':'w'}"),
                        "invalid_parameter");
    assert_string_equal(ask(scene, scene->atm, OP_ABANDON_KEY, NULL, "{'key':'w'}"),
                        "malformed_request");
    assert_string_equal(ask(scene, scene->teller, OP_GET_OUTCOME, NULL, lookup), "forbidden");
    assert_string_equal(ask(scene, scene->bank->keys[ROLE_AUDITOR], OP_GET_OUTCOME, NULL, lookup),
                        "forbidden");
    assert_string_equal(ask(scene, scene->teller, OP_ABANDON_KEY, NULL, lookup), "forbidden");
}

static void silence_ends_a_session_and_every_request_renews_it(void **state)
{
    struct scene *scene = *state;
    char token[64], args[256];
    zoes_token(scene, token);
    snprintf(args, sizeof args, "{'account':'%s'}", scene->zoe);
    for (int i = 0; i < 3; i++) {
        scene->bank->clock.ahead += 100 * TIME_SECOND;
        assert_int_equal(ask(scene, token, OP_GET_BALANCE, NULL, args)[0], '{');
    }
    scene->bank->clock.ahead += 100 * TIME_SECOND;
    assert_string_equal(ask(scene, token, OP_LIST_KEYS, NULL, "{}"), "forbidden"); /* renews too */
    scene->bank->clock.ahead += 100 * TIME_SECOND;
    assert_int_equal(ask(scene, token, OP_GET_BALANCE, NULL, args)[0], '{');
    scene->bank->clock.ahead += 120 * TIME_SECOND;
    assert_string_equal(ask(scene, token, OP_GET_BALANCE, NULL, args), "unauthenticated");
}

static void three_wrong_pins_lock_it_until_a_teller_sets_a_new_one(void **state)
{
    struct scene *scene = *state;
    char token[64], args[256];
    zoes_token(scene, token);
    for (int i = 0; i < 3; i++)
        assert_string_equal(sign_in(scene, scene->atm, scene->zoe, "9999"), "wrong_pin");
    assert_string_equal(sign_in(scene, scene->atm, scene->zoe, "1234"), "pin_locked");
    assert_string_equal(sign_in(scene, scene->atm, scene->bob, "1234"), "wrong_pin");
    assert_string_equal(sign_in(scene, scene->atm, "9999999999", "1234"), "wrong_pin");
    snprintf(args, sizeof args, "{'account':'%s'}", scene->zoe);
    assert_int_equal(ask(scene, token, OP_GET_BALANCE, NULL, args)[0], '{'); /* still signed in */
    assert_string_equal(set_pin(scene, scene->zoe, "2468"), "");
    assert_string_equal(ask(scene, token, OP_GET_BALANCE, NULL, args), "unauthenticated");
    assert_string_equal(sign_in(scene, scene->atm, scene->zoe, "1234"), "wrong_pin");
    assert_int_equal(sign_in(scene, scene->atm, scene->zoe, "2468")[0], '{');
}

static void a_pin_is_set_for_an_account_that_was_just_opened_and_for_no_other(void **state)
{
    struct scene *scene = *state;
    assert_string_equal(set_pin(scene, "9999999999", "1234"), "account_not_found");
    for (int i = 0; i < 5; i++) {
        char number[64];
        open_account(scene->bank, scene->port, 0, number);
        assert_string_equal(set_pin(scene, number, "1234"), "");
    }
}

static void revoking_the_machine_ends_its_sessions(void **state)
{
    struct scene *scene = *state;
    char token[64];
    zoes_token(scene, token);
    assert_string_equal(ask(scene, scene->admin, OP_REVOKE_KEY, NULL, "{'name':'atm'}"), "");
    assert_string_equal(ask(scene, token, OP_CLOSE_SESSION, NULL, "{}"), "unauthenticated");
    assert_string_equal(sign_in(scene, scene->atm, scene->zoe, "1234"), "unauthenticated");
}

static void an_open_bank_honours_a_session(void **state)
{
    struct scene scene = {0};
    char token[64], args[256];
    (void)state;
    open_scene(&scene, true);
    value_of(sign_in(&scene, NULL, scene.zoe, "1234"), "token", token);
    snprintf(args, sizeof args, "{'account':'%s'}", scene.bob);
    assert_string_equal(ask(&scene, token, OP_GET_BALANCE, NULL, args), "forbidden");
    assert_int_equal(ask(&scene, NULL, OP_GET_BALANCE, NULL, args)[0], '{');
    assert_string_equal(ask(&scene, token, OP_CLOSE_SESSION, NULL, "{}"), "");
    /* A session that is over makes nobody an admin. */
    assert_string_equal(ask(&scene, token, OP_GET_BALANCE, NULL, args), "unauthenticated");
    service_port_close(&scene.port);
    bank_free(scene.bank);
}

static void many_pins_at_once_are_all_answered(void **state)
{
    struct scene *scene = *state;
    enum { ASKED = 80 }; /* more than the queue of the pool takes */
    struct ask *asks[ASKED];
    char args[256];
    size_t busy = 0, right = 0;
    for (size_t i = 0; i < ASKED; i++)
        asks[i] = ask_submit(scene->port, scene->atm, OP_OPEN_SESSION, NULL,
                             JSON(args, "{'account':'%s','pin':'1234'}", scene->zoe));
    for (size_t i = 0; i < ASKED; i++) {
        ask_wait(scene->port, asks[i]);
        bool full = asks[i]->call.status == STATUS_unavailable;
        busy += full;
        right += asks[i]->call.status == STATUS_ok;
        assert_true(!full || asks[i]->call.problem.retry_after_s > 0);
        /* So many right ones at once may find three others counted and not looked at yet. */
        assert_true(full || asks[i]->call.status == STATUS_ok ||
                    asks[i]->call.status == STATUS_pin_locked);
        ask_free(asks[i]);
    }
    assert_true(busy > 0 && right > 0);
    assert_int_equal(sign_in(scene, scene->atm, scene->zoe, "1234")[0], '{');
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(a_customer_may_what_the_contract_says_on_the_own_account_only),
        CASE(a_refusal_says_the_same_of_any_other_account),
        CASE(a_customer_sees_the_own_side_of_a_transfer_only),
        CASE(a_customer_is_named_with_the_machine_and_keeps_one_key_space),
        CASE(a_machine_asks_for_its_customers_keys_and_burns_them),
        CASE(silence_ends_a_session_and_every_request_renews_it),
        CASE(three_wrong_pins_lock_it_until_a_teller_sets_a_new_one),
        CASE(a_pin_is_set_for_an_account_that_was_just_opened_and_for_no_other),
        CASE(revoking_the_machine_ends_its_sessions),
        cmocka_unit_test(an_open_bank_honours_a_session),
        CASE(many_pins_at_once_are_all_answered),
    };
    alarm(240); /* a call that never comes back ends the test */
    return cmocka_run_group_tests(tests, NULL, NULL);
}
