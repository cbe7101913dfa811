#include "screens/atm_poster.h"

#include <stdio.h>
#include <string.h>

#include "contract/bind.h"
#include "model/show.h"
#include "screens/atm_page.h"

#define PAUSE_MIN_MS 1000
#define PAUSE_MAX_MS 8000
#define NEVER INT64_MAX

static bool is_open(const struct atm_posting *posting)
{
    return posting->serial != 0 && posting->intent.state != INTENT_DONE &&
           posting->intent.state != INTENT_REFUSED;
}

static struct atm_posting *find(struct atm *atm, uint32_t serial)
{
    for (size_t i = 0; i < ATM_POSTINGS_MAX; i++) {
        if (serial != 0 && atm->poster.postings[i].serial == serial) {
            return &atm->poster.postings[i];
        }
    }
    return NULL;
}

const struct atm_posting *atm_poster_find(const struct atm *atm, uint32_t serial)
{
    return find((struct atm *)atm, serial);
}

static struct atm_posting *add(struct atm *atm, const struct intent *intent)
{
    for (size_t i = 0; i < ATM_POSTINGS_MAX; i++) {
        struct atm_posting *place = &atm->poster.postings[i];
        if (place->serial == 0) {
            *place = (struct atm_posting){.serial = ++atm->poster.last_serial,
                                          .intent = *intent,
                                          .since_ms = atm->now_ms,
                                          .next_ms = atm->now_ms,
                                          .pause_ms = PAUSE_MIN_MS};
            return place;
        }
    }
    return NULL;
}

static void release(struct atm_posting *posting)
{
    explicit_bzero(posting, sizeof *posting);
}

static void recover_one(void *context, struct text text)
{
    struct atm *atm = context;
    struct intent intent;
    if (intent_read(text, &intent) && intent.op != OP_CREATE_ACCOUNT) {
        struct atm_posting *posting = add(atm, &intent);
        if (posting != NULL) {
            posting->gone = true;
        }
    }
}

static void recover_settle(void *context, struct text text)
{
    struct atm_poster *poster = &((struct atm *)context)->poster;
    if (poster->settle_count < ATM_SETTLE_MAX &&
        intent_read(text, &poster->settles[poster->settle_count])) {
        poster->settle_count++;
    }
}

void atm_poster_open(struct atm *atm)
{
    struct atm_poster *poster = &atm->poster;
    if (poster->store == NULL || poster->settle == NULL) {
        return;
    }
    if (!poster->store->recover(poster->store, recover_one, atm) ||
        !poster->settle->recover(poster->settle, recover_settle, atm)) {
        poster->store = NULL; /* who cannot read it cannot keep it either */
        poster->why_no_store = "the folder of open postings cannot be read";
    }
}

static bool put(struct intent_store *store, const struct intent *intent)
{
    struct bytes text;
    bytes_init(&text, INTENT_TEXT_MAX);
    intent_write(intent, &text);
    bool stored = !text.overflow && store->put(store, intent->key, bytes_text(&text));
    bytes_close(&text);
    return stored;
}

static void make_key(struct atm_poster *poster, char key[INTENT_KEY_MAX])
{
    uint8_t bytes[16];
    poster->random(bytes, sizeof bytes);
    size_t size = (size_t)snprintf(key, INTENT_KEY_MAX, "atm-");
    for (size_t i = 0; i < sizeof bytes; i++) {
        size += (size_t)snprintf(key + size, INTENT_KEY_MAX - size, "%02x", bytes[i]);
    }
    CHECK(size < INTENT_KEY_MAX);
}

static uint64_t send_command(struct atm *atm, const struct intent *intent)
{
    struct caller caller = atm_begin(atm, ATM_WHO_CUSTOMER, ATM_POSTER_OWNER);
    struct text key = text_of(intent->key);
    struct text reference = text_of(intent->reference);
    uint64_t request = intent->op == OP_TRANSFER_MONEY
                           ? call_transfer(caller, key, intent->account, intent->to, intent->amount,
                                           intent->currency, reference)
                           : call_move(caller, intent->op, key, intent->account, intent->amount,
                                       intent->currency, reference);
    atm_end_ask(atm);
    return request;
}

static void check_later(struct atm_posting *posting, int64_t now_ms)
{
    posting->intent.state = INTENT_UNKNOWN;
    posting->asked = ATM_ASKED_NOTHING;
    posting->next_ms = now_ms + posting->pause_ms;
    posting->pause_ms = posting->pause_ms * 2 > PAUSE_MAX_MS ? PAUSE_MAX_MS : posting->pause_ms * 2;
}

