/* One endpoint in memory. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "host/log.h"
#include "webhooks/courier_state.h"

static const char *const reasons[] = {"none", "request", "gone", "failing", "no_option"};

struct endpoint *endpoint_new(const struct outbox_endpoint *row)
{
    struct endpoint *endpoint = calloc(1, sizeof *endpoint);

    CHECK(endpoint != NULL);
    endpoint->row = *row;
    endpoint->allowance = 1;
    endpoint->stale = true;
    return endpoint;
}

void endpoint_free(struct endpoint *endpoint)
{
    backlog_clear(&endpoint->backlog);
    account_set_clear(&endpoint->scout.passed);
    free(endpoint->row.accounts);
    explicit_bzero(endpoint, sizeof *endpoint);
    free(endpoint);
}

struct letter *endpoint_take(struct endpoint *endpoint, const struct letter *letter)
{
    endpoint->stale = true;
    endpoint->rows_in_hand += letter->row;
    endpoint->delivered_rows -= letter->again;
    return backlog_add(&endpoint->backlog, letter);
}

void endpoint_drop(struct endpoint *endpoint, struct letter *letter)
{
    endpoint->stale = true;
    endpoint->rows_in_hand -= letter->row;
    backlog_remove(&endpoint->backlog, letter);
}

bool endpoint_has_room(const struct endpoint *endpoint)
{
    const struct backlog *backlog = &endpoint->backlog;

    return endpoint->row.enabled && !(endpoint->stalled && endpoint->allowance <= 1) &&
           endpoint->heads_from == ENDPOINT_NO_HEADS &&
           backlog->count - backlog->held + EVENTS_PER_RECORD_MAX <= BACKLOG_OPEN_MAX &&
           backlog->count + EVENTS_PER_RECORD_MAX <= BACKLOG_MAX &&
           endpoint->waiting_rows < COURIER_WAITING_MAX && endpoint->dead_rows < COURIER_DEAD_MAX;
}

static bool has_account(const struct outbox_endpoint *row, uint64_t account)
{
    size_t low = 0, high = row->account_count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (row->accounts[middle] == account)
            return true;
        if (row->accounts[middle] < account)
            low = middle + 1;
        else
            high = middle;
    }
    return false;
}

bool endpoint_wants(const struct endpoint *endpoint, const struct event *event)
{
    const struct outbox_endpoint *row = &endpoint->row;

    if ((row->types >> event->type & 1u) == 0)
        return false;
    if (row->account_count == 0)
        return true;
    if (event->type == EVENT_MONEY_TRANSFERRED)
        return has_account(row, event->from) || has_account(row, event->to);
    return has_account(row, event->account);
}

/* ---- loading */

struct loading {
    struct courier *courier;
    struct endpoint *endpoint;
    size_t count;
    uint64_t last;
};

/* What the wall clock says is believed within bounds: it may have been set. */
static int64_t due_of(const struct courier *courier, int64_t next_at)
{
    int64_t left = next_at - courier_wall(courier);

    if (left < 0)
        left = 0;
    if (left > 2 * SCHEDULE_PAUSE_MAX_US)
        left = 2 * SCHEDULE_PAUSE_MAX_US;
    return courier_steady(courier) + left;
}

static void load_row(void *context, const struct outbox_letter *row)
{
    struct loading *loading = context;
    struct endpoint *endpoint = loading->endpoint;

    loading->count++;
    loading->last = row->position;
    if (backlog_at(&endpoint->backlog, row->position) != NULL)
        return;
    (void)endpoint_take(endpoint, &(struct letter){
                                      .position = row->position,
                                      .record = row->record,
                                      .accounts = {row->accounts[0], row->accounts[1]},
                                      .index = row->index,
                                      .type = row->type,
                                      .row = true,
                                      .attempts = row->attempts,
                                      .due = due_of(loading->courier, row->next_at),
                                  });
}

bool endpoint_refill(struct courier *courier, struct endpoint *endpoint)
{
    struct loading loading = {.courier = courier, .endpoint = endpoint};
    size_t open = endpoint->backlog.count - endpoint->backlog.held;
    size_t limit = open < BACKLOG_OPEN_MAX ? BACKLOG_OPEN_MAX - open : 0;

    if (limit > BACKLOG_MAX - endpoint->backlog.count)
        limit = BACKLOG_MAX - endpoint->backlog.count;
    if (limit == 0 || endpoint->heads_from == ENDPOINT_NO_HEADS)
        return true;
    if (!outbox_heads(courier->outbox, endpoint->row.number, endpoint->heads_from, limit, load_row,
                      &loading))
        return false;
    endpoint->heads_from = loading.count < limit ? ENDPOINT_NO_HEADS : loading.last + 1;
    return true;
}

bool endpoint_restock(struct courier *courier, struct endpoint *endpoint)
{
    if (!endpoint->row.enabled)
        return true;
    if (!endpoint_make_rows(courier, endpoint, UINT64_MAX))
        return false;
    backlog_keep_flying(&endpoint->backlog);
    endpoint->stalled = false;
    endpoint->rows_in_hand = endpoint->backlog.count;
    endpoint->heads_from = 0;
    endpoint->stale = true;
    return endpoint_refill(courier, endpoint) || courier_fail(courier);
}

