#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "base/utf8.h"
#include "widgets/input.h"

static void type(struct input *input, const char *script, bool pasted)
{
    struct text text = text_of(script);
    int32_t code;
    bool changed;
    for (size_t at = 0; term_key_script(text, &at, &code);) {
        struct term_key key = {.code = code, .pasted = pasted};
        (void)input_key(input, &key, &changed);
    }
}

static void assert_input(const struct input *input, const char *text)
{
    assert_int_equal(input->size, strlen(text));
    assert_memory_equal(input->text, text, input->size);
}

static void keys_edit_the_text(void **state)
{
    (void)state;
    static const struct {
        const char *keys, *text;
    } rows[] = {
        {"abc", "abc"},         {"abc<BSpace>", "ab"},         {"<BSpace><Del><Left><Right>", ""},
        {"ac<Left>b", "abc"},   {"abc<Home>x<End>y", "xabcy"}, {"abc<Home><Del>", "bc"},
        {"abc<^U>x", "x"},      {"Zoë<BSpace><BSpace>", "Z"},  {"日本<Left>x", "日x本"},
        {"a<^A>b<^E>c", "bac"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct input input;
        input_init(&input, 20, false);
        type(&input, rows[i].keys, false);
        assert_input(&input, rows[i].text);
    }
}

static void a_paste_stays_in_its_field(void **state)
{
    (void)state;
    struct input input;
    input_init(&input, 20, false);
    type(&input, "a<Enter>b<Tab>c<Esc><^X><Up>", true);
    assert_input(&input, "a b c");
}

static void the_limit_counts_characters(void **state)
{
    (void)state;
    struct input input;
    input_init(&input, 3, false);
    type(&input, "日本語日本", false);
    assert_input(&input, "日本語");
    input_init(&input, 256, false);
    for (int i = 0; i < 300; i++) {
        type(&input, "😀", false);
    }
    assert_int_equal(utf8_count(input_text(&input)), 256);
}

static void what_nobody_sees_cannot_be_typed(void **state)
{
    (void)state;
    struct input input;
    input_init(&input, 20, false);
    type(&input,
         "a\xe2\x80\xae"
         "b\xe2\x80\x8b"
         "c",
         true);
    assert_input(&input, "abc");
}

static void other_keys_are_not_the_fields(void **state)
{
    (void)state;
    static const int32_t others[] = {TERM_ENTER, TERM_TAB, TERM_ESCAPE, TERM_UP, TERM_F0 + 10};
    struct input input;
    bool changed;
    input_init(&input, 20, false);
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        assert_false(input_key(&input, &(struct term_key){.code = others[i]}, &changed));
        assert_false(changed);
    }
}

static void a_hidden_field_shows_dots_and_is_wiped(void **state)
{
    (void)state;
    struct input input;
    struct surface surface;
    struct bytes screen;
    surface_init(&surface, 1, 12, false);
    bytes_init(&screen, 1000);
    input_init(&input, 20, true);
    type(&input, "secret", false);
    input_draw(&input, area_whole(&surface), 0, 0, 12, true);
    surface_text(&surface, &screen);
    assert_null(memmem(screen.data, screen.size, "secret", 6));
    assert_non_null(memmem(screen.data, screen.size, "••••••", strlen("••••••")));
    type(&input, "<BSpace>", false);
    assert_int_equal(input.text[5], 0);
    input_clear(&input);
    assert_null(memmem(input.text, sizeof input.text, "secre", 5));
    bytes_close(&screen);
    surface_close(&surface);
}

static void the_cursor_is_inside_the_field_whatever_its_width(void **state)
{
    (void)state;
    struct surface surface;
    surface_init(&surface, 1, 30, false);
    for (int width = 3; width < 30; width++) {
        struct input input;
        input_init(&input, 60, false);
        for (int i = 0; i < 40; i++) {
            type(&input, i % 3 == 0 ? "日" : i % 3 == 1 ? "e\xcc\x81" : "x", false);
            surface_clear(&surface);
            input_draw(&input, area_whole(&surface), 0, 0, width, true);
            assert_true(surface.cursor_on);
            assert_in_range(surface.cursor_column, 1, width - 2);
        }
    }
    surface_close(&surface);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_edit_the_text),
        cmocka_unit_test(a_paste_stays_in_its_field),
        cmocka_unit_test(the_limit_counts_characters),
        cmocka_unit_test(what_nobody_sees_cannot_be_typed),
        cmocka_unit_test(other_keys_are_not_the_fields),
        cmocka_unit_test(a_hidden_field_shows_dots_and_is_wiped),
        cmocka_unit_test(the_cursor_is_inside_the_field_whatever_its_width),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
