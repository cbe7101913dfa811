/* The operations of CONTRACT 7. Each is durable before it is answered. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "host/log.h"
#include "webhooks/courier_state.h"
#include "webhooks/webhook_url.h"

#define DELIVERIES_BYTES_MAX (512u * 1024) /* a page of deliveries ends early beyond */

static const char *const reason_names[] = {NULL, "request", "gone", "failing", "request"};

/* ---- refusals, all false */

static bool no_room(struct courier_call *call)
{
    problem_set(call->problem, STATUS_unavailable, "This request needs more memory than it may.");
    return false;
}

static bool not_saved(struct courier_call *call)
{
    problem_set(call->problem, STATUS_unavailable,
                "The outbox cannot be used just now: see the log.");
    return false;
}

static bool save(struct courier *courier, struct courier_call *call)
{
    return courier_flush(courier) || not_saved(call);
}

static struct endpoint *find(struct courier *courier, struct courier_call *call, struct text id)
{
    for (size_t i = 0; i < courier->count; i++) {
        if (text_is(id, courier->endpoints[i]->row.id))
            return courier->endpoints[i];
    }
    problem_set(call->problem, STATUS_not_found, "There is no webhook of this id.");
    return NULL;
}

/* ---- what a client sees of an endpoint */

static uint8_t state_of(const struct outbox_endpoint *row)
{
    if (!row->enabled)
        return WEBHOOK_DISABLED;
    return row->failing_since != 0 ? WEBHOOK_FAILING : WEBHOOK_ACTIVE;
}

static bool fill(const struct endpoint *endpoint, struct arena *arena, struct webhook_result *out)
{
    const struct outbox_endpoint *row = &endpoint->row;
    size_t count = row->account_count;
    uint64_t *accounts = count == 0 ? NULL : arena_get(arena, count * sizeof *accounts);

    if (count > 0 && accounts == NULL)
        return false;
    if (count > 0)
        memcpy(accounts, row->accounts, count * sizeof *accounts);
    *out = (struct webhook_result){
        .id = arena_copy(arena, text_of(row->id)),
        .url = arena_copy(arena, text_of(row->url)),
        .types = row->types,
        .accounts = {accounts, count},
        .enabled = row->enabled,
        .state = state_of(row),
        .disabled_reason = row->enabled ? (struct text){0} : text_of(reason_names[row->reason]),
        .created_at = row->created_at,
        .position = row->enabled ? endpoint_cursor(endpoint) : row->position,
        .waiting = endpoint->backlog.count + endpoint->waiting_rows - endpoint->rows_in_hand,
        .dead = endpoint->dead_rows,
        .failing_since = row->failing_since,
        .last_attempt_at = row->last_at,
        .last_status = row->last_status,
    };
    if (row->last_error[0] != '\0')
        out->last_error = arena_copy(arena, text_of(row->last_error));
    return out->id.data != NULL && out->url.data != NULL;
}

/* Answers with the endpoint, its secret too when asked. */
static bool answer_with(struct courier_call *call, const struct endpoint *endpoint, bool secret)
{
    struct webhook_result *result = arena_zero(call->arena, 1, sizeof *result);
    char text[SIGNATURE_SECRET_TEXT_MAX];

    if (result == NULL || !fill(endpoint, call->arena, result))
        return no_room(call);
    if (secret) {
        signature_secret_print(&endpoint->row.secret, text);
        result->secret = arena_copy(call->arena, text_of(text));
        explicit_bzero(text, sizeof text);
        if (result->secret.data == NULL)
            return no_room(call);
    }
    call->result =
        (struct any){.shape = secret ? &webhook_result_shape : &webhook_shape, .value = result};
    return true;
}

/* ---- create, update */

static int by_number(const void *a, const void *b)
{
    const uint64_t *x = a, *y = b;

    return *x < *y ? -1 : *x > *y;
}

static void set_accounts(struct outbox_endpoint *row, const struct list *list)
{
    free(row->accounts);
    row->accounts = NULL;
    row->account_count = list->count;
    if (list->count == 0)
        return;
    row->accounts = malloc(list->count * sizeof *row->accounts);
    CHECK(row->accounts != NULL);
    memcpy(row->accounts, list->items, list->count * sizeof *row->accounts);
    qsort(row->accounts, row->account_count, sizeof *row->accounts, by_number);
    size_t kept = 1;
    for (size_t i = 1; i < row->account_count; i++) {
        if (row->accounts[i] != row->accounts[kept - 1])
            row->accounts[kept++] = row->accounts[i];
    }
    row->account_count = kept;
}

