/* Requests on their way out and back. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/hash.h"
#include "host/log.h"
#include "host/metrics.h"
#include "journal/record_codec.h"
#include "webhooks/courier_state.h"

/* ---- flights */

static struct flight *flight_new(struct courier *courier, struct endpoint *endpoint,
                                 struct letter *letter)
{
    struct flight *flight = &courier->flights[courier->first_free];
    unsigned next = flight->next_free;

    *flight = (struct flight){
        .used = true,
        .endpoint = endpoint,
        .letter = letter,
        .unproven = endpoint != NULL && endpoint->allowance == 1,
        .started_at = courier_wall(courier),
        .started_steady = courier_steady(courier),
    };
    courier->first_free = next;
    courier->flying++;
    courier->unproven += flight->unproven;
    if (endpoint != NULL) {
        endpoint->flying++;
        endpoint->stale = true;
        letter->flying = true;
    } else {
        courier->tests++;
    }
    return flight;
}

static void flight_end(struct courier *courier, struct flight *flight)
{
    if (flight->endpoint != NULL) {
        flight->endpoint->flying--;
        flight->endpoint->stale = true;
        flight->letter->flying = false;
    } else {
        courier->tests--;
    }
    courier->flying--;
    courier->unproven -= flight->unproven;
    flight->used = false;
    flight->next_free = courier->first_free;
    courier->first_free = (unsigned)(flight - courier->flights);
}

void courier_cancel(struct courier *courier, const struct endpoint *endpoint)
{
    struct sender *sender = courier->config.sender;

    for (unsigned i = 0; i < COURIER_FLIGHTS_MAX; i++) {
        struct flight *flight = &courier->flights[i];

        if (!flight->used || flight->endpoint == NULL ||
            (endpoint != NULL && flight->endpoint != endpoint))
            continue;
        sender->cancel(sender, i);
        flight_end(courier, flight);
    }
}

/* ---- out */

static enum courier_owner find_owner(struct courier *courier, uint64_t account, uint64_t record,
                                     struct text *out)
{
    struct owner *entry = &courier->owners[hash_mix64(account) & (COURIER_OWNERS - 1)];

    if (entry->account != account) {
        char name[COURIER_OWNER_MAX];
        enum courier_owner found =
            courier->config.owner(courier->config.owner_context, account, record, name);

        if (found != COURIER_OWNER_FOUND)
            return found;
        entry->account = account;
        memcpy(entry->name, name, sizeof name);
    }
    *out = text_of(entry->name);
    return COURIER_OWNER_FOUND;
}

/* Renders the body into courier->body, and the id. Returns how long to wait before trying again
 * when it cannot be done now; 0: done. */
static int64_t render(struct courier *courier, const struct endpoint *endpoint,
                      const struct letter *letter, char id[PAYLOAD_ID_MAX])
{
    uint8_t hash[JOURNAL_HASH_SIZE];
    struct record record;
    struct text body, owner = TEXT("");

    if (journal_read(courier->config.journal, letter->record, &body, hash) != JOURNAL_READ_OK ||
        !record_decode(letter->record, body, &record) ||
        letter->index >= record_event_count(&record)) {
        log_error("webhooks", "cannot read the journal record=%" PRIu64, letter->record);
        return COURIER_RETRY_US;
    }
    if (letter->type == EVENT_BALANCE_UPDATED) {
        switch (find_owner(courier, letter->accounts[0], letter->record, &owner)) {
        case COURIER_OWNER_FOUND:
            break;
        case COURIER_OWNER_LATER:
            return COURIER_OWNER_US;
        case COURIER_OWNER_FAILED:
            log_error("webhooks", "an owner cannot be looked up record=%" PRIu64, letter->record);
            return COURIER_RETRY_US;
        }
    }
    payload_id(text_of(endpoint->row.id), hash, letter->index, id);
    bytes_clear(&courier->body);
    payload_write(&record, letter->index, owner, &courier->body);
    CHECK(!courier->body.overflow);
    return 0;
}

