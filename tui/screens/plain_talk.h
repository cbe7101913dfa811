/* Inside plain: lines out, answers in, and replies of the bank waited for. */
#pragma once

#include "model/account_list.h"
#include "model/trail_filter.h"
#include "screens/plain.h"

struct plain {
    const struct plain_io *io;
    struct console console;
    /* The request that is waited for, and who takes its reply. */
    uint64_t asked;
    void (*take)(struct plain *plain, const struct client_reply *reply, void *context);
    void *context;
    bool takes_all;        /* problems and losses too */
    bool answered, failed; /* failed: the bank said no, or nothing */
    bool signed_in;
    bool over; /* a signal, or the input ended */
    bool signalled;
    int code;
    struct { /* what `more` goes on with */
        struct account_row account;
        struct trail_filter filter;
        uint64_t before; /* a position; 0: there is nothing more */
    } older;
};

/* Texts from anywhere are shown, never sent: what could drive a terminal becomes a visible mark. */
void plain_say(struct plain *plain, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* In `width` columns, to the left, or an amount to the right: never cut. */
void plain_cell(struct plain *plain, int width, bool right, const char *text);
/* "! ...": a line that was wrong. False, so that it can be returned. */
bool plain_wrong(struct plain *plain, const char *why);
/* The answer to a question; false: there is none any more. Blanks at its ends are cut. */
bool plain_ask(struct plain *plain, const char *question, char out[PLAIN_LINE_MAX]) MUST_USE;
/* The same, never shown; the caller wipes `out`. */
bool plain_ask_hidden(struct plain *plain, const char *question, char out[PLAIN_LINE_MAX]) MUST_USE;
/* One turn of the loop, and the wait for the next; false: it is over. */
bool plain_turn(struct plain *plain, bool for_line) MUST_USE;
bool plain_online(struct plain *plain) MUST_USE; /* waits for the bank for a while */
/* Waits for the reply to `request` and hands it to `take`. False: there was none, or a problem,
 * which is told. */
bool plain_reply(struct plain *plain, uint64_t request,
                 void (*take)(struct plain *plain, const struct client_reply *reply, void *context),
                 void *context) MUST_USE;
/* The same, and problems are told by `take`. */
bool plain_reply_all(struct plain *plain, uint64_t request,
                     void (*take)(struct plain *plain, const struct client_reply *reply,
                                  void *context),
                     void *context) MUST_USE;
void plain_problem(struct plain *plain, const struct client_reply *reply);
struct caller plain_caller(struct plain *plain);
/* Tells what the console has to say of itself: outcomes that are found out. */
void plain_news(struct plain *plain);

/* Is there a key, and does the bank take it? Where somebody sits it is asked for. */
bool plain_sign_in(struct plain *plain) MUST_USE;

/* The account that was typed behind a command, or is asked for. */
bool plain_account(struct plain *plain, const char *typed, const char *question,
                   struct account_row *out) MUST_USE;
/* The same with a month behind it; without one, the current month. */
bool plain_month(struct plain *plain, const char *rest, struct account_row *account,
                 int32_t *month) MUST_USE;
void plain_tell_account(struct plain *plain, const struct account_row *row);

/* The commands, each with the rest of its line; false: it failed, was called off or is unknown. */
bool plain_find(struct plain *plain, const char *rest) MUST_USE;
bool plain_show(struct plain *plain, const char *rest) MUST_USE;
bool plain_balance(struct plain *plain, const char *rest) MUST_USE;
bool plain_history(struct plain *plain, const char *rest) MUST_USE;
bool plain_more(struct plain *plain, const char *rest) MUST_USE;
bool plain_statement(struct plain *plain, const char *rest) MUST_USE;
bool plain_print(struct plain *plain, const char *rest) MUST_USE;
bool plain_export(struct plain *plain, const char *rest) MUST_USE;
bool plain_receipt(struct plain *plain, const char *rest) MUST_USE;
bool plain_deposit(struct plain *plain, const char *rest) MUST_USE;
bool plain_withdraw(struct plain *plain, const char *rest) MUST_USE;
bool plain_transfer(struct plain *plain, const char *rest) MUST_USE;
bool plain_open(struct plain *plain, const char *rest) MUST_USE;
bool plain_pin(struct plain *plain, const char *rest) MUST_USE;
bool plain_outcomes(struct plain *plain, const char *rest) MUST_USE;
bool plain_totals(struct plain *plain, const char *rest) MUST_USE;
bool plain_check(struct plain *plain, const char *rest) MUST_USE;
