#include "given.h"

static void the_account_is_told_as_it_stands(void **state)
{
    (void)state;
    struct given *given = given_new(NULL);
    uint64_t zoe = given_account(given, "Zoë", 500, GIVEN_START);
    int64_t opened_at = given->at;
    given_move(given, zoe, 250, "wages", GIVEN_START + HOUR);
    for (int flushed = 0; flushed < 2; flushed++) {
        given_fold(given);
        if (flushed)
            given_flush(given);
        struct account_result out;
        struct account_query args = {.account = zoe};
        assert_int_equal(query_account(given->views, &args, given_ask(given), &out), STATUS_ok);
        assert_int_equal(out.account, zoe);
        assert_true(text_is(out.owner, "Zoë"));
        assert_int_equal(out.currency, EUR);
        assert_int_equal(out.balance.minor, 750);
        assert_int_equal(out.version, 4);
        assert_int_equal(out.position, 4);
        assert_int_equal(out.opened_at, opened_at);
        assert_int_equal(out.status, 0);
    }
    given_free(given);
}

static void an_account_nobody_opened_is_not_found(void **state)
{
    (void)state;
    struct given *given = given_new(NULL);
    uint64_t nobody = account_from_sequence(123456789);
    struct account_result account;
    struct balance_result balance;
    struct series_result series;
    struct account_query account_args = {.account = nobody};
    struct balance_query balance_args = {.account = nobody};
    struct series_query series_args = {.account = nobody};
    assert_int_equal(query_account(given->views, &account_args, given_ask(given), &account),
                     STATUS_account_not_found);
    assert_int_equal(given->problem.status, STATUS_account_not_found);
    assert_int_equal(query_balance(given->views, &balance_args, given_ask(given), &balance),
                     STATUS_account_not_found);
    assert_int_equal(query_series(given->views, &series_args, given_ask(given), &series),
                     STATUS_account_not_found);
    given_free(given);
}

static void ask_balance(struct given *given, uint64_t account, int64_t at,
                        const struct record *expected, unsigned leg)
{
    struct balance_query args = {.given = 1u << BALANCE_AT, .account = account, .at = at};
    struct balance_result out;
    enum status status = query_balance(given->views, &args, given_ask(given), &out);
    if (expected == NULL) {
        assert_int_equal(status, STATUS_account_not_found);
        return;
    }
    assert_int_equal(status, STATUS_ok);
    assert_int_equal(out.balance.minor, expected->legs[leg].balance.minor);
    assert_int_equal(out.version, expected->legs[leg].version);
    assert_int_equal(out.position, record_leg_position(expected, leg));
    assert_int_equal(out.as_of, at);
    assert_int_equal(out.currency, EUR);
}

/* At every event's time, and a microsecond before and behind it. */
static void check_every_time(struct given *given, uint64_t account)
{
    const struct record *last = NULL;
    unsigned leg = 0;
    for (size_t i = 0; i < given->count; i++) {
        const struct record *record = &given->records[i];
        const struct record *before = last;
        unsigned before_leg = leg;
        for (unsigned k = 0; k < record->leg_count; k++) {
            if (record->legs[k].account == account) {
                last = record;
                leg = k;
            }
        }
        ask_balance(given, account, record->at - 1, before, before_leg);
        ask_balance(given, account, record->at, last, leg);
        if (i + 1 < given->count)
            ask_balance(given, account, record->at + 1, last, leg);
    }
}

