/* A thread's own eyes on the read side: views and a journal reader. Ports and pool threads have
 * one each; nothing of it is shared. */
#pragma once

#include <stdbool.h>

#include "journal/journal.h"
#include "service/service.h"

struct reading {
    const struct service_config *config;
    struct views *views;
    struct journal_reader *journal;
    uint64_t known_record; /* the last one looked at by reading_seen, and what it said */
    int64_t known_at;
    uint64_t known_position;
};

bool reading_open(struct reading *reading, const struct service_config *config) MUST_USE;
void reading_close(struct reading *reading);

/* Runs a query, a search or GetChanges on the calling thread: fills status, and result and etag
 * or problem. The caller has waited for "seen". */
void reading_run(struct reading *reading, struct call *call);

/* Whether there is such an account, as far as is folded. False: call->problem says why not. */
bool reading_account_exists(struct reading *reading, struct call *call, uint64_t account) MUST_USE;

/* A record whose texts live in the arena. False: it cannot be read (logged). */
bool reading_record(struct reading *reading, uint64_t number, struct arena *arena,
                    struct record *out) MUST_USE;

/* Position of the last event that is folded; 0 when there is none or it cannot be told. */
uint64_t reading_position(struct reading *reading);