static bool set_url(const struct courier *courier, struct courier_call *call,
                    struct outbox_endpoint *row, struct text url)
{
    const char *why;

    if (!webhook_url_check(url, &courier->config.allow, &why)) {
        problem_at(call->problem, STATUS_invalid_url, "#/url", "%s", why);
        return false;
    }
    memcpy(row->url, url.data, url.size);
    row->url[url.size] = '\0';
    return true;
}

static void new_id(const struct courier *courier, char out[OUTBOX_ID_MAX])
{
    uint8_t random[12];

    courier->config.entropy->fill(courier->config.entropy, random, sizeof random);
    memcpy(out, "wh_", 4);
    for (size_t i = 0; i < sizeof random; i++)
        snprintf(out + 3 + 2 * i, 3, "%02x", random[i]);
}

/* Adds a new endpoint that starts at the journal's head. Takes row's accounts. NULL: failed. */
static struct endpoint *add_endpoint(struct courier *courier, struct outbox_endpoint *row)
{
    struct journal_head head;
    struct endpoint *endpoint;

    new_id(courier, row->id);
    row->enabled = true;
    row->created_at = courier_wall(courier);
    if (journal_reader_head(courier->config.journal, &head) != JOURNAL_READ_OK) {
        free(row->accounts);
        return NULL;
    }
    row->position = head.position;
    if (head.record > courier->front) {
        courier->front = head.record;
        memcpy(courier->front_hash, head.hash, JOURNAL_HASH_SIZE);
        courier->front_moved = true;
    }
    endpoint = endpoint_new(row);
    if (!outbox_add_endpoint(courier->outbox, &endpoint->row) ||
        !endpoint_load(courier, endpoint)) {
        endpoint_free(endpoint);
        (void)courier_fail(courier);
        return NULL;
    }
    courier->endpoints[courier->count++] = endpoint;
    return courier_flush(courier) ? endpoint : NULL;
}

static bool create(struct courier *courier, struct courier_call *call)
{
    const struct create_webhook *args = call->args;
    struct outbox_endpoint row = {.types = 1u << EVENT_BALANCE_UPDATED};

    if (!set_url(courier, call, &row, args->url))
        return false;
    if (ARG_GIVEN(args, CREATE_WEBHOOK_SECRET) &&
        !signature_secret_parse(args->secret, &row.secret)) {
        problem_at(call->problem, STATUS_malformed_request, "#/secret",
                   "Give whsec_ and the base64 of %d to %d bytes.", SIGNATURE_SECRET_MIN,
                   SIGNATURE_SECRET_MAX);
        return false;
    }
    if (courier->count == COURIER_ENDPOINTS_MAX) {
        problem_set(call->problem, STATUS_unavailable, "There are %d webhooks already.",
                    COURIER_ENDPOINTS_MAX);
        return false;
    }
    if (!ARG_GIVEN(args, CREATE_WEBHOOK_SECRET))
        signature_secret_make(courier->config.entropy, &row.secret);
    if (ARG_GIVEN(args, CREATE_WEBHOOK_TYPES))
        row.types = args->types;
    set_accounts(&row, &args->accounts);
    struct endpoint *endpoint = add_endpoint(courier, &row);
    if (endpoint == NULL)
        return not_saved(call);
    struct webhook_id made = {.given = 1, .id = text_of(endpoint->row.id)};
    call->location = message_path(message_of(OP_GET_WEBHOOK), &made, call->arena);
    return answer_with(call, endpoint, true);
}

