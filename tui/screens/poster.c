#include "screens/poster.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/time.h"
#include "contract/bind.h"
#include "model/show.h"
#include "screens/console.h"

#define PAUSE_MIN_MS 1000
#define PAUSE_MAX_MS 8000
#define NEVER INT64_MAX

void poster_init(struct poster *poster, struct intent_store *store, const char *why_no_store,
                 void (*random)(void *data, size_t size))
{
    *poster = (struct poster){.store = store, .why_no_store = why_no_store, .random = random};
}

static bool is_open(const struct posting *posting)
{
    return posting->serial != 0 && posting->intent.state != INTENT_DONE &&
           posting->intent.state != INTENT_REFUSED;
}

/* A free place, or that of the oldest whose outcome is known. */
static struct posting *free_place(struct poster *poster)
{
    struct posting *oldest = NULL;
    for (size_t i = 0; i < POSTINGS_MAX; i++) {
        struct posting *posting = &poster->postings[i];
        if (posting->serial == 0) {
            return posting;
        }
        if (!is_open(posting) && (oldest == NULL || posting->serial < oldest->serial)) {
            oldest = posting;
        }
    }
    return oldest;
}

static struct posting *add(struct poster *poster, const struct intent *intent, int64_t now_ms)
{
    struct posting *place = free_place(poster);
    if (place != NULL) {
        *place = (struct posting){.serial = ++poster->last_serial,
                                  .intent = *intent,
                                  .since_ms = now_ms,
                                  .next_ms = now_ms,
                                  .pause_ms = PAUSE_MIN_MS};
    }
    return place;
}

/* Which API key it was, without keeping the key: 256 random bits cannot be guessed from 64. */
static uint64_t fingerprint(const struct console *console)
{
    struct text auth = client_auth(console->client);
    return auth.size == 0 ? 0 : hash_sip128((struct hash_key){1, 2}, auth.data, auth.size).a;
}

struct recovery {
    struct console *console;
    size_t count, unreadable;
};

static void recover_one(void *context, struct text text)
{
    struct recovery *recovery = context;
    struct intent intent;
    if (!intent_read(text, &intent) ||
        add(&recovery->console->poster, &intent, recovery->console->now_ms) == NULL) {
        recovery->unreadable++;
        return;
    }
    recovery->count++;
}

size_t poster_recover(struct console *console)
{
    struct poster *poster = &console->poster;
    struct recovery recovery = {.console = console};
    if (poster->store != NULL && !poster->store->recover(poster->store, recover_one, &recovery)) {
        console_say(console, STYLE_BAD, "The folder of open postings could not be read");
    }
    if (recovery.unreadable > 0) {
        console_say(console, STYLE_BAD, "%zu open postings of earlier could not be read: kept",
                    recovery.unreadable);
    }
    return recovery.count;
}

static bool make_key(struct poster *poster, char key[INTENT_KEY_MAX])
{
    uint8_t bytes[16];
    poster->random(bytes, sizeof bytes);
    size_t size = (size_t)snprintf(key, INTENT_KEY_MAX, "teller-");
    for (size_t i = 0; i < sizeof bytes; i++) {
        size += (size_t)snprintf(key + size, INTENT_KEY_MAX - size, "%02x", bytes[i]);
    }
    return size < INTENT_KEY_MAX;
}

static bool store(struct poster *poster, const struct intent *intent)
{
    struct bytes text;
    bytes_init(&text, INTENT_TEXT_MAX);
    intent_write(intent, &text);
    bool stored =
        !text.overflow && poster->store->put(poster->store, intent->key, bytes_text(&text));
    bytes_close(&text);
    return stored;
}

static uint64_t send_command(struct console *console, const struct intent *intent)
{
    struct caller caller = {
        .client = console->client, .owner = POSTER_OWNER, .now_ms = console->now_ms};
    struct text key = text_of(intent->key);
    switch (intent->op) {
    case OP_CREATE_ACCOUNT:
        return call_create_account(caller, key, text_of(intent->owner), intent->currency,
                                   intent->amount);
    case OP_TRANSFER_MONEY:
        return call_transfer(caller, key, intent->account, intent->to, intent->amount,
                             intent->currency, text_of(intent->reference));
    default:
        return call_move(caller, intent->op, key, intent->account, intent->amount, intent->currency,
                         text_of(intent->reference));
    }
}

