#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "webhooks/signature.h"

static void the_vector_of_standard_webhooks_is_signed_as_it_says(void **state)
{
    struct signature_secret secret;
    char out[SIGNATURE_TEXT_MAX];
    (void)state;
    assert_true(signature_secret_decode(TEXT("whsec_plJ3nmyCDGBKInavdOK15jsl"), &secret));
    assert_int_equal(secret.size, 18);
    signature_write(&secret, 1, "msg_loFOjxBNrRLzqYUf", 1731705121,
                    TEXT("{\"event_type\":\"ping\",\"data\":{\"success\":true}}"), out);
    assert_string_equal(out, "v1,rAvfW3dJ/X/qxhsaXPOyyCGmRKsaKWcsNccKXlIktD0=");
}

static void two_secrets_give_two_signatures_newest_first(void **state)
{
    struct signature_secret secrets[2] = {{.size = 24}, {.size = 64}};
    char one[SIGNATURE_TEXT_MAX], two[SIGNATURE_TEXT_MAX], both[SIGNATURE_TEXT_MAX];
    char expected[2 * SIGNATURE_TEXT_MAX];
    (void)state;
    memset(secrets[0].bytes, 1, 24);
    memset(secrets[1].bytes, 2, 64);
    signature_write(&secrets[0], 1, "msg_1", 1, TEXT("{}"), one);
    signature_write(&secrets[1], 1, "msg_1", 1, TEXT("{}"), two);
    signature_write(secrets, 2, "msg_1", 1, TEXT("{}"), both);
    snprintf(expected, sizeof expected, "%s %s", one, two);
    assert_string_equal(both, expected);
    assert_string_not_equal(one, two);
}

static void secrets_come_back_as_they_were_written(void **state)
{
    (void)state;
    for (size_t size = SIGNATURE_SECRET_MIN; size <= SIGNATURE_SECRET_MAX; size++) {
        struct signature_secret secret = {.size = size}, again;
        char text[SIGNATURE_SECRET_TEXT_MAX];
        memset(secret.bytes, (int)size, size);
        signature_secret_print(&secret, text);
        assert_true(signature_secret_parse(text_of(text), &again));
        assert_memory_equal(&again, &secret, sizeof secret);
    }
}

static void what_is_no_secret_is_refused(void **state)
{
    static const char *const wrong[] = {
        "",
        "whsec_",
        "whsec_AAAA",                      /* too short */
        "whsec_plJ3nmyCDGBKInavdOK15js",   /* padding is missing */
        "whsec_plJ3nmyCDGBKInavdOK15jsl=", /* too much of it */
        "whsec_plJ3nmyCDGBKInavdOK15jsl ", /* a blank */
        "whsec_plJ3nmyCDGBKInavdOK15j-_",  /* of the other alphabet */
        "plJ3nmyCDGBKInavdOK15jsl",        /* no prefix */
        "WHSEC_plJ3nmyCDGBKInavdOK15jsl",
        "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
        "AAAAAA",
    };
    struct signature_secret secret;
    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        if (signature_secret_parse(text_of(wrong[i]), &secret))
            fail_msg("%s was taken", wrong[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_vector_of_standard_webhooks_is_signed_as_it_says),
        cmocka_unit_test(two_secrets_give_two_signatures_newest_first),
        cmocka_unit_test(secrets_come_back_as_they_were_written),
        cmocka_unit_test(what_is_no_secret_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
