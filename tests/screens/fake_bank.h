/* A bank in memory behind the client's line: speaks the contract's bytes, keeps accounts, events
 * and idempotency keys, and misbehaves when told to: silent, dead, losing, doubling, garbling. */
#pragma once

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/account_number.h"
#include "base/time.h"
#include "base/utf8.h"
#include "client/line.h"
#include "wire/wire.h"

#define BANK_ACCOUNTS_MAX 300
#define BANK_EVENTS_MAX 2000
#define BANK_KEYS_MAX 200
#define BANK_LINES_MAX 512
#define BANK_QUEUE_MAX 512
#define BANK_PARKED_MAX 16

struct bank_message {
    uint8_t *data;
    size_t size;
};

struct bank;

struct bank_line {
    struct line line; /* first */
    struct bank *bank;
    struct bank_message replies[BANK_QUEUE_MAX];
    size_t first, count;
    bool lost;
    bool open;
};

struct bank_account {
    struct account_result result;
    char owner[600];
};

struct bank_event {
    struct event event;
    char reference[600];
    struct money from_balance, to_balance; /* transfers */
    struct money balance;                  /* the other movements */
};

struct bank_key {
    char key[64];
    enum op op;
    bool refused, abandoned;
    struct problem problem;
    struct account_result created;
    char owner[600];
    struct moved_result moved;
    struct transferred_result transferred;
};

struct bank_request { /* held back while silent, or a waiting GetChanges */
    struct bank_line *line;
    struct bank_message message;
};

struct bank {
    struct line_maker maker; /* first */
    /* True: the request was answered into `out` (tests that care who may do what). */
    bool (*gate)(struct bank *bank, const struct wire_request *request, struct bytes *out);
    struct bank_account accounts[BANK_ACCOUNTS_MAX];
    size_t account_count;
    struct bank_event events[BANK_EVENTS_MAX];
    size_t event_count;
    struct bank_key keys[BANK_KEYS_MAX];
    size_t key_count;
    struct bank_line *lines[BANK_LINES_MAX];
    size_t line_count;
    struct bank_request held[BANK_PARKED_MAX * 8];
    size_t held_count;
    struct bank_request parked[BANK_PARKED_MAX];
    size_t parked_count;
    int64_t now_us;
    const char *auth; /* NULL: open to everybody */
    bool silent;      /* takes requests, answers when it is not silent any more */
    bool dead;        /* nobody there */
    bool lose_requests, lose_replies, double_replies, garble_replies; /* of commands */
    bool admin;   /* the key may do everything */
    char pin[16]; /* set last */
    uint64_t dead_deliveries;
    size_t examines; /* events one page of history looks at; 0: all */
    bool stuck;      /* behind the first page come empty ones, without end */
    bool shut;       /* lines open, but the bank never answers on them */
    size_t commands; /* executed */
    size_t requests;
};

static struct bank_account *bank_find(struct bank *bank, uint64_t account)
{
    for (size_t i = 0; i < bank->account_count; i++) {
        if (bank->accounts[i].result.account == account) {
            return &bank->accounts[i];
        }
    }
    return NULL;
}

static struct bank_event *bank_append(struct bank *bank, enum event_type type)
{
    CHECK(bank->event_count < BANK_EVENTS_MAX);
    struct bank_event *event = &bank->events[bank->event_count++];
    *event = (struct bank_event){0};
    event->event.type = (uint8_t)type;
    event->event.channel = CHANNEL_ZMQ;
    event->event.actor = TEXT("test");
    event->event.position = bank->event_count;
    event->event.at = bank->now_us;
    return event;
}

static void bank_balance_updated(struct bank *bank, struct bank_account *account,
                                 struct money change, uint64_t cause)
{
    struct bank_event *event = bank_append(bank, EVENT_BALANCE_UPDATED);
    account->result.version++;
    account->result.position = event->event.position;
    event->event.account = account->result.account;
    event->event.version = account->result.version;
    event->event.currency = account->result.currency;
    event->event.balance = account->result.balance;
    event->event.change = change;
    event->event.cause = cause;
}

