/* Commits that fail: a journal whose answers can be chosen stands between the engine and the one
 * in memory. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "journal/journal_port.h"
#include "write/fixture.h"

static struct {
    const struct journal_ops *inner;
    enum journal_result answer; /* of the next append, when it is not OK */
    bool appends;               /* and yet it was appended */
    bool reopens, finds, reads; /* whether these work */
    uint64_t lost_from;         /* records that are gone after a reopen; 0: none */
    int appended, reopened;
} disk;

static enum journal_result disk_append(struct journal *journal, const struct journal_batch *batch,
                                       const uint8_t (*hashes)[JOURNAL_HASH_SIZE])
{
    enum journal_result answer = disk.answer;
    disk.answer = JOURNAL_OK;
    if (answer == JOURNAL_OK || disk.appends) {
        disk.appended++;
        assert_int_equal(disk.inner->append(journal, batch, hashes), JOURNAL_OK);
    }
    return answer;
}

static bool disk_reopen(struct journal *journal)
{
    disk.reopened++;
    return disk.reopens && disk.inner->reopen(journal);
}

static enum journal_read disk_hash_of(struct journal *journal, uint64_t number,
                                      uint8_t hash[JOURNAL_HASH_SIZE])
{
    if (disk.lost_from != 0 && disk.reopened > 0 && number >= disk.lost_from)
        return JOURNAL_READ_END;
    return disk.finds ? disk.inner->hash_of(journal, number, hash) : JOURNAL_READ_ERROR;
}

static struct journal_reader *disk_reader(struct journal *journal)
{
    return disk.reads ? disk.inner->reader(journal) : NULL;
}

static struct fixture *given_a_disk_that_lies(void)
{
    static struct journal_ops ops;
    struct fixture *f = given_a_bank();
    disk.inner = f->journal->ops;
    disk.answer = JOURNAL_OK;
    disk.appends = false;
    disk.reopens = disk.finds = disk.reads = true;
    disk.appended = disk.reopened = 0;
    disk.lost_from = 0;
    ops = *disk.inner;
    ops.append = disk_append;
    ops.reopen = disk_reopen;
    ops.hash_of = disk_hash_of;
    ops.reader = disk_reader;
    f->journal->ops = &ops;
    return f;
}

static void finished(struct fixture **f)
{
    (*f)->journal->ops = disk.inner;
    done(f);
}

static void the_next_commit_is(enum journal_result answer, bool appends)
{
    disk.answer = answer;
    disk.appends = appends;
}

static void an_unknown_commit_that_is_there_stands(void **unused)
{
    (void)unused;
    struct fixture *f = given_a_disk_that_lies();
    uint64_t anna = given_account(f, 100);
    the_next_commit_is(JOURNAL_UNKNOWN, true);
    struct engine_command commands[] = {keyed(deposits(f, anna, 1), "a"), withdraws(f, anna, 500),
                                        keyed(deposits(f, anna, 1), "a")};
    when_all(f, commands, 3);
    assert_int_equal(commands[0].verdict, VERDICT_ACCEPTED);
    then_refused(commands[1], STATUS_insufficient_funds);
    then_known(commands[2], commands[0].record.number);
    assert_int_equal(disk.reopened, 1);
    assert_int_equal(balance_of(f, anna), 101);
    assert_int_equal(when(f, deposits(f, anna, 1)).record.number, 3);
    then_known(when(f, looks_up("a")), 2);
    finished(&f);
}

static void a_journal_that_lost_acknowledged_records_takes_no_more_commands(void **unused)
{
    (void)unused;
    struct fixture *f = given_a_disk_that_lies();
    uint64_t anna = given_account(f, 100);
    assert_int_equal(when(f, deposits(f, anna, 1)).verdict, VERDICT_ACCEPTED);
    disk.lost_from = 2; /* the deposit, whose caller was told that it is on disk */
    the_next_commit_is(JOURNAL_UNKNOWN, false);
    then_failed(when(f, deposits(f, anna, 2)), STATUS_unavailable);
    for (int i = 0; i < 3; i++) {
        f->steady += 10000000;
        then_failed(when(f, deposits(f, anna, 3)), STATUS_unavailable);
    }
    assert_int_equal(disk.appended, 2);
    finished(&f);
}

