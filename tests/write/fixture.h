/* What the engine's tests share: a bank in memory with a clock that obeys, and commands as
 * sentences. Include it after cmocka.h. */
#pragma once

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/account_number.h"
#include "base/currency.h"
#include "base/time.h"
#include "contract/args.h"
#include "journal/record_codec.h"
#include "write/engine.h"

#define FIXTURE_ARGS_MAX 16384

struct fixture_args {
    union {
        struct create_account create;
        struct move_money move;
        struct transfer_money transfer;
    };
};

struct fixture {
    struct clock clock;
    int64_t wall, steady;
    struct entropy entropy;
    uint64_t random;
    struct journal *journal;
    struct engine *engine;
    char folder[64], snapshot[96]; /* "" until wanted */
    uint64_t snapshot_every;
    struct fixture_args *args; /* a ring: of the newest commands */
    size_t next_args;
};

static inline int64_t fixture_wall(struct clock *clock)
{
    return ((struct fixture *)(void *)((char *)clock - offsetof(struct fixture, clock)))->wall;
}

static inline int64_t fixture_steady(struct clock *clock)
{
    return ((struct fixture *)(void *)((char *)clock - offsetof(struct fixture, clock)))->steady;
}

static inline uint64_t fixture_draw(struct fixture *f)
{
    f->random ^= f->random << 13;
    f->random ^= f->random >> 7;
    f->random ^= f->random << 17;
    return f->random;
}

static inline void fixture_fill(struct entropy *entropy, void *out, size_t size)
{
    struct fixture *f = (void *)((char *)entropy - offsetof(struct fixture, entropy));
    for (size_t i = 0; i < size; i++) {
        ((uint8_t *)out)[i] = (uint8_t)fixture_draw(f);
    }
}

static inline bool fixture_start(struct fixture *f)
{
    struct engine_config config = {
        .journal = f->journal,
        .clock = &f->clock,
        .entropy = &f->entropy,
        .snapshot_path = f->snapshot[0] == '\0' ? NULL : f->snapshot,
        .snapshot_every = f->snapshot_every,
    };
    f->engine = engine_open(&config);
    return f->engine != NULL;
}

static inline struct fixture *given_a_bank(void)
{
    struct fixture *f = calloc(1, sizeof *f);
    assert_non_null(f);
    f->clock = (struct clock){fixture_wall, fixture_steady};
    f->entropy = (struct entropy){fixture_fill};
    f->wall = INT64_C(1795000000000000);
    f->steady = 1000;
    f->random = 88172645463325252u;
    f->args = calloc(FIXTURE_ARGS_MAX, sizeof *f->args);
    assert_non_null(f->args);
    f->journal = journal_open_memory();
    assert_true(fixture_start(f));
    return f;
}

static inline void wants_snapshots(struct fixture *f, uint64_t every)
{
    engine_close(&f->engine, false);
    (void)snprintf(f->folder, sizeof f->folder, "/tmp/teller-test-XXXXXX");
    assert_non_null(mkdtemp(f->folder));
    (void)snprintf(f->snapshot, sizeof f->snapshot, "%s/engine.snapshot", f->folder);
    f->snapshot_every = every;
    assert_true(fixture_start(f));
}

static inline void restarted(struct fixture *f, bool clean)
{
    engine_close(&f->engine, clean);
    assert_true(fixture_start(f));
}

static inline void done(struct fixture **address)
{
    struct fixture *f = *address;
    engine_close(&f->engine, false);
    journal_close(&f->journal);
    if (f->folder[0] != '\0') {
        (void)unlink(f->snapshot);
        assert_int_equal(rmdir(f->folder), 0); /* no temporary file stays behind */
    }
    free(f->args);
    free(f);
    *address = NULL;
}

static inline struct fixture_args *take_args(struct fixture *f)
{
    struct fixture_args *args = &f->args[f->next_args++ % FIXTURE_ARGS_MAX];
    memset(args, 0, sizeof *args);
    return args;
}

static inline uint16_t currency_named(const char *code)
{
    const struct currency *currency = currency_by_code(text_of(code));
    assert_non_null(currency);
    return currency->number;
}

static inline struct engine_command opens(struct fixture *f, uint64_t account, int64_t initial)
{
    struct create_account *args = &take_args(f)->create;
    args->owner = TEXT("Zoë Ångström");
    args->currency = currency_named("EUR");
    args->initial_balance = money(initial);
    args->account = account;
    return (struct engine_command){.op = OP_CREATE_ACCOUNT, .args = args};
}

