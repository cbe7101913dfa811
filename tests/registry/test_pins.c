#include <dirent.h>
#include <pthread.h>
#include <semaphore.h>
#include <setjmp.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/time.h"
#include "host/log.h"
#include "host/metrics.h"
#include "registry/pin_pool.h"
#include "registry/pins.h"

#define ZOE 1000000008
#define BOB 2000000006

/* A registry on a folder of its own, a machine called "lobby", and a clock that the test sets. */
struct bench {
    struct clock clock; /* first: the clock's functions find the bench by it */
    _Atomic int64_t now;
    char folder[64], path[96];
    struct registry *registry;
    struct principal machine;
};

static int64_t bench_clock(struct clock *clock)
{
    return ((struct bench *)(void *)clock)->now;
}

static void reopen(struct bench *bench)
{
    registry_close(&bench->registry);
    bench->registry = registry_open(bench->path, &bench->clock, entropy_system());
    assert_non_null(bench->registry);
}

static void create_machine(struct bench *bench, const char *name)
{
    struct create_key args = {.given = 3, .role = ROLE_ATM, .name = text_of(name)};
    char key[REGISTRY_KEY_TEXT_MAX];
    struct key_result result;
    struct problem problem;
    struct arena arena;
    arena_init(&arena, 0);
    problem_clear(&problem);
    assert_int_equal(registry_create_key(bench->registry, &args, key, &result, &arena, &problem),
                     STATUS_ok);
    assert_true(registry_authenticate(bench->registry, text_of(key), &bench->machine));
    arena_close(&arena);
}

static int set_up(void **state)
{
    struct bench *bench = calloc(1, sizeof *bench);
    assert_non_null(bench);
    log_set_level(LOG_ERROR);
    strcpy(bench->folder, "/tmp/teller-pins-XXXXXX");
    assert_non_null(mkdtemp(bench->folder));
    snprintf(bench->path, sizeof bench->path, "%s/registry.db", bench->folder);
    bench->clock = (struct clock){.wall = bench_clock, .steady = bench_clock};
    bench->now = 1000;
    reopen(bench);
    create_machine(bench, "lobby");
    *state = bench;
    return 0;
}

static int tear_down(void **state)
{
    struct bench *bench = *state;
    registry_close(&bench->registry);
    DIR *folder = opendir(bench->folder);
    assert_non_null(folder);
    for (struct dirent *entry; (entry = readdir(folder)) != NULL;) {
        char path[512];
        snprintf(path, sizeof path, "%s/%s", bench->folder, entry->d_name);
        if (entry->d_name[0] != '.')
            assert_int_equal(unlink(path), 0);
    }
    assert_int_equal(closedir(folder), 0);
    assert_int_equal(rmdir(bench->folder), 0);
    free(bench);
    return 0;
}

static enum status set_pin(struct bench *bench, uint64_t account, const char *pin)
{
    char copy[ARG_PIN_MAX + 1];
    struct problem problem;
    problem_clear(&problem);
    strcpy(copy, pin);
    struct account_pin args = {.given = 3, .account = account, .pin = text_of(copy)};
    enum status status = registry_set_pin(bench->registry, &args, &problem);
    assert_int_equal(problem.status, status);
    for (size_t i = 0; i < strlen(pin); i++)
        assert_int_equal(copy[i], 0);
    return status;
}

static enum status sign_in(struct bench *bench, uint64_t account, const char *pin,
                           char token[REGISTRY_KEY_TEXT_MAX])
{
    char copy[ARG_PIN_MAX + 1];
    struct problem problem;
    struct session_result result;
    struct arena arena;
    arena_init(&arena, 0);
    problem_clear(&problem);
    strcpy(copy, pin);
    struct account_pin args = {.given = 3, .account = account, .pin = text_of(copy)};
    enum status status =
        registry_open_session(bench->registry, &args, &bench->machine, &result, &arena, &problem);
    assert_int_equal(problem.status, status);
    assert_null(strstr(problem.detail, pin));
    for (size_t i = 0; i < strlen(pin); i++)
        assert_int_equal(copy[i], 0);
    token[0] = '\0';
    if (status == STATUS_ok) {
        assert_int_equal(result.account, account);
        assert_true(result.expires_at >= bench->now);
        memcpy(token, result.token.data, result.token.size + 1);
    }
    arena_close(&arena);
    return status;
}

static enum status guess(struct bench *bench, uint64_t account, const char *pin)
{
    char token[REGISTRY_KEY_TEXT_MAX];
    return sign_in(bench, account, pin, token);
}

static bool comes_in(struct bench *bench, const char *token)
{
    struct principal who;
    return registry_authenticate(bench->registry, text_of(token), &who);
}

