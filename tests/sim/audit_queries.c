#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/time.h"
#include "sim/audit.h"

#define ARENA_MAX ((size_t)64 << 20)

struct asking {
    const struct model *model;
    struct views *views;
    struct dice *dice;
    struct arena arena;
    struct problem problem;
    struct query query;
};

static void ask_begin(struct asking *asking, const struct world *world, const struct model *model,
                      struct dice *dice)
{
    *asking = (struct asking){.model = model, .views = world_views(world), .dice = dice};
    arena_init(&asking->arena, ARENA_MAX);
    asking->query = (struct query){.arena = &asking->arena,
                                   .problem = &asking->problem,
                                   .now = world->wall,
                                   .settled = engine_last_at(world->engine)};
}

static void ask_end(struct asking *asking)
{
    views_close(&asking->views);
    arena_close(&asking->arena);
}

static int64_t present(const struct asking *asking)
{
    return asking->query.now > asking->query.settled ? asking->query.now : asking->query.settled;
}

/* --- One account: events as it saw them ---------------------------------------------------- */

struct sight {
    const struct model_event *event;
    int64_t change, balance;
    uint64_t version;
};

static bool see(const struct model_event *event, uint64_t account, struct sight *out)
{
    for (size_t i = 0; i < 2; i++) {
        if (event->seen[i].account == account) {
            uint64_t version = event->event.type != EVENT_MONEY_TRANSFERRED ? event->event.version
                               : i == 0 ? event->event.from_version
                                        : event->event.to_version;
            *out = (struct sight){event, event->seen[i].change, event->seen[i].balance, version};
            return true;
        }
    }
    return false;
}

/* All it saw, oldest first. */
static size_t sights(const struct asking *asking, uint64_t account, struct sight **out)
{
    size_t count = 0;
    *out = calloc(asking->model->now.event_count + 1, sizeof **out);
    AUDIT(*out != NULL, "memory");
    for (size_t i = 0; i < asking->model->now.event_count; i++) {
        count += see(&asking->model->events[i], account, &(*out)[count]);
    }
    return count;
}

static bool moves_money(const struct sight *sight)
{
    return sight->event->event.type != EVENT_BALANCE_UPDATED && sight->change != 0;
}

static uint64_t counterparty_of(const struct sight *sight, uint64_t account)
{
    const struct event *event = &sight->event->event;
    if (event->type != EVENT_MONEY_TRANSFERRED) {
        return 0;
    }
    return event->from == account ? event->to : event->from;
}

static bool same_event(const struct event *a, const struct event *b)
{
    return a->type == b->type && a->channel == b->channel && a->currency == b->currency &&
           a->position == b->position && a->at == b->at && text_equal(a->actor, b->actor) &&
           a->account == b->account && a->version == b->version && a->from == b->from &&
           a->from_version == b->from_version && a->to == b->to && a->to_version == b->to_version &&
           text_equal(a->owner, b->owner) && a->initial_balance.minor == b->initial_balance.minor &&
           a->amount.minor == b->amount.minor && text_equal(a->reference, b->reference) &&
           a->balance.minor == b->balance.minor && a->change.minor == b->change.minor &&
           a->cause == b->cause;
}

/* --- Balance and account ------------------------------------------------------------------- */

static void audit_now(struct asking *asking, const struct model_account *account)
{
    struct account_query one = {.account = account->number};
    struct balance_query balance = {.account = account->number};
    struct account_result shown;
    struct balance_result now;
    AUDIT(query_account(asking->views, &one, &asking->query, &shown) == STATUS_ok, "GetAccount");
    AUDIT(shown.balance.minor == account->balance && shown.version == account->version &&
              shown.position == account->last_position && shown.currency == account->currency &&
              shown.opened_at == account->opened_at && text_equal(shown.owner, account->owner),
          "GetAccount shows %" PRId64 ", not %" PRId64, shown.balance.minor, account->balance);
    AUDIT(query_balance(asking->views, &balance, &asking->query, &now) == STATUS_ok, "GetBalance");
    AUDIT(now.balance.minor == account->balance && now.version == account->version &&
              now.position == account->last_position,
          "GetBalance shows %" PRId64 ", not %" PRId64, now.balance.minor, account->balance);
}

