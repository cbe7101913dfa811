#include "model/paper.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/account_number.h"
#include "base/currency.h"
#include "base/time.h"
#include "base/utf8.h"
#include "model/show.h"

#define LABEL_COLUMNS 24
#define AMOUNT_COLUMNS 24
#define WHAT_COLUMNS 14

/* What others wrote: control characters and what is no UTF-8 become question marks. */
static void put_clean(struct bytes *out, const char *value)
{
    struct text text = text_of(value);
    for (size_t at = 0; at < text.size;) {
        size_t start = at;
        int32_t code = utf8_next(text, &at);
        if (code < 0) {
            at = start + 1;
        }
        if (code < 0x20 || (code >= 0x7f && code < 0xa0) || utf8_width(code) < 0) {
            bytes_put_u8(out, '?');
        } else {
            bytes_put(out, text.data + start, at - start);
        }
    }
}

static void put_blanks(struct bytes *out, size_t count)
{
    while (count-- > 0) {
        bytes_put_u8(out, ' ');
    }
}

/* Columns, not bytes: the minus of amounts has three bytes. */
static size_t columns_of(const char *text)
{
    return utf8_count(text_of(text));
}

static void put_left(struct bytes *out, const char *text, size_t columns)
{
    bytes_print(out, "%s", text);
    put_blanks(out, columns_of(text) < columns ? columns - columns_of(text) : 1);
}

static void put_right(struct bytes *out, const char *text, size_t columns)
{
    put_blanks(out, columns_of(text) < columns ? columns - columns_of(text) : 1);
    bytes_print(out, "%s", text);
}

static void put_total(struct bytes *out, const char *label, const char *value)
{
    put_left(out, label, LABEL_COLUMNS);
    put_right(out, value, AMOUNT_COLUMNS);
    bytes_put_u8(out, '\n');
}

static void put_totals(struct bytes *out, const struct paper_statement *statement)
{
    unsigned exponent = currency_exponent(statement->currency);
    char label[64];
    char money[SHOW_MONEY_MAX];
    put_total(out, "Opening balance", show_money(statement->opening, exponent, SHOW_PLAIN, money));
    (void)snprintf(label, sizeof label, "Credits (%" PRIu64 ")", statement->credit_count);
    put_total(out, label, show_money(statement->credits, exponent, SHOW_SIGNED, money));
    (void)snprintf(label, sizeof label, "Debits (%" PRIu64 ")", statement->debit_count);
    put_total(out, label, show_money(statement->debits, exponent, SHOW_DEBIT, money));
    put_total(out, "Closing balance", show_money(statement->closing, exponent, SHOW_PLAIN, money));
}

static void put_line(struct bytes *out, const struct movement *line, unsigned exponent)
{
    char day[DAY_TEXT_MAX];
    char money[SHOW_MONEY_MAX];
    char other[SHOW_ACCOUNT_MAX] = "";
    put_left(out, day_print(day_of(line->at), day), DAY_TEXT_MAX + 1);
    put_left(out, show_movement(line->type, line->change), WHAT_COLUMNS);
    if (line->counterparty != 0) {
        (void)show_account(line->counterparty, other);
    }
    put_left(out, other, SHOW_ACCOUNT_MAX - 3);
    put_right(out, show_money(line->change, exponent, SHOW_SIGNED, money), AMOUNT_COLUMNS - 3);
    put_right(out, show_money(line->balance, exponent, SHOW_PLAIN, money), AMOUNT_COLUMNS - 3);
    if (line->reference[0] != '\0') {
        bytes_print(out, "  ");
        put_clean(out, line->reference);
    }
    bytes_put_u8(out, '\n');
}

void paper_statement_text(const struct paper_statement *statement, struct bytes *out)
{
    char number[SHOW_ACCOUNT_MAX];
    char month[SHOW_MONTH_MAX];
    char time[TIME_TEXT_MAX];
    bytes_print(out, "STATEMENT  %s  %s  %s\n", show_account(statement->account, number),
                show_month(statement->month, month), currency_code(statement->currency));
    put_clean(out, statement->owner);
    if (statement->final) {
        bytes_print(out, "\nFINAL\n\n");
    } else {
        bytes_print(out, "\nas of %s, not final\n\n", time_print(statement->as_of, time));
    }
    put_totals(out, statement);
    if (statement->line_count > 0) {
        bytes_put_u8(out, '\n');
        put_left(out, "DATE", DAY_TEXT_MAX + 1);
        put_left(out, "WHAT", WHAT_COLUMNS);
        put_left(out, "ACCOUNT", SHOW_ACCOUNT_MAX - 3);
        put_right(out, "AMOUNT", AMOUNT_COLUMNS - 3);
        put_right(out, "BALANCE", AMOUNT_COLUMNS - 3);
        bytes_print(out, "  REFERENCE\n");
    }
    for (size_t i = 0; i < statement->line_count; i++) {
        put_line(out, &statement->lines[i], currency_exponent(statement->currency));
    }
}