static void an_unknown_commit_that_is_not_there_takes_every_verdict_with_it(void **unused)
{
    (void)unused;
    struct fixture *f = given_a_disk_that_lies();
    uint64_t anna = given_account(f, 100);
    (void)when(f, keyed(deposits(f, anna, 1), "old"));
    the_next_commit_is(JOURNAL_UNKNOWN, false);
    struct engine_command commands[] = {keyed(deposits(f, anna, 1000), "a"),
                                        withdraws(f, anna, 5000), /* refused on a lost state */
                                        keyed(deposits(f, anna, 1000), "a"),
                                        keyed(deposits(f, anna, 1), "old"),
                                        looks_up("b"),
                                        opens(f, 0, 0)};
    when_all(f, commands, 6);
    for (size_t i = 0; i < 6; i++) {
        then_failed(commands[i], STATUS_unavailable);
    }
    assert_int_equal(balance_of(f, anna), 101);
    assert_int_equal(when(f, looks_up("a")).verdict, VERDICT_UNKNOWN_KEY);
    then_known(when(f, looks_up("old")), 2);
    struct engine_command again = when(f, keyed(deposits(f, anna, 1000), "a"));
    assert_int_equal(again.verdict, VERDICT_ACCEPTED);
    assert_int_equal(again.record.number, 3);
    assert_int_equal(given_account(f, 0), account_from_sequence(ACCOUNT_SEQUENCE_FIRST + 1));
    finished(&f);
}

static void while_nobody_can_tell_everything_is_unavailable(void **unused)
{
    (void)unused;
    for (int appended = 0; appended < 2; appended++) {
        struct fixture *f = given_a_disk_that_lies();
        uint64_t anna = given_account(f, 100);
        the_next_commit_is(JOURNAL_UNKNOWN, appended == 1);
        disk.reopens = false;
        then_failed(when(f, keyed(deposits(f, anna, 1), "a")), STATUS_unavailable);
        f->steady += 1000000;
        then_failed(when(f, looks_up("a")), STATUS_unavailable);
        then_failed(when(f, keyed(deposits(f, anna, 1), "a")), STATUS_unavailable);
        assert_int_equal(engine_idle(f->engine), ENGINE_REST);
        disk.reopens = true;
        disk.finds = false;
        f->steady += 1000000;
        struct engine_command batch[] = {deposits(f, anna, 1), deposits(f, anna, 1)};
        when_atomic(f, batch, 2);
        then_failed(batch[0], STATUS_unavailable);
        then_failed(batch[1], STATUS_unavailable);
        assert_int_equal(engine_committed(f->engine), 1);
        disk.finds = true;
        disk.reads = false; /* settled, but the state cannot be built yet */
        f->steady += 1000000;
        then_failed(when(f, deposits(f, anna, 1)), STATUS_unavailable);
        assert_null(engine_account(f->engine, anna));
        disk.reads = true;
        f->steady += 1000000;
        assert_int_equal(engine_idle(f->engine), ENGINE_REST); /* idleness is enough to recover */
        assert_int_equal(engine_committed(f->engine), appended == 1 ? 2 : 1);
        assert_int_equal(balance_of(f, anna), 100 + appended);
        struct engine_command again = when(f, keyed(deposits(f, anna, 1), "a"));
        assert_int_equal(again.verdict, appended == 1 ? VERDICT_KNOWN : VERDICT_ACCEPTED);
        assert_int_equal(balance_of(f, anna), 101);
        finished(&f);
    }
}

static void a_broken_journal_is_not_tried_at_every_request(void **unused)
{
    (void)unused;
    struct fixture *f = given_a_disk_that_lies();
    uint64_t anna = given_account(f, 100);
    the_next_commit_is(JOURNAL_UNKNOWN, false);
    disk.reopens = false;
    for (int i = 0; i < 100; i++) {
        then_failed(when(f, deposits(f, anna, 1)), STATUS_unavailable);
    }
    assert_int_equal(disk.reopened, 1);
    disk.reopens = true;
    f->steady += 1000000;
    assert_int_equal(when(f, deposits(f, anna, 1)).verdict, VERDICT_ACCEPTED);
    finished(&f);
}

static void another_writer_stops_the_engine_for_good(void **unused)
{
    (void)unused;
    const enum journal_result answers[] = {JOURNAL_CONFLICT, JOURNAL_FENCED};
    for (size_t i = 0; i < 2; i++) {
        struct fixture *f = given_a_disk_that_lies();
        uint64_t anna = given_account(f, 100);
        the_next_commit_is(answers[i], false);
        then_failed(when(f, keyed(deposits(f, anna, 1), "a")), STATUS_unavailable);
        f->steady += 10000000;
        assert_int_equal(engine_idle(f->engine), ENGINE_REST);
        int appended = disk.appended;
        then_failed(when(f, deposits(f, anna, 1)), STATUS_unavailable);
        then_failed(when(f, looks_up("a")), STATUS_unavailable);
        assert_int_equal(disk.appended, appended);
        finished(&f);
    }
}