/* At a moment near some event, where one is easily off by one. */
static void audit_balance_at(struct asking *asking, const struct model_account *account,
                             const struct sight *list, size_t count)
{
    const struct sight *near = &list[dice_below(asking->dice, count)];
    int64_t at = near->event->event.at + dice_between(asking->dice, -1, 1);
    struct balance_query query = {.given = 1u << BALANCE_AT, .account = account->number, .at = at};
    struct balance_result shown;
    const struct sight *last = NULL;
    if (at > present(asking)) {
        return;
    }
    for (size_t i = 0; i < count && list[i].event->event.at <= at; i++) {
        last = &list[i];
    }
    enum status status = query_balance(asking->views, &query, &asking->query, &shown);
    if (last == NULL) {
        AUDIT(status == STATUS_account_not_found, "a balance before the opening");
        return;
    }
    AUDIT(status == STATUS_ok && shown.balance.minor == last->balance &&
              shown.version == last->version && shown.position == last->event->event.position,
          "balance at %" PRId64 ": %" PRId64 ", not %" PRId64, at, shown.balance.minor,
          last->balance);
}

static void audit_series(struct asking *asking, const struct model_account *account,
                         const struct sight *list, size_t count)
{
    int32_t today = day_of(present(asking)), opened = day_of(account->opened_at);
    int32_t to = opened + (int32_t)dice_between(asking->dice, 0, today - opened);
    int32_t from = to - (int32_t)dice_between(asking->dice, 0, 399);
    struct series_query query = {.given = 1u << SERIES_FROM | 1u << SERIES_TO,
                                 .account = account->number,
                                 .from = from,
                                 .to = to};
    struct series_result shown;
    AUDIT(query_series(asking->views, &query, &asking->query, &shown) == STATUS_ok, "series");
    int32_t first = from > opened ? from : opened;
    AUDIT(shown.days.count == (size_t)(to - first + 1), "series has %zu days", shown.days.count);
    const struct series_day *days = shown.days.items;
    size_t i = 0;
    for (int32_t day = first; day <= to; day++) {
        while (i < count && day_of(list[i].event->event.at) <= day) {
            i++;
        }
        AUDIT(days[day - first].day == day &&
                  days[day - first].balance.minor == list[i - 1].balance,
              "series on day %d", day);
    }
}

/* --- History ------------------------------------------------------------------------------- */

static bool passes(const struct history_query *query, const struct sight *sight)
{
    const struct event *event = &sight->event->event;
    int64_t amount = event->type == EVENT_ACCOUNT_CREATED   ? event->initial_balance.minor
                     : event->type == EVENT_BALANCE_UPDATED ? event->change.minor
                                                            : event->amount.minor;
    uint64_t size = (uint64_t)(amount < 0 ? -amount : amount);
#define GIVEN(bit) ((query->given >> (bit)&1u) != 0)
    return (!GIVEN(HISTORY_TYPES) || (query->types >> event->type & 1u) != 0) &&
           (!GIVEN(HISTORY_MIN) || size >= query->min) &&
           (!GIVEN(HISTORY_MAX) || size <= query->max) &&
           (!GIVEN(HISTORY_FROM) || event->at >= query->from) &&
           (!GIVEN(HISTORY_TO) || event->at < query->to) &&
           (!GIVEN(HISTORY_AFTER) || event->position > query->after);
#undef GIVEN
}

