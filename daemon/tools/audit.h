/* The audit: reads a journal from its first record and holds every promise against it, with its
 * own arithmetic. It shares no code with the decisions, so that a mistake there shows here.
 *
 * Checked: numbers, positions and versions without gaps; the hash chain; times that grow; links
 * to previous records; balances that are never negative and equal the last one plus the change;
 * changes that equal the amounts; both sides of a transfer; one currency an account; sums. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "journal/journal.h"

#define AUDIT_FINDING_MAX 256

struct audit;

struct audit_report {
    struct journal_head head; /* where the reading ended */
    uint64_t accounts, commands, refusals;
    bool sound;
    char finding[AUDIT_FINDING_MAX]; /* the first difference, when not sound */
};

/* `old_until`: of the journal that is read, see journal_hash. */
struct audit *audit_new(uint64_t old_until);
void audit_free(struct audit **audit);
/* The next record in order. False: the finding is set and the audit is over. */
bool audit_record(struct audit *audit, const struct record *record, const uint8_t *hash,
                  struct text body) MUST_USE;
/* The sums at the end. */
void audit_finish(struct audit *audit, struct audit_report *out);
