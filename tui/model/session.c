#include "model/session.h"

#include <stdlib.h>

void session_close(struct session *session)
{
    free(session->rows);
    *session = (struct session){0};
}

static struct session_total *total_of(struct session *session, uint16_t currency)
{
    for (size_t i = 0; i < session->total_count; i++) {
        if (session->totals[i].currency == currency) {
            return &session->totals[i];
        }
    }
    if (session->total_count == SESSION_CURRENCIES_MAX) {
        return NULL;
    }
    struct session_total *total = &session->totals[session->total_count++];
    total->currency = currency;
    return total;
}

static void count_posting(struct session *session, const struct intent *intent)
{
    struct session_total *total = total_of(session, intent->currency);
    session->posted++;
    if (total == NULL) {
        return;
    }
    struct money *sum = intent->op == OP_WITHDRAW_MONEY   ? &total->out
                        : intent->op == OP_TRANSFER_MONEY ? &total->moved
                                                          : &total->in;
    total->count++;
    total->beyond = !money_add(*sum, intent->amount, sum) || total->beyond;
}

/* Grows up to its bound, and then forgets the oldest. */
static struct intent *place_of(struct session *session)
{
    if (session->count == SESSION_ROWS_MAX) {
        struct intent *oldest = &session->rows[session->first];
        session->first = (session->first + 1) % SESSION_ROWS_MAX;
        return oldest;
    }
    if (session->count == session->capacity) {
        size_t capacity = session->capacity == 0 ? 16 : session->capacity * 2;
        session->capacity = capacity < SESSION_ROWS_MAX ? capacity : SESSION_ROWS_MAX;
        session->rows = realloc(session->rows, session->capacity * sizeof *session->rows);
        CHECK(session->rows != NULL);
    }
    return &session->rows[session->count++];
}

void session_add(struct session *session, const struct intent *intent)
{
    *place_of(session) = *intent;
    if (intent->recovered) {
        return;
    }
    if (intent->state == INTENT_DONE) {
        count_posting(session, intent);
    } else {
        session->refused++;
    }
}

const struct intent *session_row(const struct session *session, size_t newest_first)
{
    CHECK(newest_first < session->count);
    size_t index = session->first + session->count - 1 - newest_first;
    return &session->rows[index % session->capacity];
}
