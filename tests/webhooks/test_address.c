#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "webhooks/address.h"
#include "webhooks/webhook_url.h"

static bool is_refused(const struct address_allow *allow, const char *text)
{
    uint8_t bytes[16];
    if (inet_pton(AF_INET, text, bytes) == 1)
        return address_is_refused(allow, AF_INET, bytes);
    assert_int_equal(inet_pton(AF_INET6, text, bytes), 1);
    return address_is_refused(allow, AF_INET6, bytes);
}

static void special_ranges_are_refused_from_their_first_to_their_last_address(void **state)
{
    static const char *const special[] = {
        "0.0.0.0",
        "0.255.255.255",
        "10.0.0.0",
        "10.255.255.255",
        "100.64.0.0",
        "100.127.255.255",
        "127.0.0.1",
        "127.255.255.255",
        "169.254.0.0",
        "169.254.169.254",
        "169.254.255.255",
        "172.16.0.0",
        "172.31.255.255",
        "192.0.0.0",
        "192.0.0.255",
        "192.0.2.1",
        "192.31.196.1",
        "192.52.193.1",
        "192.88.99.1",
        "192.168.0.0",
        "192.168.255.255",
        "192.175.48.1",
        "198.18.0.0",
        "198.19.255.255",
        "198.51.100.1",
        "203.0.113.1",
        "224.0.0.1",
        "239.255.255.255",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::7f00:1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "::ffff:0:1",
        "64:ff9b::7f00:1",
        "64:ff9b::a00:1",
        "64:ff9b::192.168.0.1",
        "64:ff9b:1::1",
        "64:ff9b:1:fffe::10.0.0.1",
        "100::1",
        "100:0:0:1::1",
        "2001::1",
        "2001:1ff:ffff::1",
        "2001:0:7f00:1::",
        "2001:db8::1",
        "2001:db8:ffff::",
        "2002:7f00:1::",
        "2002:a00:1::1",
        "2002:808:808::1",
        "2620:4f:8000::1",
        "3fff::1",
        "3fff:fff::1",
        "5f00::1",
        "fc00::1",
        "fdff::1",
        "fe80::1",
        "febf::1",
        "fec0::1",
        "ff02::1",
        "ff0e::1",
        "4000::1",
        "1fff::1",
    };
    static const char *const open[] = {
        "1.1.1.1",
        "9.255.255.255",
        "11.0.0.0",
        "100.63.255.255",
        "100.128.0.0",
        "126.255.255.255",
        "128.0.0.0",
        "169.253.255.255",
        "169.255.0.0",
        "172.15.255.255",
        "172.32.0.0",
        "192.0.1.0",
        "192.0.3.0",
        "192.167.255.255",
        "192.169.0.0",
        "198.17.255.255",
        "198.20.0.0",
        "223.255.255.255",
        "2606:4700:4700::1111",
        "2001:200::1",
        "2001:4860::8888",
        "2001:db7:ffff::",
        "2001:db9::",
        "2003::1",
        "::ffff:8.8.8.8",
        "64:ff9b::8.8.8.8",
        "2a00::1",
        "3ffe:ffff::1",
    };
    struct address_allow none = {.count = 0};
    (void)state;
    for (size_t i = 0; i < sizeof special / sizeof *special; i++) {
        if (!is_refused(&none, special[i]))
            fail_msg("%s was let through", special[i]);
    }
    for (size_t i = 0; i < sizeof open / sizeof *open; i++) {
        if (is_refused(&none, open[i]))
            fail_msg("%s was refused", open[i]);
    }
    assert_true(address_is_refused(&none, AF_UNIX, "/run/x"));
}

static void an_exception_opens_its_range_and_nothing_beside_it(void **state)
{
    struct address_allow allow = {.count = 0};
    (void)state;
    assert_true(address_allow_add(&allow, TEXT("10.1.0.0/16")));
    assert_true(address_allow_add(&allow, TEXT("fd00:1::/32")));
    assert_true(address_allow_add(&allow, TEXT("127.0.0.1")));
    assert_false(is_refused(&allow, "10.1.255.255"));
    assert_false(is_refused(&allow, "::ffff:10.1.0.1"));
    assert_false(is_refused(&allow, "64:ff9b::10.1.0.1"));
    assert_false(is_refused(&allow, "fd00:1::5"));
    assert_false(is_refused(&allow, "127.0.0.1"));
    assert_true(is_refused(&allow, "10.2.0.0"));
    assert_true(is_refused(&allow, "10.0.255.255"));
    assert_true(is_refused(&allow, "fd00:2::"));
    assert_true(is_refused(&allow, "127.0.0.2"));
    assert_true(is_refused(&allow, "::1"));
}

