#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "service/bank.h"

static struct bank *bank;
static struct service_port *port;
static const char *admin, *teller;
static char json[4096], account[64], number[64];

static int begin(bool open, bool require_key)
{
    bank = bank_new(open, require_key);
    port = service_port_open(bank->service);
    assert_non_null(port);
    admin = bank->keys[ROLE_ADMIN];
    teller = bank->keys[ROLE_TELLER];
    return 0;
}

static int set_up(void **state)
{
    (void)state;
    return begin(false, false);
}

static int set_up_requiring_keys(void **state)
{
    (void)state;
    return begin(false, true);
}

static int tear_down(void **state)
{
    (void)state;
    service_port_close(&port);
    bank_free(bank);
    return 0;
}

static void a_command_is_answered_with_its_result(void **state)
{
    (void)state;
    struct ask *ask = ask_submit(port, teller, OP_CREATE_ACCOUNT, NULL,
                                 "{'owner':'Ada','currency':'EUR','initial_balance':500}");
    ask_wait(port, ask);
    value_of(ask->text, "account", account);
    assert_non_null(strstr(ask->text, "\"owner\":\"Ada\",\"currency\":\"EUR\",\"balance\":500"));
    assert_true(text_is(ask->call.location, JSON(json, "/accounts/%s", account)));
    assert_false(ask->call.replayed);
    ask_free(ask);

    const char *reply = tell(port, teller, OP_WITHDRAW_MONEY, NULL,
                             JSON(json, "{'account':'%s','amount':120}", account));
    assert_string_equal(value_of(reply, "type", number), "MoneyWithdrawn");
    assert_string_equal(value_of(reply, "balance", number), "380");
}

static void a_repeat_is_a_replay_with_everything_the_first_had(void **state)
{
    (void)state;
    static const char create[] = "{'owner':'Ada','currency':'EUR','initial_balance':500}";
    struct ask *first = ask_submit(port, teller, OP_CREATE_ACCOUNT, "k1", create);
    ask_wait(port, first);
    struct ask *second = ask_submit(port, teller, OP_CREATE_ACCOUNT, "k1", create);
    ask_wait(port, second);

    assert_false(first->call.replayed);
    assert_true(second->call.replayed);
    assert_string_equal(second->text + strlen("replayed "), first->text);
    assert_true(text_equal(first->call.location, second->call.location));
    assert_non_null(second->call.location.data);
    ask_free(first);
    ask_free(second);
    /* Defaults are filled in before arguments are compared. */
    open_account(bank, port, 0, account);
    (void)tell(port, teller, OP_DEPOSIT_MONEY, "k2",
               JSON(json, "{'account':'%s','amount':5}", account));
    const char *again = tell(port, teller, OP_DEPOSIT_MONEY, "k2",
                             JSON(json, "{'account':'%s','amount':5,'reference':''}", account));
    assert_int_equal(strncmp(again, "replayed {", 10), 0);
}

static void a_key_belongs_to_one_command_and_one_principal(void **state)
{
    (void)state;
    open_account(bank, port, 100, account);
    char deposit[128], more[128];
    JSON(deposit, "{'account':'%s','amount':5}", account);
    JSON(more, "{'account':'%s','amount':6}", account);
    assert_int_equal(tell(port, teller, OP_DEPOSIT_MONEY, "k", deposit)[0], '{');

    assert_string_equal(tell(port, teller, OP_DEPOSIT_MONEY, "k", more), "idempotency_key_reused");
    assert_string_equal(tell(port, teller, OP_WITHDRAW_MONEY, "k", deposit),
                        "idempotency_key_reused");
    assert_string_equal(tell(port, teller, OP_DEPOSIT_MONEY, "k",
                             JSON(json, "{'account':'%s','amount':5,'currency':'EUR'}", account)),
                        "idempotency_key_reused");
    assert_int_equal(tell(port, admin, OP_DEPOSIT_MONEY, "k", more)[0], '{');
    assert_int_equal(strncmp(tell(port, teller, OP_DEPOSIT_MONEY, "k", deposit), "replayed", 8), 0);
}

