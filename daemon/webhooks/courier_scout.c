/* Looking ahead of cursors that wait.
 *
 * An endpoint that has not just succeeded gets no rows for events that are held, so its cursor
 * stops at the first that finds no place. Its scout goes on from there, in memory alone, and takes
 * in hand the events of accounts of which it has passed by nothing and nothing waits. When one of
 * those is delivered the endpoint has succeeded, and its cursor goes on; it finds what the scout
 * has brought in hand, or as rows. The scout goes on from where it was until the cursor has
 * overtaken it; what it does not know of accounts any more only keeps it from taking something. */
#include "webhooks/courier_state.h"

static bool has_place(const struct endpoint *endpoint)
{
    const struct backlog *backlog = &endpoint->backlog;

    return backlog->count - backlog->held + EVENTS_PER_RECORD_MAX <= BACKLOG_OPEN_MAX &&
           backlog->count + EVENTS_PER_RECORD_MAX <= BACKLOG_MAX &&
           endpoint->scout.passed.count + 2 * (size_t)EVENTS_PER_RECORD_MAX <=
               COURIER_SCOUT_ACCOUNTS_MAX;
}

bool endpoint_scouts(const struct endpoint *endpoint)
{
    return endpoint->row.enabled && endpoint->stalled && endpoint->allowance <= 1 &&
           (has_place(endpoint) || endpoint->scout.next_record < endpoint->next_record);
}

static void pass_by(struct scout *scout, const struct letter *letter)
{
    for (unsigned i = 0; i < 2 && letter->accounts[i] != 0; i++)
        account_set_add(&scout->passed, letter->accounts[i]);
}

static bool has_passed(const struct scout *scout, const struct letter *letter)
{
    return account_set_has(&scout->passed, letter->accounts[0]) ||
           (letter->accounts[1] != 0 && account_set_has(&scout->passed, letter->accounts[1]));
}

/* False: the courier failed. */
static bool consider(struct courier *courier, struct endpoint *endpoint,
                     const struct record *record, const struct event *event, unsigned index)
{
    struct letter letter;
    bool behind = true;

    switch (endpoint_letter_of(courier, endpoint, record, event, index, &letter)) {
    case ENDPOINT_LETTER_NEW:
        break;
    case ENDPOINT_LETTER_NONE:
        return true;
    case ENDPOINT_LETTER_FAILED:
        return false;
    }
    if (!has_passed(&endpoint->scout, &letter) && !backlog_holds(&endpoint->backlog, &letter) &&
        !endpoint_is_behind_rows(courier, endpoint, &letter, &behind))
        return false;
    if (behind) {
        pass_by(&endpoint->scout, &letter);
        return true;
    }
    /* The cursor has to ask outbox.db about all events up to here. */
    if (letter.position > endpoint->rows_to)
        endpoint->rows_to = letter.position;
    (void)endpoint_take(endpoint, &letter);
    return true;
}

static bool look_ahead(void *context, const struct record *record, const uint8_t *hash,
                       struct text body)
{
    struct courier *courier = context;
    struct event events[EVENTS_PER_RECORD_MAX];
    unsigned count = record_events(record, events);
    bool taken = false;

    (void)hash, (void)body;
    for (size_t i = 0; i < courier->count; i++) {
        struct endpoint *endpoint = courier->endpoints[i];

        if (endpoint->scout.next_record != record->number || !endpoint_scouts(endpoint) ||
            !has_place(endpoint))
            continue;
        for (unsigned k = 0; k < count; k++) {
            if (events[k].position > endpoint->read_position &&
                !consider(courier, endpoint, record, &events[k], k))
                return false;
        }
        endpoint->scout.next_record++;
        taken = true;
    }
    return taken;
}

/* The next in turn that has something to look at, or NULL. */
static struct endpoint *choose(struct courier *courier)
{
    for (size_t i = 0; i < courier->count; i++) {
        struct endpoint *endpoint =
            courier->endpoints[(courier->scout_turn + 1 + i) % courier->count];

        if (!endpoint_scouts(endpoint))
            continue;
        if (endpoint->scout.next_record < endpoint->next_record) {
            account_set_clear(&endpoint->scout.passed);
            endpoint->scout.next_record = endpoint->next_record;
        }
        if (endpoint->scout.next_record <= courier->known_record && has_place(endpoint)) {
            courier->scout_turn = (courier->scout_turn + 1 + i) % courier->count;
            return endpoint;
        }
    }
    return NULL;
}

void courier_scout(struct courier *courier)
{
    struct journal_head head;
    int64_t began = courier_steady(courier), now;
    size_t count;

    if (courier->count == 0 || began < courier->scout_at || began < courier->read_at)
        return;
    struct endpoint *first = choose(courier);
    if (first == NULL) {
        courier->scout_at = began + COURIER_SCOUT_IDLE_US;
        if (journal_reader_head(courier->config.journal, &head) != JOURNAL_READ_OK)
            (void)courier_wait_for_journal(courier);
        else
            courier->known_record = head.record;
        return;
    }
    if (journal_scan(courier->config.journal, first->scout.next_record, COURIER_SCOUT_RECORDS,
                     look_ahead, courier, &count) != JOURNAL_READ_OK)
        (void)courier_wait_for_journal(courier);
    now = courier_steady(courier);
    courier->scout_at = courier_on_grid(now + (now - began) * COURIER_SCOUT_SHARE);
}