static void a_balance_at_any_time_is_what_it_was_then(void **state)
{
    (void)state;
    static const struct {
        int events; /* of the busy account, whose opening has `initial` */
        int64_t initial;
    } cases[] = {{1, 0},  {2, 7},   {63, 0},  {64, 3},  {65, 0},
                 {66, 3}, {127, 0}, {128, 3}, {129, 0}, {1000, 3}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        for (int flushed = 0; flushed < 2; flushed++) {
            struct given *given = given_new(NULL);
            uint64_t other = given_account(given, "other", 1000000, GIVEN_START);
            int64_t at = GIVEN_START + HOUR;
            uint64_t busy = given_account(given, "busy", cases[i].initial, at);
            int events = cases[i].initial == 0 ? 1 : 2;
            for (int k = 0; events < cases[i].events; events += 2, k++) {
                at += 1000 + k % 7 * HOUR;
                if (k % 3 == 0)
                    given_transfer(given, other, busy, 10, "in", at);
                else if (k % 3 == 1)
                    given_move(given, busy, 5, "more", at);
                else
                    given_transfer(given, busy, other, 1, "out", at);
            }
            assert_int_equal(given_find(given, busy)->version, cases[i].events);
            given_fold(given);
            if (flushed)
                given_flush(given);
            check_every_time(given, busy);
            check_every_time(given, other);
            given_free(given);
        }
    }
}

static void the_future_has_no_balance(void **state)
{
    (void)state;
    struct given *given = given_new(NULL);
    uint64_t zoe = given_account(given, "Zoë", 500, GIVEN_START);
    given_fold(given);
    given->now = GIVEN_START + HOUR;
    struct balance_query args = {.given = 1u << BALANCE_AT, .account = zoe, .at = given->now + 1};
    struct balance_result out;
    assert_int_equal(query_balance(given->views, &args, given_ask(given), &out),
                     STATUS_invalid_parameter);
    assert_int_equal(given->problem.error_count, 1);
    args.at = given->now;
    assert_int_equal(query_balance(given->views, &args, given_ask(given), &out), STATUS_ok);
    given_free(given);
}

static void a_clock_that_was_set_back_does_not_hide_what_happened(void **state)
{
    (void)state;
    struct given *given = given_new(NULL);
    uint64_t zoe = given_account(given, "Zoë", 500, GIVEN_START + HOUR);
    given_fold(given);
    given->now = GIVEN_START;
    given->settled = GIVEN_START;
    struct balance_query args = {.account = zoe};
    struct balance_result out;
    assert_int_equal(query_balance(given->views, &args, given_ask(given), &out), STATUS_ok);
    assert_int_equal(out.as_of, given->at);
    args.given = 1u << BALANCE_AT;
    args.at = out.as_of;
    assert_int_equal(query_balance(given->views, &args, given_ask(given), &out), STATUS_ok);
    assert_int_equal(out.balance.minor, 500);
    given_free(given);
}

static void without_a_time_the_balance_is_as_of_now(void **state)
{
    (void)state;
    struct given *given = given_new(NULL);
    uint64_t zoe = given_account(given, "Zoë", 500, GIVEN_START);
    given_fold(given);
    given->now = GIVEN_START + 5 * HOUR;
    struct balance_query args = {.account = zoe};
    struct balance_result out;
    assert_int_equal(query_balance(given->views, &args, given_ask(given), &out), STATUS_ok);
    assert_int_equal(out.as_of, given->now);
    assert_int_equal(out.balance.minor, 500);
    assert_int_equal(out.version, 2);
    assert_int_equal(out.position, 2);
    given_free(given);
}

/* The balance at the end of a day, reckoned from the list of records. */
static bool balance_on(const struct given *given, uint64_t account, int32_t day, int64_t *out)
{
    bool found = false;
    for (size_t i = 0; i < given->count; i++) {
        const struct record *record = &given->records[i];
        for (unsigned k = 0; k < record->leg_count; k++) {
            if (record->legs[k].account == account && day_of(record->at) <= day) {
                *out = record->legs[k].balance.minor;
                found = true;
            }
        }
    }
    return found;
}

static void check_series(struct given *given, uint64_t account, int32_t from, int32_t to)
{
    struct series_query args = {
        .given = 1u << SERIES_FROM | 1u << SERIES_TO, .account = account, .from = from, .to = to};
    struct series_result out;
    assert_int_equal(query_series(given->views, &args, given_ask(given), &out), STATUS_ok);
    const struct series_day *days = out.days.items;
    size_t count = 0;
    for (int32_t day = from; day <= to; day++) {
        int64_t balance;
        if (!balance_on(given, account, day, &balance))
            continue;
        assert_true(count < out.days.count);
        assert_int_equal(days[count].day, day);
        assert_int_equal(days[count].balance.minor, balance);
        count++;
    }
    assert_int_equal(out.days.count, count);
}

