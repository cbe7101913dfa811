#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "host/digest.h"
#include "write/fixture.h"

static void an_opened_account_has_its_number_balance_and_version(void **unused)
{
    (void)unused;
    struct fixture *f = given_a_bank();
    struct engine_command opened = when(f, opens(f, 0, 500));
    uint64_t account = account_from_sequence(ACCOUNT_SEQUENCE_FIRST);
    assert_int_equal(opened.verdict, VERDICT_ACCEPTED);
    assert_int_equal(opened.status, STATUS_ok);
    assert_int_equal(opened.record.kind, RECORD_ACCOUNT_CREATED);
    assert_int_equal(opened.record.number, 1);
    assert_int_equal(opened.record.position, 1);
    assert_int_equal(opened.record.legs[0].account, account);
    assert_true(text_is(opened.record.actor, "front-desk"));
    assert_int_equal(balance_of(f, account), 500);
    assert_int_equal(version_of(f, account), 2);
    assert_int_equal(head_of(f).record, 1);
    assert_int_equal(head_of(f).position, 2);
    done(&f);
}

static void an_account_opened_with_nothing_has_one_event(void **unused)
{
    (void)unused;
    struct fixture *f = given_a_bank();
    uint64_t account = given_account(f, 0);
    assert_int_equal(version_of(f, account), 1);
    assert_int_equal(head_of(f).position, 1);
    done(&f);
}

static void deposits_withdrawals_and_transfers_move_money(void **unused)
{
    (void)unused;
    struct fixture *f = given_a_bank();
    uint64_t anna = given_account(f, 1000), bert = given_account(f, 0);
    struct engine_command commands[] = {deposits(f, anna, 500), withdraws(f, anna, 300),
                                        transfers(f, anna, bert, 200)};
    when_all(f, commands, 3);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(commands[i].verdict, VERDICT_ACCEPTED);
        assert_int_equal(commands[i].record.number, 3 + i);
        assert_int_equal(commands[i].record.position, 4 + 2 * i);
    }
    assert_int_equal(balance_of(f, anna), 1000);
    assert_int_equal(balance_of(f, bert), 200);
    assert_int_equal(version_of(f, anna), 2 + 2 + 2 + 2);
    assert_int_equal(version_of(f, bert), 1 + 2);
    assert_int_equal(head_of(f).position, 10);
    done(&f);
}

static void each_command_sees_the_ones_before_it(void **unused)
{
    (void)unused;
    struct fixture *f = given_a_bank();
    uint64_t anna = given_account(f, 100), bert = given_account(f, 0);
    struct engine_command commands[] = {transfers(f, anna, bert, 100), withdraws(f, anna, 1),
                                        withdraws(f, bert, 100)};
    when_all(f, commands, 3);
    assert_int_equal(commands[0].verdict, VERDICT_ACCEPTED);
    then_refused(commands[1], STATUS_insufficient_funds);
    assert_int_equal(commands[1].record.refusal_balance.minor, 0);
    assert_int_equal(commands[2].verdict, VERDICT_ACCEPTED);
    done(&f);
}

static void a_refusal_without_a_key_leaves_no_record(void **unused)
{
    (void)unused;
    struct fixture *f = given_a_bank();
    uint64_t anna = given_account(f, 100);
    struct engine_command refused = when(f, withdraws(f, anna, 101));
    then_refused(refused, STATUS_insufficient_funds);
    assert_int_equal(refused.record.number, 0);
    assert_int_equal(head_of(f).record, 1);
    done(&f);
}

static void a_refusal_with_a_key_is_a_record_without_events(void **unused)
{
    (void)unused;
    struct fixture *f = given_a_bank();
    uint64_t anna = given_account(f, 100);
    struct engine_command refused = when(f, keyed(withdraws(f, anna, 101), "k"));
    then_refused(refused, STATUS_insufficient_funds);
    assert_int_equal(refused.record.number, 2);
    assert_int_equal(head_of(f).record, 2);
    assert_int_equal(head_of(f).position, 2);
    (void)when(f, deposits(f, anna, 1000));
    struct engine_command again = when(f, keyed(withdraws(f, anna, 101), "k"));
    then_known(again, 2); /* though the money would be there by now */
    assert_int_equal(balance_of(f, anna), 1100);
    done(&f);
}

