/* The cash machine: `teller --atm`. A customer stands here for ninety seconds and has never seen
 * it before. One page at a time, no stack: every page leads on, back to the menu, or to the end.
 *
 * Three identities ask the bank, each only for its own: the machine's key (to open a session, and
 * to find out what became of a posting), the customer's session, and an operator's key to leave.
 *
 * A new page is one file and one row in atm.c. One thread; time is handed in. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "client/calls.h"
#include "model/atm_notes.h"
#include "model/atm_receipt.h"
#include "model/atm_silence.h"
#include "model/history.h"
#include "model/intent.h"
#include "screens/atm_poster.h"
#include "term/term.h"
#include "widgets/input.h"

enum atm_page_id {
    ATM_PAGE_START,
    ATM_PAGE_PIN,
    ATM_PAGE_MENU,
    ATM_PAGE_WITHDRAW,
    ATM_PAGE_DEPOSIT,
    ATM_PAGE_TRANSFER,
    ATM_PAGE_CONFIRM,
    ATM_PAGE_POSTING,
    ATM_PAGE_DONE,
    ATM_PAGE_CARD,
    ATM_PAGE_CASH,
    ATM_PAGE_RECEIPT,
    ATM_PAGE_BALANCE,
    ATM_PAGE_LAST_TEN,
    ATM_PAGE_STATEMENT,
    ATM_PAGE_END,
    ATM_PAGE_OPERATOR,
    ATM_PAGE_SERVICE,
    ATM_PAGE_COUNT
};

struct atm;

struct atm_page {
    bool silent; /* silence is nobody's business here: the page ends by itself, or has no end */
    /* Everything may be NULL but draw. Pasted keys come only to pages that say so. */
    bool pastes;
    void (*enter)(struct atm *atm);
    void (*draw)(struct atm *atm, struct area area);
    void (*key)(struct atm *atm, const struct term_key *key);
    void (*reply)(struct atm *atm, const struct client_reply *reply);
    void (*tick)(struct atm *atm);
};

#define ATM_MESSAGE_MAX 256
#define ATM_WHY_MAX 128
#define ATM_ACCOUNT_TYPED_MAX 16 /* ten digits, blanks and dashes between */
#define ATM_TAKE_CARD_MS 4000
#define ATM_TAKE_CASH_MS 8000
#define ATM_RECEIPT_MS 15000
#define ATM_END_MS 8000
#define ATM_KEEP_MS 45000 /* the daemon ends a session after 120 s without a request */

/* Whether the bank takes this machine's key. */
enum atm_standing { ATM_STANDING_UNKNOWN, ATM_STANDING_GOOD, ATM_STANDING_REFUSED };

/* All of a customer's visit, wiped as a whole when it ends. */
struct atm_visit {
    struct input account_typed;
    struct input pin;
    struct input amount;
    struct input to;
    char token[CLIENT_AUTH_MAX];
    uint64_t account;
    struct account_row row;
    int64_t row_us;
    uint64_t asked; /* the request this page waits for; 0: none */
    int64_t last_request_ms;
    bool balance_shown;
    bool to_known; /* transfer: the amount is being typed */
    uint64_t to_account;
    int taken[ATM_NOTES_IN_MAX]; /* deposit: notes counted so far */
    struct intent wish;          /* what is confirmed, posted, done */
    char counted[ATM_COUNTED_MAX];
    bool armed; /* `1` was typed: Enter posts */
    uint32_t posting;
    enum atm_page_id back; /* of the confirmation: where 0 and a refusal lead */
    bool printed;          /* or handed to the printer: it tells later */
    struct history history;
    bool history_known;
    struct atm_statement statement;
    bool statement_known;
    int32_t month;
    size_t top; /* first row shown of a list */
    size_t fit; /* rows the list had room for when it was drawn last */
};

/* Papers handed to the printer, in their order. */
struct atm_papers {
    uint64_t sent, told; /* how many, and of how many the printer has told the end */
    uint64_t mine;       /* the first one of whoever stands here; 0: none */
    uint64_t failed;
    int64_t failed_us;            /* the last of them */
    char failed_why[ATM_WHY_MAX]; /* why */
};

struct atm {
    struct term *term;
    struct client *client;
    struct atm_printer *printer; /* NULL: no paper */
    struct atm_papers papers;
    struct atm_poster poster;
    char key[CLIENT_AUTH_MAX]; /* the machine's */
    int64_t now_ms, wall_us;
    enum client_state seen_state;
    enum atm_standing standing;
    uint64_t asked_standing;
    int64_t standing_ms; /* when to ask again */
    enum atm_page_id page;
    int64_t page_ms; /* when it was entered */
    struct atm_silence silence;
    bool warned;
    char message[ATM_MESSAGE_MAX];
    enum style message_style;
    char end_title[48], end_text[ATM_MESSAGE_MAX];
    struct input operator_key;
    uint64_t asked_operator;
    uint32_t visits; /* owner of this visit's requests */
    struct atm_visit visit;
    uint64_t keys; /* taken so far */
    bool quit;
};

struct atm_config {
    struct term *term;
    struct client *client;       /* with the machine's key as its auth */
    struct intent_store *store;  /* NULL: nothing can be posted */
    struct intent_store *settle; /* what the bank's people must set right */
    struct atm_printer *printer;
    const char *why_no_store;
    void (*random)(void *data, size_t size);
};

/* `atm` is the caller's, zeroed, best in memory that is never swapped or dumped. */
void atm_open(struct atm *atm, const struct atm_config *config, int64_t now_ms, int64_t wall_us);
void atm_close(struct atm *atm);
void atm_turn(struct atm *atm, int64_t now_ms, int64_t wall_us);
void atm_draw(struct atm *atm);
int atm_timeout_ms(const struct atm *atm);
bool atm_is_idle(const struct atm *atm);