static void the_right_pin_opens_a_session(void **state)
{
    struct bench *bench = *state;
    char token[REGISTRY_KEY_TEXT_MAX];
    struct principal who;
    struct problem problem;
    assert_int_equal(set_pin(bench, ZOE, "1234"), STATUS_ok);
    assert_int_equal(set_pin(bench, BOB, "12345678"), STATUS_ok);
    assert_int_equal(sign_in(bench, ZOE, "1234", token), STATUS_ok);
    assert_true(registry_authenticate(bench->registry, text_of(token), &who));
    assert_string_equal(who.name, "customer:1000000008");
    assert_string_equal(who.by, "lobby");
    assert_int_equal(who.role, ROLE_CUSTOMER);
    assert_int_equal(guess(bench, BOB, "1234"), STATUS_wrong_pin);
    assert_int_equal(guess(bench, BOB, "12345678"), STATUS_ok);
    problem_clear(&problem);
    assert_int_equal(registry_close_session(bench->registry, text_of(token), &problem), STATUS_ok);
    assert_false(comes_in(bench, token));
    assert_int_equal(registry_close_session(bench->registry, text_of(token), &problem),
                     STATUS_unauthenticated);
}

static void a_pin_never_set_is_wrong_and_costs_a_check(void **state)
{
    struct bench *bench = *state;
    for (int i = 0; i < 5; i++) { /* nor is it ever locked: that would tell */
        uint64_t checks = metric_get(METRIC_pin_checks_total);
        assert_int_equal(guess(bench, ZOE, "0000"), STATUS_wrong_pin);
        assert_int_equal(metric_get(METRIC_pin_checks_total), checks + 1);
    }
}

static void three_wrong_pins_lock_it_until_a_new_one_is_set(void **state)
{
    struct bench *bench = *state;
    assert_int_equal(set_pin(bench, ZOE, "1234"), STATUS_ok);
    assert_int_equal(set_pin(bench, BOB, "1234"), STATUS_ok);
    for (int i = 0; i < 3; i++)
        assert_int_equal(guess(bench, ZOE, "4321"), STATUS_wrong_pin);
    uint64_t checks = metric_get(METRIC_pin_checks_total);
    assert_int_equal(guess(bench, ZOE, "1234"), STATUS_pin_locked);
    assert_int_equal(guess(bench, ZOE, "4321"), STATUS_pin_locked);
    assert_int_equal(metric_get(METRIC_pin_checks_total), checks);
    assert_int_equal(guess(bench, BOB, "1234"), STATUS_ok);
    assert_int_equal(set_pin(bench, ZOE, "4321"), STATUS_ok);
    assert_int_equal(guess(bench, ZOE, "1234"), STATUS_wrong_pin);
    assert_int_equal(guess(bench, ZOE, "4321"), STATUS_ok);
}

static void the_right_pin_gives_all_tries_back(void **state)
{
    struct bench *bench = *state;
    assert_int_equal(set_pin(bench, ZOE, "1234"), STATUS_ok);
    for (int round = 0; round < 3; round++) {
        assert_int_equal(guess(bench, ZOE, "0000"), STATUS_wrong_pin);
        assert_int_equal(guess(bench, ZOE, "0000"), STATUS_wrong_pin);
        assert_int_equal(guess(bench, ZOE, "1234"), STATUS_ok);
    }
}

static void tries_and_locks_outlive_a_restart_and_sessions_do_not(void **state)
{
    struct bench *bench = *state;
    char token[REGISTRY_KEY_TEXT_MAX];
    assert_int_equal(set_pin(bench, ZOE, "1234"), STATUS_ok);
    assert_int_equal(sign_in(bench, ZOE, "1234", token), STATUS_ok);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(guess(bench, ZOE, "0000"), STATUS_wrong_pin);
        reopen(bench);
    }
    assert_false(comes_in(bench, token));
    assert_int_equal(guess(bench, ZOE, "1234"), STATUS_pin_locked);
}

static void a_new_pin_ends_the_accounts_sessions_and_no_others(void **state)
{
    struct bench *bench = *state;
    char first[REGISTRY_KEY_TEXT_MAX], second[REGISTRY_KEY_TEXT_MAX], other[REGISTRY_KEY_TEXT_MAX];
    assert_int_equal(set_pin(bench, ZOE, "1234"), STATUS_ok);
    assert_int_equal(set_pin(bench, BOB, "1234"), STATUS_ok);
    assert_int_equal(sign_in(bench, ZOE, "1234", first), STATUS_ok);
    assert_int_equal(sign_in(bench, ZOE, "1234", second), STATUS_ok);
    assert_int_equal(sign_in(bench, BOB, "1234", other), STATUS_ok);
    assert_int_equal(set_pin(bench, ZOE, "1234"), STATUS_ok);
    assert_false(comes_in(bench, first));
    assert_false(comes_in(bench, second));
    assert_true(comes_in(bench, other));
}

