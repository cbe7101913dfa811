#include "given.h"

#include "contract/messages.h"

/* A filter as the contract words it, applied to the plain list. */
static bool expected_event(const struct history_query *args, const struct history_event *item)
{
    const struct event *event = &item->event;
    int64_t amount = event->type == EVENT_BALANCE_UPDATED   ? llabs(event->change.minor)
                     : event->type == EVENT_ACCOUNT_CREATED ? event->initial_balance.minor
                                                            : event->amount.minor;
    char number[ACCOUNT_TEXT_MAX] = "";
    if (ARG_GIVEN(args, HISTORY_BEFORE) && event->position >= args->before)
        return false;
    if (ARG_GIVEN(args, HISTORY_AFTER) && event->position <= args->after)
        return false;
    if (ARG_GIVEN(args, HISTORY_FROM) && event->at < args->from)
        return false;
    if (ARG_GIVEN(args, HISTORY_TO) && event->at >= args->to)
        return false;
    if (ARG_GIVEN(args, HISTORY_TYPES) && (args->types >> event->type & 1) == 0)
        return false;
    if (ARG_GIVEN(args, HISTORY_MIN) && amount < (int64_t)args->min)
        return false;
    if (ARG_GIVEN(args, HISTORY_MAX) && amount > (int64_t)args->max)
        return false;
    if (!ARG_GIVEN(args, HISTORY_TEXT))
        return true;
    if (item->counterparty != 0)
        account_print(item->counterparty, number);
    char reference[160] = "", needle[160] = "";
    memcpy(reference, event->reference.data == NULL ? "" : event->reference.data,
           event->reference.size);
    memcpy(needle, args->text.data, args->text.size);
    return strcasestr(reference, needle) != NULL || strstr(number, needle) != NULL;
}

static void assert_same_event(const struct history_event *got, const struct history_event *expected)
{
    assert_int_equal(got->event.position, expected->event.position);
    assert_int_equal(got->event.type, expected->event.type);
    assert_int_equal(got->event.at, expected->event.at);
    assert_int_equal(got->event.account, expected->event.account);
    assert_int_equal(got->event.version, expected->event.version);
    assert_int_equal(got->event.from, expected->event.from);
    assert_int_equal(got->event.to_version, expected->event.to_version);
    assert_int_equal(got->event.cause, expected->event.cause);
    assert_int_equal(got->event.amount.minor, expected->event.amount.minor);
    assert_true(text_equal(got->event.actor, TEXT("tester")));
    assert_true(text_equal(got->event.reference, expected->event.reference));
    assert_true(text_equal(got->event.owner, expected->event.owner));
    assert_int_equal(got->seen_change.minor, expected->seen_change.minor);
    assert_int_equal(got->seen_balance.minor, expected->seen_balance.minor);
    assert_int_equal(got->counterparty, expected->counterparty);
}

/* Reads the `before` of a `next` link. */
static uint64_t cursor_of(struct text next)
{
    char path[2048];
    assert_true(next.data != NULL && next.size < sizeof path);
    memcpy(path, next.data, next.size);
    path[next.size] = '\0';
    const char *before = strstr(path, "before=");
    assert_non_null(before);
    return strtoull(before + strlen("before="), NULL, 10);
}

/* Follows `next` to the end: together the pages are what the plain list says. */
static size_t check_pages(struct given *given, struct history_query args)
{
    size_t room = given->count * 2; /* of one record an account sees two events */
    struct history_event *expected = malloc(room * sizeof *expected);
    assert_non_null(expected);
    size_t total = given_history(given, args.account, expected, room);
    size_t next = 0, pages = 0;
    uint64_t limit = ARG_GIVEN(&args, HISTORY_LIMIT) ? args.limit : QUERY_LIMIT_DEFAULT;
    struct history_query first = args;
    for (;;) {
        struct list_result out;
        assert_int_equal(query_history(given->views, &args, given_ask(given), &out), STATUS_ok);
        const struct history_event *items = out.data.items;
        assert_true(out.data.count <= limit);
        for (size_t i = 0; i < out.data.count; i++) {
            while (next < total && !expected_event(&first, &expected[next]))
                next++;
            assert_true(next < total);
            assert_same_event(&items[i], &expected[next++]);
        }
        pages++;
        if (!out.has_more) {
            assert_null(out.next.data);
            break;
        }
        uint64_t before = cursor_of(out.next);
        assert_true(!ARG_GIVEN(&args, HISTORY_BEFORE) || before < args.before);
        args.before = before;
        args.given |= 1u << HISTORY_BEFORE;
    }
    while (next < total && !expected_event(&first, &expected[next]))
        next++;
    assert_int_equal(next, total);
    free(expected);
    return pages;
}

