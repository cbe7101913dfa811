#include "webhooks/outbox.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "webhooks/outbox_sql.h"

static int64_t whole(uint64_t value)
{
    return (int64_t)value;
}

static void take_text(sqlite3_stmt *row, int column, char *out, size_t size)
{
    const unsigned char *text = sqlite3_column_text(row, column);

    snprintf(out, size, "%s", text == NULL ? "" : (const char *)text);
}

/* ---- checkpoint */

bool outbox_checkpoint(struct outbox *outbox, uint64_t *record, uint8_t hash[JOURNAL_HASH_SIZE])
{
    sqlite3_stmt *row = outbox_bind(outbox, SQL_CHECKPOINT, "");
    bool failed, sound;

    if (!outbox_step(outbox, row, &failed))
        return false;
    *record = (uint64_t)sqlite3_column_int64(row, 0);
    const void *blob = sqlite3_column_blob(row, 1);
    sound = blob != NULL && sqlite3_column_bytes(row, 1) == JOURNAL_HASH_SIZE;
    if (sound)
        memcpy(hash, blob, JOURNAL_HASH_SIZE);
    (void)sqlite3_reset(row);
    return sound;
}

bool outbox_set_checkpoint(struct outbox *outbox, uint64_t record,
                           const uint8_t hash[JOURNAL_HASH_SIZE])
{
    return outbox_write(outbox, outbox_bind(outbox, SQL_SET_CHECKPOINT, "ib", whole(record), hash,
                                            (size_t)JOURNAL_HASH_SIZE));
}

/* ---- endpoints */

static void take_secret(sqlite3_stmt *row, int column, struct signature_secret *out)
{
    const void *blob = sqlite3_column_blob(row, column);
    int size = sqlite3_column_bytes(row, column);

    *out = (struct signature_secret){0};
    if (blob == NULL || size <= 0 || size > SIGNATURE_SECRET_MAX)
        return;
    memcpy(out->bytes, blob, (size_t)size);
    out->size = (size_t)size;
}

static void take_accounts(sqlite3_stmt *row, int column, struct outbox_endpoint *out)
{
    const void *blob = sqlite3_column_blob(row, column);
    size_t count = (size_t)sqlite3_column_bytes(row, column) / sizeof(uint64_t);

    if (blob == NULL || count == 0)
        return;
    struct bytes_reader reader = bytes_reader(blob, count * sizeof(uint64_t));
    out->accounts = calloc(count, sizeof *out->accounts);
    CHECK(out->accounts != NULL);
    for (size_t i = 0; i < count; i++)
        out->accounts[i] = bytes_get_u64(&reader);
    out->account_count = count;
}

static struct outbox_endpoint take_endpoint(sqlite3_stmt *row)
{
    struct outbox_endpoint endpoint = {
        .number = sqlite3_column_int64(row, 0),
        .types = (uint32_t)sqlite3_column_int64(row, 3),
        .old_until = sqlite3_column_int64(row, 7),
        .enabled = sqlite3_column_int64(row, 8) != 0,
        .lasting = sqlite3_column_int64(row, 9) != 0,
        .reason = (uint8_t)sqlite3_column_int64(row, 10),
        .created_at = sqlite3_column_int64(row, 11),
        .failing_since = sqlite3_column_int64(row, 12),
        .last_at = sqlite3_column_int64(row, 13),
        .last_status = (unsigned)sqlite3_column_int64(row, 14),
        .position = (uint64_t)sqlite3_column_int64(row, 16),
    };

    take_text(row, 1, endpoint.id, sizeof endpoint.id);
    take_text(row, 2, endpoint.url, sizeof endpoint.url);
    take_accounts(row, 4, &endpoint);
    take_secret(row, 5, &endpoint.secret);
    take_secret(row, 6, &endpoint.old_secret);
    take_text(row, 15, endpoint.last_error, sizeof endpoint.last_error);
    return endpoint;
}

bool outbox_endpoints(struct outbox *outbox,
                      void (*each)(void *context, struct outbox_endpoint *endpoint), void *context)
{
    sqlite3_stmt *row = outbox_bind(outbox, SQL_ENDPOINTS, "");
    bool failed;

    while (outbox_step(outbox, row, &failed)) {
        struct outbox_endpoint endpoint = take_endpoint(row);
        each(context, &endpoint);
    }
    return !failed;
}

bool outbox_add_endpoint(struct outbox *outbox, struct outbox_endpoint *endpoint)
{
    if (!outbox_write(outbox, outbox_bind(outbox, SQL_ADD_ENDPOINT, "tii", endpoint->id,
                                          endpoint->created_at, (int64_t)endpoint->lasting)))
        return false;
    endpoint->number = sqlite3_last_insert_rowid(outbox->db);
    return outbox_save_endpoint(outbox, endpoint);
}

