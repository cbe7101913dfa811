#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/utf8.h"

static void valid_utf8_is_accepted(void **state)
{
    (void)state;
    static const char *rows[] = {
        "",
        "plain",
        "Zoë",
        "李",
        "\xf0\x9f\x98\x80",
        "\xc2\x80",
        "\xdf\xbf",
        "\xe0\xa0\x80",
        "\xed\x9f\xbf",
        "\xee\x80\x80",
        "\xef\xbf\xbf",
        "\xf0\x90\x80\x80",
        "\xf4\x8f\xbf\xbf",
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_true(utf8_is_valid(text_of(rows[i])));
    }
    assert_true(utf8_is_valid((struct text){"a\0b", 3}));
    assert_true(utf8_is_valid((struct text){NULL, 0}));
}

static void everything_else_is_refused(void **state)
{
    (void)state;
    static const char *rows[] = {
        "\x80",
        "\xbf",
        "\xc0\x80",
        "\xc1\xbf",
        "\xc3",
        "\xc3(",
        "\xe0\x80\x80",
        "\xe0\x9f\xbf",
        "\xe2\x82",
        "\xe2(\xa1",
        "\xed\xa0\x80",
        "\xed\xbf\xbf",
        "\xf0\x80\x80\x80",
        "\xf0\x8f\xbf\xbf",
        "\xf0\x9f\x98",
        "\xf4\x90\x80\x80",
        "\xf5\x80\x80\x80",
        "\xff",
        "\xfe",
        "ok\xc3",
        "\xc3\xa9\xa9",
        "\xf8\x88\x80\x80\x80",
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_false(utf8_is_valid(text_of(rows[i])));
    }
}

static void every_code_point_is_valid_and_counts_as_one(void **state)
{
    (void)state;
    for (uint32_t code = 0; code <= 0x10ffff; code++) {
        char data[4];
        size_t size;
        if (code < 0x80) {
            data[0] = (char)code;
            size = 1;
        } else if (code < 0x800) {
            data[0] = (char)(0xc0 | code >> 6);
            data[1] = (char)(0x80 | (code & 0x3f));
            size = 2;
        } else if (code < 0x10000) {
            data[0] = (char)(0xe0 | code >> 12);
            data[1] = (char)(0x80 | (code >> 6 & 0x3f));
            data[2] = (char)(0x80 | (code & 0x3f));
            size = 3;
        } else {
            data[0] = (char)(0xf0 | code >> 18);
            data[1] = (char)(0x80 | (code >> 12 & 0x3f));
            data[2] = (char)(0x80 | (code >> 6 & 0x3f));
            data[3] = (char)(0x80 | (code & 0x3f));
            size = 4;
        }
        bool surrogate = code >= 0xd800 && code <= 0xdfff;
        struct text text = {data, size};
        bool control = code < 0x20 || (code >= 0x7f && code < 0xa0);
        if (utf8_is_valid(text) == surrogate || utf8_count(text) != 1 ||
            utf8_has_control(text) != control) {
            fail_msg("code point U+%04X", code);
        }
    }
}

static void characters_are_counted_not_bytes(void **state)
{
    (void)state;
    assert_int_equal(utf8_count(TEXT("")), 0);
    assert_int_equal(utf8_count(TEXT("Zoë 李")), 5);
    assert_int_equal(utf8_count(TEXT("e\xcc\x81")), 2);
}

static void controls_are_noticed_anywhere(void **state)
{
    (void)state;
    assert_true(utf8_has_control(TEXT("a\x1b[2Jb")));
    assert_true(utf8_has_control(TEXT("a\xc2\x9b")));
    assert_true(utf8_has_control((struct text){"a\0", 2}));
    assert_true(utf8_has_control(TEXT("a\n")));
    assert_false(utf8_has_control(TEXT("Zoë\xc2\xa0李 ’")));
}

