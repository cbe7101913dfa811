#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "write/fixture.h"

static void an_atomic_batch_happens_whole(void **unused)
{
    (void)unused;
    struct fixture *f = given_a_bank();
    uint64_t anna = given_account(f, 100), bert = given_account(f, 0);
    struct engine_command commands[] = {keyed(transfers(f, anna, bert, 100), "a"),
                                        keyed(withdraws(f, bert, 60), "b"), deposits(f, anna, 5)};
    when_atomic(f, commands, 3);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(commands[i].verdict, VERDICT_ACCEPTED);
        assert_int_equal(commands[i].record.number, 3 + i);
    }
    assert_int_equal(balance_of(f, anna), 5);
    assert_int_equal(balance_of(f, bert), 40);
    then_known(when(f, looks_up("a")), 3);
    then_known(when(f, looks_up("b")), 4);
    done(&f);
}

static void a_refusal_anywhere_takes_everything_back(void **unused)
{
    (void)unused;
    for (size_t culprit = 0; culprit < 4; culprit++) {
        struct fixture *f = given_a_bank();
        uint64_t anna = given_account(f, 100), bert = given_account(f, 0);
        struct account_state before = *engine_account(f->engine, anna);
        struct journal_head head = head_of(f);
        struct engine_command commands[] = {
            keyed(transfers(f, anna, bert, 50), "a"), keyed(opens(f, 0, 10), "b"),
            keyed(deposits(f, anna, 9), "c"), transfers(f, anna, bert, 1)};
        commands[culprit] = keyed(withdraws(f, bert, 1000), "d");
        when_atomic(f, commands, 4);
        for (size_t i = 0; i < 4; i++) {
            if (i == culprit) {
                then_refused(commands[i], STATUS_insufficient_funds);
                assert_int_equal(commands[i].record.number, 0);
            } else {
                then_failed(commands[i], STATUS_batch_aborted);
            }
        }
        const struct account_state *after = engine_account(f->engine, anna);
        assert_int_equal(after->balance.minor, before.balance.minor);
        assert_int_equal(after->version, before.version);
        assert_int_equal(after->credits, before.credits);
        assert_int_equal(after->debits, before.debits);
        assert_int_equal(after->last_record, before.last_record);
        assert_int_equal(head_of(f).record, head.record);
        assert_memory_equal(head_of(f).hash, head.hash, JOURNAL_HASH_SIZE);
        /* No key is stored, not even the culprit's. */
        const char *keys[] = {"a", "b", "c", "d"};
        for (size_t i = 0; i < 4; i++) {
            assert_int_equal(when(f, looks_up(keys[i])).verdict, VERDICT_UNKNOWN_KEY);
        }
        /* The number that was nearly given is free again, and everything goes on. */
        assert_int_equal(given_account(f, 1), account_from_sequence(ACCOUNT_SEQUENCE_FIRST + 2));
        restarted(f, false);
        assert_int_equal(balance_of(f, anna), 100);
        done(&f);
    }
}

static void what_other_requests_did_before_an_aborted_batch_stays(void **unused)
{
    (void)unused;
    struct fixture *f = given_a_bank();
    uint64_t anna = given_account(f, 100);
    struct engine_command before = keyed(deposits(f, anna, 1), "before"), after = before;
    struct engine_command batch[] = {deposits(f, anna, 10), opens(f, 0, 0),
                                     withdraws(f, anna, 10000)};
    after.key = TEXT("after");
    struct engine_request requests[] = {request_of("front-desk", &before, 1),
                                        request_of("front-desk", batch, 3),
                                        request_of("front-desk", &after, 1)};
    requests[0].next = &requests[1];
    requests[1].next = &requests[2];
    requests[1].atomic = true;
    engine_run(f->engine, requests);
    assert_int_equal(before.verdict, VERDICT_ACCEPTED);
    then_refused(batch[2], STATUS_insufficient_funds);
    assert_int_equal(batch[2].record.refusal_balance.minor, 111);
    assert_int_equal(after.verdict, VERDICT_ACCEPTED);
    assert_int_equal(after.record.number, before.record.number + 1);
    assert_int_equal(after.record.position, before.record.position + 2);
    assert_int_equal(balance_of(f, anna), 102);
    restarted(f, false);
    assert_int_equal(balance_of(f, anna), 102);
    done(&f);
}

