#include "given.h"

/* The microsecond a month of 2026 begins in; 13 is January 2027. */
static int64_t month_at(int month)
{
    return month_start(2026 * 12 + month - 1);
}

static struct statement_result ask_statement(struct given *given, uint64_t account, int32_t month)
{
    struct statement_query args = {.account = account, .month = month};
    struct statement_result out;
    assert_int_equal(query_statement(given->views, &args, given_ask(given), &out), STATUS_ok);
    return out;
}

/* A month reckoned from the list of records, line by line. */
static void check_statement(struct given *given, uint64_t account, int32_t month,
                            const struct statement_result *got, bool lines)
{
    const struct statement_line *line = got->lines.items;
    int64_t opening = 0, credits = 0, debits = 0;
    uint64_t credit_count = 0, debit_count = 0, first = 0, last = 0;
    for (size_t i = 0; i < given->count; i++) {
        const struct record *record = &given->records[i];
        for (unsigned k = 0; k < record->leg_count; k++) {
            const struct leg *leg = &record->legs[k];
            if (leg->account != account || month_of(record->at) > month)
                continue;
            if (month_of(record->at) < month) {
                opening = leg->balance.minor;
                continue;
            }
            first = first == 0 ? record->position : first;
            last = record_leg_position(record, k);
            if (leg->change.minor > 0)
                credits += leg->change.minor, credit_count++;
            if (leg->change.minor < 0)
                debits -= leg->change.minor, debit_count++;
            if (leg->change.minor == 0 || !lines)
                continue;
            assert_int_equal(line->position, record->position);
            assert_int_equal(line->at, record->at);
            assert_int_equal(line->change.minor, leg->change.minor);
            assert_int_equal(line->balance.minor, leg->balance.minor);
            assert_true(text_equal(line->reference,
                                   record->reference.data == NULL ? TEXT("") : record->reference));
            assert_int_equal(line->counterparty, record->kind == RECORD_MONEY_TRANSFERRED
                                                     ? record->legs[1 - k].account
                                                     : 0);
            line++;
        }
    }
    assert_int_equal(got->account, account);
    assert_int_equal(got->month, month);
    assert_int_equal(got->currency, EUR);
    assert_int_equal(got->opening_balance.minor, opening);
    assert_int_equal(got->credits.total.minor, credits);
    assert_int_equal(got->credits.count, credit_count);
    assert_int_equal(got->debits.total.minor, debits);
    assert_int_equal(got->debits.count, debit_count);
    assert_int_equal(got->closing_balance.minor, opening + credits - debits);
    assert_int_equal(got->first_position, first);
    assert_int_equal(got->last_position, last);
    if (lines)
        assert_int_equal(got->lines.count, credit_count + debit_count);
}

/* Over the turn of a year, with months in which nothing happens. */
static uint64_t given_year(struct given *given, uint64_t *other)
{
    uint64_t zoe = given_account(given, "Zoë", 1000, month_at(11) + HOUR);
    *other = given_account(given, "other", 0, month_at(11) + 2 * HOUR);
    for (int i = 0; i < 100; i++)
        given_transfer(given, zoe, *other, 3, "november", month_at(11) + 2 * HOUR + i * HOUR);
    given_move(given, zoe, -1, "last of the year", month_at(13) - 1);
    given_move(given, zoe, 7, "first of the year", month_at(13));
    given_move(given, *other, 40, "", month_at(16) + TIME_DAY);
    for (int i = 0; i < 90; i++)
        given_transfer(given, *other, zoe, 2, "later", month_at(18) + i * HOUR);
    given_move(given, zoe, 11, "now", month_at(20) + HOUR);
    return zoe;
}

static void a_statement_tells_every_month(void **state)
{
    (void)state;
    struct given *given = given_new(NULL);
    uint64_t other, zoe = given_year(given, &other);
    given_fold(given);
    given->now = month_at(23) + HOUR;
    for (int flushed = 0; flushed < 2; flushed++) {
        if (flushed)
            given_flush(given);
        const uint64_t accounts[] = {zoe, other};
        for (size_t i = 0; i < 2; i++) {
            int64_t closing = 0;
            for (int32_t month = 2026 * 12 + 10; month <= 2026 * 12 + 22; month++) {
                struct statement_result got = ask_statement(given, accounts[i], month);
                check_statement(given, accounts[i], month, &got, true);
                assert_int_equal(got.opening_balance.minor, closing);
                closing = got.closing_balance.minor;
            }
            assert_int_equal(closing, given_find(given, accounts[i])->balance);
        }
    }
    given_free(given);
}

