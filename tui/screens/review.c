/* The review: shows what would be posted, posts it when `1` and then Enter are typed, and watches
 * what becomes of it. The only screen that posts. */
#include <stdio.h>
#include <string.h>

#include "base/currency.h"
#include "model/show.h"
#include "model/words.h"
#include "screens/print.h"
#include "screens/screens.h"
#include "widgets/dialog.h"

struct review {
    struct review_args args;
    bool armed;      /* `1` was typed: Enter posts */
    uint32_t posted; /* serial of the posting; 0: not posted yet */
};

/* What was typed before anybody could read the review was not meant for it. */
static void enter(struct console *console, struct screen *screen, const void *args)
{
    struct review *review = screen->state;
    review->args = *(const struct review_args *)args;
    console_discard_keys(console);
}

static const struct posting *posting_of(const struct console *console, const struct screen *screen)
{
    const struct review *review = screen->state;
    return poster_find(&console->poster, review->posted);
}

static enum intent_state state_of(const struct console *console, const struct screen *screen)
{
    const struct posting *posting = posting_of(console, screen);
    return posting != NULL ? posting->intent.state : INTENT_SENDING;
}

static bool is_asking(const struct console *console, const struct screen *screen)
{
    (void)console;
    return ((const struct review *)screen->state)->posted == 0;
}

static bool is_armed(const struct console *console, const struct screen *screen)
{
    return is_asking(console, screen) && ((const struct review *)screen->state)->armed &&
           !console->hides;
}

static bool is_done(const struct console *console, const struct screen *screen)
{
    return !is_asking(console, screen) && state_of(console, screen) == INTENT_DONE;
}

static bool is_watching(const struct console *console, const struct screen *screen)
{
    return !is_asking(console, screen) && !is_done(console, screen) &&
           state_of(console, screen) != INTENT_REFUSED;
}

static bool is_refused(const struct console *console, const struct screen *screen)
{
    return !is_asking(console, screen) && state_of(console, screen) == INTENT_REFUSED;
}

static void arm(struct console *console, struct screen *screen)
{
    struct review *review = screen->state;
    review->armed = !console->hides;
    if (console->hides) { /* nobody confirms what cannot be seen */
        console_say(console, STYLE_WARN,
                    "The amounts are hidden: F2 shows them before it is posted");
    }
}

static void post(struct console *console, struct screen *screen)
{
    struct review *review = screen->state;
    char why[256];
    review->armed = false;
    review->posted = poster_post(console, &review->args.intent, why);
    if (review->posted == 0) {
        console_say(console, STYLE_BAD, "%s", why);
    }
}

static void close_both(struct console *console, struct screen *screen)
{
    (void)screen;
    console_pop(console); /* the review */
    console_pop(console); /* and its form */
}

static bool is_posted(const struct console *console, const struct screen *screen)
{
    return !is_asking(console, screen) && posting_of(console, screen) != NULL;
}

static void copy(struct console *console, struct screen *screen)
{
    char line[POSTING_TELL_MAX];
    (void)posting_tell(posting_of(console, screen), console->now_ms, line);
    console_copy(console, "what became of it", "%s", line);
}

static void receipt(struct console *console, struct screen *screen)
{
    (void)print_receipt(console, &posting_of(console, screen)->intent);
}

static void key(struct console *console, struct screen *screen, const struct term_key *key)
{
    struct review *review = screen->state;
    (void)console;
    if (!key->pasted) {
        review->armed = false;
    }
}

static void change(struct console *console, struct screen *screen, const struct event *event)
{
    struct review *review = screen->state;
    (void)console;
    if (review->posted != 0 || event->type != EVENT_BALANCE_UPDATED) {
        return;
    }
    if (event->account == review->args.intent.account) {
        review->args.balance = event->balance;
    } else if (event->account == review->args.intent.to) {
        review->args.to_balance = event->balance;
    }
}

static const struct action actions[] = {
    {'1', 0, "then Enter Post", "The first of the two keys that post", arm, is_asking},
    {TERM_ENTER, 0, NULL, "After 1: post it", post, is_armed},
    {'0', TERM_ESCAPE, "or Esc Go back", "Back to the form; nothing is posted", console_pop_action,
     is_asking},
    {TERM_ENTER, TERM_ESCAPE, "Change it", "Back to the form; nothing was posted",
     console_pop_action, is_refused},
    {TERM_ENTER, TERM_ESCAPE, "Close", "Back to the account", close_both, is_done},
    {'p', 0, "Receipt", "Print the receipt, or write it into a file", receipt, is_done},
    {'y', 0, "Copy", "Copy what became of it (OSC 52)", copy, is_posted},
    {TERM_ESCAPE, TERM_F0 + 3, "Stop watching",
     "Close it; what becomes of it is found out and told", close_both, is_watching},
};

static void draw_side(struct area box, int row, const char *label, uint64_t account,
                      const char *owner)
{
    char number[SHOW_ACCOUNT_MAX] = "new account";
    if (account != 0) {
        (void)show_account(account, number);
    }
    (void)area_text(box, row, 0, STYLE_PLAIN, text_of(label));
    int at = area_text(box, row, 10, STYLE_PLAIN, text_of(number)) + 2;
    (void)area_fit(box, row, at, box.columns - at, STYLE_PLAIN, text_of(owner));
}

/* Whole, or #### where it does not fit; returns the column behind it. */
static int draw_whole(struct area box, int row, int at, enum style style, const char *amount)
{
    int columns = area_columns(box, text_of(amount));
    int room = box.columns - at;
    return area_amount(box, row, at, columns < room ? columns : room, style, amount);
}

