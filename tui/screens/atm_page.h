/* Inside the room: what the machine's pages share. */
#pragma once

#include "screens/atm.h"

extern const struct atm_page atm_page_start, atm_page_pin, atm_page_menu, atm_page_withdraw,
    atm_page_deposit, atm_page_transfer, atm_page_confirm, atm_page_posting, atm_page_done,
    atm_page_card, atm_page_cash, atm_page_receipt, atm_page_balance, atm_page_last_ten,
    atm_page_statement, atm_page_end, atm_page_operator, atm_page_service;

/* Leads to a page; its enter runs. Return at once behind it. */
void atm_go(struct atm *atm, enum atm_page_id page);
/* The last page of every visit: ends the session, says why, and leads to the start by itself. */
void atm_end(struct atm *atm, const char *title, const char *text);
void atm_say(struct atm *atm, enum style style, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Throws away what was typed ahead: it was not meant for the page that comes now. */
void atm_discard_keys(struct atm *atm);
/* The letter of a key, upper case, or 0. */
char atm_letter(const struct term_key *key);
/* Digits and corrections into a field; `allowed` names the other characters it takes. */
bool atm_type(struct input *input, const struct term_key *key, const char *allowed);

/* Who asks. Between begin and end the client speaks for that one; outside, for the machine. */
enum atm_who { ATM_WHO_MACHINE, ATM_WHO_CUSTOMER, ATM_WHO_OPERATOR };
struct caller atm_begin(struct atm *atm, enum atm_who who, uint32_t owner);
void atm_end_ask(struct atm *atm);

/* A PIN or a key was sent and answered: nothing of it stays in the transport (call_scrub). */
void atm_scrub(struct atm *atm);

bool atm_online(const struct atm *atm);
/* Asks for the account anew; the answer comes to atm.c. */
void atm_ask_account(struct atm *atm);
void atm_take_row(struct atm *atm, const struct client_reply *reply);
/* The session is over: closes it and forgets the token; the rest of the visit stays. */
void atm_close_session(struct atm *atm);
/* Everything of the visit is wiped; back to the start. */
void atm_restart(struct atm *atm);
/* Shows the wish for confirmation; 0 and a refusal lead back to `back`. */
void atm_confirm(struct atm *atm, enum op op, struct money amount, enum atm_page_id back);
/* The answer was not what was hoped for: says it in plain words. */
const char *atm_problem_text(const struct client_reply *reply);

/* True: it is on paper, or will be; if not after all, whoever stands here is told. */
bool atm_print(struct atm *atm, const char *name, struct text text);

/* The frame around a page, and the page in it. */
void atm_frame(struct atm *atm, struct area whole, const struct atm_page *page);

/* Drawing: rows are two apart where there is room. */
int atm_gap(struct area area);
int atm_title(struct area area, const char *title); /* the row behind it */
struct atm_choice {
    char letter;
    const char *label;
};
/* In one column up to four, else in two, down and then across; the row behind them. */
int atm_choices(struct area area, int row, const struct atm_choice *choices, int count);
int atm_text(struct area area, int row, enum style style, const char *text); /* wrapped */
int atm_text_print(struct area area, int row, enum style style, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
/* Movements from visit.top on; the rows used. */
int atm_draw_movements(struct atm *atm, struct area area, const struct movement *rows,
                       size_t count);