static void an_atomic_batch_of_known_keys_is_answered_as_before(void **unused)
{
    (void)unused;
    struct fixture *f = given_a_bank();
    uint64_t anna = given_account(f, 100);
    struct engine_command commands[] = {keyed(deposits(f, anna, 1), "a"),
                                        keyed(deposits(f, anna, 2), "b")};
    when_atomic(f, commands, 2);
    uint64_t first = commands[0].record.number;
    for (int i = 0; i < 2; i++) {
        when_atomic(f, commands, 2);
        then_known(commands[0], first);
        then_known(commands[1], first + 1);
        restarted(f, false);
    }
    /* The same known key twice: both are replays. */
    struct engine_command twice[] = {commands[0], commands[0]};
    when_atomic(f, twice, 2);
    then_known(twice[0], first);
    then_known(twice[1], first);
    assert_int_equal(balance_of(f, anna), 103);
    done(&f);
}

static void a_mix_of_known_and_new_keys_does_not_run(void **unused)
{
    (void)unused;
    struct fixture *f = given_a_bank();
    uint64_t anna = given_account(f, 100);
    (void)when(f, keyed(deposits(f, anna, 1), "known"));
    struct journal_head head = head_of(f);
    struct {
        struct engine_command commands[3];
        size_t count;
    } mixes[] = {
        {{keyed(deposits(f, anna, 1), "known"), keyed(deposits(f, anna, 1), "new")}, 2},
        {{keyed(deposits(f, anna, 1), "new"), keyed(deposits(f, anna, 1), "known")}, 2},
        {{keyed(deposits(f, anna, 1), "known"), deposits(f, anna, 1)}, 2},
        {{keyed(deposits(f, anna, 1), "twice"), keyed(deposits(f, anna, 1), "twice")}, 2},
        {{keyed(deposits(f, anna, 1), "twice"), deposits(f, anna, 1),
          keyed(withdraws(f, anna, 1), "twice")},
         3},
    };
    for (size_t i = 0; i < sizeof mixes / sizeof mixes[0]; i++) {
        when_atomic(f, mixes[i].commands, mixes[i].count);
        for (size_t j = 0; j < mixes[i].count; j++) {
            then_failed(mixes[i].commands[j], STATUS_idempotency_key_reused);
        }
    }
    assert_int_equal(when(f, looks_up("new")).verdict, VERDICT_UNKNOWN_KEY);
    assert_int_equal(when(f, looks_up("twice")).verdict, VERDICT_UNKNOWN_KEY);
    assert_int_equal(head_of(f).record, head.record);
    assert_int_equal(balance_of(f, anna), 101);
    done(&f);
}

static void keys_of_a_batch_in_the_same_run_are_known_to_the_next(void **unused)
{
    (void)unused;
    struct fixture *f = given_a_bank();
    uint64_t anna = given_account(f, 0);
    struct engine_command first[] = {keyed(deposits(f, anna, 1), "a"),
                                     keyed(deposits(f, anna, 2), "b")};
    struct engine_command second[] = {first[0], first[1]};
    struct engine_request requests[] = {request_of("front-desk", first, 2),
                                        request_of("front-desk", second, 2)};
    requests[0].atomic = requests[1].atomic = true;
    requests[0].next = &requests[1];
    engine_run(f->engine, requests);
    then_known(second[0], first[0].record.number);
    then_known(second[1], first[1].record.number);
    assert_int_equal(balance_of(f, anna), 3);
    done(&f);
}

