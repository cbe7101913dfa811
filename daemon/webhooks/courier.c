/* Opening, following the journal, writing down. */
#include "webhooks/courier.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "host/log.h"
#include "host/metrics.h"
#include "webhooks/courier_state.h"

#define READ_RECORDS 256 /* in one turn, by those near the head, and by those that are not */
#define NEAR_RECORDS 4096
#define QUIET_POSITIONS 10000 /* a cursor that only passed by is saved so often */

int64_t courier_wall(const struct courier *courier)
{
    return courier->config.clock->wall(courier->config.clock);
}

int64_t courier_steady(const struct courier *courier)
{
    return courier->config.clock->steady(courier->config.clock);
}

int64_t courier_on_grid(int64_t steady)
{
    return (steady + COURIER_GRID_US - 1) / COURIER_GRID_US * COURIER_GRID_US;
}

int64_t courier_pause(const struct courier *courier, unsigned attempts)
{
    const struct schedule *schedule = &courier->config.schedule;
    uint32_t random = 0;

    if (schedule_pause(schedule, attempts, UINT32_MAX) > 0)
        courier->config.entropy->fill(courier->config.entropy, &random, sizeof random);
    return schedule_pause(schedule, attempts, random);
}

static void tell_metrics(const struct courier *courier)
{
    uint64_t waiting = 0, dead = 0, disabled = 0;

    for (size_t i = 0; i < courier->count; i++) {
        const struct endpoint *endpoint = courier->endpoints[i];

        waiting += endpoint->backlog.count + endpoint->waiting_rows - endpoint->rows_in_hand;
        dead += endpoint->dead_rows;
        disabled += !endpoint->row.enabled;
    }
    metric_set(METRIC_webhook_waiting, waiting);
    metric_set(METRIC_webhook_dead, dead);
    metric_set(METRIC_webhook_endpoints, courier->count);
    metric_set(METRIC_webhook_endpoints_disabled, disabled);
}

/* ---- loading */

static void free_endpoints(struct courier *courier)
{
    while (courier->count > 0)
        endpoint_free(courier->endpoints[--courier->count]);
}

static void load_endpoint(void *context, struct outbox_endpoint *row)
{
    struct courier *courier = context;

    CHECK(courier->count < COURIER_ENDPOINTS_MAX);
    courier->endpoints[courier->count++] = endpoint_new(row);
}

static bool load(struct courier *courier)
{
    courier->flush_at = INT64_MAX;
    courier->front_moved = false;
    if (!outbox_checkpoint(courier->outbox, &courier->front, courier->front_hash) ||
        !outbox_endpoints(courier->outbox, load_endpoint, courier))
        return false;
    for (size_t i = 0; i < courier->count; i++) {
        if (!endpoint_load(courier, courier->endpoints[i]))
            return false;
    }
    tell_metrics(courier);
    return true;
}

bool courier_fail(struct courier *courier)
{
    if (!courier->broken)
        log_error("webhooks", "the outbox cannot be written: deliveries pause");
    courier->broken = true;
    courier->retry_at = courier_steady(courier) + COURIER_RETRY_US;
    return false;
}

/* What courier_fail announced; not inside of it, because its callers hold endpoints. */
static void recover(struct courier *courier)
{
    if (courier_steady(courier) < courier->retry_at)
        return;
    outbox_rollback(courier->outbox);
    courier_cancel(courier, NULL);
    free_endpoints(courier);
    if (load(courier)) {
        courier->broken = false;
        log_info("webhooks", "the outbox answers again");
    } else {
        courier->retry_at = courier_steady(courier) + COURIER_RETRY_US;
    }
}

/* The outbox may be behind the journal, never ahead of it or beside it (DESIGN rule 12). */
static enum courier_open_result check_journal(struct courier *courier)
{
    struct journal_reader *journal = courier->config.journal;
    uint8_t hash[JOURNAL_HASH_SIZE];
    struct journal_head head;
    struct text body;