static const int lengths[] = {1, 2, 63, 64, 65, 66, 127, 128, 129, 130, 1000};
#define LENGTHS (sizeof lengths / sizeof lengths[0])

/* An account of so many events, among the events of another one. */
static uint64_t given_busy(struct given *given, int length, uint64_t *other)
{
    *other = given_account(given, "other", 1000000, GIVEN_START);
    int64_t at = GIVEN_START + HOUR;
    uint64_t busy = given_account(given, "busy", length % 2 == 0 ? 9 : 0, at);
    for (int events = length % 2 == 0 ? 2 : 1, k = 0; events < length; events += 2, k++) {
        at += k % 5 * HOUR;
        if (k % 4 == 1)
            given_transfer(given, *other, busy, 10 + k % 9, "Rent May", at);
        else if (k % 4 == 2)
            given_transfer(given, busy, *other, 1 + k % 3, "back", at);
        else
            given_move(given, busy, k % 7 == 6 ? -1 : 20 + k % 5, k % 3 == 0 ? "wages" : "", at);
        if (k % 11 == 0)
            given_refusal(given, "k", at);
    }
    assert_int_equal(given_find(given, busy)->version, length);
    return busy;
}

static void every_cursor_gives_the_same_history(void **state)
{
    (void)state;
    for (size_t i = 0; i < LENGTHS; i++) {
        struct given *given = given_new(NULL);
        uint64_t other, busy = given_busy(given, lengths[i], &other);
        given_fold(given);
        for (int flushed = 0; flushed < 2; flushed++) {
            if (flushed)
                given_flush(given);
            struct history_query args = {.account = busy};
            check_pages(given, args);
            for (uint64_t limit = 1; limit < 200; limit += limit < 4 ? 1 : 61) {
                args.given = 1u << HISTORY_LIMIT;
                args.limit = limit;
                check_pages(given, args);
            }
            args.limit = 3;
            uint64_t stride = lengths[i] > 200 ? 97 : 1;
            for (uint64_t position = 1; position <= given->position + 1; position += stride) {
                args.given = 1u << HISTORY_BEFORE;
                args.before = position;
                check_pages(given, args);
                args.given = 1u << HISTORY_AFTER;
                args.after = position;
                check_pages(given, args);
            }
        }
        given_free(given);
    }
}

static void times_bound_the_history(void **state)
{
    (void)state;
    for (size_t i = 0; i < LENGTHS; i++) {
        struct given *given = given_new(NULL);
        uint64_t other, busy = given_busy(given, lengths[i], &other);
        given_fold(given);
        size_t stride = given->count > 100 ? 53 : 5;
        for (size_t k = 0; k < given->count; k += stride) {
            for (int64_t shift = -1; shift <= 1; shift++) {
                int64_t at = given->records[k].at + shift;
                struct history_query args = {.account = busy, .from = at, .to = at};
                args.given = 1u << HISTORY_FROM;
                check_pages(given, args);
                args.given = 1u << HISTORY_TO;
                check_pages(given, args);
                args.given = 1u << HISTORY_FROM | 1u << HISTORY_TO;
                args.from = at - 3 * HOUR;
                check_pages(given, args);
            }
        }
        given_free(given);
    }
}

static void filters_keep_what_they_say(void **state)
{
    (void)state;
    struct given *given = given_new(NULL);
    uint64_t other, busy = given_busy(given, 1001, &other);
    static char part[] = "100000";
    static const char *const texts[] = {"rent", "RENT",           "ent m", "wages",
                                        "w",    "nothing at all", "back",  part};
    given_fold(given);
    for (int flushed = 0; flushed < 2; flushed++) {
        if (flushed)
            given_flush(given);
        for (uint32_t types = 1; types < 32; types++) {
            struct history_query args = {
                .account = busy, .given = 1u << HISTORY_TYPES, .types = types};
            check_pages(given, args);
            args.given |= 1u << HISTORY_BEFORE;
            args.before = given->position / 2;
            check_pages(given, args);
            args.given |= 1u << HISTORY_AFTER;
            args.after = given->position / 3;
            check_pages(given, args);
        }
        for (uint64_t bound = 0; bound < 30; bound++) {
            struct history_query args = {.account = busy, .min = bound, .max = bound};
            args.given = 1u << HISTORY_MIN;
            check_pages(given, args);
            args.given = 1u << HISTORY_MAX;
            check_pages(given, args);
            args.given = 1u << HISTORY_MIN | 1u << HISTORY_MAX | 1u << HISTORY_LIMIT;
            args.limit = 1;
            check_pages(given, args);
        }
        for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
            struct history_query args = {
                .account = busy, .given = 1u << HISTORY_TEXT, .text = text_of(texts[i])};
            check_pages(given, args);
        }
    }
    given_free(given);
}

