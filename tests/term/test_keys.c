#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>

#include "term/term.h"

static void keys_have_names_and_names_are_keys(void **state)
{
    (void)state;
    static const int32_t codes[] = {TERM_ENTER,     TERM_TAB,          TERM_ESCAPE,      TERM_UP,
                                    TERM_PAGE_DOWN, TERM_F0 + 1,       TERM_F0 + 10,     TERM_F12,
                                    TERM_DELETE,    TERM_CONTROL('x'), TERM_CONTROL('c')};
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) {
        char name[TERM_KEY_NAME_MAX];
        char script[TERM_KEY_NAME_MAX + 2];
        int32_t code = 0;
        size_t at = 0;
        (void)snprintf(script, sizeof script, "<%s>", term_key_name(codes[i], name));
        assert_true(term_key_script(text_of(script), &at, &code));
        assert_int_equal(code, codes[i]);
        assert_false(term_key_script(text_of(script), &at, &code));
    }
    char name[TERM_KEY_NAME_MAX];
    assert_string_equal(term_key_name('+', name), "+");
    assert_string_equal(term_key_name(TERM_CONTROL('x'), name), "^X");
    assert_string_equal(term_key_name(TERM_NONE, name), "");
}

static void scripts_with_wrong_names_end(void **state)
{
    (void)state;
    static const char *const wrong[] = {"<Nonsense>", "<Enter", "<F13>", "<F0>", "<>", "\xff"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        int32_t code;
        size_t at = 0;
        assert_false(term_key_script(text_of(wrong[i]), &at, &code));
    }
}

static void a_grid_gives_its_keys_back_in_order_and_tells_a_resize(void **state)
{
    (void)state;
    struct term *term = term_open_grid(24, 80, false);
    struct term_key key;
    assert_false(term_read(term, &key));
    term_grid_key(term, (struct term_key){.code = 'a'});
    term_grid_key(term, (struct term_key){.code = 'b', .pasted = true});
    term_grid_resize(term, 10, 40);
    assert_true(term_read(term, &key));
    assert_int_equal(key.code, 'a');
    assert_true(term_read(term, &key));
    assert_true(key.pasted);
    assert_true(term_read(term, &key));
    assert_int_equal(key.code, TERM_RESIZE);
    assert_int_equal(term_surface(term)->columns, 40);
    assert_false(term_read(term, &key));
    term_close(&term);
    assert_null(term);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_have_names_and_names_are_keys),
        cmocka_unit_test(scripts_with_wrong_names_end),
        cmocka_unit_test(a_grid_gives_its_keys_back_in_order_and_tells_a_resize),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