static void every_refusal_of_the_bank_is_the_decision_s(void **unused)
{
    (void)unused;
    struct fixture *f = given_a_bank();
    uint64_t anna = given_account(f, 100), nobody = account_from_sequence(5);
    uint64_t rich = given_account(f, MONEY_MAX);
    struct engine_command conflicting = withdraws(f, anna, 1), foreign = deposits(f, anna, 1);
    struct move_money *args = &f->args[(f->next_args - 2) % FIXTURE_ARGS_MAX].move;
    args->given = 1u << MOVE_MONEY_EXPECTED_VERSION;
    args->expected_version = 7;
    f->args[(f->next_args - 1) % FIXTURE_ARGS_MAX].move.currency = currency_named("JPY");
    struct {
        struct engine_command command;
        enum status status;
    } cases[] = {
        {withdraws(f, nobody, 1), STATUS_account_not_found},
        {transfers(f, anna, nobody, 1), STATUS_account_not_found},
        {transfers(f, anna, anna, 1), STATUS_same_account},
        {opens(f, anna, 0), STATUS_account_exists},
        {deposits(f, rich, 1), STATUS_balance_limit_exceeded},
        {transfers(f, anna, rich, 1), STATUS_balance_limit_exceeded},
        {conflicting, STATUS_version_conflict},
        {foreign, STATUS_currency_mismatch},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct engine_command refused = when(f, cases[i].command);
        then_refused(refused, cases[i].status);
    }
    assert_int_equal(balance_of(f, anna), 100);
    done(&f);
}

static void fifty_simultaneous_repeats_have_one_effect(void **unused)
{
    (void)unused;
    struct fixture *f = given_a_bank();
    uint64_t anna = given_account(f, 0);
    struct engine_command commands[50];
    struct engine_request requests[50];
    for (size_t i = 0; i < 50; i++) {
        commands[i] = keyed(deposits(f, anna, 7), "one");
        requests[i] = request_of("front-desk", &commands[i], 1);
        requests[i].next = i + 1 < 50 ? &requests[i + 1] : NULL;
    }
    engine_run(f->engine, requests);
    assert_int_equal(commands[0].verdict, VERDICT_ACCEPTED);
    for (size_t i = 1; i < 50; i++) {
        then_known(commands[i], commands[0].record.number);
        assert_memory_equal(commands[i].digest, commands[0].digest, RECORD_DIGEST_SIZE);
    }
    assert_int_equal(balance_of(f, anna), 7);
    done(&f);
}

static void a_repeated_key_inside_a_batch_is_known(void **unused)
{
    (void)unused;
    struct fixture *f = given_a_bank();
    uint64_t anna = given_account(f, 0);
    struct engine_command commands[] = {
        keyed(deposits(f, anna, 7), "a"), keyed(deposits(f, anna, 9), "a"),
        keyed(withdraws(f, anna, 8), "b"), keyed(withdraws(f, anna, 8), "b")};
    when_all(f, commands, 4);
    assert_int_equal(commands[0].verdict, VERDICT_ACCEPTED);
    then_known(commands[1], commands[0].record.number);
    assert_memory_not_equal(commands[1].digest, commands[0].digest, RECORD_DIGEST_SIZE);
    then_refused(commands[2], STATUS_insufficient_funds);
    then_known(commands[3], commands[2].record.number);
    done(&f);
}

static void another_principal_s_key_is_another_key(void **unused)
{
    (void)unused;
    struct fixture *f = given_a_bank();
    uint64_t anna = given_account(f, 0);
    struct engine_command first = when_by(f, "till-1", keyed(deposits(f, anna, 1), "k"));
    struct engine_command second = when_by(f, "till-2", keyed(deposits(f, anna, 1), "k"));
    assert_int_equal(first.verdict, VERDICT_ACCEPTED);
    assert_int_equal(second.verdict, VERDICT_ACCEPTED);
    assert_int_equal(balance_of(f, anna), 2);
    struct engine_command again = when_by(f, "till-1", keyed(deposits(f, anna, 1), "k"));
    then_known(again, first.record.number);
    done(&f);
}