static void refusals_are_replayed_with_what_they_explain(void **state)
{
    (void)state;
    open_account(bank, port, 100, account);
    JSON(json, "{'account':'%s','amount':101}", account);
    for (int i = 0; i < 2; i++) {
        struct ask *ask = ask_submit(port, teller, OP_WITHDRAW_MONEY, "w", json);
        ask_wait(port, ask);
        assert_string_equal(ask->text,
                            i == 0 ? "insufficient_funds" : "replayed insufficient_funds");
        assert_int_equal(ask->call.problem.balance.minor, 100);
        assert_int_equal(ask->call.problem.amount.minor, 101);
        ask_free(ask);
        /* What happens in between changes nothing. */
        char deposit[128];
        (void)tell(port, teller, OP_DEPOSIT_MONEY, NULL,
                   JSON(deposit, "{'account':'%s','amount':50}", account));
    }
}

static void fifty_repeats_in_one_turn_have_one_effect(void **state)
{
    (void)state;
    open_account(bank, port, 0, account);
    JSON(json, "{'account':'%s','amount':7}", account);
    struct ask *asks[50];
    for (int i = 0; i < 50; i++)
        asks[i] = ask_submit(port, teller, OP_DEPOSIT_MONEY, "fifty", json);
    int fresh = 0;
    for (int i = 0; i < 50; i++) {
        ask_wait(port, asks[i]);
        const char *text = asks[i]->text + (asks[i]->call.replayed ? strlen("replayed ") : 0);
        fresh += !asks[i]->call.replayed;
        assert_string_equal(value_of(text, "balance", number), "7");
    }
    for (int i = 0; i < 50; i++)
        ask_free(asks[i]);
    assert_int_equal(fresh, 1);
    const char *reply =
        tell(port, teller, OP_GET_BALANCE, NULL, JSON(json, "{'account':'%s'}", account));
    assert_string_equal(value_of(reply, "balance", number), "7");
}

struct repeater {
    pthread_t thread;
    unsigned fresh, replayed;
};

static void *repeat(void *context)
{
    struct repeater *repeater = context;
    struct service_port *mine = service_port_open(bank->service);
    char args[128];
    JSON(args, "{'account':'%s','amount':7}", account);
    for (int i = 0; mine != NULL && i < 10; i++) {
        const char *text = tell(mine, teller, OP_DEPOSIT_MONEY, "simultaneous", args);
        repeater->fresh += strstr(text, "\"balance\":7") != NULL && text[0] == '{';
        repeater->replayed += strncmp(text, "replayed {", 10) == 0;
    }
    service_port_close(&mine);
    return NULL;
}

static void repeats_from_many_doors_have_one_effect(void **state)
{
    (void)state;
    open_account(bank, port, 0, account);
    struct repeater repeaters[5] = {0};
    for (int i = 0; i < 5; i++)
        assert_int_equal(pthread_create(&repeaters[i].thread, NULL, repeat, &repeaters[i]), 0);
    unsigned fresh = 0, replayed = 0;
    for (int i = 0; i < 5; i++) {
        assert_int_equal(pthread_join(repeaters[i].thread, NULL), 0);
        fresh += repeaters[i].fresh;
        replayed += repeaters[i].replayed;
    }
    assert_int_equal(fresh, 1);
    assert_int_equal(replayed, 49);
}

static void replays_outlive_a_restart(void **state)
{
    (void)state;
    open_account(bank, port, 0, account);
    char deposit[128], first[BANK_TEXT_MAX];
    JSON(deposit, "{'account':'%s','amount':7,'reference':'caf\xc3\xa9'}", account);
    strcpy(first, tell(port, teller, OP_DEPOSIT_MONEY, "r", deposit));
    service_port_close(&port);
    bank_close(bank);

    bank_open(bank, false, false);
    port = service_port_open(bank->service);
    const char *again = tell(port, teller, OP_DEPOSIT_MONEY, "r", deposit);
    assert_int_equal(strncmp(again, "replayed ", 9), 0);
    assert_string_equal(again + 9, first);
}