uint32_t poster_post(struct console *console, const struct intent *intent, char why[256])
{
    struct poster *poster = &console->poster;
    struct intent full = *intent;
    if (poster->store == NULL) {
        (void)snprintf(why, 256, "Nothing was sent: %s", poster->why_no_store);
        return 0;
    }
    if (!console_online(console)) {
        (void)snprintf(why, 256, "Nothing was sent: the bank does not answer, posting is off");
        return 0;
    }
    if (free_place(poster) == NULL || !make_key(poster, full.key)) {
        (void)snprintf(why, 256, "Nothing was sent: too many outcomes are open");
        return 0;
    }
    full.at = console->wall_us;
    full.who = fingerprint(console);
    (void)snprintf(full.endpoint, sizeof full.endpoint, "%s", client_endpoint(console->client));
    full.state = INTENT_SENDING;
    if (!store(poster, &full)) {
        (void)snprintf(why, 256, "Nothing was sent: it could not be written down first");
        return 0;
    }
    struct posting *posting = add(poster, &full, console->now_ms);
    CHECK(posting != NULL);
    posting->request = send_command(console, &full);
    posting->asked = POSTING_COMMAND;
    posting->next_ms = NEVER;
    if (posting->request == 0) {
        posting->resend = true;
        posting->asked = POSTING_NOTHING;
        posting->next_ms = console->now_ms + PAUSE_MIN_MS;
    }
    return posting->serial;
}

const struct posting *poster_find(const struct poster *poster, uint32_t serial)
{
    for (size_t i = 0; i < POSTINGS_MAX; i++) {
        if (serial != 0 && poster->postings[i].serial == serial) {
            return &poster->postings[i];
        }
    }
    return NULL;
}

static void check_later(struct posting *posting, int64_t now_ms)
{
    posting->intent.state = INTENT_UNKNOWN;
    posting->next_ms = now_ms + posting->pause_ms;
    posting->pause_ms = posting->pause_ms * 2 > PAUSE_MAX_MS ? PAUSE_MAX_MS : posting->pause_ms * 2;
}

/* The screens that show postings tell it themselves. */
static void settle(struct console *console, struct posting *posting, enum intent_state state)
{
    posting->intent.state = state;
    posting->next_ms = NEVER;
    session_add(&console->poster.session, &posting->intent);
    /* If the file stays, the next start asks for the outcome again: harmless. */
    (void)console->poster.store->remove(console->poster.store, posting->intent.key);
    const struct screen_ops *top = console_top(console)->ops;
    if (top != screens_all[SCREEN_REVIEW] && top != screens_all[SCREEN_OUTCOMES]) {
        char line[POSTING_TELL_MAX];
        show_hide(console->hides);
        enum style style = posting_tell(posting, console->now_ms, line);
        show_hide(false);
        console_say(console, style, "%s", line);
    }
}

static void settle_done(struct console *console, struct posting *posting, const void *value)
{
    struct intent *intent = &posting->intent;
    if (intent->op == OP_CREATE_ACCOUNT) {
        const struct account_result *result = value;
        intent->account = result->account;
        intent->position = result->position;
        intent->balance = result->balance;
    } else if (intent->op == OP_TRANSFER_MONEY) {
        const struct transferred_result *result = value;
        intent->position = result->position;
        intent->balance = result->from.balance;
    } else {
        const struct moved_result *result = value;
        intent->position = result->position;
        intent->balance = result->balance;
    }
    settle(console, posting, INTENT_DONE);
}

static void settle_refused(struct console *console, struct posting *posting,
                           const struct problem *problem)
{
    struct intent *intent = &posting->intent;
    const char *detail =
        problem->detail[0] != '\0' ? problem->detail : status_row(problem->status)->detail;
    intent->status = problem->status;
    if (problem->status == STATUS_insufficient_funds) {
        char balance[SHOW_MONEY_MAX];
        (void)snprintf(intent->detail, sizeof intent->detail, "balance is %s",
                       show_money_in(problem->balance, intent->currency, balance));
    } else if (problem->status == STATUS_key_abandoned) {
        (void)snprintf(intent->detail, sizeof intent->detail,
                       "it never reached the bank and is called off now");
    } else {
        (void)snprintf(intent->detail, sizeof intent->detail, "%s", detail);
    }
    settle(console, posting, INTENT_REFUSED);
}