    if (journal_reader_head(journal, &head) != JOURNAL_READ_OK)
        return COURIER_OPEN_FAILED;
    bool joins = courier->front <= head.record;
    if (joins && courier->front > 0) {
        if (journal_read(journal, courier->front, &body, hash) != JOURNAL_READ_OK)
            return COURIER_OPEN_FAILED;
        joins = memcmp(hash, courier->front_hash, sizeof hash) == 0;
    }
    for (size_t i = 0; joins && i < courier->count; i++)
        joins = courier->endpoints[i]->row.position <= head.position;
    if (joins)
        return COURIER_OPEN_OK;
    log_error("webhooks",
              "the outbox is of another journal or ahead of this one record=%" PRIu64
              " head=%" PRIu64,
              courier->front, head.record);
    return COURIER_OPEN_FOREIGN;
}

enum courier_open_result courier_open(const struct courier_config *config, struct courier **out)
{
    struct courier *courier = calloc(1, sizeof *courier);
    enum courier_open_result result = COURIER_OPEN_FAILED;

    CHECK(courier != NULL);
    courier->config = *config;
    courier->owners = calloc(COURIER_OWNERS, sizeof *courier->owners);
    CHECK(courier->owners != NULL);
    bytes_init(&courier->body, PAYLOAD_MAX);
    for (unsigned i = 0; i < COURIER_FLIGHTS_MAX; i++)
        courier->flights[i].next_free = i + 1;
    switch (outbox_open(config->outbox_path, &courier->outbox)) {
    case OUTBOX_OPEN_OK:
        if (load(courier))
            result = check_journal(courier);
        break;
    case OUTBOX_OPEN_NEWER:
        result = COURIER_OPEN_NEWER;
        break;
    case OUTBOX_OPEN_FAILED:
        break;
    }
    if (result != COURIER_OPEN_OK) {
        courier->broken = true; /* nothing is to be saved */
        courier_close(&courier);
    }
    *out = courier;
    return result;
}

void courier_close(struct courier **out)
{
    struct courier *courier = *out;

    if (courier == NULL)
        return;
    courier_give_up(courier);
    courier_cancel(courier, NULL);
    /* All becomes rows, so that the cursor passes what is delivered already. */
    for (size_t i = 0; !courier->broken && i < courier->count; i++) {
        struct endpoint *endpoint = courier->endpoints[i];

        endpoint->dirty = endpoint->dirty || endpoint->row.enabled;
        if (endpoint->row.enabled && !endpoint_make_rows(courier, endpoint, UINT64_MAX))
            break; /* logged, and the courier is broken */
    }
    if (!courier->broken && !courier_flush(courier))
        log_warning("webhooks", "some deliveries will be made again");
    free_endpoints(courier);
    outbox_close(&courier->outbox);
    journal_reader_close(&courier->config.journal);
    courier->config.sender->close(courier->config.sender);
    bytes_close(&courier->body);
    free(courier->owners);
    free(courier);
    *out = NULL;
}

/* ---- writing down */

void courier_touch(struct courier *courier, struct endpoint *endpoint)
{
    courier_touch_by(courier, endpoint, COURIER_FLUSH_US);
}

void courier_touch_by(struct courier *courier, struct endpoint *endpoint, int64_t wait_us)
{
    int64_t at = courier_steady(courier) + wait_us;

    endpoint->dirty = true;
    if (at < courier->flush_at)
        courier->flush_at = at;
}

static bool prune(struct courier *courier, struct endpoint *endpoint)
{
    uint64_t count;

    if (!outbox_prune(courier->outbox, endpoint->row.number, endpoint->row.position,
                      COURIER_DELIVERED_MAX, &count))
        return false;
    endpoint->delivered_rows -= count < endpoint->delivered_rows ? count : endpoint->delivered_rows;
    endpoint->prune_at =
        (endpoint->delivered_rows > COURIER_DELIVERED_MAX ? endpoint->delivered_rows
                                                          : COURIER_DELIVERED_MAX) +
        COURIER_DELIVERED_MAX / 8;
    return true;
}

static bool flush_endpoint(struct courier *courier, struct endpoint *endpoint)
{
    bool full = endpoint->delivered_rows > endpoint->prune_at;

    if (endpoint->row.enabled) {
        /* Only what is up to the cursor can go: when much is beyond, the cursor is to move. */
        if (!endpoint_make_rows(courier, endpoint, full ? UINT64_MAX : 0))
            return false;
        endpoint->row.position = endpoint_cursor(endpoint);
    }
    if (full && !prune(courier, endpoint))
        return courier_fail(courier);
    if (!outbox_save_endpoint(courier->outbox, &endpoint->row))
        return courier_fail(courier);
    endpoint->dirty = false;
    return true;
}

