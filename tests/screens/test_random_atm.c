/* Sixty thousand keys at the cash machine that nobody meant, at a bank that goes silent, dies,
 * loses and garbles, and with the plug pulled now and then. Whatever happens: nothing is posted but
 * by `1` and then Enter at the confirmation, no amount is clipped, nothing is typed that ends the
 * machine, no PIN is on the screen, and no money is lost: what was booked as cash was handed out or
 * is on the list for the bank's people, and so are notes that were taken in. TELLER_SEED=N plays
 * one run again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "amounts.h"
#include "fake_atm.h"

#define KEYS 60000
#define KEYS_A_RUN 1000

struct player {
    struct atm_stage play;
    uint64_t seed, random;
    struct term_key last;
    bool last_at_confirm;
    size_t keys, events; /* events: of the bank when the run began */
    int64_t cash, taken; /* handed out; taken in when it was confirmed, and not given back */
};

static struct player player;

static uint32_t below(uint32_t limit)
{
    player.random = player.random * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(player.random >> 33) % limit;
}

static void broken(const char *what)
{
    fail_msg("seed %llu, key %zu: %s", (unsigned long long)player.seed, player.keys, what);
}

static bool gives_notes_back(const struct atm *atm)
{
    const char *said = atm->page == ATM_PAGE_END ? atm->end_text : atm->message;
    return strstr(said, "take your notes back") != NULL;
}

/* One turn after the other; counts the notes that go out. */
static void settle(void)
{
    struct atm *atm = player.play.atm;
    struct stage *stage = &player.play.stage;
    size_t turns = 0;
    size_t before;
    do {
        bool handing = atm->page == ATM_PAGE_CASH;
        bool asking = atm->page == ATM_PAGE_POSTING && atm->visit.wish.op == OP_DEPOSIT_MONEY;
        int64_t amount = atm->visit.wish.amount.minor;
        before = stage->bank->requests;
        atm_turn(atm, stage->now_ms, stage->wall_us);
        if (!handing && atm->page == ATM_PAGE_CASH) {
            player.cash += atm->visit.wish.amount.minor;
        }
        if (asking && atm->page != ATM_PAGE_POSTING && gives_notes_back(atm)) {
            player.taken -= amount;
        }
        CHECK(++turns < 2000);
    } while (client_timeout_ms(stage->client, stage->now_ms) == 0 ||
             stage->bank->requests != before);
}

static void advance(int64_t ms)
{
    for (; ms > 0; ms -= 50) {
        player.play.stage.now_ms += 50;
        player.play.stage.wall_us += 50000;
        player.play.stage.bank->now_us = player.play.stage.wall_us;
        settle();
    }
}

static void check_screen(void)
{
    struct bytes screen;
    bytes_init(&screen, 1 << 20);
    amounts_forget();
    atm_screen(&player.play, &screen);
    if (amounts_clipped(term_surface(player.play.stage.term)) != NULL) {
        broken("a clipped amount");
    }
    if (memmem(screen.data, screen.size, FAKE_PIN, strlen(FAKE_PIN)) != NULL &&
        player.play.atm->page == ATM_PAGE_PIN) {
        broken("the PIN is on the screen");
    }
    bytes_close(&screen);
}

static void press(struct term_key key)
{
    struct atm *atm = player.play.atm;
    size_t puts = player.play.stage.disk.puts;
    bool confirm = atm->page == ATM_PAGE_CONFIRM;
    struct intent wish = atm->visit.wish;
    term_grid_key(player.play.stage.term, key);
    settle();
    if (player.play.stage.disk.puts != puts) {
        bool two_keys = confirm && player.last_at_confirm && player.last.code == '1' &&
                        key.code == TERM_ENTER && !key.pasted;
        if (!two_keys || player.play.stage.disk.puts != puts + 1) {
            broken("posted without the two keys");
        }
        player.taken += wish.op == OP_DEPOSIT_MONEY ? wish.amount.minor : 0;
    }
    if (atm->quit) {
        broken("the machine was left");
    }
    if (key.code != TERM_RESIZE && !key.pasted) { /* what is pasted comes to no page */
        player.last = key;
        player.last_at_confirm = confirm;
    }
    player.keys++;
}

static void press_all(const char *script)
{
    int32_t code;
    for (size_t at = 0; term_key_script(text_of(script), &at, &code);) {
        press((struct term_key){.code = code});
    }
}

static void disturb(void)
{
    struct bank *bank = player.play.stage.bank;
    bank->lose_requests = below(8) == 0;
    bank->lose_replies = below(6) == 0;
    bank->double_replies = below(4) == 0;
    bank->garble_replies = below(8) == 0;
    player.play.paper.empty = below(3) == 0;
    player.play.paper.jams = below(3) == 0;
    player.play.paper.works = !player.play.paper.jams && below(2) == 0;
    bank_set_silent(bank, below(8) == 0);
    bank_set_dead(bank, below(12) == 0);
    settle();
}

static void pull_the_plug(void)
{
    struct term *old = player.play.stage.term;
    const struct surface *surface = term_surface(old);
    int rows = surface->rows;
    int columns = surface->columns;
    atm_stop(&player.play);
    atm_start(&player.play, rows, columns, false);
    player.last_at_confirm = false;
}

