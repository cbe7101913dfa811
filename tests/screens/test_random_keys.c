/* Fifty thousand keys that nobody meant, at a bank that goes silent, dies, loses and garbles.
 * Whatever happens: nothing is posted but by `1` and then Enter in the review, no amount is
 * clipped, no key is shown, and Esc leads home. TELLER_SEED=N plays one run again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "amounts.h"

#define KEYS 50000
#define KEYS_A_RUN 1000
#define KEY "tk_random" /* every third run the bank wants one, on and off */

struct player {
    struct stage stage;
    uint64_t seed, random;
    struct term_key last; /* the key before, resizes and the mouse aside */
    bool last_in_review;
    size_t keys;
};

static uint32_t random_below(struct player *player, uint32_t limit)
{
    player->random = player->random * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(player->random >> 33) % limit;
}

static bool in_review(struct player *player)
{
    return console_top(&player->stage.console)->ops == screens_all[SCREEN_REVIEW];
}

static void restart_if_left(struct player *player)
{
    if (player->stage.console.quit) {
        stage_stop(&player->stage);
        stage_start(&player->stage, 24, 80, false);
    }
}

static void press(struct player *player, struct term_key key)
{
    size_t puts = player->stage.disk.puts;
    bool review = in_review(player);
    bool counts = key.code < TERM_RESIZE || key.code > TERM_WHEEL_DOWN;
    term_grid_key(player->stage.term, key);
    stage_settle(&player->stage);
    if (player->stage.disk.puts != puts) {
        bool two_keys = review && player->last_in_review && player->last.code == '1' &&
                        !player->last.pasted && key.code == TERM_ENTER && !key.pasted;
        if (!two_keys || player->stage.disk.puts != puts + 1) {
            fail_msg("seed %llu, key %zu: posted without the two keys",
                     (unsigned long long)player->seed, player->keys);
        }
    }
    if (counts) {
        player->last = key;
        player->last_in_review = review;
    }
    restart_if_left(player);
    player->keys++;
}

static void press_all(struct player *player, const char *script)
{
    struct text text = text_of(script);
    int32_t code;
    for (size_t at = 0; term_key_script(text, &at, &code);) {
        press(player, (struct term_key){.code = code});
    }
}

static void disturb_bank(struct player *player)
{
    struct bank *bank = player->stage.bank;
    bank->lose_requests = random_below(player, 6) == 0;
    bank->lose_replies = random_below(player, 6) == 0;
    bank->double_replies = random_below(player, 4) == 0;
    bank->garble_replies = random_below(player, 8) == 0;
    bank_set_silent(bank, random_below(player, 8) == 0);
    bank_set_dead(bank, random_below(player, 10) == 0);
    if (player->seed % 3 == 0) {
        bank->auth = random_below(player, 2) == 0 ? KEY : NULL;
    }
    stage_settle(&player->stage);
}

static void press_something(struct player *player)
{
    static const char *const phrases[] = {
        "<Esc><Esc><Esc><Esc><Esc><Esc>gonz<Enter>+5<F10>1<Enter><Enter>",
        "<Esc><Esc><Esc><Esc><Esc><Esc>gonz<Enter>*pat<Enter>1<F10>1<Enter><Enter>",
        "gonz<Enter>",
        "+5<F10>1<Enter>",
        "-12,50<^X>1<Enter>",
        "*pat<Enter>1<F10>1<Enter>",
        "<Esc><Esc><Esc>",
        "<F10>1<Enter>",
        "s[[]]g2026-02<Enter>",
        "n<Tab>EUR<Tab>1<F10>",
        ":<Down><Enter>",
        ":post<Enter>",
        "<^P><Down><Down><Enter>",
        "<F2>1<Enter>",
        "1<F5><Enter>",
        "1<Down><Enter>",
        "<F3><F3>/<Enter>",
        "M<F4>y.o?",
        "<^U>" KEY "<Enter>",
        "<^U>tk_wrong<Enter>",
    };
    static const int32_t special[] = {
        TERM_ENTER,  TERM_ENTER,    TERM_ENTER,     TERM_TAB,    TERM_BACKTAB, TERM_BACKSPACE,
        TERM_ESCAPE, TERM_UP,       TERM_DOWN,      TERM_LEFT,   TERM_RIGHT,   TERM_HOME,
        TERM_END,    TERM_PAGE_UP,  TERM_PAGE_DOWN, TERM_DELETE, TERM_INSERT,  TERM_F0 + 1,
        TERM_F0 + 2, TERM_F0 + 3,   TERM_F0 + 4,    TERM_F0 + 5, TERM_F0 + 6,  TERM_F0 + 10,
        TERM_F12,    TERM_WHEEL_UP, TERM_WHEEL_DOWN};
    static const char letters[] = "111+-*/.[]{}:?0123456789,.qsnoygmxpMjkGahe '|\\";
    static const int32_t foreign[] = {0xe9, 0x674e, 0x1f600, 0x0301, 0x0645, 0x202e, 0x200d};
    uint32_t kind = random_below(player, 100);
    struct term_key key = {.pasted = random_below(player, 12) == 0};
    if (kind < 9) {
        press_all(player, phrases[random_below(player, sizeof phrases / sizeof *phrases)]);
        return;
    }
    if (kind < 45) {
        key.code = special[random_below(player, sizeof special / sizeof *special)];
    } else if (kind < 85) {
        key.code = letters[random_below(player, sizeof letters - 1)];
    } else if (kind < 90) {
        key.code = (int32_t)(1 + random_below(player, 26));
    } else if (kind < 94) {
        key.code = foreign[random_below(player, sizeof foreign / sizeof *foreign)];
    } else if (kind < 97) {
        key.code = TERM_CLICK;
        key.row = (int16_t)random_below(player, 30);
        key.column = (int16_t)random_below(player, 100);
    } else {
        static const int sizes[][2] = {{80, 24}, {40, 10}, {60, 15}, {120, 30}, {20, 5}, {79, 12}};
        const int *size = sizes[random_below(player, sizeof sizes / sizeof *sizes)];
        surface_resize(term_surface(player->stage.term), size[1], size[0]);
        key = (struct term_key){.code = TERM_RESIZE};
    }
    press(player, key);
}

