/* Every screen and dialog survives every size, with its input kept and no amount clipped. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "amounts.h"

/* Keys from the start of the console to the screen. */
static const struct {
    const char *name, *keys;
} places[] = {
    {"home, searching", "gonz"},
    {"home, in the list", "<Enter><Down><Down><Down>"},
    {"an account", "gonz<Enter><Enter><Down>"},
    {"a deposit", "gonz<Enter>+2.500,00<Tab>Birthday 123.45"},
    {"an amount that is not clear", "gonz<Enter>+1,200"},
    {"too much", "gonz<Enter>-99999"},
    {"a great balance", "jürgen<Enter>-99999999999999"},
    {"a transfer", "gonz<Enter>*pat"},
    {"a transfer, chosen", "gonz<Enter>*pat<Enter>100<Tab>Loan"},
    {"a review", "gonz<Enter>*pat<Enter>100<Tab>Loan<F10>1"},
    {"a review of much", "jürgen<Enter>-9 999 999 999 999,99<F10>"},
    {"posted", "gonz<Enter>+5<F10>1<Enter>"},
    {"refused", "gonz<Enter>+5<F10>1<Enter><Enter>o"},
    {"the whole history", "gonz<Enter><Enter><Enter><Down>"},
    {"a filter", "gonz<Enter><Enter><Enter>f"},
    {"an event", "gonz<Enter><Enter><Enter><Enter>"},
    {"a balance as of", "gonz<Enter><Enter>b2026-02-03<Enter>"},
    {"an event of much", "jürgen<Enter><Enter><Enter><Enter>"},
    {"setting a PIN", "gonz<Enter><Enter>P1234"},
    {"webhooks", "<Enter>w"},
    {"a statement", "gonz<Enter>s[<Down>"},
    {"a statement, going", "gonz<Enter>sg2026-02"},
    {"a statement of much", "jürgen<Enter>s[[["},
    {"opening an account", "<Enter>nAda Lovelace<Tab>EUR<Tab>12,50"},
    {"reviewing an opening", "<Enter>nAda Lovelace<Tab>EUR<Tab>12,50<F10>"},
    {"outcomes", "gonz<Enter>+5<F10>1<Enter><Enter>o"},
    {"totals", "jürgen<Enter>+9999<F10>1<Enter><Enter>ot"},
    {"help", "gonz<Enter>?<Down><Down>"},
    {"the palette", "gonz<Enter>:depo"},
    {"hidden amounts", "<F2>gonz<Enter>"},
};

static void dump_and_fail(struct stage *stage, const char *name, int columns, int rows,
                          const char *row)
{
    struct bytes screen;
    bytes_init(&screen, 1 << 22);
    stage_screen(stage, &screen);
    print_error("%.*s", (int)screen.size, (const char *)screen.data);
    bytes_close(&screen);
    fail_msg("%s at %dx%d: a clipped amount in: %s", name, columns, rows, row);
}

static void resize(struct stage *stage, int columns, int rows)
{
    term_grid_resize(stage->term, rows, columns);
    stage_settle(stage);
}

static void sweep(struct stage *stage, const char *name)
{
    for (int rows = 5; rows <= 60; rows += rows < 16 ? 1 : 11) {
        for (int columns = 20; columns <= 200; columns += columns < 84 ? 3 : 29) {
            amounts_forget();
            resize(stage, columns, rows);
            const char *row = amounts_clipped(term_surface(stage->term));
            if (row != NULL) {
                dump_and_fail(stage, name, columns, rows, row);
            }
            if (rows < TERM_ROWS_MIN || columns < TERM_COLUMNS_MIN) {
                stage_keys(stage, "x1<Enter>+<Esc>", false); /* nobody types into nothing */
            }
        }
    }
}

static void every_place_survives_every_size_with_its_input(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        struct stage stage;
        struct bytes before;
        struct bytes after;
        bytes_init(&before, 1 << 20);
        bytes_init(&after, 1 << 20);
        stage_open(&stage);
        stage_start(&stage, 24, 80, false);
        stage_keys(&stage, places[i].keys, false);
        size_t commands = stage.bank->commands;
        stage_screen(&stage, &before);
        sweep(&stage, places[i].name);
        resize(&stage, 80, 24);
        stage_screen(&stage, &after);
        if (before.size != after.size || memcmp(before.data, after.data, before.size) != 0) {
            fail_msg("%s: was\n%.*sand is\n%.*s", places[i].name, (int)before.size,
                     (const char *)before.data, (int)after.size, (const char *)after.data);
        }
        assert_int_equal(stage.bank->commands, commands);
        bytes_close(&before);
        bytes_close(&after);
        stage_close(&stage);
    }
}

/* The check itself would notice. */
static void a_clipped_amount_is_noticed(void **state)
{
    struct surface surface;
    (void)state;
    surface_init(&surface, 1, 30, false);
    amounts_forget();
    amounts_keep("−2 272.06 EUR");
    static const struct {
        const char *text;
        bool clipped;
    } cases[] = {
        {"Balance 2 272.06 EUR", false},
        {"Balance 2 272.0", true},
        {"Balance 272.06 EUR", true},
        {"10000 00420 2 272.06", false},
        {"Balance 2 2…", true},
        {"Balance ####", false},
        {"                       2 272.", true},
        {"                         2 272", true},
        {"02.06", true},
        {"at 14:02:11.06", false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        surface_clear(&surface);
        (void)area_text(area_whole(&surface), 0, 0, STYLE_PLAIN, text_of(cases[i].text));
        if ((amounts_clipped(&surface) != NULL) != cases[i].clipped) {
            fail_msg("%s", cases[i].text);
        }
    }
    surface_close(&surface);
}

int main(void)
{
    (void)setenv("TZ", "UTC", 1);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_clipped_amount_is_noticed),
        cmocka_unit_test(every_place_survives_every_size_with_its_input),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
