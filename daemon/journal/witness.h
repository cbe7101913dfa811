/* The head witness: a small file beside the journal that says how far it had come, so that a
 * journal which has lost its end, or was exchanged, is not taken for the whole. Private to this
 * room; the writer's thread only.
 *
 * Written after the journal and by rename. It is not fsynced while the bank runs: a witness that
 * is old protects a second less, and one that a crash has torn is known by its checksum. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "journal/journal.h"

#define WITNESS_PATH_MAX 1100

/* "x/journal.db" has "x/journal.head". False when the path is too long. */
bool witness_path(const char *journal_path, char out[WITNESS_PATH_MAX]) MUST_USE;
/* `durable`: with fsync, for the last one at close. False: logged, and the old one stays. */
bool witness_write(const char *path, const struct journal_head *head, bool durable) MUST_USE;

enum witness_read { WITNESS_OK, WITNESS_NONE, WITNESS_TORN, WITNESS_FAILED };
/* Fills record, position and hash. */
enum witness_read witness_read(const char *path, struct journal_head *out) MUST_USE;
