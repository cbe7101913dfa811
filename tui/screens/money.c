/* The form of a deposit, a withdrawal or a transfer. It posts nothing: it opens the review. */
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "base/account_number.h"
#include "base/currency.h"
#include "base/utf8.h"
#include "model/show.h"
#include "model/wish.h"
#include "screens/screens.h"
#include "widgets/amount_input.h"
#include "widgets/form.h"
#include "widgets/table.h"

#define FOUND_PAGE 50
#define FOUND_AHEAD 10 /* rows before the end at which the next page is asked for */
#define FOUND_SHOWN_MIN 3
#define FIELDS_ROWS 4 /* amount and reference below the candidates */
#define RETRY_MS 1000
#define LABEL_WIDTH 12

enum { FORM_TO, FORM_AMOUNT, FORM_REFERENCE }; /* in the order of the screen */

struct money_form {
    enum op op;
    struct account_row account;
    struct form form; /* without FORM_TO unless it is a transfer */
    struct amount_input amount;
    struct input reference;
    struct input to;
    struct account_list found; /* for what is typed in `to` */
    struct table pick;
    bool found_known, to_stale;
    bool asked_more; /* the next page of the same search */
    bool picked;     /* `other` is chosen */
    struct account_row other;
    uint64_t asked_found, asked_account;
    bool account_stale;
    int64_t retry_ms;
};

static size_t focus_of(const struct money_form *form)
{
    return form->op == OP_TRANSFER_MONEY ? form->form.focus : form->form.focus + 1;
}

static void set_focus(struct money_form *form, size_t field)
{
    form->form.focus = form->op == OP_TRANSFER_MONEY ? field : field - 1;
}

static void enter(struct console *console, struct screen *screen, const void *args)
{
    struct money_form *form = screen->state;
    const struct money_args *wish = args;
    (void)console;
    form->op = wish->op;
    form->account = *wish->account;
    form->form.count = wish->op == OP_TRANSFER_MONEY ? 3 : 2;
    amount_input_init(&form->amount, form->account.currency, AMOUNT_LEAST_ONE);
    input_init(&form->reference, 140, false);
    input_init(&form->to, 100, false);
    form->account_stale = true;
}

static void leave(struct console *console, struct screen *screen)
{
    (void)console;
    struct money_form *form = screen->state;
    account_list_close(&form->found);
}

static void refresh(struct console *console, struct screen *screen)
{
    (void)console;
    struct money_form *form = screen->state;
    form->account_stale = true;
    form->to_stale = form->to.size > 0;
    form->retry_ms = 0;
}

static void tick(struct console *console, struct screen *screen)
{
    struct money_form *form = screen->state;
    char digits[INPUT_BYTES_MAX];
    if (console->now_ms < form->retry_ms) {
        return;
    }
    if (form->account_stale && form->asked_account == 0) {
        form->asked_account =
            call_get_account(console_caller(console, screen, 0), form->account.account);
        form->account_stale = form->asked_account == 0;
    }
    bool near_end = form->pick.selected + form->pick.shown + FOUND_AHEAD >= form->found.count;
    bool more = !form->to_stale && form->found_known && form->found.more && near_end &&
                !form->picked && form->found.count > 0;
    if ((form->to_stale || more) && form->asked_found == 0) {
        struct text search = account_search(input_text(&form->to), digits, sizeof digits);
        uint64_t after = more ? form->found.rows[form->found.count - 1].account : 0;
        form->asked_found =
            call_list_accounts(console_caller(console, screen, 1), search, FOUND_PAGE, after);
        form->asked_more = more;
        form->to_stale = form->to_stale && form->asked_found == 0;
    }
}

/* A whole account number needs no choosing. */
static void pick_typed(struct money_form *form)
{
    uint64_t account = 0;
    if (!account_parse_typed(input_text(&form->to), &account)) {
        return;
    }
    const struct account_row *row = account_list_find(&form->found, account, NULL);
    if (row != NULL) {
        form->other = *row;
        form->picked = true;
    }
}

static void reply(struct console *console, struct screen *screen, const struct client_reply *reply)
{
    struct money_form *form = screen->state;
    bool account = reply->id == form->asked_account;
    if (account) {
        form->asked_account = 0;
    } else if (reply->id == form->asked_found) {
        form->asked_found = 0;
    } else {
        return;
    }
    if (reply->result != CLIENT_OK) {
        form->retry_ms = console->now_ms + RETRY_MS;
        form->account_stale = form->account_stale || account;
        form->to_stale = form->to_stale || (!account && !form->asked_more);
    } else if (account) {
        account_row_from(&form->account, reply->value);
    } else if (form->asked_more) {
        if (!form->to_stale && form->found_known) {
            account_list_append(&form->found, reply->value);
            table_resize(&form->pick, form->found.count);
        }
    } else if (!form->to_stale) {
        account_list_replace(&form->found, reply->value);
        form->found_known = true;
        table_resize(&form->pick, form->found.count);
        pick_typed(form);
    }
}

