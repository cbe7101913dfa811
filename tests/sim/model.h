/* The auditor: a bank of its own, written from the contract in the plainest way there is, that
 * shares nothing with decide_* or evolve_*. It is told the same commands as the engine and says
 * what each must answer; everything the engine, the journal and the queries show is held against
 * it. Lists only grow, so that going back is cutting them. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "contract/args.h"
#include "contract/events.h"
#include "write/engine.h"

#define MODEL_ACCOUNTS_MAX 48
#define MODEL_KEY_MAX 32

struct model_account {
    uint64_t number;
    struct text owner;
    uint16_t currency;
    int64_t balance;
    __extension__ __int128 credits, debits;
    uint64_t version, last_position;
    int64_t opened_at;
};

/* An event and what the accounts that see it saw. */
struct model_event {
    struct event event;
    struct {
        uint64_t account;
        int64_t change, balance;
    } seen[2];
};

struct model_record {
    uint8_t kind, op;
    uint64_t position;
    unsigned events;
    int64_t at;
    enum status refusal;
    int64_t refusal_balance;
    uint64_t refusal_version;
};

/* A command as it was first given. */
struct model_command {
    enum op op;
    union {
        struct create_account create;
        struct move_money move;
        struct transfer_money transfer;
    } args;
};

struct model_key {
    struct text principal;
    char key[MODEL_KEY_MAX];
    uint64_t record;
    struct model_command first;
};

struct model_counts {
    struct model_account accounts[MODEL_ACCOUNTS_MAX];
    size_t account_count, event_count, record_count, key_count;
    int64_t at;
    bool only_imports;
};

struct model {
    struct model_counts now;
    struct model_event *events;   /* event n is position n + 1 */
    struct model_record *records; /* record n is number n + 1 */
    struct model_key *keys;
    size_t event_room, record_room, key_room;
};

/* What a command must answer. */
struct model_answer {
    enum verdict verdict;
    enum status status;
    uint64_t record; /* ACCEPTED, REFUSED: its number, 0 when not stored; KNOWN: the one known */
    bool same;       /* KNOWN: the command is the first one again */
    int64_t refusal_balance;
    uint64_t refusal_version;
};

void model_init(struct model *model);
void model_close(struct model *model);
/* Runs a list of requests at that wall clock; answers in the order of all their commands. */
void model_run(struct model *model, const struct engine_request *requests, int64_t wall,
               struct model_answer *answers);
/* Forgets everything since `counts` was copied from `now`. */
void model_back(struct model *model, const struct model_counts *counts);

const struct model_account *model_find(const struct model *model, uint64_t number);
