/* Webhooks and their deliveries as the screens show them: copies of what the bank answered. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "contract/args.h"
#include "contract/results.h"

#define WEBHOOK_ID_BYTES (ARG_ID_MAX + 1)
#define WEBHOOK_URL_BYTES (ARG_URL_MAX + 1)
#define WEBHOOK_ERROR_BYTES 96
#define WEBHOOK_ANSWER_BYTES 256
#define WEBHOOK_ATTEMPTS_MAX 16 /* the last ones of a delivery */

struct webhook_row {
    char id[WEBHOOK_ID_BYTES];
    char url[WEBHOOK_URL_BYTES];
    char reason[WEBHOOK_ERROR_BYTES]; /* why it is off, or "" */
    char error[WEBHOOK_ERROR_BYTES];  /* of the last attempt, or "" */
    uint32_t types;
    uint8_t state;   /* enum webhook_state */
    size_t accounts; /* 0: all */
    uint64_t position, waiting, dead, status;
    int64_t failing_since, last_attempt_at; /* 0: none */
};

struct attempt_row {
    int64_t at;
    uint64_t status, duration_ms;
    char error[WEBHOOK_ERROR_BYTES];
    char answer[WEBHOOK_ANSWER_BYTES];
};

struct delivery_row {
    char id[WEBHOOK_ID_BYTES];
    uint64_t position, status;
    uint8_t type, state; /* enum event_type, enum delivery_state */
    int64_t next_attempt_at;
    char error[WEBHOOK_ERROR_BYTES];
    struct attempt_row attempts[WEBHOOK_ATTEMPTS_MAX]; /* oldest first */
    size_t attempt_count, attempts_all;
};

void webhook_row_from(struct webhook_row *row, const struct webhook_result *result);
void delivery_row_from(struct delivery_row *row, const struct delivery_result *result);
/* "500", "connect_failed", or "none yet" */
#define WEBHOOK_STATUS_MAX 128
const char *webhook_status(uint64_t status, const char *error, char out[WEBHOOK_STATUS_MAX]);
/* "BalanceUpdated, MoneyDeposited" */
#define WEBHOOK_TYPES_MAX 160
const char *webhook_types(uint32_t types, char out[WEBHOOK_TYPES_MAX]);