static bool hand_over(struct courier *courier, const struct outbox_endpoint *row, const char *id,
                      unsigned flight)
{
    struct sender *sender = courier->config.sender;
    int64_t now = courier_wall(courier);
    const struct signature_secret secrets[2] = {row->secret, row->old_secret};
    char signature[SIGNATURE_TEXT_MAX];
    struct sender_request request = {
        .flight = flight,
        .url = row->url,
        .id = id,
        .timestamp = now / TIME_SECOND,
        .signature = signature,
        .body = bytes_text(&courier->body),
    };

    signature_write(secrets, now < row->old_until ? 2 : 1, id, request.timestamp, request.body,
                    signature);
    return sender->start(sender, &request);
}

/* False: nothing more can be sent to this endpoint just now. */
static bool send_one(struct courier *courier, struct endpoint *endpoint, struct letter *letter)
{
    char id[PAYLOAD_ID_MAX];
    unsigned number = courier->first_free;
    int64_t wait = render(courier, endpoint, letter, id);

    if (wait == 0 && !hand_over(courier, &endpoint->row, id, number))
        wait = COURIER_RETRY_US;
    if (wait > 0) {
        letter->due = courier_steady(courier) + wait;
        endpoint->stale = true;
        return false;
    }
    struct flight *flight = flight_new(courier, endpoint, letter);
    memcpy(flight->id, id, sizeof id);
    return true;
}

bool courier_may_send(const struct courier *courier, const struct endpoint *endpoint)
{
    if (!endpoint->row.enabled || endpoint->flying >= endpoint->allowance ||
        courier->flying - courier->tests >= COURIER_FLIGHTS_MAX - COURIER_TESTS_MAX)
        return false;
    return endpoint->allowance > 1 || courier->unproven < COURIER_UNPROVEN_FLIGHTS_MAX;
}

/* Fresh letters go before those that failed; now and then the oldest goes, whatever it is. When
 * requests are paced every second one is for an account that has not just failed, the newest of
 * them, so that no queue of failures is before it. */
static struct letter *choose(struct endpoint *endpoint, int64_t now)
{
    struct letter *letter = NULL;
    unsigned turn = endpoint->turn++;

    if (endpoint->failures >= COURIER_FAILURES_PACED && turn % 2 == 1)
        letter = backlog_other_due(&endpoint->backlog, now, endpoint->failed);
    else if (turn % 4 == 0)
        letter = backlog_first_due(&endpoint->backlog, now);
    return letter != NULL ? letter : backlog_fresh_due(&endpoint->backlog, now);
}

void courier_send(struct courier *courier)
{
    int64_t now = courier_steady(courier);

    courier->turn++;
    for (size_t i = 0; i < courier->count; i++) {
        struct endpoint *endpoint = courier->endpoints[(courier->turn + i) % courier->count];

        while (courier_may_send(courier, endpoint) && endpoint_next(endpoint) <= now) {
            struct letter *letter = choose(endpoint, now);

            if (letter == NULL || !send_one(courier, endpoint, letter))
                break;
        }
    }
}

/* ---- back */

static bool is_good(const struct sender_answer *answer)
{
    return answer->error == NULL && answer->status >= 200 && answer->status < 300;
}

static int64_t pause_before(const struct courier *courier, unsigned attempts,
                            const struct sender_answer *answer)
{
    int64_t asked = answer->retry_after_s;
    int64_t pause = courier_pause(courier, attempts);

    if (asked > COURIER_RETRY_AFTER_MAX_S)
        asked = COURIER_RETRY_AFTER_MAX_S;
    return asked * TIME_SECOND > pause ? asked * TIME_SECOND : pause;
}

