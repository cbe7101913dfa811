#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/account_number.h"
#include "read/account_table.h"

static void every_account_is_found_while_the_table_grows(void **state)
{
    (void)state;
    struct account_table table;
    account_table_init(&table);
    for (uint32_t i = 1; i <= 20000; i++) {
        /* far apart, so that neither hash nor segments see a pattern */
        uint64_t account = account_from_sequence(i * 49999u % ACCOUNT_SEQUENCE_MAX);
        struct account_row *row = account_table_add(&table, account);
        row->version = i;
        assert_int_equal(account_row_number(row), account);
        for (uint32_t k = i; k > 0; k /= 2) {
            uint64_t older = account_from_sequence(k * 49999u % ACCOUNT_SEQUENCE_MAX);
            const struct account_row *found = account_table_find(&table, older);
            assert_non_null(found);
            assert_int_equal(found->version, k);
        }
    }
    assert_int_equal(table.count, 20000);
    account_table_close(&table);
}

static void an_account_that_is_not_there_is_not_found(void **state)
{
    (void)state;
    struct account_table table;
    account_table_init(&table);
    uint64_t account = account_from_sequence(100000001);
    assert_null(account_table_find(&table, account));
    assert_non_null(account_table_add(&table, account));
    assert_null(account_table_find(&table, account + 1)); /* the same but for the check digit */
    assert_null(account_table_find(&table, 0));
    assert_null(account_table_find(&table, UINT64_MAX));
    assert_null(account_table_find(&table, account + ((uint64_t)UINT32_MAX + 1) * 10));
    account_table_close(&table);
}

static void an_account_takes_at_most_80_bytes(void **state)
{
    (void)state;
    struct account_table table;
    account_table_init(&table);
    for (uint32_t i = 1; i <= 300000; i++) {
        assert_non_null(account_table_add(&table, account_from_sequence(i * 31)));
        if (i >= 100000 && i % 997 == 0)
            assert_true(account_table_memory(&table) <= (size_t)82 * i);
    }
    assert_true(account_table_memory(&table) <= (size_t)80 * table.count);
    account_table_close(&table);
}

static void a_table_loaded_in_bulk_finds_the_same(void **state)
{
    (void)state;
    static const uint32_t sizes[] = {0, 1, 4095, 4096, 4097, 50000};
    for (size_t s = 0; s < sizeof sizes / sizeof sizes[0]; s++) {
        struct account_table table;
        account_table_init(&table);
        for (uint32_t i = 1; i <= sizes[s]; i++)
            account_table_load(&table, account_from_sequence(i * 13))->version = i;
        assert_true(account_table_load_end(&table));
        for (uint32_t i = sizes[s] + 1; i <= sizes[s] + 5000; i++) /* and it grows as ever */
            account_table_add(&table, account_from_sequence(i * 13))->version = i;
        for (uint32_t i = 1; i <= sizes[s] + 5000; i++) {
            const struct account_row *row =
                account_table_find(&table, account_from_sequence(i * 13));
            assert_non_null(row);
            assert_int_equal(row->version, i);
            assert_null(account_table_find(&table, account_from_sequence(i * 13 + 1)));
        }
        account_table_close(&table);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_account_is_found_while_the_table_grows),
        cmocka_unit_test(an_account_that_is_not_there_is_not_found),
        cmocka_unit_test(an_account_takes_at_most_80_bytes),
        cmocka_unit_test(a_table_loaded_in_bulk_finds_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
