#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "service/bank.h"

/* CONTRACT 6 as a table: who may do what. Customers have one of their own (test_customers.c). */
static const struct {
    enum op op;
    bool admin, teller, atm, auditor;
    const char *args; /* sound ones, for an account that does not exist */
} rights[] = {
    {OP_CREATE_ACCOUNT, true, true, false, false, "{'owner':'A','currency':'EUR'}"},
    {OP_DEPOSIT_MONEY, true, true, false, false, "{'account':'2000000006','amount':1}"},
    {OP_WITHDRAW_MONEY, true, true, false, false, "{'account':'2000000006','amount':1}"},
    {OP_TRANSFER_MONEY, true, true, false, false,
     "{'from':'2000000006','to':'1000000008','amount':1}"},
    {OP_BATCH, true, true, false, false,
     "{'commands':[{'op':'DepositMoney','args':{'account':'2000000006','amount':1}}]}"},
    {OP_GET_OUTCOME, true, true, true, true, "{'key':'k'}"},
    {OP_ABANDON_KEY, true, true, true, false, "{'key':'k'}"},
    {OP_GET_ACCOUNT, true, true, false, true, "{'account':'2000000006'}"},
    {OP_LIST_ACCOUNTS, true, true, false, true, "{}"},
    {OP_GET_BALANCE, true, true, false, true, "{'account':'2000000006'}"},
    {OP_GET_BALANCE_SERIES, true, true, false, true,
     "{'account':'2000000006','from':'2026-01-01','to':'2026-01-02'}"},
    {OP_GET_TRANSACTION_HISTORY, true, true, false, true, "{'account':'2000000006'}"},
    {OP_LIST_STATEMENTS, true, true, false, true, "{'account':'2000000006'}"},
    {OP_GET_STATEMENT, true, true, false, true, "{'account':'2000000006','month':'2026-01'}"},
    {OP_GET_CHANGES, true, true, false, true, "{'after':0}"},
    {OP_CREATE_KEY, true, false, false, false, "{'role':'teller','name':'n'}"},
    {OP_LIST_KEYS, true, false, false, false, "{}"},
    {OP_REVOKE_KEY, true, false, false, false, "{'name':'n'}"},
    {OP_CREATE_WEBHOOK, true, false, false, false, "{'url':'https://example.com/'}"},
    {OP_GET_WEBHOOK, true, false, false, false, "{'id':'wh_1'}"},
    {OP_LIST_WEBHOOKS, true, false, false, false, "{}"},
    {OP_UPDATE_WEBHOOK, true, false, false, false, "{'id':'wh_1'}"},
    {OP_DELETE_WEBHOOK, true, false, false, false, "{'id':'wh_1'}"},
    {OP_ROTATE_WEBHOOK, true, false, false, false, "{'id':'wh_1'}"},
    {OP_TEST_WEBHOOK, true, false, false, false, "{'id':'wh_1'}"},
    {OP_LIST_DELIVERIES, true, false, false, false, "{'id':'wh_1'}"},
    {OP_RETRY_DELIVERY, true, false, false, false, "{'id':'wh_1','delivery':'dead'}"},
    {OP_REPLAY_WEBHOOK, true, false, false, false, "{'id':'wh_1','after':0}"},
    {OP_SET_PIN, true, true, false, false, "{'account':'2000000006','pin':'1234'}"},
    {OP_OPEN_SESSION, true, false, true, false, "{'account':'2000000006','pin':'1234'}"},
    {OP_CLOSE_SESSION, false, false, false, false, "{}"},
};
_Static_assert(sizeof rights / sizeof *rights == OP_COUNT, "every operation has its row");

static void every_role_may_do_what_the_contract_says_and_nothing_else(void **state)
{
    (void)state;
    struct bank *bank = bank_new(false, false);
    struct service_port *port = service_port_open(bank->service);
    for (size_t i = 0; i < OP_COUNT; i++) {
        const bool may[ROLE_COUNT] = {[ROLE_ADMIN] = rights[i].admin,
                                      [ROLE_TELLER] = rights[i].teller,
                                      [ROLE_ATM] = rights[i].atm,
                                      [ROLE_AUDITOR] = rights[i].auditor};
        assert_int_equal(rights[i].op, i);
        for (unsigned role = 0; role < ROLE_COUNT; role++) {
            if (role == ROLE_CUSTOMER)
                continue;
            const char *text = tell(port, bank->keys[role], rights[i].op, NULL, rights[i].args);
            if ((strcmp(text, "forbidden") != 0) != may[role] ||
                strcmp(text, "unauthenticated") == 0)
                fail_msg("%s %s: %s", role_names[role], message_of(rights[i].op)->name, text);
        }
    }
    service_port_close(&port);
    bank_free(bank);
}

static void nobody_gets_in_without_a_living_key(void **state)
{
    (void)state;
    struct bank *bank = bank_new(false, false);
    struct service_port *port = service_port_open(bank->service);
    const char *admin = bank->keys[ROLE_ADMIN];
    static const char *const strangers[] = {NULL,
                                            "",
                                            "tk_",
                                            "admin",
                                            "tk_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
                                            "ts_",
                                            "ts_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"};
    for (size_t i = 0; i < OP_COUNT; i++) {
        for (size_t s = 0; s < sizeof strangers / sizeof *strangers; s++)
            assert_string_equal(tell(port, strangers[s], rights[i].op, NULL, rights[i].args),
                                "unauthenticated");
    }
    char key[64];
    value_of(tell(port, admin, OP_CREATE_KEY, NULL, "{'role':'auditor','name':'eve'}"), "key", key);
    assert_int_equal(tell(port, key, OP_LIST_ACCOUNTS, NULL, "{}")[0], '{');
    assert_string_equal(tell(port, admin, OP_REVOKE_KEY, NULL, "{'name':'eve'}"), "");
    assert_string_equal(tell(port, key, OP_LIST_ACCOUNTS, NULL, "{}"), "unauthenticated");
    assert_string_equal(tell(port, admin, OP_REVOKE_KEY, NULL, "{'name':'nobody'}"), "not_found");
    const char *keys = tell(port, admin, OP_LIST_KEYS, NULL, "{}");
    assert_non_null(strstr(keys, "\"eve\""));
    assert_null(strstr(keys, "tk_"));
    service_port_close(&port);
    bank_free(bank);
}

static void an_open_bank_takes_everybody_for_an_admin(void **state)
{
    (void)state;
    struct bank *bank = bank_new(true, false);
    struct service_port *port = service_port_open(bank->service);
    char number[64], json[128];
    value_of(tell(port, NULL, OP_CREATE_ACCOUNT, "k",
                  "{'owner':'Ada','currency':'EUR','account':'2000000006'}"),
             "account", number);
    assert_string_equal(number, "2000000006");
    assert_int_equal(tell(port, "anything", OP_LIST_KEYS, NULL, "{}")[0], '{');
    const char *events = tell(port, NULL, OP_GET_CHANGES, NULL, "{'after':0}");
    assert_string_equal(value_of(events, "actor", json), "open");
    service_port_close(&port);
    bank_free(bank);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_role_may_do_what_the_contract_says_and_nothing_else),
        cmocka_unit_test(nobody_gets_in_without_a_living_key),
        cmocka_unit_test(an_open_bank_takes_everybody_for_an_admin),
    };
    alarm(240); /* a call that never comes back ends the test */
    return cmocka_run_group_tests(tests, NULL, NULL);
}
