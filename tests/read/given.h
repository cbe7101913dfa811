/* A given history: a memory journal filled record by record, beside it a plain list of the same
 * records that the tests reckon from by themselves, and a projector with a way to ask it. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/account_number.h"
#include "base/time.h"
#include "journal/journal.h"
#include "journal/record_codec.h"
#include "read/projector.h"
#include "read/queries.h"

#define EUR 978
#define GIVEN_ACCOUNTS_MAX 4096
#define GIVEN_STRIDE 20 /* of account numbers: two or three to a chunk of views.db */
/* 2026-01-01T00:00:00Z, where histories begin unless they say otherwise. */
#define GIVEN_START INT64_C(1767225600000000)
#define HOUR (INT64_C(3600) * TIME_SECOND)

struct given_account {
    uint64_t account, version, last_record;
    int64_t balance;
};

struct given {
    struct journal *journal;
    struct projector *projector;
    struct views *views;
    struct arena arena;
    struct problem problem;
    int64_t now, settled;   /* what queries are told; 0: the last record's time */
    struct record *records; /* owned texts */
    size_t count, room;
    struct given_account accounts[GIVEN_ACCOUNTS_MAX];
    size_t account_count;
    uint64_t position; /* of the last event */
    int64_t at;        /* of the last record */
};

static inline void given_views(struct given *given, const char *path,
                               enum projector_open_result expected)
{
    assert_int_equal(projector_open(path, journal_reader_open(given->journal), &given->projector),
                     expected);
    given->views = views_open(given->projector, journal_reader_open(given->journal));
    assert_non_null(given->views);
}

static inline struct given *given_new(const char *path)
{
    struct given *given = calloc(1, sizeof(*given));

    assert_non_null(given);
    given->journal = journal_open_memory();
    arena_init(&given->arena, 0);
    given->at = GIVEN_START;
    given_views(given, path, PROJECTOR_REBUILT);
    return given;
}

static inline void given_close_views(struct given *given, bool clean)
{
    views_close(&given->views);
    projector_close(&given->projector, clean);
}

static inline void given_free(struct given *given)
{
    given_close_views(given, false);
    journal_close(&given->journal);
    arena_close(&given->arena);
    for (size_t i = 0; i < given->count; i++) {
        free((void *)(uintptr_t)given->records[i].owner.data);
        free((void *)(uintptr_t)given->records[i].reference.data);
    }
    free(given->records);
    free(given);
}

static inline struct text given_text(const char *text)
{
    return text == NULL ? (struct text){0} : text_of(strdup(text));
}

static inline struct given_account *given_find(struct given *given, uint64_t account)
{
    for (size_t i = 0; i < given->account_count; i++) {
        if (given->accounts[i].account == account)
            return &given->accounts[i];
    }
    fail_msg("no account %llu", (unsigned long long)account);
    return NULL;
}

/* Appends one record to the journal; number, position, chain and time are filled in here. */
static inline void given_append(struct given *given, struct record *record, int64_t at)
{
    struct journal_head head;
    struct journal_token token;
    struct bytes body;

    if (given->count == given->room) {
        given->room = given->room == 0 ? 64 : given->room * 2;
        given->records = realloc(given->records, given->room * sizeof(*given->records));
        assert_non_null(given->records);
    }
    given->at = at > given->at ? at : given->at + 1; /* it strictly increases */
    record->number = given->count + 1;
    record->position = given->position + 1;
    record->at = given->at;
    record->channel = CHANNEL_REST;
    record->actor = TEXT("tester");
    for (unsigned i = 0; i < record->leg_count; i++) {
        struct given_account *account = given_find(given, record->legs[i].account);

        account->balance += record->legs[i].change.minor;
        account->version += record_leg_events(record, i);
        record->legs[i].balance = money(account->balance);
        record->legs[i].version = account->version;
        record->legs[i].previous_record = account->last_record;
        account->last_record = record->number;
    }
    given->position += record_event_count(record);
    given->records[given->count++] = *record;
    bytes_init(&body, JOURNAL_BODY_MAX);
    record_encode(record, &body);
    assert_false(body.overflow);
    journal_head(given->journal, &head);
    struct journal_batch batch = {.first = record->number,
                                  .count = 1,
                                  .bytes = body.data,
                                  .ends = &body.size,
                                  .last_position = given->position,
                                  .last_at = given->at};
    assert_int_equal(
        journal_submit(given->journal, &batch, &head, journal_epoch(given->journal), &token),
        JOURNAL_OK);
    bytes_close(&body);
}

