#include "read/views.h"

enum status query_account(struct views *views, const struct account_query *args,
                          struct query *query, struct account_result *out)
{
    struct views_owner owner;
    struct views_account at;
    enum status status;

    if (!views_account(views, args->account, &at))
        return views_no_account(query, args->account);
    status = views_owner_of(views, query, args->account, &owner);
    if (status != STATUS_ok)
        return status;
    *out = (struct account_result){
        .account = args->account,
        .owner = owner.owner,
        .currency = at.row.currency,
        .balance = at.row.balance,
        .version = at.row.version,
        .opened_at = owner.opened_at,
        .position = at.row.last_position,
    };
    return STATUS_ok;
}
