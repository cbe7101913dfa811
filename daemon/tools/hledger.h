/* A record as a transaction of hledger's journal format, with a balance assertion on each of the
 * bank's accounts, so that hledger itself checks every balance:
 * https://hledger.org/journal.html (1.25, Debian 12). */
#pragma once

#include "base/bytes.h"
#include "domain/record.h"

void hledger_write(const struct record *record, struct bytes *out); /* refusals write nothing */