static inline struct engine_command moves(struct fixture *f, enum op op, uint64_t account,
                                          int64_t amount)
{
    struct move_money *args = &take_args(f)->move;
    args->account = account;
    args->amount = money(amount);
    args->reference = TEXT("");
    return (struct engine_command){.op = op, .args = args};
}

static inline struct engine_command deposits(struct fixture *f, uint64_t account, int64_t amount)
{
    return moves(f, OP_DEPOSIT_MONEY, account, amount);
}

static inline struct engine_command withdraws(struct fixture *f, uint64_t account, int64_t amount)
{
    return moves(f, OP_WITHDRAW_MONEY, account, amount);
}

static inline struct engine_command transfers(struct fixture *f, uint64_t from, uint64_t to,
                                              int64_t amount)
{
    struct transfer_money *args = &take_args(f)->transfer;
    args->from = from;
    args->to = to;
    args->amount = money(amount);
    args->reference = TEXT("rent");
    return (struct engine_command){.op = OP_TRANSFER_MONEY, .args = args};
}

static inline struct engine_command looks_up(const char *key)
{
    return (struct engine_command){.op = OP_GET_OUTCOME, .key = text_of(key)};
}

static inline struct engine_command abandons(const char *key)
{
    return (struct engine_command){.op = OP_ABANDON_KEY, .key = text_of(key)};
}

static inline struct engine_command keyed(struct engine_command command, const char *key)
{
    command.key = text_of(key);
    return command;
}

static inline struct engine_request request_of(const char *who, struct engine_command *commands,
                                               size_t count)
{
    return (struct engine_request){
        .actor = text_of(who),
        .principal = text_of(who),
        .channel = CHANNEL_REST,
        .count = count,
        .commands = commands,
    };
}

static inline void when_all(struct fixture *f, struct engine_command *commands, size_t count)
{
    struct engine_request request = request_of("front-desk", commands, count);
    engine_run(f->engine, &request);
}

static inline void when_atomic(struct fixture *f, struct engine_command *commands, size_t count)
{
    struct engine_request request = request_of("front-desk", commands, count);
    request.atomic = true;
    engine_run(f->engine, &request);
}

static inline struct engine_command when_by(struct fixture *f, const char *who,
                                            struct engine_command command)
{
    struct engine_request request = request_of(who, &command, 1);
    engine_run(f->engine, &request);
    return command;
}

static inline struct engine_command when(struct fixture *f, struct engine_command command)
{
    return when_by(f, "front-desk", command);
}

static inline uint64_t given_account(struct fixture *f, int64_t initial)
{
    struct engine_command opened = when(f, opens(f, 0, initial));
    assert_int_equal(opened.verdict, VERDICT_ACCEPTED);
    return opened.record.legs[0].account;
}

static inline int64_t balance_of(const struct fixture *f, uint64_t account)
{
    const struct account_state *state = engine_account(f->engine, account);
    assert_non_null(state);
    return state->balance.minor;
}

static inline uint64_t version_of(const struct fixture *f, uint64_t account)
{
    const struct account_state *state = engine_account(f->engine, account);
    assert_non_null(state);
    return state->version;
}

static inline struct journal_head head_of(const struct fixture *f)
{
    struct journal_head head;
    journal_head(f->journal, &head);
    return head;
}

#define then_refused(command, why)                                                                 \
    do {                                                                                           \
        assert_int_equal((command).verdict, VERDICT_REFUSED);                                      \
        assert_int_equal((command).status, (why));                                                 \
        assert_int_equal((command).record.kind, RECORD_REFUSED);                                   \
        assert_int_equal((command).record.refusal, (why));                                         \
    } while (0)

#define then_failed(command, why)                                                                  \
    do {                                                                                           \
        assert_int_equal((command).verdict, VERDICT_FAILED);                                       \
        assert_int_equal((command).status, (why));                                                 \
        assert_int_equal((command).record.number, 0);                                              \
    } while (0)

#define then_known(command, number)                                                                \
    do {                                                                                           \
        assert_int_equal((command).verdict, VERDICT_KNOWN);                                        \
        assert_int_equal((command).known, (number));                                               \
    } while (0)
