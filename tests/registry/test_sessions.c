#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/time.h"
#include "registry/sessions.h"

#define SILENCE (SESSIONS_SILENCE_S * TIME_SECOND)

struct bench {
    struct clock clock; /* first: the clock's functions find the bench by it */
    _Atomic int64_t now;
    struct sessions *sessions;
};

static int64_t bench_steady(struct clock *clock)
{
    return ((struct bench *)(void *)clock)->now;
}

/* Wall and steady clock are told apart by where they started. */
static int64_t bench_wall(struct clock *clock)
{
    return bench_steady(clock) + 1000 * TIME_SECOND;
}

static int set_up(void **state)
{
    struct bench *bench = calloc(1, sizeof *bench);
    assert_non_null(bench);
    bench->clock = (struct clock){.wall = bench_wall, .steady = bench_steady};
    bench->now = 5;
    bench->sessions = sessions_new(&bench->clock, entropy_system());
    *state = bench;
    return 0;
}

static int tear_down(void **state)
{
    struct bench *bench = *state;
    sessions_free(&bench->sessions);
    free(bench);
    return 0;
}

static void begin(struct bench *bench, uint64_t account, const char *by,
                  char token[REGISTRY_KEY_TEXT_MAX])
{
    int64_t expires_at;
    assert_true(sessions_begin(bench->sessions, account, by, token, &expires_at));
    assert_int_equal(expires_at, bench_wall(&bench->clock) + SILENCE);
}

static bool lives(struct bench *bench, const char *token)
{
    struct principal who;
    return sessions_find(bench->sessions, text_of(token), &who);
}

static void a_token_is_its_customers_and_nobody_elses(void **state)
{
    struct bench *bench = *state;
    char token[REGISTRY_KEY_TEXT_MAX], other[REGISTRY_KEY_TEXT_MAX];
    begin(bench, 1000000008, "lobby", token);
    begin(bench, 2000000006, "lobby", other);
    assert_int_equal(strlen(token), 46);
    assert_memory_equal(token, "ts_", 3);
    assert_string_not_equal(token, other);
    struct principal who;
    assert_true(sessions_find(bench->sessions, text_of(token), &who));
    assert_string_equal(who.name, "customer:1000000008");
    assert_string_equal(who.by, "lobby");
    assert_int_equal(who.role, ROLE_CUSTOMER);
    assert_int_equal(who.account, 1000000008);
    for (size_t i = 0; i < strlen(token); i++) {
        char wrong[REGISTRY_KEY_TEXT_MAX];
        strcpy(wrong, token);
        wrong[i] = wrong[i] == 'A' ? 'B' : 'A';
        assert_false(lives(bench, wrong));
    }
    assert_false(sessions_find(bench->sessions, (struct text){token, 45}, &who));
    assert_false(sessions_find(bench->sessions, (struct text){NULL, 0}, &who));
    assert_false(lives(bench, ""));
    assert_true(lives(bench, token));
}

static void silence_ends_a_session_and_every_request_renews_it(void **state)
{
    struct bench *bench = *state;
    char used[REGISTRY_KEY_TEXT_MAX], silent[REGISTRY_KEY_TEXT_MAX];
    begin(bench, 1000000008, "lobby", used);
    begin(bench, 2000000006, "lobby", silent);
    for (int i = 0; i < 5; i++) {
        bench->now += SILENCE - 1;
        assert_true(lives(bench, used));
    }
    assert_false(lives(bench, silent));
    bench->now += SILENCE - 1;
    assert_true(lives(bench, used));
    bench->now += SILENCE;
    assert_false(lives(bench, used));
    assert_false(lives(bench, used));
}

static void a_session_is_ended_once(void **state)
{
    struct bench *bench = *state;
    char token[REGISTRY_KEY_TEXT_MAX], other[REGISTRY_KEY_TEXT_MAX];
    begin(bench, 1000000008, "lobby", token);
    begin(bench, 1000000008, "lobby", other);
    assert_true(sessions_end(bench->sessions, text_of(token)));
    assert_false(sessions_end(bench->sessions, text_of(token)));
    assert_false(sessions_end(bench->sessions, TEXT("tk_")));
    assert_false(lives(bench, token));
    assert_true(lives(bench, other));
}

static void an_accounts_and_a_machines_sessions_end_together(void **state)
{
    struct bench *bench = *state;
    static const char *const machines[] = {"lobby", "street", "lobby.2"};
    char tokens[9][REGISTRY_KEY_TEXT_MAX];
    for (size_t i = 0; i < 9; i++)
        begin(bench, 1000000008 + i / 3, machines[i % 3], tokens[i]);
    sessions_end_account(bench->sessions, 1000000009);
    sessions_end_by(bench->sessions, "lobby");
    sessions_end_by(bench->sessions, "lob");
    for (size_t i = 0; i < 9; i++)
        assert_int_equal(lives(bench, tokens[i]), i / 3 != 1 && i % 3 != 0);
}

static void sessions_are_bounded_and_silent_ones_make_room(void **state)
{
    struct bench *bench = *state;
    static char tokens[SESSIONS_MAX][REGISTRY_KEY_TEXT_MAX];
    char more[REGISTRY_KEY_TEXT_MAX];
    int64_t expires_at;
    for (size_t i = 0; i < SESSIONS_MAX; i++) {
        begin(bench, 1000000008 + i % 7, i % 2 == 0 ? "a" : "b", tokens[i]);
        bench->now++;
    }
    assert_false(sessions_begin(bench->sessions, 1, "a", more, &expires_at));
    assert_string_equal(more, "");
    for (size_t i = 0; i < SESSIONS_MAX; i++)
        assert_true(lives(bench, tokens[i]));
    bench->now += SILENCE / 2;
    assert_true(lives(bench, tokens[0])); /* the oldest by its beginning is the newest by its use */
    bench->now += SILENCE / 2;
    begin(bench, 1, "a", more);
    assert_true(lives(bench, tokens[0]));
    assert_true(lives(bench, more));
    for (size_t i = 1; i < SESSIONS_MAX; i++)
        assert_false(lives(bench, tokens[i]));
    for (size_t i = 2; i < SESSIONS_MAX; i++)
        begin(bench, 1, "a", tokens[i]);
    assert_false(sessions_begin(bench->sessions, 1, "a", more, &expires_at));
}

static void *come_and_go(void *context)
{
    struct bench *bench = context;
    for (int i = 0; i < 2000; i++) {
        char token[REGISTRY_KEY_TEXT_MAX];
        begin(bench, 1000000008, "lobby", token);
        bool alive = lives(bench, token); /* another thread may end it at any moment */
        if (i % 100 == 0)
            sessions_end_account(bench->sessions, 1000000008);
        bool ended = sessions_end(bench->sessions, text_of(token));
        assert_true(alive || !ended);
        assert_false(lives(bench, token));
    }
    return NULL;
}

static void many_threads_come_and_go(void **state)
{
    struct bench *bench = *state;
    pthread_t threads[4];
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, come_and_go, bench), 0);
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(a_token_is_its_customers_and_nobody_elses),
        CASE(silence_ends_a_session_and_every_request_renews_it),
        CASE(a_session_is_ended_once),
        CASE(an_accounts_and_a_machines_sessions_end_together),
        CASE(sessions_are_bounded_and_silent_ones_make_room),
        CASE(many_threads_come_and_go),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