static bool write_attempt(struct courier *courier, const struct flight *flight,
                          const struct sender_answer *answer, const struct outbox_letter *row)
{
    int64_t endpoint = flight->endpoint->row.number;
    struct outbox_attempt attempt = {
        .at = flight->started_at,
        .duration_us = courier_steady(courier) - flight->started_steady,
        .status = answer->status,
        .error = answer->error,
        .answer = {answer->body, answer->body_size},
    };

    return (outbox_put(courier->outbox, endpoint, row) &&
            outbox_add_attempt(courier->outbox, endpoint, row->position, &attempt,
                               COURIER_ATTEMPTS_MAX)) ||
           courier_fail(courier);
}

/* How long an endpoint that failed again is left alone. */
static int64_t pace_of(const struct courier *courier, const struct endpoint *endpoint)
{
    unsigned paces = endpoint->failures / COURIER_FAILURES_PACED;
    int64_t failing = 0;

    if (paces == 0)
        return 0;
    for (size_t i = 0; i < courier->count; i++)
        failing += courier->endpoints[i]->failures >= COURIER_FAILURES_PACED;
    if (paces > COURIER_PACES_MAX)
        paces = COURIER_PACES_MAX;
    int64_t own = paces * COURIER_PACE_US, all = failing * COURIER_FAILING_US_EACH;
    return courier_on_grid(courier_steady(courier) + (own > all ? own : all)) -
           courier_steady(courier);
}

static void note_outcome(struct courier *courier, struct endpoint *endpoint,
                         const struct sender_answer *answer, int64_t at)
{
    struct outbox_endpoint *row = &endpoint->row;

    row->last_at = at;
    row->last_status = answer->status;
    snprintf(row->last_error, sizeof row->last_error, "%s",
             answer->error == NULL ? "" : answer->error);
    if (is_good(answer)) {
        metric_add(METRIC_webhook_deliveries_total, 1);
        row->failing_since = 0;
        endpoint->failures = 0;
        if (endpoint->allowance < COURIER_ENDPOINT_FLIGHTS)
            endpoint->allowance++;
        return;
    }
    metric_add(METRIC_webhook_failures_total, 1);
    if (row->failing_since == 0)
        row->failing_since = at;
    endpoint->allowance = 1;
    endpoint->failures++;
    endpoint->not_before = courier_steady(courier) + pace_of(courier, endpoint);
}

static void note_accounts(struct endpoint *endpoint, const struct letter *letter, bool good)
{
    for (unsigned i = 0; i < 2 && letter->accounts[i] != 0; i++) {
        uint64_t account = letter->accounts[i], *slot = &endpoint->failed[BACKLOG_SLOT(account)];

        if (!good)
            *slot = account;
        else if (*slot == account)
            *slot = 0;
    }
}

/* 410, and five days without a success, switch an endpoint off. */
static bool judge(struct courier *courier, struct endpoint *endpoint,
                  const struct sender_answer *answer)
{
    int64_t since = endpoint->row.failing_since;

    if (answer->error == NULL && answer->status == 410)
        return endpoint_disable(courier, endpoint, OUTBOX_REASON_GONE);
    if (since != 0 && courier_wall(courier) - since >= COURIER_FAILING_US)
        return endpoint_disable(courier, endpoint, OUTBOX_REASON_FAILING);
    return true;
}