static uint64_t bank_open_account(struct bank *bank, struct text owner, uint16_t currency,
                                  struct money initial)
{
    CHECK(bank->account_count < BANK_ACCOUNTS_MAX);
    struct bank_account *account = &bank->accounts[bank->account_count];
    uint64_t number =
        account_from_sequence((uint32_t)(ACCOUNT_SEQUENCE_FIRST + 41 + 7 * bank->account_count++));
    (void)snprintf(account->owner, sizeof account->owner, "%.*s", TEXT_ARGS(owner));
    struct bank_event *event = bank_append(bank, EVENT_ACCOUNT_CREATED);
    account->result = (struct account_result){.account = number,
                                              .owner = text_of(account->owner),
                                              .currency = currency,
                                              .balance = initial,
                                              .version = 1,
                                              .opened_at = bank->now_us,
                                              .position = event->event.position};
    event->event.account = number;
    event->event.version = 1;
    event->event.owner = text_of(account->owner);
    event->event.currency = currency;
    event->event.initial_balance = initial;
    event->balance = initial;
    if (initial.minor > 0) {
        bank_balance_updated(bank, account, initial, event->event.position);
    }
    return number;
}

static void bank_reference(struct bank_event *event, struct text reference)
{
    (void)snprintf(event->reference, sizeof event->reference, "%.*s", TEXT_ARGS(reference));
    event->event.reference = text_of(event->reference);
}

static enum status bank_move(struct bank *bank, enum op op, uint64_t number, struct money amount,
                             struct text reference, struct moved_result *out,
                             struct problem *problem)
{
    struct bank_account *account = bank_find(bank, number);
    if (account == NULL) {
        problem_set(problem, STATUS_account_not_found, "Check the account number.");
        return problem->status;
    }
    struct money change = {op == OP_DEPOSIT_MONEY ? amount.minor : -amount.minor};
    if (account->result.balance.minor + change.minor < 0) {
        problem_set(problem, STATUS_insufficient_funds, "The balance is lower than the amount.");
        problem->balance = account->result.balance;
        problem->amount = amount;
        return problem->status;
    }
    struct bank_event *event =
        bank_append(bank, op == OP_DEPOSIT_MONEY ? EVENT_MONEY_DEPOSITED : EVENT_MONEY_WITHDRAWN);
    account->result.balance.minor += change.minor;
    account->result.version++;
    event->event.account = number;
    event->event.version = account->result.version;
    event->event.currency = account->result.currency;
    event->event.amount = amount;
    event->balance = account->result.balance;
    bank_reference(event, reference);
    bank_balance_updated(bank, account, change, event->event.position);
    *out = (struct moved_result){.type = event->event.type,
                                 .position = event->event.position,
                                 .at = bank->now_us,
                                 .account = number,
                                 .amount = amount,
                                 .currency = account->result.currency,
                                 .balance = account->result.balance,
                                 .version = account->result.version,
                                 .reference = event->event.reference};
    return STATUS_ok;
}

static enum status bank_transfer(struct bank *bank, const struct transfer_money *args,
                                 struct transferred_result *out, struct problem *problem)
{
    struct bank_account *from = bank_find(bank, args->from);
    struct bank_account *to = bank_find(bank, args->to);
    if (from == NULL || to == NULL) {
        problem_set(problem, STATUS_account_not_found, "Check the account number.");
        return problem->status;
    }
    if (from->result.balance.minor < args->amount.minor) {
        problem_set(problem, STATUS_insufficient_funds, "The balance is lower than the amount.");
        problem->balance = from->result.balance;
        problem->amount = args->amount;
        return problem->status;
    }
    struct bank_event *event = bank_append(bank, EVENT_MONEY_TRANSFERRED);
    from->result.balance.minor -= args->amount.minor;
    to->result.balance.minor += args->amount.minor;
    event->event.from = args->from;
    event->event.to = args->to;
    event->event.from_version = ++from->result.version;
    event->event.to_version = ++to->result.version;
    event->event.currency = from->result.currency;
    event->event.amount = args->amount;
    event->from_balance = from->result.balance;
    event->to_balance = to->result.balance;
    bank_reference(event, args->reference);
    bank_balance_updated(bank, from, (struct money){-args->amount.minor}, event->event.position);
    bank_balance_updated(bank, to, args->amount, event->event.position);
    *out = (struct transferred_result){
        .type = event->event.type,
        .position = event->event.position,
        .at = bank->now_us,
        .from = {args->from, from->result.balance, from->result.version},
        .to = {args->to, to->result.balance, to->result.version},
        .amount = args->amount,
        .currency = from->result.currency,
        .reference = event->event.reference};
    return STATUS_ok;
}

