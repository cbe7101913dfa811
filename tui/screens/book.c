#include "screens/book.h"

#include "base/time.h"

#define BOOK_RETRY_MS 1000

void book_open(struct book *book, uint64_t account)
{
    book_close(book);
    book->account = account;
    book_refresh(book);
}

void book_close(struct book *book)
{
    history_close(&book->history);
    *book = (struct book){0};
}

void book_refresh(struct book *book)
{
    book->account_stale = true;
    book->history_stale = true;
    book->month_stale = true;
    book->series_stale = true;
    book->retry_ms = 0;
    history_try_again(&book->history);
}

void book_want_older(struct book *book)
{
    book->older_wanted = book->history_known && book->history.more;
}

bool book_is_asking(const struct book *book)
{
    return (book->asked_account | book->asked_history | book->asked_older | book->asked_month |
            book->asked_series) != 0;
}

static void turn_history(struct book *book, struct caller caller)
{
    const struct history *history = &book->history;
    if (book->history_stale && book->asked_history == 0) {
        uint64_t after = history->count > 0 ? history->rows[0].position : 0;
        book->asked_history =
            call_history(caller, book->account, HISTORY_MOVEMENTS, BOOK_PAGE, 0, after);
        book->history_stale = book->asked_history == 0;
    }
    if (book->older_wanted && book->asked_older == 0 && history->more) {
        book->asked_older =
            call_history(caller, book->account, HISTORY_MOVEMENTS, BOOK_PAGE, history->cursor, 0);
        book->older_before = history->cursor;
        book->older_wanted = book->asked_older == 0;
    }
}

/* A day that is over makes the series stale too. */
static void turn_series(struct book *book, struct caller caller, int32_t today)
{
    if ((book->series_stale || today > book->last_day) && book->asked_series == 0) {
        book->asked_series =
            call_get_balance_series(caller, book->account, today - (BOOK_DAYS - 1), today);
        book->series_stale = book->asked_series == 0;
        book->last_day = today;
    }
}

void book_turn(struct book *book, struct caller caller, int64_t wall_us)
{
    if (book->account == 0 || book->missing || caller.now_ms < book->retry_ms) {
        return;
    }
    if (book->account_stale && book->asked_account == 0) {
        book->asked_account = call_get_account(caller, book->account);
        book->account_stale = book->asked_account == 0;
    }
    turn_history(book, caller);
    if (book->month_stale && book->asked_month == 0) {
        book->asked_month = call_list_statements(caller, book->account, 1);
        book->month_stale = book->asked_month == 0;
    }
    turn_series(book, caller, day_of(wall_us));
}

void book_true_as_of(struct book *book, int64_t as_of_us)
{
    if (book->known && !book->account_stale && book->asked_account == 0 &&
        as_of_us > book->as_of_us) {
        book->as_of_us = as_of_us;
    }
}

static void take_account(struct book *book, const struct client_reply *reply, int64_t wall_us)
{
    const struct account_result *result = reply->value;
    /* The feed may have told of something later than this reply saw. */
    if (!book->known || result->position >= book->row.position) {
        account_row_from(&book->row, result);
    }
    book->known = true;
    book->as_of_us = wall_us;
}

static void take_history(struct book *book, const struct client_reply *reply)
{
    const struct list_result *page = reply->value;
    if (!book->history_known) {
        history_clear(&book->history);
        history_append(&book->history, page);
        book->history_known = true;
    } else {
        book->fresh += history_prepend(&book->history, page);
    }
}

static void take_older(struct book *book, const struct client_reply *reply)
{
    if (book->older_before == book->history.cursor) { /* else the window was begun anew meanwhile */
        history_append(&book->history, reply->value);
    }
}

static void take_month(struct book *book, const struct client_reply *reply)
{
    const struct list_result *list = reply->value;
    if (list->data.count > 0) {
        const struct statement_result *month = list->data.items;
        book->credits = month->credits.total;
        book->debits = month->debits.total;
        book->month_known = true;
    }
}

static void take_series(struct book *book, const struct client_reply *reply)
{
    const struct series_result *series = reply->value;
    const struct series_day *days = series->days.items;
    size_t count = series->days.count < BOOK_DAYS ? series->days.count : BOOK_DAYS;
    for (size_t i = 0; i < count; i++) {
        book->days[i] = days[series->days.count - count + i].balance.minor;
    }
    book->day_count = count;
}

/* Which request it was, and what is stale again when it failed. */
static bool *stale_of(struct book *book, uint64_t id, uint64_t **asked)
{
    struct {
        uint64_t *asked;
        bool *stale;
    } all[] = {{&book->asked_account, &book->account_stale},
               {&book->asked_history, &book->history_stale},
               {&book->asked_older, &book->older_wanted},
               {&book->asked_month, &book->month_stale},
               {&book->asked_series, &book->series_stale}};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        if (*all[i].asked == id) {
            *asked = all[i].asked;
            return all[i].stale;
        }
    }
    return NULL;
}

bool book_reply(struct book *book, const struct client_reply *reply, int64_t now_ms,
                int64_t wall_us)
{
    uint64_t *asked = NULL;
    bool *stale = stale_of(book, reply->id, &asked);
    if (stale == NULL) {
        return false;
    }
    uint64_t *which = asked;
    *asked = 0;
    if (reply->result != CLIENT_OK) {
        book->missing =
            reply->result == CLIENT_PROBLEM && reply->problem.status == STATUS_account_not_found;
        *stale = true;
        book->retry_ms = now_ms + BOOK_RETRY_MS;
    } else if (which == &book->asked_account) {
        take_account(book, reply, wall_us);
    } else if (which == &book->asked_history) {
        take_history(book, reply);
    } else if (which == &book->asked_older) {
        take_older(book, reply);
    } else if (which == &book->asked_series) {
        take_series(book, reply);
    } else {
        take_month(book, reply);
    }
    return true;
}

void book_change(struct book *book, const struct event *event, int64_t wall_us)
{
    bool ours = event->type == EVENT_MONEY_TRANSFERRED
                    ? event->from == book->account || event->to == book->account
                    : event->account == book->account;
    if (book->account == 0 || !ours) {
        return;
    }
    if (book->known && account_row_apply(&book->row, event)) {
        book->as_of_us = wall_us;
    }
    book->history_stale = true;
    book->month_stale = true;
    book->series_stale = true;
}
