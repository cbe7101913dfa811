#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <string.h>

#include "term/clipboard.h"

static void texts_leave_as_base64_and_nothing_else(void **state)
{
    static const struct {
        const char *text, *sequence;
    } cases[] = {
        {"", "\033]52;c;\a"},
        {"f", "\033]52;c;Zg==\a"},
        {"fo", "\033]52;c;Zm8=\a"},
        {"foo", "\033]52;c;Zm9v\a"},
        {"foob", "\033]52;c;Zm9vYg==\a"},
        {"\033]0;x\a", "\033]52;c;G10wO3gH\a"},
        {"\xff\xfe\xfd", "\033]52;c;//79\a"},
    };
    char out[CLIPBOARD_SEQUENCE_MAX];
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_string_equal(clipboard_sequence(text_of(cases[i].text), out), cases[i].sequence);
    }
}

static void the_longest_text_has_room_and_a_longer_one_is_refused(void **state)
{
    static char text[TERM_COPY_MAX + 1];
    char out[CLIPBOARD_SEQUENCE_MAX];
    (void)state;
    memset(text, 'x', sizeof text);
    const char *sequence = clipboard_sequence((struct text){text, TERM_COPY_MAX}, out);
    assert_int_equal(strlen(sequence), 7 + (TERM_COPY_MAX + 2) / 3 * 4 + 1);
    struct term *term = term_open_grid(10, 40, false);
    assert_true(term_copy(term, (struct text){text, TERM_COPY_MAX}));
    assert_int_equal(term_grid_copied(term).size, TERM_COPY_MAX);
    assert_false(term_copy(term, (struct text){text, TERM_COPY_MAX + 1}));
    term_close(&term);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_leave_as_base64_and_nothing_else),
        cmocka_unit_test(the_longest_text_has_room_and_a_longer_one_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
