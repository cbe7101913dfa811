/* An intent: one thing a person confirmed, with the idempotency key it will be known by for ever.
 * It is on disk before the first send and stays there until its outcome is known. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/money.h"
#include "contract/messages.h"
#include "contract/results.h"
#include "model/account_list.h"
#include "model/history.h"

#define INTENT_KEY_MAX 48
#define INTENT_ENDPOINT_MAX 256
#define INTENT_DETAIL_MAX 256
#define INTENT_TEXT_MAX 4096

enum intent_state {
    INTENT_SENDING, /* asked, and waiting for the reply */
    INTENT_UNKNOWN, /* the reply was lost: asking for the outcome */
    INTENT_DONE,
    INTENT_REFUSED
};

struct intent {
    char key[INTENT_KEY_MAX];
    enum op op;          /* one of the four commands */
    uint64_t account;    /* deposit, withdrawal; from, of a transfer; new: 0 until done */
    uint64_t to;         /* transfer */
    struct money amount; /* or the initial balance */
    uint16_t currency;
    char owner[OWNER_BYTES_MAX]; /* of account; of the new one */
    char to_owner[OWNER_BYTES_MAX];
    char reference[REFERENCE_BYTES_MAX];
    int64_t at; /* when it was confirmed: this machine's clock, microseconds */
    char endpoint[INTENT_ENDPOINT_MAX]; /* the bank it was meant for */
    uint64_t who;                       /* fingerprint of the API key it was confirmed under */

    enum intent_state state;        /* from here on not on disk */
    bool recovered;                 /* found on disk at the start */
    uint64_t position;              /* done */
    struct money balance;           /* done */
    enum status status;             /* refused */
    char detail[INTENT_DETAIL_MAX]; /* refused, or why it is kept */
};

/* One field a line, text fields last. */
void intent_write(const struct intent *intent, struct bytes *out);
bool intent_read(struct text text, struct intent *out) MUST_USE;
/* "Withdraw 250.00 EUR · 10000 00420" */
#define INTENT_SHOW_MAX 160
const char *intent_show(const struct intent *intent, char out[INTENT_SHOW_MAX]);
const char *intent_verb(enum op op); /* "Deposit" */

/* Where intents are kept. All three say false when the disk does not do it. */
struct intent_store {
    bool (*put)(struct intent_store *store, const char *key, struct text text);
    bool (*remove)(struct intent_store *store, const char *key);
    /* Takes over what an earlier console left and no living one owns; calls `found` for each. */
    bool (*recover)(struct intent_store *store, void (*found)(void *context, struct text text),
                    void *context);
    void (*close)(struct intent_store *store);
};
