/* The fold: what one record does to the accounts in memory. */
#pragma once

#include <stdbool.h>

#include "base/check.h"
#include "domain/record.h"
#include "read/memory.h"

/* Applies every leg of the record under a lock the caller holds. A leg the account already has
 * (its row was written later than the checkpoint) is skipped, which may only happen up to record
 * `replayed`. `opening` belongs to AccountCreated and is taken or freed; NULL for other kinds.
 * False: the record does not join what memory knows, so that one of the two is damaged. */
bool fold_record(struct memory *memory, const struct record *record, uint64_t replayed,
                 struct opening *opening) MUST_USE;
