#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include <cmocka.h>

#include "host/config.h"

/* A process of the test's own: variables as "NAME=value", and one file. */
struct world {
    const char *argv[24];
    const char *variables[8];
    const char *file;
};

static const struct world *world;

static const char *fake_variable(const char *name)
{
    size_t size = strlen(name);
    for (size_t i = 0; world->variables[i] != NULL; i++) {
        if (strncmp(world->variables[i], name, size) == 0 && world->variables[i][size] == '=') {
            return world->variables[i] + size + 1;
        }
    }
    return NULL;
}

static bool fake_read_file(const char *path, void *out, size_t max, size_t *size)
{
    if (world->file == NULL || strcmp(path, "/etc/teller.conf") != 0) {
        errno = ENOENT;
        return false;
    }
    *size = strlen(world->file);
    if (*size > max) {
        errno = EFBIG;
        return false;
    }
    memcpy(out, world->file, *size);
    return true;
}

static bool fake_default_folder(char out[FOLDER_PATH_MAX])
{
    snprintf(out, FOLDER_PATH_MAX, "/home/zoe/teller");
    return true;
}

static bool no_default_folder(char out[FOLDER_PATH_MAX])
{
    (void)out;
    return false;
}

static int read_in(const struct world *of, struct config *config, char why[CONFIG_WHY_MAX])
{
    world = of;
    struct config_source source = {
        .argv = (char *const *)(uintptr_t)of->argv,
        .variable = fake_variable,
        .read_file = fake_read_file,
        .default_folder = fake_default_folder,
    };
    while (of->argv[source.argc] != NULL) {
        source.argc++;
    }
    return config_read(config, &source, why);
}

static struct config must_read(const struct world *of)
{
    struct config config;
    char why[CONFIG_WHY_MAX];
    int code = read_in(of, &config, why);
    assert_string_equal(why, "");
    assert_int_equal(code, EX_OK);
    return config;
}

static void must_refuse(const struct world *of, int expected_code, const char *expected_why)
{
    struct config config;
    char why[CONFIG_WHY_MAX];
    int code = read_in(of, &config, why);
    assert_string_equal(why, expected_why);
    assert_int_equal(code, expected_code);
}

static void without_options_the_defaults_of_the_contract_hold(void **state)
{
    (void)state;
    struct config config = must_read(&(struct world){0});
    assert_string_equal(config.data, "/home/zoe/teller");
    assert_string_equal(config.http, "127.0.0.1:8080");
    assert_int_equal(config.zmq_count, 2);
    assert_string_equal(config.zmq[0], "ipc:///home/zoe/teller/teller.sock");
    assert_string_equal(config.zmq[1], "tcp://127.0.0.1:5555");
    assert_false(config.open);
    assert_false(config.require_key);
    assert_int_equal(config.log_level, LOG_INFO);
    assert_string_equal(config.config, "");
    assert_false(config.help);
}

static void flags_set_every_option(void **state)
{
    (void)state;
    struct config config = must_read(&(struct world){
        .argv = {"--data", "/bank", "--http=[::1]:0", "--zmq", "tcp://127.0.0.1:*",
                 "--zmq=ipc:///run/t.sock", "--open", "--require-key", "--log-level", "debug"}});
    assert_string_equal(config.data, "/bank");
    assert_string_equal(config.http, "[::1]:0");
    assert_int_equal(config.zmq_count, 2);
    assert_string_equal(config.zmq[0], "tcp://127.0.0.1:*");
    assert_string_equal(config.zmq[1], "ipc:///run/t.sock");
    assert_true(config.open);
    assert_true(config.require_key);
    assert_int_equal(config.log_level, LOG_DEBUG);
}

static void the_default_socket_is_in_the_folder_that_was_given(void **state)
{
    (void)state;
    struct config config = must_read(&(struct world){.argv = {"--data", "/bank"}});
    assert_string_equal(config.zmq[0], "ipc:///bank/teller.sock");
}