/* Answers that leave open whether the command ran, now or in a moment. */
static bool leaves_open(enum status status)
{
    return status == STATUS_unavailable || status == STATUS_too_many_requests;
}

static void take_unknown(struct console *console, struct posting *posting)
{
    struct intent *intent = &posting->intent;
    check_later(posting, console->now_ms);
    if (!intent->recovered) {
        posting->resend = true;
        posting->next_ms = console->now_ms;
    } else if (intent->who == fingerprint(console) &&
               strcmp(intent->endpoint, client_endpoint(console->client)) == 0) {
        posting->abandon = true;
        posting->next_ms = console->now_ms;
    } else {
        posting->next_ms = NEVER;
        (void)snprintf(intent->detail, sizeof intent->detail,
                       "not known here; entered with another key or at another bank");
    }
}

/* The outcome of the command as its own reply would have been. */
static bool take_outcome(struct console *console, struct posting *posting,
                         const struct client_reply *reply)
{
    const struct outcome_result *outcome = &reply->outcome;
    if (outcome->state == OUTCOME_UNKNOWN) {
        take_unknown(console, posting);
        return true;
    }
    if (outcome->state == OUTCOME_REFUSED) {
        settle_refused(console, posting, outcome->error);
        return true;
    }
    const struct shape *shape = message_of(posting->intent.op)->result;
    struct arena arena;
    arena_init(&arena, 0);
    void *value = arena_zero(&arena, 1, shape->size);
    bool bound =
        outcome->outcome.node != NULL && bind_result(outcome->outcome.node, shape, &arena, value);
    if (bound) {
        settle_done(console, posting, value);
    }
    arena_close(&arena);
    return bound;
}

static struct posting *by_request(struct poster *poster, uint64_t request)
{
    for (size_t i = 0; i < POSTINGS_MAX; i++) {
        struct posting *posting = &poster->postings[i];
        if (posting->serial != 0 && posting->asked != POSTING_NOTHING &&
            posting->request == request) {
            return posting;
        }
    }
    return NULL;
}

void poster_reply(struct console *console, const struct client_reply *reply)
{
    struct posting *posting = by_request(&console->poster, reply->id);
    if (posting == NULL) {
        return;
    }
    enum posting_asked asked = posting->asked;
    posting->asked = POSTING_NOTHING;
    if (asked == POSTING_ABANDON && reply->result == CLIENT_OK) {
        posting->next_ms = console->now_ms; /* the outcome says how that went */
    } else if (asked == POSTING_COMMAND && reply->result == CLIENT_OK && reply->value != NULL) {
        settle_done(console, posting, reply->value);
    } else if (asked == POSTING_COMMAND && reply->result == CLIENT_PROBLEM &&
               !leaves_open(reply->problem.status)) {
        settle_refused(console, posting, &reply->problem);
    } else if (asked != POSTING_OUTCOME || reply->result != CLIENT_OK ||
               !take_outcome(console, posting, reply)) {
        check_later(posting, console->now_ms);
    }
}

static void ask(struct console *console, struct posting *posting)
{
    struct caller caller = {
        .client = console->client, .owner = POSTER_OWNER, .now_ms = console->now_ms};
    struct text key = text_of(posting->intent.key);
    if (posting->resend) {
        posting->request = send_command(console, &posting->intent);
        posting->asked = POSTING_COMMAND;
    } else if (posting->abandon) {
        posting->request = call_abandon_key(caller, key);
        posting->asked = POSTING_ABANDON;
    } else {
        posting->request = call_get_outcome(caller, key);
        posting->asked = POSTING_OUTCOME;
    }
    if (posting->request == 0) {
        posting->asked = POSTING_NOTHING;
        posting->next_ms = console->now_ms + PAUSE_MIN_MS;
        return;
    }
    posting->resend = false;
    posting->abandon = false;
    posting->next_ms = NEVER;
}

