#include "screens/pane.h"

#include <stdio.h>
#include <string.h>

#include "base/currency.h"
#include "base/time.h"
#include "model/show.h"

#define AMOUNT_WIDTH 14
#define DATE_WIDTH 10
#define WHAT_WIDTH 13
#define NARROW 60       /* columns: below it references have no room */
#define SHORT_WHAT 8    /* "Withdraw" */
#define NARROW_AMOUNT 8 /* "+1 234.5" */

static int widest(int width, struct area area, const char *text)
{
    int columns = area_columns(area, text_of(text));
    return columns > width ? columns : width;
}

/* Wide enough for every balance in the window, as long as names keep ten columns. */
static int balance_width(struct area area, const struct account_list *list,
                         const struct table *table, int most)
{
    int width = AMOUNT_WIDTH;
    char money[SHOW_MONEY_MAX];
    for (size_t i = table->top; i < list->count && i < table->top + table->shown; i++) {
        width = widest(width, area,
                       show_money_in(list->rows[i].balance, list->rows[i].currency, money));
    }
    return width < most ? width : most;
}

static void draw_account(struct area area, int row, const struct account_row *account,
                         enum style style, int owner, int balance)
{
    char text[SHOW_MONEY_MAX];
    area_fill(area, row, 0, area.columns, style);
    (void)area_text(area, row, 2, style, text_of(show_account(account->account, text)));
    (void)area_fit(area, row, 15, owner, style, text_of(account->owner));
    (void)area_amount(area, row, 16 + owner, balance, style,
                      show_money_in(account->balance, account->currency, text));
    if (area.columns >= NARROW) {
        (void)area_text(area, row, 18 + owner + balance, style,
                        text_of(account_status_names[account->status]));
    }
}

void pane_accounts(struct area area, const struct account_list *list, struct table *table,
                   bool cursor)
{
    table_fit(table, area.rows > 1 ? (size_t)area.rows - 1 : 1);
    table_place(table, area_part(area, 1, 0, area.rows - 1, area.columns), 1);
    int status = area.columns >= NARROW ? 8 : 0;
    int balance = balance_width(area, list, table, area.columns - 16 - 10 - status);
    int owner = area.columns - 16 - balance - status;
    (void)area_text(area, 0, 2, STYLE_DIM, TEXT("ACCOUNT"));
    (void)area_text(area, 0, 15, STYLE_DIM, TEXT("OWNER"));
    (void)area_amount(area, 0, 16 + owner, balance, STYLE_DIM, "BALANCE");
    if (status > 0) {
        (void)area_text(area, 0, 18 + owner + balance, STYLE_DIM, TEXT("STATUS"));
    }
    for (size_t i = 0; i < table->shown && table->top + i < list->count; i++) {
        size_t index = table->top + i;
        int row = (int)i + 1;
        bool selected = index == table->selected;
        draw_account(area, row, &list->rows[index], selected ? STYLE_SELECTED : STYLE_PLAIN, owner,
                     balance);
        if (selected) {
            (void)area_text(area, row, 0, STYLE_SELECTED, TEXT(">"));
        }
        if (selected && cursor) {
            area_cursor(area, row, 0);
        }
    }
}

void pane_title(struct area area, int row, const struct account_row *account)
{
    char number[SHOW_ACCOUNT_MAX];
    area_rule(area, row, 0, area.columns, STYLE_DIM);
    struct area head = area_part(area, row, 3, 1, area.columns - 5);
    int at = area_print(head, 0, 0, STYLE_STRONG, " %s · ", show_account(account->account, number));
    int owner = area_columns(head, text_of(account->owner));
    int room = head.columns - at - 1;
    at = area_fit(head, 0, at, owner < room ? owner : room, STYLE_STRONG, text_of(account->owner));
    (void)area_text(head, 0, at, STYLE_STRONG, TEXT(" "));
}

int pane_balance(struct area area, int row, const struct book *book)
{
    char money[SHOW_MONEY_MAX];
    char plus[SHOW_MONEY_MAX] = "";
    char minus[SHOW_MONEY_MAX] = "";
    char clock[SHOW_CLOCK_MAX];
    char as_of[SHOW_CLOCK_MAX + 8];
    int first = row;
    if (!book->known) {
        (void)area_text(area, row, 1, STYLE_DIM,
                        book->missing ? TEXT("The bank has no such account") : TEXT("reading…"));
        return 1;
    }
    unsigned exponent = currency_exponent(book->row.currency);
    (void)snprintf(as_of, sizeof as_of, "as of %s", show_clock(book->as_of_us, clock));
    int at = area_text(area, row, 1, STYLE_PLAIN, TEXT("Balance "));
    at = area_amount(
        area, row, at,
        area_columns(area, text_of(show_money_in(book->row.balance, book->row.currency, money))),
        STYLE_STRONG, money);
    /* Beside a long balance there is room for the time alone, or for nothing. */
    struct area beside = area_part(area, row, at + 1, 1, area.columns - at - 2);
    const char *time = area_columns(beside, text_of(as_of)) <= beside.columns   ? as_of
                       : area_columns(beside, text_of(clock)) <= beside.columns ? clock
                                                                                : "";
    int clock_at = at + 1 + area_right(beside, 0, STYLE_DIM, text_of(time));
    if (book->month_known) {
        (void)show_money(book->credits, exponent, SHOW_SIGNED, plus);
        (void)show_money(book->debits, exponent, SHOW_DEBIT, minus);
        char month[2 * SHOW_MONEY_MAX + 20];
        (void)snprintf(month, sizeof month, "this month  %s  %s", plus, minus);
        int columns = area_columns(area, text_of(month));
        if (at + 4 + columns + 2 < clock_at) {
            (void)area_text(area, row, at + 4, STYLE_DIM, text_of(month));
        } else if (area.rows > 12) {
            (void)area_amount(area, ++row, 1, columns, STYLE_DIM, month);
        }
    }
    return row - first + 1;
}