static bool update(struct courier *courier, struct courier_call *call)
{
    const struct update_webhook *args = call->args;
    struct endpoint *endpoint = find(courier, call, args->id);

    if (endpoint == NULL ||
        (ARG_GIVEN(args, UPDATE_WEBHOOK_URL) && !set_url(courier, call, &endpoint->row, args->url)))
        return false;
    if (ARG_GIVEN(args, UPDATE_WEBHOOK_TYPES))
        endpoint->row.types = args->types;
    if (ARG_GIVEN(args, UPDATE_WEBHOOK_ACCOUNTS))
        set_accounts(&endpoint->row, &args->accounts);
    courier_touch(courier, endpoint);
    if (ARG_GIVEN(args, UPDATE_WEBHOOK_ENABLED)) {
        bool done = args->enabled ? endpoint_enable(courier, endpoint)
                    : endpoint->row.enabled
                        ? endpoint_disable(courier, endpoint, OUTBOX_REASON_REQUEST)
                        : true;
        if (!done)
            return not_saved(call);
    }
    return save(courier, call) && answer_with(call, endpoint, false);
}

/* ---- the other operations on an endpoint */

static bool get(struct courier *courier, struct courier_call *call)
{
    const struct webhook_id *args = call->args;
    struct endpoint *endpoint = find(courier, call, args->id);

    return endpoint != NULL && answer_with(call, endpoint, false);
}

static bool list(struct courier *courier, struct courier_call *call)
{
    const struct list_webhooks *args = call->args;
    size_t limit = ARG_GIVEN(args, LIST_WEBHOOKS_LIMIT) ? (size_t)args->limit : 50, first = 0;
    struct list_result *result = arena_zero(call->arena, 1, sizeof *result);
    struct webhook_result *rows = arena_zero(call->arena, limit, sizeof *rows);

    if (result == NULL || rows == NULL)
        return no_room(call);
    if (ARG_GIVEN(args, LIST_WEBHOOKS_AFTER)) {
        while (first < courier->count && !text_is(args->after, courier->endpoints[first]->row.id))
            first++;
        if (first++ == courier->count) {
            problem_at(call->problem, STATUS_invalid_parameter, "#/after",
                       "There is no webhook of this id any more: list from the beginning.");
            return false;
        }
    }
    size_t count = courier->count - first < limit ? courier->count - first : limit;
    for (size_t i = 0; i < count; i++) {
        if (!fill(courier->endpoints[first + i], call->arena, &rows[i]))
            return no_room(call);
    }
    *result =
        (struct list_result){.data = {rows, count}, .has_more = first + count < courier->count};
    if (result->has_more) {
        struct list_webhooks next = *args;
        next.given |= 1u << LIST_WEBHOOKS_AFTER;
        next.after = rows[count - 1].id;
        result->next = message_path(message_of(OP_LIST_WEBHOOKS), &next, call->arena);
    }
    call->result = (struct any){.shape = &webhook_list_shape, .value = result};
    return true;
}

static bool delete (struct courier *courier, struct courier_call *call)
{
    const struct webhook_id *args = call->args;
    struct endpoint *endpoint = find(courier, call, args->id);
    size_t at = 0;

    if (endpoint == NULL)
        return false;
    if (!outbox_delete_endpoint(courier->outbox, endpoint->row.number)) {
        (void)courier_fail(courier);
        return not_saved(call);
    }
    courier_cancel(courier, endpoint);
    while (courier->endpoints[at] != endpoint)
        at++;
    courier->count--;
    memmove(&courier->endpoints[at], &courier->endpoints[at + 1],
            (courier->count - at) * sizeof *courier->endpoints);
    endpoint_free(endpoint);
    return save(courier, call);
}

static bool rotate(struct courier *courier, struct courier_call *call)
{
    const struct webhook_id *args = call->args;
    struct endpoint *endpoint = find(courier, call, args->id);

    if (endpoint == NULL)
        return false;
    endpoint->row.old_secret = endpoint->row.secret;
    endpoint->row.old_until = courier_wall(courier) + COURIER_ROTATION_US;
    signature_secret_make(courier->config.entropy, &endpoint->row.secret);
    courier_touch(courier, endpoint);
    if (!save(courier, call))
        return false;
    if (endpoint->row.lasting && courier->config.rotated != NULL)
        courier->config.rotated(courier->config.rotated_context, &endpoint->row.secret);
    return answer_with(call, endpoint, true);
}

/* ---- deliveries */

struct page {
    struct courier *courier;
    struct courier_call *call;
    const struct endpoint *endpoint;
    struct delivery_result *rows;
    size_t count, limit, start; /* start: of the arena, to tell how much the page takes */
    struct delivery_attempt *attempts;
    size_t attempt_count;
    bool more, failed;
};

