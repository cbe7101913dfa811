#include "screens/atm.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/account_number.h"
#include "screens/atm_page.h"

#define STANDING_OWNER (UINT32_MAX - 3)
#define STANDING_RETRY_MS 5000
#define SCRUB_OWNER (UINT32_MAX - 4)
#define TAG_ACCOUNT UINT32_MAX

static const struct atm_page *const pages[ATM_PAGE_COUNT] = {
    [ATM_PAGE_START] = &atm_page_start,         [ATM_PAGE_PIN] = &atm_page_pin,
    [ATM_PAGE_MENU] = &atm_page_menu,           [ATM_PAGE_WITHDRAW] = &atm_page_withdraw,
    [ATM_PAGE_DEPOSIT] = &atm_page_deposit,     [ATM_PAGE_TRANSFER] = &atm_page_transfer,
    [ATM_PAGE_CONFIRM] = &atm_page_confirm,     [ATM_PAGE_POSTING] = &atm_page_posting,
    [ATM_PAGE_DONE] = &atm_page_done,           [ATM_PAGE_CARD] = &atm_page_card,
    [ATM_PAGE_CASH] = &atm_page_cash,           [ATM_PAGE_RECEIPT] = &atm_page_receipt,
    [ATM_PAGE_BALANCE] = &atm_page_balance,     [ATM_PAGE_LAST_TEN] = &atm_page_last_ten,
    [ATM_PAGE_STATEMENT] = &atm_page_statement, [ATM_PAGE_END] = &atm_page_end,
    [ATM_PAGE_OPERATOR] = &atm_page_operator,   [ATM_PAGE_SERVICE] = &atm_page_service,
};

void atm_go(struct atm *atm, enum atm_page_id page)
{
    atm->page = page;
    atm->page_ms = atm->now_ms;
    atm->warned = false;
    atm->visit.asked = 0;
    atm->visit.top = 0;
    atm_silence_touch(&atm->silence, atm->now_ms);
    if (pages[page]->enter != NULL) {
        pages[page]->enter(atm);
    }
}

void atm_say(struct atm *atm, enum style style, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(atm->message, sizeof atm->message, format, arguments);
    va_end(arguments);
    atm->message_style = style;
}

void atm_discard_keys(struct atm *atm)
{
    struct term_key key;
    while (term_read(atm->term, &key)) {
        atm->keys++;
    }
}

bool atm_online(const struct atm *atm)
{
    return client_state(atm->client) == CLIENT_UP;
}

struct caller atm_begin(struct atm *atm, enum atm_who who, uint32_t owner)
{
    struct text auth = who == ATM_WHO_CUSTOMER   ? text_of(atm->visit.token)
                       : who == ATM_WHO_OPERATOR ? input_text(&atm->operator_key)
                                                 : text_of(atm->key);
    client_set_auth(atm->client, auth);
    if (who == ATM_WHO_CUSTOMER) {
        atm->visit.last_request_ms = atm->now_ms;
    }
    return (struct caller){
        .client = atm->client, .owner = owner, .tag = (uint32_t)atm->page, .now_ms = atm->now_ms};
}

void atm_end_ask(struct atm *atm)
{
    client_set_auth(atm->client, text_of(atm->key));
}

void atm_scrub(struct atm *atm)
{
    struct caller caller = atm_begin(atm, ATM_WHO_MACHINE, SCRUB_OWNER);
    (void)call_scrub(caller, account_from_sequence(ACCOUNT_SEQUENCE_FIRST));
    atm_end_ask(atm);
}

void atm_ask_account(struct atm *atm)
{
    struct caller caller = atm_begin(atm, ATM_WHO_CUSTOMER, atm->visits);
    caller.tag = TAG_ACCOUNT;
    (void)call_get_account(caller, atm->visit.account);
    atm_end_ask(atm);
}

void atm_take_row(struct atm *atm, const struct client_reply *reply)
{
    account_row_from(&atm->visit.row, reply->value);
    atm->visit.row_us = atm->wall_us;
}

