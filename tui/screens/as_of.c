/* The balance as it stood: at the end of a day, or at a time, typed in UTC. */
#include <stdio.h>
#include <string.h>

#include "base/time.h"
#include "model/as_of.h"
#include "model/show.h"
#include "screens/screens.h"
#include "widgets/dialog.h"
#include "widgets/input.h"

#define BOX_ROWS 7
#define BOX_COLUMNS 66
#define FIELD_AT 8

struct as_of {
    struct account_row account;
    struct input typed;
    uint64_t asked;
    bool known; /* what follows is the answer */
    struct money balance;
    uint64_t version, position;
    int64_t at;
    char why[160]; /* there is no answer, because */
};

static void enter(struct console *console, struct screen *screen, const void *args)
{
    struct as_of *as_of = screen->state;
    (void)console;
    as_of->account = *(const struct account_row *)args;
    input_init(&as_of->typed, AS_OF_TYPED_MAX, false);
}

static bool typing(const struct screen *screen)
{
    (void)screen;
    return true;
}

static void look(struct console *console, struct screen *screen)
{
    struct as_of *as_of = screen->state;
    int64_t at = 0;
    as_of->known = false;
    as_of->why[0] = '\0';
    as_of->asked = 0; /* the answer to what was typed before is not wanted any more */
    const char *why = as_of_parse(input_text(&as_of->typed), console->wall_us, &at);
    if (why != NULL) {
        (void)snprintf(as_of->why, sizeof as_of->why, "%s", why);
        return;
    }
    as_of->asked = call_get_balance(console_caller(console, screen, 0), as_of->account.account, at);
    if (as_of->asked == 0) {
        (void)snprintf(as_of->why, sizeof as_of->why,
                       "The bank does not answer now: Enter asks again");
    }
}

static void reply(struct console *console, struct screen *screen, const struct client_reply *reply)
{
    struct as_of *as_of = screen->state;
    (void)console;
    if (reply->id != as_of->asked) {
        return;
    }
    as_of->asked = 0;
    if (reply->result == CLIENT_OK) {
        const struct balance_result *result = reply->value;
        as_of->known = true;
        as_of->balance = result->balance;
        as_of->version = result->version;
        as_of->position = result->position;
        as_of->at = result->as_of;
    } else if (reply->result == CLIENT_LOST) {
        (void)snprintf(as_of->why, sizeof as_of->why,
                       "The bank does not answer now: Enter asks again");
    } else if (reply->problem.status == STATUS_account_not_found) {
        char day[DAY_TEXT_MAX];
        (void)snprintf(as_of->why, sizeof as_of->why,
                       "The account was not open then: it was opened on %s",
                       day_print(day_of(as_of->account.opened_at), day));
    } else {
        (void)snprintf(as_of->why, sizeof as_of->why, "%.150s",
                       status_row(reply->problem.status)->detail);
    }
}

static void key(struct console *console, struct screen *screen, const struct term_key *key)
{
    struct as_of *as_of = screen->state;
    bool changed = false;
    (void)console;
    if (input_key(&as_of->typed, key, &changed) && changed) {
        as_of->known = false;
        as_of->why[0] = '\0';
        as_of->asked = 0;
    }
}

static const struct action actions[] = {
    {TERM_ENTER, TERM_F0 + 10, "Look", "The balance as of what is typed", look, NULL},
    {TERM_ESCAPE, TERM_F0 + 3, "Back", "Back", console_pop_action, NULL},
    {TERM_CONTROL('u'), 0, NULL, "Empty the field", NULL, NULL},
};

static void draw_answer(const struct as_of *as_of, struct area box, int row)
{
    char money[SHOW_MONEY_MAX];
    char text[TIME_TEXT_MAX];
    char version[SHOW_MONEY_MAX];
    char position[SHOW_MONEY_MAX];
    if (as_of->why[0] != '\0') {
        (void)area_wrap(area_part(box, row, 0, box.rows - row, box.columns), 0, STYLE_WARN,
                        text_of(as_of->why));
        return;
    }
    if (!as_of->known) {
        (void)area_text(box, row, 0, STYLE_DIM, as_of->asked != 0 ? TEXT("reading…") : TEXT(""));
        return;
    }
    (void)show_money_in(as_of->balance, as_of->account.currency, money);
    int at = area_text(box, row, 0, STYLE_PLAIN, TEXT("Balance "));
    (void)area_amount(box, row, at, area_columns(box, text_of(money)), STYLE_STRONG, money);
    (void)area_print(box, row + 1, 0, STYLE_PLAIN, "as of %s", time_print(as_of->at, text));
    (void)area_print(box, row + 2, 0, STYLE_DIM, "version %s · #%s",
                     show_count(as_of->version, version), show_count(as_of->position, position));
}

static void draw(struct console *console, struct screen *screen, struct area area)
{
    struct as_of *as_of = screen->state;
    char title[64];
    char number[SHOW_ACCOUNT_MAX];
    (void)console;
    (void)snprintf(title, sizeof title, "BALANCE AS OF · %s",
                   show_account(as_of->account.account, number));
    struct area box = dialog_open(area, BOX_ROWS, BOX_COLUMNS, title);
    bool roomy = box.rows >= BOX_ROWS;
    (void)area_text(box, 0, 0, STYLE_PLAIN, TEXT("When"));
    int width =
        AS_OF_TYPED_MAX + 3 < box.columns - FIELD_AT ? AS_OF_TYPED_MAX + 3 : box.columns - FIELD_AT;
    input_draw(&as_of->typed, box, 0, FIELD_AT, width, true);
    (void)area_fit(box, 1, FIELD_AT > box.columns - 40 ? 0 : FIELD_AT,
                   box.columns - (FIELD_AT > box.columns - 40 ? 0 : FIELD_AT), STYLE_DIM,
                   TEXT("2026-02-28, or 2026-02-28 14:30, in UTC"));
    draw_answer(as_of, box, roomy ? 3 : 2);
}

const struct screen_ops screen_as_of = {
    .name = "Balance as of",
    .size = sizeof(struct as_of),
    .over = true,
    .actions = actions,
    .action_count = sizeof actions / sizeof *actions,
    .enter = enter,
    .draw = draw,
    .typing = typing,
    .key = key,
    .reply = reply,
};
