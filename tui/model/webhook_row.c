#include "model/webhook_row.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* As much as fits; what is cut in the middle of a character shows as a mark. */
static void keep(char *out, size_t size, struct text text)
{
    size_t kept = text.size < size ? text.size : size - 1;
    if (kept > 0) {
        memcpy(out, text.data, kept);
    }
    out[kept] = '\0';
}

void webhook_row_from(struct webhook_row *row, const struct webhook_result *result)
{
    *row = (struct webhook_row){.types = result->types,
                                .state = result->state,
                                .accounts = result->accounts.count,
                                .position = result->position,
                                .waiting = result->waiting,
                                .dead = result->dead,
                                .status = result->last_status,
                                .failing_since = result->failing_since,
                                .last_attempt_at = result->last_attempt_at};
    keep(row->id, sizeof row->id, result->id);
    keep(row->url, sizeof row->url, result->url);
    keep(row->reason, sizeof row->reason, result->disabled_reason);
    keep(row->error, sizeof row->error, result->last_error);
}

void delivery_row_from(struct delivery_row *row, const struct delivery_result *result)
{
    const struct delivery_attempt *attempts = result->attempts.items;
    size_t all = result->attempts.count;
    size_t count = all < WEBHOOK_ATTEMPTS_MAX ? all : WEBHOOK_ATTEMPTS_MAX;
    *row = (struct delivery_row){.position = result->position,
                                 .status = result->status,
                                 .type = result->type,
                                 .state = result->state,
                                 .next_attempt_at = result->next_attempt_at,
                                 .attempt_count = count,
                                 .attempts_all = all};
    keep(row->id, sizeof row->id, result->id);
    keep(row->error, sizeof row->error, result->error);
    for (size_t i = 0; i < count; i++) {
        const struct delivery_attempt *attempt = &attempts[all - count + i];
        struct attempt_row *out = &row->attempts[i];
        out->at = attempt->at;
        out->status = attempt->status;
        out->duration_ms = attempt->duration_ms;
        keep(out->error, sizeof out->error, attempt->error);
        keep(out->answer, sizeof out->answer, attempt->answer);
    }
}

const char *webhook_status(uint64_t status, const char *error, char out[WEBHOOK_STATUS_MAX])
{
    if (status != 0) {
        (void)snprintf(out, WEBHOOK_STATUS_MAX, "%" PRIu64, status);
    } else {
        (void)snprintf(out, WEBHOOK_STATUS_MAX, "%s", error[0] != '\0' ? error : "none yet");
    }
    return out;
}

const char *webhook_types(uint32_t types, char out[WEBHOOK_TYPES_MAX])
{
    size_t size = 0;
    out[0] = '\0';
    for (unsigned type = 0; type < EVENT_TYPE_COUNT; type++) {
        if ((types >> type & 1u) != 0) {
            size += (size_t)snprintf(out + size, WEBHOOK_TYPES_MAX - size, "%s%s",
                                     size > 0 ? ", " : "", event_type_names[type]);
        }
    }
    return out;
}