/* The key space is the customer's, through whatever machine the command came; also on replay. */
static void a_customer_s_key_is_the_same_at_every_machine(void **unused)
{
    (void)unused;
    struct fixture *f = given_a_bank();
    uint64_t anna = given_account(f, 0);
    const char *actors[] = {"customer:1000000017@lobby", "customer:1000000017@airport"};
    uint64_t record = 0;
    for (size_t i = 0; i < 4; i++) {
        struct engine_command command = keyed(deposits(f, anna, 1), "k");
        struct engine_request request = request_of(actors[i % 2], &command, 1);
        request.principal = TEXT("customer:1000000017");
        engine_run(f->engine, &request);
        if (i == 0) {
            assert_int_equal(command.verdict, VERDICT_ACCEPTED);
            record = command.record.number;
        } else {
            then_known(command, record);
        }
        restarted(f, false);
    }
    done(&f);
}

static void the_outcome_of_a_key_can_be_asked_for(void **unused)
{
    (void)unused;
    struct fixture *f = given_a_bank();
    uint64_t anna = given_account(f, 0);
    assert_int_equal(when(f, looks_up("k")).verdict, VERDICT_UNKNOWN_KEY);
    (void)when(f, keyed(deposits(f, anna, 1), "k"));
    then_known(when(f, looks_up("k")), 2);
    assert_int_equal(when_by(f, "other", looks_up("k")).verdict, VERDICT_UNKNOWN_KEY);
    struct engine_command both[] = {keyed(deposits(f, anna, 1), "l"), looks_up("l")};
    when_all(f, both, 2);
    then_known(both[1], both[0].record.number);
    assert_int_equal(head_of(f).record, 3);
    done(&f);
}

static void an_abandoned_key_burns(void **unused)
{
    (void)unused;
    struct fixture *f = given_a_bank();
    uint64_t anna = given_account(f, 0);
    struct engine_command burnt = when(f, abandons("k"));
    then_refused(burnt, STATUS_key_abandoned);
    assert_int_equal(burnt.record.op, RECORD_OP_ABANDON_KEY);
    assert_int_equal(burnt.record.number, 2);
    struct engine_command late = when(f, keyed(deposits(f, anna, 1), "k"));
    then_known(late, 2);
    then_known(when(f, abandons("k")), 2);
    assert_int_equal(balance_of(f, anna), 0);
    restarted(f, false);
    late = when(f, keyed(deposits(f, anna, 1), "k"));
    then_known(late, 2);
    done(&f);
}

static void a_used_key_cannot_be_abandoned(void **unused)
{
    (void)unused;
    struct fixture *f = given_a_bank();
    uint64_t anna = given_account(f, 0);
    (void)when(f, keyed(deposits(f, anna, 1), "k"));
    then_known(when(f, abandons("k")), 2);
    done(&f);
}

static void time_only_moves_forward(void **unused)
{
    (void)unused;
    struct fixture *f = given_a_bank();
    const int64_t steps[] = {0, 0, -5000000, 10, -1, 1, 1000000, -TIME_DAY, 0, 3 * TIME_DAY};
    uint64_t anna = given_account(f, 0);
    int64_t last = engine_last_at(f->engine);
    assert_int_equal(last, f->wall);
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        f->wall += steps[i];
        struct engine_command commands[] = {deposits(f, anna, 1),
                                            keyed(withdraws(f, anna, 99), "")};
        commands[1].key = (struct text){(const char[]){(char)('a' + i)}, 1};
        when_all(f, commands, 2);
        assert_true(commands[0].record.at > last);
        assert_true(commands[1].record.at > commands[0].record.at);
        assert_true(commands[0].record.at >= f->wall);
        last = commands[1].record.at;
        assert_int_equal(engine_last_at(f->engine), last);
        restarted(f, false);
        assert_int_equal(engine_last_at(f->engine), last);
    }
    done(&f);
}

static void an_import_gives_the_times_and_equal_ones_move_by_a_microsecond(void **unused)
{
    (void)unused;
    struct fixture *f = given_a_bank();
    struct engine_command commands[] = {opens(f, account_from_sequence(1), 0),
                                        opens(f, account_from_sequence(2), 0),
                                        opens(f, account_from_sequence(3), 0)};
    commands[0].at = 1000;
    commands[1].at = 1000;
    commands[2].at = 5000;
    struct engine_request request = request_of("import", commands, 3);
    request.channel = CHANNEL_IMPORT;
    engine_run(f->engine, &request);
    assert_int_equal(commands[0].record.at, 1000);
    assert_int_equal(commands[1].record.at, 1001);
    assert_int_equal(commands[2].record.at, 5000);
    assert_true(engine_only_imports(f->engine));
    restarted(f, false);
    assert_true(engine_only_imports(f->engine));
    (void)given_account(f, 0);
    assert_false(engine_only_imports(f->engine));
    restarted(f, false);
    assert_false(engine_only_imports(f->engine));
    done(&f);
}