/* Figures in a name or a reference are as they were typed, and no amounts. */
static bool shows_what_was_typed(const struct player *player, const char *row)
{
    const struct bank *bank = player->stage.bank;
    bool typed = strstr(row, " Owner ") != NULL || strstr(row, " Reference ") != NULL;
    for (size_t i = 0; i < bank->account_count && !typed; i++) {
        typed = strpbrk(bank->accounts[i].owner, "0123456789") != NULL &&
                strstr(row, bank->accounts[i].owner) != NULL;
    }
    for (size_t i = 0; i < bank->event_count && !typed; i++) {
        typed = strpbrk(bank->events[i].reference, "0123456789") != NULL &&
                strstr(row, bank->events[i].reference) != NULL;
    }
    return typed;
}

static void check_amounts(struct player *player)
{
    amounts_forget();
    console_draw(&player->stage.console);
    if (stage_shows(&player->stage, KEY) && console_shows(&player->stage.console, SCREEN_SIGN_IN)) {
        fail_msg("seed %llu, key %zu: the API key is shown", (unsigned long long)player->seed,
                 player->keys);
    }
    const char *row = amounts_clipped(term_surface(player->stage.term));
    if (row != NULL && player->stage.console.message[0] == '\0' &&
        !shows_what_was_typed(player, row)) {
        fail_msg("seed %llu, key %zu: a clipped amount in: %s", (unsigned long long)player->seed,
                 player->keys, row);
    }
}

/* With a sound bank and patience everything is found out, and Esc leads home. */
static void come_home(struct player *player)
{
    struct bank *bank = player->stage.bank;
    bank->lose_requests = bank->lose_replies = false;
    bank->double_replies = bank->garble_replies = false;
    bank_set_silent(bank, false);
    bank_set_dead(bank, false);
    bank->auth = NULL;
    term_grid_resize(player->stage.term, 24, 80);
    if (console_shows(&player->stage.console, SCREEN_SIGN_IN)) {
        press_all(player, "<Esc><Esc><Esc>"); /* it starts again, and nobody asks for a key */
    }
    stage_advance(&player->stage, 30000);
    for (int i = 0; i < 3 * CONSOLE_DEPTH_MAX; i++) {
        press(player, (struct term_key){.code = TERM_ESCAPE});
    }
    const struct console *console = &player->stage.console;
    if (console->depth != 1 || console->stack[0].ops != screens_all[SCREEN_HOME]) {
        fail_msg("seed %llu: Esc does not lead home from %s", (unsigned long long)player->seed,
                 console->stack[console->depth - 1].ops->name);
    }
    /* Only what was entered under another key, and the bank knows nothing of, stays open. */
    if (player->seed % 3 != 0) {
        assert_int_equal(poster_open_count(&console->poster), 0);
        assert_int_equal(stage_on_disk(&player->stage), 0);
    }
    /* Each intent was executed at most once, and nothing was that was no intent. */
    assert_true(bank->commands <= player->stage.disk.puts);
}

static size_t play(uint64_t seed, size_t *posted)
{
    static struct player player;
    player = (struct player){.seed = seed, .random = seed * 2654435761u + 1};
    stage_open(&player.stage);
    stage_start(&player.stage, 24, 80, false);
    for (size_t i = 0; player.keys < KEYS_A_RUN; i++) {
        if (i % 40 == 39) {
            disturb_bank(&player);
        }
        if (i % 25 == 24) {
            stage_advance(&player.stage, 50 * (1 + random_below(&player, 12)));
        }
        press_something(&player);
        if (i % 5 == 0) {
            check_amounts(&player);
        }
    }
    come_home(&player);
    size_t keys = player.keys;
    *posted += player.stage.bank->commands;
    stage_close(&player.stage);
    return keys;
}

static void whatever_is_pressed_nothing_is_posted_by_accident(void **state)
{
    const char *only = getenv("TELLER_SEED");
    size_t keys = 0;
    size_t posted = 0;
    (void)state;
    if (only != NULL) {
        (void)play((uint64_t)atoll(only), &posted);
        return;
    }
    for (uint64_t seed = 1; keys < KEYS; seed++) {
        keys += play(seed, &posted);
    }
    assert_true(posted > 100); /* or the keys would prove nothing */
    print_message("%zu keys, %zu postings\n", keys, posted);
}

int main(void)
{
    (void)setenv("TZ", "UTC", 1);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whatever_is_pressed_nothing_is_posted_by_accident),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