static inline uint64_t given_account_numbered(struct given *given, uint64_t account,
                                              const char *owner, int64_t initial, int64_t at)
{
    struct record record = {.kind = RECORD_ACCOUNT_CREATED,
                            .op = RECORD_OP_CREATE_ACCOUNT,
                            .currency = EUR,
                            .owner = given_text(owner),
                            .leg_count = 1};

    assert_true(given->account_count < GIVEN_ACCOUNTS_MAX);
    record.legs[0] = (struct leg){.account = account, .change = money(initial)};
    given->accounts[given->account_count++] = (struct given_account){.account = account};
    given_append(given, &record, at);
    return account;
}

static inline uint64_t given_account(struct given *given, const char *owner, int64_t initial,
                                     int64_t at)
{
    uint32_t sequence = ACCOUNT_SEQUENCE_FIRST + (uint32_t)given->account_count * GIVEN_STRIDE;

    return given_account_numbered(given, account_from_sequence(sequence), owner, initial, at);
}

static inline void given_move(struct given *given, uint64_t account, int64_t change,
                              const char *reference, int64_t at)
{
    struct record record = {.kind = change > 0 ? RECORD_MONEY_DEPOSITED : RECORD_MONEY_WITHDRAWN,
                            .op = change > 0 ? RECORD_OP_DEPOSIT_MONEY : RECORD_OP_WITHDRAW_MONEY,
                            .currency = EUR,
                            .amount = money(change > 0 ? change : -change),
                            .reference = given_text(reference),
                            .leg_count = 1};

    record.legs[0] = (struct leg){.account = account, .change = money(change)};
    given_append(given, &record, at);
}

static inline void given_transfer(struct given *given, uint64_t from, uint64_t to, int64_t amount,
                                  const char *reference, int64_t at)
{
    struct record record = {.kind = RECORD_MONEY_TRANSFERRED,
                            .op = RECORD_OP_TRANSFER_MONEY,
                            .currency = EUR,
                            .amount = money(amount),
                            .reference = given_text(reference),
                            .leg_count = 2};

    record.legs[0] = (struct leg){.account = from, .change = money(-amount)};
    record.legs[1] = (struct leg){.account = to, .change = money(amount)};
    given_append(given, &record, at);
}

static inline void given_refusal(struct given *given, const char *key, int64_t at)
{
    struct record record = {.kind = RECORD_REFUSED,
                            .op = RECORD_OP_DEPOSIT_MONEY,
                            .key = text_of(key),
                            .amount = money(5),
                            .refusal = STATUS_account_not_found};

    given_append(given, &record, at);
}

static inline void given_fold(struct given *given)
{
    long folded;

    do {
        folded = projector_fold(given->projector, 1000);
        assert_true(folded >= 0);
    } while (folded > 0);
    assert_int_equal(projector_seen(given->projector), given->count);
}

static inline void given_flush(struct given *given)
{
    assert_true(projector_flush_all(given->projector));
    assert_int_equal(projector_flushed(given->projector), projector_seen(given->projector));
}

/* A question: the arena and the problem start afresh. */
static inline struct query *given_ask(struct given *given)
{
    static struct query query;

    arena_reset(&given->arena);
    given->problem = (struct problem){0};
    query = (struct query){
        .arena = &given->arena,
        .problem = &given->problem,
        .now = given->now != 0 ? given->now : given->at,
        .settled = given->settled != 0 ? given->settled : given->at,
    };
    return &query;
}

/* What the account's history must be, newest first; returns how many, at most `max`. */
static inline size_t given_history(const struct given *given, uint64_t account,
                                   struct history_event *out, size_t max)
{
    size_t count = 0;

    for (size_t i = given->count; i > 0; i--) {
        const struct record *record = &given->records[i - 1];
        struct event events[EVENTS_PER_RECORD_MAX];
        unsigned event_count = record_events(record, events);
        int leg = -1;

        for (int k = 0; k < record->leg_count; k++) {
            if (record->legs[k].account == account)
                leg = k;
        }
        for (unsigned k = event_count; leg >= 0 && k > 0; k--) {
            bool both = events[k - 1].type == EVENT_MONEY_TRANSFERRED;

            if (!both && events[k - 1].account != account)
                continue;
            assert_true(count < max);
            out[count++] =
                (struct history_event){.event = events[k - 1],
                                       .seen_change = record->legs[leg].change,
                                       .seen_balance = record->legs[leg].balance,
                                       .counterparty = both ? record->legs[1 - leg].account : 0};
        }
    }
    return count;
}