static void flags_beat_variables_beat_the_file(void **state)
{
    (void)state;
    struct world of = {
        .argv = {"--config", "/etc/teller.conf"},
        .file = "data = /file\nhttp = 127.0.0.1:1\nzmq = tcp://127.0.0.1:1\n"
                "zmq = tcp://127.0.0.1:2\nopen = yes\nlog-level = error\nrequire-key=on\n",
    };
    struct config config = must_read(&of);
    assert_string_equal(config.data, "/file");
    assert_string_equal(config.http, "127.0.0.1:1");
    assert_int_equal(config.zmq_count, 2);
    assert_string_equal(config.zmq[1], "tcp://127.0.0.1:2");
    assert_true(config.open);
    assert_true(config.require_key);
    assert_int_equal(config.log_level, LOG_ERROR);
    assert_string_equal(config.config, "/etc/teller.conf");

    of.variables[0] = "TELLER_DATA=/variable";
    of.variables[1] = "TELLER_ZMQ=tcp://127.0.0.1:3,tcp://127.0.0.1:4,tcp://127.0.0.1:5";
    of.variables[2] = "TELLER_OPEN=no";
    of.variables[3] = "TELLER_LOG_LEVEL=warning";
    of.variables[4] = "TELLER_HTTP=";
    config = must_read(&of);
    assert_string_equal(config.data, "/variable");
    assert_string_equal(config.http, "127.0.0.1:1");
    assert_int_equal(config.zmq_count, 3);
    assert_string_equal(config.zmq[2], "tcp://127.0.0.1:5");
    assert_false(config.open);
    assert_true(config.require_key);
    assert_int_equal(config.log_level, LOG_WARNING);

    of.argv[2] = "--data=/flag";
    of.argv[3] = "--zmq=tcp://127.0.0.1:6";
    of.argv[4] = "--open=true";
    of.argv[5] = "--require-key=0";
    config = must_read(&of);
    assert_string_equal(config.data, "/flag");
    assert_int_equal(config.zmq_count, 1);
    assert_string_equal(config.zmq[0], "tcp://127.0.0.1:6");
    assert_true(config.open);
    assert_false(config.require_key);
}

static void a_variable_may_name_the_file_and_a_flag_another(void **state)
{
    (void)state;
    struct world of = {.variables = {"TELLER_CONFIG=/etc/teller.conf"}, .file = "open = yes"};
    assert_true(must_read(&of).open);
    of.argv[0] = "--config=/other";
    must_refuse(&of, EX_CONFIG,
                "cannot read the configuration file /other: No such file or directory");
}

static void the_file_may_have_comments_blanks_and_other_line_ends(void **state)
{
    (void)state;
    struct config config = must_read(&(struct world){
        .argv = {"--config=/etc/teller.conf"},
        .file = "# the bank\r\n\r\n   data=/srv/a#b   # here\r\n\thttp = 127.0.0.1:9 #\r\n#"});
    assert_string_equal(config.data, "/srv/a#b");
    assert_string_equal(config.http, "127.0.0.1:9");
    must_read(&(struct world){.argv = {"--config=/etc/teller.conf"}, .file = ""});
}

static void the_last_flag_of_a_kind_counts(void **state)
{
    (void)state;
    struct config config =
        must_read(&(struct world){.argv = {"--data=/a", "--data=/b", "--open", "--open=no"}});
    assert_string_equal(config.data, "/b");
    assert_false(config.open);
}

static void wrong_flags_are_refused_with_what_to_do(void **state)
{
    (void)state;
    static const struct {
        const char *argv[4], *why;
    } rows[] = {
        {{"--dta", "/x"}, "unknown option --dta; see tellerd serve --help"},
        {{"--dta=/x"}, "unknown option --dta; see tellerd serve --help"},
        {{"--Data", "/x"}, "unknown option --Data; see tellerd serve --help"},
        {{"/x"}, "unexpected argument '/x'; see tellerd serve --help"},
        {{"-d"}, "unexpected argument '-d'; see tellerd serve --help"},
        {{"--"}, "unexpected argument '--'; see tellerd serve --help"},
        {{""}, "unexpected argument ''; see tellerd serve --help"},
        {{"--open", "yes"}, "unexpected argument 'yes'; see tellerd serve --help"},
        {{"--data"}, "--data needs a value: DIR"},
        {{"--data", ""}, "data needs a value"},
        {{"--data="}, "data needs a value"},
        {{"--data=a\nb"}, "data has control characters in its value"},
        {{"--data=\xff"}, "data has control characters in its value"},
        {{"--open="}, "open needs a value"},
        {{"--open=maybe"}, "open is yes or no, not 'maybe'"},
        {{"--log-level=loud"}, "log-level is debug, info, warning or error, not 'loud'"},
        {{"--http=8080"}, "http wants ADDR:PORT, such as 127.0.0.1:8080, not '8080'"},
        {{"--http=:8080"}, "http wants ADDR:PORT, such as 127.0.0.1:8080, not ':8080'"},
        {{"--http=a:"}, "http wants ADDR:PORT, such as 127.0.0.1:8080, not 'a:'"},
        {{"--http=a:65536"}, "http wants ADDR:PORT, such as 127.0.0.1:8080, not 'a:65536'"},
        {{"--http=a:-1"}, "http wants ADDR:PORT, such as 127.0.0.1:8080, not 'a:-1'"},
        {{"--http=::1:80"}, "http wants ADDR:PORT, such as 127.0.0.1:8080, not '::1:80'"},
        {{"--http=[]:80"}, "http wants ADDR:PORT, such as 127.0.0.1:8080, not '[]:80'"},
        {{"--zmq=inproc://x"}, "zmq wants ipc://PATH or tcp://ADDR:PORT, not 'inproc://x'"},
        {{"--zmq=tcp://"}, "zmq wants ipc://PATH or tcp://ADDR:PORT, not 'tcp://'"},
        {{"--zmq=ipc://a,b"}, "zmq wants ipc://PATH or tcp://ADDR:PORT, not 'ipc://a,b'"},
        {{NULL}, NULL},
    };
    for (size_t i = 0; rows[i].why != NULL; i++) {
        struct world of = {0};
        memcpy(of.argv, rows[i].argv, sizeof(rows[i].argv));
        must_refuse(&of, EX_USAGE, rows[i].why);
    }
}