static void an_outcome_can_be_asked_for(void **state)
{
    (void)state;
    char done[BANK_TEXT_MAX];
    open_account(bank, port, 10, account);
    strcpy(done, tell(port, teller, OP_DEPOSIT_MONEY, "good",
                      JSON(json, "{'account':'%s','amount':7}", account)));
    (void)tell(port, teller, OP_WITHDRAW_MONEY, "bad",
               JSON(json, "{'account':'%s','amount':700}", account));

    const char *text = tell(port, teller, OP_GET_OUTCOME, NULL, "{'key':'good'}");
    assert_string_equal(value_of(text, "state", number), "done");
    assert_non_null(strstr(text, done));
    text = tell(port, teller, OP_GET_OUTCOME, NULL, "{'key':'bad'}");
    assert_string_equal(value_of(text, "state", number), "refused");
    assert_string_equal(value_of(text, "code", number), "insufficient_funds");
    text = tell(port, teller, OP_GET_OUTCOME, NULL, "{'key':'new'}");
    assert_string_equal(value_of(text, "state", number), "unknown");
    /* Everybody has keys of their own. */
    text = tell(port, admin, OP_GET_OUTCOME, NULL, "{'key':'good'}");
    assert_string_equal(value_of(text, "state", number), "unknown");
}

static void an_abandoned_key_refuses_its_late_command(void **state)
{
    (void)state;
    open_account(bank, port, 10, account);
    JSON(json, "{'account':'%s','amount':7}", account);
    for (int i = 0; i < 2; i++) {
        const char *text = tell(port, teller, OP_ABANDON_KEY, NULL, "{'key':'late'}");
        assert_string_equal(value_of(text, "state", number), "refused");
        assert_string_equal(value_of(text, "code", number), "key_abandoned");
        assert_string_equal(tell(port, teller, OP_DEPOSIT_MONEY, "late", json), "key_abandoned");
    }
    const char *text = tell(port, teller, OP_GET_OUTCOME, NULL, "{'key':'late'}");
    assert_string_equal(value_of(text, "code", number), "key_abandoned");
    /* What is done cannot be abandoned: it is told. */
    assert_int_equal(tell(port, teller, OP_DEPOSIT_MONEY, "early", json)[0], '{');
    text = tell(port, teller, OP_ABANDON_KEY, NULL, "{'key':'early'}");
    assert_string_equal(value_of(text, "state", number), "done");
    assert_string_equal(value_of(text, "balance", number), "17");
}

static void a_batch_is_answered_item_by_item(void **state)
{
    (void)state;
    open_account(bank, port, 10, account);
    (void)tell(port, teller, OP_DEPOSIT_MONEY, "known",
               JSON(json, "{'account':'%s','amount':5}", account));
    struct ask *ask = ask_submit(
        port, teller, OP_BATCH, NULL,
        JSON(json,
             "{'commands':["
             "{'op':'DepositMoney','key':'known','args':{'account':'%1$s','amount':5}},"
             "{'op':'WithdrawMoney','key':'b1','args':{'account':'%1$s','amount':16}},"
             "{'op':'DepositMoney','args':{'account':'%1$s','amount':1}},"
             "{'op':'WithdrawMoney','args':{'account':'%1$s','amount':16}},"
             "{'op':'DepositMoney','key':'known','args':{'account':'%1$s','amount':6}}]}",
             account));
    ask_wait(port, ask);
    assert_int_equal(ask->call.status, STATUS_ok);
    const struct batch_result *result = ask->call.result.value;
    const struct batch_item *items = result->results.items;
    assert_int_equal(result->results.count, 5);
    assert_true(items[0].ok && items[0].replayed);
    assert_true(!items[1].ok && !items[1].replayed);
    assert_int_equal(items[1].error->status, STATUS_insufficient_funds);
    assert_int_equal(items[1].error->balance.minor, 15);
    assert_true(items[2].ok && items[3].ok);
    assert_int_equal(items[4].error->status, STATUS_idempotency_key_reused);
    ask_free(ask);
    const char *balance =
        tell(port, teller, OP_GET_BALANCE, NULL, JSON(json, "{'account':'%s'}", account));
    assert_string_equal(value_of(balance, "balance", number), "0");
}

