#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>

#include "model/account_list.h"
#include "model/history.h"

/* Events from position `first` down to `last`, as the bank gives them. */
static struct list_result page(uint64_t first, uint64_t last, bool more)
{
    static struct history_event rows[2 * HISTORY_ROWS_MAX];
    size_t count = first >= last ? (size_t)(first - last + 1) : 0;
    for (size_t i = 0; i < count; i++) {
        rows[i] = (struct history_event){
            .event = {.type = EVENT_MONEY_DEPOSITED, .position = first - i, .reference = TEXT("r")},
            .seen_balance = {(int64_t)(first - i)}};
    }
    return (struct list_result){.data = {rows, count}, .has_more = more};
}

static void assert_rows(const struct history *history, uint64_t first, uint64_t last)
{
    assert_int_equal(history->count, first - last + 1);
    for (size_t i = 0; i < history->count; i++) {
        assert_int_equal(history->rows[i].position, first - i);
    }
}

static void older_pages_come_below_and_newer_rows_above(void **state)
{
    (void)state;
    struct history history = {0};
    struct list_result rows = page(100, 91, true);
    history_append(&history, &rows);
    rows = page(90, 81, false);
    history_append(&history, &rows);
    assert_rows(&history, 100, 81);
    assert_false(history.more);
    rows = page(103, 101, false);
    assert_int_equal(history_prepend(&history, &rows), 3);
    assert_rows(&history, 103, 81);
    history_close(&history);
}

static void rows_that_are_there_are_not_doubled(void **state)
{
    (void)state;
    struct history history = {0};
    struct list_result rows = page(100, 91, false);
    history_append(&history, &rows);
    assert_int_equal(history_prepend(&history, &rows), 0);
    rows = page(102, 95, true);
    assert_int_equal(history_prepend(&history, &rows), 2);
    assert_rows(&history, 102, 91);
    history_close(&history);
}

static void a_gap_drops_what_is_below_it(void **state)
{
    (void)state;
    struct history history = {0};
    struct list_result rows = page(100, 91, false);
    history_append(&history, &rows);
    rows = page(500, 301, true); /* and there are more between 301 and 100 */
    assert_int_equal(history_prepend(&history, &rows), 200);
    assert_rows(&history, 500, 301);
    assert_true(history.more);
    history_close(&history);
}

static void the_window_is_bounded(void **state)
{
    (void)state;
    struct history history = {0};
    struct list_result rows = page(2 * HISTORY_ROWS_MAX, HISTORY_ROWS_MAX - 5, true);
    history_append(&history, &rows);
    assert_int_equal(history.count, HISTORY_ROWS_MAX);
    assert_false(history.more);
    rows = page(2 * HISTORY_ROWS_MAX + 7, 2 * HISTORY_ROWS_MAX + 1, false);
    assert_int_equal(history_prepend(&history, &rows), 7);
    assert_int_equal(history.count, HISTORY_ROWS_MAX);
    assert_true(history.more);
    assert_int_equal(history.rows[0].position, 2 * HISTORY_ROWS_MAX + 7);
    history_close(&history);
}

static void an_account_moves_on_only_with_newer_events_of_its_own(void **state)
{
    (void)state;
    struct account_row row = {.account = 7, .position = 10, .balance = {5}};
    struct event event = {
        .type = EVENT_BALANCE_UPDATED, .account = 7, .position = 11, .version = 3, .balance = {9}};
    assert_true(account_row_apply(&row, &event));
    assert_int_equal(row.balance.minor, 9);
    event.position = 10;
    event.balance.minor = 1;
    assert_false(account_row_apply(&row, &event));
    event.position = 12;
    event.account = 8;
    assert_false(account_row_apply(&row, &event));
    event.account = 7;
    event.type = EVENT_MONEY_DEPOSITED;
    assert_false(account_row_apply(&row, &event));
    assert_int_equal(row.balance.minor, 9);
}

static void digits_and_blanks_are_an_account_number(void **state)
{
    (void)state;
    static const struct {
        const char *typed;
        const char *search;
    } rows[] = {{"10000 00420", "1000000420"},
                {"10000-004", "10000004"},
                {"gonz", "gonz"},
                {"anna 2", "anna 2"},
                {"", ""},
                {" - ", ""}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char digits[64];
        struct text search = account_search(text_of(rows[i].typed), digits, sizeof digits);
        assert_int_equal(search.size, text_of(rows[i].search).size);
        assert_memory_equal(search.data, rows[i].search, search.size);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(older_pages_come_below_and_newer_rows_above),
        cmocka_unit_test(rows_that_are_there_are_not_doubled),
        cmocka_unit_test(a_gap_drops_what_is_below_it),
        cmocka_unit_test(the_window_is_bounded),
        cmocka_unit_test(an_account_moves_on_only_with_newer_events_of_its_own),
        cmocka_unit_test(digits_and_blanks_are_an_account_number),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