static void change(struct console *console, struct screen *screen, const struct event *event)
{
    struct money_form *form = screen->state;
    (void)console;
    (void)account_row_apply(&form->account, event);
    (void)account_list_apply(&form->found, event);
    if (form->picked) {
        (void)account_row_apply(&form->other, event);
    }
}

static bool typing(const struct screen *screen)
{
    (void)screen;
    return true;
}

/* Candidates are shown, and one of them is selected. */
static bool is_choosing(const struct money_form *form)
{
    return form->op == OP_TRANSFER_MONEY && focus_of(form) == FORM_TO && !form->picked &&
           form->to.size > 0 && form->found_known && form->found.count > 0;
}

static struct table *table(struct screen *screen)
{
    struct money_form *form = screen->state;
    return is_choosing(form) ? &form->pick : NULL;
}

static void key_to(struct console *console, struct money_form *form, const struct term_key *key)
{
    bool changed = false;
    bool moves = key->code == TERM_UP || key->code == TERM_DOWN || key->code == TERM_PAGE_UP ||
                 key->code == TERM_PAGE_DOWN;
    if (!key->pasted && moves && is_choosing(form)) {
        (void)table_key(&form->pick, key->code, false);
        return;
    }
    if (!key->pasted && (key->code == TERM_ENTER || key->code == TERM_TAB) && !form->picked &&
        form->to.size > 0) {
        if (form->found_known && form->pick.selected < form->found.count && !form->to_stale &&
            form->asked_found == 0) {
            form->other = form->found.rows[form->pick.selected];
            form->picked = true;
            set_focus(form, FORM_AMOUNT);
        } else {
            console_say(console, STYLE_WARN,
                        form->found_known && form->asked_found == 0
                            ? "No account matches"
                            : "Still looking for the account");
        }
        return;
    }
    if (form_key(&form->form, key) != FORM_STAYS) {
        return;
    }
    if (input_key(&form->to, key, &changed) && changed) {
        form->picked = false;
        form->found_known = false;
        form->pick = (struct table){0};
        form->to_stale = true;
    }
}

/* Enter takes the account that was found: it waits a moment for the answer. */
static bool waits(const struct screen *screen, const struct term_key *key)
{
    const struct money_form *form = screen->state;
    bool asks = form->to_stale || form->asked_found != 0;
    bool takes = key->code == TERM_ENTER || key->code == TERM_TAB || key->code == TERM_F0 + 10 ||
                 key->code == TERM_CONTROL('x');
    return focus_of(form) == FORM_TO && !form->picked && form->to.size > 0 && asks && takes &&
           !key->pasted;
}

static bool fill_highest(struct money_form *form, const struct term_key *key)
{
    if (form->op == OP_DEPOSIT_MONEY || key->pasted || key->code != 'm') {
        return false;
    }
    char plain[MONEY_TEXT_MAX];
    char typed[MONEY_TEXT_MAX + 1];
    unsigned exponent = currency_exponent(form->account.currency);
    /* The zero before it keeps three decimals from looking like thousands. */
    (void)snprintf(typed, sizeof typed, "%s%s", exponent == 3 ? "0" : "",
                   money_print(form->account.balance, exponent, plain));
    input_set(&form->amount.input, text_of(typed));
    return true;
}

static void key(struct console *console, struct screen *screen, const struct term_key *key)
{
    struct money_form *form = screen->state;
    bool changed = false;
    size_t focus = focus_of(form);
    if (focus == FORM_TO) {
        key_to(console, form, key);
        return;
    }
    if (focus == FORM_AMOUNT && fill_highest(form, key)) {
        return;
    }
    struct input *input = focus == FORM_AMOUNT ? &form->amount.input : &form->reference;
    switch (form_key(&form->form, key)) {
    case FORM_DONE:
        console_say(console, STYLE_PLAIN, "F10 or ^X shows it for review");
        break;
    case FORM_STAYS:
        (void)input_key(input, key, &changed);
        break;
    case FORM_MOVED:
        break;
    }
}

/* How much the amount is beyond the balance; 0: it is not, or there is no amount yet. */
static int64_t excess(const struct money_form *form)
{
    struct amount amount = amount_input_value(&form->amount);
    return wish_excess(form->op, &form->account, &amount);
}

