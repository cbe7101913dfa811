#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/time.h"
#include "host/log.h"

static int saved_stderr;
static FILE *captured;

static int capture_begin(void **state)
{
    (void)state;
    saved_stderr = dup(STDERR_FILENO);
    captured = tmpfile();
    if (saved_stderr < 0 || captured == NULL) {
        return -1;
    }
    log_set_level(LOG_INFO);
    return dup2(fileno(captured), STDERR_FILENO) < 0;
}

static int capture_end(void **state)
{
    (void)state;
    int restored = dup2(saved_stderr, STDERR_FILENO);
    close(saved_stderr);
    return fclose(captured) != 0 || restored < 0;
}

/* What was logged, without its time; the time is checked here. */
static const char *logged(char *out, size_t size)
{
    ssize_t got = pread(fileno(captured), out, size - 1, 0);
    assert_true(got >= 0);
    out[got] = '\0';
    if (got == 0) {
        return out;
    }
    assert_memory_equal(out, "time=", 5);
    int64_t time;
    assert_true(time_parse((struct text){out + 5, TIME_TEXT_MAX - 1}, &time));
    return out + 5 + TIME_TEXT_MAX - 1;
}

static void a_line_has_time_level_room_message_and_pairs(void **state)
{
    (void)state;
    char out[1000];
    log_info("journal", "caught up with what was there records=%d path=\"%s\"", 7, "/a b");
    assert_string_equal(logged(out, sizeof(out)),
                        " level=info room=journal message=\"caught up with what was there\""
                        " records=7 path=\"/a b\"\n");
}

static void a_message_may_stand_alone(void **state)
{
    (void)state;
    char out[1000];
    log_error("rest", "a = b is \"quoted\" \\ here");
    assert_string_equal(logged(out, sizeof(out)),
                        " level=error room=rest message=\"a = b is \\\"quoted\\\" \\\\ here\"\n");
}

static void pairs_may_stand_alone(void **state)
{
    (void)state;
    char out[1000];
    log_warning("rest", "a=%d b=%d", 1, 2);
    assert_string_equal(logged(out, sizeof(out)),
                        " level=warning room=rest message=\"\" a=1 b=2\n");
}

static void control_characters_cannot_make_a_second_line(void **state)
{
    (void)state;
    char out[1000];
    log_info("rest", "odd\n\x1b[2J path=%s", "/\r\nlevel=error\x7f");
    assert_string_equal(logged(out, sizeof(out)),
                        " level=info room=rest message=\"odd\\x0a\\x1b[2J\""
                        " path=/\\x0d\\x0alevel=error\\x7f\n");
}

static void lines_below_the_level_are_left_out(void **state)
{
    (void)state;
    char out[1000];
    log_debug("rest", "hidden");
    assert_string_equal(logged(out, sizeof(out)), "");
    log_set_level(LOG_ERROR);
    log_warning("rest", "hidden");
    assert_string_equal(logged(out, sizeof(out)), "");
    log_set_level(LOG_DEBUG);
    log_debug("rest", "shown");
    assert_non_null(strstr(logged(out, sizeof(out)), "level=debug room=rest message=\"shown\""));
}

static void a_huge_message_is_cut_and_still_one_line(void **state)
{
    (void)state;
    static char huge[20000], out[20000];
    memset(huge, '\n', sizeof(huge) - 1);
    log_info("rest", "%s", huge);
    const char *line = logged(out, sizeof(out));
    size_t size = strlen(line);
    assert_true(size > 2000 && size < 10000);
    assert_ptr_equal(strchr(line, '\n'), line + size - 1);
}

static void *log_much(void *name)
{
    for (int i = 0; i < 200; i++) {
        log_info(name, "a line that must stay whole number=%d", i);
    }
    return NULL;
}

static void lines_of_several_threads_stay_whole(void **state)
{
    (void)state;
    pthread_t threads[4];
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, log_much, "room"), 0);
    }
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    }
    static char out[200000];
    ssize_t got = pread(fileno(captured), out, sizeof(out) - 1, 0);
    assert_true(got > 0);
    out[got] = '\0';
    int lines = 0;
    for (char *save, *line = strtok_r(out, "\n", &save); line != NULL;
         line = strtok_r(NULL, "\n", &save)) {
        assert_memory_equal(line, "time=", 5);
        assert_non_null(strstr(line, "\"a line that must stay whole\" number="));
        lines++;
    }
    assert_int_equal(lines, 800);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_line_has_time_level_room_message_and_pairs, capture_begin,
                                        capture_end),
        cmocka_unit_test_setup_teardown(a_message_may_stand_alone, capture_begin, capture_end),
        cmocka_unit_test_setup_teardown(pairs_may_stand_alone, capture_begin, capture_end),
        cmocka_unit_test_setup_teardown(control_characters_cannot_make_a_second_line, capture_begin,
                                        capture_end),
        cmocka_unit_test_setup_teardown(lines_below_the_level_are_left_out, capture_begin,
                                        capture_end),
        cmocka_unit_test_setup_teardown(a_huge_message_is_cut_and_still_one_line, capture_begin,
                                        capture_end),
        cmocka_unit_test_setup_teardown(lines_of_several_threads_stay_whole, capture_begin,
                                        capture_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