static void roll_filters(struct asking *asking, const struct sight *list, size_t count,
                         struct history_query *query)
{
    struct dice *dice = asking->dice;
    if (dice_percent(dice, 40)) {
        query->given |= 1u << HISTORY_TYPES;
        query->types = (uint32_t)dice_between(dice, 1, (1 << EVENT_TYPE_COUNT) - 1);
    }
    if (dice_percent(dice, 20)) {
        query->given |= 1u << HISTORY_MIN;
        query->min = dice_below(dice, 300);
    }
    if (dice_percent(dice, 20)) {
        query->given |= 1u << HISTORY_MAX;
        query->max = dice_below(dice, 400);
    }
    if (dice_percent(dice, 20)) {
        query->given |= 1u << HISTORY_FROM;
        query->from = list[dice_below(dice, count)].event->event.at + dice_between(dice, 0, 1);
    }
    if (dice_percent(dice, 20)) {
        query->given |= 1u << HISTORY_TO;
        query->to = list[dice_below(dice, count)].event->event.at + dice_between(dice, 0, 1);
    }
    if (dice_percent(dice, 20)) {
        query->given |= 1u << HISTORY_AFTER;
        query->after = list[dice_below(dice, count)].event->event.position;
    }
}

static uint64_t cursor_in(struct text next, const char *name)
{
    char path[512], *at;
    AUDIT(next.data != NULL && next.size < sizeof path, "a page without a next");
    memcpy(path, next.data, next.size);
    path[next.size] = '\0';
    at = strstr(path, name);
    AUDIT(at != NULL, "no cursor in %s", path);
    return strtoull(at + strlen(name), NULL, 10);
}

/* Page by page, until there is no more; nothing may be missing, doubled or out of order. */
static void audit_history(struct asking *asking, const struct model_account *account,
                          const struct sight *list, size_t count)
{
    struct history_query query = {.given = 1u << HISTORY_LIMIT, .account = account->number};
    query.limit = dice_percent(asking->dice, 30) ? 1000 : 1 + dice_below(asking->dice, 40);
    roll_filters(asking, list, count, &query);
    size_t left = count;
    struct list_result page = {.has_more = true};
    while (page.has_more) {
        AUDIT(query_history(asking->views, &query, &asking->query, &page) == STATUS_ok, "history");
        const struct history_event *shown = page.data.items;
        for (size_t i = 0; i < page.data.count; i++) {
            while (left > 0 && !passes(&query, &list[left - 1])) {
                left--;
            }
            AUDIT(left > 0, "history shows too much");
            const struct sight *ours = &list[--left];
            AUDIT(same_event(&shown[i].event, &ours->event->event),
                  "history shows position %" PRIu64 " instead of %" PRIu64, shown[i].event.position,
                  ours->event->event.position);
            AUDIT(shown[i].seen_change.minor == ours->change &&
                      shown[i].seen_balance.minor == ours->balance &&
                      shown[i].counterparty == counterparty_of(ours, account->number),
                  "history at %" PRIu64 " as seen", shown[i].event.position);
        }
        if (page.has_more) {
            query.given |= 1u << HISTORY_BEFORE;
            query.before = cursor_in(page.next, "before=");
        }
        arena_reset(&asking->arena);
    }
    while (left > 0) {
        AUDIT(!passes(&query, &list[left - 1]), "history leaves out position %" PRIu64,
              list[left - 1].event->event.position);
        left--;
    }
}

/* --- Statements ---------------------------------------------------------------------------- */

static void audit_totals(const struct asking *asking, const struct statement_result *shown,
                         const struct sight *list, size_t count)
{
    int64_t opening = 0, credits = 0, debits = 0;
    uint64_t credit_count = 0, debit_count = 0, first = 0, last = 0;
    for (size_t i = 0; i < count; i++) {
        const struct event *event = &list[i].event->event;
        int32_t month = month_of(event->at);
        if (month < shown->month) {
            opening = list[i].balance;
        } else if (month == shown->month) {
            first = first == 0 ? event->position : first;
            last = event->position;
            if (moves_money(&list[i])) {
                credit_count += list[i].change > 0;
                debit_count += list[i].change < 0;
                credits += list[i].change > 0 ? list[i].change : 0;
                debits -= list[i].change < 0 ? list[i].change : 0;
            }
        }
    }
    AUDIT(shown->opening_balance.minor == opening, "opening %" PRId64 ", not %" PRId64,
          shown->opening_balance.minor, opening);
    AUDIT(shown->credits.count == credit_count && shown->credits.total.minor == credits, "credits");
    AUDIT(shown->debits.count == debit_count && shown->debits.total.minor == debits, "debits");
    AUDIT(shown->closing_balance.minor == opening + credits - debits, "closing");
    AUDIT(shown->first_position == first && shown->last_position == last, "a month's positions");
    bool over = asking->model->now.at >= month_start(shown->month + 1) - 1;
    AUDIT(shown->final == over, "a month's being final");
}

