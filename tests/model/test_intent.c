#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "model/intent_folder.h"

static struct intent example(const char *key)
{
    struct intent intent = {.op = OP_TRANSFER_MONEY,
                            .account = 1000000420,
                            .to = 1000000495,
                            .amount = {123456},
                            .currency = 978,
                            .at = 1772632931000000,
                            .who = 0xfedcba9876543210u};
    (void)snprintf(intent.key, sizeof intent.key, "%s", key);
    (void)snprintf(intent.owner, sizeof intent.owner, "González, Zoë");
    (void)snprintf(intent.to_owner, sizeof intent.to_owner, "Gonzaga, Li 李");
    (void)snprintf(intent.reference, sizeof intent.reference, "Rent = 5");
    (void)snprintf(intent.endpoint, sizeof intent.endpoint, "ipc:///run/teller.sock");
    return intent;
}

static void what_is_written_is_read_again(void **state)
{
    (void)state;
    struct intent intent = example("teller-00ff");
    struct intent again;
    struct bytes text;
    bytes_init(&text, INTENT_TEXT_MAX);
    intent_write(&intent, &text);
    assert_true(intent_read(bytes_text(&text), &again));
    assert_string_equal(again.key, intent.key);
    assert_int_equal(again.op, intent.op);
    assert_int_equal(again.account, intent.account);
    assert_int_equal(again.to, intent.to);
    assert_int_equal(again.amount.minor, intent.amount.minor);
    assert_int_equal(again.currency, intent.currency);
    assert_int_equal(again.at, intent.at);
    assert_true(again.who == intent.who);
    assert_string_equal(again.owner, intent.owner);
    assert_string_equal(again.to_owner, intent.to_owner);
    assert_string_equal(again.reference, intent.reference);
    assert_string_equal(again.endpoint, intent.endpoint);
    assert_int_equal(again.state, INTENT_UNKNOWN);
    assert_true(again.recovered);
    bytes_close(&text);
}

static void names_with_control_characters_do_not_break_the_file(void **state)
{
    (void)state;
    struct intent intent = example("teller-1");
    struct intent again;
    struct bytes text;
    bytes_init(&text, INTENT_TEXT_MAX);
    (void)snprintf(intent.owner, sizeof intent.owner, "a\nend\n\033[2J\xc2\x9b\xff");
    intent_write(&intent, &text);
    assert_false(text.overflow);
    assert_true(intent_read(bytes_text(&text), &again));
    assert_string_equal(again.owner, "a?end??[2J??");
    bytes_close(&text);
}

static void the_longest_texts_fit(void **state)
{
    (void)state;
    struct intent intent = example("teller-1");
    struct intent again;
    struct bytes text;
    bytes_init(&text, INTENT_TEXT_MAX);
    memset(intent.key, 'k', sizeof intent.key - 1);
    memset(intent.owner, 'o', sizeof intent.owner - 1);
    memset(intent.to_owner, 't', sizeof intent.to_owner - 1);
    memset(intent.reference, 'r', sizeof intent.reference - 1);
    memset(intent.endpoint, 'e', sizeof intent.endpoint - 1);
    intent_write(&intent, &text);
    assert_false(text.overflow);
    assert_true(intent_read(bytes_text(&text), &again));
    assert_string_equal(again.owner, intent.owner);
    bytes_close(&text);
}

static void damaged_files_are_refused(void **state)
{
    (void)state;
    struct intent intent = example("teller-00ff");
    struct intent again;
    struct bytes text;
    bytes_init(&text, INTENT_TEXT_MAX);
    intent_write(&intent, &text);
    for (size_t size = 0; size < text.size; size++) { /* cut off anywhere */
        assert_false(intent_read((struct text){(char *)text.data, size}, &again));
    }
    for (size_t i = 0; i < text.size; i++) { /* any byte changed: refused, or a sound intent */
        uint8_t old = text.data[i];
        for (int change = 1; change < 256; change += 37) {
            text.data[i] = (uint8_t)(old + change);
            if (intent_read(bytes_text(&text), &again)) {
                assert_true(again.op <= OP_TRANSFER_MONEY);
                assert_true(again.amount.minor >= 0);
            }
        }
        text.data[i] = old;
    }
    bytes_close(&text);
}

static void intents_are_shown_in_a_line(void **state)
{
    (void)state;
    struct intent intent = example("k");
    char text[INTENT_SHOW_MAX];
    assert_string_equal(intent_show(&intent, text),
                        "Transfer 1 234.56 EUR · 10000 00420 → 10000 00495");
    intent.op = OP_DEPOSIT_MONEY;
    assert_string_equal(intent_show(&intent, text), "Deposit 1 234.56 EUR · 10000 00420");
}

struct found {
    size_t count;
    char keys[8][INTENT_KEY_MAX];
};

static void remember(void *context, struct text text)
{
    struct found *found = context;
    struct intent intent;
    assert_true(intent_read(text, &intent));
    (void)snprintf(found->keys[found->count++], INTENT_KEY_MAX, "%s", intent.key);
}

