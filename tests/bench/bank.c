#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/currency.h"
#include "bench.h"
#include "contract/messages.h"
#include "dealer.h"
#include "wire/wire.h"

#define OPENED_AT_ONCE 1000
#define REMOVE_TRIES 40
#define SETTLE_TRIES 6000 /* a twentieth of a second each */

static bool ask_create(struct dealer *dealer, const struct daemon *daemon, struct bytes *bytes,
                       size_t first, size_t count)
{
    static struct create_account accounts[OPENED_AT_ONCE];
    static struct batch_command commands[OPENED_AT_ONCE];
    static char owners[OPENED_AT_ONCE][32];
    for (size_t i = 0; i < count; i++) {
        (void)snprintf(owners[i], sizeof owners[i], "Holder Number%zu", first + i);
        accounts[i] = (struct create_account){
            .given = 1u << CREATE_ACCOUNT_OWNER | 1u << CREATE_ACCOUNT_CURRENCY |
                     1u << CREATE_ACCOUNT_INITIAL_BALANCE,
            .owner = text_of(owners[i]),
            .currency = currency_by_code(TEXT("EUR"))->number,
            .initial_balance = money(1000000000),
        };
        commands[i] = (struct batch_command){
            .given = 1u << BATCH_COMMAND_OP | 1u << BATCH_COMMAND_ARGS,
            .args = {.shape = &create_account_shape, .value = &accounts[i]},
        };
    }
    struct batch args = {.given = 1u << BATCH_COMMANDS, .commands = {commands, count}};
    struct wire_id id = {.type = WIRE_ID_NUMBER, .number = UINT64_C(1) << 40};
    struct dealer_reply reply;
    bytes_clear(bytes);
    wire_encode_request(bytes, id, message_of(OP_BATCH), text_of(daemon->key), text_of(NULL),
                        &args);
    return !bytes->overflow && dealer_ask(dealer, bytes->data, bytes->size, &reply) && reply.ok &&
           reply.failed == 0;
}

static bool open_accounts(const struct daemon *daemon, size_t count)
{
    struct dealer dealer;
    struct bytes bytes;
    bytes_init(&bytes, WIRE_MESSAGE_MAX);
    bool done = dealer_open(&dealer, daemon->zmq);
    for (size_t first = 0; done && first < count; first += OPENED_AT_ONCE) {
        size_t left = count - first;
        done = ask_create(&dealer, daemon, &bytes, first,
                          left < OPENED_AT_ONCE ? left : OPENED_AT_ONCE);
    }
    dealer_close(&dealer);
    bytes_close(&bytes);
    return done;
}

bool bank_settle(const struct daemon *daemon)
{
    for (int i = 0; i < SETTLE_TRIES; i++) {
        struct daemon_metrics metrics;
        if (!daemon_metrics(daemon, &metrics))
            break;
        if (metrics.folded >= metrics.record && metrics.flushed >= metrics.record)
            return true;
        (void)usleep(50000);
    }
    fprintf(stderr, "bench: the views do not catch up\n");
    return false;
}

static bool open_bank(struct bench *bench, struct daemon *daemon, const char *program)
{
    char data[1100];
    (void)snprintf(data, sizeof data, "%s/empty-%u", bench->folder, ++bench->empties);
    daemon_init(daemon, program, data);
    if (!daemon_start(daemon, NULL))
        return false;
    if (!open_accounts(daemon, bench->accounts) || !bank_settle(daemon)) {
        fprintf(stderr, "bench: the accounts could not be opened; see %s\n", daemon->log);
        return false;
    }
    if (bench->crowd.count == 0)
        crowd_init(&bench->crowd, bench->accounts);
    return true;
}

bool bank_open(struct bench *bench)
{
    return open_bank(bench, &bench->empty, bench->daemon_program);
}

bool bank_open_other(struct bench *bench)
{
    return open_bank(bench, &bench->other, bench->other_program);
}

static void close_bank(const struct bench *bench, struct daemon *daemon)
{
    if (daemon->process.pid > 0)
        daemon_kill(daemon);
    if (daemon->data[0] != '\0' && !bench->keep)
        folder_remove(daemon->data);
}

void bank_close(struct bench *bench)
{
    close_bank(bench, &bench->empty);
    close_bank(bench, &bench->other);
}

static int remove_one(const char *path, const struct stat *status, int type, struct FTW *walk)
{
    (void)status, (void)type, (void)walk;
    return remove(path);
}

/* Whoever wrote there may be ending just now: not at the first failure. */
void folder_remove(const char *path)
{
    for (int i = 0; i < REMOVE_TRIES; i++) {
        if (nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS) == 0 || access(path, F_OK) != 0)
            return;
        (void)usleep(50000);
    }
    fprintf(stderr, "bench: %s could not be removed\n", path);
}