uint32_t atm_poster_post(struct atm *atm, const struct intent *wish, char why[128])
{
    struct atm_poster *poster = &atm->poster;
    struct intent full = *wish;
    if (poster->store == NULL) {
        (void)snprintf(why, 128, "This machine cannot do that now. Nothing was done.");
        return 0;
    }
    if (!atm_online(atm)) {
        (void)snprintf(why, 128, "The bank does not answer now. Nothing was done.");
        return 0;
    }
    make_key(poster, full.key);
    full.at = atm->wall_us;
    (void)snprintf(full.endpoint, sizeof full.endpoint, "%s", client_endpoint(atm->client));
    full.state = INTENT_SENDING;
    struct atm_posting *posting = add(atm, &full);
    if (posting == NULL || !put(poster->store, &full)) {
        if (posting != NULL) {
            release(posting);
        }
        (void)snprintf(why, 128, "This machine cannot do that now. Nothing was done.");
        return 0;
    }
    posting->request = send_command(atm, &full);
    posting->asked = ATM_ASKED_COMMAND;
    posting->next_ms = NEVER;
    if (posting->request == 0) { /* part of it may have left: only the bank knows */
        check_later(posting, atm->now_ms);
    }
    return posting->serial;
}

/* What nobody stands there for any more: cash that was not handed out, or notes that were kept. */
static bool needs_settling(const struct intent *intent)
{
    return (intent->op == OP_WITHDRAW_MONEY && intent->state == INTENT_DONE) ||
           (intent->op == OP_DEPOSIT_MONEY && intent->state == INTENT_REFUSED);
}

static void finish(struct atm *atm, struct atm_posting *posting)
{
    struct atm_poster *poster = &atm->poster;
    if (posting->gone && needs_settling(&posting->intent)) {
        if (!put(poster->settle, &posting->intent)) {
            release(posting); /* its first note stays on disk: the next start tries again */
            return;
        }
        if (poster->settle_count < ATM_SETTLE_MAX) {
            poster->settles[poster->settle_count++] = posting->intent;
        }
    }
    /* If the file stays, the next start asks for the outcome again: harmless. */
    (void)poster->store->remove(poster->store, posting->intent.key);
    if (posting->gone) {
        release(posting);
    }
}

/* A withdrawal that somebody waits for is finished when its cash is out. */
static void settle(struct atm *atm, struct atm_posting *posting, enum intent_state state)
{
    posting->intent.state = state;
    posting->asked = ATM_ASKED_NOTHING;
    posting->next_ms = NEVER;
    bool pays = posting->intent.op == OP_WITHDRAW_MONEY && state == INTENT_DONE;
    if (posting->gone || !pays) {
        finish(atm, posting);
    }
}

void atm_poster_handed(struct atm *atm, uint32_t serial)
{
    struct atm_posting *posting = find(atm, serial);
    if (posting == NULL) {
        return;
    }
    if (posting->intent.op == OP_WITHDRAW_MONEY && posting->intent.state == INTENT_DONE) {
        (void)atm->poster.store->remove(atm->poster.store, posting->intent.key);
    }
    release(posting);
}

void atm_poster_leave(struct atm *atm, uint32_t serial)
{
    struct atm_posting *posting = find(atm, serial);
    if (posting == NULL) {
        return;
    }
    posting->gone = true;
    if (!is_open(posting)) {
        finish(atm, posting);
    }
}

static void settle_done(struct atm *atm, struct atm_posting *posting, const void *value)
{
    struct intent *intent = &posting->intent;
    if (intent->op == OP_TRANSFER_MONEY) {
        const struct transferred_result *result = value;
        intent->position = result->position;
        intent->balance = result->from.balance;
    } else {
        const struct moved_result *result = value;
        intent->position = result->position;
        intent->balance = result->balance;
    }
    settle(atm, posting, INTENT_DONE);
}

static void settle_refused(struct atm *atm, struct atm_posting *posting,
                           const struct problem *problem)
{
    posting->intent.status = problem->status;
    (void)snprintf(posting->intent.detail, sizeof posting->intent.detail, "%s", problem->detail);
    settle(atm, posting, INTENT_REFUSED);
}

static bool leaves_open(enum status status)
{
    return status == STATUS_unavailable || status == STATUS_too_many_requests;
}

/* Never heard of at the bank it was meant for: burnt. At another address it is only asked for. */
static void take_unknown(struct atm *atm, struct atm_posting *posting)
{
    check_later(posting, atm->now_ms);
    if (strcmp(posting->intent.endpoint, client_endpoint(atm->client)) == 0) {
        posting->abandon = true;
        posting->next_ms = atm->now_ms;
    }
}

