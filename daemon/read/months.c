#include "read/months.h"

#include "base/time.h"

enum status months_of(struct views *views, struct query *query, uint64_t account,
                      struct months *out)
{
    enum status status;

    if (!views_account(views, account, &out->now))
        return views_no_account(query, account);
    status = views_owner_of(views, query, account, &out->owner);
    out->first = month_of(out->owner.opened_at);
    out->last = month_of(views_present(query, &out->now));
    return status;
}

/* The running month is in the account's row. */
static struct month_row running_month(const struct account_row *row)
{
    struct month_row month = {
        .month = row->month,
        .credits = row->credits,
        .debits = row->debits,
        .credits_total = row->credits_total,
        .debits_total = row->debits_total,
        .first_position = row->first_position,
        .last_position = row->last_position,
        .last_record = row->last_record,
    };

    CHECK(money_subtract(row->balance, row->credits_total, &month.opening));
    CHECK(money_add(month.opening, row->debits_total, &month.opening));
    return month;
}

static struct money month_closing(const struct month_row *month)
{
    struct money closing;

    CHECK(money_add(month->opening, month->credits_total, &closing));
    CHECK(money_subtract(closing, month->debits_total, &closing));
    return closing;
}

/* No later command can be dated in it, and all of it is folded. */
static bool month_is_final(const struct query *query, const struct months *months, int32_t month)
{
    int64_t last = month_start(month + 1) - 1;

    return query->settled >= last && months->now.seen_at >= last;
}

enum status months_statement(struct views *views, struct query *query, const struct months *months,
                             int32_t month, struct statement_result *out, uint64_t *end)
{
    uint64_t account = account_row_number(&months->now.row);
    struct month_row at;

    if (month >= months->now.row.month)
        at = running_month(&months->now.row);
    else if (views_month_of(views, account, month, &at) != VIEWS_ROW)
        return views_unavailable(query, "a month of an account is missing");
    if (at.month != month) /* nothing moved since then */
        at = (struct month_row){.month = month, .opening = month_closing(&at)};
    *out = (struct statement_result){
        .account = account,
        .owner = months->owner.owner,
        .currency = months->now.row.currency,
        .month = month,
        .opening_balance = at.opening,
        .credits = {.count = at.credits, .total = at.credits_total},
        .debits = {.count = at.debits, .total = at.debits_total},
        .closing_balance = month_closing(&at),
        .first_position = at.first_position,
        .last_position = at.last_position,
        .final = month_is_final(query, months, month),
    };
    *end = at.last_record;
    return STATUS_ok;
}