static void wrong_variables_are_refused_by_name(void **state)
{
    (void)state;
    must_refuse(&(struct world){.variables = {"TELLER_OPEN=perhaps"}}, EX_CONFIG,
                "TELLER_OPEN: open is yes or no, not 'perhaps'");
    must_refuse(&(struct world){.variables = {"TELLER_REQUIRE_KEY=2"}}, EX_CONFIG,
                "TELLER_REQUIRE_KEY: require-key is yes or no, not '2'");
    must_refuse(&(struct world){.variables = {"TELLER_ZMQ=tcp://a:1,"}}, EX_CONFIG,
                "TELLER_ZMQ: zmq needs a value");
}

static void wrong_lines_are_refused_by_number(void **state)
{
    (void)state;
    static const struct {
        const char *file, *why;
    } rows[] = {
        {"\n\nhtp = x:1", "/etc/teller.conf:3: unknown option 'htp'"},
        {"config = /x", "/etc/teller.conf:1: unknown option 'config'"},
        {"# one\nopen", "/etc/teller.conf:2: 'open' is no name = value"},
        {"open =", "/etc/teller.conf:1: open needs a value"},
        {"open = # yes", "/etc/teller.conf:1: open needs a value"},
        {"= yes", "/etc/teller.conf:1: unknown option ''"},
        {"open = yes\nopen = no", "/etc/teller.conf:2: open is given twice"},
        {"data = a\x01", "/etc/teller.conf:1: data has control characters in its value"},
        {"--open = yes", "/etc/teller.conf:1: unknown option '--open'"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        must_refuse(&(struct world){.argv = {"--config=/etc/teller.conf"}, .file = rows[i].file},
                    EX_CONFIG, rows[i].why);
    }
}

static void whoever_types_hears_of_the_flag_before_the_file(void **state)
{
    (void)state;
    must_refuse(&(struct world){.argv = {"--config=/none", "--wrong"}}, EX_USAGE,
                "unknown option --wrong; see tellerd serve --help");
}

static void bounds_hold(void **state)
{
    (void)state;
    static char path[FOLDER_PATH_MAX + 16];
    memset(path, 'x', sizeof(path) - 1);
    memcpy(path, "--data=", 7);
    must_refuse(&(struct world){.argv = {path}}, EX_USAGE, "data is longer than 1023 bytes");
    memcpy(path, "--zmq=tcp://", 12);
    must_refuse(&(struct world){.argv = {path}}, EX_USAGE, "zmq is longer than 255 bytes");

    struct world of = {0};
    for (size_t i = 0; i <= CONFIG_ZMQ_MAX; i++) {
        of.argv[i] = "--zmq=tcp://127.0.0.1:0";
    }
    must_refuse(&of, EX_USAGE, "zmq takes at most 8 endpoints");

    static char lines[CONFIG_FILE_MAX + 2];
    memset(lines, '\n', sizeof(lines) - 1);
    must_refuse(&(struct world){.argv = {"--config=/etc/teller.conf"}, .file = lines}, EX_CONFIG,
                "cannot read the configuration file /etc/teller.conf: File too large");
}

static void a_folder_too_deep_for_its_socket_wants_another_endpoint(void **state)
{
    (void)state;
    static char path[600];
    memset(path, 'x', sizeof(path) - 1);
    memcpy(path, "--data=/", 8);
    must_refuse(&(struct world){.argv = {path}}, EX_CONFIG,
                "the data folder's path is too long for its socket: give --zmq");
    struct config config = must_read(&(struct world){.argv = {path, "--zmq=tcp://127.0.0.1:0"}});
    assert_int_equal(config.zmq_count, 1);
}

static void without_a_home_the_folder_must_be_given(void **state)
{
    (void)state;
    struct world of = {0};
    world = &of;
    struct config_source source = {
        .argv = (char *const *)(uintptr_t)of.argv,
        .variable = fake_variable,
        .read_file = fake_read_file,
        .default_folder = no_default_folder,
    };
    struct config config;
    char why[CONFIG_WHY_MAX];
    assert_int_equal(config_read(&config, &source, why), EX_CONFIG);
    assert_string_equal(why, "there is no home to keep the data folder in: give --data");
}

static void help_and_version_win_over_what_follows(void **state)
{
    (void)state;
    assert_true(must_read(&(struct world){.argv = {"--help", "--wrong"}}).help);
    assert_true(must_read(&(struct world){.argv = {"--open", "-h"}}).help);
    assert_true(must_read(&(struct world){.argv = {"--version"}}).version);
    assert_false(must_read(&(struct world){.argv = {"--version"}}).help);
}

static void help_names_every_option(void **state)
{
    (void)state;
    static const char *names[] = {"--data DIR",        "--http ADDR:PORT", "--zmq ENDPOINT",
                                  "--open ",           "--require-key ",   "--config FILE",
                                  "--log-level LEVEL", "--help",           "--version"};
    struct bytes out;
    bytes_init(&out, 8192);
    config_help(&out);
    bytes_put_u8(&out, 0);
    assert_false(out.overflow);
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        assert_non_null(strstr((const char *)out.data, names[i]));
    }
    for (char *save, *line = strtok_r((char *)out.data, "\n", &save); line != NULL;
         line = strtok_r(NULL, "\n", &save)) {
        assert_true(strlen(line) <= 80);
    }
    bytes_close(&out);
}