static bool take_outcome(struct atm *atm, struct atm_posting *posting,
                         const struct outcome_result *outcome)
{
    if (outcome->state == OUTCOME_UNKNOWN) {
        take_unknown(atm, posting);
        return true;
    }
    if (outcome->state == OUTCOME_REFUSED) {
        settle_refused(atm, posting, outcome->error);
        return true;
    }
    const struct shape *shape = message_of(posting->intent.op)->result;
    struct arena arena;
    arena_init(&arena, 0);
    void *value = arena_zero(&arena, 1, shape->size);
    bool bound =
        outcome->outcome.node != NULL && bind_result(outcome->outcome.node, shape, &arena, value);
    if (bound) {
        settle_done(atm, posting, value);
    }
    arena_close(&arena);
    return bound;
}

static struct atm_posting *by_request(struct atm *atm, uint64_t request)
{
    for (size_t i = 0; i < ATM_POSTINGS_MAX; i++) {
        struct atm_posting *posting = &atm->poster.postings[i];
        if (posting->serial != 0 && posting->asked != ATM_ASKED_NOTHING &&
            posting->request == request) {
            return posting;
        }
    }
    return NULL;
}

void atm_poster_reply(struct atm *atm, const struct client_reply *reply)
{
    struct atm_posting *posting = by_request(atm, reply->id);
    if (posting == NULL) {
        return;
    }
    enum atm_asked asked = posting->asked;
    posting->asked = ATM_ASKED_NOTHING;
    if (asked == ATM_ASKED_ABANDON && reply->result == CLIENT_OK) {
        posting->next_ms = atm->now_ms; /* the outcome says how that went */
    } else if (asked == ATM_ASKED_COMMAND && reply->result == CLIENT_OK && reply->value != NULL) {
        settle_done(atm, posting, reply->value);
    } else if (asked == ATM_ASKED_COMMAND && reply->result == CLIENT_PROBLEM &&
               !leaves_open(reply->problem.status)) {
        settle_refused(atm, posting, &reply->problem);
    } else if (asked != ATM_ASKED_OUTCOME || reply->result != CLIENT_OK ||
               !take_outcome(atm, posting, &reply->outcome)) {
        check_later(posting, atm->now_ms);
    }
}

static void ask(struct atm *atm, struct atm_posting *posting)
{
    struct text key = text_of(posting->intent.key);
    struct caller caller = atm_begin(atm, ATM_WHO_MACHINE, ATM_POSTER_OWNER);
    if (posting->abandon) {
        posting->request = call_abandon_key_of(caller, key, posting->intent.account);
        posting->asked = ATM_ASKED_ABANDON;
    } else {
        posting->request = call_get_outcome_of(caller, key, posting->intent.account);
        posting->asked = ATM_ASKED_OUTCOME;
    }
    atm_end_ask(atm);
    if (posting->request == 0) {
        posting->asked = ATM_ASKED_NOTHING;
        posting->next_ms = atm->now_ms + PAUSE_MIN_MS;
        return;
    }
    posting->abandon = false;
    posting->next_ms = NEVER;
}

void atm_poster_turn(struct atm *atm)
{
    for (size_t i = 0; i < ATM_POSTINGS_MAX; i++) {
        struct atm_posting *posting = &atm->poster.postings[i];
        if (is_open(posting) && posting->asked == ATM_ASKED_NOTHING &&
            posting->next_ms <= atm->now_ms && atm_online(atm)) {
            ask(atm, posting);
        }
    }
}

void atm_poster_check_now(struct atm *atm)
{
    for (size_t i = 0; i < ATM_POSTINGS_MAX; i++) {
        struct atm_posting *posting = &atm->poster.postings[i];
        if (is_open(posting) && posting->asked == ATM_ASKED_NOTHING) {
            posting->next_ms = atm->now_ms;
        }
    }
}

size_t atm_poster_open_count(const struct atm *atm)
{
    size_t count = 0;
    for (size_t i = 0; i < ATM_POSTINGS_MAX; i++) {
        count += is_open(&atm->poster.postings[i]);
    }
    return count;
}

int64_t atm_poster_due_ms(const struct atm *atm)
{
    int64_t due = NEVER;
    for (size_t i = 0; i < ATM_POSTINGS_MAX; i++) {
        const struct atm_posting *posting = &atm->poster.postings[i];
        if (is_open(posting) && posting->asked == ATM_ASKED_NOTHING && posting->next_ms < due) {
            due = posting->next_ms;
        }
    }
    return due;
}

void atm_poster_settled(struct atm *atm)
{
    struct atm_poster *poster = &atm->poster;
    if (poster->settle_count == 0 ||
        !poster->settle->remove(poster->settle, poster->settles[0].key)) {
        return;
    }
    poster->settle_count--;
    memmove(&poster->settles[0], &poster->settles[1],
            poster->settle_count * sizeof poster->settles[0]);
}