/* What a spreadsheet takes for the beginning of a formula, the full-width forms too. */
static bool starts_formula(const char *text)
{
    static const char *const starts[] = {"=",  "+",  "-",  "@",  "\t", "\r",
                                         "\n", "＝", "＋", "－", "＠"};
    for (size_t i = 0; i < sizeof starts / sizeof *starts; i++) {
        if (strncmp(text, starts[i], strlen(starts[i])) == 0) {
            return true;
        }
    }
    return false;
}

static void put_quoted(struct bytes *out, const char *text)
{
    bytes_put_u8(out, '"');
    if (starts_formula(text)) {
        bytes_put_u8(out, '\'');
    }
    for (; *text != '\0'; text++) {
        if (*text == '"') {
            bytes_put_u8(out, '"');
        }
        bytes_put_u8(out, (uint8_t)*text);
    }
    bytes_put_u8(out, '"');
}

static void put_head(struct bytes *out, const struct paper_statement *statement)
{
    char account[ACCOUNT_TEXT_MAX];
    char month[MONTH_TEXT_MAX];
    bytes_print(out, "%s,", account_print(statement->account, account));
    put_quoted(out, statement->owner);
    bytes_print(out, ",%s,%s,", currency_code(statement->currency),
                month_print(statement->month, month));
}

static void put_csv_balance(struct bytes *out, const struct paper_statement *statement,
                            const char *type, struct money balance)
{
    char money[MONEY_TEXT_MAX];
    put_head(out, statement);
    bytes_print(out, ",,%s,,,,%s\r\n", type,
                money_print(balance, currency_exponent(statement->currency), money));
}

static void put_csv_line(struct bytes *out, const struct paper_statement *statement,
                         const struct movement *line)
{
    unsigned exponent = currency_exponent(statement->currency);
    char at[TIME_TEXT_MAX];
    char other[ACCOUNT_TEXT_MAX] = "";
    char change[MONEY_TEXT_MAX];
    char balance[MONEY_TEXT_MAX];
    if (line->counterparty != 0) {
        (void)account_print(line->counterparty, other);
    }
    put_head(out, statement);
    bytes_print(out, "%" PRIu64 ",%s,%s,", line->position, time_print(line->at, at),
                event_type_names[line->type]);
    put_quoted(out, line->reference);
    bytes_print(out, ",%s,%s,%s\r\n", other, money_print(line->change, exponent, change),
                money_print(line->balance, exponent, balance));
}

void paper_statement_csv(const struct paper_statement *statement, struct bytes *out)
{
    bytes_print(out, "account,owner,currency,month,position,at,type,reference,counterparty,"
                     "change,balance\r\n");
    put_csv_balance(out, statement, "OpeningBalance", statement->opening);
    for (size_t i = 0; i < statement->line_count; i++) {
        put_csv_line(out, statement, &statement->lines[i]);
    }
    put_csv_balance(out, statement, "ClosingBalance", statement->closing);
}

static void put_side(struct bytes *out, const char *label, uint64_t account, const char *owner)
{
    char number[SHOW_ACCOUNT_MAX];
    put_left(out, label, 12);
    bytes_print(out, "%s  ", show_account(account, number));
    put_clean(out, owner);
    bytes_put_u8(out, '\n');
}

void paper_receipt(const struct intent *intent, struct bytes *out)
{
    char text[SHOW_MONEY_MAX];
    char time[TIME_TEXT_MAX];
    bool transfer = intent->op == OP_TRANSFER_MONEY;
    bytes_print(out, "RECEIPT #%s\n\n", show_count(intent->position, text));
    bytes_print(out, "%-12s%s\n", intent_verb(intent->op),
                show_money_in(intent->amount, intent->currency, text));
    put_side(out, transfer ? "From" : "Account", intent->account, intent->owner);
    if (transfer) {
        put_side(out, "To", intent->to, intent->to_owner);
    }
    if (intent->reference[0] != '\0') {
        put_left(out, "Reference", 12);
        put_clean(out, intent->reference);
        bytes_put_u8(out, '\n');
    }
    bytes_print(out, "%-12s%s\n", "Balance",
                show_money_in(intent->balance, intent->currency, text));
    bytes_print(out, "%-12s%s\n", "Confirmed", time_print(intent->at, time));
    bytes_print(out, "%-12s%s\n", "Key", intent->key);
}

const char *paper_statement_name(const struct paper_statement *statement, char out[PAPER_NAME_MAX])
{
    char account[ACCOUNT_TEXT_MAX];
    char month[MONTH_TEXT_MAX];
    (void)snprintf(out, PAPER_NAME_MAX, "statement-%s-%s",
                   account_print(statement->account, account),
                   month_print(statement->month, month));
    return out;
}

const char *paper_receipt_name(const struct intent *intent, char out[PAPER_NAME_MAX])
{
    (void)snprintf(out, PAPER_NAME_MAX, "receipt-%" PRIu64, intent->position);
    return out;
}