/* What one account saw of an event; false: nothing. */
static bool bank_seen(const struct bank_event *event, uint64_t account, struct history_event *out)
{
    const struct event *plain = &event->event;
    *out = (struct history_event){.event = *plain, .seen_balance = event->balance};
    switch (plain->type) {
    case EVENT_ACCOUNT_CREATED:
        out->seen_change = plain->initial_balance;
        return plain->account == account;
    case EVENT_MONEY_DEPOSITED:
        out->seen_change = plain->amount;
        return plain->account == account;
    case EVENT_MONEY_WITHDRAWN:
        out->seen_change.minor = -plain->amount.minor;
        return plain->account == account;
    case EVENT_MONEY_TRANSFERRED: {
        bool from = plain->from == account;
        out->seen_change.minor = from ? -plain->amount.minor : plain->amount.minor;
        out->seen_balance = from ? event->from_balance : event->to_balance;
        out->counterparty = from ? plain->to : plain->from;
        return from || plain->to == account;
    }
    default:
        out->seen_change = plain->change;
        out->seen_balance = plain->balance;
        return plain->account == account;
    }
}

static void bank_deliver(struct bank_line *line, const struct bytes *message)
{
    CHECK(line->count < BANK_QUEUE_MAX);
    struct bank_message *place = &line->replies[(line->first + line->count++) % BANK_QUEUE_MAX];
    place->data = malloc(message->size);
    CHECK(place->data != NULL);
    memcpy(place->data, message->data, message->size);
    place->size = message->size;
}

static struct bank_key *bank_key_find(struct bank *bank, struct text key)
{
    for (size_t i = 0; i < bank->key_count; i++) {
        if (text_is(key, bank->keys[i].key)) {
            return &bank->keys[i];
        }
    }
    return NULL;
}

static struct any bank_key_result(struct bank_key *key)
{
    if (key->op == OP_CREATE_ACCOUNT) {
        return (struct any){.shape = &account_result_shape, .value = &key->created};
    }
    if (key->op == OP_TRANSFER_MONEY) {
        return (struct any){.shape = &transferred_result_shape, .value = &key->transferred};
    }
    return (struct any){.shape = &moved_result_shape, .value = &key->moved};
}

static void bank_execute(struct bank *bank, const struct wire_request *request,
                         struct bank_key *key)
{
    enum status status = STATUS_ok;
    key->op = request->message->op;
    bank->now_us += TIME_SECOND;
    if (key->op == OP_CREATE_ACCOUNT) {
        const struct create_account *args = request->args;
        uint64_t number =
            bank_open_account(bank, args->owner, args->currency, args->initial_balance);
        key->created = bank_find(bank, number)->result;
    } else if (key->op == OP_TRANSFER_MONEY) {
        status = bank_transfer(bank, request->args, &key->transferred, &key->problem);
    } else {
        const struct move_money *args = request->args;
        status = bank_move(bank, key->op, args->account, args->amount, args->reference, &key->moved,
                           &key->problem);
    }
    key->refused = status != STATUS_ok;
    bank->commands += status == STATUS_ok;
}

static void bank_command(struct bank *bank, const struct wire_request *request, struct bytes *out)
{
    struct bank_key *key = bank_key_find(bank, request->key);
    bool replayed = key != NULL;
    if (key == NULL) {
        CHECK(bank->key_count < BANK_KEYS_MAX && request->key.size < 64);
        key = &bank->keys[bank->key_count++];
        (void)snprintf(key->key, sizeof key->key, "%.*s", TEXT_ARGS(request->key));
        bank_execute(bank, request, key);
    }
    if (key->refused) {
        wire_encode_problem(out, request->id, replayed, &key->problem, TEXT("r"));
    } else {
        wire_encode_result(out, request->id, replayed, bank_key_result(key));
    }
}