static void what_was_committed_before_a_failure_in_the_same_request_stands(void **unused)
{
    (void)unused;
    enum { COUNT = 3 * BATCH_COMMANDS_MAX };
    struct fixture *f = given_a_disk_that_lies();
    uint64_t anna = given_account(f, 0);
    struct engine_command *commands = calloc(COUNT, sizeof *commands);
    struct engine_request request = request_of("front-desk", commands, COUNT);
    char(*keys)[16] = calloc(COUNT, sizeof *keys);
    assert_non_null(commands);
    assert_non_null(keys);
    for (size_t i = 0; i < COUNT; i++) {
        (void)snprintf(keys[i], sizeof keys[i], "k%zu", i);
        commands[i] = keyed(deposits(f, anna, 1), keys[i]);
    }
    /* The second of three commits is lost: its callers ask again, the others must not. */
    engine_run(f->engine, &(struct engine_request){.actor = TEXT("front-desk"),
                                                   .principal = TEXT("front-desk"),
                                                   .count = BATCH_COMMANDS_MAX,
                                                   .commands = commands});
    the_next_commit_is(JOURNAL_UNKNOWN, false);
    engine_run(f->engine, &request);
    for (size_t i = 0; i < COUNT; i++) {
        /* The first were known already and cost no commit: they stand. */
        enum verdict expected = i < BATCH_COMMANDS_MAX       ? VERDICT_KNOWN
                                : i < 2 * BATCH_COMMANDS_MAX ? VERDICT_FAILED
                                                             : VERDICT_ACCEPTED;
        assert_int_equal(commands[i].verdict, expected);
    }
    assert_int_equal(balance_of(f, anna), 2 * BATCH_COMMANDS_MAX);
    engine_run(f->engine, &request);
    assert_int_equal(balance_of(f, anna), 3 * BATCH_COMMANDS_MAX);
    free(keys);
    free(commands);
    finished(&f);
}

/* Two callers' deposits into one account, decided one after the other. */
struct parts {
    struct engine_command commands[2];
    struct engine_request requests[2];
};

static void decided_in_parts(struct fixture *f, struct parts *parts, uint64_t account)
{
    for (size_t i = 0; i < 2; i++) {
        parts->commands[i] = keyed(deposits(f, account, 10), i == 0 ? "first" : "second");
        parts->requests[i] = request_of("front-desk", &parts->commands[i], 1);
        engine_decide(f->engine, &parts->requests[i]);
    }
}

static void what_is_decided_in_parts_is_committed_as_one(void **unused)
{
    (void)unused;
    struct fixture *f = given_a_disk_that_lies();
    struct parts parts;
    uint64_t anna = given_account(f, 0);
    uint64_t before = engine_committed(f->engine);
    int appended = disk.appended;
    decided_in_parts(f, &parts, anna);
    assert_int_equal(disk.appended, appended);
    assert_int_equal(engine_committed(f->engine), before);
    engine_commit(f->engine);
    assert_int_equal(disk.appended, appended + 1);
    assert_int_equal(engine_committed(f->engine), before + 2);
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(parts.commands[i].verdict, VERDICT_ACCEPTED);
        assert_int_equal(parts.commands[i].record.number, before + 1 + i);
    }
    assert_int_equal(balance_of(f, anna), 20);
    finished(&f);
}

static void a_commit_that_is_lost_takes_every_part_with_it(void **unused)
{
    (void)unused;
    struct fixture *f = given_a_disk_that_lies();
    struct parts parts;
    uint64_t anna = given_account(f, 0);
    decided_in_parts(f, &parts, anna);
    the_next_commit_is(JOURNAL_UNKNOWN, false);
    engine_commit(f->engine);
    for (size_t i = 0; i < 2; i++) {
        then_failed(parts.commands[i], STATUS_unavailable);
    }
    assert_int_equal(balance_of(f, anna), 0);
    decided_in_parts(f, &parts, anna);
    engine_commit(f->engine);
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(parts.commands[i].verdict, VERDICT_ACCEPTED);
    }
    assert_int_equal(balance_of(f, anna), 20);
    finished(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_unknown_commit_that_is_there_stands),
        cmocka_unit_test(a_journal_that_lost_acknowledged_records_takes_no_more_commands),
        cmocka_unit_test(an_unknown_commit_that_is_not_there_takes_every_verdict_with_it),
        cmocka_unit_test(while_nobody_can_tell_everything_is_unavailable),
        cmocka_unit_test(a_broken_journal_is_not_tried_at_every_request),
        cmocka_unit_test(another_writer_stops_the_engine_for_good),
        cmocka_unit_test(what_was_committed_before_a_failure_in_the_same_request_stands),
        cmocka_unit_test(what_is_decided_in_parts_is_committed_as_one),
        cmocka_unit_test(a_commit_that_is_lost_takes_every_part_with_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