static void a_series_has_the_balance_at_the_end_of_each_day(void **state)
{
    (void)state;
    struct given *given = given_new(NULL);
    uint64_t quiet = given_account(given, "quiet", 50, GIVEN_START);
    int64_t at = GIVEN_START + 10 * TIME_DAY;
    uint64_t busy = given_account(given, "busy", 100, at);
    for (int i = 0; i < 500; i++) {
        at += i % 50 == 0 ? 9 * TIME_DAY : i % 3 * HOUR;
        given_move(given, busy, 1 + i, "", at);
    }
    /* the last and the first microsecond of a day */
    int32_t day = day_of(at) + 1;
    given_move(given, busy, 7, "", day_start(day + 1) - 1);
    given_move(given, busy, 7, "", day_start(day + 1));
    given_fold(given);
    int32_t today = day_of(given->at), opened = day_of(GIVEN_START) + 10;
    for (int flushed = 0; flushed < 2; flushed++) {
        if (flushed)
            given_flush(given);
        check_series(given, busy, opened, today);
        check_series(given, busy, opened - 5, opened + 5);
        check_series(given, busy, opened - 9, opened - 1);
        check_series(given, busy, today, today);
        check_series(given, busy, opened, opened);
        check_series(given, quiet, today - 99, today);
        for (int32_t i = opened; i < today; i += 7)
            check_series(given, busy, i, today - 1);
    }
    given_free(given);
}

static void a_series_keeps_to_its_bounds(void **state)
{
    (void)state;
    struct given *given = given_new(NULL);
    uint64_t zoe = given_account(given, "Zoë", 50, GIVEN_START);
    given_fold(given);
    given->now = GIVEN_START + 500 * TIME_DAY;
    int32_t today = day_of(given->now);
    const uint32_t from = 1u << SERIES_FROM, to = 1u << SERIES_TO;
    const struct {
        uint32_t given;
        int32_t from, to;
        enum status status;
        size_t count;
    } cases[] = {
        {0, 0, 0, STATUS_ok, 90},
        {from, today, 0, STATUS_ok, 1},
        {to, 0, today - 100, STATUS_ok, 90},
        {from | to, today - 399, today, STATUS_ok, 400},
        {from | to, today - 400, today, STATUS_invalid_parameter, 0},
        {from, today - 400, 0, STATUS_invalid_parameter, 0},
        {from | to, today, today - 1, STATUS_invalid_parameter, 0},
        {to, 0, today + 1, STATUS_invalid_parameter, 0},
        {from, today + 1, 0, STATUS_invalid_parameter, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct series_query args = {
            .given = cases[i].given, .account = zoe, .from = cases[i].from, .to = cases[i].to};
        struct series_result out;
        assert_int_equal(query_series(given->views, &args, given_ask(given), &out),
                         cases[i].status);
        if (cases[i].status == STATUS_ok)
            assert_int_equal(out.days.count, cases[i].count);
        else
            assert_int_equal(given->problem.error_count, 1);
    }
    given_free(given);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_account_is_told_as_it_stands),
        cmocka_unit_test(an_account_nobody_opened_is_not_found),
        cmocka_unit_test(a_balance_at_any_time_is_what_it_was_then),
        cmocka_unit_test(the_future_has_no_balance),
        cmocka_unit_test(a_clock_that_was_set_back_does_not_hide_what_happened),
        cmocka_unit_test(without_a_time_the_balance_is_as_of_now),
        cmocka_unit_test(a_series_has_the_balance_at_the_end_of_each_day),
        cmocka_unit_test(a_series_keeps_to_its_bounds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
