#include <dirent.h>
#include <pthread.h>
#include <setjmp.h>
#include <sodium.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "registry/registry.h"

/* A registry on a folder of its own, with a clock that the test sets. */
struct bench {
    char folder[64], path[96];
    struct clock clock;
    int64_t now;
    struct registry *registry;
    struct arena arena;
    struct problem problem;
};

static int64_t bench_wall(struct clock *clock)
{
    return ((const struct bench *)((const char *)clock - offsetof(struct bench, clock)))->now;
}

static void reopen(struct bench *bench)
{
    registry_close(&bench->registry);
    bench->registry = registry_open(bench->path, &bench->clock, entropy_system());
}

static int set_up(void **state)
{
    struct bench *bench = calloc(1, sizeof *bench);
    assert_non_null(bench);
    strcpy(bench->folder, "/tmp/teller-registry-XXXXXX");
    assert_non_null(mkdtemp(bench->folder));
    snprintf(bench->path, sizeof bench->path, "%s/registry.db", bench->folder);
    bench->clock = (struct clock){.wall = bench_wall, .steady = bench_wall};
    bench->now = 1000;
    arena_init(&bench->arena, 0);
    reopen(bench);
    assert_non_null(bench->registry);
    *state = bench;
    return 0;
}

static int tear_down(void **state)
{
    struct bench *bench = *state;
    registry_close(&bench->registry);
    arena_close(&bench->arena);
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

static enum status create(struct bench *bench, const char *name, enum role role,
                          char key[REGISTRY_KEY_TEXT_MAX])
{
    struct create_key args = {.given = 3, .role = (uint8_t)role, .name = text_of(name)};
    struct key_result result;
    problem_clear(&bench->problem);
    enum status status =
        registry_create_key(bench->registry, &args, key, &result, &bench->arena, &bench->problem);
    if (status == STATUS_ok) {
        assert_true(text_is(result.key, key));
        assert_true(text_is(result.name, name));
        assert_int_equal(result.role, role);
        assert_int_equal(result.created_at, bench->now);
        assert_int_equal(result.revoked_at, 0);
    } else {
        assert_int_equal(bench->problem.status, status);
        assert_int_equal(key[0], '\0');
    }
    return status;
}

static bool comes_in(struct bench *bench, const char *key)
{
    struct principal who;
    return registry_authenticate(bench->registry, text_of(key), &who);
}

static struct list_result list(struct bench *bench)
{
    struct list_result out;
    problem_clear(&bench->problem);
    assert_int_equal(registry_list_keys(bench->registry, &out, &bench->arena, &bench->problem),
                     STATUS_ok);
    return out;
}

static enum status revoke_name(struct bench *bench, const char *name)
{
    problem_clear(&bench->problem);
    return registry_revoke_key(bench->registry, text_of(name), &bench->problem);
}

static void a_new_key_names_its_principal(void **state)
{
    struct bench *bench = *state;
    static const enum role roles[] = {ROLE_ADMIN, ROLE_TELLER, ROLE_ATM, ROLE_AUDITOR};
    for (size_t i = 0; i < 4; i++) {
        char key[REGISTRY_KEY_TEXT_MAX];
        struct principal who;
        assert_int_equal(create(bench, role_names[roles[i]], roles[i], key), STATUS_ok);
        assert_int_equal(strlen(key), 46);
        assert_int_equal(strncmp(key, "tk_", 3), 0);
        assert_true(registry_authenticate(bench->registry, text_of(key), &who));
        assert_string_equal(who.name, role_names[roles[i]]);
        assert_int_equal(who.role, roles[i]);
    }
}

static void a_wrong_key_does_not_come_in(void **state)
{
    struct bench *bench = *state;
    char key[REGISTRY_KEY_TEXT_MAX], other[REGISTRY_KEY_TEXT_MAX + 1];
    struct principal who;
    assert_int_equal(create(bench, "zoe", ROLE_TELLER, key), STATUS_ok);

    assert_false(registry_authenticate(bench->registry, (struct text){NULL, 0}, &who));
    assert_false(comes_in(bench, ""));
    assert_false(comes_in(bench, "tk_"));
    assert_false(comes_in(bench, key + 3));
    for (size_t i = 0; i < strlen(key); i++) {
        strcpy(other, key);
        other[i] = other[i] == 'A' ? 'B' : 'A';
        assert_false(comes_in(bench, other));
    }
    snprintf(other, sizeof other, "%s=", key);
    assert_false(comes_in(bench, other));
    assert_false(registry_authenticate(bench->registry, (struct text){key, 45}, &who));
    assert_true(comes_in(bench, key));
}

static void keys_of_one_name_come_in_side_by_side_and_are_revoked_together(void **state)
{
    struct bench *bench = *state;
    char old[REGISTRY_KEY_TEXT_MAX], new[REGISTRY_KEY_TEXT_MAX], other[REGISTRY_KEY_TEXT_MAX];
    assert_int_equal(create(bench, "desk-1", ROLE_TELLER, old), STATUS_ok);
    assert_int_equal(create(bench, "desk-1", ROLE_TELLER, new), STATUS_ok);
    assert_int_equal(create(bench, "desk-2", ROLE_TELLER, other), STATUS_ok);
    assert_string_not_equal(old, new);
    assert_true(comes_in(bench, old) && comes_in(bench, new));

    assert_int_equal(revoke_name(bench, "desk-1"), STATUS_ok);

    assert_false(comes_in(bench, old) || comes_in(bench, new));
    assert_true(comes_in(bench, other));
    assert_int_equal(revoke_name(bench, "desk-1"), STATUS_ok);
    /* The name is its owner's still: a new key for it is welcome. */
    assert_int_equal(create(bench, "desk-1", ROLE_TELLER, new), STATUS_ok);
    assert_true(comes_in(bench, new));
}

static void a_name_keeps_its_role_even_when_revoked(void **state)
{
    struct bench *bench = *state;
    char key[REGISTRY_KEY_TEXT_MAX];
    assert_int_equal(create(bench, "zoe", ROLE_TELLER, key), STATUS_ok);
    assert_int_equal(create(bench, "zoe", ROLE_ADMIN, key), STATUS_malformed_request);
    assert_string_equal(bench->problem.errors[0].pointer, "#/role");
    assert_int_equal(revoke_name(bench, "zoe"), STATUS_ok);
    assert_int_equal(create(bench, "zoe", ROLE_ADMIN, key), STATUS_malformed_request);
    assert_int_equal(list(bench).data.count, 1);
}

static void bad_names_and_roles_are_refused(void **state)
{
    struct bench *bench = *state;
    static const char *const names[] = {
        "",
        " ",
        "a b",
        "a/b",
        "a@b",
        "customer:1",
        "é",
        "a\n",
        "open",
        "import",
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    };
    char key[REGISTRY_KEY_TEXT_MAX];
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        assert_int_equal(create(bench, names[i], ROLE_TELLER, key), STATUS_malformed_request);
        assert_string_equal(bench->problem.errors[0].pointer, "#/name");
        assert_int_equal(revoke_name(bench, names[i]), STATUS_not_found);
    }
    struct create_key nul = {.given = 3, .role = ROLE_TELLER, .name = {"a\0b", 3}};
    struct key_result result;
    problem_clear(&bench->problem);
    assert_int_equal(
        registry_create_key(bench->registry, &nul, key, &result, &bench->arena, &bench->problem),
        STATUS_malformed_request);
    assert_int_equal(create(bench, "c", ROLE_CUSTOMER, key), STATUS_malformed_request);
    assert_int_equal(create(bench, "c", ROLE_COUNT, key), STATUS_malformed_request);
    assert_int_equal(list(bench).data.count, 0);

    char longest[REGISTRY_NAME_MAX + 1];
    memset(longest, 'a', REGISTRY_NAME_MAX);
    longest[REGISTRY_NAME_MAX] = '\0';
    assert_int_equal(create(bench, longest, ROLE_TELLER, key), STATUS_ok);
    assert_int_equal(create(bench, "A.b_9-", ROLE_TELLER, key), STATUS_ok);
}

