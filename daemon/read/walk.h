/* Walking an account's history: from record to record along the chain in the journal, and by the
 * steps of views.db to a place far away. */
#pragma once

#include "read/views.h"

struct walk {
    struct views *views; /* held */
    uint64_t account;
    struct record record; /* where it stands; texts are good until the next move */
    unsigned leg;         /* the account's in it */
};

enum walk_moved {
    WALK_STANDS,
    WALK_END,    /* before the account's first record */
    WALK_FAILED, /* logged */
};

/* Nothing but walking is done with the views until the end. */
void walk_begin(struct walk *walk, struct views *views, uint64_t account);
void walk_end(struct walk *walk);

enum walk_moved walk_to(struct walk *walk, uint64_t record) MUST_USE;
enum walk_moved walk_back(struct walk *walk) MUST_USE;
static inline const struct leg *walk_leg(const struct walk *walk)
{
    return &walk->record.legs[walk->leg];
}

/* The number of the step whose block this record closes; 0: it closes none. */
uint64_t walk_step(const struct walk *walk);

enum walk_key { WALK_POSITION, WALK_AT };
/* The first of steps 1 ... count at which the key has reached `value`; step 0 in *out when none
 * has. Everything of the account behind that step has a greater key. */
bool walk_find_step(struct views *views, uint64_t account, uint64_t count, enum walk_key key,
                    int64_t value, struct step_row *out) MUST_USE;

/* From where it stands, back to the account's last record before `time`. */
enum walk_moved walk_before(struct walk *walk, int64_t time) MUST_USE;
