#include <inttypes.h>
#include <string.h>

#include "base/account_number.h"
#include "base/currency.h"
#include "base/time.h"
#include "rest/statement.h"

/* What a spreadsheet takes for the beginning of a formula, the full-width forms too. */
static bool starts_formula(struct text text)
{
    static const char *const starts[] = {"=",  "+",  "-",  "@",  "\t", "\r",
                                         "\n", "＝", "＋", "－", "＠"};
    for (size_t i = 0; i < sizeof(starts) / sizeof(starts[0]); i++) {
        size_t size = strlen(starts[i]);
        if (text.size >= size && memcmp(text.data, starts[i], size) == 0) {
            return true;
        }
    }
    return false;
}

/* Always quoted, so that separators, quotes and line ends inside need no thought; an apostrophe
 * in front keeps a spreadsheet from calculating what a stranger wrote. */
static void put_text(struct bytes *out, struct text text)
{
    bytes_put_u8(out, '"');
    if (starts_formula(text)) {
        bytes_put_u8(out, '\'');
    }
    for (size_t i = 0; i < text.size; i++) {
        if (text.data[i] == '"') {
            bytes_put_u8(out, '"');
        }
        bytes_put_u8(out, (uint8_t)text.data[i]);
    }
    bytes_put_u8(out, '"');
}

/* The columns every row begins with. */
static void put_head(struct bytes *out, const struct statement_result *statement)
{
    char account[ACCOUNT_TEXT_MAX], month[MONTH_TEXT_MAX];
    bytes_print(out, "%s,", account_print(statement->account, account));
    put_text(out, statement->owner);
    bytes_print(out, ",%s,%s,", currency_code(statement->currency),
                month_print(statement->month, month));
}

static void put_balance(struct bytes *out, const struct statement_result *statement,
                        const char *type, struct money balance)
{
    char text[MONEY_TEXT_MAX];
    put_head(out, statement);
    bytes_print(out, ",,%s,,,,%s\r\n", type,
                money_print(balance, currency_exponent(statement->currency), text));
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
    put_head(out, statement);
    bytes_print(out, "%" PRIu64 ",%s,%s,", line->position, time_print(line->at, at),
                event_type_names[line->type]);
    put_text(out, line->reference);
    bytes_print(out, ",%s,%s,%s\r\n", other, money_print(line->change, exponent, change),
                money_print(line->balance, exponent, balance));
}

void statement_csv(struct bytes *out, const struct statement_result *statement)
{
    const struct statement_line *lines = statement->lines.items;
    bytes_put_text(out, TEXT("account,owner,currency,month,position,at,type,reference,counterparty,"
                             "change,balance\r\n"));
    put_balance(out, statement, "OpeningBalance", statement->opening_balance);
    for (size_t i = 0; i < statement->lines.count; i++) {
        put_line(out, statement, &lines[i]);
    }
    put_balance(out, statement, "ClosingBalance", statement->closing_balance);
}