static void an_unknown_name_cannot_be_revoked(void **state)
{
    struct bench *bench = *state;
    assert_int_equal(revoke_name(bench, "nobody"), STATUS_not_found);
    assert_int_equal(bench->problem.status, STATUS_not_found);
}

static void keys_and_revocations_outlive_a_restart(void **state)
{
    struct bench *bench = *state;
    char kept[REGISTRY_KEY_TEXT_MAX], gone[REGISTRY_KEY_TEXT_MAX];
    assert_false(registry_has_key(bench->registry, ROLE_AUDITOR));
    assert_int_equal(create(bench, "kept", ROLE_AUDITOR, kept), STATUS_ok);
    bench->now = 2000;
    assert_int_equal(create(bench, "gone", ROLE_ATM, gone), STATUS_ok);
    bench->now = 3000;
    assert_int_equal(revoke_name(bench, "gone"), STATUS_ok);
    bench->now = 4000;
    assert_int_equal(revoke_name(bench, "gone"), STATUS_ok);

    reopen(bench);

    assert_non_null(bench->registry);
    assert_true(registry_has_key(bench->registry, ROLE_AUDITOR));
    assert_false(registry_has_key(bench->registry, ROLE_ATM));
    assert_false(registry_has_key(bench->registry, ROLE_ADMIN));
    assert_true(comes_in(bench, kept));
    assert_false(comes_in(bench, gone));
    struct list_result all = list(bench);
    assert_int_equal(all.data.count, 2);
    const struct key_result *keys = all.data.items;
    assert_true(text_is(keys[0].name, "kept") && text_is(keys[1].name, "gone"));
    assert_null(keys[0].key.data);
    assert_int_equal(keys[0].role, ROLE_AUDITOR);
    assert_int_equal(keys[0].created_at, 1000);
    assert_int_equal(keys[0].revoked_at, 0);
    assert_int_equal(keys[1].created_at, 2000);
    assert_int_equal(keys[1].revoked_at, 3000); /* the first revocation counts */

    assert_int_equal(revoke_name(bench, "kept"), STATUS_ok);
    assert_false(registry_has_key(bench->registry, ROLE_AUDITOR));
}