static void the_options_of_webhooks_come_from_everywhere(void **state)
{
    (void)state;
    struct config config = must_read(&(struct world){
        .variables = {"TELLER_WEBHOOK_ALLOW=10.0.0.0/8,fd00::/8", "TELLER_WEBHOOK_SCHEDULE=1s,2s"},
        .argv = {"--webhook", "https://a.example/"}});
    assert_string_equal(config.webhook, "https://a.example/");
    assert_string_equal(config.webhook_schedule, "1s,2s");
    assert_int_equal(config.webhook_allow_count, 2);
    assert_string_equal(config.webhook_allow[1], "fd00::/8");
    config = must_read(&(struct world){
        .file = "webhook-allow = 10.0.0.0/8\nwebhook-allow = 10.1.0.0/16\n",
        .variables = {"TELLER_CONFIG=/etc/teller.conf"}});
    assert_int_equal(config.webhook_allow_count, 2);
    config = must_read(&(struct world){.variables = {"TELLER_WEBHOOK_ALLOW=10.0.0.0/8"},
                                       .argv = {"--webhook-allow=127.0.0.1"}});
    assert_int_equal(config.webhook_allow_count, 1);
    assert_string_equal(config.webhook_allow[0], "127.0.0.1");
    assert_string_equal(config.webhook, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_options_the_defaults_of_the_contract_hold),
        cmocka_unit_test(flags_set_every_option),
        cmocka_unit_test(the_default_socket_is_in_the_folder_that_was_given),
        cmocka_unit_test(flags_beat_variables_beat_the_file),
        cmocka_unit_test(a_variable_may_name_the_file_and_a_flag_another),
        cmocka_unit_test(the_file_may_have_comments_blanks_and_other_line_ends),
        cmocka_unit_test(the_last_flag_of_a_kind_counts),
        cmocka_unit_test(wrong_flags_are_refused_with_what_to_do),
        cmocka_unit_test(wrong_variables_are_refused_by_name),
        cmocka_unit_test(wrong_lines_are_refused_by_number),
        cmocka_unit_test(whoever_types_hears_of_the_flag_before_the_file),
        cmocka_unit_test(bounds_hold),
        cmocka_unit_test(a_folder_too_deep_for_its_socket_wants_another_endpoint),
        cmocka_unit_test(without_a_home_the_folder_must_be_given),
        cmocka_unit_test(help_and_version_win_over_what_follows),
        cmocka_unit_test(help_names_every_option),
        cmocka_unit_test(the_options_of_webhooks_come_from_everywhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