static void what_is_no_network_is_no_exception(void **state)
{
    static const char *const wrong[] = {"",           "/8",        "10.0.0.0/",   "10.0.0.0/33",
                                        "10.0.0.1/8", "10.0.0/8",  "10.0.0.0/-1", "::/129",
                                        "fd00::1/8",  "localhost", "10.0.0.0/08", "10.0.0.0/8 "};
    struct address_allow allow = {.count = 0};
    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        if (address_allow_add(&allow, text_of(wrong[i])))
            fail_msg("%s was taken", wrong[i]);
    }
    for (int i = 0; i < ADDRESS_ALLOW_MAX; i++)
        assert_true(address_allow_add(&allow, TEXT("0.0.0.0/0")));
    assert_false(address_allow_add(&allow, TEXT("0.0.0.0/0")));
}

static void urls_into_the_inner_network_are_refused_however_they_are_written(void **state)
{
    static const char *const wrong[] = {
        "http://127.0.0.1/",
        "http://127.1/",
        "http://127.0.1/",
        "http://0x7f.0.0.1/",
        "http://0x7f000001/",
        "http://2130706433/",
        "http://017700000001/",
        "http://0177.0.0.1/",
        "http://127.0.0.1:8080/hook",
        "HTTP://127.0.0.1/",
        "http://127.0.0.1./",
        "http://0/",
        "http://0.0.0.0/",
        "http://localhost/",
        "http://LOCALHOST/",
        "http://localhost./",
        "http://api.localhost/",
        "http://[::1]/",
        "http://[::]/",
        "http://[0:0:0:0:0:0:0:1]/",
        "http://[::ffff:127.0.0.1]/",
        "http://[::ffff:7f00:1]/",
        "http://[::127.0.0.1]/",
        "http://[64:ff9b::127.0.0.1]/",
        "http://[2002:7f00:1::]/",
        "http://[fe80::1%25eth0]/",
        "http://[fe80::1]/",
        "http://[fd00::1]/",
        "http://[ff02::1]/",
        "https://10.0.0.1/",
        "https://192.168.1.1/",
        "https://172.16.0.1/",
        "https://169.254.169.254/latest/meta-data/",
        "https://100.64.0.1/",
        "http://255.255.255.255/",
        "http://224.0.0.1/",
        "http://%31%32%37.0.0.1/",
        "http://\xef\xbc\x91\xef\xbc\x92\xef\xbc\x97.0.0.1/",
        "http:127.0.0.1/",
        "http:///127.0.0.1/",
    };
    struct address_allow none = {.count = 0};
    const char *why;
    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        if (webhook_url_check(text_of(wrong[i]), &none, &why))
            fail_msg("%s was taken", wrong[i]);
        assert_non_null(why);
    }
}

static void urls_of_other_kinds_are_refused(void **state)
{
    static const char *const wrong[] = {
        "",
        "x",
        "example.com/hook",
        "ftp://example.com/",
        "file:///etc/passwd",
        "gopher://a.b/",
        "unix:///run/x",
        "javascript:alert(1)",
        "https://",
        "https:///",
        "http://a b/",
        "https://user:word@example.com/",
        "https://user@example.com/",
        "https://example.com:99999/",
        "https://example.com:0/",
        "http:///example.com/hook",
        "http://?example.com",
        "https://exa\nmple.com/",
        "dict://example.com/",
    };
    struct address_allow all = {.count = 0};
    const char *why;
    (void)state;
    assert_true(address_allow_add(&all, TEXT("0.0.0.0/0")));
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        if (webhook_url_check(text_of(wrong[i]), &all, &why))
            fail_msg("%s was taken", wrong[i]);
    }
    assert_true(webhook_url_check(TEXT("https://example.com/hook?a=1"), &all, &why));
    assert_true(webhook_url_check(TEXT("http://127.0.0.1:9/x"), &all, &why));
    assert_true(webhook_url_check(TEXT("https://[2606:4700::1111]:8443/x"), &all, &why));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(special_ranges_are_refused_from_their_first_to_their_last_address),
        cmocka_unit_test(an_exception_opens_its_range_and_nothing_beside_it),
        cmocka_unit_test(what_is_no_network_is_no_exception),
        cmocka_unit_test(urls_into_the_inner_network_are_refused_however_they_are_written),
        cmocka_unit_test(urls_of_other_kinds_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
