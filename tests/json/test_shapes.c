/* What clients see, member by member, as CONTRACT.md writes it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "contract/messages.h"
#include "json/json.h"

static struct bytes bytes;

static int set_up(void **state)
{
    (void)state;
    bytes_init(&bytes, 1u << 16);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    bytes_close(&bytes);
    return 0;
}

static void expect(const struct shape *shape, const void *value, const char *json)
{
    bytes_clear(&bytes);
    json_write_shape(&bytes, shape, value);
    bytes_put_u8(&bytes, 0);
    assert_string_equal((const char *)bytes.data, json);
}

#define FIRST UINT64_C(1000000008)
#define SECOND UINT64_C(1000000016)
#define AT INT64_C(1795429446000001) /* 2026-11-23T10:24:06.000001Z */
#define AT_TEXT "\"2026-11-23T10:24:06.000001Z\""
#define EUR 978

static void an_account_is_as_in_the_contract(void **state)
{
    struct account_result account = {.account = FIRST,
                                     .owner = TEXT("Zoë"),
                                     .currency = EUR,
                                     .balance = money(MONEY_MAX),
                                     .version = 3,
                                     .opened_at = AT,
                                     .position = 9};
    (void)state;
    expect(&account_result_shape, &account,
           "{\"account\":\"1000000008\",\"owner\":\"Zoë\",\"currency\":\"EUR\","
           "\"balance\":9007199254740991,\"status\":\"open\",\"version\":3,\"opened_at\":" AT_TEXT
           ",\"position\":9}");
}

static void a_deposit_is_as_in_the_contract(void **state)
{
    struct moved_result moved = {.type = EVENT_MONEY_DEPOSITED,
                                 .position = 5,
                                 .at = AT,
                                 .account = FIRST,
                                 .amount = money(100),
                                 .currency = EUR,
                                 .balance = money(300),
                                 .version = 4};
    (void)state;
    expect(&moved_result_shape, &moved,
           "{\"type\":\"MoneyDeposited\",\"position\":5,\"at\":" AT_TEXT
           ",\"account\":\"1000000008\",\"amount\":100,\"currency\":\"EUR\",\"balance\":300,"
           "\"version\":4,\"reference\":\"\"}");
}

static void a_transfer_shows_a_customer_only_the_number_of_the_other(void **state)
{
    struct transferred_result moved = {.type = EVENT_MONEY_TRANSFERRED,
                                       .position = 5,
                                       .at = AT,
                                       .from = {FIRST, money(1), 2},
                                       .to = {SECOND, money(3), 4},
                                       .amount = money(100),
                                       .currency = EUR,
                                       .reference = TEXT("rent")};
    (void)state;
    expect(&transferred_result_shape, &moved,
           "{\"type\":\"MoneyTransferred\",\"position\":5,\"at\":" AT_TEXT
           ",\"from\":{\"account\":\"1000000008\",\"balance\":1,\"version\":2},"
           "\"to\":{\"account\":\"1000000016\",\"balance\":3,\"version\":4},\"amount\":100,"
           "\"currency\":\"EUR\",\"reference\":\"rent\"}");
    expect(&transferred_customer_shape, &moved,
           "{\"type\":\"MoneyTransferred\",\"position\":5,\"at\":" AT_TEXT
           ",\"from\":{\"account\":\"1000000008\",\"balance\":1,\"version\":2},"
           "\"to\":{\"account\":\"1000000016\"},\"amount\":100,"
           "\"currency\":\"EUR\",\"reference\":\"rent\"}");
}

static void a_batch_gives_a_result_or_an_error_for_each(void **state)
{
    struct problem refused = {
        .status = STATUS_insufficient_funds, .balance = money(5), .amount = money(7)};
    struct series_result series = {.account = FIRST, .currency = EUR};
    struct batch_item items[] = {
        {.ok = true, .replayed = true, .result = {.shape = &series_result_shape, .value = &series}},
        {.ok = false, .error = &refused},
    };
    struct batch_result batch = {.results = {items, 2}};
    (void)state;
    expect(&batch_result_shape, &batch,
           "{\"results\":[{\"ok\":true,\"replayed\":true,\"result\":{\"account\":\"1000000008\","
           "\"currency\":\"EUR\",\"days\":[]}},{\"ok\":false,\"replayed\":false,\"error\":{"
           "\"code\":\"insufficient_funds\",\"status\":422,\"title\":\"Insufficient funds\","
           "\"detail\":\"The balance is lower than the amount: nothing was posted.\","
           "\"balance\":5,\"amount\":7}}]}");
}

#define EVENT_HEAD(type)                                                                           \
    "{\"position\":8,\"type\":\"" type "\",\"at\":" AT_TEXT ",\"actor\":\"ana\",\"channel\":"      \
    "\"zmq\""