/* NULL, or why this cannot be reviewed; the focus goes where it is to be mended. */
static const char *fault(struct money_form *form)
{
    struct amount amount = amount_input_value(&form->amount);
    const struct account_row *other = form->picked ? &form->other : NULL;
    struct wish_fault fault = wish_move_fault(form->op, &form->account, other, &amount);
    if (fault.why != NULL) {
        set_focus(form, fault.field == WISH_TO ? FORM_TO : FORM_AMOUNT);
    }
    return fault.why;
}

static void review(struct console *console, struct screen *screen)
{
    struct money_form *form = screen->state;
    const char *why = fault(form);
    if (why != NULL) {
        console_say(console, STYLE_WARN, "%s", why);
        return;
    }
    struct review_args args = {.intent = {.op = form->op,
                                          .account = form->account.account,
                                          .amount = amount_input_value(&form->amount).value,
                                          .currency = form->account.currency},
                               .balance = form->account.balance};
    (void)snprintf(args.intent.owner, sizeof args.intent.owner, "%s", form->account.owner);
    (void)snprintf(args.intent.reference, sizeof args.intent.reference, "%.*s",
                   TEXT_ARGS(input_text(&form->reference)));
    if (form->op == OP_TRANSFER_MONEY) {
        args.intent.to = form->other.account;
        args.to_balance = form->other.balance;
        (void)snprintf(args.intent.to_owner, sizeof args.intent.to_owner, "%s", form->other.owner);
    }
    console_push(console, SCREEN_REVIEW, &args);
}

static const struct action actions[] = {
    {TERM_F0 + 10, TERM_CONTROL('x'), "or ^X Review", "Show it for review; nothing is posted yet",
     review, NULL},
    {TERM_ESCAPE, TERM_F0 + 3, "Cancel", "Back; nothing is posted", console_pop_action, NULL},
    {TERM_UP, TERM_DOWN, NULL, "Whom a transfer goes to: up or down, PgUp and PgDn too", NULL,
     NULL},
    {TERM_TAB, TERM_BACKTAB, NULL, "The next field, the one before", NULL, NULL},
    {'m', 0, NULL, "In the amount: the highest there is (not for deposits)", NULL, NULL},
    {TERM_CONTROL('u'), 0, NULL, "Empty the field", NULL, NULL},
};

/* All that the fields below leave free, where there is something to choose from. */
static int found_rows(const struct money_form *form, struct area area, int row)
{
    int roomy = area.rows >= 14 ? FOUND_SHOWN_MIN : 1;
    int free = area.rows - row - FIELDS_ROWS;
    bool choosing = form->to.size > 0 && form->found_known && form->found.count > 0;
    int wanted = choosing && form->found.count < INT_MAX ? (int)form->found.count : roomy;
    int rows = wanted < free ? wanted : free;
    return rows > roomy ? rows : roomy;
}

/* "2 of 57", where not all of them are seen. */
static void draw_found_place(const struct money_form *form, struct area rows)
{
    char count[SHOW_MONEY_MAX];
    char text[2 * SHOW_MONEY_MAX + 16];
    const struct account_list *found = &form->found;
    bool known = found->total != LIST_TOTAL_UNKNOWN;
    if (form->pick.shown >= found->count && !found->more && !found->stuck) {
        return;
    }
    (void)snprintf(text, sizeof text, " %zu of %s%s%s", form->pick.selected + 1,
                   show_count(known ? found->total : found->count, count), known ? "" : "+",
                   found->stuck ? "?" : "");
    (void)area_right(rows, rows.rows - 1, STYLE_DIM, text_of(text));
}

static int draw_found(struct money_form *form, struct area rows)
{
    struct table *pick = &form->pick;
    char number[SHOW_ACCOUNT_MAX];
    if (form->to.size == 0 || !form->found_known) {
        return rows.rows;
    }
    table_fit(pick, (size_t)rows.rows);
    table_place(pick, rows, 1);
    for (size_t i = 0; i < pick->shown && pick->top + i < form->found.count; i++) {
        const struct account_row *found = &form->found.rows[pick->top + i];
        enum style style = pick->top + i == pick->selected ? STYLE_SELECTED : STYLE_PLAIN;
        int at = area_print(rows, (int)i, 0, style, "%s %s  ", style == STYLE_SELECTED ? ">" : " ",
                            show_account(found->account, number));
        (void)area_fit(rows, (int)i, at, rows.columns - at, style, text_of(found->owner));
    }
    draw_found_place(form, rows);
    return rows.rows;
}

