#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "contract/events.h"
#include "contract/results.h"
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

static void expect(const char *json)
{
    bytes_put_u8(&bytes, 0);
    assert_string_equal((const char *)bytes.data, json);
    bytes_clear(&bytes);
}

static void strings_are_escaped_where_they_must_be_and_nowhere_else(void **state)
{
    static const struct {
        struct text text;
        const char *json;
    } rows[] = {
        {{"", 0}, "\"\""},
        {{"Zoë 李 😀", sizeof "Zoë 李 😀" - 1}, "\"Zoë 李 😀\""},
        {{"\"\\/", 3}, "\"\\\"\\\\/\""},
        {{"\b\f\n\r\t", 5}, "\"\\b\\f\\n\\r\\t\""},
        {{"\0\x01\x1f\x7f", 4}, "\"\\u0000\\u0001\\u001f\\u007f\""},
        {{"\xc2\x80-\xc2\x9f-\xc2\xa0-\xc3\x9f", 11}, "\"\\u0080-\\u009f-\xc2\xa0-\xc3\x9f\""},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct json_emitter json;
        json_emitter_init(&json, &bytes);
        json.emitter.text(&json.emitter, rows[i].text);
        expect(rows[i].json);
    }
}

static void numbers_are_plain_integers(void **state)
{
    struct json_emitter json;
    struct emitter *to = &json.emitter;
    (void)state;
    json_emitter_init(&json, &bytes);
    to->list(to, 5);
    to->integer(to, INT64_MIN);
    to->integer(to, -1);
    to->integer(to, 0);
    to->integer(to, INT64_MAX);
    to->natural(to, UINT64_MAX);
    to->list_end(to);
    expect("[-9223372036854775808,-1,0,9223372036854775807,18446744073709551615]");
}

static void commas_stand_between_values_and_only_there(void **state)
{
    struct json_emitter json;
    struct emitter *to = &json.emitter;
    (void)state;
    json_emitter_init(&json, &bytes);
    to->map(to, 3);
    to->key(to, TEXT("a"));
    to->list(to, 3);
    to->map(to, 0);
    to->map_end(to);
    to->list(to, 0);
    to->list_end(to);
    to->null(to);
    to->list_end(to);
    to->key(to, TEXT("b"));
    to->boolean(to, true);
    to->key(to, TEXT("c"));
    to->text(to, TEXT("x"));
    to->map_end(to);
    expect("{\"a\":[{},[],null],\"b\":true,\"c\":\"x\"}");
}

static void running_out_of_room_is_remembered(void **state)
{
    struct bytes small;
    struct account_result account = {.owner = TEXT("A name \"with\" quotes")};
    (void)state;
    json_write_shape(&bytes, &account_result_shape, &account);
    for (size_t max = 0; max < bytes.size + 2; max++) {
        bytes_init(&small, max);
        json_write_shape(&small, &account_result_shape, &account);
        assert_int_equal(small.overflow, max < bytes.size);
        assert_true(small.size <= max);
        bytes_close(&small);
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(strings_are_escaped_where_they_must_be_and_nowhere_else),
        TEST(numbers_are_plain_integers),
        TEST(commas_stand_between_values_and_only_there),
        TEST(running_out_of_room_is_remembered),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