static bool file_holds(const char *path, const void *data, size_t size)
{
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    static char content[1 << 20];
    size_t got = fread(content, 1, sizeof content, file);
    assert_int_equal(fclose(file), 0);
    return memmem(content, got, data, size) != NULL;
}

static void only_a_hash_is_on_disk(void **state)
{
    struct bench *bench = *state;
    char key[REGISTRY_KEY_TEXT_MAX];
    unsigned char secret[32], hash[32];
    size_t size;
    assert_int_equal(create(bench, "zoe", ROLE_TELLER, key), STATUS_ok);
    assert_int_equal(sodium_base642bin(secret, sizeof secret, key + 3, 43, NULL, &size, NULL,
                                       sodium_base64_VARIANT_URLSAFE_NO_PADDING),
                     0);
    assert_int_equal(size, 32);
    crypto_hash_sha256(hash, (const unsigned char *)key, strlen(key));

    unsigned files = 0;
    bool seen = false;
    DIR *folder = opendir(bench->folder);
    assert_non_null(folder);
    for (struct dirent *entry; (entry = readdir(folder)) != NULL;) {
        char path[512];
        if (entry->d_name[0] == '.')
            continue;
        snprintf(path, sizeof path, "%s/%s", bench->folder, entry->d_name);
        assert_false(file_holds(path, key, strlen(key)));
        assert_false(file_holds(path, key + 3, 20));
        assert_false(file_holds(path, secret, 16));
        seen = seen || file_holds(path, hash, sizeof hash);
        files++;
    }
    assert_int_equal(closedir(folder), 0);
    assert_true(files > 0 && seen);
}

/* Twice each, the second time as one that was seen before. All but every `without`th, from the
 * first on; 1: all of them; 0: none. */
static void then_some_come_in(struct bench *bench, char (*keys)[REGISTRY_KEY_TEXT_MAX], int count,
                              int without)
{
    for (int i = 0; i < 2 * count; i++) {
        struct principal who;
        char name[16];
        int key = i / 2;
        bool in = registry_authenticate(bench->registry, text_of(keys[key]), &who);
        assert_int_equal(in, without == 1 || (without > 1 && key % without != 0));
        if (!in)
            continue;
        snprintf(name, sizeof name, "n%d", key);
        assert_string_equal(who.name, name);
    }
}

