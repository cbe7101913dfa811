#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "host/folder.h"

static char root[64];

static int make_root(void **state)
{
    (void)state;
    snprintf(root, sizeof(root), "/tmp/test-folder-XXXXXX");
    return mkdtemp(root) == NULL;
}

static int remove_root(void **state)
{
    (void)state;
    char command[128];
    snprintf(command, sizeof(command), "rm -rf %s", root);
    return system(command);
}

static const char *in_root(const char *name)
{
    static char path[256];
    snprintf(path, sizeof(path), "%s/%s", root, name);
    return path;
}

/* Messages of refusals are for people; here they would only be noise. */
static bool opens_quietly(struct folder *folder, const char *path, bool create)
{
    fflush(stderr);
    int saved = dup(STDERR_FILENO);
    int null = open("/dev/null", O_WRONLY);
    assert_true(saved >= 0 && null >= 0 && dup2(null, STDERR_FILENO) >= 0);
    bool opened = folder_open(folder, path, create);
    fflush(stderr);
    assert_true(dup2(saved, STDERR_FILENO) >= 0);
    close(saved);
    close(null);
    return opened;
}

static void a_new_folder_is_private_and_its_parents_are_made(void **state)
{
    (void)state;
    struct folder folder;
    struct stat info;
    assert_true(folder_open(&folder, in_root("a/b/c"), true));
    assert_int_equal(stat(in_root("a/b/c"), &info), 0);
    assert_true(S_ISDIR(info.st_mode));
    assert_int_equal(info.st_mode & 0777, 0700);
    folder_close(&folder);
    assert_true(folder_open(&folder, in_root("a/b/c"), true));
    folder_close(&folder);
}

static void a_missing_folder_is_not_made_unless_asked(void **state)
{
    (void)state;
    struct folder folder;
    assert_false(opens_quietly(&folder, in_root("none"), false));
    assert_int_equal(access(in_root("none"), F_OK), -1);
}

static void what_is_no_folder_is_refused(void **state)
{
    (void)state;
    struct folder folder;
    assert_true(file_write_atomic(in_root("file"), "x", 1, 0600));
    assert_false(opens_quietly(&folder, in_root("file"), true));
    assert_false(opens_quietly(&folder, in_root("file"), false));
    assert_false(opens_quietly(&folder, in_root("file/below"), true));
    assert_false(opens_quietly(&folder, "", true));
    char long_path[FOLDER_PATH_MAX];
    memset(long_path, 'x', sizeof(long_path));
    long_path[sizeof(long_path) - 1] = '\0';
    assert_false(opens_quietly(&folder, long_path, true));
}

static void paths_of_files_are_below_the_folder(void **state)
{
    (void)state;
    struct folder folder;
    char path[FOLDER_PATH_MAX], given[256];
    snprintf(given, sizeof(given), "%s//", in_root("d"));
    assert_true(folder_open(&folder, given, true));
    assert_string_equal(folder.path, in_root("d"));
    folder_file(&folder, "journal.db", path);
    assert_string_equal(path, in_root("d/journal.db"));
    folder_close(&folder);
    assert_true(folder_open(&folder, "/", false));
    assert_string_equal(folder.path, "/");
    folder_close(&folder);
}

static void the_lock_has_one_holder(void **state)
{
    (void)state;
    struct folder first, second;
    assert_true(folder_open(&first, in_root("d"), true));
    assert_true(folder_open(&second, in_root("d"), true));
    assert_int_equal(folder_lock(&first), FOLDER_LOCKED);
    assert_int_equal(folder_lock(&second), FOLDER_BUSY);
    folder_close(&first);
    assert_int_equal(folder_lock(&second), FOLDER_LOCKED);
    folder_close(&second);
}

