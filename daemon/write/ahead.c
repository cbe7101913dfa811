#include "write/ahead.h"

#include <string.h>

#include "contract/messages.h"

#define CACHE_LINE 64

static struct fingerprint print_of(const struct state *state, const struct engine_request *request,
                                   const struct engine_command *command)
{
    if (command->key.data == NULL) {
        return (struct fingerprint){0};
    }
    return keys_fingerprint(&state->keys, request->principal, command->key);
}

void ahead_begin(struct ahead *ahead, const struct state *state,
                 const struct engine_request *requests)
{
    ahead->state = state;
    ahead->request = requests;
    ahead->index = ahead->taken = ahead->celled = ahead->placed = ahead->noted = 0;
}

/* The accounts the command names, as the message table knows them. */
static void note_accounts(struct ahead_command *noted, const struct engine_command *command)
{
    const struct message_load *loads = message_of(command->op)->loads;
    noted->account_count = 0;
    for (size_t i = 0; i < AHEAD_ACCOUNTS && loads[i].kind == ENTITY_ACCOUNT; i++) {
        uint64_t *account = &noted->accounts[noted->account_count];
        memcpy(account, (const char *)command->args + loads[i].offset, sizeof *account);
        noted->account_count += *account != 0;
    }
}

/* Another thread has just filled the commands of a request, so they stand in another processor's
 * cache: first the command itself, all of which will be written to, then what it points to. */
static void fetch_commands(const struct engine_request *request, size_t index)
{
    if (index + AHEAD_STRIDE < request->count) {
        const char *bytes = (const char *)&request->commands[index + AHEAD_STRIDE];
        for (size_t at = 0; at < sizeof *request->commands; at += CACHE_LINE) {
            __builtin_prefetch(bytes + at, 1);
        }
    }
    if (index + AHEAD_STRIDE / 2 < request->count) {
        const struct engine_command *command = &request->commands[index + AHEAD_STRIDE / 2];
        __builtin_prefetch(command->args);
        __builtin_prefetch(command->key.data);
    }
}

/* The next command of the run; NULL at its end. */
static const struct engine_command *next_command(struct ahead *ahead)
{
    while (ahead->request != NULL && ahead->index == ahead->request->count) {
        ahead->request = ahead->request->next;
        ahead->index = 0;
    }
    if (ahead->request == NULL) {
        return NULL;
    }
    fetch_commands(ahead->request, ahead->index);
    return &ahead->request->commands[ahead->index++];
}

static bool note_next(struct ahead *ahead)
{
    const struct engine_command *command = next_command(ahead);
    if (command == NULL) {
        return false;
    }
    struct ahead_command *noted = &ahead->ring[ahead->noted++ % AHEAD_RING];
    noted->command = command;
    note_accounts(noted, command);
    for (unsigned i = 0; i < noted->account_count; i++) {
        accounts_fetch_segment(&ahead->state->accounts, noted->accounts[i]);
    }
    if (command->key.data != NULL) {
        noted->print = print_of(ahead->state, ahead->request, command);
        keys_fetch_segment(&ahead->state->keys, noted->print);
    }
    return true;
}

static void place_next(struct ahead *ahead)
{
    const struct ahead_command *noted = &ahead->ring[ahead->placed++ % AHEAD_RING];
    for (unsigned i = 0; i < noted->account_count; i++) {
        accounts_fetch_place(&ahead->state->accounts, noted->accounts[i]);
    }
    if (noted->command->key.data != NULL) {
        keys_fetch_place(&ahead->state->keys, noted->print);
    }
}

static void cell_next(struct ahead *ahead)
{
    const struct ahead_command *noted = &ahead->ring[ahead->celled++ % AHEAD_RING];
    for (unsigned i = 0; i < noted->account_count; i++) {
        accounts_fetch_cell(&ahead->state->accounts, noted->accounts[i]);
    }
}

struct fingerprint ahead_take(struct ahead *ahead, const struct state *state,
                              const struct engine_request *request,
                              const struct engine_command *command)
{
    while (ahead->noted <= ahead->taken + 3 * AHEAD_STRIDE && note_next(ahead)) {
    }
    while (ahead->placed <= ahead->taken + 2 * AHEAD_STRIDE && ahead->placed < ahead->noted) {
        place_next(ahead);
    }
    while (ahead->celled <= ahead->taken + AHEAD_STRIDE && ahead->celled < ahead->placed) {
        cell_next(ahead);
    }
    const struct ahead_command *noted = &ahead->ring[ahead->taken % AHEAD_RING];
    bool is_noted = ahead->taken < ahead->noted && noted->command == command;
    ahead->taken++;
    return is_noted ? noted->print : print_of(state, request, command);
}