void poster_turn(struct console *console)
{
    for (size_t i = 0; i < POSTINGS_MAX; i++) {
        struct posting *posting = &console->poster.postings[i];
        if (is_open(posting) && posting->asked == POSTING_NOTHING &&
            posting->next_ms <= console->now_ms && console_online(console)) {
            ask(console, posting);
        }
    }
}

void poster_check_now(struct console *console)
{
    for (size_t i = 0; i < POSTINGS_MAX; i++) {
        struct posting *posting = &console->poster.postings[i];
        if (is_open(posting) && posting->asked == POSTING_NOTHING) {
            posting->next_ms = console->now_ms;
        }
    }
}

size_t poster_open_count(const struct poster *poster)
{
    size_t count = 0;
    for (size_t i = 0; i < POSTINGS_MAX; i++) {
        count +=
            is_open(&poster->postings[i]) && poster->postings[i].intent.state == INTENT_UNKNOWN;
    }
    return count;
}

static int newer_first(const void *a, const void *b)
{
    const struct posting *left = *(const struct posting *const *)a;
    const struct posting *right = *(const struct posting *const *)b;
    return left->serial < right->serial ? 1 : -1;
}

/* What is not known yet, the newest first; returns how many. */
static size_t open_postings(const struct poster *poster, const struct posting *out[POSTINGS_MAX])
{
    size_t count = 0;
    for (size_t i = 0; i < POSTINGS_MAX; i++) {
        if (is_open(&poster->postings[i])) {
            out[count++] = &poster->postings[i];
        }
    }
    qsort(out, count, sizeof *out, newer_first);
    return count;
}

size_t poster_row_count(const struct poster *poster)
{
    const struct posting *postings[POSTINGS_MAX];
    return open_postings(poster, postings) + poster->session.count;
}

bool poster_row(const struct poster *poster, size_t index, struct posting *out)
{
    const struct posting *postings[POSTINGS_MAX];
    size_t open = open_postings(poster, postings);
    if (index < open) {
        *out = *postings[index];
        return true;
    }
    if (index - open >= poster->session.count) {
        return false;
    }
    *out = (struct posting){.serial = 1, .intent = *session_row(&poster->session, index - open)};
    return true;
}

enum style posting_tell(const struct posting *posting, int64_t now_ms, char out[POSTING_TELL_MAX])
{
    const struct intent *intent = &posting->intent;
    char what[INTENT_SHOW_MAX];
    char balance[SHOW_MONEY_MAX];
    char position[SHOW_MONEY_MAX];
    (void)intent_show(intent, what);
    switch (intent->state) {
    case INTENT_DONE:
        (void)snprintf(out, POSTING_TELL_MAX, "POSTED #%s · %s · balance %s",
                       show_count(intent->position, position), what,
                       show_money_in(intent->balance, intent->currency, balance));
        return STYLE_GOOD;
    case INTENT_REFUSED:
        (void)snprintf(out, POSTING_TELL_MAX, "REFUSED: %s. Nothing was posted. (%s)",
                       show_is_hidden() && intent->status == STATUS_insufficient_funds
                           ? "more than the balance"
                           : intent->detail,
                       what);
        return STYLE_BAD;
    case INTENT_SENDING:
        (void)snprintf(out, POSTING_TELL_MAX, "posting… %lld s · %s",
                       (long long)((now_ms - posting->since_ms) / 1000), what);
        return STYLE_PLAIN;
    default:
        break;
    }
    int64_t wait = posting->next_ms > now_ms ? (posting->next_ms - now_ms + 999) / 1000 : 0;
    if (posting->next_ms == NEVER && posting->asked == POSTING_NOTHING) {
        (void)snprintf(out, POSTING_TELL_MAX, "OUTCOME UNKNOWN: %s (%s)", intent->detail, what);
    } else if (posting->asked != POSTING_NOTHING || wait == 0) {
        (void)snprintf(out, POSTING_TELL_MAX,
                       "OUTCOME UNKNOWN · do not enter it again · checking now · %s", what);
    } else {
        (void)snprintf(out, POSTING_TELL_MAX,
                       "OUTCOME UNKNOWN · do not enter it again · checking again in %lld s "
                       "(F5 now) · %s",
                       (long long)wait, what);
    }
    return STYLE_WARN;
}
