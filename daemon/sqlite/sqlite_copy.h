/* A copy of a database file taken through SQLite, beside whoever writes it. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/check.h"

/* Copies one committed state of `source` to `target`, which must not exist, and fsyncs it (VACUUM
 * INTO does not). The writer goes on meanwhile. False: `why` says what failed. Any thread. */
bool sqlite_copy(const char *source, const char *target, char *why, size_t size) MUST_USE;