static size_t count_with_text(struct given *given, uint64_t account, const char *text)
{
    struct history_query args = {
        .account = account, .given = 1u << HISTORY_TEXT, .text = text_of(text)};
    struct list_result out;
    assert_int_equal(query_history(given->views, &args, given_ask(given), &out), STATUS_ok);
    assert_false(out.has_more);
    return out.data.count;
}

static void text_is_found_without_case_and_accents(void **state)
{
    (void)state;
    struct given *given = given_new(NULL);
    uint64_t zoe = given_account(given, "Zoë", 1000, GIVEN_START);
    uint64_t max = given_account(given, "Max", 1000, GIVEN_START);
    given_move(given, zoe, 5, "Café Größe 100%", GIVEN_START);
    given_transfer(given, zoe, max, 5, "", GIVEN_START);
    given_fold(given);
    char number[ACCOUNT_TEXT_MAX];
    account_print(max, number);
    assert_int_equal(count_with_text(given, zoe, "CAFE"), 1);
    assert_int_equal(count_with_text(given, zoe, "grösse"), 1);
    assert_int_equal(count_with_text(given, zoe, "0%"), 1);
    assert_int_equal(count_with_text(given, zoe, "%%"), 0);
    assert_int_equal(count_with_text(given, zoe, number), 1); /* the counterparty */
    assert_int_equal(count_with_text(given, zoe, number + 3), 1);
    assert_int_equal(count_with_text(given, max, number), 0); /* not its own */
    assert_int_equal(count_with_text(given, zoe, "Zoë"), 0);  /* owners are not looked at */
    given_free(given);
}

static void a_transfer_is_seen_from_both_sides(void **state)
{
    (void)state;
    struct given *given = given_new(NULL);
    uint64_t from = given_account(given, "from", 100, GIVEN_START);
    uint64_t to = given_account(given, "to", 0, GIVEN_START);
    given_transfer(given, from, to, 30, "for you", GIVEN_START);
    given_fold(given);
    struct list_result out;
    struct history_query args = {.account = from};
    assert_int_equal(query_history(given->views, &args, given_ask(given), &out), STATUS_ok);
    const struct history_event *items = out.data.items;
    assert_int_equal(out.data.count, 4);
    assert_int_equal(items[0].event.type, EVENT_BALANCE_UPDATED);
    assert_int_equal(items[1].event.type, EVENT_MONEY_TRANSFERRED);
    assert_int_equal(items[1].seen_change.minor, -30);
    assert_int_equal(items[1].seen_balance.minor, 70);
    assert_int_equal(items[1].counterparty, to);
    assert_int_equal(items[0].counterparty, 0);
    assert_int_equal(items[3].seen_change.minor, 100);
    args.account = to;
    assert_int_equal(query_history(given->views, &args, given_ask(given), &out), STATUS_ok);
    items = out.data.items;
    assert_int_equal(out.data.count, 3);
    assert_int_equal(items[0].event.position, 6);
    assert_int_equal(items[1].event.position, 4);
    assert_int_equal(items[1].counterparty, from);
    assert_int_equal(items[1].seen_change.minor, 30);
    assert_int_equal(items[2].event.type, EVENT_ACCOUNT_CREATED);
    given_free(given);
}

static void a_request_examines_a_bounded_number_of_events(void **state)
{
    (void)state;
    struct given *given = given_new(NULL);
    uint64_t busy = given_account(given, "busy", 1, GIVEN_START);
    given_move(given, busy, 5, "needle", GIVEN_START);
    for (int i = 0; i < 15000; i++)
        given_move(given, busy, 1, i == 7000 ? "needle" : "", GIVEN_START);
    given_fold(given);
    for (int flushed = 0; flushed < 2; flushed++) {
        if (flushed)
            given_flush(given);
        struct list_result out;
        struct history_query args = {
            .account = busy, .given = 1u << HISTORY_TEXT, .text = TEXT("needle")};
        assert_int_equal(query_history(given->views, &args, given_ask(given), &out), STATUS_ok);
        assert_int_equal(out.data.count, 1);
        assert_true(out.has_more);
        assert_int_equal(cursor_of(out.next), given->position - QUERY_EXAMINED_MAX + 1);
        assert_int_equal(check_pages(given, args), 2);
        /* by type whole blocks are passed over, and one page is enough */
        args.given = 1u << HISTORY_TYPES;
        args.types = 1u << EVENT_ACCOUNT_CREATED;
        assert_int_equal(check_pages(given, args), 1);
    }
    given_free(given);
}

