#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/check.h"

static void a_check_that_holds_does_nothing(void **state)
{
    (void)state;
    int evaluated = 0;
    CHECK(++evaluated == 1);
    assert_int_equal(evaluated, 1);
}

static void a_check_that_fails_says_where_and_stops_the_process(void **state)
{
    (void)state;
    int pipe_fds[2];
    assert_int_equal(pipe(pipe_fds), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        signal(SIGABRT, SIG_DFL);
        dup2(pipe_fds[1], STDERR_FILENO);
        CHECK(1 + 1 == 3);
        _exit(0);
    }
    close(pipe_fds[1]);
    char said[512] = "";
    size_t size = 0;
    ssize_t got;
    while ((got = read(pipe_fds[0], said + size, sizeof(said) - 1 - size)) > 0) {
        size += (size_t)got;
    }
    close(pipe_fds[0]);
    int how;
    assert_int_equal(waitpid(child, &how, 0), child);
    assert_true(WIFSIGNALED(how));
    assert_int_equal(WTERMSIG(how), SIGABRT);
    assert_non_null(strstr(said, "test_check.c"));
    assert_non_null(strstr(said, "1 + 1 == 3"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_check_that_holds_does_nothing),
        cmocka_unit_test(a_check_that_fails_says_where_and_stops_the_process),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