bool endpoint_follow_up(struct courier *courier, struct endpoint *endpoint,
                        const uint64_t accounts[2])
{
    struct loading loading = {.courier = courier, .endpoint = endpoint};

    for (unsigned i = 0; i < 2 && accounts[i] != 0; i++) {
        struct outbox_letter next, first;

        if (endpoint->waiting_rows == endpoint->rows_in_hand)
            return true;
        switch (outbox_first_of(courier->outbox, endpoint->row.number, accounts[i], &next)) {
        case OUTBOX_FOUND:
            break;
        case OUTBOX_NONE:
            continue;
        case OUTBOX_FAILED:
            return courier_fail(courier);
        }
        uint64_t other = next.accounts[next.accounts[0] == accounts[i]];
        if (other != 0 &&
            outbox_first_of(courier->outbox, endpoint->row.number, other, &first) != OUTBOX_FOUND)
            return courier_fail(courier); /* it would have found `next` at least */
        if (other != 0 && first.position != next.position)
            continue; /* its turn comes when that one is settled */
        if (endpoint->backlog.count < BACKLOG_MAX)
            load_row(&loading, &next);
        else if (next.position < endpoint->heads_from)
            endpoint->heads_from = next.position;
    }
    return true;
}

/* ---- new ones */

enum endpoint_letter endpoint_letter_of(struct courier *courier, struct endpoint *endpoint,
                                        const struct record *record, const struct event *event,
                                        unsigned index, struct letter *out)
{
    bool transfer = event->type == EVENT_MONEY_TRANSFERRED;
    struct outbox_letter row;

    if (!endpoint_wants(endpoint, event) || backlog_at(&endpoint->backlog, event->position) != NULL)
        return ENDPOINT_LETTER_NONE;
    *out = (struct letter){
        .position = event->position,
        .record = record->number,
        .accounts = {transfer ? event->from : event->account, transfer ? event->to : 0},
        .index = (uint8_t)index,
        .type = event->type,
        .due = courier_steady(courier) + courier_pause(courier, 0),
    };
    if (event->position > endpoint->rows_to)
        return ENDPOINT_LETTER_NEW;
    switch (outbox_at(courier->outbox, endpoint->row.number, event->position, &row)) {
    case OUTBOX_FOUND:
        out->again = row.state == OUTBOX_REPLAYED;
        return out->again ? ENDPOINT_LETTER_NEW : ENDPOINT_LETTER_NONE;
    case OUTBOX_NONE:
        return ENDPOINT_LETTER_NEW;
    case OUTBOX_FAILED:
        break;
    }
    (void)courier_fail(courier);
    return ENDPOINT_LETTER_FAILED;
}

bool endpoint_is_behind_rows(struct courier *courier, const struct endpoint *endpoint,
                             const struct letter *letter, bool *out)
{
    *out = false;
    for (unsigned i = 0; i < 2 && letter->accounts[i] != 0 && !*out; i++) {
        struct outbox_letter last;

        if (endpoint->waiting_rows == endpoint->rows_in_hand)
            return true;
        switch (outbox_last_of(courier->outbox, endpoint->row.number, letter->accounts[i], &last)) {
        case OUTBOX_FOUND:
            *out = backlog_at(&endpoint->backlog, last.position) == NULL;
            break;
        case OUTBOX_NONE:
            break;
        case OUTBOX_FAILED:
            return courier_fail(courier);
        }
    }
    return true;
}

enum endpoint_accepted endpoint_accept(struct courier *courier, struct endpoint *endpoint,
                                       const struct letter *letter)
{
    struct outbox_letter row;
    bool behind;

    if (!endpoint_is_behind_rows(courier, endpoint, letter, &behind))
        return ENDPOINT_FAILED;
    if (!behind && !(endpoint->backlog.held >= BACKLOG_HELD_MAX &&
                     backlog_holds(&endpoint->backlog, letter))) {
        (void)endpoint_take(endpoint, letter);
        return ENDPOINT_ACCEPTED;
    }
    endpoint->stalled = endpoint->allowance <= 1;
    if (endpoint->stalled)
        return ENDPOINT_STALLED;
    /* What it waits for becomes rows first: then the cursor passes all of them, and a row is never
     * found without those before it. */
    if (!endpoint_make_rows(courier, endpoint, UINT64_MAX))
        return ENDPOINT_FAILED;
    if (!endpoint_row_of(courier, endpoint, letter, &row) ||
        !outbox_put(courier->outbox, endpoint->row.number, &row)) {
        (void)courier_fail(courier);
        return ENDPOINT_FAILED;
    }
    endpoint->waiting_rows++;
    endpoint->delivered_rows -= letter->again;
    /* Rows from before a crash may be behind this one, and nothing in hand before it. */
    if (letter->position <= endpoint->rows_to && letter->position < endpoint->heads_from &&
        !backlog_holds(&endpoint->backlog, letter))
        endpoint->heads_from = letter->position;
    return ENDPOINT_ACCEPTED;
}

