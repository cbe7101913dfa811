/* A statement for people and their spreadsheets: the same figures as the JSON one, with amounts
 * in major units and the currency's decimals. Both append. */
#pragma once

#include "base/bytes.h"
#include "contract/results.h"

/* RFC 4180 with a header row: the opening balance, one row a movement, the closing balance. */
void statement_csv(struct bytes *out, const struct statement_result *statement);
/* Fixed columns; the reference, whose width nobody can know, stands last. */
void statement_plain(struct bytes *out, const struct statement_result *statement);