static void the_lowest_free_number_is_given(void **unused)
{
    (void)unused;
    struct fixture *f = given_a_bank();
    const uint32_t first = ACCOUNT_SEQUENCE_FIRST;
    const uint32_t taken[] = {1, first + 1, first + 2, first + 4, ACCOUNT_SEQUENCE_MAX};
    for (size_t i = 0; i < sizeof taken / sizeof taken[0]; i++) {
        (void)when(f, opens(f, account_from_sequence(taken[i]), 0));
    }
    const uint32_t expected[] = {first, first + 3, first + 5, first + 6};
    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++) {
        assert_int_equal(given_account(f, 0), account_from_sequence(expected[i]));
        restarted(f, false);
    }
    done(&f);
}

/* 10 000 commands of one request need three commits; each must see the ones before it. */
static void a_long_request_is_committed_in_several_batches(void **unused)
{
    (void)unused;
    enum { COUNT = 10000 };
    struct fixture *f = given_a_bank();
    uint64_t anna = given_account(f, 0);
    struct engine_command *commands = calloc(COUNT, sizeof *commands);
    assert_non_null(commands);
    for (size_t i = 0; i < COUNT; i++) {
        commands[i] = i % 2 == 0 ? deposits(f, anna, 5) : withdraws(f, anna, 5);
    }
    when_all(f, commands, COUNT);
    for (size_t i = 0; i < COUNT; i++) {
        assert_int_equal(commands[i].verdict, VERDICT_ACCEPTED);
        assert_int_equal(commands[i].record.number, i + 2);
    }
    assert_int_equal(balance_of(f, anna), 0);
    assert_int_equal(head_of(f).record, COUNT + 1);
    free(commands);
    done(&f);
}

static void a_restart_shows_the_same_bank(void **unused)
{
    (void)unused;
    struct fixture *f = given_a_bank();
    uint64_t accounts[10];
    struct account_state before[10];
    char keys[300][8];
    for (size_t i = 0; i < 10; i++) {
        accounts[i] = given_account(f, (int64_t)i * 100);
    }
    for (size_t i = 0; i < 300; i++) {
        uint64_t from = accounts[fixture_draw(f) % 10], to = accounts[fixture_draw(f) % 10];
        (void)snprintf(keys[i], sizeof keys[i], "k%zu", i);
        f->wall += 1000;
        (void)when(f, keyed(transfers(f, from, to, 1 + (int64_t)(fixture_draw(f) % 200)), keys[i]));
    }
    for (size_t i = 0; i < 10; i++) {
        before[i] = *engine_account(f->engine, accounts[i]);
    }
    struct journal_head head = head_of(f);
    restarted(f, true);
    assert_int_equal(engine_committed(f->engine), head.record);
    assert_int_equal(engine_last_at(f->engine), head.at);
    for (size_t i = 0; i < 10; i++) {
        const struct account_state *after = engine_account(f->engine, accounts[i]);
        assert_int_equal(after->account, before[i].account);
        assert_int_equal(after->balance.minor, before[i].balance.minor);
        assert_int_equal(after->credits, before[i].credits);
        assert_int_equal(after->debits, before[i].debits);
        assert_int_equal(after->version, before[i].version);
        assert_int_equal(after->last_record, before[i].last_record);
        assert_int_equal(after->currency, before[i].currency);
    }
    for (size_t i = 0; i < 300; i++) {
        then_known(when(f, looks_up(keys[i])), 11 + i);
    }
    done(&f);
}

static void defaults_and_absences_are_told_apart_by_the_digest(void **unused)
{
    (void)unused;
    struct fixture *f = given_a_bank();
    uint64_t anna = given_account(f, 0);
    struct engine_command plain = keyed(deposits(f, anna, 1), "k");
    plain = when(f, plain);
    struct engine_command with_currency = keyed(deposits(f, anna, 1), "k");
    f->args[(f->next_args - 1) % FIXTURE_ARGS_MAX].move.currency = currency_named("EUR");
    with_currency = when(f, with_currency);
    struct engine_command other_op = when(f, keyed(withdraws(f, anna, 1), "k"));
    struct engine_command same = when(f, keyed(deposits(f, anna, 1), "k"));
    assert_memory_equal(plain.record.digest, plain.digest, RECORD_DIGEST_SIZE);
    assert_memory_equal(same.digest, plain.digest, RECORD_DIGEST_SIZE);
    assert_memory_not_equal(with_currency.digest, plain.digest, RECORD_DIGEST_SIZE);
    assert_memory_not_equal(other_op.digest, plain.digest, RECORD_DIGEST_SIZE);
    done(&f);
}

