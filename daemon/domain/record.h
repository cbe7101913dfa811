/* A record: one accepted command with what it did, or one refusal kept for its key. It is the
 * unit of the journal; the contract's events, every reply, and every account's state are rendered
 * from records and from nothing else.
 *
 * Texts belong to whoever filled the record (the request, or the decoded bytes). */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/money.h"
#include "base/status.h"
#include "base/text.h"
#include "contract/events.h"
#include "contract/problem.h"
#include "contract/results.h"

#define RECORD_LEGS_MAX 2
#define RECORD_DIGEST_SIZE 16
#define KEY_MAX 255
#define ACTOR_MAX 140

enum record_kind { /* permanent numbers: they are stored */
                   RECORD_ACCOUNT_CREATED = 1,
                   RECORD_MONEY_DEPOSITED = 2,
                   RECORD_MONEY_WITHDRAWN = 3,
                   RECORD_MONEY_TRANSFERRED = 4,
                   RECORD_REFUSED = 5, /* a refusal with a key, AbandonKey's included; no events */
};

/* What a record did to one account. Transfers: leg 0 is `from`, leg 1 is `to`. */
struct leg {
    uint64_t account;
    uint64_t version;         /* after the record: that of the account's last event in it */
    struct money balance;     /* after the record */
    struct money change;      /* signed; AccountCreated: the initial balance */
    uint64_t previous_record; /* the account's record before this one; 0: none */
};

struct record {
    uint64_t number;   /* 1, 2, 3 ... without gaps */
    uint64_t position; /* of its first event; refusals: the position the next event will have */
    int64_t at;
    uint8_t kind;      /* enum record_kind */
    uint8_t channel;   /* enum channel */
    uint8_t op;        /* enum record_op below: what was asked; refusals need it too */
    struct text actor; /* who did it, as events show it; the principal is record_principal() */
    struct text key;   /* absent: none was given */
    uint8_t digest[RECORD_DIGEST_SIZE]; /* of command and arguments; zero without a key */

    uint16_t currency;
    struct money amount;   /* movements; refusals: what was asked, 0 if nothing */
    struct text owner;     /* AccountCreated */
    struct text reference; /* movements; present, perhaps empty */
    struct leg legs[RECORD_LEGS_MAX];
    uint8_t leg_count;

    uint16_t refusal;             /* RECORD_REFUSED: enum status */
    struct money refusal_balance; /* insufficient_funds */
    uint64_t refusal_version;     /* version_conflict */
};

enum record_op { /* permanent numbers: they are stored, and digested */
                 RECORD_OP_CREATE_ACCOUNT = 1,
                 RECORD_OP_DEPOSIT_MONEY = 2,
                 RECORD_OP_WITHDRAW_MONEY = 3,
                 RECORD_OP_TRANSFER_MONEY = 4,
                 RECORD_OP_ABANDON_KEY = 5,
};

/* The principal whose key space the record's key is in: the actor without "@ATM-KEY". */
struct text record_principal(const struct record *record);

unsigned record_event_count(const struct record *record); /* 0 ... EVENTS_PER_RECORD_MAX */
/* Fills the record's events in order; returns how many. Texts are the record's. */
unsigned record_events(const struct record *record, struct event out[EVENTS_PER_RECORD_MAX]);
/* How many of the account's versions leg `index` takes: 2, or 1 for an opening with nothing. */
unsigned record_leg_events(const struct record *record, unsigned index);
/* Position of the BalanceUpdated of leg `index`; that of AccountCreated when there is none. */
uint64_t record_leg_position(const struct record *record, unsigned index);
/* Bits (1 << event type) of the events leg `index` puts into its account's history. */
uint32_t record_leg_types(const struct record *record, unsigned index);

/* The reply of an accepted record, first or replayed. A customer does not see the other side of
 * a transfer. `out` is one of the structs below, chosen by the kind. */
struct record_reply {
    struct account_result account;
    struct moved_result moved;
    struct transferred_result transferred;
    struct any any; /* points into this struct: do not copy it */
};
void record_reply(const struct record *record, bool for_customer, struct record_reply *out);
/* The problem of a refused record. */
void record_problem(const struct record *record, struct problem *out);