void atm_close_session(struct atm *atm)
{
    if (atm->visit.token[0] == '\0') {
        return;
    }
    struct caller caller = atm_begin(atm, ATM_WHO_CUSTOMER, atm->visits);
    (void)call_close_session(caller);
    atm_end_ask(atm);
    explicit_bzero(atm->visit.token, sizeof atm->visit.token);
    client_forget_owner(atm->client, atm->visits);
}

static void wipe_visit(struct atm *atm)
{
    struct atm_visit *visit = &atm->visit;
    history_close(&visit->history);
    atm_statement_close(&visit->statement);
    explicit_bzero(visit, sizeof *visit);
    input_init(&visit->account_typed, ATM_ACCOUNT_TYPED_MAX, false);
    input_init(&visit->pin, ARG_PIN_MAX, true);
    input_init(&visit->amount, 12, false);
    input_init(&visit->to, ATM_ACCOUNT_TYPED_MAX, false);
}

void atm_restart(struct atm *atm)
{
    atm_close_session(atm);
    atm_poster_leave(atm, atm->visit.posting);
    client_forget_owner(atm->client, atm->visits);
    wipe_visit(atm);
    input_clear(&atm->operator_key);
    atm->visits++;
    atm->papers.mine = 0;
    atm->message[0] = '\0';
    atm_discard_keys(atm);
    atm_go(atm, ATM_PAGE_START);
}

void atm_end(struct atm *atm, const char *title, const char *text)
{
    (void)snprintf(atm->end_title, sizeof atm->end_title, "%s", title);
    (void)snprintf(atm->end_text, sizeof atm->end_text, "%s", text);
    atm_close_session(atm);
    atm_poster_leave(atm, atm->visit.posting);
    wipe_visit(atm);
    atm->message[0] = '\0';
    atm_go(atm, ATM_PAGE_END);
}

void atm_open(struct atm *atm, const struct atm_config *config, int64_t now_ms, int64_t wall_us)
{
    struct text key = client_auth(config->client);
    atm->term = config->term;
    atm->client = config->client;
    atm->printer = config->printer;
    atm->poster.store = config->settle != NULL ? config->store : NULL;
    atm->poster.settle = config->settle;
    atm->poster.why_no_store = config->why_no_store;
    atm->poster.random = config->random;
    atm->now_ms = now_ms;
    atm->wall_us = wall_us;
    atm->seen_state = CLIENT_CONNECTING;
    (void)snprintf(atm->key, sizeof atm->key, "%.*s", TEXT_ARGS(key));
    input_init(&atm->operator_key, CLIENT_AUTH_MAX - 1, true);
    wipe_visit(atm);
    atm_poster_open(atm);
    atm_restart(atm);
}

void atm_close(struct atm *atm)
{
    atm_close_session(atm);
    wipe_visit(atm);
    explicit_bzero(atm, sizeof *atm);
}

/* Does the bank take this machine's key? Asks for the outcome of a key that no one uses. */
static void ask_standing(struct atm *atm)
{
    if (!atm_online(atm) || atm->asked_standing != 0 || atm->now_ms < atm->standing_ms ||
        atm->standing == ATM_STANDING_GOOD) {
        return;
    }
    struct caller caller = atm_begin(atm, ATM_WHO_MACHINE, STANDING_OWNER);
    atm->asked_standing = call_get_outcome_of(caller, TEXT("atm-standing"),
                                              account_from_sequence(ACCOUNT_SEQUENCE_FIRST));
    atm_end_ask(atm);
    atm->standing_ms = atm->now_ms + STANDING_RETRY_MS;
}

static void take_standing(struct atm *atm, const struct client_reply *reply)
{
    atm->asked_standing = 0;
    if (reply->result == CLIENT_OK) {
        atm->standing = ATM_STANDING_GOOD;
    } else if (reply->result == CLIENT_PROBLEM &&
               (reply->problem.status == STATUS_forbidden ||
                reply->problem.status == STATUS_unauthenticated ||
                reply->problem.status == STATUS_malformed_request)) {
        atm->standing = ATM_STANDING_REFUSED;
    }
}

