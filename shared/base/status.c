#include "base/status.h"

#include <stddef.h>

#define STATUS_ROW(name, number, http, title, detail) {STATUS_##name, #name, http, title, detail},
static const struct status_row status_rows[] = {STATUS_TABLE(STATUS_ROW)};
#undef STATUS_ROW

#define STATUS_ROWS (sizeof(status_rows) / sizeof(status_rows[0]))

static const struct status_row *status_find(unsigned number)
{
    for (size_t i = 0; i < STATUS_ROWS; i++) {
        if ((unsigned)status_rows[i].status == number) {
            return &status_rows[i];
        }
    }
    return NULL;
}

const struct status_row *status_row(enum status status)
{
    const struct status_row *row = status_find((unsigned)status);
    CHECK(row != NULL);
    return row;
}

bool status_by_code(struct text code, enum status *out)
{
    for (size_t i = 0; i < STATUS_ROWS; i++) {
        if (text_is(code, status_rows[i].code)) {
            *out = status_rows[i].status;
            return true;
        }
    }
    return false;
}

bool status_is_known(unsigned number)
{
    return status_find(number) != NULL;
}

bool status_is_stored(enum status status)
{
    if (status == STATUS_idempotency_key_reused || status == STATUS_batch_aborted) {
        return false;
    }
    int http = status_row(status)->http;
    return status == STATUS_account_not_found || http == 409 || http == 422;
}
