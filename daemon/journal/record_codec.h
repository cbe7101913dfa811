/* The stored form of a record: versioned, compact, frozen. Version 1 is little-endian with
 * varints; its layout is written down in record_codec.c and pinned by golden bytes in the tests.
 * A newer version gets its own writer and keeps the old reader. */
#pragma once

#include <stdbool.h>

#include "base/bytes.h"
#include "base/check.h"
#include "domain/record.h"

#define RECORD_VERSION 1

/* Appends. CHECKs that the record is sound, by the same rules that record_decode demands: nothing
 * gets into the journal that could not be read back. */
void record_encode(const struct record *record, struct bytes *out);
/* `number` is the row's; texts of *out point into `body`. False: not a sound body. */
bool record_decode(uint64_t number, struct text body, struct record *out) MUST_USE;