/* Somebody stands here and nothing is on its way for them. */
static bool is_attended(const struct atm *atm)
{
    return !pages[atm->page]->silent;
}

static void take_visit(struct atm *atm, const struct client_reply *reply)
{
    bool problem = reply->result == CLIENT_PROBLEM;
    if (problem && reply->problem.status == STATUS_unauthenticated && atm->visit.token[0] != '\0' &&
        is_attended(atm)) {
        explicit_bzero(atm->visit.token, sizeof atm->visit.token); /* nothing left to close */
        atm_end(atm, "YOUR SESSION HAS ENDED", "Nothing more was done. Please start again.");
        return;
    }
    if (reply->tag == TAG_ACCOUNT) {
        if (reply->result == CLIENT_OK && reply->value != NULL) {
            atm_take_row(atm, reply);
        }
        return;
    }
    if (reply->tag == (uint32_t)atm->page && pages[atm->page]->reply != NULL &&
        reply->id == atm->visit.asked) {
        atm->visit.asked = 0;
        pages[atm->page]->reply(atm, reply);
    }
}

static void take_reply(struct atm *atm, const struct client_reply *reply)
{
    if (reply->owner == ATM_POSTER_OWNER) {
        atm_poster_reply(atm, reply);
    } else if (reply->owner == STANDING_OWNER) {
        take_standing(atm, reply);
    } else if (reply->owner == atm->visits) {
        take_visit(atm, reply);
    }
}

static void watch_state(struct atm *atm)
{
    enum client_state state = client_state(atm->client);
    if (state == atm->seen_state) {
        return;
    }
    atm->seen_state = state;
    if (state == CLIENT_UP) {
        atm->standing = ATM_STANDING_UNKNOWN;
        atm->standing_ms = 0;
        client_forget_owner(atm->client, STANDING_OWNER);
        atm->asked_standing = 0;
        atm_poster_check_now(atm);
    } else if (is_attended(atm) && atm->page != ATM_PAGE_START && atm->page != ATM_PAGE_OPERATOR &&
               atm->page != ATM_PAGE_SERVICE) {
        atm_end(atm, "OUT OF SERVICE", "The bank does not answer. Nothing more was done.");
    }
}

static void watch_silence(struct atm *atm)
{
    bool empty = atm->page == ATM_PAGE_START && atm->visit.account_typed.size == 0;
    if (!is_attended(atm) || empty) {
        atm_silence_touch(&atm->silence, atm->now_ms);
        atm->warned = false;
        return;
    }
    switch (atm_silence_at(&atm->silence, atm->now_ms)) {
    case ATM_SILENCE_FINE:
        break;
    case ATM_SILENCE_WARNED:
        atm->warned = true;
        break;
    case ATM_SILENCE_OVER:
        if (atm->visit.account == 0) {
            atm_restart(atm);
        } else {
            atm_end(atm, "TIME IS UP", "You pressed no key for a while. Nothing more was done.");
        }
        break;
    }
}

/* While somebody is busy here between requests, the bank's own patience must not run out. */
static void keep_session(struct atm *atm)
{
    const struct atm_visit *visit = &atm->visit;
    bool used = atm->silence.since_ms > visit->last_request_ms;
    if (visit->token[0] != '\0' && used && atm_online(atm) &&
        atm->now_ms - visit->last_request_ms >= ATM_KEEP_MS) {
        atm_ask_account(atm);
    }
}

bool atm_print(struct atm *atm, const char *name, struct text text)
{
    struct atm_papers *papers = &atm->papers;
    if (atm->printer == NULL || !atm->printer->print(atm->printer, name, text)) {
        return false;
    }
    if (atm->printer->turn != NULL) {
        papers->sent++;
        papers->mine = papers->mine != 0 ? papers->mine : papers->sent;
    }
    return true;
}

/* What was done is done; only the paper is missing. */
static void tell_no_paper(struct atm *atm)
{
    if (atm->page == ATM_PAGE_END) {
        (void)snprintf(atm->end_title, sizeof atm->end_title, "NO PAPER");
        (void)snprintf(atm->end_text, sizeof atm->end_text,
                       "It could not be printed. What you did here is done all the same.");
        atm->page_ms = atm->now_ms; /* time to read it */
    } else {
        atm->visit.printed = false;
        atm_say(atm, STYLE_BAD, "It could not be printed: the printer has a problem.");
    }
}

