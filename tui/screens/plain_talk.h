/* Inside plain: lines out, answers in, and replies of the bank waited for. */
#pragma once

#include "model/account_list.h"
#include "screens/plain.h"

struct plain {
    const struct plain_io *io;
    struct console console;
    /* The request that is waited for, and who takes its reply. */
    uint64_t asked;
    void (*take)(struct plain *plain, const struct client_reply *reply, void *context);
    void *context;
    bool answered, failed; /* failed: the bank said no, or nothing */
    bool over;             /* a signal, or the input ended */
    bool signalled;
    int code;
};

/* Texts from anywhere are shown, never sent: what could drive a terminal becomes a visible mark. */
void plain_say(struct plain *plain, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* In `width` columns, to the left, or an amount to the right: never cut. */
void plain_cell(struct plain *plain, int width, bool right, const char *text);
/* The answer to a question; false: there is none any more. Blanks at its ends are cut. */
bool plain_ask(struct plain *plain, const char *question, char out[PLAIN_LINE_MAX]) MUST_USE;
/* One turn of the loop, and the wait for the next; false: it is over. */
bool plain_turn(struct plain *plain, bool for_line) MUST_USE;
bool plain_online(struct plain *plain) MUST_USE; /* waits for the bank for a while */
/* Waits for the reply to `request` and hands it to `take`. False: there was none, or a problem,
 * which is told. */
bool plain_reply(struct plain *plain, uint64_t request,
                 void (*take)(struct plain *plain, const struct client_reply *reply, void *context),
                 void *context) MUST_USE;
struct caller plain_caller(struct plain *plain);
/* Tells what the console has to say of itself: outcomes that are found out. */
void plain_news(struct plain *plain);

/* The posting commands, in plain_post.c: false when it was refused, called off or is unknown. */
bool plain_move(struct plain *plain, enum op op, const struct account_row *account) MUST_USE;
bool plain_account(struct plain *plain, const char *typed, const char *question,
                   struct account_row *out) MUST_USE;
