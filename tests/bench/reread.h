/* One client among many who posts a transfer and, once it is acknowledged, asks for the balance of
 * the account it came from; how long that takes, and whether it saw the transfer. */
#pragma once

#include "http_conn.h"
#include "recipe.h"
#include "stats.h"

struct reread {
    struct recipe *transfer, *balance;
    struct histogram latency; /* of the balance */
    bool asking;              /* the balance is under way */
    size_t account;
    int64_t written; /* position of the transfer */
    uint64_t seen;   /* balances that showed it */
};

bool reread_send(struct reread *reread, struct http_conn *conn, struct crowd *crowd) MUST_USE;
bool reread_take(struct reread *reread, struct http_conn *conn, int64_t now) MUST_USE;
