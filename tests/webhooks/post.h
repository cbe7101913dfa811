/* A courier on a false clock, with a journal in memory, receivers that do as the test says, and a
 * small bank that makes events. Include it after cmocka.h. */
#pragma once

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/account_number.h"
#include "base/time.h"
#include "host/log.h"
#include "journal/record_codec.h"
#include "webhooks/courier.h"
#include "webhooks/courier_state.h"

#define EUR 978
#define START INT64_C(1767225600000000) /* 2026-01-01T00:00:00Z */
#define POST_ACCOUNTS 8
#define POST_SENT_MAX 65536
#define ALL_TYPES ((1u << EVENT_TYPE_COUNT) - 1)

struct post;

struct post_sent { /* one request that left the courier */
    char url[128], id[PAYLOAD_ID_MAX], signature[SIGNATURE_TEXT_MAX];
    int64_t at, timestamp; /* `at` by the clock */
    char *body;
    unsigned flight;
    bool open; /* not answered, nor cancelled */
    bool ended;
    int64_t due; /* when the answer comes; INT64_MAX: never */
    struct sender_answer answer;
};

/* Fills sent->answer and sent->due. */
typedef void post_receiver(struct post *post, struct post_sent *sent);

struct post {
    struct clock clock;
    int64_t now;
    struct entropy entropy;
    uint64_t random;
    struct sender sender;
    post_receiver *receiver;
    struct post_sent *sent;
    size_t count;
    struct journal *journal;
    uint64_t position;
    int64_t at;
    struct {
        uint64_t number, version, record;
        int64_t balance;
    } accounts[POST_ACCOUNTS];
    bool owners_are_late;
    struct courier *courier;
    struct arena arena;
    struct problem problem;
    char path[64];
    struct schedule schedule;
    unsigned step; /* the receiver's own, for scripts */
};

#define POST_OF(member, pointer)                                                                   \
    ((struct post *)(void *)((char *)(pointer)-offsetof(struct post, member)))

static inline int64_t post_now(struct clock *clock)
{
    return POST_OF(clock, clock)->now;
}

static inline void post_fill(struct entropy *entropy, void *out, size_t size)
{
    struct post *post = POST_OF(entropy, entropy);
    for (size_t i = 0; i < size; i++) {
        post->random = post->random * UINT64_C(6364136223846793005) + 1442695040888963407u;
        ((uint8_t *)out)[i] = (uint8_t)(post->random >> 56);
    }
}

/* ---- the sender */

static inline bool post_start(struct sender *sender, const struct sender_request *request)
{
    struct post *post = POST_OF(sender, sender);
    assert_true(post->count < POST_SENT_MAX);
    struct post_sent *sent = &post->sent[post->count++];
    *sent = (struct post_sent){.at = post->now,
                               .timestamp = request->timestamp,
                               .flight = request->flight,
                               .open = true,
                               .due = post->now,
                               .answer = {.flight = request->flight, .status = 200}};
    snprintf(sent->url, sizeof sent->url, "%s", request->url);
    snprintf(sent->id, sizeof sent->id, "%s", request->id);
    snprintf(sent->signature, sizeof sent->signature, "%s", request->signature);
    sent->body = malloc(request->body.size + 1);
    assert_non_null(sent->body);
    memcpy(sent->body, request->body.data, request->body.size);
    sent->body[request->body.size] = '\0';
    if (post->receiver != NULL)
        post->receiver(post, sent);
    return true;
}

static inline bool post_take(struct sender *sender, struct sender_answer *out)
{
    struct post *post = POST_OF(sender, sender);
    for (size_t i = post->count > 4096 ? post->count - 4096 : 0; i < post->count; i++) {
        struct post_sent *sent = &post->sent[i];
        if (!sent->open || sent->due > post->now)
            continue;
        sent->open = false;
        sent->ended = true;
        *out = sent->answer;
        return true;
    }
    return false;
}

static inline void post_cancel(struct sender *sender, unsigned flight)
{
    struct post *post = POST_OF(sender, sender);
    for (size_t i = post->count; i-- > 0;) {
        if (post->sent[i].open && post->sent[i].flight == flight) {
            post->sent[i].open = false;
            return;
        }
    }
    fail_msg("flight %u is not open", flight);
}

static inline void post_nothing(struct sender *sender)
{
    (void)sender;
}

