#include "reread.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"

bool reread_send(struct reread *reread, struct http_conn *conn, struct crowd *crowd)
{
    struct recipe *recipe = reread->asking ? reread->balance : reread->transfer;
    if (reread->asking)
        recipe_about(recipe, crowd, reread->account, 0);
    else
        reread->account = recipe_fill(recipe, crowd, 0);
    return http_conn_send(conn, recipe->bytes.data, recipe->bytes.size);
}

bool reread_take(struct reread *reread, struct http_conn *conn, int64_t now)
{
    const char *position = strstr(conn->body, "\"position\":");
    if (conn->status != 200 || position == NULL) {
        fprintf(stderr, "bench: %d where a position was wanted: %.200s\n", conn->status,
                conn->body);
        return false;
    }
    int64_t at = strtoll(position + strlen("\"position\":"), NULL, 10);
    if (!reread->asking) {
        reread->written = at;
    } else if (at > reread->written) { /* the BalanceUpdated behind it, or a later one */
        reread->seen++;
        histogram_add(&reread->latency, now - conn->since_ns);
    } else {
        fprintf(stderr, "bench: a balance did not show an acknowledged transfer\n");
        return false;
    }
    reread->asking = !reread->asking;
    return true;
}

bool step_reread(struct bench *bench)
{
    static struct reread reread;
    struct recipe transfer, balance;
    const struct daemon *daemon = &bench->empty;
    recipe_http_transfer(&transfer, daemon->http, daemon->key, bench->keyed);
    recipe_http_balance(&balance, daemon->http, daemon->key);
    reread = (struct reread){.transfer = &transfer, .balance = &balance};
    struct load load = {
        .recipe = &transfer,
        .crowd = &bench->crowd,
        .window = bench->clients,
        .warm_s = bench->seconds / 8,
        .seconds = bench->seconds * 1.5,
        .reread = &reread,
    };
    bool done = http_load_run(&load, daemon->http, &bench->result) && reread.seen > 0;
    if (done)
        bench_add(bench, FIGURE_REREAD_P99, histogram_ms(&reread.latency, 990));
    recipe_close(&transfer);
    recipe_close(&balance);
    return done;
}