static const struct history_event sample = {
    .event = {.channel = CHANNEL_ZMQ,
              .currency = EUR,
              .position = 8,
              .at = AT,
              .actor = {"ana", 3},
              .account = FIRST,
              .version = 2,
              .from = FIRST,
              .from_version = 3,
              .to = SECOND,
              .to_version = 4,
              .owner = {"Zoë", sizeof "Zoë" - 1},
              .initial_balance = {11},
              .amount = {12},
              .reference = {NULL, 0},
              .balance = {13},
              .change = {-14},
              .cause = 7},
    .seen_change = {-15},
    .seen_balance = {16},
    .counterparty = SECOND,
};

static void events_have_their_own_fields_and_history_adds_what_was_seen(void **state)
{
#define ONE ",\"account\":\"1000000008\",\"version\":2"
#define BOTH ",\"from\":\"1000000008\",\"from_version\":3,\"to\":\"1000000016\",\"to_version\":4"
    static const char *const bodies[EVENT_TYPE_COUNT] = {
        EVENT_HEAD("AccountCreated") ONE
        ",\"owner\":\"Zoë\",\"currency\":\"EUR\",\"initial_balance\":11",
        EVENT_HEAD("MoneyDeposited") ONE ",\"amount\":12,\"currency\":\"EUR\",\"reference\":\"\"",
        EVENT_HEAD("MoneyWithdrawn") ONE ",\"amount\":12,\"currency\":\"EUR\",\"reference\":\"\"",
        EVENT_HEAD("MoneyTransferred") BOTH
        ",\"amount\":12,\"currency\":\"EUR\",\"reference\":\"\"",
        EVENT_HEAD("BalanceUpdated") ONE
        ",\"currency\":\"EUR\",\"balance\":13,\"change\":-14,\"cause\":7",
    };
    static const char *const seen = ",\"change\":-15,\"balance\":16";
    (void)state;
    for (uint8_t type = 0; type < EVENT_TYPE_COUNT; type++) {
        struct history_event event = sample;
        struct bytes want;
        event.event.type = type;
        bytes_init(&want, 4096);
        bytes_print(&want, "%s}%c", bodies[type], 0);
        expect(&event_shape, &event.event, (const char *)want.data);
        bytes_clear(&want);
        bytes_print(&want, "%s%s%s}%c", bodies[type], type == EVENT_BALANCE_UPDATED ? "" : seen,
                    type == EVENT_MONEY_TRANSFERRED ? ",\"counterparty\":\"1000000016\"" : "", 0);
        expect(&history_event_shape, &event, (const char *)want.data);
        bytes_close(&want);
    }
}

static void queries_answer_as_in_the_contract(void **state)
{
    struct balance_result balance = {FIRST, money(5), EUR, 2, AT, 7};
    struct series_day days[] = {{0, money(0)}, {20780, money(9)}};
    struct series_result series = {FIRST, EUR, {days, 2}};
    (void)state;
    expect(&balance_result_shape, &balance,
           "{\"account\":\"1000000008\",\"balance\":5,\"currency\":\"EUR\",\"version\":2,"
           "\"as_of\":" AT_TEXT ",\"position\":7}");
    expect(&series_result_shape, &series,
           "{\"account\":\"1000000008\",\"currency\":\"EUR\",\"days\":["
           "{\"day\":\"1970-01-01\",\"balance\":0},{\"day\":\"2026-11-23\",\"balance\":9}]}");
}

static void a_statement_is_as_in_the_contract_and_its_summary_has_no_lines(void **state)
{
    struct statement_line lines[] = {
        {6, AT, EVENT_ACCOUNT_CREATED, {NULL, 0}, 0, money(10), money(10)},
        {8, AT, EVENT_MONEY_TRANSFERRED, {"r", 1}, SECOND, money(-4), money(6)},
    };
    struct statement_result statement = {.account = FIRST,
                                         .owner = TEXT("Zoë"),
                                         .currency = EUR,
                                         .month = 2026 * 12 + 10,
                                         .credits = {1, money(10)},
                                         .debits = {1, money(4)},
                                         .closing_balance = money(6),
                                         .first_position = 6,
                                         .last_position = 8,
                                         .final = true,
                                         .lines = {lines, 2}};
#define SUMMARY                                                                                    \
    "{\"account\":\"1000000008\",\"owner\":\"Zoë\",\"currency\":\"EUR\",\"month\":\"2026-11\","   \
    "\"opening_balance\":0,\"credits\":{\"count\":1,\"total\":10},\"debits\":{\"count\":1,"        \
    "\"total\":4},\"closing_balance\":6,\"first_position\":6,\"last_position\":8,\"final\":true"
    (void)state;
    expect(&statement_summary_shape, &statement, SUMMARY "}");
    expect(&statement_result_shape, &statement,
           SUMMARY ",\"lines\":[{\"position\":6,\"at\":" AT_TEXT
                   ",\"type\":\"AccountCreated\",\"reference\":\"\",\"counterparty\":null,"
                   "\"change\":10,\"balance\":10},{\"position\":8,\"at\":" AT_TEXT
                   ",\"type\":\"MoneyTransferred\",\"reference\":\"r\","
                   "\"counterparty\":\"1000000016\",\"change\":-4,\"balance\":6}]}");
    statement.first_position = statement.last_position = 0;
    bytes_clear(&bytes);
    json_write_shape(&bytes, &statement_summary_shape, &statement);
    bytes_put_u8(&bytes, 0);
    assert_non_null(
        strstr((const char *)bytes.data, "\"first_position\":null,\"last_position\":null"));
}

