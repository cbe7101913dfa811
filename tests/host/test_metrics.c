#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "host/metrics.h"

static void counting_and_setting_show(void **state)
{
    (void)state;
    metric_set(METRIC_journal_record, 40);
    metric_add(METRIC_journal_record, 5);
    metric_sub(METRIC_journal_record, 3);
    assert_true(metric_get(METRIC_journal_record) == 42);
}

static void *count_much(void *unused)
{
    (void)unused;
    for (int i = 0; i < 10000; i++) {
        metric_add(METRIC_queries_total, 1);
    }
    return NULL;
}

static void no_count_is_lost_between_threads(void **state)
{
    (void)state;
    pthread_t threads[4];
    metric_set(METRIC_queries_total, 0);
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, count_much, NULL), 0);
    }
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    }
    assert_true(metric_get(METRIC_queries_total) == 40000);
}

static void every_metric_is_printed_with_its_help_and_type(void **state)
{
    (void)state;
    struct bytes out;
    bytes_init(&out, 65536);
    metric_set(METRIC_commits_total, UINT64_MAX);
    metric_set(METRIC_rest_connections, 0);
    metrics_print(&out);
    bytes_put_u8(&out, 0);
    assert_false(out.overflow);
    const char *text = (const char *)out.data;
    assert_non_null(strstr(text, "# HELP teller_commits_total Batches committed to the journal.\n"
                                 "# TYPE teller_commits_total counter\n"
                                 "teller_commits_total 18446744073709551615\n"));
    assert_non_null(strstr(text, "# TYPE teller_rest_connections gauge\n"
                                 "teller_rest_connections 0\n"));
    unsigned types = 0;
    for (const char *at = text; (at = strstr(at, "# TYPE ")) != NULL; at++) {
        types++;
    }
    assert_int_equal(types, METRIC_COUNT);
    bytes_close(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counting_and_setting_show),
        cmocka_unit_test(no_count_is_lost_between_threads),
        cmocka_unit_test(every_metric_is_printed_with_its_help_and_type),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