static void bank_outcome(struct bank *bank, const struct wire_request *request, struct bytes *out)
{
    const struct outcome_key *args = request->args;
    struct bank_key *key = bank_key_find(bank, args->key);
    if (key == NULL && request->message->op == OP_ABANDON_KEY) {
        key = &bank->keys[bank->key_count++];
        *key = (struct bank_key){.refused = true, .abandoned = true};
        (void)snprintf(key->key, sizeof key->key, "%.*s", TEXT_ARGS(args->key));
        problem_set(&key->problem, STATUS_key_abandoned, "This key was abandoned.");
    }
    struct outcome_result result = {.state = OUTCOME_UNKNOWN};
    if (key != NULL) {
        result.state = key->refused ? OUTCOME_REFUSED : OUTCOME_DONE;
        result.outcome = bank_key_result(key);
        result.error = &key->problem;
    }
    wire_encode_result(out, request->id, false,
                       (struct any){.shape = &outcome_result_shape, .value = &result});
}

static bool bank_matches(const struct bank_account *account, struct text search)
{
    char number[ACCOUNT_TEXT_MAX];
    struct bytes owner;
    struct bytes query;
    bytes_init(&owner, 4096);
    bytes_init(&query, 4096);
    utf8_fold(text_of(account->owner), &owner);
    bytes_put_u8(&owner, ' ');
    bytes_put_text(&owner, text_of(account_print(account->result.account, number)));
    utf8_fold(search, &query);
    bool matches = utf8_words_match(bytes_text(&owner), bytes_text(&query));
    bytes_close(&owner);
    bytes_close(&query);
    return matches;
}

static void bank_list(struct bank *bank, const struct wire_request *request, struct arena *arena,
                      struct bytes *out)
{
    const struct list_accounts *args = request->args;
    size_t limit = args->limit > 0 ? args->limit : 50;
    struct account_result *rows = arena_zero(arena, limit, sizeof *rows);
    struct list_result list = {.data = {.items = rows}};
    for (size_t i = 0; i < bank->account_count; i++) {
        const struct bank_account *account = &bank->accounts[i];
        if (args->search.size > 0 && !bank_matches(account, args->search)) {
            continue;
        }
        list.total++;
        if (account->result.account <= args->after) {
            continue;
        }
        if (list.data.count < limit) {
            rows[list.data.count++] = account->result;
        } else {
            list.has_more = true;
        }
    }
    if (bank->stuck) {
        list.data.count = args->after > 0 ? 0 : list.data.count;
        list.has_more = true;
    }
    wire_encode_result(out, request->id, false,
                       (struct any){.shape = &account_list_shape, .value = &list});
}

static void bank_problem(const struct wire_request *request, enum status status, struct bytes *out)
{
    struct problem problem = {0};
    problem_set(&problem, status, "%s", status_row(status)->detail);
    wire_encode_problem(out, request->id, false, &problem, TEXT("r"));
}

#include "fake_queries.h"

static void bank_history(struct bank *bank, const struct wire_request *request, struct arena *arena,
                         struct bytes *out)
{
    const struct history_query *args = request->args;
    size_t limit = args->limit > 0 ? args->limit : 50;
    struct history_event *rows = arena_zero(arena, limit, sizeof *rows);
    struct list_result list = {.data = {.items = rows}};
    size_t examined = 0;
    uint64_t cursor = 0;
    for (size_t i = bank->event_count; i-- > 0;) {
        struct history_event seen;
        uint64_t position = bank->events[i].event.position;
        if (!bank_seen(&bank->events[i], args->account, &seen) ||
            (args->before != 0 && position >= args->before) || position <= args->after) {
            continue;
        }
        bool matches = bank_event_matches(args, &seen);
        if ((matches && list.data.count == limit) ||
            (bank->examines > 0 && examined == bank->examines)) {
            list.has_more = true;
            break;
        }
        if (matches) {
            rows[list.data.count++] = seen;
        }
        cursor = position;
        examined++;
    }
    if (bank->stuck) {
        list.data.count = args->before != 0 ? 0 : list.data.count;
        list.has_more = true;
    } else if (list.has_more) {
        char *next = arena_zero(arena, 64, 1);
        (void)snprintf(next, 64, "/accounts/1/history?types=x&before=%llu",
                       (unsigned long long)cursor);
        list.next = text_of(next);
    }
    wire_encode_result(out, request->id, false,
                       (struct any){.shape = &history_list_shape, .value = &list});
}