static void an_atomic_batch_does_all_or_nothing(void **state)
{
    (void)state;
    char batch[1024];
    open_account(bank, port, 10, account);
    struct ask *ask =
        ask_submit(port, teller, OP_BATCH, NULL,
                   JSON(batch,
                        "{'atomic':true,'commands':["
                        "{'op':'DepositMoney','key':'a1','args':{'account':'%1$s','amount':5}},"
                        "{'op':'WithdrawMoney','key':'a2','args':{'account':'%1$s','amount':16}}]}",
                        account));
    ask_wait(port, ask);
    const struct batch_item *items =
        ((const struct batch_result *)ask->call.result.value)->results.items;
    assert_int_equal(items[0].error->status, STATUS_batch_aborted);
    assert_int_equal(items[1].error->status, STATUS_insufficient_funds);
    ask_free(ask);

    /* No key was stored: the same again with more money goes through, and again is a replay. */
    (void)tell(port, teller, OP_DEPOSIT_MONEY, NULL,
               JSON(json, "{'account':'%s','amount':1}", account));
    for (int i = 0; i < 2; i++) {
        ask = ask_submit(port, teller, OP_BATCH, NULL, batch);
        ask_wait(port, ask);
        items = ((const struct batch_result *)ask->call.result.value)->results.items;
        assert_true(items[0].ok && items[1].ok);
        assert_int_equal(items[0].replayed, i);
        assert_int_equal(items[1].replayed, i);
        ask_free(ask);
    }
    /* Some known, some new: nothing runs. */
    assert_string_equal(
        tell(port, teller, OP_BATCH, NULL,
             JSON(json,
                  "{'atomic':true,'commands':["
                  "{'op':'DepositMoney','key':'a1','args':{'account':'%1$s','amount':5}},"
                  "{'op':'DepositMoney','key':'a3','args':{'account':'%1$s','amount':16}}]}",
                  account)),
        "idempotency_key_reused");
    assert_string_equal(
        value_of(tell(port, teller, OP_GET_OUTCOME, NULL, "{'key':'a3'}"), "state", number),
        "unknown");
}

static void only_an_admin_chooses_account_numbers(void **state)
{
    (void)state;
    static const char chosen[] = "{'owner':'Ada','currency':'EUR','account':'2000000006'}";
    static const char batch[] =
        "{'commands':[{'op':'CreateAccount','args':{'owner':'Ada','currency':'EUR'}},"
        "{'op':'CreateAccount','args':{'owner':'Ada','currency':'EUR','account':'2000000006'}}]}";
    struct ask *ask = ask_submit(port, teller, OP_CREATE_ACCOUNT, NULL, chosen);
    ask_wait(port, ask);
    assert_string_equal(ask->text, "forbidden");
    assert_string_equal(ask->call.problem.errors[0].pointer, "#/account");
    ask_free(ask);
    ask = ask_submit(port, teller, OP_BATCH, NULL, batch);
    ask_wait(port, ask);
    assert_string_equal(ask->text, "forbidden");
    assert_string_equal(ask->call.problem.errors[0].pointer, "#/commands/1/args/account");
    ask_free(ask);

    assert_string_equal(
        value_of(tell(port, admin, OP_CREATE_ACCOUNT, NULL, chosen), "account", number),
        "2000000006");
    assert_string_equal(tell(port, admin, OP_CREATE_ACCOUNT, NULL, chosen), "account_exists");
}

static void a_batch_has_no_key_of_its_own(void **state)
{
    (void)state;
    assert_string_equal(
        tell(port, teller, OP_BATCH, "k",
             "{'commands':[{'op':'CreateAccount','args':{'owner':'Ada','currency':'EUR'}}]}"),
        "invalid_key");
}

static void keys_can_be_required_of_every_command(void **state)
{
    (void)state;
    static const char create[] = "{'owner':'Ada','currency':'EUR'}";
    assert_string_equal(tell(port, teller, OP_CREATE_ACCOUNT, NULL, create), "key_required");
    struct ask *ask =
        ask_submit(port, teller, OP_BATCH, NULL,
                   "{'commands':["
                   "{'op':'CreateAccount','key':'c','args':{'owner':'Ada','currency':'EUR'}},"
                   "{'op':'CreateAccount','args':{'owner':'Ada','currency':'EUR'}}]}");
    ask_wait(port, ask);
    assert_string_equal(ask->text, "key_required");
    assert_int_equal(ask->call.problem.error_count, 1);
    assert_string_equal(ask->call.problem.errors[0].pointer, "#/commands/1/key");
    ask_free(ask);
    assert_string_equal(
        value_of(tell(port, teller, OP_GET_OUTCOME, NULL, "{'key':'c'}"), "state", number),
        "unknown"); /* lookups need none; nothing of the batch ran */
    assert_int_equal(tell(port, teller, OP_CREATE_ACCOUNT, "c", create)[0], '{');
}