bool courier_flush(struct courier *courier)
{
    if (courier->broken)
        return false;
    for (size_t i = 0; i < courier->count; i++) {
        if (courier->endpoints[i]->dirty && !flush_endpoint(courier, courier->endpoints[i]))
            return false;
    }
    if (courier->front_moved &&
        !outbox_set_checkpoint(courier->outbox, courier->front, courier->front_hash))
        return courier_fail(courier);
    if (!outbox_commit(courier->outbox))
        return courier_fail(courier);
    courier->front_moved = false;
    courier->flush_at = INT64_MAX;
    tell_metrics(courier);
    return true;
}

/* ---- following the journal */

/* False: the endpoint takes nothing more in just now. */
static bool offer(struct courier *courier, struct endpoint *endpoint, const struct record *record,
                  const struct event *event, unsigned index)
{
    struct letter letter;
    enum endpoint_accepted accepted;

    switch (endpoint_letter_of(courier, endpoint, record, event, index, &letter)) {
    case ENDPOINT_LETTER_NEW:
        break;
    case ENDPOINT_LETTER_NONE:
        return true;
    case ENDPOINT_LETTER_FAILED:
        return false;
    }
    accepted = endpoint_accept(courier, endpoint, &letter);
    if (accepted == ENDPOINT_ACCEPTED)
        courier_touch_by(courier, endpoint, COURIER_FAILURE_FLUSH_US); /* lost, it is read again */
    return accepted == ENDPOINT_ACCEPTED;
}

/* An endpoint looks at the events of a record; it may stop before one of them. */
static void look_for(struct courier *courier, struct endpoint *endpoint,
                     const struct record *record, const struct event *events, unsigned count)
{
    for (unsigned k = 0; k < count; k++) {
        if (events[k].position <= endpoint->read_position)
            continue;
        if (!offer(courier, endpoint, record, &events[k], k))
            return;
        endpoint->read_position = events[k].position;
    }
    endpoint->next_record++;
    if (endpoint->read_position - endpoint->row.position > QUIET_POSITIONS && !endpoint->dirty)
        courier_touch_by(courier, endpoint, COURIER_FAILURE_FLUSH_US);
}

/* Endpoints that stand at this record look at it; false when none does. */
static bool look(void *context, const struct record *record, const uint8_t *hash, struct text body)
{
    struct courier *courier = context;
    struct event events[EVENTS_PER_RECORD_MAX];
    unsigned count = record_events(record, events);
    bool taken = false;

    (void)body;
    for (size_t i = 0; i < courier->count; i++) {
        struct endpoint *endpoint = courier->endpoints[i];

        if (endpoint->next_record != record->number || !endpoint_has_room(endpoint))
            continue;
        look_for(courier, endpoint, record, events, count);
        taken = true;
    }
    if (taken && record->number > courier->front) {
        courier->front = record->number;
        memcpy(courier->front_hash, hash, JOURNAL_HASH_SIZE);
        courier->front_moved = true;
    }
    return taken && !courier->broken;
}

/* The first record, from one on, that somebody is to look at; known_record + 1: none. */
static uint64_t first_wanted(const struct courier *courier, uint64_t from)
{
    uint64_t first = courier->known_record + 1;

    for (size_t i = 0; i < courier->count; i++) {
        const struct endpoint *endpoint = courier->endpoints[i];

        if (endpoint->next_record < first && endpoint->next_record >= from &&
            endpoint_has_room(endpoint))
            first = endpoint->next_record;
    }
    return first;
}

bool courier_wait_for_journal(struct courier *courier)
{
    log_error("webhooks", "the journal cannot be read");
    courier->read_at = courier_steady(courier) + COURIER_RETRY_US;
    return false;
}