/* ---- the bank */

static inline void post_append(struct post *post, struct record *record)
{
    struct journal_head head;
    struct journal_token token;
    struct bytes body;
    journal_head(post->journal, &head);
    post->at = post->now > post->at ? post->now : post->at + 1;
    record->number = head.record + 1;
    record->position = post->position + 1;
    record->at = post->at;
    record->channel = CHANNEL_REST;
    record->actor = TEXT("ana");
    record->currency = EUR;
    record->op = record->kind;
    bytes_init(&body, JOURNAL_BODY_MAX);
    record_encode(record, &body);
    size_t end = body.size;
    post->position += record_event_count(record);
    struct journal_batch batch = {.first = record->number,
                                  .count = 1,
                                  .bytes = body.data,
                                  .ends = &end,
                                  .last_position = post->position,
                                  .last_at = record->at};
    assert_int_equal(
        journal_submit(post->journal, &batch, &head, journal_epoch(post->journal), &token),
        JOURNAL_OK);
    bytes_close(&body);
}

static inline struct leg post_leg(struct post *post, unsigned account, int64_t change,
                                  unsigned events)
{
    struct journal_head head;
    journal_head(post->journal, &head);
    uint64_t previous = post->accounts[account].record;
    post->accounts[account].balance += change;
    post->accounts[account].version += events;
    post->accounts[account].record = head.record + 1;
    return (struct leg){post->accounts[account].number, post->accounts[account].version,
                        money(post->accounts[account].balance), money(change), previous};
}

static inline void post_open_accounts(struct post *post)
{
    for (unsigned i = 0; i < POST_ACCOUNTS; i++) {
        post->accounts[i].number = account_from_sequence(ACCOUNT_SEQUENCE_FIRST + i);
        struct record record = {.kind = RECORD_ACCOUNT_CREATED,
                                .owner = TEXT("Zo\xc3\xab \"Z\" Gonz\xc3\xa1lez"),
                                .leg_count = 1};
        record.legs[0] = post_leg(post, i, 1000000, 2);
        post_append(post, &record);
    }
}

static inline void post_deposit(struct post *post, unsigned account, int64_t amount)
{
    struct record record = {.kind = RECORD_MONEY_DEPOSITED,
                            .amount = money(amount),
                            .reference = TEXT("cash"),
                            .leg_count = 1};
    record.legs[0] = post_leg(post, account, amount, 2);
    post_append(post, &record);
}

static inline void post_transfer(struct post *post, unsigned from, unsigned to, int64_t amount)
{
    struct record record = {.kind = RECORD_MONEY_TRANSFERRED,
                            .amount = money(amount),
                            .reference = TEXT("rent"),
                            .leg_count = 2};
    record.legs[0] = post_leg(post, from, -amount, 2);
    record.legs[1] = post_leg(post, to, amount, 2);
    post_append(post, &record);
}

static inline enum courier_owner post_owner(void *context, uint64_t account, uint64_t record,
                                            char out[COURIER_OWNER_MAX])
{
    struct post *post = context;
    (void)record;
    assert_true(account_is_valid(account));
    if (post->owners_are_late)
        return COURIER_OWNER_LATER;
    strcpy(out, "Zo\xc3\xab \"Z\" Gonz\xc3\xa1lez");
    return COURIER_OWNER_FOUND;
}

/* ---- life and death */

static inline enum courier_open_result post_open(struct post *post)
{
    struct courier_config config = {
        .outbox_path = post->path[0] == '\0' ? NULL : post->path,
        .journal = journal_reader_open(post->journal),
        .sender = &post->sender,
        .clock = &post->clock,
        .entropy = &post->entropy,
        .schedule = post->schedule,
        .owner = post_owner,
        .owner_context = post,
    };
    return courier_open(&config, &post->courier);
}

static inline struct post *post_new(bool on_disk)
{
    struct post *post = calloc(1, sizeof *post);
    assert_non_null(post);
    log_set_level(LOG_ERROR + 1);
    post->clock = (struct clock){post_now, post_now};
    post->entropy = (struct entropy){post_fill};
    post->sender = (struct sender){post_start, post_take, post_cancel, NULL, NULL, post_nothing};
    post->sent = calloc(POST_SENT_MAX, sizeof *post->sent);
    assert_non_null(post->sent);
    post->now = START;
    post->random = 42;
    post->schedule = schedule_default();
    post->journal = journal_open_memory();
    journal_keep_tail(post->journal);
    arena_init(&post->arena, 0);
    post_open_accounts(post);
    if (on_disk) {
        strcpy(post->path, "/tmp/teller-outbox-XXXXXX");
        int fd = mkstemp(post->path);
        assert_true(fd >= 0);
        assert_int_equal(close(fd), 0);
    }
    assert_int_equal(post_open(post), COURIER_OPEN_OK);
    return post;
}

