/* `teller --plain` in process: lines that nobody meant, at a bank that goes silent, dies, loses and
 * garbles. Whatever is typed: nothing is posted but by the line `1` and then an empty one, at the
 * review that showed the very amount; what is typed unseen is never said; nothing that drives a
 * terminal is; and it ends. TELLER_SEED=N plays one run again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <sysexits.h>

#include "model/show.h"
#include "screens/plain.h"
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-function"
#include "stage.h"
#pragma GCC diagnostic pop

#define LINES 20000
#define SAID_MAX (1 << 16)
#define SECRET "24681357"

struct talk {
    struct stage stage; /* its console is not started */
    uint64_t seed, random;
    const char *const *script; /* instead of random lines, up to NULL */
    size_t lines, lines_max;
    bool hidden, hid_once;
    bool paces;          /* disturbances of the bank */
    char said[SAID_MAX]; /* since the review began */
    size_t said_size;
    bool in_review;
    int confirmed; /* answers to the review so far that were right */
};

static struct talk talk;

static uint32_t below(uint32_t limit)
{
    talk.random = talk.random * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(talk.random >> 33) % limit;
}

/* The disk, which hears of every posting first. */
static bool checked_put(struct intent_store *store, const char *key, struct text text)
{
    struct intent intent;
    char amount[SHOW_MONEY_MAX];
    if (talk.confirmed != 2) {
        fail_msg("seed %llu, line %zu: posted without the two answers",
                 (unsigned long long)talk.seed, talk.lines);
    }
    assert_true(intent_read(text, &intent));
    (void)show_money_in(intent.amount, intent.currency, amount);
    if (memmem(talk.said, talk.said_size, amount, strlen(amount)) == NULL) {
        fail_msg("seed %llu, line %zu: %s was not in the review", (unsigned long long)talk.seed,
                 talk.lines, amount);
    }
    talk.confirmed = 0;
    return stage_put(store, key, text);
}

static void say(void *context, struct text text)
{
    (void)context;
    for (size_t i = 0; i < text.size; i++) {
        if ((unsigned char)text.data[i] < ' ' && text.data[i] != '\n') {
            fail_msg("seed %llu, line %zu: a control character is said",
                     (unsigned long long)talk.seed, talk.lines);
        }
    }
    if (memmem(text.data, text.size, SECRET, strlen(SECRET)) != NULL) {
        fail_msg("seed %llu, line %zu: what was typed unseen is said",
                 (unsigned long long)talk.seed, talk.lines);
    }
    if (memmem(text.data, text.size, "REVIEW - nothing", 16) != NULL) {
        talk.said_size = 0;
        talk.in_review = true;
        talk.confirmed = 0;
    }
    size_t room = SAID_MAX - talk.said_size;
    size_t size = text.size < room ? text.size : room;
    memcpy(talk.said + talk.said_size, text.data, size);
    talk.said_size += size;
}

static bool last_said(const char *wanted)
{
    size_t size = talk.said_size < 200 ? talk.said_size : 200;
    return memmem(talk.said + talk.said_size - size, size, wanted, strlen(wanted)) != NULL;
}

/* One that fits the question, mostly. */
static const char *fitting_line(void)
{
    static const char *const accounts[] = {"1000000420", "10000 00495", "1000000560", "1000000420"};
    static const char *const commands[] = {"find gonz",
                                           "find",
                                           "account 1000000420",
                                           "history 1000000420",
                                           "more",
                                           "history 1000000420 2025-01-01",
                                           "balance 1000000420 2026-01-01",
                                           "statement 1000000420 2026-02",
                                           "print 1000000420",
                                           "export 1000000495 2026-02",
                                           "receipt",
                                           "receipt #12",
                                           "outcomes",
                                           "check",
                                           "totals",
                                           "help",
                                           "pin 1000000420",
                                           "open Nobody's Child",
                                           "open",
                                           "deposit",
                                           "deposit 1000000420",
                                           "deposit 1000000420",
                                           "deposit 1000000495",
                                           "withdraw 1000000420",
                                           "withdraw 1000000420",
                                           "transfer 1000000420",
                                           "transfer 1000000420"};
    static const char *const amounts[] = {"5", "1.200,50", "1,200", "0",
                                          "",  "99999999", "1e3",   "7"};
    if (last_said("Press Enter")) {
        return below(5) == 0 ? "1" : "";
    }
    if (last_said("Type 1 to post it")) {
        return below(6) == 0 ? "" : "1";
    }
    if (talk.hidden) {
        return below(6) == 0 ? "" : SECRET;
    }
    if (last_said("Amount: ") || last_said("Initial balance")) {
        return amounts[below(sizeof amounts / sizeof *amounts)];
    }
    if (last_said("Reference")) {
        return below(2) == 0 ? "" : "Tip für 日本";
    }
    if (last_said("ccount: ")) {
        return accounts[below(sizeof accounts / sizeof *accounts)];
    }
    if (last_said("Currency: ")) {
        return below(4) == 0 ? "XXX" : "eur";
    }
    return commands[below(sizeof commands / sizeof *commands)];
}

