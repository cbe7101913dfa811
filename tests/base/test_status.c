#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/status.h"

/* What journals already hold and clients already match on: names, numbers and HTTP statuses. A
 * change that makes this table fail breaks stored journals. */
static const struct {
    const char *code;
    unsigned number;
    int http;
    bool stored;
} promised[] = {
    {"ok", 0, 200, false},
    {"malformed_request", 1, 400, false},
    {"invalid_amount", 2, 400, false},
    {"invalid_account", 3, 400, false},
    {"invalid_currency", 4, 400, false},
    {"invalid_key", 5, 400, false},
    {"key_required", 6, 400, false},
    {"invalid_parameter", 7, 400, false},
    {"invalid_url", 8, 400, false},
    {"unauthenticated", 20, 401, false},
    {"wrong_pin", 21, 401, false},
    {"forbidden", 22, 403, false},
    {"pin_locked", 23, 403, false},
    {"account_not_found", 30, 404, true},
    {"statement_not_found", 31, 404, false},
    {"not_found", 32, 404, false},
    {"method_not_allowed", 33, 405, false},
    {"not_acceptable", 34, 406, false},
    {"version_conflict", 40, 409, true},
    {"account_exists", 41, 409, true},
    {"request_too_large", 50, 413, false},
    {"uri_too_long", 51, 414, false},
    {"unsupported_media_type", 52, 415, false},
    {"headers_too_large", 53, 431, false},
    {"insufficient_funds", 60, 422, true},
    {"same_account", 61, 422, true},
    {"currency_mismatch", 62, 422, true},
    {"balance_limit_exceeded", 63, 422, true},
    {"idempotency_key_reused", 64, 422, false},
    {"batch_aborted", 65, 422, false},
    {"key_abandoned", 66, 422, true},
    {"too_many_requests", 70, 429, false},
    {"unavailable", 71, 503, false},
};

static void every_outcome_keeps_its_name_number_and_meaning(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(promised) / sizeof(promised[0]); i++) {
        enum status status;
        assert_true(status_is_known(promised[i].number));
        assert_true(status_by_code(text_of(promised[i].code), &status));
        assert_int_equal(status, promised[i].number);
        const struct status_row *row = status_row(status);
        assert_int_equal(row->status, status);
        assert_string_equal(row->code, promised[i].code);
        assert_int_equal(row->http, promised[i].http);
        assert_int_equal(status_is_stored(status), promised[i].stored);
    }
}

static void nothing_else_is_known(void **state)
{
    (void)state;
    unsigned known = 0;
    for (unsigned number = 0; number < 70000; number++) {
        known += status_is_known(number);
    }
    assert_int_equal(known, sizeof(promised) / sizeof(promised[0]));
    assert_false(status_is_known(UINT32_MAX));
    enum status status = STATUS_forbidden;
    assert_false(status_by_code(TEXT("no_such_code"), &status));
    assert_false(status_by_code(TEXT(""), &status));
    assert_false(status_by_code(text_of(NULL), &status));
    assert_int_equal(status, STATUS_forbidden);
}

static void every_outcome_has_a_title_and_a_sentence(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(promised) / sizeof(promised[0]); i++) {
        const struct status_row *row = status_row((enum status)promised[i].number);
        assert_true(strlen(row->title) > 0);
        size_t size = strlen(row->detail);
        assert_true(size > 1);
        assert_int_equal(row->detail[size - 1], '.');
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_outcome_keeps_its_name_number_and_meaning),
        cmocka_unit_test(nothing_else_is_known),
        cmocka_unit_test(every_outcome_has_a_title_and_a_sentence),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