static void audit_lines(struct asking *asking, const struct model_account *account, int32_t month,
                        const struct sight *list, size_t count)
{
    struct statement_query query = {.account = account->number, .month = month};
    struct statement_result shown;
    AUDIT(query_statement(asking->views, &query, &asking->query, &shown) == STATUS_ok, "statement");
    audit_totals(asking, &shown, list, count);
    const struct statement_line *lines = shown.lines.items;
    size_t line = 0;
    for (size_t i = 0; i < count; i++) {
        const struct event *event = &list[i].event->event;
        if (month_of(event->at) != month || !moves_money(&list[i])) {
            continue;
        }
        AUDIT(line < shown.lines.count, "a statement leaves out position %" PRIu64,
              event->position);
        AUDIT(lines[line].position == event->position && lines[line].at == event->at &&
                  lines[line].type == event->type && lines[line].change.minor == list[i].change &&
                  lines[line].balance.minor == list[i].balance &&
                  lines[line].counterparty == counterparty_of(&list[i], account->number) &&
                  (event->reference.data == NULL ||
                   text_equal(lines[line].reference, event->reference)),
              "a statement's line of position %" PRIu64, event->position);
        line++;
    }
    AUDIT(line == shown.lines.count, "a statement has %zu lines too many",
          shown.lines.count - line);
}

static void audit_statements(struct asking *asking, const struct model_account *account,
                             const struct sight *list, size_t count)
{
    struct list_statements query = {
        .given = 1u << LIST_STATEMENTS_LIMIT, .account = account->number, .limit = 1000};
    struct list_result shown;
    int32_t newest = month_of(present(asking)), oldest = month_of(account->opened_at);
    AUDIT(query_statements(asking->views, &query, &asking->query, &shown) == STATUS_ok, "months");
    AUDIT(shown.data.count == (size_t)(newest - oldest + 1) && !shown.has_more,
          "%zu statements from %d to %d", shown.data.count, oldest, newest);
    const struct statement_result *months = shown.data.items;
    for (size_t i = 0; i < shown.data.count; i++) {
        AUDIT(months[i].month == newest - (int32_t)i, "the order of the statements");
        audit_totals(asking, &months[i], list, count);
        AUDIT(i == 0 || months[i].closing_balance.minor == months[i - 1].opening_balance.minor,
              "a closing is not the next month's opening");
    }
    audit_lines(asking, account, month_of(list[dice_below(asking->dice, count)].event->event.at),
                list, count);
    audit_lines(asking, account, (int32_t)dice_between(asking->dice, oldest, newest), list, count);
    struct statement_query outside = {.account = account->number,
                                      .month =
                                          dice_percent(asking->dice, 50) ? oldest - 1 : newest + 1};
    struct statement_result none;
    AUDIT(query_statement(asking->views, &outside, &asking->query, &none) ==
              STATUS_statement_not_found,
          "a statement outside the account's life");
}

void audit_account(const struct world *world, const struct model *model, struct dice *dice,
                   const struct model_account *account)
{
    struct asking asking;
    struct sight *list;
    ask_begin(&asking, world, model, dice);
    size_t count = sights(&asking, account->number, &list);
    audit_now(&asking, account);
    audit_balance_at(&asking, account, list, count);
    audit_series(&asking, account, list, count);
    audit_statements(&asking, account, list, count);
    audit_history(&asking, account, list, count);
    free(list);
    ask_end(&asking);
}