/* An answer may be any bytes; what is no UTF-8, or a zero, becomes a question mark. */
static struct text clean(struct arena *arena, struct text answer)
{
    char *out = arena_get(arena, answer.size + 1);
    size_t size = 0;

    if (out == NULL)
        return (struct text){NULL, 0};
    for (size_t at = 0; at < answer.size;) {
        size_t before = at;
        int32_t code = utf8_next(answer, &at);

        if (code <= 0) {
            at = before + 1;
            out[size++] = '?';
            continue;
        }
        memcpy(out + size, answer.data + before, at - before);
        size += at - before;
    }
    out[size] = '\0';
    return (struct text){out, size};
}

static void add_attempt(void *context, const struct outbox_attempt *attempt)
{
    struct page *page = context;
    struct arena *arena = page->call->arena;
    struct delivery_attempt *out;

    if (page->failed || page->attempt_count == COURIER_ATTEMPTS_MAX)
        return;
    out = &page->attempts[page->attempt_count++];
    *out = (struct delivery_attempt){
        .at = attempt->at,
        .status = attempt->status,
        .error = arena_copy(arena, text_of(attempt->error)),
        .duration_ms = (uint64_t)attempt->duration_us / 1000,
        .answer = clean(arena, attempt->answer),
    };
    page->failed = out->answer.data == NULL || (attempt->error != NULL && out->error.data == NULL);
}

static void add_delivery(void *context, const struct outbox_letter *row)
{
    struct page *page = context;
    struct arena *arena = page->call->arena;
    struct delivery_result *out = &page->rows[page->count];

    if (page->failed || page->more)
        return;
    if (page->count == page->limit ||
        (page->count > 0 && arena->total - page->start > DELIVERIES_BYTES_MAX)) {
        page->more = true;
        return;
    }
    page->attempts = arena_zero(arena, COURIER_ATTEMPTS_MAX, sizeof *page->attempts);
    page->attempt_count = 0;
    page->failed = page->attempts == NULL ||
                   !outbox_attempts(page->courier->outbox, page->endpoint->row.number,
                                    row->position, add_attempt, page);
    if (page->failed)
        return;
    *out = (struct delivery_result){
        .id = arena_copy(arena, text_of(row->id)),
        .position = row->position,
        .type = row->type,
        .state = row->state == OUTBOX_REPLAYED ? OUTBOX_DELIVERED : row->state,
        .next_attempt_at = row->state == OUTBOX_WAITING ? row->next_at : 0,
        .attempts = {page->attempts, page->attempt_count},
    };
    if (page->attempt_count > 0) {
        out->status = page->attempts[page->attempt_count - 1].status;
        out->error = page->attempts[page->attempt_count - 1].error;
    }
    page->failed = out->id.data == NULL;
    page->count++;
}

static uint32_t wanted_states(const struct list_deliveries *args)
{
    if (!ARG_GIVEN(args, LIST_DELIVERIES_STATE))
        return UINT32_C(15);
    uint32_t states = OUTBOX_STATE_BIT(args->state);
    if (args->state == DELIVERY_DELIVERED)
        states |= OUTBOX_STATE_BIT(OUTBOX_REPLAYED);
    return states;
}

static bool list_deliveries(struct courier *courier, struct courier_call *call)
{
    const struct list_deliveries *args = call->args;
    struct endpoint *endpoint = find(courier, call, args->id);
    struct page page = {.courier = courier, .call = call, .endpoint = endpoint};
    uint64_t before = ARG_GIVEN(args, LIST_DELIVERIES_BEFORE) ? args->before : INT64_MAX;
    struct list_result *result = arena_zero(call->arena, 1, sizeof *result);

    if (endpoint == NULL)
        return false;
    page.limit = ARG_GIVEN(args, LIST_DELIVERIES_LIMIT) ? (size_t)args->limit : 50;
    page.rows = arena_zero(call->arena, page.limit, sizeof *page.rows);
    if (result == NULL || page.rows == NULL)
        return no_room(call);
    page.start = call->arena->total;
    /* What is in hand only becomes rows, so that the list is whole. */
    if (endpoint->row.enabled && !endpoint_make_rows(courier, endpoint, UINT64_MAX))
        return not_saved(call);
    if (!outbox_rows(courier->outbox, endpoint->row.number, wanted_states(args), before, true,
                     page.limit + 1, add_delivery, &page))
        return not_saved(call);
    if (page.failed)
        return no_room(call);
    *result = (struct list_result){.data = {page.rows, page.count}, .has_more = page.more};
    if (page.more) {
        struct list_deliveries next = *args;
        next.given |= 1u << LIST_DELIVERIES_BEFORE;
        next.before = page.rows[page.count - 1].position;
        result->next = message_path(message_of(OP_LIST_DELIVERIES), &next, call->arena);
    }
    call->result = (struct any){.shape = &delivery_list_shape, .value = result};
    return true;
}

