/* What a receiver is told: the body, and the id that stays over retries. Both come from the record
 * and nothing else, so they are the same at every attempt. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "domain/record.h"
#include "journal/journal.h"

#define PAYLOAD_MAX 16384 /* bytes of a body; the largest is far below */
#define PAYLOAD_ID_MAX 40

/* From the endpoint's id, the record's hash and which of its events it is: a journal that was
 * restored and went another way never gives the same id to another event. */
void payload_id(struct text endpoint, const uint8_t hash[JOURNAL_HASH_SIZE], unsigned index,
                char out[PAYLOAD_ID_MAX]);
/* Event `index` of the record. `owner` is that of the account of a BalanceUpdated. */
void payload_write(const struct record *record, unsigned index, struct text owner,
                   struct bytes *out);
/* TestWebhook's: no event, and not to be taken for one. */
void payload_write_test(struct text endpoint, int64_t now, struct bytes *out);
