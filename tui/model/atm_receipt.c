#include "model/atm_receipt.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/account_number.h"
#include "base/currency.h"
#include "base/time.h"
#include "model/show.h"

static void put_head(struct bytes *out, const char *what, uint64_t account, int64_t at)
{
    char digits[ACCOUNT_TEXT_MAX];
    char time[TIME_TEXT_MAX];
    (void)time_print(at, time);
    bytes_print(out, "TELLER\n%s\n\n%.10s %.8s UTC\nAccount       ***** %s\n", what, time,
                time + 11, account_print(account, digits) + 5);
}

static void put_amount(struct bytes *out, const char *label, struct money money, uint16_t currency)
{
    char text[SHOW_MONEY_MAX];
    bytes_print(out, "%-13s %s\n", label, show_money_in(money, currency, text));
}

void atm_receipt_write(const struct intent *intent, const char *notes, int64_t at,
                       struct bytes *out)
{
    char text[SHOW_MONEY_MAX];
    const char *what = intent->op == OP_DEPOSIT_MONEY    ? "DEPOSIT"
                       : intent->op == OP_WITHDRAW_MONEY ? "WITHDRAWAL"
                                                         : "TRANSFER";
    put_head(out, what, intent->account, at);
    if (intent->op == OP_TRANSFER_MONEY) {
        bytes_print(out, "To account    %s\n", show_account(intent->to, text));
    }
    put_amount(out, "Amount", intent->amount, intent->currency);
    if (notes[0] != '\0') {
        bytes_print(out, "Notes         %s\n", notes);
    }
    put_amount(out, "Balance", intent->balance, intent->currency);
    bytes_print(out, "Number        %s\n", show_count(intent->position, text));
}

void atm_statement_from(struct atm_statement *statement, const struct statement_result *result)
{
    atm_statement_close(statement);
    *statement = (struct atm_statement){.month = result->month,
                                        .opening = result->opening_balance,
                                        .credits = result->credits.total,
                                        .debits = result->debits.total,
                                        .closing = result->closing_balance,
                                        .credit_count = result->credits.count,
                                        .debit_count = result->debits.count,
                                        .final = result->final};
    statement->line_count = movement_from_lines(result, &statement->lines);
}

void atm_statement_close(struct atm_statement *statement)
{
    if (statement->lines != NULL) {
        explicit_bzero(statement->lines, statement->line_count * sizeof *statement->lines);
    }
    free(statement->lines);
    explicit_bzero(statement, sizeof *statement);
}

void atm_receipt_write_statement(const struct atm_statement *statement, uint64_t account,
                                 uint16_t currency, int64_t at, struct bytes *out)
{
    char text[SHOW_MONEY_MAX];
    char month[SHOW_MONTH_MAX];
    unsigned exponent = currency_exponent(currency);
    put_head(out, "STATEMENT", account, at);
    bytes_print(out, "Month         %s\nCurrency      %s\n\nOpening       %s\n",
                show_month(statement->month, month), currency_code(currency),
                show_money(statement->opening, exponent, SHOW_PLAIN, text));
    for (size_t i = 0; i < statement->line_count; i++) {
        const struct movement *line = &statement->lines[i];
        char day[DAY_TEXT_MAX];
        bytes_print(out, "%s  %-13s %s\n", day_print(day_of(line->at), day),
                    show_movement(line->type, line->change),
                    show_money(line->change, exponent, SHOW_SIGNED, text));
    }
    bytes_print(out, "Closing       %s%s\n",
                show_money(statement->closing, exponent, SHOW_PLAIN, text),
                statement->final ? "" : "  (so far)");
}

const char *atm_paper_name(int64_t at, uint64_t position, char out[ATM_PAPER_NAME_MAX])
{
    char time[TIME_TEXT_MAX];
    (void)time_print(at, time);
    (void)snprintf(out, ATM_PAPER_NAME_MAX, "%.10s-%.2s%.2s%.2s-%.6s-%" PRIu64, time, time + 11,
                   time + 14, time + 17, time + 20, position);
    return out;
}