static void folding_makes_these_equal(void **state)
{
    (void)state;
    static const struct {
        const char *text, *folded;
    } rows[] = {
        {"", ""},
        {"Café  Zoë-李", "cafe zoe 李"},
        {"ZOË", "zoe"},
        {"Zoe\xcc\x88", "zoe"},
        {"  González, Zoë  ", "gonzalez zoe"},
        {"Straße", "strasse"},
        {"STRASSE", "strasse"},
        {"İstanbul", "istanbul"},
        {"Isık", "isik"},
        {"Łukasz Žižka", "lukasz zizka"},
        {"Søren Đorđević", "soren dordevic"},
        {"ΣΊΣΥΦΟΣ", "σισυφοσ"},
        {"Σίσυφος", "σισυφοσ"},
        {"Чайковский", "чаиковскии"},
        {"ﬁnance Ⅷ ½", "finance viii 1 2"},
        {"ｆｕｌｌ", "full"},
        {"O'Brien & Söhne", "o brien sohne"},
        {"10000 00420", "10000 00420"},
        {"co\xc2\xad"
         "operate",
         "cooperate"},
        {"---", ""},
        {"😀 a", "a"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct bytes out;
        bytes_init(&out, 1000);
        utf8_fold(text_of(rows[i].text), &out);
        bytes_put_u8(&out, 0);
        assert_string_equal((const char *)out.data, rows[i].folded);
        bytes_close(&out);
    }
}

static void folding_appends_and_is_bounded(void **state)
{
    (void)state;
    struct bytes out;
    bytes_init(&out, 6);
    bytes_put_text(&out, TEXT("x:"));
    utf8_fold(TEXT("Zoë"), &out);
    assert_true(text_is(bytes_text(&out), "x:zoe"));
    utf8_fold(TEXT("Zoë"), &out);
    assert_true(out.overflow);
    bytes_close(&out);
}

static void folding_twice_changes_nothing(void **state)
{
    (void)state;
    struct bytes once, twice;
    bytes_init(&once, 64);
    bytes_init(&twice, 64);
    for (uint32_t code = 0x80; code <= 0x2ffff; code++) {
        if (code >= 0xd800 && code <= 0xdfff) {
            continue;
        }
        char data[4] = {(char)(0xe0 | code >> 12), (char)(0x80 | (code >> 6 & 0x3f)),
                        (char)(0x80 | (code & 0x3f)), 0};
        struct text text = {data, 3};
        if (code < 0x800) {
            data[0] = (char)(0xc0 | code >> 6);
            data[1] = (char)(0x80 | (code & 0x3f));
            text.size = 2;
        } else if (code >= 0x10000) {
            data[0] = (char)(0xf0 | code >> 18);
            data[1] = (char)(0x80 | (code >> 12 & 0x3f));
            data[2] = (char)(0x80 | (code >> 6 & 0x3f));
            data[3] = (char)(0x80 | (code & 0x3f));
            text.size = 4;
        }
        bytes_clear(&once);
        bytes_clear(&twice);
        utf8_fold(text, &once);
        utf8_fold(bytes_text(&once), &twice);
        if (once.overflow || !text_equal(bytes_text(&once), bytes_text(&twice))) {
            fail_msg("code point U+%04X", code);
        }
    }
    bytes_close(&once);
    bytes_close(&twice);
}

static void a_query_matches_beginnings_of_words_in_any_order(void **state)
{
    (void)state;
    static const struct {
        const char *text, *query;
        bool match;
    } rows[] = {
        {"gonzalez zoe", "zoe", true},
        {"gonzalez zoe", "gonz", true},
        {"gonzalez zoe", "zo go", true},
        {"gonzalez zoe", "onz", false},
        {"gonzalez zoe", "zoe x", false},
        {"gonzalez zoe", "", true},
        {"", "", true},
        {"", "a", false},
        {"gonzalez zoe", "zoey", false},
        {"gonzalez zoe", "zoe zoe", true},
        {"李 四", "李", true},
        {"gonzalez zoe", "gonzalez zoe", true},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_int_equal(utf8_words_match(text_of(rows[i].text), text_of(rows[i].query)),
                         rows[i].match);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(valid_utf8_is_accepted),
        cmocka_unit_test(everything_else_is_refused),
        cmocka_unit_test(every_code_point_is_valid_and_counts_as_one),
        cmocka_unit_test(characters_are_counted_not_bytes),
        cmocka_unit_test(controls_are_noticed_anywhere),
        cmocka_unit_test(folding_makes_these_equal),
        cmocka_unit_test(folding_appends_and_is_bounded),
        cmocka_unit_test(folding_twice_changes_nothing),
        cmocka_unit_test(a_query_matches_beginnings_of_words_in_any_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
