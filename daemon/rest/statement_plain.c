#include <inttypes.h>

#include "base/account_number.h"
#include "base/currency.h"
#include "base/time.h"
#include "rest/statement.h"

#define AMOUNT_WIDTH 22 /* "-92233720368547758.08" */

/* Text a stranger wrote, for a terminal: control characters become question marks. */
static void put_clean(struct bytes *out, struct text text)
{
    for (size_t i = 0; i < text.size; i++) {
        unsigned char c = (unsigned char)text.data[i];
        bool c1 =
            c == 0xc2 && i + 1 < text.size && ((unsigned char)text.data[i + 1] & 0xe0) == 0x80;
        if (c < 0x20 || c == 0x7f || c1) {
            bytes_put_u8(out, '?');
            i += c1 ? 1 : 0;
        } else {
            bytes_put_u8(out, c);
        }
    }
}

static const char *what(const struct statement_line *line)
{
    switch ((enum event_type)line->type) {
    case EVENT_ACCOUNT_CREATED:
        return "Opened";
    case EVENT_MONEY_DEPOSITED:
        return "Deposit";
    case EVENT_MONEY_WITHDRAWN:
        return "Withdrawal";
    case EVENT_MONEY_TRANSFERRED:
        return line->change.minor < 0 ? "Transfer to" : "Transfer from";
    case EVENT_BALANCE_UPDATED:
    case EVENT_TYPE_COUNT:
        break;
    }
    return "";
}

static void put_total(struct bytes *out, const struct statement_result *statement, const char *name,
                      struct money total)
{
    char text[MONEY_TEXT_MAX];
    bytes_print(out, "%-24s%*s\n", name, AMOUNT_WIDTH,
                money_print(total, currency_exponent(statement->currency), text));
}

static void put_count(struct bytes *out, const struct statement_result *statement, const char *name,
                      const struct statement_totals *totals)
{
    char label[40];
    struct bytes buffer;
    bytes_init(&buffer, sizeof(label) - 1);
    bytes_print(&buffer, "%s (%" PRIu64 ")", name, totals->count);
    bytes_put_u8(&buffer, '\0');
    put_total(out, statement, (const char *)buffer.data, totals->total);
    bytes_close(&buffer);
}

static void put_line(struct bytes *out, const struct statement_result *statement,
                     const struct statement_line *line)
{
    char at[TIME_TEXT_MAX], other[ACCOUNT_TEXT_MAX] = "";
    char change[MONEY_TEXT_MAX], balance[MONEY_TEXT_MAX];
    unsigned exponent = currency_exponent(statement->currency);
    if (line->counterparty != 0) {
        (void)account_print(line->counterparty, other);
    }
    bytes_print(out, "%-28s%-14s%-10s%*s%*s", time_print(line->at, at), what(line), other,
                AMOUNT_WIDTH, money_print(line->change, exponent, change), AMOUNT_WIDTH,
                money_print(line->balance, exponent, balance));
    if (line->reference.size > 0) {
        bytes_print(out, "  ");
        put_clean(out, line->reference);
    }
    bytes_put_u8(out, '\n');
}

void statement_plain(struct bytes *out, const struct statement_result *statement)
{
    const struct statement_line *lines = statement->lines.items;
    char account[ACCOUNT_TEXT_MAX], month[MONTH_TEXT_MAX];
    bytes_print(out, "STATEMENT %s  %s  %s  %s\n", month_print(statement->month, month),
                account_print(statement->account, account), currency_code(statement->currency),
                statement->final ? "FINAL" : "NOT FINAL");
    put_clean(out, statement->owner);
    bytes_print(out, "\n\n");
    put_total(out, statement, "Opening balance", statement->opening_balance);
    put_count(out, statement, "Credits", &statement->credits);
    put_count(out, statement, "Debits", &statement->debits);
    put_total(out, statement, "Closing balance", statement->closing_balance);
    if (statement->lines.count == 0) {
        return;
    }
    bytes_print(out, "\n%-28s%-14s%-10s%*s%*s  %s\n", "TIME", "WHAT", "ACCOUNT", AMOUNT_WIDTH,
                "CHANGE", AMOUNT_WIDTH, "BALANCE", "REFERENCE");
    for (size_t i = 0; i < statement->lines.count; i++) {
        put_line(out, statement, &lines[i]);
    }
}
