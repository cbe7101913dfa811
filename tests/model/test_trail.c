/* The window on an account's events, and the filter that asks for them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/time.h"
#include "model/trail.h"
#include "model/trail_filter.h"

#define EVENTS 20000 /* the account's: positions 1 ... EVENTS */

static struct history_event seen(uint64_t position)
{
    return (struct history_event){.event = {.type = EVENT_MONEY_DEPOSITED,
                                            .position = position,
                                            .actor = TEXT("ana"),
                                            .reference = TEXT("Rent")},
                                  .seen_change = {5}};
}

/* What the bank answers: positions below `before` and above `after`, newest first. */
static struct list_result page(uint64_t before, uint64_t after, size_t limit)
{
    static struct history_event rows[TRAIL_PAGE];
    static char next[64];
    struct list_result list = {.data = {.items = rows}};
    for (uint64_t at = before - 1; at > after; at--) {
        if (list.data.count == limit) {
            list.has_more = true;
            break;
        }
        rows[list.data.count++] = seen(at);
    }
    if (list.has_more) {
        (void)snprintf(next, sizeof next, "/accounts/1/history?before=%llu&limit=9",
                       (unsigned long long)rows[list.data.count - 1].event.position);
        list.next = text_of(next);
    }
    return list;
}

static void assert_rows(const struct trail *trail, uint64_t newest, size_t count)
{
    assert_int_equal(trail->count, count);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(trail->rows[i].seen.event.position, newest - i);
    }
}

static void a_row_keeps_its_own_texts(void **state)
{
    char text[] = "Rent";
    struct history_event one = seen(7);
    struct list_result list = {.data = {.items = &one, .count = 1}};
    struct trail trail = {0};
    struct movement movement;
    (void)state;
    one.event.reference = (struct text){text, 4};
    assert_int_equal(trail_append(&trail, &list), 0);
    memset(text, 'x', 4);
    trail_movement(&trail.rows[0], &movement);
    assert_string_equal(movement.reference, "Rent");
    assert_int_equal(movement.change.minor, 5);
    trail_close(&trail);
}

static void a_balance_says_itself_what_changed_and_names_its_cause(void **state)
{
    struct history_event one = {.event = {.type = EVENT_BALANCE_UPDATED,
                                          .position = 9,
                                          .cause = 8,
                                          .change = {-3},
                                          .balance = {4}}};
    struct list_result list = {.data = {.items = &one, .count = 1}};
    struct trail trail = {0};
    struct movement movement;
    (void)state;
    (void)trail_append(&trail, &list);
    trail_movement(&trail.rows[0], &movement);
    assert_int_equal(movement.change.minor, -3);
    assert_int_equal(movement.balance.minor, 4);
    assert_string_equal(movement.reference, "of #8");
    trail_close(&trail);
}

static void the_cursor_is_that_of_the_next_page_or_the_last_row(void **state)
{
    struct history_event one = seen(7);
    struct list_result list = {.data = {.items = &one, .count = 1}};
    (void)state;
    assert_int_equal(trail_cursor(&list), 7);
    list.next = TEXT("/accounts/1/history?before=3&limit=50");
    assert_int_equal(trail_cursor(&list), 3);
    list.next = TEXT("/accounts/1/history?limit=50&before=12");
    assert_int_equal(trail_cursor(&list), 12);
    list.next = TEXT("/accounts/1/history?before=99999999999999999999999");
    assert_int_equal(trail_cursor(&list), 0);
    list = (struct list_result){.has_more = true};
    assert_int_equal(trail_cursor(&list), 0);
}

static void an_empty_page_with_more_behind_it_goes_on(void **state)
{
    struct list_result list = {.has_more = true, .next = TEXT("/x?before=40")};
    struct trail trail = {0};
    (void)state;
    (void)trail_append(&trail, &list);
    assert_true(trail.older);
    assert_int_equal(trail.cursor, 40);
    list = (struct list_result){.has_more = true};
    (void)trail_append(&trail, &list); /* more, and no word where: that is the end */
    assert_false(trail.older);
    trail_close(&trail);
}

/* Down to the oldest and up again: what was pushed out comes back, row for row. */
static void paging_has_no_end_in_either_direction(void **state)
{
    struct trail trail = {0};
    size_t dropped = 0;
    (void)state;
    struct list_result list = page(EVENTS + 1, 0, TRAIL_PAGE);
    dropped += trail_append(&trail, &list);
    while (trail.older) {
        list = page(trail.cursor, 0, TRAIL_PAGE);
        dropped += trail_append(&trail, &list);
        assert_true(trail.count <= TRAIL_ROWS_MAX);
    }
    assert_rows(&trail, TRAIL_ROWS_MAX, TRAIL_ROWS_MAX);
    assert_int_equal(dropped, EVENTS - TRAIL_ROWS_MAX);
    while (trail.above_count > 0) {
        struct trail newer = {0};
        uint64_t before = trail.above[--trail.above_count];
        uint64_t after = trail.rows[0].seen.event.position;
        list = page(before != 0 ? before : EVENTS + 1, after, TRAIL_PAGE);
        (void)trail_append(&newer, &list);
        assert_false(newer.older);
        assert_int_equal(trail_prepend(&trail, &newer), TRAIL_PAGE);
        trail_close(&newer);
    }
    assert_rows(&trail, EVENTS, TRAIL_ROWS_MAX);
    assert_true(trail.older);
    assert_int_equal(trail.cursor, EVENTS - TRAIL_ROWS_MAX + 1);
    trail_close(&trail);
}