static void many_keys_are_told_apart(void **state)
{
    struct bench *bench = *state;
    enum { KEYS = 300 };
    static char keys[KEYS][REGISTRY_KEY_TEXT_MAX];
    char name[16];
    for (int i = 0; i < KEYS; i++) {
        snprintf(name, sizeof name, "n%d", i);
        assert_int_equal(create(bench, name, ROLE_TELLER, keys[i]), STATUS_ok);
    }
    then_some_come_in(bench, keys, KEYS, 1);
    for (int i = 0; i < KEYS; i += 3) {
        snprintf(name, sizeof name, "n%d", i);
        assert_int_equal(revoke_name(bench, name), STATUS_ok);
        then_some_come_in(bench, keys + i, 1, 0);
    }
    then_some_come_in(bench, keys, KEYS, 3);
}

static void execute(struct bench *bench, const char *sql)
{
    sqlite3 *db;
    assert_int_equal(sqlite3_open(bench->path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static void a_file_of_another_kind_or_a_newer_one_is_left_alone(void **state)
{
    struct bench *bench = *state;
    registry_close(&bench->registry);
    execute(bench, "PRAGMA user_version = 3");
    reopen(bench);
    assert_null(bench->registry);
    execute(bench, "PRAGMA user_version = 1; PRAGMA application_id = 7");
    reopen(bench);
    assert_null(bench->registry);

    FILE *file = fopen(bench->path, "wb");
    assert_non_null(file);
    for (int i = 0; i < 1000; i++)
        assert_true(fputs("not a database ", file) >= 0);
    assert_int_equal(fclose(file), 0);
    reopen(bench);
    assert_null(bench->registry);
}

static void a_write_that_fails_leaves_no_key_behind(void **state)
{
    struct bench *bench = *state;
    char key[REGISTRY_KEY_TEXT_MAX], kept[REGISTRY_KEY_TEXT_MAX];
    assert_int_equal(create(bench, "zoe", ROLE_TELLER, kept), STATUS_ok);
    execute(bench, "CREATE TRIGGER no_insert BEFORE INSERT ON api_key"
                   " BEGIN SELECT raise(ABORT, 'disk'); END;"
                   "CREATE TRIGGER no_update BEFORE UPDATE ON api_key"
                   " BEGIN SELECT raise(ABORT, 'disk'); END;");

    assert_int_equal(create(bench, "ada", ROLE_TELLER, key), STATUS_unavailable);
    assert_int_equal(revoke_name(bench, "zoe"), STATUS_unavailable);

    assert_true(comes_in(bench, kept));
    assert_int_equal(list(bench).data.count, 1);
}

static void *come_in_often(void *context)
{
    void **both = context;
    struct principal who;
    for (int i = 0; i < 2000; i++) {
        if (!registry_authenticate(both[0], text_of(both[1]), &who))
            return "refused";
    }
    return NULL;
}

static void keys_are_checked_while_others_are_made(void **state)
{
    struct bench *bench = *state;
    char key[REGISTRY_KEY_TEXT_MAX], more[REGISTRY_KEY_TEXT_MAX];
    assert_int_equal(create(bench, "zoe", ROLE_TELLER, key), STATUS_ok);
    void *both[] = {bench->registry, key};
    pthread_t threads[2];
    for (int i = 0; i < 2; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, come_in_often, both), 0);
    for (int i = 0; i < 40; i++) {
        assert_int_equal(create(bench, "ada", ROLE_TELLER, more), STATUS_ok);
        if (i % 10 == 0)
            assert_int_equal(revoke_name(bench, "ada"), STATUS_ok);
    }
    for (int i = 0; i < 2; i++) {
        void *result;
        assert_int_equal(pthread_join(threads[i], &result), 0);
        assert_null(result);
    }
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(a_new_key_names_its_principal),
        CASE(a_wrong_key_does_not_come_in),
        CASE(keys_of_one_name_come_in_side_by_side_and_are_revoked_together),
        CASE(a_name_keeps_its_role_even_when_revoked),
        CASE(bad_names_and_roles_are_refused),
        CASE(an_unknown_name_cannot_be_revoked),
        CASE(keys_and_revocations_outlive_a_restart),
        CASE(only_a_hash_is_on_disk),
        CASE(many_keys_are_told_apart),
        CASE(a_file_of_another_kind_or_a_newer_one_is_left_alone),
        CASE(a_write_that_fails_leaves_no_key_behind),
        CASE(keys_are_checked_while_others_are_made),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
