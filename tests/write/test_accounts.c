#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/account_number.h"
#include "write/accounts.h"

static struct account_state state_of(uint64_t account)
{
    return (struct account_state){
        .account = account,
        .version = account % 1000 + 1,
        .credits = (int64_t)account * 3,
        .debits = (int64_t)account,
        .balance = money((int64_t)account * 2),
        .currency = 978,
        .last_record = account % 7 + 1,
    };
}

static void add(struct accounts *accounts, uint32_t sequence)
{
    struct account_state state = state_of(account_from_sequence(sequence));
    accounts_add(accounts, &state);
}

static void an_account_is_found_after_any_number_of_openings(void **unused)
{
    (void)unused;
    struct accounts accounts;
    accounts_init(&accounts);
    assert_null(accounts_find(&accounts, account_from_sequence(1)));
    for (uint32_t i = 1; i <= 300000; i++) {
        add(&accounts, i);
    }
    for (uint32_t i = 1; i <= 300000; i++) {
        uint64_t account = account_from_sequence(i);
        const struct account_cell *cell = accounts_find(&accounts, account);
        assert_non_null(cell);
        assert_true(cell->account == account);
        assert_true(accounts_at(&accounts, i - 1) == cell);
    }
    for (uint32_t i = 300001; i <= 310000; i++) {
        assert_null(accounts_find(&accounts, account_from_sequence(i)));
    }
    accounts_close(&accounts);
}

static void a_state_never_moves_while_others_are_opened(void **unused)
{
    (void)unused;
    struct accounts accounts;
    accounts_init(&accounts);
    add(&accounts, 7);
    const struct account_cell *first = accounts_find(&accounts, account_from_sequence(7));
    for (uint32_t i = 8; i < 20000; i++) {
        add(&accounts, i);
    }
    assert_true(accounts_find(&accounts, account_from_sequence(7)) == first);
    accounts_close(&accounts);
}

/* Tenths of a byte for each of many accounts, at the worst moment one may look. */
static size_t bytes_an_account(uint32_t distance)
{
    struct accounts accounts;
    size_t worst = 0;
    accounts_init(&accounts);
    for (uint32_t i = 1; i <= 500000; i++) {
        add(&accounts, i * distance);
        if (i >= 200000 && i % 1000 == 0) {
            size_t each = accounts_memory(&accounts) * 10 / i;
            worst = each > worst ? each : worst;
        }
    }
    accounts_close(&accounts);
    return worst;
}

static void an_account_takes_about_32_bytes_and_39_with_a_number_from_elsewhere(void **unused)
{
    (void)unused;
    assert_in_range(bytes_an_account(1), 320, 330);
    assert_in_range(bytes_an_account(977), 370, 420);
}

/* Against a plain list: openings, and takings back of the newest ones. */
static void undone_openings_leave_no_trace(void **unused)
{
    (void)unused;
    enum { STEPS = 200000 };
    struct accounts accounts;
    uint32_t *sequences = calloc(STEPS, sizeof *sequences);
    size_t count = 0;
    uint32_t next = 1, random = 12345;
    assert_non_null(sequences);
    accounts_init(&accounts);
    for (int i = 0; i < STEPS; i++) {
        random = random * 1664525 + 1013904223;
        if (count > 0 && (random >> 16) % 100 < 45) {
            uint64_t account = account_from_sequence(sequences[--count]);
            accounts_remove_last(&accounts);
            assert_null(accounts_find(&accounts, account));
        } else {
            sequences[count] = next++;
            add(&accounts, sequences[count++]);
        }
        if (count > 0) {
            size_t pick = (random >> 8) % count;
            uint64_t account = account_from_sequence(sequences[pick]);
            assert_non_null(accounts_find(&accounts, account));
        }
    }
    assert_int_equal(accounts.count, count);
    for (size_t i = 0; i < count; i++) {
        assert_non_null(accounts_find(&accounts, account_from_sequence(sequences[i])));
    }
    while (count > 0) {
        accounts_remove_last(&accounts);
        count--;
    }
    for (uint32_t i = 1; i < next; i++) {
        assert_null(accounts_find(&accounts, account_from_sequence(i)));
    }
    free(sequences);
    accounts_close(&accounts);
}