/* The digest that records carry from before it was a SHA-256. */
static void old_digest(const struct engine_command *command, uint8_t out[RECORD_DIGEST_SIZE])
{
    uint8_t room[256];
    struct bytes canonical = {.data = room, .capacity = sizeof room, .max = sizeof room};
    decider_of(command->op)->canonical(command->args, &canonical);
    digest_once(canonical.data, canonical.size, out, RECORD_DIGEST_SIZE);
}

static void a_command_is_known_by_its_digest_of_either_kind(void **unused)
{
    (void)unused;
    struct fixture *f = given_a_bank();
    uint64_t anna = given_account(f, 0);
    struct engine_command one = when(f, keyed(deposits(f, anna, 1), "k"));
    struct engine_command two = when(f, keyed(deposits(f, anna, 2), "l"));
    uint8_t old_one[RECORD_DIGEST_SIZE], old_two[RECORD_DIGEST_SIZE];
    old_digest(&one, old_one);
    old_digest(&two, old_two);
    assert_memory_not_equal(old_one, one.digest, RECORD_DIGEST_SIZE);
    assert_true(engine_seal_is(&one, one.digest));
    assert_true(engine_seal_is(&one, old_one));
    assert_false(engine_seal_is(&one, two.digest));
    assert_false(engine_seal_is(&one, old_two));
    done(&f);
}

static void a_journal_that_does_not_join_is_refused(void **unused)
{
    (void)unused;
    struct fixture *f = given_a_bank();
    uint64_t anna = given_account(f, 100);
    struct engine_command moved = when(f, deposits(f, anna, 5));
    struct journal_head head = head_of(f);
    /* A record that takes the same version a second time. */
    struct bytes body;
    struct record again = moved.record;
    again.number = head.record + 1;
    again.position = head.position + 1;
    again.at = head.at + 1;
    bytes_init(&body, JOURNAL_BODY_MAX);
    record_encode(&again, &body);
    struct journal_token token;
    struct journal_batch batch = {.first = again.number,
                                  .count = 1,
                                  .bytes = body.data,
                                  .ends = &body.size,
                                  .last_position = head.position + 2,
                                  .last_at = again.at};
    engine_close(&f->engine, false);
    assert_int_equal(journal_submit(f->journal, &batch, &head, journal_epoch(f->journal), &token),
                     JOURNAL_OK);
    assert_false(fixture_start(f));
    bytes_close(&body);
    done(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_opened_account_has_its_number_balance_and_version),
        cmocka_unit_test(an_account_opened_with_nothing_has_one_event),
        cmocka_unit_test(deposits_withdrawals_and_transfers_move_money),
        cmocka_unit_test(each_command_sees_the_ones_before_it),
        cmocka_unit_test(a_refusal_without_a_key_leaves_no_record),
        cmocka_unit_test(a_refusal_with_a_key_is_a_record_without_events),
        cmocka_unit_test(every_refusal_of_the_bank_is_the_decision_s),
        cmocka_unit_test(fifty_simultaneous_repeats_have_one_effect),
        cmocka_unit_test(a_repeated_key_inside_a_batch_is_known),
        cmocka_unit_test(another_principal_s_key_is_another_key),
        cmocka_unit_test(a_customer_s_key_is_the_same_at_every_machine),
        cmocka_unit_test(the_outcome_of_a_key_can_be_asked_for),
        cmocka_unit_test(an_abandoned_key_burns),
        cmocka_unit_test(a_used_key_cannot_be_abandoned),
        cmocka_unit_test(time_only_moves_forward),
        cmocka_unit_test(an_import_gives_the_times_and_equal_ones_move_by_a_microsecond),
        cmocka_unit_test(the_lowest_free_number_is_given),
        cmocka_unit_test(a_long_request_is_committed_in_several_batches),
        cmocka_unit_test(a_restart_shows_the_same_bank),
        cmocka_unit_test(defaults_and_absences_are_told_apart_by_the_digest),
        cmocka_unit_test(a_command_is_known_by_its_digest_of_either_kind),
        cmocka_unit_test(a_journal_that_does_not_join_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