static bool revive_all(struct courier *courier, struct endpoint *endpoint, uint64_t *count)
{
    if (!outbox_revive(courier->outbox, endpoint->row.number, courier_wall(courier), count))
        return courier_fail(courier);
    endpoint->waiting_rows += *count;
    endpoint->dead_rows = 0;
    return endpoint_restock(courier, endpoint);
}

/* Puts one row in line again: a waiting one now, any other from its first attempt on. */
static bool revive_one(struct courier *courier, struct endpoint *endpoint,
                       struct outbox_letter *row)
{
    struct letter *letter = backlog_at(&endpoint->backlog, row->position);

    if (letter != NULL) { /* waiting already */
        letter->due = courier_steady(courier);
        endpoint->stale = true;
        return true;
    }
    if (row->state != OUTBOX_WAITING) {
        endpoint->dead_rows -= row->state == OUTBOX_DEAD;
        endpoint->delivered_rows -= row->state != OUTBOX_DEAD;
        endpoint->waiting_rows++;
        row->attempts = 0;
    }
    row->state = OUTBOX_WAITING;
    row->next_at = courier_wall(courier);
    if (!outbox_put(courier->outbox, endpoint->row.number, row))
        return courier_fail(courier);
    return endpoint_restock(courier, endpoint);
}

static bool retry(struct courier *courier, struct courier_call *call)
{
    const struct retry_delivery *args = call->args;
    struct endpoint *endpoint = find(courier, call, args->id);
    struct retried_result *result = arena_zero(call->arena, 1, sizeof *result);
    struct outbox_letter row;

    if (endpoint == NULL)
        return false;
    if (result == NULL)
        return no_room(call);
    endpoint->failures = 0; /* whoever asks expects it soon */
    endpoint->not_before = 0;
    if (text_is(args->delivery, "dead")) {
        if (!revive_all(courier, endpoint, &result->retried))
            return not_saved(call);
    } else {
        switch (outbox_find(courier->outbox, endpoint->row.number, args->delivery, &row)) {
        case OUTBOX_FOUND:
            break;
        case OUTBOX_NONE:
            problem_set(call->problem, STATUS_not_found,
                        "There is no delivery of this id, or not any more.");
            return false;
        case OUTBOX_FAILED:
            return not_saved(call);
        }
        if (!revive_one(courier, endpoint, &row))
            return not_saved(call);
        result->retried = 1;
    }
    courier_touch(courier, endpoint);
    call->result = (struct any){.shape = &retried_result_shape, .value = result};
    return save(courier, call);
}

/* All after a position is sent again. What waits up to there goes on waiting. */
static bool replay(struct courier *courier, struct courier_call *call)
{
    const struct replay_webhook *args = call->args;
    struct endpoint *endpoint = find(courier, call, args->id);
    struct journal_head head;

    if (endpoint == NULL)
        return false;
    if (journal_reader_head(courier->config.journal, &head) != JOURNAL_READ_OK)
        return not_saved(call);
    if (args->after > head.position) {
        problem_at(call->problem, STATUS_malformed_request, "#/after",
                   "The journal ends at position %llu.", (unsigned long long)head.position);
        return false;
    }
    if (endpoint->row.enabled && !endpoint_rest(courier, endpoint))
        return not_saved(call);
    if (args->after < endpoint->row.position) {
        endpoint->row.position = args->after;
        if (!outbox_replay(courier->outbox, endpoint->row.number, args->after)) {
            (void)courier_fail(courier);
            return not_saved(call);
        }
    }
    if (!endpoint_load(courier, endpoint)) {
        (void)courier_fail(courier);
        return not_saved(call);
    }
    courier_touch(courier, endpoint);
    return save(courier, call) && answer_with(call, endpoint, false);
}