static void a_table_loaded_in_bulk_finds_the_same(void **unused)
{
    (void)unused;
    const uint32_t sizes[] = {0, 1, 5, 1023, 1024, 1025, 120000};
    for (size_t s = 0; s < sizeof sizes / sizeof sizes[0]; s++) {
        struct accounts accounts;
        accounts_init(&accounts);
        accounts_load_begin(&accounts, sizes[s]);
        for (size_t slot = 0, here; slot < sizes[s]; slot += here) {
            struct account_cell *cells = accounts_room(&accounts, slot, &here);
            assert_in_range(here, 1, sizes[s] - slot);
            for (size_t i = 0; i < here; i++) {
                struct account_state state =
                    state_of(account_from_sequence((uint32_t)(slot + i + 1) * 31));
                account_cell_put(&cells[i], &state);
            }
        }
        assert_true(accounts_load_end(&accounts));
        assert_int_equal(accounts.count, sizes[s]);
        for (uint32_t i = 0; i < 20000; i++) { /* and it grows like any other */
            add(&accounts, (sizes[s] + i + 1) * 31);
        }
        for (uint32_t i = 1; i <= sizes[s] + 20000; i++) {
            uint64_t account = account_from_sequence(i * 31);
            assert_ptr_equal(accounts_find(&accounts, account), accounts_at(&accounts, i - 1));
            assert_null(accounts_find(&accounts, account_from_sequence(i * 31 + 1)));
        }
        accounts_close(&accounts);
    }
}

/* What is kept is what was given, to the last bit of what a state may hold. */
static void a_state_comes_back_as_it_was(void **unused)
{
    (void)unused;
    const uint64_t most = (UINT64_C(1) << 42) - 1;
    const struct account_state states[] = {
        state_of(account_from_sequence(1)),
        {.account = account_from_sequence(ACCOUNT_SEQUENCE_MAX),
         .credits = INT64_MAX,
         .debits = INT64_MAX - MONEY_MAX,
         .balance = money(MONEY_MAX),
         .version = most,
         .last_record = most,
         .currency = 999},
        {.account = 1, .version = 1, .currency = 8},
        {.account = 1, .credits = INT64_MAX, .debits = INT64_MAX, .version = 1, .last_record = 9},
    };
    for (size_t i = 0; i < sizeof states / sizeof states[0]; i++) {
        struct account_cell cell;
        struct account_state back;
        assert_true(account_cell_fits(&states[i]));
        memset(&cell, 0xff, sizeof cell);
        account_cell_put(&cell, &states[i]);
        account_cell_get(&cell, &back);
        assert_int_equal(back.account, states[i].account);
        assert_int_equal(back.balance.minor, states[i].balance.minor);
        assert_int_equal(back.credits, states[i].credits);
        assert_int_equal(back.debits, states[i].debits);
        assert_int_equal(back.version, states[i].version);
        assert_int_equal(back.last_record, states[i].last_record);
        assert_int_equal(back.currency, states[i].currency);
    }
}

static void what_cannot_be_kept_does_not_fit(void **unused)
{
    (void)unused;
    const struct account_state good = state_of(account_from_sequence(1));
    struct account_state states[] = {good, good, good, good, good, good, good};
    states[0].account = UINT64_C(1) << 34;
    states[1].currency = 1024;
    states[2].version = UINT64_C(1) << 42;
    states[3].last_record = UINT64_C(1) << 42;
    states[4].balance.minor++;
    states[5].credits = -1;
    states[5].balance.minor = -1 - states[5].debits;
    states[6].debits = -1;
    states[6].balance.minor = states[6].credits + 1;
    assert_true(account_cell_fits(&good));
    for (size_t i = 0; i < sizeof states / sizeof states[0]; i++) {
        assert_false(account_cell_fits(&states[i]));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_account_is_found_after_any_number_of_openings),
        cmocka_unit_test(a_state_never_moves_while_others_are_opened),
        cmocka_unit_test(an_account_takes_about_32_bytes_and_39_with_a_number_from_elsewhere),
        cmocka_unit_test(a_state_comes_back_as_it_was),
        cmocka_unit_test(what_cannot_be_kept_does_not_fit),
        cmocka_unit_test(undone_openings_leave_no_trace),
        cmocka_unit_test(a_table_loaded_in_bulk_finds_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