static void revoking_the_machines_key_ends_its_sessions(void **state)
{
    struct bench *bench = *state;
    char lobby[REGISTRY_KEY_TEXT_MAX], street[REGISTRY_KEY_TEXT_MAX];
    struct problem problem;
    problem_clear(&problem);
    assert_int_equal(set_pin(bench, ZOE, "1234"), STATUS_ok);
    struct principal revoked = bench->machine;
    assert_int_equal(sign_in(bench, ZOE, "1234", lobby), STATUS_ok);
    create_machine(bench, "street");
    assert_int_equal(sign_in(bench, ZOE, "1234", street), STATUS_ok);
    assert_int_equal(registry_revoke_key(bench->registry, TEXT("lobby"), &problem), STATUS_ok);
    assert_false(comes_in(bench, lobby));
    assert_true(comes_in(bench, street));
    bench->machine = revoked; /* it was let in just before it was revoked */
    assert_int_equal(guess(bench, ZOE, "1234"), STATUS_unauthenticated);
}

static void *guess_on(void *context)
{
    static const char *const pins[] = {"0000", "1111", "2222", "3333"};
    struct bench *bench = context;
    for (int i = 0; i < 4; i++) {
        enum status status = guess(bench, ZOE, pins[i]);
        assert_true(status == STATUS_wrong_pin || status == STATUS_pin_locked);
    }
    return NULL;
}

static void racing_guesses_are_three_and_no_more(void **state)
{
    struct bench *bench = *state;
    enum { THREADS = 8 };
    pthread_t threads[THREADS];
    assert_int_equal(set_pin(bench, ZOE, "1234"), STATUS_ok);
    uint64_t checks = metric_get(METRIC_pin_checks_total);
    for (size_t i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, guess_on, bench), 0);
    for (size_t i = 0; i < THREADS; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    assert_int_equal(metric_get(METRIC_pin_checks_total), checks + 3);
    assert_int_equal(guess(bench, ZOE, "1234"), STATUS_pin_locked);
}

/* Signs in with the old PIN while it is changed: the session that may come of it is ended too. */
static void *sign_in_on(void *context)
{
    struct bench *bench = context;
    char *token = malloc(REGISTRY_KEY_TEXT_MAX);
    assert_non_null(token);
    enum status status = sign_in(bench, ZOE, "1234", token);
    assert_true(status == STATUS_ok || status == STATUS_wrong_pin);
    return token;
}

static void no_session_of_the_old_pin_is_left(void **state)
{
    struct bench *bench = *state;
    for (int round = 0; round < 4; round++) {
        pthread_t threads[3];
        assert_int_equal(set_pin(bench, ZOE, "1234"), STATUS_ok);
        for (size_t i = 0; i < 3; i++)
            assert_int_equal(pthread_create(&threads[i], NULL, sign_in_on, bench), 0);
        assert_int_equal(set_pin(bench, ZOE, "9876"), STATUS_ok);
        for (size_t i = 0; i < 3; i++) {
            void *token;
            assert_int_equal(pthread_join(threads[i], &token), 0);
            assert_false(comes_in(bench, token));
            free(token);
        }
    }
}

static char *file_text(const char *path, size_t *size)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        *size = 0;
        return NULL;
    }
    char *text = malloc(1 << 20);
    assert_non_null(text);
    *size = fread(text, 1, 1 << 20, file);
    assert_int_equal(fclose(file), 0);
    return text;
}

static void only_argon2id_is_on_disk(void **state)
{
    struct bench *bench = *state;
    bool hashed = false;
    assert_int_equal(set_pin(bench, ZOE, "73519264"), STATUS_ok);
    assert_int_equal(guess(bench, ZOE, "62518473"), STATUS_wrong_pin);
    static const char *const ends[] = {"", "-wal"};
    for (size_t i = 0; i < 2; i++) {
        char path[128];
        size_t size;
        snprintf(path, sizeof path, "%s%s", bench->path, ends[i]);
        char *text = file_text(path, &size);
        if (text == NULL)
            continue;
        hashed = hashed || memmem(text, size, "$argon2id$v=19$m=65536,t=2,p=1$", 31) != NULL;
        assert_null(memmem(text, size, "73519264", 8));
        assert_null(memmem(text, size, "62518473", 8));
        free(text);
    }
    assert_true(hashed);
}