bool outbox_save_endpoint(struct outbox *outbox, const struct outbox_endpoint *endpoint)
{
    struct bytes accounts;
    bool saved;

    bytes_init(&accounts, ARG_ACCOUNTS_MAX * sizeof(uint64_t));
    for (size_t i = 0; i < endpoint->account_count; i++)
        bytes_put_u64(&accounts, endpoint->accounts[i]);
    CHECK(!accounts.overflow);
    saved = outbox_write(
        outbox,
        outbox_bind(outbox, SQL_SAVE_ENDPOINT, "itibbbiiiiiiti", endpoint->number, endpoint->url,
                    (int64_t)endpoint->types, (const void *)accounts.data, accounts.size,
                    (const void *)endpoint->secret.bytes, endpoint->secret.size,
                    (const void *)endpoint->old_secret.bytes, endpoint->old_secret.size,
                    endpoint->old_until, (int64_t)endpoint->enabled, (int64_t)endpoint->reason,
                    endpoint->failing_since, endpoint->last_at, (int64_t)endpoint->last_status,
                    endpoint->last_error, whole(endpoint->position)));
    bytes_close(&accounts);
    return saved;
}

bool outbox_delete_endpoint(struct outbox *outbox, int64_t endpoint)
{
    return outbox_write(outbox, outbox_bind(outbox, SQL_DELETE_ENDPOINT, "i", endpoint));
}

/* ---- deliveries */

bool outbox_put(struct outbox *outbox, int64_t endpoint, const struct outbox_letter *letter)
{
    return outbox_write(outbox, outbox_bind(outbox, SQL_PUT, "iiiiiiiiiit", endpoint,
                                            whole(letter->position), whole(letter->record),
                                            whole(letter->accounts[0]), whole(letter->accounts[1]),
                                            (int64_t)letter->index, (int64_t)letter->type,
                                            (int64_t)letter->state, (int64_t)letter->attempts,
                                            letter->next_at, letter->id));
}

bool outbox_add_attempt(struct outbox *outbox, int64_t endpoint, uint64_t position,
                        const struct outbox_attempt *attempt, unsigned keep)
{
    return outbox_write(outbox,
                        outbox_bind(outbox, SQL_ADD_ATTEMPT, "iiiiitb", endpoint, whole(position),
                                    attempt->at, attempt->duration_us, (int64_t)attempt->status,
                                    attempt->error, (const void *)attempt->answer.data,
                                    attempt->answer.size)) &&
           outbox_write(outbox, outbox_bind(outbox, SQL_CUT_ATTEMPTS, "iii", endpoint,
                                            whole(position), (int64_t)keep));
}

bool outbox_prune(struct outbox *outbox, int64_t endpoint, uint64_t cursor, unsigned keep,
                  uint64_t *count)
{
    if (!outbox_write(
            outbox, outbox_bind(outbox, SQL_PRUNE, "iii", endpoint, whole(cursor), (int64_t)keep)))
        return false;
    *count = (uint64_t)sqlite3_changes64(outbox->db);
    return true;
}

bool outbox_counts(struct outbox *outbox, int64_t endpoint, struct outbox_counts *out)
{
    sqlite3_stmt *row = outbox_bind(outbox, SQL_COUNTS, "i", endpoint);
    bool failed;

    if (!outbox_step(outbox, row, &failed))
        return false;
    *out = (struct outbox_counts){
        .waiting = (uint64_t)sqlite3_column_int64(row, 0),
        .delivered = (uint64_t)sqlite3_column_int64(row, 1),
        .dead = (uint64_t)sqlite3_column_int64(row, 2),
        .last = (uint64_t)sqlite3_column_int64(row, 3),
    };
    (void)sqlite3_reset(row);
    return true;
}

static struct outbox_letter take_letter(sqlite3_stmt *row)
{
    struct outbox_letter letter = {
        .position = (uint64_t)sqlite3_column_int64(row, 0),
        .record = (uint64_t)sqlite3_column_int64(row, 1),
        .accounts = {(uint64_t)sqlite3_column_int64(row, 2),
                     (uint64_t)sqlite3_column_int64(row, 3)},
        .index = (uint8_t)sqlite3_column_int64(row, 4),
        .type = (uint8_t)sqlite3_column_int64(row, 5),
        .state = (uint8_t)sqlite3_column_int64(row, 6),
        .attempts = (unsigned)sqlite3_column_int64(row, 7),
        .next_at = sqlite3_column_int64(row, 8),
    };

    take_text(row, 9, letter.id, sizeof letter.id);
    return letter;
}

static enum outbox_found find_one(struct outbox *outbox, sqlite3_stmt *row,
                                  struct outbox_letter *out)
{
    bool failed;

    if (!outbox_step(outbox, row, &failed))
        return failed ? OUTBOX_FAILED : OUTBOX_NONE;
    *out = take_letter(row);
    (void)sqlite3_reset(row);
    return OUTBOX_FOUND;
}

