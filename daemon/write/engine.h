/* The engine: the write side. Takes commands in batches, decides each on the loaded account
 * states, appends the records in one commit, and only then completes the requests.
 *
 * Two layers. `struct engine` is the machine itself: no threads, no waiting, driven step by step
 * by the simulation, the import tool and the tests. engine_thread.h puts it on a thread behind a
 * bounded queue. Everything here runs on one thread, whoever drives it. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "base/text.h"
#include "contract/messages.h"
#include "domain/decide.h"
#include "domain/record.h"
#include "host/clock.h"
#include "host/entropy.h"
#include "journal/journal.h"

/* How a command ended. */
enum verdict {
    VERDICT_NONE,        /* not run: its atomic batch failed elsewhere, see `status` */
    VERDICT_ACCEPTED,    /* `record` is on disk */
    VERDICT_REFUSED,     /* `record` is RECORD_REFUSED; on disk (number > 0) when it had a key */
    VERDICT_KNOWN,       /* the key is known: record number `known` answers (read and compare it) */
    VERDICT_UNKNOWN_KEY, /* GetOutcome only: nobody used this key */
    VERDICT_FAILED,      /* `status` says why: unavailable, batch_aborted, idempotency_key_reused */
};

/* One command of a request. The owner of the request fills the first part and keeps args and
 * texts alive until completion. */
struct engine_command {
    enum op op;       /* one of the four commands, OP_GET_OUTCOME or OP_ABANDON_KEY */
    const void *args; /* create_account, move_money, transfer_money; NULL for the lookups */
    struct text key;  /* absent: none */
    int64_t at;       /* import only: the time to give it; 0: the engine's clock */
    bool sealed;      /* by engine_seal: `digest` is there */

    enum verdict verdict;
    enum status status;
    struct record record;               /* ACCEPTED, REFUSED: texts are the request's */
    uint64_t known;                     /* KNOWN: a record number that is on disk by now */
    uint8_t digest[RECORD_DIGEST_SIZE]; /* of op and args, when there is a key: for comparing */
};

/* Works out the digest of a command with a key; on whatever thread has it, once it is filled. The
 * engine does it for those that come without, and has the less time to decide. */
void engine_seal(struct engine_command *command);
/* Whether a record with this digest was made by such a command, sealed by now. The digest is the
 * first half of a SHA-256; of records from before that, a BLAKE2b-128. */
bool engine_seal_is(const struct engine_command *command,
                    const uint8_t digest[RECORD_DIGEST_SIZE]) MUST_USE;

struct engine_request {
    struct engine_request *next; /* the engine's while it has the request, then the owner's */
    void *owner;                 /* never looked at */
    struct text actor;           /* as events show it */
    struct text principal;       /* whose key space */
    uint8_t channel;
    bool atomic;
    size_t count;
    struct engine_command *commands;
    struct engine_port *port; /* where it completes; engine_thread.h */
};

struct engine_config {
    struct journal *journal; /* not owned */
    struct clock *clock;
    struct entropy *entropy;
    const char *snapshot_path; /* NULL: no snapshots */
    /* Records between snapshots, more when they are large: at most 256 bytes are written a record.
     * It is done within half of that under load. 0: only at close. */
    uint64_t snapshot_every;
};

struct engine;

/* Loads the snapshot, replays what is behind it. NULL: the journal could not be read or does not
 * decode (logged). */
struct engine *engine_open(const struct engine_config *config) MUST_USE;
/* Writes a last snapshot when `clean`. */
void engine_close(struct engine **engine, bool clean);

/* Decides every request of the list in order and commits them as one batch (or several, bounded).
 * On return every request has its verdicts and may be answered. Requests are changed in place. */
void engine_run(struct engine *engine, struct engine_request *requests);
/* The two halves of it, for whoever gets a batch in parts: each list is decided within its call,
 * and the lists of any number of calls are committed together (or in several batches, bounded).
 * No verdict holds before engine_commit has returned. */
void engine_decide(struct engine *engine, struct engine_request *requests);
void engine_commit(struct engine *engine);
/* Whether a commit would write anything. */
bool engine_has_uncommitted(const struct engine *engine);

/* A slice of background work (snapshot, witness): about 0.05 ms, up to 1 ms when many records came
 * since the last one. */
enum engine_rest {
    ENGINE_REST,      /* nothing to do: once a second is enough */
    ENGINE_REST_SOON, /* more to do when the disk has caught up: in a millisecond */
    ENGINE_REST_MORE, /* more to do */
};
enum engine_rest engine_idle(struct engine *engine);

uint64_t engine_committed(const struct engine *engine); /* record on disk and answered */
int64_t engine_last_at(const struct engine *engine);
/* For audits and tools: the state of an account, good until the next call; NULL when it does not
 * exist. */
const struct account_state *engine_account(struct engine *engine, uint64_t account);
/* The record that bears this principal's key, 0 when nobody used it (import needs it ahead of
 * its rules about time). */
uint64_t engine_known(const struct engine *engine, struct text principal, struct text key);
/* True when every record so far came by import (CONTRACT 8). */
bool engine_only_imports(const struct engine *engine);
/* Whether the state was last built with the help of the snapshot. */
bool engine_used_snapshot(const struct engine *engine);