/* Answered when the receiver has answered. */
static bool test(struct courier *courier, struct courier_call *call)
{
    const struct webhook_id *args = call->args;
    struct endpoint *endpoint = find(courier, call, args->id);

    if (endpoint == NULL)
        return false;
    if (courier_start_test(courier, endpoint, call))
        return true;
    problem_set(call->problem, STATUS_unavailable,
                "Too many tests are under way: ask again in a moment.");
    return false;
}

void courier_handle(struct courier *courier, struct courier_call *call)
{
    static bool (*const handlers[OP_COUNT])(struct courier *, struct courier_call *) = {
        [OP_CREATE_WEBHOOK] = create, [OP_GET_WEBHOOK] = get,
        [OP_LIST_WEBHOOKS] = list,    [OP_UPDATE_WEBHOOK] = update,
        [OP_DELETE_WEBHOOK] = delete, [OP_ROTATE_WEBHOOK] = rotate,
        [OP_TEST_WEBHOOK] = test,     [OP_LIST_DELIVERIES] = list_deliveries,
        [OP_RETRY_DELIVERY] = retry,  [OP_REPLAY_WEBHOOK] = replay,
    };
    bool done;

    CHECK(handlers[call->op] != NULL);
    if (courier->broken)
        done = not_saved(call);
    else
        done = handlers[call->op](courier, call);
    if (!done)
        call->result = (struct any){0};
    CHECK(done || call->problem->status != STATUS_ok);
    if (!done || call->op != OP_TEST_WEBHOOK)
        courier_done(courier, call);
}

/* ---- the endpoint of --webhook */

static struct endpoint *lasting(const struct courier *courier)
{
    for (size_t i = 0; i < courier->count; i++) {
        if (courier->endpoints[i]->row.lasting)
            return courier->endpoints[i];
    }
    return NULL;
}

bool courier_lasting_secret(const struct courier *courier, struct signature_secret *out)
{
    const struct endpoint *endpoint = lasting(courier);

    if (endpoint != NULL)
        *out = endpoint->row.secret;
    return endpoint != NULL;
}

static bool same_secret(const struct signature_secret *a, const struct signature_secret *b)
{
    return a->size == b->size && memcmp(a->bytes, b->bytes, a->size) == 0;
}

bool courier_lasting_replaced(const struct courier *courier, const struct signature_secret *secret)
{
    const struct endpoint *endpoint = lasting(courier);

    return endpoint != NULL && same_secret(secret, &endpoint->row.old_secret) &&
           !same_secret(secret, &endpoint->row.secret);
}

bool courier_set_lasting(struct courier *courier, const char *url,
                         const struct signature_secret *secret)
{
    struct endpoint *endpoint = lasting(courier);

    if (url == NULL)
        return endpoint == NULL || !endpoint->row.enabled ||
               (endpoint_disable(courier, endpoint, OUTBOX_REASON_NO_OPTION) &&
                courier_flush(courier));
    CHECK(strlen(url) <= ARG_URL_MAX);
    if (endpoint == NULL) {
        struct outbox_endpoint row = {
            .types = (1u << EVENT_TYPE_COUNT) - 1, .lasting = true, .secret = *secret};
        snprintf(row.url, sizeof row.url, "%s", url);
        return courier->count < COURIER_ENDPOINTS_MAX && add_endpoint(courier, &row) != NULL;
    }
    snprintf(endpoint->row.url, sizeof endpoint->row.url, "%s", url);
    endpoint->row.secret = *secret;
    courier_touch(courier, endpoint);
    if (endpoint->row.enabled || endpoint->row.reason == OUTBOX_REASON_NO_OPTION)
        return endpoint_enable(courier, endpoint) && courier_flush(courier);
    log_warning("webhooks", "the endpoint of --webhook stays switched off id=%s reason=%s",
                endpoint->row.id, reason_names[endpoint->row.reason]);
    return courier_flush(courier);
}
