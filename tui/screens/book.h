/* One account as it is read for the screens: the account itself, its history from the top, and
 * what moved this month. Reads again by itself what the change feed says has changed; keeps the
 * old rows until the new ones are there. */
#pragma once

#include "client/calls.h"
#include "model/account_list.h"
#include "model/history.h"

#define BOOK_PAGE 100
#define BOOK_DAYS 90

struct book {
    uint64_t account; /* 0: none */
    struct account_row row;
    struct history history;
    struct money credits, debits; /* of the current month */
    int64_t days[BOOK_DAYS];      /* the balance at the end of each, up to today */
    size_t day_count;
    int32_t last_day; /* the one that days ends with */
    bool known, history_known, month_known;
    bool missing;     /* the bank has no such account */
    int64_t as_of_us; /* when the row was last known to be true */
    size_t fresh;     /* rows that came in at the top, for the owner to take */
    bool account_stale, history_stale, month_stale, series_stale, older_wanted;
    /* Requests on their way: */
    uint64_t asked_account, asked_history, asked_older, asked_month, asked_series;
    uint64_t older_before; /* the position that asked_older is before */
    int64_t retry_ms;
};

void book_open(struct book *book, uint64_t account);
void book_close(struct book *book);
void book_refresh(struct book *book);
void book_want_older(struct book *book);
/* Asks for what is stale. */
void book_turn(struct book *book, struct caller caller, int64_t wall_us);
/* Nothing is stale and nothing on its way: what is here is true as of then. */
void book_true_as_of(struct book *book, int64_t as_of_us);
/* True when the reply was this book's. */
bool book_reply(struct book *book, const struct client_reply *reply, int64_t now_ms,
                int64_t wall_us);
void book_change(struct book *book, const struct event *event, int64_t wall_us);
bool book_is_asking(const struct book *book);