/* As after kill -9: what was not committed is gone. */
static inline void post_kill(struct post *post)
{
    post->courier->broken = true; /* so that nothing is saved */
    courier_close(&post->courier);
}

static inline void post_free(struct post *post)
{
    char file[80];
    courier_close(&post->courier);
    journal_close(&post->journal);
    for (size_t i = 0; i < post->count; i++)
        free(post->sent[i].body);
    free(post->sent);
    arena_close(&post->arena);
    if (post->path[0] != '\0') {
        assert_int_equal(unlink(post->path), 0);
        snprintf(file, sizeof file, "%s-wal", post->path);
        (void)unlink(file);
        snprintf(file, sizeof file, "%s-shm", post->path);
        (void)unlink(file);
    }
    free(post);
}

/* ---- asking */

static inline const void *post_ask(struct post *post, enum op op, const void *args)
{
    struct courier_call call = {
        .op = op, .args = args, .arena = &post->arena, .problem = &post->problem};
    problem_clear(&post->problem);
    courier_handle(post->courier, &call);
    for (int i = 0; i < 100; i++) {
        struct courier_call *done = courier_take_done(post->courier);
        if (done != NULL) {
            assert_ptr_equal(done, &call);
            return post->problem.status == STATUS_ok ? call.result.value : NULL;
        }
        (void)courier_step(post->courier);
    }
    fail_msg("no answer to %s", message_of(op)->name);
    return NULL;
}

static inline const struct webhook_result *post_create(struct post *post, const char *url,
                                                       uint32_t types)
{
    struct create_webhook args = {.given = 3, .url = text_of(url), .types = types};
    const struct webhook_result *made = post_ask(post, OP_CREATE_WEBHOOK, &args);
    assert_non_null(made);
    return made;
}

static inline const struct webhook_result *post_get(struct post *post, struct text id)
{
    struct webhook_id args = {.given = 1, .id = id};
    const struct webhook_result *got = post_ask(post, OP_GET_WEBHOOK, &args);
    assert_non_null(got);
    return got;
}

static inline const struct list_result *post_deliveries(struct post *post, struct text id,
                                                        int state)
{
    struct list_deliveries args = {
        .given = 1 | 1u << LIST_DELIVERIES_LIMIT, .id = id, .limit = 1000};
    if (state >= 0) {
        args.given |= 1u << LIST_DELIVERIES_STATE;
        args.state = (uint8_t)state;
    }
    const struct list_result *list = post_ask(post, OP_LIST_DELIVERIES, &args);
    assert_non_null(list);
    return list;
}

static inline int64_t post_next_answer(const struct post *post)
{
    int64_t next = INT64_MAX;
    for (size_t k = post->count > 4096 ? post->count - 4096 : 0; k < post->count; k++) {
        if (post->sent[k].open && post->sent[k].due < next)
            next = post->sent[k].due;
    }
    return next;
}

/* Turns until nothing is left to do now. */
static inline void post_turn(struct post *post)
{
    courier_news(post->courier);
    for (int i = 0; i < 100000; i++) {
        if (!courier_step(post->courier) && courier_next(post->courier) > post->now &&
            post_next_answer(post) > post->now)
            return;
    }
    fail_msg("the courier does not come to rest");
}

/* Turns until `time`, going from one thing to do to the next. */
static inline void post_run_until(struct post *post, int64_t time)
{
    for (int i = 0; i < 1000000; i++) {
        post_turn(post);
        int64_t next = courier_next(post->courier);
        if (post_next_answer(post) < next)
            next = post_next_answer(post);
        if (next >= time) {
            post->now = time;
            post_turn(post);
            return;
        }
        post->now = next > post->now ? next : post->now;
    }
    fail_msg("time does not pass");
}

static inline void post_run(struct post *post, int64_t us)
{
    post_run_until(post, post->now + us);
}