static void news_that_are_known_already_are_left_out(void **state)
{
    struct trail trail = {0};
    struct trail newer = {0};
    (void)state;
    struct list_result list = page(11, 0, TRAIL_PAGE);
    (void)trail_append(&trail, &list);
    list = page(14, 7, TRAIL_PAGE);
    (void)trail_append(&newer, &list);
    assert_int_equal(trail_prepend(&trail, &newer), 3);
    assert_rows(&trail, 13, 13);
    assert_int_equal(trail_prepend(&trail, &newer), 0);
    trail_close(&newer);
    trail_close(&trail);
}

/* More came at once than is kept: the top of it can be read again as well. */
static void a_flood_of_news_leaves_the_way_up_open(void **state)
{
    struct trail trail = {0};
    struct trail newer = {0};
    (void)state;
    struct list_result list = page(101, 0, TRAIL_PAGE);
    (void)trail_append(&trail, &list);
    list = page(EVENTS + 1, 100, TRAIL_PAGE);
    (void)trail_append(&newer, &list);
    while (newer.older) {
        list = page(newer.cursor, 100, TRAIL_PAGE);
        (void)trail_append(&newer, &list);
    }
    (void)trail_prepend(&trail, &newer);
    assert_int_equal(trail.count, TRAIL_ROWS_MAX);
    assert_true(trail.above_count > 0);
    assert_int_equal(trail.above[0], 0);
    assert_rows(&trail, TRAIL_ROWS_MAX, TRAIL_ROWS_MAX); /* next to what was there */
    trail_close(&newer);
    trail_close(&trail);
}

static void a_filter_becomes_a_question(void **state)
{
    struct trail_filter filter = {.kind = TRAIL_WITHDRAWALS,
                                  .has_from = true,
                                  .from = 100,
                                  .has_to = true,
                                  .to = 100,
                                  .min = {5},
                                  .max = {7},
                                  .text = "rent"};
    (void)state;
    struct history_query query = trail_filter_query(&filter, 42);
    assert_int_equal(query.types, 1u << EVENT_MONEY_WITHDRAWN);
    assert_int_equal(query.to - query.from, TIME_DAY); /* both days count, and this is one */
    assert_int_equal(query.from, day_start(100));
    assert_int_equal(query.min, 5);
    assert_int_equal(query.max, 7);
    assert_true(text_is(query.text, "rent"));
    for (unsigned bit = HISTORY_FROM; bit <= HISTORY_TEXT; bit++) {
        assert_true(query.given >> bit & 1u);
    }
    filter = (struct trail_filter){0};
    query = trail_filter_query(&filter, 42);
    assert_int_equal(query.given, 1u << HISTORY_ACCOUNT | 1u << HISTORY_TYPES);
    assert_true(trail_filter_is_open(&filter));
}

static void a_filter_is_told_in_one_line(void **state)
{
    struct bytes out;
    struct trail_filter filter = {.kind = TRAIL_DEPOSITS, .min = {1000}, .text = "Café"};
    (void)state;
    bytes_init(&out, 1024);
    trail_filter_show(&filter, 978, &out);
    assert_true(text_is(bytes_text(&out), "deposits · at least 10.00 · \"Café\""));
    bytes_clear(&out);
    filter = (struct trail_filter){.has_from = true, .from = 0, .has_to = true, .to = 31};
    trail_filter_show(&filter, 978, &out);
    assert_true(text_is(bytes_text(&out), "movements · from 1970-01-01 to 1970-02-01"));
    bytes_close(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_row_keeps_its_own_texts),
        cmocka_unit_test(a_balance_says_itself_what_changed_and_names_its_cause),
        cmocka_unit_test(the_cursor_is_that_of_the_next_page_or_the_last_row),
        cmocka_unit_test(an_empty_page_with_more_behind_it_goes_on),
        cmocka_unit_test(paging_has_no_end_in_either_direction),
        cmocka_unit_test(news_that_are_known_already_are_left_out),
        cmocka_unit_test(a_flood_of_news_leaves_the_way_up_open),
        cmocka_unit_test(a_filter_becomes_a_question),
        cmocka_unit_test(a_filter_is_told_in_one_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
