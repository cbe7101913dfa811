/* outbox.db: endpoints, their cursors, the deliveries that are waiting, dead or lately delivered,
 * and their attempts. One thread, one connection, the file's only writer.
 *
 * A write begins a transaction when none is open; outbox_commit makes it durable. After any write
 * or commit that failed (logged) the transaction is gone: outbox_rollback, and load anew. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/check.h"
#include "contract/args.h"
#include "contract/results.h"
#include "journal/journal.h"
#include "webhooks/payload.h"
#include "webhooks/signature.h"

#define OUTBOX_ID_MAX 32
#define OUTBOX_ERROR_MAX 32

enum outbox_reason { /* permanent numbers: why an endpoint is off */
                     OUTBOX_REASON_NONE = 0,
                     OUTBOX_REASON_REQUEST = 1,
                     OUTBOX_REASON_GONE = 2,
                     OUTBOX_REASON_FAILING = 3,
                     OUTBOX_REASON_NO_OPTION = 4, /* tellerd runs without --webhook */
};

struct outbox_endpoint {
    int64_t number; /* 0: not stored yet */
    char id[OUTBOX_ID_MAX];
    char url[ARG_URL_MAX + 1];
    uint32_t types;
    uint64_t *accounts; /* sorted; NULL: all */
    size_t account_count;
    struct signature_secret secret, old_secret;
    int64_t old_until; /* the old one signs too, until then; 0: there is none */
    bool enabled, lasting;
    uint8_t reason; /* enum outbox_reason */
    int64_t created_at, failing_since, last_at;
    unsigned last_status;
    char last_error[OUTBOX_ERROR_MAX]; /* "": none */
    uint64_t position;                 /* the cursor */
};

/* How a delivery is stored. REPLAYED: delivered once, and to be sent again because it is behind
 * the cursor. Permanent numbers; the first three are those of enum delivery_state. */
enum outbox_state {
    OUTBOX_WAITING = 0,
    OUTBOX_DELIVERED = 1,
    OUTBOX_DEAD = 2,
    OUTBOX_REPLAYED = 3
};
#define OUTBOX_STATE_BIT(state) (1u << (state))

struct outbox_letter {
    uint64_t position, record;
    uint64_t accounts[2]; /* the second is 0 but for transfers */
    uint8_t index, type, state;
    unsigned attempts;
    int64_t next_at;
    char id[PAYLOAD_ID_MAX];
};

struct outbox_attempt {
    int64_t at, duration_us;
    unsigned status;
    const char *error; /* NULL: none */
    struct text answer;
};

struct outbox_counts {
    uint64_t waiting, delivered, dead;
    uint64_t last; /* the highest position there is a row of */
};

struct outbox;

enum outbox_open_result { OUTBOX_OPEN_OK, OUTBOX_OPEN_NEWER, OUTBOX_OPEN_FAILED };
enum outbox_open_result outbox_open(const char *path, struct outbox **out) MUST_USE;
void outbox_close(struct outbox **outbox); /* what is not committed is given up */

bool outbox_commit(struct outbox *outbox) MUST_USE; /* true also when there is nothing to */
void outbox_rollback(struct outbox *outbox);

/* The last record of the journal that was looked at, and its hash. */
bool outbox_checkpoint(struct outbox *outbox, uint64_t *record,
                       uint8_t hash[JOURNAL_HASH_SIZE]) MUST_USE;
bool outbox_set_checkpoint(struct outbox *outbox, uint64_t record,
                           const uint8_t hash[JOURNAL_HASH_SIZE]) MUST_USE;

/* Each gets its endpoint to keep, accounts included. */
bool outbox_endpoints(struct outbox *outbox,
                      void (*each)(void *context, struct outbox_endpoint *endpoint),
                      void *context) MUST_USE;
bool outbox_add_endpoint(struct outbox *outbox, struct outbox_endpoint *endpoint) MUST_USE;
bool outbox_save_endpoint(struct outbox *outbox, const struct outbox_endpoint *endpoint) MUST_USE;
bool outbox_delete_endpoint(struct outbox *outbox, int64_t endpoint) MUST_USE;

/* Adds the row or brings it up to date; its attempts stay. */
bool outbox_put(struct outbox *outbox, int64_t endpoint,
                const struct outbox_letter *letter) MUST_USE;
/* The row of a letter must be there. Of its attempts the newest `keep` stay. */
bool outbox_add_attempt(struct outbox *outbox, int64_t endpoint, uint64_t position,
                        const struct outbox_attempt *attempt, unsigned keep) MUST_USE;
/* All delivered ones up to the cursor but the newest `keep` go. Those beyond it are the only proof
 * that they were sent. */
bool outbox_prune(struct outbox *outbox, int64_t endpoint, uint64_t cursor, unsigned keep,
                  uint64_t *count) MUST_USE;
bool outbox_counts(struct outbox *outbox, int64_t endpoint, struct outbox_counts *out) MUST_USE;

enum outbox_found { OUTBOX_FOUND, OUTBOX_NONE, OUTBOX_FAILED };
enum outbox_found outbox_at(struct outbox *outbox, int64_t endpoint, uint64_t position,
                            struct outbox_letter *out) MUST_USE;
enum outbox_found outbox_find(struct outbox *outbox, int64_t endpoint, struct text id,
                              struct outbox_letter *out) MUST_USE;
/* The first, and the last, that waits and names an account. */
enum outbox_found outbox_first_of(struct outbox *outbox, int64_t endpoint, uint64_t account,
                                  struct outbox_letter *out) MUST_USE;
enum outbox_found outbox_last_of(struct outbox *outbox, int64_t endpoint, uint64_t account,
                                 struct outbox_letter *out) MUST_USE;
/* Those that wait from a position on, and before which none of their accounts waits. */
bool outbox_heads(struct outbox *outbox, int64_t endpoint, uint64_t from, size_t limit,
                  void (*each)(void *context, const struct outbox_letter *letter),
                  void *context) MUST_USE;
/* Rows in the states of a mask: oldest first from `from`, or newest first before `from`. */
bool outbox_rows(struct outbox *outbox, int64_t endpoint, uint32_t states, uint64_t from,
                 bool newest_first, size_t limit,
                 void (*each)(void *context, const struct outbox_letter *letter),
                 void *context) MUST_USE;
bool outbox_attempts(struct outbox *outbox, int64_t endpoint, uint64_t position,
                     void (*each)(void *context, const struct outbox_attempt *attempt),
                     void *context) MUST_USE;

/* Before sending again all after a position: what waits or is dead there is no row any more. */
bool outbox_replay(struct outbox *outbox, int64_t endpoint, uint64_t after) MUST_USE;
/* Dead ones wait again, from the first attempt on. */
bool outbox_revive(struct outbox *outbox, int64_t endpoint, int64_t next_at,
                   uint64_t *count) MUST_USE;