static void a_full_engine_is_unavailable_and_says_when(void **state)
{
    (void)state;
    struct ask *asks[3];
    engine_thread_pause(bank->engine, true);
    for (int i = 0; i < 3; i++)
        asks[i] =
            ask_submit(port, teller, OP_CREATE_ACCOUNT, "p", "{'owner':'Ada','currency':'EUR'}");
    for (int i = 0; i < 3; i++) {
        ask_wait(port, asks[i]);
        assert_string_equal(asks[i]->text, "unavailable");
        assert_int_equal(asks[i]->call.problem.retry_after_s, 1);
        ask_free(asks[i]);
    }
    engine_thread_pause(bank->engine, false);
    assert_int_equal(
        tell(port, teller, OP_CREATE_ACCOUNT, "p", "{'owner':'Ada','currency':'EUR'}")[0], '{');
}

static void what_comes_after_a_refusal_in_the_same_turn_is_refused_too(void **state)
{
    (void)state;
    enum { PART = 4 }; /* PORT_PART_COMMANDS */
    struct ask *asks[3 * PART];
    open_account(bank, port, 0, account);
    JSON(json, "{'account':'%s','amount':1}", account);
    char query[128];
    for (int i = 0; i < 3 * PART; i++) {
        engine_thread_pause(bank->engine, i >= PART && i < 2 * PART);
        asks[i] = ask_submit(port, teller, OP_DEPOSIT_MONEY, NULL, json);
    }
    for (int i = 0; i < 3 * PART; i++) {
        ask_wait(port, asks[i]);
        assert_int_equal(asks[i]->call.status, i < PART ? STATUS_ok : STATUS_unavailable);
        ask_free(asks[i]);
    }
    /* The next turn begins anew. */
    (void)tell(port, teller, OP_DEPOSIT_MONEY, NULL, json);
    const char *balance =
        tell(port, teller, OP_GET_BALANCE, NULL, JSON(query, "{'account':'%s'}", account));
    assert_string_equal(value_of(balance, "balance", number), "5");
}

static void commands_do_not_wait_for_a_key_that_is_made_in_their_turn(void **state)
{
    (void)state;
    enum { ASKED = 5 }; /* a part, and one more that is not handed over yet */
    struct ask *asks[ASKED];
    open_account(bank, port, 0, account);
    JSON(json, "{'account':'%s','amount':1}", account);
    for (int i = 0; i < ASKED; i++)
        asks[i] = ask_submit(port, teller, OP_DEPOSIT_MONEY, NULL, json);
    struct ask *key =
        ask_submit(port, admin, OP_CREATE_KEY, NULL, "{'name':'till-9','role':'teller'}");
    for (int back = 0; back < ASKED + 1;) { /* no flush */
        struct call *call = service_take(port);
        assert_true(call == NULL || call->status == STATUS_ok);
        back += call != NULL;
    }
    service_flush(port);
    for (int i = 0; i < ASKED; i++)
        ask_free(asks[i]);
    ask_free(key);
}

static void a_turn_of_large_batches_is_carried_out(void **state)
{
    (void)state;
    /* More commands in one turn than a commit takes. */
    enum { BATCHES = 20, COMMANDS = 300 };
    open_account(bank, port, 0, account);
    static char batch[BANK_TEXT_MAX];
    size_t size = (size_t)snprintf(batch, sizeof batch, "{'commands':[");
    for (int i = 0; i < COMMANDS; i++)
        size += (size_t)snprintf(batch + size, sizeof batch - size,
                                 "%s{'op':'DepositMoney','args':{'account':'%s','amount':1}}",
                                 i == 0 ? "" : ",", account);
    snprintf(batch + size, sizeof batch - size, "]}");
    struct ask *asks[BATCHES];
    for (int i = 0; i < BATCHES; i++)
        asks[i] = ask_submit(port, teller, OP_BATCH, NULL, batch);
    for (int i = 0; i < BATCHES; i++) {
        ask_wait(port, asks[i]);
        assert_int_equal(asks[i]->call.status, STATUS_ok);
        ask_free(asks[i]);
    }
    const char *balance =
        tell(port, teller, OP_GET_BALANCE, NULL, JSON(json, "{'account':'%s'}", account));
    assert_string_equal(value_of(balance, "balance", number), "6000");
}