static void the_largest_atomic_batch_is_one_commit(void **unused)
{
    (void)unused;
    struct fixture *f = given_a_bank();
    uint64_t anna = given_account(f, 0);
    struct engine_command small[10];
    struct engine_command *large = calloc(BATCH_COMMANDS_MAX, sizeof *large);
    assert_non_null(large);
    for (size_t i = 0; i < 10; i++) {
        small[i] = deposits(f, anna, 1);
    }
    for (size_t i = 0; i < BATCH_COMMANDS_MAX; i++) {
        large[i] = i == 0 ? deposits(f, anna, BATCH_COMMANDS_MAX) : withdraws(f, anna, 1);
    }
    struct engine_request requests[] = {request_of("front-desk", small, 10),
                                        request_of("front-desk", large, BATCH_COMMANDS_MAX)};
    requests[0].next = &requests[1];
    requests[1].atomic = true;
    /* The first commit, that of what was before the batch, is lost; the batch is not touched. */
    journal_memory_fail_next(f->journal, false);
    engine_run(f->engine, requests);
    for (size_t i = 0; i < 10; i++) {
        then_failed(small[i], STATUS_unavailable);
    }
    for (size_t i = 0; i < BATCH_COMMANDS_MAX; i++) {
        assert_int_equal(large[i].verdict, VERDICT_ACCEPTED);
        assert_int_equal(large[i].record.number, i + 2);
    }
    assert_int_equal(balance_of(f, anna), 1);
    /* And lost whole, when it is its own commit that fails. */
    requests[1].next = NULL;
    journal_memory_fail_next(f->journal, false);
    engine_run(f->engine, &requests[1]);
    for (size_t i = 0; i < BATCH_COMMANDS_MAX; i++) {
        then_failed(large[i], STATUS_unavailable);
    }
    assert_int_equal(balance_of(f, anna), 1);
    large[BATCH_COMMANDS_MAX - 1] = withdraws(f, anna, 12 + BATCH_COMMANDS_MAX);
    when_atomic(f, large, BATCH_COMMANDS_MAX);
    then_failed(large[0], STATUS_batch_aborted);
    assert_int_equal(balance_of(f, anna), 1);
    free(large);
    done(&f);
}

static void an_import_batch_that_aborts_keeps_the_journal_one_of_imports(void **unused)
{
    (void)unused;
    struct fixture *f = given_a_bank();
    struct engine_command commands[] = {opens(f, 0, 5), withdraws(f, account_from_sequence(9), 1)};
    when_atomic(f, commands, 2);
    then_refused(commands[1], STATUS_account_not_found);
    assert_true(engine_only_imports(f->engine));
    assert_null(engine_account(f->engine, account_from_sequence(ACCOUNT_SEQUENCE_FIRST)));
    done(&f);
}

/* Random batches, atomic and not, against plain sums kept beside them. */
static void random_aborts_never_move_money(void **unused)
{
    (void)unused;
    struct fixture *f = given_a_bank();
    enum { ACCOUNTS = 6, LENGTH = 8 };
    uint64_t accounts[ACCOUNTS];
    int64_t balances[ACCOUNTS];
    for (size_t i = 0; i < ACCOUNTS; i++) {
        accounts[i] = given_account(f, 100);
        balances[i] = 100;
    }
    for (int round = 0; round < 2000; round++) {
        struct engine_command commands[LENGTH];
        int64_t expected[ACCOUNTS];
        bool whole = true;
        memcpy(expected, balances, sizeof balances);
        for (size_t i = 0; i < LENGTH; i++) {
            size_t from = fixture_draw(f) % ACCOUNTS;
            size_t to = (from + 1 + fixture_draw(f) % (ACCOUNTS - 1)) % ACCOUNTS;
            int64_t amount = 1 + (int64_t)(fixture_draw(f) % 90);
            commands[i] = transfers(f, accounts[from], accounts[to], amount);
            whole = whole && expected[from] >= amount;
            expected[from] -= amount;
            expected[to] += amount;
        }
        when_atomic(f, commands, LENGTH);
        assert_int_equal(commands[0].verdict == VERDICT_ACCEPTED, whole);
        if (whole) {
            memcpy(balances, expected, sizeof balances);
        }
        for (size_t i = 0; i < ACCOUNTS; i++) {
            assert_int_equal(balance_of(f, accounts[i]), balances[i]);
        }
    }
    restarted(f, false);
    for (size_t i = 0; i < ACCOUNTS; i++) {
        assert_int_equal(balance_of(f, accounts[i]), balances[i]);
    }
    done(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_atomic_batch_happens_whole),
        cmocka_unit_test(a_refusal_anywhere_takes_everything_back),
        cmocka_unit_test(what_other_requests_did_before_an_aborted_batch_stays),
        cmocka_unit_test(an_atomic_batch_of_known_keys_is_answered_as_before),
        cmocka_unit_test(a_mix_of_known_and_new_keys_does_not_run),
        cmocka_unit_test(keys_of_a_batch_in_the_same_run_are_known_to_the_next),
        cmocka_unit_test(the_largest_atomic_batch_is_one_commit),
        cmocka_unit_test(an_import_batch_that_aborts_keeps_the_journal_one_of_imports),
        cmocka_unit_test(random_aborts_never_move_money),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