bool endpoint_load(struct courier *courier, struct endpoint *endpoint)
{
    struct outbox_counts counts;

    backlog_clear(&endpoint->backlog);
    if (!outbox_counts(courier->outbox, endpoint->row.number, &counts))
        return false;
    endpoint->waiting_rows = counts.waiting;
    endpoint->dead_rows = counts.dead;
    endpoint->delivered_rows = counts.delivered;
    endpoint->rows_to = counts.last;
    endpoint->rows_in_hand = 0;
    endpoint->heads_from = 0;
    endpoint->prune_at = COURIER_DELIVERED_MAX + COURIER_DELIVERED_MAX / 8;
    endpoint->read_position = endpoint->row.position;
    endpoint->allowance = 1;
    endpoint->failures = 0;
    endpoint->not_before = 0;
    endpoint->stale = true;
    endpoint->stalled = false;
    endpoint->scout.next_record = 0;
    if (!endpoint->row.enabled)
        return true;
    if (journal_record_after(courier->config.journal, endpoint->row.position,
                             &endpoint->next_record) != JOURNAL_READ_OK)
        return false;
    courier->news = true;
    return endpoint_refill(courier, endpoint);
}

/* ---- writing down */

bool endpoint_row_of(struct courier *courier, const struct endpoint *endpoint,
                     const struct letter *letter, struct outbox_letter *out)
{
    uint8_t hash[JOURNAL_HASH_SIZE];
    struct text body;
    int64_t left = letter->due - courier_steady(courier);

    if (journal_read(courier->config.journal, letter->record, &body, hash) != JOURNAL_READ_OK) {
        log_error("webhooks", "cannot read the journal record=%" PRIu64, letter->record);
        return false;
    }
    *out = (struct outbox_letter){
        .position = letter->position,
        .record = letter->record,
        .accounts = {letter->accounts[0], letter->accounts[1]},
        .index = letter->index,
        .type = letter->type,
        .state = OUTBOX_WAITING,
        .attempts = letter->attempts,
        .next_at = courier_wall(courier) + (left > 0 ? left : 0),
    };
    payload_id(text_of(endpoint->row.id), hash, letter->index, out->id);
    return true;
}

bool endpoint_make_rows(struct courier *courier, struct endpoint *endpoint, uint64_t to)
{
    int64_t now = courier_steady(courier);

    for (size_t i = 0; i < endpoint->backlog.count; i++) {
        struct letter *letter = endpoint->backlog.letters[i];
        struct outbox_letter row;

        if (letter->row)
            continue;
        if (letter->position > to && (letter->flying || (!letter->held && letter->due <= now)))
            break;
        if (!endpoint_row_of(courier, endpoint, letter, &row) ||
            !outbox_put(courier->outbox, endpoint->row.number, &row))
            return courier_fail(courier);
        letter->row = true;
        endpoint->rows_in_hand++;
        endpoint->waiting_rows++;
    }
    return true;
}

uint64_t endpoint_cursor(const struct endpoint *endpoint)
{
    for (size_t i = 0; i < endpoint->backlog.count; i++) {
        const struct letter *letter = endpoint->backlog.letters[i];

        if (letter->position > endpoint->read_position)
            break; /* the scout's */
        if (!letter->row)
            return letter->position - 1;
    }
    return endpoint->read_position;
}

int64_t endpoint_next(struct endpoint *endpoint)
{
    if (endpoint->stale)
        endpoint->next_due = backlog_next(&endpoint->backlog);
    endpoint->stale = false;
    return endpoint->next_due > endpoint->not_before ? endpoint->next_due : endpoint->not_before;
}

/* ---- on and off */

bool endpoint_rest(struct courier *courier, struct endpoint *endpoint)
{
    if (!endpoint->row.enabled)
        return true;
    if (!endpoint_make_rows(courier, endpoint, UINT64_MAX))
        return false;
    endpoint->row.position = endpoint_cursor(endpoint);
    courier_cancel(courier, endpoint);
    backlog_clear(&endpoint->backlog);
    endpoint->rows_in_hand = 0;
    endpoint->stale = true;
    return true;
}

bool endpoint_disable(struct courier *courier, struct endpoint *endpoint, enum outbox_reason reason)
{
    if (!endpoint_rest(courier, endpoint))
        return false;
    endpoint->row.enabled = false;
    endpoint->row.reason = (uint8_t)reason;
    courier_touch(courier, endpoint);
    log_warning("webhooks", "an endpoint is switched off id=%s reason=%s", endpoint->row.id,
                reasons[reason]);
    return true;
}

bool endpoint_enable(struct courier *courier, struct endpoint *endpoint)
{
    if (endpoint->row.enabled)
        return true;
    endpoint->row.enabled = true;
    endpoint->row.reason = OUTBOX_REASON_NONE;
    endpoint->row.failing_since = 0;
    courier_touch(courier, endpoint);
    log_info("webhooks", "an endpoint is switched on id=%s", endpoint->row.id);
    return endpoint_load(courier, endpoint) || courier_fail(courier);
}
