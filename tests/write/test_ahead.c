/* Looking ahead in a run: it may fetch what it likes, but every command gets its own fingerprint.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdio.h>

#include "write/ahead.h"
#include "write/fixture.h"

#define REQUESTS 7
#define COMMANDS_MAX 40

/* Requests of 0, 1, 40, 3, 0, 25 and 16 commands: longer and shorter than the ring. */
static const size_t COUNTS[REQUESTS] = {0, 1, COMMANDS_MAX, 3, 0, 25, 16};

struct run {
    struct state state;
    struct engine_request requests[REQUESTS];
    struct engine_command commands[REQUESTS][COMMANDS_MAX];
    struct transfer_money args;
    char keys[REQUESTS][COMMANDS_MAX][32];
};

static struct run *given_a_run(uint64_t secret)
{
    struct run *run = calloc(1, sizeof *run);
    assert_non_null(run);
    state_init(&run->state, (struct hash_key){secret, secret});
    for (unsigned i = 1; i <= 2000; i++) {
        struct account_state account = {.account = account_from_sequence(i)};
        accounts_add(&run->state.accounts, &account);
    }
    run->args = (struct transfer_money){.from = account_from_sequence(17),
                                        .to = account_from_sequence(5000)};
    for (size_t r = 0; r < REQUESTS; r++) {
        run->requests[r] =
            (struct engine_request){.principal = TEXT("front-desk"),
                                    .count = COUNTS[r],
                                    .commands = run->commands[r],
                                    .next = r + 1 < REQUESTS ? &run->requests[r + 1] : NULL};
        for (size_t c = 0; c < COUNTS[r]; c++) {
            (void)snprintf(run->keys[r][c], sizeof run->keys[r][c], "key-%zu-%zu", r, c);
            run->commands[r][c] = (struct engine_command){
                .op = OP_TRANSFER_MONEY, .args = &run->args, .key = text_of(run->keys[r][c])};
            if (c % 5 == 4) {
                run->commands[r][c] =
                    (struct engine_command){.op = OP_GET_OUTCOME, .key = text_of(run->keys[r][c])};
            }
            if (c % 7 == 6) {
                run->commands[r][c].key = (struct text){NULL, 0};
            }
        }
    }
    return run;
}

static void end(struct run *run)
{
    state_close(&run->state);
    free(run);
}

static void then_it_takes_the_right_print(struct ahead *ahead, const struct run *run, size_t r,
                                          size_t c)
{
    const struct engine_command *command = &run->commands[r][c];
    struct fingerprint taken = ahead_take(ahead, &run->state, &run->requests[r], command);
    if (command->key.data == NULL) {
        return;
    }
    struct fingerprint right = keys_fingerprint(&run->state.keys, TEXT("front-desk"), command->key);
    assert_int_equal(taken.high, right.high);
    assert_int_equal(taken.low, right.low);
}

static void every_command_of_a_run_gets_its_own_print(void **unused)
{
    (void)unused;
    struct run *run = given_a_run(1);
    struct ahead ahead = {0};
    ahead_begin(&ahead, &run->state, run->requests);
    for (size_t r = 0; r < REQUESTS; r++) {
        for (size_t c = 0; c < COUNTS[r]; c++) {
            then_it_takes_the_right_print(&ahead, run, r, c);
        }
    }
    end(run);
}

static void a_command_that_nobody_expected_gets_its_own_too(void **unused)
{
    (void)unused;
    struct run *run = given_a_run(2);
    struct ahead ahead = {0};
    ahead_begin(&ahead, &run->state, run->requests);
    then_it_takes_the_right_print(&ahead, run, 2, 3);
    then_it_takes_the_right_print(&ahead, run, 6, 15);
    for (size_t c = 0; c < COUNTS[5]; c++) {
        then_it_takes_the_right_print(&ahead, run, 5, c);
    }
    end(run);
}

static void what_was_seen_of_another_state_is_forgotten(void **unused)
{
    (void)unused;
    struct run *before = given_a_run(3), *after = given_a_run(4);
    struct ahead ahead = {0};
    ahead_begin(&ahead, &before->state, before->requests);
    then_it_takes_the_right_print(&ahead, before, 1, 0);
    then_it_takes_the_right_print(&ahead, before, 2, 0);
    /* The same commands go on, in front of a state with another secret. */
    ahead_begin(&ahead, &after->state, NULL);
    for (size_t c = 1; c < COUNTS[2]; c++) {
        const struct engine_command *command = &before->commands[2][c];
        if (command->key.data == NULL) {
            continue;
        }
        struct fingerprint taken = ahead_take(&ahead, &after->state, &before->requests[2], command);
        struct fingerprint right =
            keys_fingerprint(&after->state.keys, TEXT("front-desk"), command->key);
        assert_int_equal(taken.high, right.high);
    }
    end(before);
    end(after);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_command_of_a_run_gets_its_own_print),
        cmocka_unit_test(a_command_that_nobody_expected_gets_its_own_too),
        cmocka_unit_test(what_was_seen_of_another_state_is_forgotten),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
