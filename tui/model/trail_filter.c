#include "model/trail_filter.h"

#include "base/currency.h"
#include "base/time.h"
#include "model/history.h"
#include "model/show.h"

#define GIVEN(bit) (1u << (bit))

static const struct {
    const char *name;
    uint32_t types;
} kinds[TRAIL_KIND_COUNT] = {
    [TRAIL_MOVEMENTS] = {"movements", HISTORY_MOVEMENTS},
    [TRAIL_ALL] = {"all events", (1u << EVENT_TYPE_COUNT) - 1},
    [TRAIL_DEPOSITS] = {"deposits", 1u << EVENT_MONEY_DEPOSITED},
    [TRAIL_WITHDRAWALS] = {"withdrawals", 1u << EVENT_MONEY_WITHDRAWN},
    [TRAIL_TRANSFERS] = {"transfers", 1u << EVENT_MONEY_TRANSFERRED},
    [TRAIL_BALANCES] = {"balances", 1u << EVENT_BALANCE_UPDATED},
    [TRAIL_OPENING] = {"the opening", 1u << EVENT_ACCOUNT_CREATED},
};

const char *trail_kind_name(enum trail_kind kind)
{
    return kinds[kind].name;
}

bool trail_filter_is_open(const struct trail_filter *filter)
{
    return !filter->has_from && !filter->has_to && filter->min.minor == 0 &&
           filter->max.minor == 0 && filter->text[0] == '\0';
}

struct history_query trail_filter_query(const struct trail_filter *filter, uint64_t account)
{
    struct history_query query = {.given = GIVEN(HISTORY_ACCOUNT) | GIVEN(HISTORY_TYPES),
                                  .account = account,
                                  .types = kinds[filter->kind].types,
                                  .text = text_of(filter->text)};
    if (filter->has_from) {
        query.given |= GIVEN(HISTORY_FROM);
        query.from = day_start(filter->from);
    }
    if (filter->has_to) {
        query.given |= GIVEN(HISTORY_TO);
        query.to = day_start(filter->to) + TIME_DAY;
    }
    if (filter->min.minor > 0) {
        query.given |= GIVEN(HISTORY_MIN);
        query.min = (uint64_t)filter->min.minor;
    }
    if (filter->max.minor > 0) {
        query.given |= GIVEN(HISTORY_MAX);
        query.max = (uint64_t)filter->max.minor;
    }
    query.given |= filter->text[0] != '\0' ? GIVEN(HISTORY_TEXT) : 0;
    return query;
}

static void show_days(const struct trail_filter *filter, struct bytes *out)
{
    char day[DAY_TEXT_MAX];
    if (filter->has_from) {
        bytes_print(out, " · from %s", day_print(filter->from, day));
    }
    if (filter->has_to) {
        bytes_print(out, "%s%s", filter->has_from ? " to " : " · up to ",
                    day_print(filter->to, day));
    }
}

static void show_amounts(const struct trail_filter *filter, uint16_t currency, struct bytes *out)
{
    char money[SHOW_MONEY_MAX];
    unsigned exponent = currency_exponent(currency);
    bool both = filter->min.minor > 0 && filter->max.minor > 0;
    if (filter->min.minor > 0) {
        bytes_print(out, " · %s%s", both ? "" : "at least ",
                    show_money(filter->min, exponent, SHOW_PLAIN, money));
    }
    if (filter->max.minor > 0) {
        bytes_print(out, "%s%s", both ? " to " : " · at most ",
                    show_money(filter->max, exponent, SHOW_PLAIN, money));
    }
}

void trail_filter_show(const struct trail_filter *filter, uint16_t currency, struct bytes *out)
{
    bytes_print(out, "%s", trail_kind_name(filter->kind));
    show_days(filter, out);
    show_amounts(filter, currency, out);
    if (filter->text[0] != '\0') {
        bytes_print(out, " · \"%s\"", filter->text);
    }
}