static void has_more_is_exact(void **state)
{
    (void)state;
    struct given *given = given_new(NULL);
    uint64_t busy = given_account(given, "busy", 1, GIVEN_START);
    for (int i = 0; i < 100; i++)
        given_move(given, busy, i % 2 == 0 ? 3 : -2, "", GIVEN_START);
    given_fold(given);
    struct list_result out;
    struct history_query args = {.account = busy,
                                 .given = 1u << HISTORY_LIMIT | 1u << HISTORY_TYPES,
                                 .types = 1u << EVENT_MONEY_WITHDRAWN,
                                 .limit = 50};
    assert_int_equal(query_history(given->views, &args, given_ask(given), &out), STATUS_ok);
    assert_int_equal(out.data.count, 50);
    assert_false(out.has_more);
    args.limit = 49;
    assert_int_equal(query_history(given->views, &args, given_ask(given), &out), STATUS_ok);
    assert_int_equal(out.data.count, 49);
    assert_true(out.has_more);
    given_free(given);
}

static void the_next_link_keeps_the_filters(void **state)
{
    (void)state;
    struct given *given = given_new(NULL);
    uint64_t busy = given_account(given, "busy", 1, GIVEN_START);
    for (int i = 0; i < 4; i++)
        given_move(given, busy, 10, "a b&c", GIVEN_START);
    given_fold(given);
    struct list_result out;
    struct history_query args = {.account = busy,
                                 .given = 1u << HISTORY_LIMIT | 1u << HISTORY_TEXT,
                                 .text = TEXT("b&"),
                                 .limit = 1};
    assert_int_equal(query_history(given->views, &args, given_ask(given), &out), STATUS_ok);
    assert_true(out.has_more);
    char expected[128], number[ACCOUNT_TEXT_MAX];
    snprintf(expected, sizeof expected, "/accounts/%s/history?limit=1&before=%llu&text=b%%26",
             account_print(busy, number), (unsigned long long)cursor_of(out.next));
    assert_int_equal(out.next.size, strlen(expected));
    assert_memory_equal(out.next.data, expected, out.next.size);
    given_free(given);
}

static void an_unknown_account_has_no_history(void **state)
{
    (void)state;
    struct given *given = given_new(NULL);
    struct list_result out;
    struct history_query args = {.account = account_from_sequence(7)};
    assert_int_equal(query_history(given->views, &args, given_ask(given), &out),
                     STATUS_account_not_found);
    given_free(given);
}

static void an_answer_beyond_the_arena_is_unavailable(void **state)
{
    (void)state;
    struct given *given = given_new(NULL);
    uint64_t busy = given_account(given, "busy", 1, GIVEN_START);
    for (int i = 0; i < 400; i++)
        given_move(given, busy, 10, "a reference of some length, to fill memory", GIVEN_START);
    given_fold(given);
    arena_close(&given->arena);
    arena_init(&given->arena, 140000);
    struct list_result out;
    struct history_query args = {.account = busy, .given = 1u << HISTORY_LIMIT, .limit = 1000};
    assert_int_equal(query_history(given->views, &args, given_ask(given), &out),
                     STATUS_unavailable);
    for (args.limit = 300; args.limit < 700; args.limit += 7) {
        enum status status = query_history(given->views, &args, given_ask(given), &out);
        assert_true(status == STATUS_ok || status == STATUS_unavailable);
        assert_int_equal(given->problem.status, status);
    }
    given_free(given);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_cursor_gives_the_same_history),
        cmocka_unit_test(times_bound_the_history),
        cmocka_unit_test(filters_keep_what_they_say),
        cmocka_unit_test(text_is_found_without_case_and_accents),
        cmocka_unit_test(a_transfer_is_seen_from_both_sides),
        cmocka_unit_test(a_request_examines_a_bounded_number_of_events),
        cmocka_unit_test(has_more_is_exact),
        cmocka_unit_test(the_next_link_keeps_the_filters),
        cmocka_unit_test(an_unknown_account_has_no_history),
        cmocka_unit_test(an_answer_beyond_the_arena_is_unavailable),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