static void the_holder_says_where_it_answers(void **state)
{
    (void)state;
    struct folder daemon, tool;
    char endpoint[64] = "old";
    assert_true(folder_open(&daemon, in_root("d"), true));
    assert_true(folder_open(&tool, in_root("d"), false));
    assert_false(folder_holder(&tool, endpoint, sizeof(endpoint)));
    assert_string_equal(endpoint, "");

    assert_int_equal(folder_lock(&daemon), FOLDER_LOCKED);
    assert_true(folder_holder(&tool, endpoint, sizeof(endpoint)));
    assert_string_equal(endpoint, "");

    assert_true(folder_announce(&daemon, "ipc:///var/lib/teller/teller.sock"));
    assert_true(folder_announce(&daemon, "tcp://127.0.0.1:5555"));
    assert_true(folder_holder(&tool, endpoint, sizeof(endpoint)));
    assert_string_equal(endpoint, "tcp://127.0.0.1:5555");

    char expected[64], contents[64];
    size_t size;
    assert_true(file_read_small(in_root("d/teller.lock"), contents, sizeof(contents), &size));
    snprintf(expected, sizeof(expected), "%ld tcp://127.0.0.1:5555\n", (long)getpid());
    assert_int_equal(size, strlen(expected));
    assert_memory_equal(contents, expected, size);

    folder_close(&daemon);
    assert_false(folder_holder(&tool, endpoint, sizeof(endpoint)));
    assert_string_equal(endpoint, "");
    folder_close(&tool);
}

static void an_endpoint_that_does_not_fit_is_left_empty(void **state)
{
    (void)state;
    struct folder daemon, tool;
    char endpoint[21];
    assert_true(folder_open(&daemon, in_root("d"), true));
    assert_true(folder_open(&tool, in_root("d"), false));
    assert_int_equal(folder_lock(&daemon), FOLDER_LOCKED);
    assert_true(folder_announce(&daemon, "tcp://127.0.0.1:5555"));
    assert_true(folder_holder(&tool, endpoint, 21));
    assert_string_equal(endpoint, "tcp://127.0.0.1:5555");
    assert_true(folder_holder(&tool, endpoint, 20));
    assert_string_equal(endpoint, "");
    folder_close(&daemon);
    folder_close(&tool);
}

static void the_lock_is_gone_with_its_process_however_it_ends(void **state)
{
    (void)state;
    struct folder folder;
    assert_true(folder_open(&folder, in_root("d"), true));
    int ready[2];
    assert_int_equal(pipe(ready), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        struct folder mine;
        bool locked = folder_open(&mine, folder.path, false) && folder_lock(&mine) == FOLDER_LOCKED;
        ssize_t told = write(ready[1], locked ? "y" : "n", 1);
        (void)told;
        pause();
        _exit(0);
    }
    char answer;
    assert_int_equal(read(ready[0], &answer, 1), 1);
    assert_int_equal(answer, 'y');
    assert_int_equal(folder_lock(&folder), FOLDER_BUSY);
    kill(child, SIGKILL);
    assert_int_equal(waitpid(child, NULL, 0), child);
    assert_int_equal(folder_lock(&folder), FOLDER_LOCKED);
    folder_close(&folder);
    close(ready[0]);
    close(ready[1]);
}

static void small_files_are_written_whole_with_their_mode(void **state)
{
    (void)state;
    char out[16];
    size_t size = 99;
    struct stat info;
    mode_t mask = umask(0077);
    assert_true(file_write_atomic(in_root("f"), "first and long", 14, 0600));
    assert_true(file_write_atomic(in_root("f"), "second", 6, 0644));
    umask(mask);
    assert_true(file_read_small(in_root("f"), out, sizeof(out), &size));
    assert_int_equal(size, 6);
    assert_memory_equal(out, "second", 6);
    assert_int_equal(stat(in_root("f"), &info), 0);
    assert_int_equal(info.st_mode & 0777, 0644);
    assert_int_equal(access(in_root("f.new"), F_OK), -1);
    assert_true(file_write_atomic(in_root("f"), "", 0, 0600));
    assert_true(file_read_small(in_root("f"), out, sizeof(out), &size));
    assert_int_equal(size, 0);
}

static void a_leftover_of_a_crash_is_in_nobody_s_way(void **state)
{
    (void)state;
    char out[16];
    size_t size;
    struct stat info;
    assert_true(file_write_atomic(in_root("f.new"), "half", 4, 0666));
    assert_true(file_write_atomic(in_root("f"), "whole", 5, 0600));
    assert_true(file_read_small(in_root("f"), out, sizeof(out), &size));
    assert_memory_equal(out, "whole", 5);
    assert_int_equal(stat(in_root("f"), &info), 0);
    assert_int_equal(info.st_mode & 0777, 0600);
}