static void lists_say_whether_there_is_more(void **state)
{
    struct list_result list = {.total = LIST_TOTAL_UNKNOWN};
    struct key_result key = {.name = TEXT("ana"), .role = ROLE_TELLER, .created_at = AT};
    (void)state;
    expect(&account_list_shape, &list,
           "{\"object\":\"list\",\"data\":[],\"has_more\":false,\"next\":null,\"total\":null}");
    list.total = 0;
    list.next = TEXT("/accounts?after=1");
    list.has_more = true;
    expect(&account_list_shape, &list,
           "{\"object\":\"list\",\"data\":[],\"has_more\":true,\"next\":\"/accounts?after=1\","
           "\"total\":0}");
    list.data = (struct list){&key, 1};
    expect(&key_list_shape, &list,
           "{\"object\":\"list\",\"data\":[{\"name\":\"ana\",\"role\":\"teller\",\"created_"
           "at\":" AT_TEXT
           ",\"revoked_at\":null}],\"has_more\":true,\"next\":\"/accounts?after=1\"}");
}

static void an_outcome_is_null_a_result_or_an_error(void **state)
{
    struct problem refused = {.status = STATUS_version_conflict, .version = 12};
    struct series_result series = {.account = FIRST, .currency = EUR};
    struct outcome_result outcome = {.state = OUTCOME_UNKNOWN};
    (void)state;
    expect(&outcome_result_shape, &outcome, "{\"state\":\"unknown\",\"outcome\":null}");
    outcome.state = OUTCOME_DONE;
    outcome.outcome = (struct any){.shape = &series_result_shape, .value = &series};
    expect(&outcome_result_shape, &outcome,
           "{\"state\":\"done\",\"outcome\":{\"account\":\"1000000008\",\"currency\":\"EUR\","
           "\"days\":[]}}");
    outcome = (struct outcome_result){.state = OUTCOME_REFUSED, .error = &refused};
    expect(&outcome_result_shape, &outcome,
           "{\"state\":\"refused\",\"outcome\":{\"code\":\"version_conflict\",\"status\":409,"
           "\"title\":\"Version conflict\",\"detail\":\"The account has moved on: read it again "
           "and decide anew.\",\"version\":12}}");
}

static void a_problem_on_rest_has_its_type_and_the_bad_fields(void **state)
{
    struct problem problem = {0};
    struct json_emitter json;
    (void)state;
    problem_at(&problem, STATUS_invalid_amount, "#/amount", "amount is %s.", "bad");
    json_emitter_init(&json, &bytes);
    emit_problem(&json.emitter, &problem, TEXT("r1"), true);
    bytes_put_u8(&bytes, 0);
    assert_string_equal((const char *)bytes.data,
                        "{\"type\":\"/problems/invalid_amount\",\"code\":\"invalid_amount\","
                        "\"status\":400,\"title\":\"Invalid amount\",\"detail\":\"amount is bad.\","
                        "\"request_id\":\"r1\",\"errors\":[{\"pointer\":\"#/amount\","
                        "\"detail\":\"amount is bad.\"}]}");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(an_account_is_as_in_the_contract),
        TEST(a_deposit_is_as_in_the_contract),
        TEST(a_transfer_shows_a_customer_only_the_number_of_the_other),
        TEST(a_batch_gives_a_result_or_an_error_for_each),
        TEST(events_have_their_own_fields_and_history_adds_what_was_seen),
        TEST(queries_answer_as_in_the_contract),
        TEST(a_statement_is_as_in_the_contract_and_its_summary_has_no_lines),
        TEST(lists_say_whether_there_is_more),
        TEST(an_outcome_is_null_a_result_or_an_error),
        TEST(a_problem_on_rest_has_its_type_and_the_bad_fields),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