struct columns {
    bool wide;
    bool split;                     /* debits have a column of their own */
    int what;                       /* of what it was: words, a letter, or nothing */
    int reference, amount, balance; /* widths */
    int reference_at, amount_at, balance_at;
};

static struct columns plan_columns(struct area area, const struct movement *rows, size_t count,
                                   unsigned exponent, bool split)
{
    struct columns plan = {.wide = area.columns >= NARROW,
                           .split = split && area.columns >= NARROW,
                           .what = WHAT_WIDTH,
                           .amount = AMOUNT_WIDTH,
                           .balance = AMOUNT_WIDTH};
    if (!plan.wide) {
        plan.amount = NARROW_AMOUNT;
        plan.balance = NARROW_AMOUNT;
    }
    char money[SHOW_MONEY_MAX];
    for (size_t i = 0; i < count; i++) {
        plan.amount =
            widest(plan.amount, area, show_money(rows[i].change, exponent, SHOW_SIGNED, money));
        plan.balance =
            widest(plan.balance, area, show_money(rows[i].balance, exponent, SHOW_PLAIN, money));
    }
    if (!plan.wide) { /* amounts are whole first, then there is what it was */
        int spare = area.columns - 2 - DATE_WIDTH - 1 - plan.amount - 1 - plan.balance - 1;
        plan.what = spare >= SHORT_WHAT ? SHORT_WHAT : spare >= 1 ? 1 : 0;
    }
    int left = 2 + DATE_WIDTH + (plan.wide ? 2 + plan.what + 2 : plan.what > 0 ? 1 + plan.what : 0);
    int amounts = plan.split ? 2 : 1;
    int least = plan.wide && !plan.split ? 8 : 0;
    int room = area.columns - left - least - amounts - 1; /* for the amounts and the balance */
    if (plan.amount * amounts + plan.balance > room) {
        int most = room / (amounts + 1);
        plan.amount = plan.amount < most ? plan.amount : most;
        most = room - plan.amount * amounts;
        plan.balance = plan.balance < most ? plan.balance : most;
    }
    plan.balance_at = area.columns - plan.balance;
    plan.amount_at = plan.balance_at - 1 - plan.amount;
    plan.reference_at = left;
    int amounts_at = plan.split ? plan.amount_at - 1 - plan.amount : plan.amount_at;
    plan.reference = plan.wide && amounts_at - 1 > left ? amounts_at - 1 - left : 0;
    return plan;
}

static void draw_reference(struct area area, int row, const struct columns *plan,
                           const struct movement *movement, enum style style)
{
    int at = plan->reference_at;
    int end = at + plan->reference;
    char number[SHOW_ACCOUNT_MAX];
    if (movement->counterparty != 0 && end - at >= 11) {
        at = area_text(area, row, at, style, text_of(show_account(movement->counterparty, number)));
        at++;
    }
    if (end > at) {
        (void)area_fit(area, row, at, end - at, style, text_of(movement->reference));
    }
}

/* Statements have less room: who, or what for, or else what it was. */
static void draw_purpose(struct area area, int row, const struct columns *plan,
                         const struct movement *movement, enum style style)
{
    int at = 4 + DATE_WIDTH;
    int end = plan->reference_at + plan->reference;
    char number[SHOW_ACCOUNT_MAX];
    if (movement->counterparty != 0) {
        at = area_print(area, row, at, style, "%s %s ", movement->change.minor < 0 ? "→" : "←",
                        show_account(movement->counterparty, number));
    }
    struct text purpose = text_of(movement->reference);
    if (purpose.size == 0 && movement->counterparty == 0) {
        purpose = text_of(show_movement(movement->type, movement->change));
    }
    if (end > at) {
        (void)area_fit(area, row, at, end - at, style, purpose);
    }
}

