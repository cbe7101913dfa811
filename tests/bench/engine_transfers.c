/* The engine alone: N random transfers in batches of 64, on a journal in memory, with a clock and
 * a randomness that are the same at every run. What it costs is counted by callgrind
 * (instructions.sh); nothing here measures time. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/currency.h"
#include "contract/args.h"
#include "journal/journal.h"
#include "write/engine.h"

#define ACCOUNTS 10000
#define BATCH 64
#define MOST 10000000

static uint64_t state = UINT64_C(88172645463325252);
static int64_t wall = INT64_C(1795000000000000);

static uint64_t draw(void)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state * UINT64_C(2685821657736338717);
}

static int64_t tell_wall(struct clock *clock)
{
    (void)clock;
    return wall += 10;
}

static int64_t tell_steady(struct clock *clock)
{
    (void)clock;
    return wall;
}

static void fill(struct entropy *entropy, void *out, size_t size)
{
    (void)entropy;
    for (size_t i = 0; i < size; i++)
        ((uint8_t *)out)[i] = (uint8_t)(draw() >> 56);
}

static struct engine_command commands[BATCH];
static uint64_t accounts[ACCOUNTS];

static bool run(struct engine *engine, size_t count)
{
    struct engine_request request = {
        .actor = TEXT("bench"),
        .principal = TEXT("bench"),
        .channel = CHANNEL_ZMQ,
        .count = count,
        .commands = commands,
    };
    engine_run(engine, &request);
    for (size_t i = 0; i < count; i++) {
        if (commands[i].verdict != VERDICT_ACCEPTED)
            return false;
    }
    return true;
}

static bool open_accounts(struct engine *engine)
{
    struct create_account args = {
        .given = 1u << CREATE_ACCOUNT_OWNER | 1u << CREATE_ACCOUNT_CURRENCY |
                 1u << CREATE_ACCOUNT_INITIAL_BALANCE,
        .owner = TEXT("Zoë Ångström"),
        .currency = currency_by_code(TEXT("EUR"))->number,
        .initial_balance = money(1000000000),
    };
    for (size_t i = 0; i < ACCOUNTS; i++) {
        commands[0] = (struct engine_command){.op = OP_CREATE_ACCOUNT, .args = &args};
        if (!run(engine, 1))
            return false;
        accounts[i] = commands[0].record.legs[0].account;
    }
    return true;
}

static bool transfer(struct engine *engine, uint64_t count)
{
    static struct transfer_money args[BATCH];
    for (uint64_t done = 0; done < count;) {
        size_t size = count - done < BATCH ? (size_t)(count - done) : BATCH;
        for (size_t i = 0; i < size; i++) {
            size_t from = (size_t)(draw() % ACCOUNTS);
            size_t to = (from + 1 + (size_t)(draw() % (ACCOUNTS - 1))) % ACCOUNTS;
            args[i] = (struct transfer_money){
                .given = 1u << TRANSFER_MONEY_FROM | 1u << TRANSFER_MONEY_TO |
                         1u << TRANSFER_MONEY_AMOUNT,
                .from = accounts[from],
                .to = accounts[to],
                .amount = money(1),
                .reference = TEXT(""),
            };
            commands[i] = (struct engine_command){.op = OP_TRANSFER_MONEY, .args = &args[i]};
        }
        if (!run(engine, size))
            return false;
        done += size;
    }
    return true;
}

int main(int argc, char **argv)
{
    char *end = NULL;
    uint64_t count = argc == 2 ? strtoull(argv[1], &end, 10) : 0;
    if (argc != 2 || *end != '\0' || count > MOST) {
        fprintf(stderr, "usage: engine_transfers COUNT\n");
        return 64;
    }
    struct clock clock = {tell_wall, tell_steady};
    struct entropy entropy = {fill};
    struct journal *journal = journal_open_memory();
    struct engine *engine = engine_open(
        &(struct engine_config){.journal = journal, .clock = &clock, .entropy = &entropy});
    bool done = engine != NULL && open_accounts(engine) && transfer(engine, count);
    engine_close(&engine, false);
    journal_close(&journal);
    if (!done)
        fprintf(stderr, "engine_transfers: a command was not accepted\n");
    return done ? 0 : 1;
}