static void watch_printer(struct atm *atm)
{
    struct atm_papers *papers = &atm->papers;
    char why[PAPER_WHERE_MAX] = "";
    while (atm->printer != NULL && atm->printer->turn != NULL) {
        enum paper_news news = atm->printer->turn(atm->printer, atm->now_ms, why);
        if (news == PAPER_NOTHING) {
            return;
        }
        papers->told++;
        if (news == PAPER_FAILED) {
            papers->failed++;
            papers->failed_us = atm->wall_us;
            (void)snprintf(papers->failed_why, sizeof papers->failed_why, "%.*s",
                           (int)(sizeof papers->failed_why - 1), why);
            if (papers->mine != 0 && papers->told >= papers->mine) {
                tell_no_paper(atm);
            }
        }
    }
}

static bool too_small(const struct atm *atm)
{
    const struct surface *surface = term_surface(atm->term);
    return surface->rows < TERM_ROWS_MIN || surface->columns < TERM_COLUMNS_MIN;
}

static void take_key(struct atm *atm, const struct term_key *key)
{
    const struct atm_page *page = pages[atm->page];
    if (key->code == TERM_RESIZE) {
        return;
    }
    if (too_small(atm) || (key->pasted && !page->pastes)) {
        return; /* nobody types into what cannot be seen, and nothing is pasted at a machine */
    }
    atm_silence_touch(&atm->silence, atm->now_ms);
    if (atm->warned) { /* the key that asks for more time does nothing else */
        atm->warned = false;
        return;
    }
    if (!page->silent) {
        atm->message[0] = '\0';
    }
    if (page->key != NULL) {
        page->key(atm, key);
    }
}

static void take_keys(struct atm *atm)
{
    struct term_key key;
    while (!atm->quit && term_read(atm->term, &key)) {
        atm->keys++;
        take_key(atm, &key);
    }
    explicit_bzero(&key, sizeof key);
}

/* Replies before keys: a key is pressed at what the newest page shows. */
void atm_turn(struct atm *atm, int64_t now_ms, int64_t wall_us)
{
    struct client_reply reply;
    atm->now_ms = now_ms;
    atm->wall_us = wall_us;
    client_turn(atm->client, now_ms);
    while (client_next(atm->client, now_ms, &reply)) {
        take_reply(atm, &reply);
    }
    watch_state(atm);
    take_keys(atm);
    watch_silence(atm);
    ask_standing(atm);
    atm_poster_turn(atm);
    keep_session(atm);
    watch_printer(atm);
    if (pages[atm->page]->tick != NULL) {
        pages[atm->page]->tick(atm);
    }
}

void atm_draw(struct atm *atm)
{
    struct surface *surface = term_surface(atm->term);
    surface_clear(surface);
    if (too_small(atm)) {
        (void)area_wrap(area_whole(surface), 0, STYLE_WARN,
                        TEXT("Make the window at least 40 x 10: nothing is lost."));
    } else {
        atm_frame(atm, area_whole(surface), pages[atm->page]);
    }
    term_flush(atm->term);
}

bool atm_is_idle(const struct atm *atm)
{
    return client_in_flight(atm->client) == 0 && client_state(atm->client) != CLIENT_CONNECTING &&
           (atm->standing != ATM_STANDING_UNKNOWN || !atm_online(atm));
}

/* The clock and every countdown need a second; what spins, less. */
int atm_timeout_ms(const struct atm *atm)
{
    int timeout = client_timeout_ms(atm->client, atm->now_ms);
    int64_t due = atm_poster_due_ms(atm);
    int draw = client_in_flight(atm->client) > 0 ? 100 : 250;
    if (due != INT64_MAX && due - atm->now_ms < draw) {
        draw = due > atm->now_ms ? (int)(due - atm->now_ms) : 50;
    }
    return timeout < draw ? timeout : draw;
}