/* True: there is more to read. */
static bool read_on(struct courier *courier)
{
    struct journal_head head;
    size_t count;

    if (courier->count == 0 || courier_steady(courier) < courier->read_at)
        return false;
    if (courier->news) {
        if (journal_reader_head(courier->config.journal, &head) != JOURNAL_READ_OK)
            return courier_wait_for_journal(courier);
        courier->known_record = head.record;
        courier->news = false;
    }
    /* Whoever reads through the past must not hold up what is new for the others. */
    uint64_t known = courier->known_record;
    uint64_t near = known > NEAR_RECORDS ? known - NEAR_RECORDS : 0;
    for (unsigned i = 0; i < 2 && !courier->broken; i++) {
        uint64_t first = first_wanted(courier, i == 0 ? near : 0);

        if (first > known || (i == 1 && first >= near))
            continue;
        if (journal_scan(courier->config.journal, first, READ_RECORDS, look, courier, &count) !=
            JOURNAL_READ_OK)
            return courier_wait_for_journal(courier);
    }
    return !courier->broken && first_wanted(courier, 0) <= known;
}

void courier_news(struct courier *courier)
{
    courier->news = true;
}

bool courier_follows(const struct courier *courier)
{
    for (size_t i = 0; i < courier->count; i++) {
        if (endpoint_has_room(courier->endpoints[i]))
            return true;
    }
    return false;
}

/* ---- turns */

static bool wants_refill(const struct endpoint *endpoint)
{
    return endpoint->row.enabled && endpoint->heads_from != ENDPOINT_NO_HEADS &&
           endpoint->backlog.count < BACKLOG_OPEN_MAX / 2;
}

static void refill(struct courier *courier)
{
    for (size_t i = 0; i < courier->count; i++) {
        if (wants_refill(courier->endpoints[i]) && !endpoint_refill(courier, courier->endpoints[i]))
            (void)courier_fail(courier);
    }
}

static bool somebody_wants_refill(const struct courier *courier)
{
    for (size_t i = 0; i < courier->count; i++) {
        if (wants_refill(courier->endpoints[i]))
            return true;
    }
    return false;
}

/* True: there is more to do at once. */
static bool go_on(struct courier *courier)
{
    bool more = false;

    if (!courier->broken)
        refill(courier);
    if (!courier->broken)
        more = read_on(courier) || somebody_wants_refill(courier);
    if (!courier->broken)
        courier_scout(courier);
    if (!courier->broken)
        courier_send(courier);
    return more;
}

void courier_ground(struct courier *courier)
{
    courier->grounded = true;
}

bool courier_is_flying(const struct courier *courier)
{
    return courier->flying - courier->tests > courier->unproven;
}

bool courier_step(struct courier *courier)
{
    bool more = courier_collect(courier);

    if (!courier->grounded)
        more = go_on(courier) || more;
    if (!courier->broken && courier_steady(courier) >= courier->flush_at && !courier_flush(courier))
        more = false;
    if (courier->broken)
        recover(courier);
    return more && !courier->broken;
}

int64_t courier_next(const struct courier *courier)
{
    if (courier->broken)
        return courier->retry_at;
    int64_t next = courier->flush_at;
    int64_t scouting_at =
        courier->scout_at > courier->read_at ? courier->scout_at : courier->read_at;
    if (first_wanted(courier, 0) <= courier->known_record && courier->read_at < next)
        next = courier->read_at;
    for (size_t i = 0; i < courier->count; i++) {
        struct endpoint *endpoint = courier->endpoints[i];

        if (courier_may_send(courier, endpoint) && endpoint_next(endpoint) < next)
            next = endpoint_next(endpoint);
        if (endpoint_scouts(endpoint) && scouting_at < next)
            next = scouting_at;
    }
    return next;
}

/* ---- calls */

void courier_done(struct courier *courier, struct courier_call *call)
{
    call->next = NULL;
    if (courier->done_first == NULL)
        courier->done_first = call;
    else
        courier->done_last->next = call;
    courier->done_last = call;
}

struct courier_call *courier_take_done(struct courier *courier)
{
    struct courier_call *call = courier->done_first;

    if (call != NULL)
        courier->done_first = call->next;
    return call;
}

void courier_give_up(struct courier *courier)
{
    courier_cancel_tests(courier);
}
