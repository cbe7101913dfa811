#include "read/walk.h"

static enum status balance_at(struct views *views, const struct balance_query *args,
                              struct query *query, const struct views_account *now,
                              struct balance_result *out)
{
    struct walk walk;
    enum walk_moved moved;

    if (args->at > views_present(query, now)) {
        problem_at(query->problem, STATUS_invalid_parameter, "#/at",
                   "This time is in the future: ask for one up to now.");
        return STATUS_invalid_parameter;
    }
    walk_begin(&walk, views, args->account);
    moved = walk_to(&walk, now->row.last_record);
    if (moved == WALK_STANDS)
        moved = walk_before(&walk, args->at + 1);
    walk_end(&walk);
    if (moved == WALK_END)
        return views_no_account(query, args->account);
    if (moved == WALK_FAILED)
        return views_unavailable(query);
    out->balance = walk_leg(&walk)->balance;
    out->version = walk_leg(&walk)->version;
    out->position = record_leg_position(&walk.record, walk.leg);
    out->as_of = args->at;
    return STATUS_ok;
}

enum status query_balance(struct views *views, const struct balance_query *args,
                          struct query *query, struct balance_result *out)
{
    struct views_account now;

    if (!views_account(views, args->account, &now))
        return views_no_account(query, args->account);
    *out = (struct balance_result){
        .account = args->account,
        .balance = now.row.balance,
        .currency = now.row.currency,
        .version = now.row.version,
        .as_of = views_present(query, &now),
        .position = now.row.last_position,
    };
    if (ARG_GIVEN(args, BALANCE_AT))
        return balance_at(views, args, query, &now, out);
    return STATUS_ok;
}