/* False: no statement of that month. */
static bool bank_statement_of(struct bank *bank, uint64_t number, int32_t month,
                              struct arena *arena, struct statement_result *out)
{
    struct bank_account *account = bank_find(bank, number);
    if (account == NULL || month < month_of(account->result.opened_at) ||
        month > month_of(bank->now_us)) {
        return false;
    }
    struct statement_line *lines = arena_zero(arena, BANK_EVENTS_MAX, sizeof *lines);
    *out = (struct statement_result){.account = number,
                                     .owner = account->result.owner,
                                     .currency = account->result.currency,
                                     .month = month,
                                     .final = month < month_of(bank->now_us),
                                     .lines = {.items = lines}};
    struct money balance = {0};
    for (size_t i = 0; i < bank->event_count; i++) {
        struct history_event seen;
        if (bank->events[i].event.type == EVENT_BALANCE_UPDATED ||
            !bank_seen(&bank->events[i], number, &seen) || seen.seen_change.minor == 0) {
            continue;
        }
        int32_t at = month_of(seen.event.at);
        if (at < month) {
            balance = seen.seen_balance;
        } else if (at == month) {
            struct statement_totals *totals =
                seen.seen_change.minor < 0 ? &out->debits : &out->credits;
            totals->count++;
            totals->total.minor += llabs(seen.seen_change.minor);
            lines[out->lines.count++] = (struct statement_line){.position = seen.event.position,
                                                                .at = seen.event.at,
                                                                .type = seen.event.type,
                                                                .reference = seen.event.reference,
                                                                .counterparty = seen.counterparty,
                                                                .change = seen.seen_change,
                                                                .balance = seen.seen_balance};
        }
    }
    out->opening_balance = balance;
    out->closing_balance.minor = balance.minor + out->credits.total.minor - out->debits.total.minor;
    return true;
}

static void bank_statements(struct bank *bank, const struct wire_request *request,
                            struct arena *arena, struct bytes *out)
{
    struct statement_result statement;
    struct list_result list = {.data = {.items = &statement, .count = 1}};
    bool one = request->message->op == OP_GET_STATEMENT;
    uint64_t number = one ? ((const struct statement_query *)request->args)->account
                          : ((const struct list_statements *)request->args)->account;
    int32_t month =
        one ? ((const struct statement_query *)request->args)->month : month_of(bank->now_us);
    if (!bank_statement_of(bank, number, month, arena, &statement)) {
        bank_problem(request, STATUS_statement_not_found, out);
        return;
    }
    wire_encode_result(out, request->id, false,
                       one ? (struct any){.shape = &statement_result_shape, .value = &statement}
                           : (struct any){.shape = &statement_list_shape, .value = &list});
}

/* True when there is an answer now; false: it waits for news. */
static bool bank_changes(struct bank *bank, const struct wire_request *request, struct arena *arena,
                         struct bytes *out)
{
    const struct changes_query *args = request->args;
    size_t limit = args->limit > 0 ? args->limit : 50;
    struct event *rows = arena_zero(arena, limit, sizeof *rows);
    struct list_result list = {.data = {.items = rows}};
    for (size_t i = 0; i < bank->event_count && list.data.count < limit; i++) {
        if (bank->events[i].event.position > args->after) {
            rows[list.data.count++] = bank->events[i].event;
        }
    }
    if (list.data.count == 0 && args->wait_ms > 0) {
        return false;
    }
    wire_encode_result(out, request->id, false,
                       (struct any){.shape = &change_list_shape, .value = &list});
    return true;
}

