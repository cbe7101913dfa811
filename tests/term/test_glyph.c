#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "term/surface.h"

static void assert_glyphs(const char *text, size_t size, bool ascii, const char *shown, int columns)
{
    char out[512] = "";
    size_t used = 0;
    int total = 0;
    struct glyph glyph;
    for (size_t at = 0; glyph_next((struct text){text, size}, &at, ascii, &glyph);) {
        memcpy(out + used, glyph.text, glyph.size);
        used += glyph.size;
        total += glyph.columns;
    }
    out[used] = '\0';
    assert_string_equal(out, shown);
    assert_int_equal(total, columns);
    assert_int_equal(glyph_columns((struct text){text, size}, ascii), columns);
}

#define GLYPHS(text, ascii, shown, columns)                                                        \
    assert_glyphs(text, sizeof(text) - 1, ascii, shown, columns)

static void what_could_drive_a_terminal_is_shown_instead(void **state)
{
    (void)state;
    GLYPHS("\033[2J", false, "^[[2J", 5);
    GLYPHS("\a\r\n\t\x7f", false, "^G^M^J^I^?", 10);
    GLYPHS("a\0b", false, "a^@b", 4);
    GLYPHS("\xc2\x9b"
           "31m",
           false, "\\u{9b}31m", 9);
    GLYPHS("\xe2\x80\xae"
           "abc",
           false, "\\u{202e}abc", 11);
    GLYPHS("\xe2\x80\x8b", false, "\\u{200b}", 8); /* a blank nobody sees */
    GLYPHS("\xe2\x80\xa8", false, "\\u{2028}", 8); /* a line separator */
    GLYPHS("\xef\xbb\xbf", false, "\\u{feff}", 8);
    GLYPHS("\xee\x80\x80", false, "\\u{e000}", 8); /* private use: nobody knows its width */
    GLYPHS("\xff\xc3(", false, "\\x{ff}\\x{c3}(", 13);
    GLYPHS("\xed\xa0\x80", false, "\\x{ed}\\x{a0}\\x{80}", 18); /* a surrogate */
}

static void wide_and_combining_characters_have_their_columns(void **state)
{
    (void)state;
    GLYPHS("Zoë", false, "Zoë", 3);
    GLYPHS("日本", false, "日本", 4);
    GLYPHS("e\xcc\x81x", false, "e\xcc\x81x", 2);
    GLYPHS("\xcc\x81", false, " \xcc\x81", 1); /* a mark with nothing under it */
    GLYPHS("☺\xef\xb8\x8f", false, "☺", 1);
    /* So many marks that the cell is full: the rest is left out, the width stays. */
    GLYPHS("e\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81!",
           false, "e\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81!", 2);
}

static void joined_characters_are_drawn_each_for_itself(void **state)
{
    (void)state;
    GLYPHS("👨\xe2\x80\x8d👩\xe2\x80\x8d👧", false, "👨👩👧", 6);
    GLYPHS("👍\xf0\x9f\x8f\xbd!", false, "👍!", 3);
    GLYPHS("❤\xef\xb8\x8f\xe2\x80\x8d🔥", false, "❤🔥", 3);
    GLYPHS("می\xe2\x80\x8cخواهم", false, "میخواهم", 7);
    /* Where a joiner joins nothing it may only deceive. */
    GLYPHS("ad\xe2\x80\x8dmin", false, "ad\\u{200d}min", 13);
    GLYPHS("\xe2\x80\x8d", false, "\\u{200d}", 8);
    GLYPHS("👨\xe2\x80\x8d", false, "👨\\u{200d}", 10);
    GLYPHS("👨\xe2\x80\x8d\xe2\x80\xae", false, "👨\\u{200d}\\u{202e}", 18);
    GLYPHS("a\xf0\x9f\x8f\xbd", false, "a\xf0\x9f\x8f\xbd", 3); /* a skin tone of its own */
}

static void without_utf8_there_is_ascii_of_the_same_width(void **state)
{
    (void)state;
    GLYPHS("González, Zoë", true, "Gonzalez, Zoe", 13);
    GLYPHS("e\xcc\x81x", true, "ex", 2);
    GLYPHS("日本", true, "????", 4);
    GLYPHS("┌─┐│…●→−", true, "+-+|~*>-", 8);
}

static void no_bytes_confuse_the_glyphs(void **state)
{
    (void)state;
    uint64_t random = 42;
    for (int round = 0; round < 20000; round++) {
        char text[24];
        for (size_t i = 0; i < sizeof text; i++) {
            random = random * 6364136223846793005u + 1442695040888963407u;
            text[i] = (char)(random >> 33 | (round % 2 ? 0x80 : 0));
        }
        struct glyph glyph;
        size_t at = 0;
        size_t before = 0;
        while (glyph_next((struct text){text, sizeof text}, &at, round % 3 == 0, &glyph)) {
            assert_true(at > before && at <= sizeof text);
            assert_true(glyph.size <= GLYPH_BYTES_MAX && glyph.columns >= 1);
            assert_true((uint8_t)glyph.text[0] >= 0x20 && glyph.text[0] != 0x7f);
            before = at;
        }
        assert_int_equal(at, sizeof text);
    }
}

static void assert_surface(struct surface *surface, const char *expected)
{
    struct bytes text;
    bytes_init(&text, 1 << 16);
    surface_text(surface, &text);
    bytes_put_u8(&text, 0);
    assert_string_equal((char *)text.data, expected);
    bytes_close(&text);
}