static void settle(struct courier *courier, const struct flight *flight,
                   const struct sender_answer *answer)
{
    struct endpoint *endpoint = flight->endpoint;
    struct letter *letter = flight->letter;
    struct outbox_letter row;
    bool good = is_good(answer);

    letter->attempts++;
    letter->due =
        courier_steady(courier) + (good ? 0 : pause_before(courier, letter->attempts, answer));
    if (!endpoint_row_of(courier, endpoint, letter, &row)) {
        (void)courier_fail(courier);
        return;
    }
    bool dead = !good && letter->attempts >= courier->config.schedule.count;
    row.state = good ? OUTBOX_DELIVERED : dead ? OUTBOX_DEAD : OUTBOX_WAITING;
    if (!write_attempt(courier, flight, answer, &row))
        return;
    note_outcome(courier, endpoint, answer, flight->started_at);
    note_accounts(endpoint, letter, good);
    endpoint->waiting_rows -= letter->row;
    if (good || dead) {
        endpoint->delivered_rows += good;
        endpoint->dead_rows += dead;
        const uint64_t accounts[2] = {letter->accounts[0], letter->accounts[1]};
        endpoint_drop(endpoint, letter);
        endpoint->stalled = false; /* there may be room now */
        courier->news = true;
        if (!endpoint_follow_up(courier, endpoint, accounts))
            return;
    } else {
        endpoint->waiting_rows++;
        endpoint->rows_in_hand += !letter->row;
        letter->row = true;
        endpoint->stale = true;
    }
    if (dead)
        log_warning("webhooks", "a delivery is dead endpoint=%s id=%s", endpoint->row.id, row.id);
    courier_touch_by(courier, endpoint, good ? COURIER_FLUSH_US : COURIER_FAILURE_FLUSH_US);
    (void)judge(courier, endpoint, answer); /* a failure is the courier's, and remembered there */
}

static void finish_test(struct courier *courier, const struct flight *flight,
                        const struct sender_answer *answer)
{
    struct courier_call *call = flight->test;
    struct webhook_test_result *result = arena_zero(call->arena, 1, sizeof *result);

    if (result == NULL) {
        problem_set(call->problem, STATUS_unavailable, "%s", "");
    } else {
        *result = (struct webhook_test_result){
            .id = arena_copy(call->arena, text_of(flight->id)),
            .state = is_good(answer) ? DELIVERY_DELIVERED : DELIVERY_DEAD,
            .status = answer->status,
            .error = text_of(answer->error),
        };
        call->result = (struct any){.shape = &webhook_test_shape, .value = result};
    }
    courier_done(courier, call);
}

bool courier_collect(struct courier *courier)
{
    struct sender *sender = courier->config.sender;
    struct sender_answer answer;
    bool any = false;

    while (!courier->broken && sender->take(sender, &answer)) {
        CHECK(answer.flight < COURIER_FLIGHTS_MAX && courier->flights[answer.flight].used);
        struct flight flight = courier->flights[answer.flight];

        flight_end(courier, &courier->flights[answer.flight]);
        if (flight.test != NULL)
            finish_test(courier, &flight, &answer);
        else
            settle(courier, &flight, &answer);
        any = true;
    }
    return any;
}

/* ---- tests */

bool courier_start_test(struct courier *courier, const struct endpoint *endpoint,
                        struct courier_call *call)
{
    uint8_t random[JOURNAL_HASH_SIZE];
    char id[PAYLOAD_ID_MAX];
    unsigned number = courier->first_free;

    if (courier->tests == COURIER_TESTS_MAX)
        return false;
    courier->config.entropy->fill(courier->config.entropy, random, sizeof random);
    payload_id(text_of(endpoint->row.id), random, EVENTS_PER_RECORD_MAX, id);
    bytes_clear(&courier->body);
    payload_write_test(text_of(endpoint->row.id), courier_wall(courier), &courier->body);
    if (!hand_over(courier, &endpoint->row, id, number))
        return false;
    struct flight *flight = flight_new(courier, NULL, NULL);
    flight->test = call;
    memcpy(flight->id, id, sizeof id);
    return true;
}

void courier_cancel_tests(struct courier *courier)
{
    struct sender *sender = courier->config.sender;

    for (unsigned i = 0; i < COURIER_FLIGHTS_MAX; i++) {
        struct flight *flight = &courier->flights[i];

        if (!flight->used || flight->test == NULL)
            continue;
        sender->cancel(sender, i);
        problem_set(flight->test->problem, STATUS_unavailable, "The daemon is stopping.");
        courier_done(courier, flight->test);
        flight_end(courier, flight);
    }
}
