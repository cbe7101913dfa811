#include "webhooks/payload.h"

#include <stdio.h>
#include <string.h>

#include "base/account_number.h"
#include "base/currency.h"
#include "base/time.h"
#include "host/digest.h"
#include "json/json.h"

void payload_id(struct text endpoint, const uint8_t hash[JOURNAL_HASH_SIZE], unsigned index,
                char out[PAYLOAD_ID_MAX])
{
    uint8_t digest[16], which = (uint8_t)index;
    struct digest state;

    digest_begin(&state, sizeof digest);
    digest_add(&state, endpoint.data, endpoint.size);
    digest_add(&state, hash, JOURNAL_HASH_SIZE);
    digest_add(&state, &which, 1);
    digest_end(&state, digest, sizeof digest);
    memcpy(out, "msg_", 5);
    for (size_t i = 0; i < sizeof digest; i++)
        snprintf(out + 4 + 2 * i, 3, "%02x", digest[i]);
}

static void put_text(struct emitter *to, const char *key, struct text text)
{
    to->key(to, text_of(key));
    to->text(to, text.data == NULL ? TEXT("") : text);
}

static void put_integer(struct emitter *to, const char *key, int64_t value)
{
    to->key(to, text_of(key));
    to->integer(to, value);
}

static void put_natural(struct emitter *to, const char *key, uint64_t value)
{
    to->key(to, text_of(key));
    to->natural(to, value);
}

static void put_account(struct emitter *to, const char *key, uint64_t account)
{
    char print[ACCOUNT_TEXT_MAX];

    to->key(to, text_of(key));
    if (account == 0)
        to->null(to);
    else
        to->text(to, text_of(account_print(account, print)));
}

/* The other account of a transfer. */
static uint64_t counterparty(const struct record *record, uint64_t account)
{
    if (record->kind != RECORD_MONEY_TRANSFERRED)
        return 0;
    return record->legs[record->legs[0].account == account ? 1 : 0].account;
}

static void put_cause(struct emitter *to, const struct record *record, const struct event *cause,
                      uint64_t account)
{
    bool opening = record->kind == RECORD_ACCOUNT_CREATED;

    to->key(to, TEXT("cause"));
    to->map(to, 5);
    put_text(to, "type", text_of(event_type_names[cause->type]));
    put_natural(to, "position", cause->position);
    put_integer(to, "amount", opening ? cause->initial_balance.minor : cause->amount.minor);
    put_text(to, "reference", cause->reference);
    put_account(to, "counterparty", counterparty(record, account));
    to->map_end(to);
}

static void put_balance(struct emitter *to, const struct record *record, const struct event *event,
                        const struct event *cause, struct text owner)
{
    to->map(to, 8);
    put_account(to, "account", event->account);
    put_text(to, "owner", owner);
    put_text(to, "currency", (struct text){currency_code(event->currency), 3});
    put_integer(to, "balance", event->balance.minor);
    put_integer(to, "change", event->change.minor);
    put_natural(to, "version", event->version);
    put_natural(to, "position", event->position);
    put_cause(to, record, cause, event->account);
    to->map_end(to);
}

static void put_head(struct emitter *to, struct text type, int64_t at)
{
    char time[TIME_TEXT_MAX];

    to->map(to, 3);
    put_text(to, "type", type);
    put_text(to, "timestamp", text_of(time_print(at, time)));
    to->key(to, TEXT("data"));
}

void payload_write(const struct record *record, unsigned index, struct text owner,
                   struct bytes *out)
{
    struct event events[EVENTS_PER_RECORD_MAX];
    unsigned count = record_events(record, events);
    struct json_emitter json;
    struct emitter *to = &json.emitter;

    CHECK(index < count);
    const struct event *event = &events[index];
    json_emitter_init(&json, out);
    put_head(to, text_of(event_type_names[event->type]), event->at);
    if (event->type == EVENT_BALANCE_UPDATED)
        put_balance(to, record, event, &events[0], owner);
    else
        emit_shape(to, &event_shape, event);
    to->map_end(to);
}

void payload_write_test(struct text endpoint, int64_t now, struct bytes *out)
{
    struct json_emitter json;
    struct emitter *to = &json.emitter;

    json_emitter_init(&json, out);
    put_head(to, TEXT("WebhookTest"), now);
    to->map(to, 1);
    put_text(to, "webhook", endpoint);
    to->map_end(to);
    to->map_end(to);
}