static void a_port_may_close_in_the_middle_of_a_turn(void **state)
{
    (void)state;
    enum { ASKED = 11 }; /* the last ones are not handed over yet */
    struct ask *asks[ASKED];
    open_account(bank, port, 0, account);
    JSON(json, "{'account':'%s','amount':1}", account);
    char query[128];
    struct service_port *other = service_port_open(bank->service);
    for (int i = 0; i < ASKED; i++)
        asks[i] = ask_submit(other, teller, OP_DEPOSIT_MONEY, NULL, json);
    service_port_close(&other);
    for (int i = 0; i < ASKED; i++)
        ask_free(asks[i]);
    /* What the engine had is done, whoever asked is gone. */
    const char *balance =
        tell(port, teller, OP_GET_BALANCE, NULL, JSON(query, "{'account':'%s'}", account));
    assert_string_equal(value_of(balance, "balance", number), "8");
}

static void a_port_may_close_while_calls_are_in_flight(void **state)
{
    (void)state;
    struct ask *asks[60];
    open_account(bank, port, 0, account);
    JSON(json, "{'account':'%s','amount':1}", account);
    char query[128];
    JSON(query, "{'account':'%s'}", account);
    struct service_port *other = service_port_open(bank->service);
    for (int i = 0; i < 20; i++) {
        asks[3 * i] = ask_submit(other, teller, OP_DEPOSIT_MONEY, NULL, json);
        asks[3 * i + 1] = ask_submit(other, teller, OP_GET_TRANSACTION_HISTORY, NULL, query);
        asks[3 * i + 2] =
            ask_submit(other, teller, OP_GET_CHANGES, NULL, "{'after':1000000,'wait_ms':30000}");
    }
    service_flush(other);
    struct call *call = service_take(other);
    service_port_close(&other);
    (void)call;
    for (int i = 0; i < 60; i++)
        ask_free(asks[i]);
    /* The commands were the queue's, not the connection's. */
    const char *balance = tell(port, teller, OP_GET_BALANCE, NULL, query);
    assert_string_equal(value_of(balance, "balance", number), "20");
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(a_command_is_answered_with_its_result),
        CASE(a_repeat_is_a_replay_with_everything_the_first_had),
        CASE(a_key_belongs_to_one_command_and_one_principal),
        CASE(refusals_are_replayed_with_what_they_explain),
        CASE(fifty_repeats_in_one_turn_have_one_effect),
        CASE(repeats_from_many_doors_have_one_effect),
        CASE(replays_outlive_a_restart),
        CASE(an_outcome_can_be_asked_for),
        CASE(an_abandoned_key_refuses_its_late_command),
        CASE(a_batch_is_answered_item_by_item),
        CASE(an_atomic_batch_does_all_or_nothing),
        CASE(only_an_admin_chooses_account_numbers),
        CASE(a_batch_has_no_key_of_its_own),
        cmocka_unit_test_setup_teardown(keys_can_be_required_of_every_command,
                                        set_up_requiring_keys, tear_down),
        CASE(a_full_engine_is_unavailable_and_says_when),
        CASE(what_comes_after_a_refusal_in_the_same_turn_is_refused_too),
        CASE(commands_do_not_wait_for_a_key_that_is_made_in_their_turn),
        CASE(a_turn_of_large_batches_is_carried_out),
        CASE(a_port_may_close_in_the_middle_of_a_turn),
        CASE(a_port_may_close_while_calls_are_in_flight),
    };
    alarm(240); /* a call that never comes back ends the test */
    return cmocka_run_group_tests(tests, NULL, NULL);
}