static bool put(struct intent_store *store, const char *key)
{
    struct intent intent = example(key);
    struct bytes text;
    bytes_init(&text, INTENT_TEXT_MAX);
    intent_write(&intent, &text);
    bool done = store->put(store, key, bytes_text(&text));
    bytes_close(&text);
    return done;
}

static int make_folder(void **state)
{
    char *path = malloc(64);
    assert_non_null(path);
    (void)snprintf(path, 64, "/tmp/teller-intents-XXXXXX");
    assert_non_null(mkdtemp(path));
    *state = path;
    return 0;
}

static int remove_folder(void **state)
{
    char path[600];
    DIR *dir = opendir(*state);
    for (struct dirent *entry = readdir(dir); entry != NULL; entry = readdir(dir)) {
        (void)snprintf(path, sizeof path, "%s/%s", (char *)*state, entry->d_name);
        (void)unlink(path);
    }
    (void)closedir(dir);
    (void)rmdir(*state);
    free(*state);
    return 0;
}

static struct intent_store *open_folder(const char *path)
{
    char why[256];
    struct intent_store *store = intent_folder_open(path, why);
    assert_non_null(store);
    return store;
}

static void an_intent_survives_its_console_and_is_taken_over_once(void **state)
{
    struct intent_store *first = open_folder(*state);
    assert_true(put(first, "teller-a"));
    assert_true(put(first, "teller-b"));
    assert_true(first->remove(first, "teller-b"));
    first->close(first);

    struct found found = {0};
    struct intent_store *second = open_folder(*state);
    assert_true(second->recover(second, remember, &found));
    assert_int_equal(found.count, 1);
    assert_string_equal(found.keys[0], "teller-a");

    struct found none = {0};
    struct intent_store *third = open_folder(*state);
    assert_true(third->recover(third, remember, &none));
    assert_int_equal(none.count, 0);

    assert_true(second->remove(second, "teller-a"));
    second->close(second);
    assert_true(third->recover(third, remember, &none));
    assert_int_equal(none.count, 0);
    third->close(third);
}

static void what_a_living_console_has_open_is_its_own(void **state)
{
    struct intent_store *own = open_folder(*state);
    struct intent_store *other = open_folder(*state);
    struct found found = {0};
    assert_true(put(own, "teller-a"));
    assert_true(other->recover(other, remember, &found));
    assert_int_equal(found.count, 0);
    own->close(own);
    assert_true(other->recover(other, remember, &found));
    assert_int_equal(found.count, 1);
    other->close(other);
}

static void a_killed_console_leaves_its_intents_to_others(void **state)
{
    int ready[2];
    assert_int_equal(pipe(ready), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        char why[256];
        struct intent_store *store = intent_folder_open(*state, why);
        ssize_t written = store != NULL && put(store, "teller-a") ? write(ready[1], "x", 1) : 0;
        (void)written;
        for (;;) {
            (void)pause();
        }
    }
    char byte;
    assert_int_equal(read(ready[0], &byte, 1), 1);
    struct found found = {0};
    struct intent_store *store = open_folder(*state);
    assert_true(store->recover(store, remember, &found));
    assert_int_equal(found.count, 0);
    assert_int_equal(kill(child, SIGKILL), 0);
    assert_int_equal(waitpid(child, NULL, 0), child);
    assert_true(store->recover(store, remember, &found));
    assert_int_equal(found.count, 1);
    store->close(store);
    (void)close(ready[0]);
    (void)close(ready[1]);
}

static void a_key_is_never_stored_twice_and_strange_names_are_left_alone(void **state)
{
    struct intent_store *store = open_folder(*state);
    char path[600];
    assert_true(put(store, "teller-a"));
    (void)snprintf(path, sizeof path, "%s/.intent", (char *)*state);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    (void)fclose(file);
    struct found found = {0};
    struct intent_store *other = open_folder(*state);
    assert_true(other->recover(other, remember, &found));
    assert_int_equal(found.count, 0);
    assert_int_equal(access(path, F_OK), 0);
    assert_false(store->remove(store, "teller-never"));
    other->close(other);
    store->close(store);
}

static void a_folder_that_cannot_be_made_says_why(void **state)
{
    (void)state;
    char why[256] = "";
    assert_null(intent_folder_open("/proc/no/such/place", why));
    assert_non_null(strstr(why, "/proc/no/such/place"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_is_read_again),
        cmocka_unit_test(names_with_control_characters_do_not_break_the_file),
        cmocka_unit_test(the_longest_texts_fit),
        cmocka_unit_test(damaged_files_are_refused),
        cmocka_unit_test(intents_are_shown_in_a_line),
        cmocka_unit_test_setup_teardown(an_intent_survives_its_console_and_is_taken_over_once,
                                        make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(what_a_living_console_has_open_is_its_own, make_folder,
                                        remove_folder),
        cmocka_unit_test_setup_teardown(a_killed_console_leaves_its_intents_to_others, make_folder,
                                        remove_folder),
        cmocka_unit_test_setup_teardown(
            a_key_is_never_stored_twice_and_strange_names_are_left_alone, make_folder,
            remove_folder),
        cmocka_unit_test(a_folder_that_cannot_be_made_says_why),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