enum outbox_found outbox_at(struct outbox *outbox, int64_t endpoint, uint64_t position,
                            struct outbox_letter *out)
{
    return find_one(outbox, outbox_bind(outbox, SQL_AT, "ii", endpoint, whole(position)), out);
}

enum outbox_found outbox_find(struct outbox *outbox, int64_t endpoint, struct text id,
                              struct outbox_letter *out)
{
    char copy[PAYLOAD_ID_MAX];

    if (id.size >= sizeof copy || memchr(id.data, '\0', id.size) != NULL)
        return OUTBOX_NONE;
    memcpy(copy, id.data, id.size);
    copy[id.size] = '\0';
    return find_one(outbox, outbox_bind(outbox, SQL_FIND, "it", endpoint, copy), out);
}

/* Of an account's two ends, by the one column and by the other, the one that is wanted. */
static enum outbox_found end_of(struct outbox *outbox, int64_t endpoint, uint64_t account,
                                bool last, struct outbox_letter *out)
{
    struct outbox_letter other;
    enum outbox_found by = find_one(
        outbox,
        outbox_bind(outbox, last ? SQL_LAST_BY : SQL_FIRST_BY, "ii", endpoint, whole(account)),
        out);
    enum outbox_found with = find_one(
        outbox,
        outbox_bind(outbox, last ? SQL_LAST_WITH : SQL_FIRST_WITH, "ii", endpoint, whole(account)),
        &other);

    if (by == OUTBOX_FAILED || with == OUTBOX_FAILED)
        return OUTBOX_FAILED;
    if (with == OUTBOX_FOUND && (by == OUTBOX_NONE || (last ? other.position > out->position
                                                            : other.position < out->position)))
        *out = other;
    return by == OUTBOX_FOUND ? by : with;
}

enum outbox_found outbox_first_of(struct outbox *outbox, int64_t endpoint, uint64_t account,
                                  struct outbox_letter *out)
{
    return end_of(outbox, endpoint, account, false, out);
}

enum outbox_found outbox_last_of(struct outbox *outbox, int64_t endpoint, uint64_t account,
                                 struct outbox_letter *out)
{
    return end_of(outbox, endpoint, account, true, out);
}

static bool each_row(struct outbox *outbox, sqlite3_stmt *row,
                     void (*each)(void *context, const struct outbox_letter *letter), void *context)
{
    bool failed;

    while (outbox_step(outbox, row, &failed)) {
        struct outbox_letter letter = take_letter(row);
        each(context, &letter);
    }
    return !failed;
}

bool outbox_heads(struct outbox *outbox, int64_t endpoint, uint64_t from, size_t limit,
                  void (*each)(void *context, const struct outbox_letter *letter), void *context)
{
    return each_row(outbox,
                    outbox_bind(outbox, SQL_HEADS, "iii", endpoint, whole(from), (int64_t)limit),
                    each, context);
}

bool outbox_rows(struct outbox *outbox, int64_t endpoint, uint32_t states, uint64_t from,
                 bool newest_first, size_t limit,
                 void (*each)(void *context, const struct outbox_letter *letter), void *context)
{
    return each_row(outbox,
                    outbox_bind(outbox, newest_first ? SQL_NEWEST : SQL_OLDEST, "iiii", endpoint,
                                (int64_t)states, whole(from), (int64_t)limit),
                    each, context);
}

bool outbox_attempts(struct outbox *outbox, int64_t endpoint, uint64_t position,
                     void (*each)(void *context, const struct outbox_attempt *attempt),
                     void *context)
{
    sqlite3_stmt *row = outbox_bind(outbox, SQL_ATTEMPTS, "ii", endpoint, whole(position));
    bool failed;

    while (outbox_step(outbox, row, &failed)) {
        struct outbox_attempt attempt = {
            .at = sqlite3_column_int64(row, 0),
            .duration_us = sqlite3_column_int64(row, 1),
            .status = (unsigned)sqlite3_column_int64(row, 2),
            .error = (const char *)sqlite3_column_text(row, 3),
            .answer = {sqlite3_column_blob(row, 4), (size_t)sqlite3_column_bytes(row, 4)},
        };
        each(context, &attempt);
    }
    return !failed;
}

bool outbox_replay(struct outbox *outbox, int64_t endpoint, uint64_t after)
{
    return outbox_write(outbox,
                        outbox_bind(outbox, SQL_REPLAY_OPEN, "ii", endpoint, whole(after))) &&
           outbox_write(outbox, outbox_bind(outbox, SQL_REPLAY_DONE, "ii", endpoint, whole(after)));
}

bool outbox_revive(struct outbox *outbox, int64_t endpoint, int64_t next_at, uint64_t *count)
{
    if (!outbox_write(outbox, outbox_bind(outbox, SQL_REVIVE, "ii", endpoint, next_at)))
        return false;
    *count = (uint64_t)sqlite3_changes64(outbox->db);
    return true;
}