static void hostile_line(char out[PLAIN_LINE_MAX])
{
    static const char *const pieces[] = {"1",
                                         "",
                                         "0",
                                         "\033[2J",
                                         "\033]52;c;AAAA\a",
                                         "deposit ",
                                         "1000000420",
                                         " ",
                                         "-",
                                         "2026-",
                                         "99999999999999999999",
                                         "%s%n",
                                         "\xff\xfe",
                                         "\xe2\x80\xae",
                                         "é",
                                         "# ",
                                         "REVIEW",
                                         "--",
                                         "\t",
                                         "𝟙",
                                         "open ",
                                         "pin ",
                                         "history ",
                                         "balance 1000000420 -",
                                         "receipt #"};
    size_t size = 0;
    uint32_t count = below(10) == 0 ? 400 : below(5);
    for (uint32_t i = 0; i <= count; i++) {
        size += (size_t)snprintf(out + size, PLAIN_LINE_MAX - size, "%s",
                                 pieces[below(sizeof pieces / sizeof *pieces)]);
        size = size < PLAIN_LINE_MAX ? size : PLAIN_LINE_MAX - 1;
    }
    for (uint32_t i = below(3) == 0 ? below(30) : 0; i > 0 && size > 0; i--) {
        out[below((uint32_t)size)] = (char)(1 + below(255));
    }
    out[strcspn(out, "\n")] = '\0';
}

/* Blanks around an answer are nothing. */
static bool is_one(const char *line)
{
    line += strspn(line, " \t\r");
    return line[0] == '1' && line[1 + strspn(line + 1, " \t\r")] == '\0';
}

static enum plain_input give_line(void *context, char out[PLAIN_LINE_MAX])
{
    (void)context;
    if (talk.script == NULL && below(3) == 0) {
        return PLAIN_INPUT_NONE;
    }
    bool over =
        talk.script != NULL ? talk.script[talk.lines] == NULL : talk.lines >= talk.lines_max;
    if (over) {
        return PLAIN_INPUT_END;
    }
    if (talk.script != NULL) {
        (void)snprintf(out, PLAIN_LINE_MAX, "%s", talk.script[talk.lines]);
    } else if (below(5) == 0 && !talk.hidden) {
        hostile_line(out);
    } else {
        (void)snprintf(out, PLAIN_LINE_MAX, "%s", fitting_line());
    }
    talk.lines++;
    bool first = talk.in_review && last_said("Type 1 to post it") && is_one(out);
    bool second =
        talk.confirmed == 1 && last_said("Press Enter") && out[strspn(out, " \t\r")] == '\0';
    talk.confirmed = first ? 1 : second ? 2 : 0;
    talk.in_review = first;
    return PLAIN_INPUT_LINE;
}

static void disturb(void)
{
    struct bank *bank = talk.stage.bank;
    bank->lose_requests = below(6) == 0;
    bank->lose_replies = below(6) == 0;
    bank->double_replies = below(4) == 0;
    bank->garble_replies = below(8) == 0;
    talk.stage.paper.fails = below(4) == 0;
    bank_set_silent(bank, below(8) == 0);
    bank_set_dead(bank, below(12) == 0);
}

static bool wait_a_little(void *context, bool for_line)
{
    (void)context;
    (void)for_line;
    int64_t ms = talk.paces ? 20 + below(400) : 10;
    talk.stage.now_ms += ms;
    talk.stage.wall_us += ms * 1000;
    talk.stage.bank->now_us = talk.stage.wall_us;
    if (talk.paces && below(40) == 0) {
        disturb();
    }
    return talk.script != NULL || below(20000) != 0;
}

static void discard(void *context)
{
    (void)context;
}

static void hide(void *context, bool hidden)
{
    (void)context;
    talk.hidden = hidden;
    talk.hid_once = talk.hid_once || hidden;
}

static void tell_time(void *context, int64_t *now_ms, int64_t *wall_us)
{
    (void)context;
    *now_ms = talk.stage.now_ms;
    *wall_us = talk.stage.wall_us;
}

static int run(bool interactive, const char *auth)
{
    struct stage *stage = &talk.stage;
    struct plain_io io = {.interactive = interactive,
                          .ascii = talk.seed % 3 == 0,
                          .wait = wait_a_little,
                          .line = give_line,
                          .discard = discard,
                          .hide = hide,
                          .say = say,
                          .now = tell_time};
    stage->term = term_open_grid(24, 80, false);
    stage->client = client_new(&stage->bank->maker, "ipc:///run/teller.sock", stage->now_ms);
    client_set_auth(stage->client, text_of(auth));
    talk.confirmed = 0;
    talk.in_review = false;
    talk.said_size = 0;
    struct console_config config = {.term = stage->term,
                                    .client = stage->client,
                                    .store = &stage->disk.store,
                                    .paper = &stage->paper.paper,
                                    .random = stage_random};
    int code = plain_run(&config, &io);
    assert_false(talk.hidden);
    client_free(&stage->client);
    term_close(&stage->term);
    return code;
}

