/* The balance at the end of each day. Days before the account was opened are left out; today's is
 * the balance now. Without `to` it ends today, without `from` it is ninety days long. */
#include "base/time.h"
#include "read/walk.h"

#define DAYS_DEFAULT 90

struct series {
    int32_t from, to;
};

static enum status series_bounds(const struct series_query *args, struct query *query,
                                 int64_t present, struct series *out)
{
    int32_t today = day_of(present);

    out->to = ARG_GIVEN(args, SERIES_TO) ? args->to : today;
    out->from = ARG_GIVEN(args, SERIES_FROM) ? args->from : out->to - (DAYS_DEFAULT - 1);
    if (out->to > today)
        problem_at(query->problem, STATUS_invalid_parameter, "#/to",
                   "This day is in the future: ask for days up to today.");
    else if (out->from > out->to)
        problem_at(query->problem, STATUS_invalid_parameter, "#/from",
                   "The first day is behind the last one.");
    else if (out->to - out->from >= QUERY_SERIES_DAYS_MAX)
        problem_at(query->problem, STATUS_invalid_parameter, "#/from",
                   "Ask for at most %d days at a time.", QUERY_SERIES_DAYS_MAX);
    else
        return STATUS_ok;
    return STATUS_invalid_parameter;
}

/* Fills days[0 ... count - 1] from behind; *first is the first day the account was there. */
static bool series_fill(struct walk *walk, const struct series *series, struct series_day *days,
                        int32_t *first)
{
    int32_t day = series->to;

    while (day >= series->from) {
        enum walk_moved moved = walk_before(walk, day_start(day) + TIME_DAY);

        if (moved == WALK_FAILED)
            return false;
        if (moved == WALK_END)
            break;
        /* Nothing happened between this record and the day: its days all end alike. */
        do {
            days[day - series->from] =
                (struct series_day){.day = day, .balance = walk_leg(walk)->balance};
            day--;
        } while (day >= series->from && day >= day_of(walk->record.at));
    }
    *first = day + 1;
    return true;
}

enum status query_series(struct views *views, const struct series_query *args, struct query *query,
                         struct series_result *out)
{
    struct walk walk;
    struct views_account now;
    struct series_day *days;
    struct series series;
    enum status status;
    int32_t first;
    bool filled;

    if (!views_account(views, args->account, &now))
        return views_no_account(query, args->account);
    status = series_bounds(args, query, views_present(query, &now), &series);
    if (status != STATUS_ok)
        return status;
    days = arena_zero(query->arena, (size_t)(series.to - series.from + 1), sizeof(*days));
    if (days == NULL)
        return views_no_room(query);
    walk_begin(&walk, views, args->account);
    filled = walk_to(&walk, now.row.last_record) == WALK_STANDS &&
             series_fill(&walk, &series, days, &first);
    walk_end(&walk);
    if (!filled)
        return views_unavailable(query);
    *out = (struct series_result){
        .account = args->account,
        .currency = now.row.currency,
        .days = {.items = days + (first - series.from), .count = (size_t)(series.to - first + 1)},
    };
    return STATUS_ok;
}