/* Months that wait together are written together, a dozen to a row at most. */
static void statements_are_the_same_whenever_months_were_written(void **state)
{
    (void)state;
    for (int every = 1; every <= 64; every *= 2) {
        struct given *given = given_new(NULL);
        uint64_t zoe = given_account(given, "Zoë", 1000, month_at(1) + HOUR);
        for (int month = 1; month <= 40; month++) {
            if (month % 5 != 0)
                given_move(given, zoe, month, "", month_at(month) + 2 * HOUR);
            given_fold(given);
            if (month % every == 0)
                given_flush(given);
        }
        given_flush(given);
        for (int32_t month = 2026 * 12; month < 2026 * 12 + 39; month++) {
            struct statement_result got = ask_statement(given, zoe, month);
            check_statement(given, zoe, month, &got, true);
        }
        given_free(given);
    }
}

static void months_outside_an_accounts_life_have_no_statement(void **state)
{
    (void)state;
    struct given *given = given_new(NULL);
    uint64_t zoe = given_account(given, "Zoë", 0, month_at(5) + HOUR);
    given_fold(given);
    given->now = month_at(7);
    const struct {
        uint64_t account;
        int month;
        enum status status;
    } cases[] = {
        {zoe, 4, STATUS_statement_not_found},
        {zoe, 5, STATUS_ok},
        {zoe, 6, STATUS_ok},
        {zoe, 7, STATUS_ok},
        {zoe, 8, STATUS_statement_not_found},
        {account_from_sequence(5), 5, STATUS_account_not_found},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct statement_query args = {.account = cases[i].account,
                                       .month = 2026 * 12 + cases[i].month - 1};
        struct statement_result out;
        assert_int_equal(query_statement(given->views, &args, given_ask(given), &out),
                         cases[i].status);
        assert_int_equal(given->problem.status, cases[i].status);
    }
    given_free(given);
}

static void a_month_is_final_when_no_command_can_fall_into_it(void **state)
{
    (void)state;
    struct given *given = given_new(NULL);
    uint64_t zoe = given_account(given, "Zoë", 0, month_at(5));
    int32_t may = 2026 * 12 + 4;
    given_fold(given);
    given->now = month_at(6) + HOUR;
    assert_false(ask_statement(given, zoe, may).final); /* the clock may be set back */
    given_account(given, "other", 0, month_at(6) - 1);
    given->settled = given->at;
    assert_false(ask_statement(given, zoe, may).final); /* decided, not projected */
    given_fold(given);
    assert_true(ask_statement(given, zoe, may).final);
    assert_false(ask_statement(given, zoe, may + 1).final);
    given->settled = month_at(6) - 2;
    assert_false(ask_statement(given, zoe, may).final);
    given_free(given);
}

static void an_opening_with_nothing_is_no_movement(void **state)
{
    (void)state;
    struct given *given = given_new(NULL);
    uint64_t zoe = given_account(given, "Zoë", 0, month_at(5));
    uint64_t max = given_account(given, "Max", 7, month_at(5));
    given_fold(given);
    struct statement_result got = ask_statement(given, zoe, 2026 * 12 + 4);
    assert_int_equal(got.lines.count, 0);
    assert_int_equal(got.first_position, 1); /* the opening itself is an event of the month */
    assert_int_equal(got.last_position, 1);
    got = ask_statement(given, max, 2026 * 12 + 4);
    assert_int_equal(got.lines.count, 1);
    const struct statement_line *line = got.lines.items;
    assert_int_equal(line->type, EVENT_ACCOUNT_CREATED);
    assert_int_equal(line->change.minor, 7);
    assert_int_equal(line->position, 2);
    given_free(given);
}

