/* A bank's past in the format of `tellerd import`: first the accounts, then fourteen months of
 * transfers between all but the first two of them. The first account gets as many deposits as the
 * scale says, the second 50; in the last month both get 25, so that their statements of that month
 * are equally long. */
#pragma once

#include "bench.h"

#define PAST_MONTHS 14
#define PAST_DEPOSITS 50   /* of the second account */
#define PAST_LAST_MONTH 25 /* of each of the two in the last month */

/* Both write a file; false: said why. */
bool past_accounts(const struct scale *scale, const struct crowd *crowd, const char *path) MUST_USE;
bool past_transfers(const struct scale *scale, struct crowd *crowd, const char *path) MUST_USE;
/* The last month of it, as months are counted; it is over. */
int32_t past_last_month(void);
/* The owner of an account: two made-up names, of which there are many. */
void past_owner(size_t index, char out[64]);