static void begin(uint64_t seed)
{
    talk = (struct talk){.seed = seed, .random = seed * 2654435761u + 1};
    stage_open(&talk.stage);
    talk.stage.disk.store.put = checked_put;
}

static size_t play(uint64_t seed, size_t *posted)
{
    size_t lines = 0;
    begin(seed);
    talk.paces = seed % 2 == 0;
    talk.stage.paper.paper.prints = seed % 4 == 1;
    for (int i = 0; i < 8; i++) {
        talk.lines = 0;
        talk.lines_max = 60;
        bool interactive = below(4) != 0;
        (void)run(interactive, "");
        lines += talk.lines;
        assert_true(talk.stage.bank->commands <= talk.stage.disk.puts);
    }
    /* A sound bank and the next start settle what is open. */
    struct bank *bank = talk.stage.bank;
    bank->lose_requests = bank->lose_replies = false;
    bank->double_replies = bank->garble_replies = talk.paces = false;
    bank_set_silent(bank, false);
    bank_set_dead(bank, false);
    static const char *const settle[] = {"check", "check", "check", "quit", NULL};
    talk.script = settle;
    talk.lines = 0;
    (void)run(false, "");
    assert_int_equal(stage_on_disk(&talk.stage), 0);
    *posted += bank->commands;
    bank_free(bank);
    return lines;
}

static void whatever_is_typed_nothing_is_posted_by_accident(void **state)
{
    const char *only = getenv("TELLER_SEED");
    size_t lines = 0;
    size_t posted = 0;
    (void)state;
    if (only != NULL) {
        (void)play((uint64_t)atoll(only), &posted);
        return;
    }
    for (uint64_t seed = 1; lines < LINES; seed++) {
        lines += play(seed, &posted);
    }
    assert_true(posted > 100); /* or the lines would prove nothing */
    print_message("%zu lines, %zu postings\n", lines, posted);
}

static int tell(const char *const *script, bool interactive, const char *auth)
{
    talk.script = script;
    talk.lines = 0;
    return run(interactive, auth);
}

static bool said(const char *text)
{
    return memmem(talk.said, talk.said_size, text, strlen(text)) != NULL;
}

static void the_key_is_asked_for_where_somebody_sits(void **state)
{
    static const char *const right[] = {"tk_wrong", "tk_good", "find gonz", "quit", NULL};
    static const char *const wrong[] = {"tk_a", "tk_b", "tk_c", "tk_d", NULL};
    static const char *const script[] = {"find gonz", NULL};
    (void)state;
    begin(1);
    talk.stage.bank->auth = "tk_good";
    assert_int_equal(tell(right, true, ""), EX_OK);
    assert_true(talk.hid_once && said("Signed in") && said("Gonz"));
    assert_int_equal(tell(wrong, true, ""), EX_NOPERM);
    assert_int_equal(talk.lines, 3);
    assert_int_equal(tell(script, false, ""), EX_NOPERM);
    assert_int_equal(talk.lines, 0);
    assert_true(said("--key-file"));
    assert_int_equal(tell(script, false, "tk_good"), EX_OK);
    bank_free(talk.stage.bank);
}

static void a_bank_that_names_no_place_to_go_on_is_told_of_once(void **state)
{
    static const char *const script[] = {"history 1000000420", "more", "quit", NULL};
    (void)state;
    begin(1);
    talk.stage.bank->stuck = true;
    size_t before = talk.stage.bank->requests;
    (void)tell(script, true, "");
    assert_true(said("does not say where this list goes on"));
    assert_true(talk.stage.bank->requests - before < 20);
    bank_free(talk.stage.bank);
}

static void pages_without_a_row_are_passed_over(void **state)
{
    static const char *const script[] = {"history 1000000420 2025-12-01 2025-12-01", "quit", NULL};
    (void)state;
    begin(1);
    talk.stage.bank->examines = 1;
    assert_int_equal(tell(script, false, ""), EX_OK);
    assert_true(said("Opened"));
    bank_free(talk.stage.bank);
}

int main(void)
{
    (void)setenv("TZ", "UTC", 1);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_key_is_asked_for_where_somebody_sits),
        cmocka_unit_test(a_bank_that_names_no_place_to_go_on_is_told_of_once),
        cmocka_unit_test(pages_without_a_row_are_passed_over),
        cmocka_unit_test(whatever_is_typed_nothing_is_posted_by_accident),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
