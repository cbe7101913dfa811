/* What the tests of the service share: a whole bank in a folder of its own, with the real engine,
 * projector and registry, and doors that ask in JSON. Include it after cmocka.h. */
#pragma once

#include <dirent.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/account_number.h"
#include "base/time.h"
#include "contract/bind.h"
#include "host/entropy.h"
#include "host/log.h"
#include "service/service.h"
#include "json/json.h"

#define BANK_TEXT_MAX 65536

/* The machine's clock, and what the test adds to it; while it is stopped, its steady time stays
 * where somebody first saw it standing. */
struct bank_clock {
    struct clock clock;
    _Atomic int64_t ahead;
    atomic_bool stopped;
    _Atomic int64_t stands_at; /* 0: nobody has looked since */
};

struct bank {
    char folder[64], journal_path[96];
    struct bank_clock clock;
    struct registry *registry;
    struct journal *journal;
    struct engine_thread *engine;
    struct projector_thread *projector;
    struct service *service;
    char keys[ROLE_COUNT][REGISTRY_KEY_TEXT_MAX]; /* of a principal named as its role */
};

struct ask {
    struct call call;
    struct arena arena;
    bool done;
    char text[BANK_TEXT_MAX]; /* "[replayed ]result" or "[replayed ]code" */
};

static inline int64_t bank_wall(struct clock *clock)
{
    return clock_system()->wall(clock_system()) + ((struct bank_clock *)(void *)clock)->ahead;
}

static inline int64_t bank_steady(struct clock *clock)
{
    struct bank_clock *own = (struct bank_clock *)(void *)clock;
    int64_t now = clock_system()->steady(clock_system()) + own->ahead;
    int64_t none = 0;
    if (!own->stopped)
        return now;
    return atomic_compare_exchange_strong(&own->stands_at, &none, now) ? now : none;
}

static inline void bank_open(struct bank *bank, bool open, bool require_key)
{
    char path[128];
    snprintf(path, sizeof path, "%s/registry.db", bank->folder);
    snprintf(bank->journal_path, sizeof bank->journal_path, "%s/journal.db", bank->folder);
    bank->clock.clock = (struct clock){.wall = bank_wall, .steady = bank_steady};
    bank->registry = registry_open(path, &bank->clock.clock, entropy_system());
    assert_non_null(bank->registry);
    assert_int_equal(journal_open_sqlite(bank->journal_path, &bank->journal), JOURNAL_OPEN_OK);
    journal_keep_tail(bank->journal);
    struct engine *engine = engine_open(&(struct engine_config){
        .journal = bank->journal, .clock = &bank->clock.clock, .entropy = entropy_system()});
    assert_non_null(engine);
    bank->engine = engine_thread_start(engine);
    struct projector *projector;
    snprintf(path, sizeof path, "%s/views.db", bank->folder);
    assert_int_not_equal(
        projector_open(path, journal_reader_open(bank->journal), &projector),
        PROJECTOR_FAILED);
    bank->projector = projector_thread_start(projector);
    bank->service = service_new(&(struct service_config){.engine = bank->engine,
                                                         .projector = bank->projector,
                                                         .registry = bank->registry,
                                                         .clock = &bank->clock.clock,
                                                         .journal = bank->journal,
                                                         .open = open,
                                                         .require_key = require_key});
    assert_non_null(bank->service);
}

static inline void bank_create_key(struct bank *bank, enum role role)
{
    struct create_key args = {.given = 3, .role = role, .name = text_of(role_names[role])};
    struct key_result result;
    struct problem problem;
    struct arena arena;
    problem_clear(&problem);
    arena_init(&arena, 0);
    assert_int_equal(
        registry_create_key(bank->registry, &args, bank->keys[role], &result, &arena, &problem),
        STATUS_ok);
    arena_close(&arena);
}

static inline struct bank *bank_new(bool open, bool require_key)
{
    struct bank *bank = calloc(1, sizeof *bank);
    assert_non_null(bank);
    strcpy(bank->folder, "/tmp/teller-service-XXXXXX");
    assert_non_null(mkdtemp(bank->folder));
    log_set_level(LOG_ERROR);
    bank_open(bank, open, require_key);
    bank_create_key(bank, ROLE_ADMIN);
    bank_create_key(bank, ROLE_TELLER);
    bank_create_key(bank, ROLE_ATM);
    bank_create_key(bank, ROLE_AUDITOR);
    return bank;
}

static inline void bank_close(struct bank *bank)
{
    service_free(&bank->service);
    projector_thread_stop(&bank->projector);
    engine_thread_stop(&bank->engine);
    journal_close(&bank->journal);
    registry_close(&bank->registry);
}

static inline void bank_free(struct bank *bank)
{
    bank_close(bank);
    DIR *folder = opendir(bank->folder);
    assert_non_null(folder);
    for (struct dirent *entry; (entry = readdir(folder)) != NULL;) {
        char path[512];
        snprintf(path, sizeof path, "%s/%s", bank->folder, entry->d_name);
        if (entry->d_name[0] != '.')
            assert_int_equal(unlink(path), 0);
    }
    assert_int_equal(closedir(folder), 0);
    assert_int_equal(rmdir(bank->folder), 0);
    free(bank);
}