/* The sign of the amount says in which direction a transfer went. */
static void draw_short_what(struct area area, int row, const struct columns *plan,
                            const struct movement *movement, enum style style)
{
    static const char *const words[EVENT_TYPE_COUNT] = {
        [EVENT_ACCOUNT_CREATED] = "Opened",   [EVENT_MONEY_DEPOSITED] = "Deposit",
        [EVENT_MONEY_WITHDRAWN] = "Withdraw", [EVENT_MONEY_TRANSFERRED] = "Transfer",
        [EVENT_BALANCE_UPDATED] = "Balance",
    };
    struct text word = text_of(words[movement->type]);
    word.size = plan->what == 1 ? 1 : word.size;
    (void)area_fit(area, row, 2 + DATE_WIDTH + 1, plan->what, style, word);
}

static void draw_change(struct area area, int row, const struct columns *plan,
                        const struct movement *movement, unsigned exponent, enum style style)
{
    char text[SHOW_MONEY_MAX];
    struct money change = movement->change;
    int at = plan->amount_at;
    if (plan->split && change.minor < 0) {
        at -= plan->amount + 1;
        change = money(-change.minor);
    }
    (void)area_amount(area, row, at, plan->amount, style,
                      show_money(change, exponent, plan->split ? SHOW_PLAIN : SHOW_SIGNED, text));
}

static void draw_movement(struct area area, int row, const struct columns *plan,
                          const struct movement *movement, unsigned exponent, bool selected)
{
    enum style style = selected ? STYLE_SELECTED : STYLE_PLAIN;
    enum style colour = selected                     ? STYLE_SELECTED
                        : movement->change.minor < 0 ? STYLE_BAD
                                                     : STYLE_GOOD;
    char day[DAY_TEXT_MAX];
    char money[SHOW_MONEY_MAX];
    area_fill(area, row, 0, area.columns, style);
    (void)area_text(area, row, 2, style, text_of(day_print(day_of(movement->at), day)));
    if (plan->split) {
        draw_purpose(area, row, plan, movement, style);
    } else if (plan->wide) {
        (void)area_fit(area, row, 4 + DATE_WIDTH, WHAT_WIDTH, style,
                       text_of(show_movement(movement->type, movement->change)));
        draw_reference(area, row, plan, movement, style);
    } else if (plan->what > 0) {
        draw_short_what(area, row, plan, movement, style);
    }
    draw_change(area, row, plan, movement, exponent, colour);
    (void)area_amount(area, row, plan->balance_at, plan->balance, style,
                      show_money(movement->balance, exponent, SHOW_PLAIN, money));
    if (selected) {
        (void)area_text(area, row, 0, STYLE_SELECTED, TEXT(">"));
        area_cursor(area, row, 0);
    }
}

static void draw_heading(struct area area, const struct columns *plan)
{
    (void)area_text(area, 0, 2, STYLE_DIM, TEXT("DATE"));
    if (plan->wide) {
        (void)area_text(area, 0, 4 + DATE_WIDTH, STYLE_DIM, TEXT("WHAT"));
    } else if (plan->what > 1) {
        (void)area_text(area, 0, 2 + DATE_WIDTH + 1, STYLE_DIM, TEXT("WHAT"));
    }
    if (plan->wide && !plan->split) {
        (void)area_text(area, 0, plan->reference_at, STYLE_DIM, TEXT("REFERENCE"));
    }
    (void)area_amount(area, 0, plan->amount_at, plan->amount, STYLE_DIM,
                      plan->split ? "CREDIT" : "AMOUNT");
    if (plan->split) {
        (void)area_amount(area, 0, plan->amount_at - 1 - plan->amount, plan->amount, STYLE_DIM,
                          "DEBIT");
    }
    (void)area_amount(area, 0, plan->balance_at, plan->balance, STYLE_DIM, "BALANCE");
}

void pane_movements(struct area area, const struct pane_movements *lines)
{
    size_t shown = area.rows > 1 ? (size_t)area.rows - 1 : 0;
    struct table none = {.selected = SIZE_MAX, .shown = shown};
    struct table *table = lines->table;
    if (table != NULL) {
        table_resize(table, lines->count);
        table_fit(table, shown);
        table_place(table, area_part(area, 1, 0, (int)shown, area.columns), 1);
    } else {
        table = &none;
    }
    size_t left = lines->count > table->top ? lines->count - table->top : 0;
    size_t visible = left < shown ? left : shown;
    struct columns columns =
        plan_columns(area, lines->rows + table->top, visible, lines->exponent, lines->split);
    draw_heading(area, &columns);
    for (size_t i = 0; i < visible; i++) {
        draw_movement(area, (int)i + 1, &columns, &lines->rows[table->top + i], lines->exponent,
                      table->top + i == table->selected);
    }
}

void pane_history(struct area area, const struct book *book, struct table *table)
{
    struct pane_movements lines = {.rows = book->history.rows,
                                   .count = book->history.count,
                                   .exponent = currency_exponent(book->row.currency),
                                   .table = table};
    if (!book->history_known) {
        (void)area_text(area, 0, 2, STYLE_DIM, TEXT("reading…"));
        return;
    }
    pane_movements(area, &lines);
}