static bool bank_query(struct bank *bank, const struct wire_request *request, struct arena *arena,
                       struct bytes *out)
{
    const struct account_query *account = request->args;
    switch (request->message->op) {
    case OP_GET_ACCOUNT: {
        struct bank_account *found = bank_find(bank, account->account);
        if (found == NULL) {
            bank_problem(request, STATUS_account_not_found, out);
        } else {
            wire_encode_result(
                out, request->id, false,
                (struct any){.shape = &account_result_shape, .value = &found->result});
        }
        return true;
    }
    case OP_LIST_ACCOUNTS:
        bank_list(bank, request, arena, out);
        return true;
    case OP_GET_TRANSACTION_HISTORY:
        bank_history(bank, request, arena, out);
        return true;
    case OP_LIST_STATEMENTS:
    case OP_GET_STATEMENT:
        bank_statements(bank, request, arena, out);
        return true;
    case OP_GET_CHANGES:
        return bank_changes(bank, request, arena, out);
    default:
        if (!bank_query_more(bank, request, arena, out)) {
            bank_problem(request, STATUS_forbidden, out);
        }
        return true;
    }
}

static void bank_hold(struct bank_request *held, size_t *count, size_t max, struct bank_line *line,
                      const void *data, size_t size)
{
    CHECK(*count < max);
    struct bank_request *place = &held[(*count)++];
    *place = (struct bank_request){.line = line, .message = {malloc(size), size}};
    CHECK(place->message.data != NULL);
    memcpy(place->message.data, data, size);
}

static void bank_reply(struct bank *bank, struct bank_line *line, bool command,
                       const struct bytes *reply)
{
    if (command && bank->lose_replies) {
        return;
    }
    if (command && bank->garble_replies) {
        struct bytes noise;
        bytes_init(&noise, WIRE_MESSAGE_MAX);
        bytes_put(&noise, "\x85\xa1v", 3);
        bytes_put(&noise, reply->data, reply->size / 2);
        bank_deliver(line, &noise);
        bytes_close(&noise);
        return;
    }
    bank_deliver(line, reply);
    if (bank->double_replies) {
        bank_deliver(line, reply);
    }
}

static void bank_answer(struct bank *bank, struct bank_line *line, const void *data, size_t size)
{
    struct arena arena;
    struct bytes out;
    struct wire_request request;
    struct problem problem = {0};
    arena_init(&arena, 0);
    bytes_init(&out, WIRE_MESSAGE_MAX);
    bool sound = wire_decode_request(data, size, &arena, &request, &problem);
    if (!sound) {
        (void)fprintf(stderr, "bank: malformed request: %s %s\n", status_row(problem.status)->code,
                      problem.detail);
    }
    CHECK(sound); /* the console never sends a malformed request */
    bool command = request.message->kind == MESSAGE_COMMAND;
    bool answered = true;
    if (bank->gate != NULL && bank->gate(bank, &request, &out)) {
        command = false;
    } else if (bank->auth != NULL && !text_is(request.auth, bank->auth)) {
        bank_problem(&request, STATUS_unauthenticated, &out);
        command = false;
    } else if (command) {
        if (bank->lose_requests) {
            answered = false;
        } else {
            bank_command(bank, &request, &out);
        }
    } else if (request.message->kind == MESSAGE_LOOKUP) {
        bank_outcome(bank, &request, &out);
    } else {
        answered = bank_query(bank, &request, &arena, &out);
        if (!answered) {
            bank_hold(bank->parked, &bank->parked_count, BANK_PARKED_MAX, line, data, size);
        }
    }
    if (answered) {
        bank_reply(bank, line, command, &out);
    }
    bytes_close(&out);
    arena_close(&arena);
}

/* After something happened at the bank: waiting feeds that have news are answered. */
static void bank_news(struct bank *bank)
{
    size_t count = bank->parked_count;
    struct bank_request parked[BANK_PARKED_MAX];
    memcpy(parked, bank->parked, sizeof parked);
    bank->parked_count = 0;
    for (size_t i = 0; i < count; i++) {
        if (parked[i].line->open) {
            bank_answer(bank, parked[i].line, parked[i].message.data, parked[i].message.size);
        }
        free(parked[i].message.data);
    }
}

