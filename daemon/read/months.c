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
    struct money closing;
    bool sound = month >= months->now.row.month
                     ? month_row_running(&months->now.row, &at)
                     : views_month_of(views, account, month, &at) == VIEWS_ROW;

    if (!sound || !month_row_closing(&at, &closing)) {
        views_doubt(views, "a month of an account is missing or wrong");
        return views_unavailable(query);
    }
    if (at.month != month) /* nothing moved since then */
        at = (struct month_row){.month = month, .opening = closing};
    *out = (struct statement_result){
        .account = account,
        .owner = months->owner.owner,
        .currency = months->now.row.currency,
        .month = month,
        .opening_balance = at.opening,
        .credits = {.count = at.credits, .total = at.credits_total},
        .debits = {.count = at.debits, .total = at.debits_total},
        .closing_balance = closing,
        .first_position = at.first_position,
        .last_position = at.last_position,
        .final = month_is_final(query, months, month),
    };
    *end = at.last_record;
    return STATUS_ok;
}