static void a_write_that_fails_leaves_the_old_file(void **state)
{
    (void)state;
    assert_false(file_write_atomic(in_root("no/such/folder"), "x", 1, 0600));
    assert_int_equal(errno, ENOENT);
    assert_int_equal(mkdir(in_root("target"), 0700), 0);
    assert_true(file_write_atomic(in_root("target/inside"), "x", 1, 0600));
    assert_false(file_write_atomic(in_root("target"), "x", 1, 0600));
    assert_int_equal(access(in_root("target/inside"), F_OK), 0);
    assert_int_equal(access(in_root("target.new"), F_OK), -1);
}

static void a_file_larger_than_the_bound_is_not_read(void **state)
{
    (void)state;
    char out[8];
    size_t size = 99;
    assert_true(file_write_atomic(in_root("f"), "12345678", 8, 0600));
    assert_true(file_read_small(in_root("f"), out, 8, &size));
    assert_int_equal(size, 8);
    size = 99;
    assert_false(file_read_small(in_root("f"), out, 7, &size));
    assert_int_equal(errno, EFBIG);
    assert_int_equal(size, 99);
    assert_false(file_read_small(in_root("none"), out, 8, &size));
    assert_int_equal(errno, ENOENT);
    assert_false(file_read_small(root, out, 8, &size));
}

static void only_folders_are_synced_as_folders(void **state)
{
    (void)state;
    assert_true(folder_fsync(root));
    assert_true(file_write_atomic(in_root("f"), "x", 1, 0600));
    assert_false(folder_fsync(in_root("f")));
    assert_false(folder_fsync(in_root("none")));
}

static void the_default_folder_depends_on_who_asks(void **state)
{
    (void)state;
    char path[FOLDER_PATH_MAX];
    if (geteuid() == 0) {
        assert_true(folder_default(path));
        assert_string_equal(path, "/var/lib/teller");
        /* The same question as somebody else, in a process of his own. */
        pid_t child = fork();
        if (child == 0) {
            bool right = setuid(65534) == 0;
            setenv("XDG_DATA_HOME", "/data/home", 1);
            right = right && folder_default(path) && strcmp(path, "/data/home/teller") == 0;
            setenv("XDG_DATA_HOME", "not/absolute", 1);
            setenv("HOME", "/home/zoe", 1);
            right =
                right && folder_default(path) && strcmp(path, "/home/zoe/.local/share/teller") == 0;
            _exit(right ? 0 : 1);
        }
        int how;
        assert_int_equal(waitpid(child, &how, 0), child);
        assert_true(WIFEXITED(how));
        assert_int_equal(WEXITSTATUS(how), 0);
        return;
    }
    setenv("XDG_DATA_HOME", "/data/home", 1);
    assert_true(folder_default(path));
    assert_string_equal(path, "/data/home/teller");
    unsetenv("XDG_DATA_HOME");
    setenv("HOME", "/home/zoe", 1);
    assert_true(folder_default(path));
    assert_string_equal(path, "/home/zoe/.local/share/teller");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_root, remove_root)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_new_folder_is_private_and_its_parents_are_made),
        TEST(a_missing_folder_is_not_made_unless_asked),
        TEST(what_is_no_folder_is_refused),
        TEST(paths_of_files_are_below_the_folder),
        TEST(the_lock_has_one_holder),
        TEST(the_holder_says_where_it_answers),
        TEST(an_endpoint_that_does_not_fit_is_left_empty),
        TEST(the_lock_is_gone_with_its_process_however_it_ends),
        TEST(small_files_are_written_whole_with_their_mode),
        TEST(a_leftover_of_a_crash_is_in_nobody_s_way),
        TEST(a_write_that_fails_leaves_the_old_file),
        TEST(a_file_larger_than_the_bound_is_not_read),
        TEST(only_folders_are_synced_as_folders),
        TEST(the_default_folder_depends_on_who_asks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