/* --- All accounts, all events -------------------------------------------------------------- */

static const struct model_account *next_account(const struct model *model, uint64_t after)
{
    const struct model_account *next = NULL;
    for (size_t i = 0; i < model->now.account_count; i++) {
        const struct model_account *one = &model->now.accounts[i];
        if (one->number > after && (next == NULL || one->number < next->number)) {
            next = one;
        }
    }
    return next;
}

static void audit_all_accounts(struct asking *asking)
{
    struct list_accounts query = {.given = 1u << LIST_ACCOUNTS_LIMIT,
                                  .limit = 1 + dice_below(asking->dice, 30)};
    struct list_result page = {.has_more = true};
    uint64_t last = 0;
    while (page.has_more) {
        AUDIT(query_accounts(asking->views, &query, &asking->query, &page) == STATUS_ok, "list");
        AUDIT(page.total == asking->model->now.account_count, "%" PRIu64 " accounts", page.total);
        const struct account_result *shown = page.data.items;
        for (size_t i = 0; i < page.data.count; i++) {
            const struct model_account *ours = next_account(asking->model, last);
            AUDIT(ours != NULL && shown[i].account == ours->number &&
                      shown[i].balance.minor == ours->balance &&
                      shown[i].version == ours->version && text_equal(shown[i].owner, ours->owner),
                  "the list at %" PRIu64, shown[i].account);
            last = shown[i].account;
        }
        query.given |= 1u << LIST_ACCOUNTS_AFTER;
        query.after = last;
    }
    AUDIT(next_account(asking->model, last) == NULL, "the list ends too early");
}

static void audit_feed(struct asking *asking)
{
    struct changes_query query = {.given = 1u << CHANGES_AFTER | 1u << CHANGES_LIMIT};
    const struct model_counts *now = &asking->model->now;
    struct list_result page = {.has_more = true};
    query.after = dice_below(asking->dice, now->event_count + 1);
    query.limit = 1 + dice_below(asking->dice, 1000);
    while (page.has_more) {
        AUDIT(query_changes(asking->views, &query, &asking->query, &page) == STATUS_ok, "feed");
        const struct event *shown = page.data.items;
        for (size_t i = 0; i < page.data.count; i++) {
            AUDIT(query.after < now->event_count &&
                      same_event(&shown[i], &asking->model->events[query.after].event),
                  "the feed behind position %" PRIu64, query.after);
            query.after++;
        }
        arena_reset(&asking->arena);
    }
    AUDIT(query.after == now->event_count, "the feed ends at %" PRIu64, query.after);
}

void audit_lists(const struct world *world, const struct model *model, struct dice *dice)
{
    struct asking asking;
    ask_begin(&asking, world, model, dice);
    audit_all_accounts(&asking);
    audit_feed(&asking);
    ask_end(&asking);
}

static void flush_all(struct projector *projector)
{
    while (projector_flush(projector, INT64_MAX) ||
           projector_flushed(projector) < projector_seen(projector)) {
    }
}

void audit_digest(struct world *world)
{
    struct projector *fresh;
    uint8_t ours[JOURNAL_HASH_SIZE], theirs[JOURNAL_HASH_SIZE];
    AUDIT(projector_open(NULL, journal_reader_open(world->journal), &fresh) != PROJECTOR_FAILED,
          "a projector from nothing");
    while (projector_fold(fresh, SIZE_MAX / 2) > 0) {
    }
    AUDIT(projector_seen(fresh) == projector_seen(world->projector), "seen");
    flush_all(fresh);
    flush_all(world->projector);
    AUDIT(projector_digest(fresh, theirs) && projector_digest(world->projector, ours), "digest");
    AUDIT(memcmp(ours, theirs, sizeof ours) == 0, "the views differ from those folded anew");
    projector_close(&fresh, false);
}