/* ---- asking */

/* The arguments as JSON with ' for ". */
static inline void *ask_bind(struct ask *ask, const struct message *message, const char *json)
{
    struct problem problem;
    struct node node;
    char copy[BANK_TEXT_MAX];
    size_t size = strlen(json);
    assert_true(size < sizeof copy);
    for (size_t i = 0; i <= size; i++)
        copy[i] = json[i] == '\'' ? '"' : json[i];
    problem_clear(&problem);
    void *args = arena_zero(&ask->arena, 1, message->args->size);
    assert_non_null(args);
    if (!json_parse(copy, size, &ask->arena, &node, &problem) ||
        !bind_request(&node, message->args, "#", &ask->arena, args, &problem))
        fail_msg("%s: %s %s", json, problem.detail, problem.errors[0].pointer);
    return args;
}

/* The texts given must live as long as the ask. */
static inline struct ask *ask_submit(struct service_port *port, const char *auth, enum op op,
                                     const char *key, const char *json)
{
    struct ask *ask = calloc(1, sizeof *ask);
    assert_non_null(ask);
    arena_init(&ask->arena, 0);
    ask->call.door = ask;
    ask->call.arena = &ask->arena;
    ask->call.message = message_of(op);
    ask->call.channel = CHANNEL_ZMQ;
    ask->call.auth = text_of(auth);
    ask->call.key = text_of(key);
    ask->call.args = ask_bind(ask, ask->call.message, json);
    service_submit(port, &ask->call);
    return ask;
}

static inline void ask_write(struct ask *ask)
{
    struct bytes bytes;
    bytes_init(&bytes, BANK_TEXT_MAX - 1);
    if (ask->call.replayed)
        bytes_print(&bytes, "replayed ");
    if (ask->call.status != STATUS_ok)
        bytes_print(&bytes, "%s", status_row(ask->call.status)->code);
    else if (ask->call.result.shape != NULL)
        json_write_any(&bytes, ask->call.result);
    assert_int_equal(ask->call.status, ask->call.problem.status);
    if (bytes.size > 0)
        memcpy(ask->text, bytes.data, bytes.size);
    bytes_close(&bytes);
}

/* Takes all that can be had now. */
static inline size_t door_take(struct service_port *port)
{
    size_t count = 0;
    for (struct call *call; (call = service_take(port)) != NULL; count++) {
        struct ask *ask = call->door;
        assert_false(ask->done);
        ask->done = true;
        ask_write(ask);
    }
    return count;
}

/* One turn of a door: flush, take, and wait when there was nothing. */
static inline void door_turn(struct service_port *port)
{
    service_flush(port);
    if (door_take(port) > 0)
        return;
    struct pollfd wait = {.fd = service_fd(port), .events = POLLIN};
    assert_true(poll(&wait, 1, service_timeout_ms(port)) >= 0);
    (void)door_take(port);
}

static inline void ask_wait(struct service_port *port, const struct ask *ask)
{
    while (!ask->done)
        door_turn(port);
}

static inline void ask_free(struct ask *ask)
{
    arena_close(&ask->arena);
    free(ask);
}

/* Asks and waits; the text lives until the next ask of this thread. */
static inline const char *tell(struct service_port *port, const char *auth, enum op op,
                               const char *key, const char *json)
{
    static _Thread_local char text[BANK_TEXT_MAX];
    struct ask *ask = ask_submit(port, auth, op, key, json);
    ask_wait(port, ask);
    memcpy(text, ask->text, sizeof text);
    ask_free(ask);
    return text;
}

/* The number or quoted text behind "name": in a JSON text. */
static inline const char *value_of(const char *json, const char *name, char out[64])
{
    char wanted[64];
    snprintf(wanted, sizeof wanted, "\"%s\":", name);
    const char *at = strstr(json, wanted);
    if (at == NULL)
        fail_msg("no %s in %s", name, json);
    at += strlen(wanted);
    size_t size = at[0] == '"' ? strcspn(at + 1, "\"") : strcspn(at, ",}]");
    assert_true(size < 64);
    memcpy(out, at + (at[0] == '"'), size);
    out[size] = '\0';
    return out;
}

/* An account of the bank's admin, with its number. */
static inline void open_account(struct bank *bank, struct service_port *port, long balance,
                                char number[64])
{
    char json[256];
    snprintf(json, sizeof json, "{'owner':'Zo\xc3\xab','currency':'EUR','initial_balance':%ld}",
             balance);
    value_of(tell(port, bank->keys[ROLE_ADMIN], OP_CREATE_ACCOUNT, NULL, json), "account", number);
}

#define JSON(out, ...) (snprintf(out, sizeof out, __VA_ARGS__), out)