static void press_something(void)
{
#define AGAIN "<Enter>xh<Enter><Enter>1000000420<Enter>" FAKE_PIN "<Enter>"
    static const char *const phrases[] = {
        AGAIN,
        AGAIN "b1<Enter><Enter><Enter>1",
        AGAIN "b1<Enter>",
        AGAIN "c55<Enter>1<Enter>ab",
        AGAIN "ccd<Enter>1<Enter>",
        AGAIN "e1000000495<Enter>5<Enter>1<Enter>a",
        AGAIN "a20<Enter>1",
        AGAIN "gaabe",
        "1000000495<Enter>" FAKE_PIN "<Enter>",
        "1000000420<Enter>1111<Enter>",
        "f<Esc>x",
        "h",
        "<^C>tk_wrong<Enter><Enter>",
        "<^C>" FAKE_AUDITOR "<Enter><Enter>",
        "b1<BSpace><Enter>",
        "b11<Enter><Enter>",
        "b<Enter>1",
    };
    static const int32_t special[] = {TERM_ENTER,   TERM_ENTER, TERM_ENTER,     TERM_TAB,
                                      TERM_ESCAPE,  TERM_UP,    TERM_DOWN,      TERM_BACKSPACE,
                                      TERM_DELETE,  TERM_HOME,  TERM_PAGE_DOWN, TERM_F0 + 1,
                                      TERM_F0 + 10, TERM_CLICK, TERM_WHEEL_DOWN};
    static const char letters[] = "111aabbccdeefghx0123456789,.- éq:?/";
    uint32_t kind = below(100);
    struct term_key key = {.pasted = below(15) == 0};
    if (kind < 30) {
        press_all(phrases[below(sizeof phrases / sizeof *phrases)]);
        return;
    }
    if (kind < 55) {
        key.code = special[below(sizeof special / sizeof *special)];
    } else if (kind < 90) {
        key.code = letters[below(sizeof letters - 1)];
        key.code = key.code < 0 ? 0xe9 : key.code;
    } else if (kind < 96) {
        key.code = (int32_t)(1 + below(26));
    } else {
        static const int sizes[][2] = {{80, 24}, {40, 10}, {61, 11}, {120, 40}, {9, 3}, {40, 12}};
        const int *size = sizes[below(sizeof sizes / sizeof *sizes)];
        surface_resize(term_surface(player.play.stage.term), size[1], size[0]);
        key = (struct term_key){.code = TERM_RESIZE};
    }
    press(key);
}

/* What the bank booked since the run began. */
static int64_t booked(enum event_type type)
{
    const struct bank *bank = player.play.stage.bank;
    int64_t sum = 0;
    for (size_t i = player.events; i < bank->event_count; i++) {
        const struct event *event = &bank->events[i].event;
        sum += event->type == type ? event->amount.minor : 0;
    }
    return sum;
}

static int64_t to_settle(enum op op)
{
    int64_t sum = 0;
    for (size_t i = 0; i < STAGE_INTENTS_MAX; i++) {
        struct text text = {player.play.settle.files[i].text, player.play.settle.files[i].size};
        struct intent intent;
        if (text.size > 0) {
            assert_true(intent_read(text, &intent));
            sum += intent.op == op ? intent.amount.minor : 0;
        }
    }
    return sum;
}

/* With a sound bank and patience everything is found out. */
static void come_to_rest(void)
{
    struct bank *bank = player.play.stage.bank;
    bank->lose_requests = bank->lose_replies = false;
    bank->double_replies = bank->garble_replies = false;
    bank_set_silent(bank, false);
    bank_set_dead(bank, false);
    surface_resize(term_surface(player.play.stage.term), 24, 80);
    advance(120000); /* the silence rule sends everybody home, and nothing stays open */
    if (player.play.atm->page != ATM_PAGE_START) {
        broken("it does not come home by itself");
    }
    assert_int_equal(stage_on_disk(&player.play.stage), 0);
    assert_int_equal(booked(EVENT_MONEY_WITHDRAWN), player.cash + to_settle(OP_WITHDRAW_MONEY));
    assert_int_equal(player.taken, booked(EVENT_MONEY_DEPOSITED) + to_settle(OP_DEPOSIT_MONEY));
}

static size_t play(uint64_t seed, size_t *posted)
{
    player = (struct player){.seed = seed, .random = seed * 2654435761u + 1};
    atm_stage_open(&player.play);
    if (seed % 2 == 0) {
        player.play.paper.printer.turn = fake_turn;
    }
    atm_start(&player.play, 24, 80, false);
    player.events = player.play.stage.bank->event_count;
    for (size_t i = 0; player.keys < KEYS_A_RUN; i++) {
        fake.tries = 0; /* a teller is never far */
        fake.locked = false;
        if (i % 12 == 11) {
            disturb();
        }
        if (i % 15 == 14) {
            advance(100 * (1 + below(100)));
        }
        if (below(80) == 0) {
            pull_the_plug();
        }
        press_something();
        if (i % 5 == 0) {
            check_screen();
        }
    }
    come_to_rest();
    size_t keys = player.keys;
    *posted += player.play.stage.bank->commands;
    atm_stage_close(&player.play);
    return keys;
}

static void whatever_is_pressed_no_money_is_lost(void **state)
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
        cmocka_unit_test(whatever_is_pressed_no_money_is_lost),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