static void execute(struct bench *bench, const char *sql)
{
    sqlite3 *db;
    assert_int_equal(sqlite3_open(bench->path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static void a_guess_that_could_not_be_looked_at_costs_no_try(void **state)
{
    struct bench *bench = *state;
    assert_int_equal(set_pin(bench, ZOE, "1234"), STATUS_ok);
    execute(bench, "UPDATE pin SET hash = replace(hash, 'm=65536', 'm=6x536')");
    for (int i = 0; i < 5; i++)
        assert_int_equal(guess(bench, ZOE, "1234"), STATUS_unavailable);
    execute(bench, "UPDATE pin SET hash = replace(hash, 'm=6x536', 'm=65536')");
    assert_int_equal(guess(bench, ZOE, "9999"), STATUS_wrong_pin);
    assert_int_equal(guess(bench, ZOE, "1234"), STATUS_ok);
}

static void a_registry_from_before_there_were_pins_is_taken_along(void **state)
{
    struct bench *bench = *state;
    registry_close(&bench->registry);
    execute(bench, "DROP TABLE pin; PRAGMA user_version = 1");
    reopen(bench);
    assert_true(registry_has_key(bench->registry, ROLE_ATM));
    assert_int_equal(set_pin(bench, ZOE, "1234"), STATUS_ok);
    assert_int_equal(guess(bench, ZOE, "1234"), STATUS_ok);
}

static void a_try_that_cannot_be_counted_is_no_try(void **state)
{
    struct bench *bench = *state;
    assert_int_equal(set_pin(bench, ZOE, "1234"), STATUS_ok);
    log_set_level(LOG_ERROR + 1);
    execute(bench,
            "CREATE TRIGGER full BEFORE UPDATE ON pin BEGIN SELECT raise(ABORT, 'disk'); END");
    uint64_t checks = metric_get(METRIC_pin_checks_total);
    assert_int_equal(guess(bench, ZOE, "1234"), STATUS_unavailable);
    assert_int_equal(guess(bench, BOB, "1234"), STATUS_unavailable);
    assert_int_equal(set_pin(bench, ZOE, "4321"), STATUS_unavailable);
    assert_int_equal(metric_get(METRIC_pin_checks_total), checks);
    execute(bench, "DROP TRIGGER full");
    assert_int_equal(guess(bench, ZOE, "4321"), STATUS_wrong_pin);
    assert_int_equal(guess(bench, ZOE, "1234"), STATUS_ok);
}

/* ---- the pool */

struct slow_job {
    struct pin_job job;
    sem_t *gate, *done;
};

static void wait_at_gate(struct pin_job *job)
{
    struct slow_job *slow = (struct slow_job *)(void *)job;
    assert_int_equal(sem_wait(slow->gate), 0);
    assert_int_equal(sem_post(slow->done), 0);
}

static void the_pool_takes_so_many_and_loses_none(void **state)
{
    (void)state;
    enum { JOBS = PIN_POOL_THREADS + PIN_POOL_QUEUE_MAX };
    static struct slow_job jobs[JOBS + 1];
    sem_t gate, done;
    assert_int_equal(sem_init(&gate, 0, 0), 0);
    assert_int_equal(sem_init(&done, 0, 0), 0);
    struct pin_pool *pool = pin_pool_start();
    assert_non_null(pool);
    size_t taken = 0;
    /* Not all of the first ones may have reached a thread when the queue is full. */
    for (; taken < JOBS + 1; taken++) {
        jobs[taken] = (struct slow_job){.job.run = wait_at_gate, .gate = &gate, .done = &done};
        if (!pin_pool_submit(pool, &jobs[taken].job))
            break;
    }
    assert_in_range(taken, PIN_POOL_QUEUE_MAX, JOBS);
    for (size_t i = 0; i < taken; i++)
        assert_int_equal(sem_post(&gate), 0);
    for (size_t i = 0; i < taken; i++)
        assert_int_equal(sem_wait(&done), 0);
    pin_pool_stop(&pool);
    assert_null(pool);
    assert_int_equal(sem_destroy(&gate), 0);
    assert_int_equal(sem_destroy(&done), 0);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(the_right_pin_opens_a_session),
        CASE(a_pin_never_set_is_wrong_and_costs_a_check),
        CASE(three_wrong_pins_lock_it_until_a_new_one_is_set),
        CASE(the_right_pin_gives_all_tries_back),
        CASE(tries_and_locks_outlive_a_restart_and_sessions_do_not),
        CASE(a_new_pin_ends_the_accounts_sessions_and_no_others),
        CASE(revoking_the_machines_key_ends_its_sessions),
        CASE(racing_guesses_are_three_and_no_more),
        CASE(no_session_of_the_old_pin_is_left),
        CASE(only_argon2id_is_on_disk),
        CASE(a_guess_that_could_not_be_looked_at_costs_no_try),
        CASE(a_registry_from_before_there_were_pins_is_taken_along),
        CASE(a_try_that_cannot_be_counted_is_no_try),
        cmocka_unit_test(the_pool_takes_so_many_and_loses_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