static void drawing_ends_at_the_edge_of_its_area(void **state)
{
    (void)state;
    struct surface surface;
    surface_init(&surface, 3, 10, false);
    struct area area = area_part(area_whole(&surface), 1, 2, 1, 5);
    (void)area_text(area, 0, 0, STYLE_PLAIN, TEXT("abcdefgh"));
    (void)area_text(area, 1, 0, STYLE_PLAIN, TEXT("below"));
    (void)area_text(area, -1, 0, STYLE_PLAIN, TEXT("above"));
    (void)area_text(area, 0, -3, STYLE_PLAIN, TEXT("xyz"));
    assert_surface(&surface, "\n  abcde\n\n");
    area = area_part(area_whole(&surface), -5, 20, 100, 100);
    assert_int_equal(area.columns, 0);
    (void)area_text(area, 0, 0, STYLE_PLAIN, TEXT("nowhere"));
    area_cursor(area, 0, 0);
    assert_false(surface.cursor_on);
    surface_close(&surface);
}

static void half_a_wide_character_is_never_left(void **state)
{
    (void)state;
    struct surface surface;
    surface_init(&surface, 1, 6, false);
    struct area area = area_whole(&surface);
    (void)area_text(area, 0, 0, STYLE_PLAIN, TEXT("日本語"));
    (void)area_text(area, 0, 1, STYLE_PLAIN, TEXT("x"));
    assert_surface(&surface, " x本語\n");
    (void)area_text(area, 0, 4, STYLE_PLAIN, TEXT("y"));
    assert_surface(&surface, " x本y\n");
    surface_clear(&surface);
    (void)area_text(area, 0, 0, STYLE_PLAIN, TEXT("abcde日"));
    assert_surface(&surface, "abcde\n");
    surface_close(&surface);
}

static void texts_are_cut_with_an_ellipsis_and_amounts_never(void **state)
{
    (void)state;
    struct surface surface;
    surface_init(&surface, 6, 12, false);
    struct area area = area_whole(&surface);
    assert_int_equal(area_fit(area, 0, 0, 6, STYLE_PLAIN, TEXT("González")), 6);
    (void)area_fit(area, 1, 0, 6, STYLE_PLAIN, TEXT("日本語日本"));
    (void)area_amount(area, 2, 0, 9, STYLE_PLAIN, "2 272.06");
    (void)area_amount(area, 3, 0, 7, STYLE_PLAIN, "2 272.06");
    (void)area_amount(area, 4, 8, 9, STYLE_PLAIN, "2 272.06");
    assert_surface(&surface, "Gonzá…\n日本…\n 2 272.06\n   ####\n\n\n");
    surface_close(&surface);
}

static void sentences_break_at_blanks_and_amounts_stay_whole(void **state)
{
    (void)state;
    struct surface surface;
    surface_init(&surface, 4, 12, false);
    struct area area = area_whole(&surface);
    assert_int_equal(area_wrap(area, 0, STYLE_PLAIN, TEXT("balance is 2 272.06 EUR")), 2);
    assert_surface(&surface, "balance is\n2 272.06 EUR\n\n\n");
    assert_int_equal(area_wrap_rows(area, TEXT("balance is 2 272.06 EUR")), 2);
    surface_clear(&surface);
    assert_int_equal(area_wrap(area, 0, STYLE_PLAIN, TEXT("abcdefghijklmnop")), 2);
    assert_surface(&surface, "abcdefghijkl\nmnop\n\n\n");
    surface_close(&surface);
}

static void a_surface_of_any_size_can_be_drawn_to(void **state)
{
    (void)state;
    struct surface surface;
    surface_init(&surface, 0, -5, false);
    for (int rows = 0; rows < 12; rows++) {
        for (int columns = 0; columns < 12; columns++) {
            surface_resize(&surface, rows, columns);
            struct area area = area_whole(&surface);
            area_box(area, STYLE_PLAIN, "A title 日本");
            area_box(area_part(area, 1, 1, rows - 2, columns - 2), STYLE_PLAIN, NULL);
            (void)area_wrap(area, 0, STYLE_PLAIN, TEXT("日本語 some words\033[2J"));
            (void)area_fit(area, 0, 0, columns, STYLE_PLAIN, TEXT("日本語日本語日本語"));
            (void)area_amount(area, 0, 0, columns, STYLE_PLAIN, "12 345.67");
            (void)area_right(area, 0, STYLE_PLAIN, TEXT("right"));
        }
    }
    surface_resize(&surface, 1 << 30, 1 << 30);
    assert_int_equal(surface.rows, SURFACE_SIDE_MAX);
    surface_close(&surface);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_could_drive_a_terminal_is_shown_instead),
        cmocka_unit_test(wide_and_combining_characters_have_their_columns),
        cmocka_unit_test(joined_characters_are_drawn_each_for_itself),
        cmocka_unit_test(without_utf8_there_is_ascii_of_the_same_width),
        cmocka_unit_test(no_bytes_confuse_the_glyphs),
        cmocka_unit_test(drawing_ends_at_the_edge_of_its_area),
        cmocka_unit_test(half_a_wide_character_is_never_left),
        cmocka_unit_test(texts_are_cut_with_an_ellipsis_and_amounts_never),
        cmocka_unit_test(sentences_break_at_blanks_and_amounts_stay_whole),
        cmocka_unit_test(a_surface_of_any_size_can_be_drawn_to),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