static void totals_may_be_larger_than_any_balance(void **state)
{
    (void)state;
    struct given *given = given_new(NULL);
    uint64_t zoe = given_account(given, "Zoë", 0, month_at(5));
    for (int i = 0; i < 300; i++) {
        given_move(given, zoe, MONEY_MAX, "", month_at(5));
        given_move(given, zoe, -MONEY_MAX, "", month_at(5));
    }
    given_move(given, zoe, 5, "", month_at(6));
    given_fold(given);
    for (int flushed = 0; flushed < 2; flushed++) {
        struct statement_result got = ask_statement(given, zoe, 2026 * 12 + 4);
        assert_int_equal(got.credits.total.minor, 300 * MONEY_MAX);
        assert_int_equal(got.debits.total.minor, 300 * MONEY_MAX);
        assert_int_equal(got.closing_balance.minor, 0);
        given_flush(given);
    }
    given_free(given);
}

static void statements_are_listed_newest_first(void **state)
{
    (void)state;
    struct given *given = given_new(NULL);
    uint64_t other, zoe = given_year(given, &other);
    given_fold(given);
    given->now = month_at(23);
    for (int flushed = 0; flushed < 2; flushed++) {
        if (flushed)
            given_flush(given);
        for (uint64_t limit = 1; limit <= 14; limit++) {
            struct list_statements args = {
                .account = zoe, .given = 1u << LIST_STATEMENTS_LIMIT, .limit = limit};
            int32_t month = 2026 * 12 + 22;
            for (bool more = true; more;) {
                struct list_result out;
                assert_int_equal(query_statements(given->views, &args, given_ask(given), &out),
                                 STATUS_ok);
                const struct statement_result *items = out.data.items;
                assert_true(out.data.count > 0 && out.data.count <= limit);
                for (size_t i = 0; i < out.data.count; i++)
                    check_statement(given, zoe, month--, &items[i], false);
                more = out.has_more;
                assert_true(more == (out.next.data != NULL));
                args.before = month + 1;
                args.given |= 1u << LIST_STATEMENTS_BEFORE;
            }
            assert_int_equal(month, 2026 * 12 + 9);
        }
    }
    given_free(given);
}

static void before_bounds_the_list_of_statements(void **state)
{
    (void)state;
    struct given *given = given_new(NULL);
    uint64_t zoe = given_account(given, "Zoë", 0, month_at(5));
    given_fold(given);
    given->now = month_at(7);
    const struct {
        int before;
        size_t count;
    } cases[] = {{4, 0}, {5, 0}, {6, 1}, {7, 2}, {8, 3}, {9, 3}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct list_statements args = {.account = zoe,
                                       .given = 1u << LIST_STATEMENTS_BEFORE,
                                       .before = 2026 * 12 + cases[i].before - 1};
        struct list_result out;
        assert_int_equal(query_statements(given->views, &args, given_ask(given), &out), STATUS_ok);
        assert_int_equal(out.data.count, cases[i].count);
        assert_false(out.has_more);
    }
    struct list_statements args = {.account = account_from_sequence(5)};
    struct list_result out;
    assert_int_equal(query_statements(given->views, &args, given_ask(given), &out),
                     STATUS_account_not_found);
    given_free(given);
}

static void a_statement_beyond_the_arena_is_unavailable(void **state)
{
    (void)state;
    struct given *given = given_new(NULL);
    uint64_t zoe = given_account(given, "Zoë", 0, month_at(5));
    for (int i = 0; i < 500; i++)
        given_move(given, zoe, 1, "a reference", month_at(5));
    given_fold(given);
    for (size_t limit = 4096; limit < 65536; limit += 4096) {
        struct statement_query args = {.account = zoe, .month = 2026 * 12 + 4};
        struct statement_result out;
        arena_close(&given->arena);
        arena_init(&given->arena, limit);
        enum status status = query_statement(given->views, &args, given_ask(given), &out);
        assert_int_equal(given->problem.status, status);
        assert_int_equal(status, limit < 40000 ? STATUS_unavailable : status);
    }
    given_free(given);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_statement_tells_every_month),
        cmocka_unit_test(statements_are_the_same_whenever_months_were_written),
        cmocka_unit_test(months_outside_an_accounts_life_have_no_statement),
        cmocka_unit_test(a_month_is_final_when_no_command_can_fall_into_it),
        cmocka_unit_test(an_opening_with_nothing_is_no_movement),
        cmocka_unit_test(totals_may_be_larger_than_any_balance),
        cmocka_unit_test(statements_are_listed_newest_first),
        cmocka_unit_test(before_bounds_the_list_of_statements),
        cmocka_unit_test(a_statement_beyond_the_arena_is_unavailable),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