static void draw_to(struct money_form *form, struct area area, int *row)
{
    char number[SHOW_ACCOUNT_MAX];
    bool focused = focus_of(form) == FORM_TO;
    int width = area.columns - LABEL_WIDTH - 2 < 44 ? area.columns - LABEL_WIDTH - 2 : 44;
    (void)area_text(area, *row, 2, STYLE_PLAIN, TEXT("To"));
    input_draw(&form->to, area, (*row)++, LABEL_WIDTH, width, focused);
    struct area rows = area_part(area, *row, LABEL_WIDTH, 1, area.columns - LABEL_WIDTH);
    if (form->picked) {
        int at = area_print(rows, 0, 0, STYLE_STRONG, "= %s  ",
                            show_account(form->other.account, number));
        (void)area_fit(rows, 0, at, rows.columns - at, STYLE_STRONG, text_of(form->other.owner));
        *row += 1;
        return;
    }
    if (!focused) {
        *row += 1;
        return;
    }
    int left = area.columns < 60 ? 1 : LABEL_WIDTH; /* names are worth more than their place */
    *row += draw_found(
        form, area_part(area, *row, left, found_rows(form, area, *row), area.columns - left));
}

static void draw_excess(const struct money_form *form, struct area area, int row)
{
    char over[SHOW_MONEY_MAX];
    char most[SHOW_MONEY_MAX];
    char line[160];
    unsigned exponent = currency_exponent(form->account.currency);
    if (excess(form) == 0) {
        return;
    }
    (void)show_money((struct money){excess(form)}, exponent, SHOW_PLAIN, over);
    (void)show_money(form->account.balance, exponent, SHOW_PLAIN, most);
    if (area.columns >= 70) {
        (void)snprintf(line, sizeof line, "! %s more than the balance. Highest %s (m fills it in)",
                       over, most);
    } else {
        (void)snprintf(line, sizeof line, "! Highest %s (m)", most);
    }
    area_fill(area, row, 0, area.columns, STYLE_PLAIN);
    (void)area_text(area, row, area.columns >= 70 ? LABEL_WIDTH : 1, STYLE_WARN, text_of(line));
}

static void draw_head(const struct money_form *form, struct area area)
{
    char number[SHOW_ACCOUNT_MAX];
    char money[SHOW_MONEY_MAX];
    char balance[SHOW_MONEY_MAX + 16];
    const char *name = form->op == OP_DEPOSIT_MONEY    ? "DEPOSIT"
                       : form->op == OP_WITHDRAW_MONEY ? "WITHDRAW"
                                                       : "TRANSFER";
    (void)snprintf(balance, sizeof balance, " · balance %s",
                   show_money_in(form->account.balance, form->account.currency, money));
    int columns = area_columns(area, text_of(balance));
    int at = area_print(area, 0, 1, STYLE_STRONG, "%s · %s ", name,
                        show_account(form->account.account, number));
    int owner = area_columns(area, text_of(form->account.owner));
    bool below = at + columns + 8 > area.columns;
    int room = area.columns - at - (below ? 0 : columns);
    at = area_fit(area, 0, at, owner < room ? owner : room, STYLE_STRONG,
                  text_of(form->account.owner));
    if (below) {
        (void)area_amount(area, 1, 1, columns - 3, STYLE_PLAIN, balance + strlen(" · "));
    } else {
        (void)area_text(area, 0, at, STYLE_PLAIN, text_of(balance));
    }
}

static void draw(struct console *console, struct screen *screen, struct area area)
{
    struct money_form *form = screen->state;
    (void)console;
    draw_head(form, area);
    int row = area.rows >= 14 ? 3 : 2;
    if (form->op == OP_TRANSFER_MONEY) {
        draw_to(form, area, &row);
    }
    (void)area_text(area, row, 2, STYLE_PLAIN, TEXT("Amount"));
    amount_input_draw(&form->amount, area, row, LABEL_WIDTH, focus_of(form) == FORM_AMOUNT);
    draw_excess(form, area, row + 1);
    row += 2;
    char count[48];
    int width = area.columns - LABEL_WIDTH - 2 < 44 ? area.columns - LABEL_WIDTH - 2 : 44;
    (void)area_text(area, row, 2, STYLE_PLAIN, TEXT("Reference"));
    input_draw(&form->reference, area, row, LABEL_WIDTH, width, focus_of(form) == FORM_REFERENCE);
    (void)snprintf(count, sizeof count, "optional, %zu/140",
                   utf8_count(input_text(&form->reference)));
    (void)area_text(area, row, LABEL_WIDTH + width + 3, STYLE_DIM, text_of(count));
}

const struct screen_ops screen_money = {
    .name = "Money",
    .size = sizeof(struct money_form),
    .actions = actions,
    .action_count = sizeof actions / sizeof *actions,
    .enter = enter,
    .draw = draw,
    .typing = typing,
    .key = key,
    .table = table,
    .waits = waits,
    .tick = tick,
    .reply = reply,
    .change = change,
    .refresh = refresh,
    .leave = leave,
};