static void draw_balance(struct area box, int row, const char *label, struct money from,
                         struct money to, uint16_t currency)
{
    char before[SHOW_MONEY_MAX];
    char after[SHOW_MONEY_MAX];
    unsigned exponent = currency_exponent(currency);
    (void)area_text(box, row, 0, STYLE_PLAIN, text_of(label));
    int at = draw_whole(box, row, 10, STYLE_PLAIN, show_money(from, exponent, SHOW_PLAIN, before));
    at = area_text(box, row, at, STYLE_PLAIN, box.columns < 60 ? TEXT(" → ") : TEXT("  →  "));
    (void)draw_whole(box, row, at, STYLE_STRONG, show_money(to, exponent, SHOW_PLAIN, after));
}

static int draw_amount(const struct intent *intent, struct area box, int row)
{
    char amount[SHOW_MONEY_MAX];
    char words[WORDS_MAX];
    int at = draw_whole(box, row, 10, STYLE_STRONG,
                        show_money_in(intent->amount, intent->currency, amount));
    (void)area_text(box, row, 0, STYLE_STRONG, text_of(intent_verb(intent->op)));
    (void)words_money(intent->amount, intent->currency, words);
    if (at + 4 + area_columns(box, text_of(words)) <= box.columns) {
        (void)area_text(box, row, at + 4, STYLE_DIM, text_of(words));
    }
    return row + 1;
}

static int draw_money(const struct review *review, struct area box)
{
    const struct intent *intent = &review->args.intent;
    struct money minus = {-intent->amount.minor};
    bool in = intent->op == OP_DEPOSIT_MONEY;
    struct money after = review->args.balance;
    int row = draw_amount(intent, box, 0);
    draw_side(box, row++, in ? "To" : "From", intent->account, intent->owner);
    if (money_add(after, in ? intent->amount : minus, &after)) {
        draw_balance(box, row++, "Balance", review->args.balance, after, intent->currency);
    }
    if (intent->op == OP_TRANSFER_MONEY) {
        draw_side(box, row++, "To", intent->to, intent->to_owner);
    }
    if (intent->reference[0] != '\0') {
        (void)area_text(box, row, 0, STYLE_PLAIN, TEXT("Reference"));
        (void)area_fit(box, row++, 10, box.columns - 10, STYLE_PLAIN, text_of(intent->reference));
    }
    return row;
}

static int draw_opening(const struct review *review, struct area box)
{
    const struct intent *intent = &review->args.intent;
    char amount[SHOW_MONEY_MAX];
    (void)area_text(box, 0, 0, STYLE_STRONG, TEXT("Open an account"));
    (void)area_text(box, 1, 0, STYLE_PLAIN, TEXT("Owner"));
    (void)area_fit(box, 1, 10, box.columns - 10, STYLE_STRONG, text_of(intent->owner));
    (void)area_text(box, 2, 0, STYLE_PLAIN, TEXT("Currency"));
    (void)area_print(box, 2, 10, STYLE_PLAIN, "%s", currency_code(intent->currency));
    (void)area_text(box, 3, 0, STYLE_PLAIN, TEXT("Initial"));
    (void)draw_whole(box, 3, 10, STYLE_PLAIN,
                     show_money_in(intent->amount, intent->currency, amount));
    return 4;
}

static void draw_prompt(const struct review *review, struct area box, int row)
{
    bool narrow = box.columns < 60;
    struct text prompt = narrow ? TEXT("1 Enter: post   0: back")
                                : TEXT("Type 1 and Enter to post      0 or Esc to go back");
    (void)area_text(box, row, 0, STYLE_PLAIN, prompt);
    struct text typed = review->armed ? TEXT("> 1") : TEXT("> ");
    int at = box.columns - 6;
    at = area_text(box, row, at, STYLE_STRONG, typed);
    area_cursor(box, row, at);
}

static void draw(struct console *console, struct screen *screen, struct area area)
{
    struct review *review = screen->state;
    bool narrow = area.columns < 64;
    const struct posting *posting = posting_of(console, screen);
    const char *title = review->posted == 0 ? narrow ? "REVIEW · not posted yet"
                                                     : "REVIEW · nothing has been posted yet"
                                            : "REVIEW";
    struct area box = dialog_open(area, area.rows >= 14 ? 9 : 7, 75, title);
    int row = review->args.intent.op == OP_CREATE_ACCOUNT ? draw_opening(review, box)
                                                          : draw_money(review, box);
    if (review->posted == 0) {
        draw_prompt(review, box, box.rows - 1);
        return;
    }
    if (posting == NULL) {
        return;
    }
    char line[POSTING_TELL_MAX];
    enum style style = posting_tell(posting, console->now_ms, line);
    int needed = area_wrap_rows(box, text_of(line));
    row = row + needed <= box.rows ? row : box.rows - needed;
    struct area below = area_part(box, row, 0, box.rows - row, box.columns);
    area_clear(below, STYLE_PLAIN);
    (void)area_wrap(below, below.rows > needed ? 1 : 0, style, text_of(line));
    area_cursor(below, below.rows > needed ? 1 : 0, 0);
}

const struct screen_ops screen_review = {
    .name = "Review",
    .size = sizeof(struct review),
    .over = true,
    .by_hand = true,
    .actions = actions,
    .action_count = sizeof actions / sizeof *actions,
    .enter = enter,
    .draw = draw,
    .key = key,
    .change = change,
};