static bool bank_line_send(struct line *line, const void *data, size_t size)
{
    struct bank_line *own = (struct bank_line *)line;
    struct bank *bank = own->bank;
    bank->requests++;
    if (bank->dead || own->lost) {
        return true; /* as ZeroMQ would: taken, and never heard of again */
    }
    if (bank->silent) {
        bank_hold(bank->held, &bank->held_count, BANK_PARKED_MAX * 8, own, data, size);
        return true;
    }
    bank_answer(bank, own, data, size);
    bank_news(bank);
    return true;
}

static inline void bank_set_silent(struct bank *bank, bool silent)
{
    bank->silent = silent;
    size_t count = silent ? 0 : bank->held_count;
    bank->held_count = silent ? bank->held_count : 0;
    for (size_t i = 0; i < count; i++) {
        struct bank_request request = bank->held[i];
        bank_answer(bank, request.line, request.message.data, request.message.size);
        bank_news(bank);
        free(request.message.data);
    }
}

static inline void bank_set_dead(struct bank *bank, bool dead)
{
    bank->dead = dead;
    for (size_t i = 0; i < bank->line_count && dead; i++) {
        bank->lines[i]->lost = true;
    }
    for (size_t i = 0; i < bank->parked_count && dead; i++) {
        free(bank->parked[i].message.data);
    }
    bank->parked_count = dead ? 0 : bank->parked_count;
}

static enum line_news bank_line_receive(struct line *line, struct bytes *out)
{
    struct bank_line *own = (struct bank_line *)line;
    if (own->lost) {
        return LINE_LOST;
    }
    if (own->count == 0) {
        return LINE_NOTHING;
    }
    struct bank_message *message = &own->replies[own->first];
    own->first = (own->first + 1) % BANK_QUEUE_MAX;
    own->count--;
    bytes_clear(out);
    bytes_put(out, message->data, message->size);
    free(message->data);
    return LINE_MESSAGE;
}

static bool bank_line_ready(struct line *line)
{
    struct bank_line *own = (struct bank_line *)line;
    return own->lost || own->count > 0;
}

static int bank_line_fds(const struct line *line, int out[2])
{
    (void)line;
    (void)out;
    return 0;
}

/* The line's memory stays until the bank closes: held requests point to it. */
static void bank_line_close(struct line *line)
{
    struct bank_line *own = (struct bank_line *)line;
    own->open = false;
    while (own->count > 0) {
        free(own->replies[own->first].data);
        own->first = (own->first + 1) % BANK_QUEUE_MAX;
        own->count--;
    }
}

static struct line *bank_line_open(struct line_maker *maker, const char *endpoint)
{
    struct bank *bank = (struct bank *)maker;
    (void)endpoint;
    CHECK(bank->line_count < BANK_LINES_MAX);
    struct bank_line *line = calloc(1, sizeof *line);
    CHECK(line != NULL);
    line->line = (struct line){.send = bank_line_send,
                               .receive = bank_line_receive,
                               .ready = bank_line_ready,
                               .fds = bank_line_fds,
                               .close = bank_line_close};
    line->bank = bank;
    line->open = true;
    bank->lines[bank->line_count++] = line;
    return &line->line;
}

static struct bank *bank_new(int64_t now_us)
{
    struct bank *bank = calloc(1, sizeof *bank);
    CHECK(bank != NULL);
    bank->maker.open = bank_line_open;
    bank->now_us = now_us;
    return bank;
}

static void bank_free(struct bank *bank)
{
    for (size_t i = 0; i < bank->held_count; i++) {
        free(bank->held[i].message.data);
    }
    for (size_t i = 0; i < bank->parked_count; i++) {
        free(bank->parked[i].message.data);
    }
    for (size_t i = 0; i < bank->line_count; i++) {
        bank_line_close(&bank->lines[i]->line);
        free(bank->lines[i]);
    }
    free(bank);
}
